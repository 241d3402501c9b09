"""Small reports for digests: files with a day of their own, read as uploads."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from bot.answering.uploads import KeptUpload
from bot.digests.files import uploads_from
from bot.reports.report import Limits
from bot.rulebook.book import Rulebook

STRANDED = (
    "primary-action\tdate-stranded\tDate-to-take-auto-removal\tstatus-primary\tstatus-secondary\terror-message\t"
    "stranded-reason\tasin\tsku\tfnsku\tproduct-name\tcondition\tfulfilled-by\tfulfillable-qty\tyour-price"
)


def stranded(folder: Path, day: str, **removals: str) -> Path:
    """A stranded inventory report of a day: SKU -> the moment of its automatic removal, or ''."""
    rows = [
        f"Relist\t{day}T08:00:00+00:00\t{moment}\tinactive\t\t\tListing closed\tB0{sku:0>8}\t{sku}\tX00{sku:0>7}\t"
        "Mug\tNew\tAmazon\t10\t9.99"
        for sku, moment in removals.items()
    ]
    return write(folder / f"stranded-{day}.txt", day, STRANDED, *rows)


def write(path: Path, day: str, *lines: str) -> Path:
    """A file that was last changed at noon of a day."""
    path.write_text("\n".join(lines) + "\n", "utf-8")
    moment = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    return path


def read(book: Rulebook, *paths: Path) -> tuple[KeptUpload, ...]:
    uploads, unread = uploads_from(paths, book, Limits())
    assert unread == ()
    return uploads
