"""Looking into kept uploads: which of them a test needs, what checking them gives, and what is said of one SKU."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from bot.checks.engine import check, query
from bot.checks.results import Checked, Finding
from bot.reports.stored import StoredReport, restore
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import AnyTest

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def check_stored(
    uploads: Sequence[StoredReport], book: Rulebook, today: date, wanted: Collection[str] | None = None
) -> Checked:
    """Checks kept uploads together, with the checks and the day of today. Uploads whose format is gone are left out.

    `wanted`: as for `check`.
    """
    with Workspace() as space:
        reports = [
            restore(upload, space, book.reports) for upload in uploads if upload.description["format"] in book.reports
        ]
        return check(space, reports, book, today, wanted=wanted)


def suitable(test: AnyTest, formats: Sequence[str]) -> tuple[int, ...] | None:
    """Positions of the first uploads in `formats` (newest first) that give `test` all it needs; None if one is missing."""
    chosen = []
    for group in test.needs:
        place = next((place for place, name in enumerate(formats) if name in group), None)
        if place is None:
            return None
        chosen.append(place)
    return tuple(dict.fromkeys(chosen))


def looked_into(test: AnyTest, book: Rulebook, formats: Collection[str]) -> frozenset[str]:
    """Which of `formats` the query of a test reads: those that it needs, and those that it uses where they are there."""
    subject = next((name for name in test.needs[0] if name in formats), test.needs[0][0])
    words = set(_WORD.findall(query(book, test, subject)))
    return frozenset(name for name in formats if name in book.reports and book.reports[name].table in words)


def about_code(checked: Checked, code: str, book: Rulebook) -> tuple[tuple[Finding, tuple[Mapping[str, Any], ...]], ...]:
    """The findings that name a SKU, an ASIN, an order, with its rows: 'why is SKU X stranded?'."""
    wanted = code.strip().lower()
    keys = {column.id for column in book.columns.values() if column.key}
    found = []
    for finding in checked.findings:
        places = [place for place, name in enumerate(finding.columns) if name in keys]
        rows = tuple(
            dict(zip(finding.columns, row, strict=True))
            for row in finding.rows
            if any(str(row[place]).lower() == wanted for place in places)
        )
        if rows:
            found.append((finding, rows))
    return tuple(found)
