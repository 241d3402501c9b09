"""The real content, for everything that reads files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.reports.read import Reader
from bot.reports.report import Report
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.loader import load
from bot.settings import Settings


@pytest.fixture(scope="session")
def book() -> Rulebook:
    settings = Settings()
    loaded = load(settings.content, settings.cache)
    assert loaded.rulebook is not None, loaded.problems
    return loaded.rulebook


Read = Callable[[bytes], tuple[Report, ...]]


@pytest.fixture
def read(book: Rulebook, tmp_path: Path) -> Read:
    """Bytes of a file -> the reports in it."""

    def reports_in(content: bytes) -> tuple[Report, ...]:
        path = tmp_path / "upload"
        path.write_bytes(content)
        with Workspace(threads=1) as space:
            return Reader(book.content.reports).read(path, space)

    return reports_in
