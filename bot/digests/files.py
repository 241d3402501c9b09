"""Files on disk as uploads, so that a digest can be tried without Slack."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answering.uploads import KeptUpload, useful
from bot.reports.report import Limits, Report
from bot.rulebook.book import Rulebook


@dataclass(frozen=True)
class FileAbout:
    """An upload that only this call knows."""

    id: str
    format: str
    description: str
    created: int
    cases: str = "{}"


def uploads_from(paths: Sequence[Path], book: Rulebook, limits: Limits) -> tuple[tuple[KeptUpload, ...], tuple[Report, ...]]:
    """The reports in files, the oldest file first, as if each had been uploaded when it was last changed.

    The second part are the files that are no reports, with the reason. Never raises for what is in the files.
    """
    from bot.reports.read import Reader
    from bot.reports.stored import store
    from bot.reports.workspace import Workspace

    reader = Reader(book.content.reports, limits)
    unread: list[Report] = []
    kept: list[KeptUpload] = []
    with Workspace() as space:
        for path in paths:
            for report in reader.read(path, space, path.name):
                if report.format is None:
                    unread.append(report)
                    continue
                stored = store(report, space)
                about = FileAbout(str(len(kept)), report.format, json.dumps(stored.description), int(path.stat().st_mtime))
                kept.append(KeptUpload(about, stored.rows))
    kept.sort(key=lambda one: one.about.created)
    chosen = {about.id for about in useful([one.about for one in reversed(kept)], book)}
    return tuple(one for one in kept if one.about.id in chosen), tuple(unread)
