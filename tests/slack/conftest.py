"""The office over the invented shop, and the stage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.store import open_store
from tests.slack.stage import Stage, staged

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no token of the machine gets into a test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "API_URL"):
        monkeypatch.delenv(f"SLACK_{name}", raising=False)


@pytest.fixture
def office(shop_desk: Desk, tmp_path: Path) -> Iterator[Office]:
    made = Office(ThreadClerks(shop_desk, ThreadPoolExecutor(1)), open_store(tmp_path / "store.db"), lambda: NOW)
    yield made
    made.close()


@pytest.fixture
async def stage(office: Office, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(office) as made:
        yield made
