"""Kept uploads: what answers and digests from reports rest on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.answering.data import Kept
from bot.rulebook.book import Rulebook

MOST_TOGETHER = 24
"""So many uploads at most are checked together."""


class About(Protocol):
    """An upload without its rows: `description` and `cases` are JSON, `created` are seconds since 1970."""

    @property
    def id(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def cases(self) -> str: ...
    @property
    def created(self) -> int: ...


A = TypeVar("A", bound=About)


@dataclass(frozen=True)
class KeptUpload:
    """An earlier upload with its rows."""

    about: About
    rows: bytes

    @property
    def description(self) -> dict[str, Any]:
        return {**json.loads(self.about.description)}

    def day(self, zone: ZoneInfo | None = None) -> date:
        """When it was uploaded: the day in `zone`, or in UTC."""
        return datetime.fromtimestamp(self.about.created, zone or UTC).date()

    @property
    def kept(self) -> Kept:
        described = self.description
        return Kept(self.about.format, described["file"], described["rows"], self.day())


def useful(listed: Sequence[A], book: Rulebook, reading: frozenset[str] = frozenset()) -> tuple[A, ...]:
    """Which of the uploads (newest first) count beside files of the formats `reading`; the oldest first.

    Of a snapshot the newest counts; events add up; a file that was going to be uploaded counts by itself alone. Beside a
    new snapshot the last one is for comparison; beside a new table of the seller's own the last one is out of date.
    """
    chosen: list[A] = []
    for upload in listed:
        layout = book.reports.get(upload.format)
        if layout is None:
            continue
        first = not any(other.format == upload.format for other in chosen)
        replaced = upload.format in reading and layout.kind in ("sheet", "upload")
        if (layout.kind == "events" or first) and not replaced:
            chosen.append(upload)
    return tuple(reversed(chosen[:MOST_TOGETHER]))
