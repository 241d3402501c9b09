"""Every test of the store runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store, open_store
from tests.postgres_server import Server


class Clock:
    now = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A place for a store: a file, or a real PostgreSQL server."""
    if request.param == "sqlite":
        return tmp_path / "folder" / "store.db"
    server: Server = request.getfixturevalue("postgres")
    return server.fresh()


@pytest.fixture
def store(where: Path | str, clock: Clock) -> Iterator[Store]:
    """A store in which the process `me` takes part."""
    made = open_store(where, clock)
    made.claims.join("me", "serve", "here", "1")
    yield made
    made.close()
