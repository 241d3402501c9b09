"""What one person's Home tab rests on: the uploads that they may see, what is open in them, their last answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.answering.uploads import useful
from bot.digests.schedule import Schedule
from bot.office.preferences import Preferences
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Check
from bot.rulebook.report_models import ReportFormat
from bot.store.answers import Recent
from bot.store.uploads import Listed

_SEVERITIES = ("urgent", "warning", "info")


@dataclass(frozen=True)
class OpenFinding:
    """A check that found something in the newest uploads, and its cases (SKUs, orders)."""

    check: Check
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Home:
    """`uploads` are those that count, the newest first; `today` is the person's day."""

    preferences: Preferences
    uploads: tuple[Listed, ...]
    findings: tuple[OpenFinding, ...]
    recent: tuple[Recent, ...]
    today: date
    digests: tuple[tuple[Schedule, datetime], ...] = ()
    """A person's own, each with the moment at which it is due next."""


def seen_at_home(listed: Sequence[Listed], person: str, guest: bool = False) -> tuple[Listed, ...]:
    """Of a workspace's uploads those that a person sees wherever they are: shared ones, and their own in direct messages.

    Uploads of a channel stay out: whether the person is still in it is not known here. A guest sees no shared ones.
    """
    return tuple(
        one for one in listed if (one.shared and not guest) or (one.person == person and one.channel.startswith("D"))
    )


def open_findings(uploads: Sequence[Listed], book: Rulebook) -> tuple[OpenFinding, ...]:
    """What checks found in these uploads when they were made, the worst first."""
    found: dict[str, dict[str, None]] = {}
    for upload in uploads:
        for check, cases in json.loads(upload.cases).items():
            found.setdefault(check, {}).update(dict.fromkeys(cases))
    checks = ((book.checks.get(name), tuple(cases)) for name, cases in found.items() if cases)
    shown = [OpenFinding(check, cases) for check, cases in checks if isinstance(check, Check)]
    return tuple(sorted(shown, key=lambda one: (_SEVERITIES.index(one.check.severity), -len(one.cases), one.check.id)))


def counting(listed: Sequence[Listed], book: Rulebook) -> tuple[Listed, ...]:
    """Of uploads (newest first) those that count, the newest first."""
    return tuple(reversed(useful(listed, book)))


def first_reports(book: Rulebook, count: int) -> tuple[ReportFormat, ...]:
    """The reports about which most checks are: what to upload first."""
    wanted = Counter(test.needs[0][0] for test in book.checks.values() if isinstance(test, Check))
    reports = (book.reports[name] for name, _ in wanted.most_common())
    return tuple(report for report in reports if report.kind in ("snapshot", "events"))[:count]
