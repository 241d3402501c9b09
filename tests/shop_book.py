"""The invented shop's rulebook, loaded once, for tests that hypothesis runs many times."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bot.rulebook.book import Rulebook
from bot.rulebook.loader import load
from tests.shop import write_shop


def _load() -> Rulebook:
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(write_shop(Path(folder)))
    assert loaded.rulebook is not None
    return loaded.rulebook


BOOK = _load()
