"""Deadlines ahead: what uploads say has to be done by a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from bot.answering.uploads import KeptUpload
from bot.checks.results import Checked, Due
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Severity
from bot.rulebook.models import PageId, Text

UTC_ZONE = ZoneInfo("UTC")
_SEVERITIES: dict[Severity, int] = {"urgent": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Deadline:
    """One thing to do by a day."""

    test: str
    """Id of the due dates that it belongs to."""
    what: Text
    key: str
    """The SKU or order that it is about."""
    day: date
    days_left: int
    """Below 0: overdue by so many days."""
    severity: Severity
    report: str
    """Id of the report format that says so."""
    rule: PageId

    @property
    def is_overdue(self) -> bool:
        return self.days_left < 0

    @property
    def id(self) -> str:
        return f"{self.test}|{self.key}|{self.day.isoformat()}"


def upcoming(book: Rulebook, uploads: Sequence[KeptUpload], today: date, zone: ZoneInfo = UTC_ZONE) -> tuple[Deadline, ...]:
    """The deadlines from uploads (the oldest upload first): the overdue ones, then the urgent ones, then by day.

    `today` is the reader's day, `zone` the one in which moments are days.
    """
    if not uploads:
        return ()
    return from_due(look(book, uploads, today, book.due_dates).due, today, zone)


def soonest(found: Iterable[Deadline], limit: int) -> tuple[Deadline, ...]:
    """The next `limit` of all: overdue ones take half of the places at most while there are others ahead."""
    ordered = in_order(found)
    overdue = [one for one in ordered if one.is_overdue]
    ahead = [one for one in ordered if not one.is_overdue]
    room = max(limit // 2, limit - len(ahead))
    return (*overdue[:room], *ahead)[:limit]


def look(book: Rulebook, uploads: Sequence[KeptUpload], today: date, wanted: Collection[str]) -> Checked:
    """What the tests `wanted` (ids of checks, metrics and due dates) find in uploads."""
    # DuckDB is slow to load; whoever has no uploads need not wait for it.
    from bot.checks.questions import check_stored
    from bot.reports.stored import StoredReport

    return check_stored([StoredReport(one.description, one.rows) for one in uploads], book, today, wanted)


def from_due(due: Iterable[Due], today: date, zone: ZoneInfo) -> tuple[Deadline, ...]:
    """Due dates as deadlines in the reader's zone, in the order in which they matter."""
    found = []
    for one in due:
        day = one.day(zone)
        test = one.test
        found.append(Deadline(test.id, test.title, one.key, day, (day - today).days, test.severity, one.report, test.rule))
    return in_order(found)


def in_order(found: Iterable[Deadline]) -> tuple[Deadline, ...]:
    """Each deadline once: the overdue ones, then the urgent ones, then by day."""
    once = {one.id: one for one in found}
    return tuple(
        sorted(once.values(), key=lambda one: (not one.is_overdue, _SEVERITIES[one.severity], one.day, one.test, one.key))
    )
