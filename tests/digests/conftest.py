"""The stage for digests: the sandbox at a moment of our choice, and a bot whose time is the sandbox's."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.desk import Desk
from bot.digests.options import PARTS, Options
from bot.digests.schedule import Schedule
from bot.office.clerks import ThreadClerks
from bot.office.digests import new_id
from bot.office.office import Office
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import BOT_USER, MAYA, OPS, TEAM, default_world
from bot.slack import digests
from bot.slack.manifest import manifest
from bot.slack.serve import running
from bot.store import open_store
from tests.digests.composing import Composing, composing
from tests.slack.conftest import no_environment
from tests.slack.stage import Stage, config_for, until

__all__ = ["composing", "no_environment"]
START = datetime(2026, 10, 1, 6, tzinfo=UTC)
Json = dict[str, Any]


@dataclass
class DigestStage(Stage):
    """The stage, with a hand on the clock."""

    office: Office

    def digests(self, channel: str = OPS) -> list[Json]:
        """The digests in a channel, the oldest first, as Slack keeps them."""
        messages = self.sandbox.world.channels[channel].messages.values()
        return [one for one in messages if (one.get("metadata") or {}).get("event_type") == digests.EVENT_TYPE]

    def days(self, channel: str = OPS) -> list[str]:
        """The local dates that they are for."""
        return [one["metadata"]["event_payload"]["day"] for one in self.digests(channel)]

    def direct(self, user: str) -> list[str]:
        """What the bot wrote to a person directly, digests apart."""
        channel = self.sandbox.world.dm(user, BOT_USER).id
        sent = [one for one in self.sandbox.world.channels[channel].messages.values() if one.get("user") == BOT_USER]
        return [str(one["text"]) for one in sent if one not in self.digests(channel)]

    async def at(self, moment: str) -> None:
        """Moves the clock to a moment in UTC, and waits until nothing is due any longer."""
        await self.sandbox.move_clock(to=moment)
        await self.idle()

    async def idle(self) -> None:
        await until(lambda: not self.due(), "the end of what was due")

    async def given_back(self) -> None:
        """Waits until what is due was tried in vain."""
        tried = "SELECT COUNT(*) FROM schedules WHERE claimed_by = '' AND claimed_until > :now"
        now = lambda: {"now": int(self.sandbox.world.now())}  # noqa: E731
        await until(lambda: self.office._store.db.execute(tried, now()).fetchone()[0], "an attempt in vain")

    def due(self) -> int:
        """Schedules that are due or that somebody is at."""
        now = int(self.sandbox.world.now())
        row = self.office._store.db.execute(
            "SELECT COUNT(*) FROM schedules WHERE paused = '' AND (next_due <= :now OR claimed_by <> '')", {"now": now}
        ).fetchone()
        return int(row[0])


@asynccontextmanager
async def staged(desk: Desk, where: Path | str, start: datetime = START) -> AsyncIterator[DigestStage]:
    """The sandbox at `start`, and the bot with its store at `where`."""
    world = default_world(start=start.timestamp())
    store = open_store(where, lambda: int(world.now()))
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), store, lambda: datetime.fromtimestamp(world.now(), UTC))
    async with RunningSandbox(world, rate_limits=False) as sandbox:
        await sandbox.sandbox.configure(manifest=json.loads(json.dumps(manifest(None, True, "/seller"))))
        config = config_for(sandbox)
        async with running(config, office) as (app, bot):
            handler = AsyncSocketModeHandler(app, config.app_token.get_secret_value())  # type: ignore[union-attr]
            await handler.connect_async()
            try:
                yield DigestStage(sandbox.sandbox, bot, office)
            finally:
                await handler.close_async()
        # Whoever removed the bot refuses everything from then on.
        assert [one for one in sandbox.sandbox.refusals() if one["error"] != "account_inactive"] == []
    office.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and attempts follow each other quickly."""
    monkeypatch.setattr(digests, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(digests, "PAUSES", (0.01, 0.02))


@pytest.fixture
async def stage(shop_desk: Desk, tmp_path: Path, composing: Composing, impatient: None) -> AsyncIterator[DigestStage]:
    """The stage with invented content, and digests that only count."""
    async with staged(shop_desk, tmp_path / "store.db") as made:
        yield made


def wanted(channel: str = OPS, at: str = "09:00", zone: str = "Europe/Berlin", **more: Any) -> Schedule:
    """A daily schedule of Maya's."""
    values = {"owner": MAYA, "about": channel, "rhythm": "daily", **more}
    options = values.pop("options", Options(frozenset(PARTS), frozenset(), "en"))
    return Schedule(new_id(), TEAM, channel=channel, options=options, at=time.fromisoformat(at), zone=zone, **values)
