"""Looking into kept uploads: which of them a test needs, what checking them gives, and what is said of one SKU."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from bot.checks.engine import check
from bot.checks.results import Checked, Finding
from bot.reports.stored import StoredReport, restore
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import AnyTest


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


def about_sku(checked: Checked, sku: str) -> tuple[tuple[Finding, tuple[Mapping[str, Any], ...]], ...]:
    """The findings that name a SKU, ASIN or FNSKU, with its rows: 'why is SKU X stranded?'."""
    wanted = sku.strip().lower()
    found = []
    for finding in checked.findings:
        places = [
            place
            for place, name in enumerate(finding.columns)
            if name in ("sku", "asin", "fnsku", "product_sku", "part_sku")
        ]
        rows = tuple(
            dict(zip(finding.columns, row, strict=True))
            for row in finding.rows
            if any(str(row[place]).lower() == wanted for place in places)
        )
        if rows:
            found.append((finding, rows))
    return tuple(found)
