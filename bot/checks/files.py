"""Files -> checked reports, in one call: what the command and the desk use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.checks.engine import check
from bot.checks.results import Checked
from bot.reports.read import Reader
from bot.reports.report import Limits, Meaning, Progress, Report
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook


def _silent(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""


def check_files(
    paths: Sequence[Path],
    book: Rulebook,
    today: date,
    limits: Limits | None = None,
    wanted: str | None = None,
    told: Sequence[Meaning] = (),
    progress: Progress = _silent,
) -> Checked:
    """Reads and checks files together. Never raises for what is in them.

    `wanted` is the format that a person says the files are; `told` is what they said of headings.
    """
    reader = Reader(book.content.reports, limits or Limits(), tuple(told))
    with Workspace() as space:
        reports: list[Report] = []
        for path in paths:
            reports += reader.read(path, space, str(path), wanted, progress)
        return check(space, reports, book, today, progress)
