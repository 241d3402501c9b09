"""Sellerbot without Slack: the sandbox with its page, and the real bot as a process of its own connected to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.reports.samples import sample_folder
from bot.sandbox.page.routes import add_page
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import LIN, REPORTS
from bot.settings import Settings, SlackSettings
from bot.slack.manifest import manifest

COMMAND = "/seller"
SAMPLES = ("stranded-inventory.txt", "new-orders.txt", "shipping-confirmation.txt")
READY_WITHIN = 60.0
"""Seconds for the bot to compile its content and connect."""
STOP_WITHIN = 10.0
LOOK_EVERY = 0.5
"""Seconds between the bot's looks at the sandbox's clock."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LOG_LINES = 12


class NotStarted(Exception):
    """The bot ended or did not connect; the message holds the end of its log."""


async def try_out(port: int, say: Callable[[str], None]) -> None:
    """Runs sandbox and bot on 127.0.0.1 until a signal to stop; `port` 0 takes a free one.

    Raises `OSError` if the port is taken, `NotStarted` if the bot does not come up or ends by itself.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = RunningSandbox(port=port)
    add_page(running.app, running.sandbox)
    with tempfile.TemporaryDirectory(prefix="sellerbot-") as folder:
        async with running:
            await running.sandbox.configure(manifest=manifest(None, True, COMMAND))
            log = Path(folder) / "bot.log"
            bot = await _start_bot(running, Path(folder), log)
            try:
                await _attend(running, bot, log, stop, say)
            finally:
                await _end(bot)


async def _attend(
    running: RunningSandbox, bot: asyncio.subprocess.Process, log: Path, stop: asyncio.Event, say: Callable[[str], None]
) -> None:
    """Says when the bot is there, and waits until somebody stops it."""
    stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(bot.wait())
    connected = asyncio.create_task(_connected(running))
    say(f"Sandbox: {running.address}  (starting the bot ...)")
    await asyncio.wait((stopped, ended, connected), timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
    if connected.done():
        await _share_samples(running)
        say(f"The bot is connected. Open {running.address} in a browser; Ctrl-C stops both.")
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
    connected.cancel()
    if stop.is_set():
        say("Stopping.")
        return
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    what = f"ended with exit code {bot.returncode}" if ended.done() else f"did not connect within {READY_WITHIN:.0f} s"
    raise NotStarted("\n".join([f"the bot {what}; the end of its log:", *lines]))


async def _share_samples(running: RunningSandbox) -> None:
    """Somebody drops reports into a channel, so that there is something to look at and to ask about."""
    files = [(name, (sample_folder() / name).read_bytes()) for name in SAMPLES]
    await running.sandbox.upload_files(LIN, REPORTS, files, comment="@sellerbot 帮忙看看这几份报表")


async def _connected(running: RunningSandbox) -> None:
    while not running.sandbox.hub.open_connections:
        await asyncio.sleep(0.1)


async def _start_bot(running: RunningSandbox, folder: Path, log: Path) -> asyncio.subprocess.Process:
    """The bot with the sandbox's tokens and a store of its own; it must not go through a proxy to reach loopback."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in _PROXIES}
    settings = {"SLACK_CLIENT_ID": "", "SLACK_CLIENT_SECRET": "", "SELLERBOT_STORE": str(folder / "sellerbot.db")}
    with log.open("wb") as out:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.tryout", running.address),
            env={**kept, **running.settings, **settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the bot in our own time
        )


async def _end(bot: asyncio.subprocess.Process) -> None:
    if bot.returncode is not None:
        return
    bot.terminate()
    try:
        await asyncio.wait_for(bot.wait(), STOP_WITHIN)
    except TimeoutError:
        bot.kill()
        await bot.wait()


class SandboxTime:
    """The sandbox's clock for a bot in a process of its own: looked at again and again, it may be moved on the page."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/sandbox/overview?user={LIN}"
        self._ahead = timedelta()
        self._look()
        threading.Thread(target=self._follow, name="sandbox-time", daemon=True).start()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _look(self) -> None:
        with urllib.request.urlopen(self._url, timeout=5) as answer:  # noqa: S310 - our own sandbox
            there = datetime.fromtimestamp(json.load(answer)["result"]["now"], UTC)
        ahead = there - datetime.now(UTC)
        # The way there and back takes a moment: only what somebody moved counts.
        if abs(ahead - self._ahead) > timedelta(seconds=1):
            self._ahead = ahead

    def _follow(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            try:
                self._look()
            except OSError:
                # The sandbox ends, and ends this process with it.
                continue


def serve_in_sandbox(address: str) -> None:
    """The bot beside the sandbox at `address`, living in the sandbox's time; settings come from the environment."""
    from bot.office.opening import open_office
    from bot.slack.logs import set_up
    from bot.slack.serve import Listening, serve

    config, settings = SlackSettings(), Settings()
    set_up(config.secrets())
    office = open_office(settings, now=SandboxTime(address).now)
    asyncio.run(serve(config, office, Listening("127.0.0.1", 0, None)))


if __name__ == "__main__":
    serve_in_sandbox(sys.argv[1])
