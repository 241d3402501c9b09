"""The real content, for everything that reads files."""

from __future__ import annotations

import pytest

from bot.rulebook.book import Rulebook
from bot.rulebook.loader import load
from bot.settings import Settings


@pytest.fixture(scope="session")
def book() -> Rulebook:
    settings = Settings()
    loaded = load(settings.content, settings.cache)
    assert loaded.rulebook is not None, loaded.problems
    return loaded.rulebook
