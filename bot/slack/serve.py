"""Runs the bot: over Socket Mode where there is an app-level token, over HTTP otherwise."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.office.office import Office
from bot.office.presence import BEAT_SECONDS
from bot.office.roles import SERVE, WEB, Role
from bot.settings import SlackSettings
from bot.slack.app import build_app
from bot.slack.bot import Bot
from bot.slack.clients import LOST, error_of, revealed
from bot.slack.digests import DigestClock
from bot.slack.http import http_app, listen, side_app
from bot.slack.logs import log
from bot.slack.problems import LEFT
from bot.slack.watching import WatchClock
from bot.store import StoreError

POOL = 100
DEAF_AFTER = 120.0
"""Seconds without a working connection after which the bot ends, for its supervisor to start it anew."""
WATCH_EVERY = 5.0
TIDY_EVERY = 24 * 3600.0
SEE_OFF_EVERY = 3600.0
FINISH_SECONDS = 20.0
"""So long, when it is told to stop, a process finishes what it has begun; supervisors kill after thirty."""


class Misconfigured(Exception):
    """A setting is missing; the message says which."""


@dataclass(frozen=True)
class Listening:
    """Where HTTP is served; `metrics_port` is for Socket Mode, which needs none otherwise."""

    host: str
    port: int
    metrics_port: int | None


def check(config: SlackSettings, role: Role = SERVE) -> None:
    """Raises `Misconfigured` where the settings cannot work."""
    if not config.bot_token and not config.is_distributed:
        raise Misconfigured("set SLACK_BOT_TOKEN (one workspace), or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (many)")
    if role is WEB and config.signing_secret is None:
        raise Misconfigured("set SLACK_SIGNING_SECRET: `sellerbot web` takes Slack's requests over HTTP")
    if role.listens and config.app_token is None and config.signing_secret is None:
        raise Misconfigured("set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")


async def serve(config: SlackSettings, office: Office, listening: Listening) -> None:
    """Runs until a signal to stop, then closes the office; raises `Misconfigured` before that."""
    check(config, office.role)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        async with running(config, office) as (app, bot):
            async with _explained(config):
                team = await bot.clients.check()
            if team and await office.welcome(team, LEFT):
                log.info("installed again within the days of grace", team=team)
            await _run(app, bot, config, listening, stop)
    finally:
        office.close()


async def _run(app: AsyncApp, bot: Bot, config: SlackSettings, listening: Listening, stop: asyncio.Event) -> None:
    role = bot.office.role
    if not role.listens:
        if listening.metrics_port:
            await listen(side_app(bot), listening.host, listening.metrics_port, stop)
        await stop.wait()
    elif config.app_token and role is not WEB:
        await _socket(app, bot, config, listening, stop)
    else:
        web = http_app(app, bot, revealed(config.signing_secret) or "", config.is_distributed)
        await listen(web, listening.host, listening.port, stop)


@asynccontextmanager
async def running(config: SlackSettings, office: Office) -> AsyncIterator[tuple[AsyncApp, Bot]]:
    """The app, with what others or the last run left under way; finished properly at the end."""
    connector = aiohttp.TCPConnector(limit=POOL)
    async with aiohttp.ClientSession(connector=connector) as session:
        app, bot = build_app(config, office, session)
        await office.join()
        resumed = await bot.delivery.resume()
        log.info("ready", role=office.role.name, resumed=resumed, distributed=config.is_distributed)
        beside = [asyncio.create_task(_beat(office))]
        if office.role.answers:
            beside.append(asyncio.create_task(bot.delivery.attend()))
        if office.role.keeps_time:
            beside += [
                asyncio.create_task(_tidy(office)),
                asyncio.create_task(_see_off(office)),
                asyncio.create_task(DigestClock(bot).run()),
                asyncio.create_task(WatchClock(bot).run()),
            ]
        try:
            yield app, bot
        finally:
            # While the last work is finished this process still shows that it lives.
            for task in beside[1:]:
                task.cancel()
            await bot.delivery.stop(FINISH_SECONDS)
            await bot.homes.stop()
            beside[0].cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await _leave(office)


async def _beat(office: Office) -> None:
    """Shows the other processes that this one lives."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            if not await office.beat():
                log.error("the others had given this process up; what it was doing is theirs now")
        except StoreError as error:
            log.error("cannot show that this process lives", error=str(error))


async def _leave(office: Office) -> None:
    try:
        await office.leave()
    except StoreError as error:
        log.error("could not say goodbye; the others will notice", error=str(error))


async def _tidy(office: Office) -> None:
    """Deletes what is too old, now and every day."""
    while True:
        try:
            await office.tidy()
        except Exception:  # noqa: BLE001 - old conversations can wait for tomorrow; answers go on
            log.exception("old conversations could not be deleted")
        await asyncio.sleep(TIDY_EVERY)


async def _see_off(office: Office) -> None:
    """Deletes what is kept of workspaces that left long enough ago, now and every hour."""
    while True:
        try:
            for team in await office.forget_departed():
                log.info("days of grace are over; everything of the workspace is deleted", team=team)
        except Exception:  # noqa: BLE001 - one hour more does no harm; answers go on
            log.exception("workspaces that left could not be deleted")
        await asyncio.sleep(SEE_OFF_EVERY)


@asynccontextmanager
async def _explained(config: SlackSettings) -> AsyncIterator[None]:
    """What Slack says against the tokens at the start, as a line that says what to do."""
    try:
        yield
    except SlackApiError as error:
        raise Misconfigured(
            f"Slack refuses the tokens ({error_of(error)}): check SLACK_BOT_TOKEN and SLACK_APP_TOKEN"
        ) from error
    except LOST as error:
        raise Misconfigured(f"Slack cannot be reached at {config.api_url}: {error}") from error


async def _socket(app: AsyncApp, bot: Bot, config: SlackSettings, listening: Listening, stop: asyncio.Event) -> None:
    handler = AsyncSocketModeHandler(app, revealed(config.app_token))
    watching = asyncio.create_task(_watch(handler, stop))
    beside = []
    if listening.metrics_port:
        beside.append(asyncio.create_task(listen(side_app(bot), listening.host, listening.metrics_port, stop)))
    try:
        async with _explained(config):
            await handler.connect_async()  # type: ignore[no-untyped-call]
        await stop.wait()
    finally:
        stop.set()
        watching.cancel()
        try:
            await handler.close_async()  # type: ignore[no-untyped-call]
        except AttributeError:
            log.info("socket was closed already")
        await asyncio.gather(watching, *beside, return_exceptions=True)


async def _watch(handler: AsyncSocketModeHandler, stop: asyncio.Event) -> None:
    """Ends the bot when its connection is lost for good: a process that hears nothing looks healthy and isn't."""
    heard = time.monotonic()
    while not stop.is_set():
        await asyncio.sleep(WATCH_EVERY)
        if await handler.client.is_connected():
            heard = time.monotonic()
        elif time.monotonic() - heard > DEAF_AFTER:
            log.error("no connection to Slack; giving up", seconds=DEAF_AFTER)
            stop.set()
