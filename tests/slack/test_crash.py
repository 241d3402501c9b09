"""The bot as a process of its own: killed, cut off, started again."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from benchmarks.exactly_once import BotProcess, environment, exactly_once
from bot.sandbox.run import RunningSandbox
from bot.slack import serve
from tests.slack.http_stage import free_address, reachable
from tests.slack.stage import until


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_every_mention_has_one_reply_whatever_happens(
    shop: Path, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    settings = {"SELLERBOT_CONTENT": str(shop), "SELLERBOT_ENCODER": "false"}
    if database == "postgres":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres").fresh()
    result = await exactly_once(60, tmp_path, "@sellerbot what is a kite?", 60.0, **settings)
    assert result.replies == {1: 60}
    assert result.refusals == ()
    assert result.killed_with_open > 0


async def test_the_process_serves_health_beside_its_socket_and_ends_when_told(shop: Path, tmp_path: Path) -> None:
    address = free_address()
    async with RunningSandbox(rate_limits=False) as sandbox:
        settings = {"SELLERBOT_CONTENT": str(shop), "SELLERBOT_ENCODER": "false"}
        bot = BotProcess(environment(sandbox, tmp_path, **settings), tmp_path / "bot.log")
        await bot.start("--metrics-port", address.rpartition(":")[2])
        await until(lambda: sandbox.sandbox.hub.open_connections, "a connection")
        await reachable(f"{address}/healthz")
        async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as health:
            assert (await health.json())["ok"]
        await bot.stop(signal.SIGTERM)
        assert bot.process is not None
        assert bot.process.returncode == 0
        assert "Traceback" not in bot.log.read_text(encoding="utf-8")


class Socket:
    """A connection that is lost for good."""

    client: Socket

    def __init__(self) -> None:
        self.client = self

    async def is_connected(self) -> bool:
        return False


async def test_a_bot_that_hears_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "WATCH_EVERY", 0.01)
    monkeypatch.setattr(serve, "DEAF_AFTER", 0.03)
    stop = asyncio.Event()
    await asyncio.wait_for(serve._watch(Socket(), stop), 5)  # type: ignore[arg-type]
    assert stop.is_set()


async def test_tokens_that_slack_refuses_are_named_at_the_start(shop: Path, tmp_path: Path) -> None:
    async with RunningSandbox(rate_limits=False) as sandbox:
        wrong = {"SELLERBOT_CONTENT": str(shop), "SELLERBOT_ENCODER": "false", "SLACK_BOT_TOKEN": "xoxb-wrong"}
        bot = BotProcess(environment(sandbox, tmp_path, **wrong), tmp_path / "bot.log")
        await bot.start()
        assert bot.process is not None
        assert await asyncio.wait_for(bot.process.wait(), 30) == 1
        said = bot.log.read_text(encoding="utf-8")
        assert "Slack refuses the tokens (invalid_auth)" in said
        assert "Traceback" not in said
        assert "xoxb-wrong" not in said
