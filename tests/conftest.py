"""Shared parts of the tests: the real desk over the real content, and a small invented shop for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.compiled import Workshop
from bot.desk import Asker, Desk
from bot.encoder import find_encoder
from bot.library import Library
from bot.rulebook.book import Rulebook
from bot.rulebook.loader import load
from bot.settings import Settings
from tests.postgres_server import Server, running_server
from tests.shop import write_shop

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def desk() -> Desk:
    """The real content with the real encoder; what `make test` linted before is already compiled."""
    settings = Settings()
    return Desk(Library(settings.content, Workshop(settings.cache, find_encoder(settings.cache)), interval=3600))


@pytest.fixture(scope="session")
def plain_desk() -> Desk:
    """The real content without the encoder."""
    settings = Settings()
    return Desk(Library(settings.content, Workshop(settings.cache, None), interval=3600))


@pytest.fixture
def asker() -> Asker:
    return Asker(TODAY)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the content of the invented shop."""
    return write_shop(tmp_path / "shop")


@pytest.fixture
def shop_book(shop: Path) -> Rulebook:
    loaded = load(shop)
    assert loaded.rulebook is not None, loaded.problems
    return loaded.rulebook


@pytest.fixture
def shop_desk(shop: Path) -> Desk:
    return Desk(Library(shop, Workshop(None, None), interval=0))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL server for all tests of this process."""
    with running_server() as server:
        yield server


@pytest.fixture(autouse=True)
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the database that this machine's environment names."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SELLERBOT_KEY", raising=False)
