"""The bot behind HTTP on a free port of this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.office.office import Office
from bot.sandbox.run import RunningSandbox
from bot.settings import SlackSettings
from bot.slack.clients import revealed
from bot.slack.http import http_app, listen
from bot.slack.manifest import manifest
from bot.slack.serve import running
from tests.slack.stage import Stage


def free_address() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def staged_over_http(
    sandbox: RunningSandbox, config: SlackSettings, office: Office, address: str
) -> AsyncIterator[Stage]:
    """The sandbox delivers to the bot at `address`. At the end Slack must not have refused anything."""
    async with running(config, office) as (app, bot):
        web = http_app(app, bot, revealed(config.signing_secret) or "", config.is_distributed)
        stop = asyncio.Event()
        served = asyncio.create_task(listen(web, "127.0.0.1", int(address.rpartition(":")[2]), stop))
        await reachable(f"{address}/healthz")
        url = f"{address}/slack/events"
        await sandbox.sandbox.configure(
            manifest=manifest(address, True, "/seller"),
            socket_mode=False,
            events_url=url,
            interactivity_url=url,
            commands_url=url,
        )
        yield Stage(sandbox.sandbox, bot)
        stop.set()
        await served
    # Whoever removed the bot refuses everything from then on.
    assert [one for one in sandbox.sandbox.refusals() if one["error"] != "account_inactive"] == []


async def reachable(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(1_200):
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
