"""`python -m benchmarks.exactly_once`: mentions delivered twice, two forced reconnects and one kill -9 in between.

The bot runs as a process of its own against the sandbox, over a real socket. Every mention must have one reply.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import BOT_USER, MAYA, OPS

QUESTION = "@sellerbot what is stranded inventory?"
JUST_ARRIVED = 5
"""So many mentions are posted right before the bot is killed."""
RETRY_SECONDS = 61
"""Slack delivers an event again after a minute if nobody took it."""


@dataclass(frozen=True)
class Result:
    """Replies by mention: how many mentions had none, one, or more; and what had to be resent or looked up."""

    mentions: int
    replies: Mapping[int, int]
    refusals: tuple[str, ...]
    seconds: float
    killed_with_open: int
    """Mentions without a reply at the moment of the kill."""

    @property
    def is_exact(self) -> bool:
        return self.replies == {1: self.mentions} and not self.refusals


@dataclass
class BotProcess:
    """`sellerbot serve`, or another of its commands, as a process."""

    environment: Mapping[str, str]
    log: Path
    command: str = "serve"
    module: str = "bot.cli"
    process: asyncio.subprocess.Process | None = None
    started_at: int = 0
    """Where in the log its newest start begins."""

    @property
    def is_ready(self) -> bool:
        """Whether the newest start has come to its end."""
        return b'"event": "ready"' in self.log.read_bytes()[self.started_at :]

    async def start(self, *options: str) -> None:
        self.started_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self.module, self.command, *options, env=dict(self.environment), stdout=log, stderr=log
            )

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()


def environment(running: RunningSandbox, folder: Path, **more: str) -> dict[str, str]:
    """What a bot needs to reach the sandbox, with a store in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    wanted = ("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    return {
        **inherited,
        **{name: running.settings[name] for name in wanted},
        "SELLERBOT_STORE": str(folder / "store.db"),
        **more,
    }


async def exactly_once(
    mentions: int, folder: Path, question: str = QUESTION, patience: float = 600.0, **more: str
) -> Result:
    """Posts `mentions` and counts their replies. `more` goes into the bot's environment."""
    started = time.monotonic()
    async with RunningSandbox(rate_limits=False) as running:
        sandbox = running.sandbox
        bot = BotProcess(environment(running, folder, **more), folder / "bot.log")
        await bot.start()
        await _connected(running, bot, patience)
        stamps: list[str] = []
        killed_with_open = 0
        for number in range(mentions):
            stamps.append((await sandbox.post_message(MAYA, OPS, f"{question} ({number})", copies=2))["ts"])
            if number in (mentions // 4, 3 * mentions // 4):
                await sandbox.disconnect()
            if number == mentions // 2 - JUST_ARRIVED:
                await _until(lambda: len(_replied(running)) > mentions // 4, bot, patience, running)
            if number == mentions // 2:
                # Some are answered, some are being answered, some have only just arrived.
                await bot.stop(signal.SIGKILL)
                killed_with_open = len(stamps) - len(_replied(running))
                await bot.start()
            await asyncio.sleep(0.001)
        await _connected(running, bot, patience)
        deadline = time.monotonic() + patience
        while len(_replied(running)) < mentions and time.monotonic() < deadline:
            await sandbox.move_clock(seconds=RETRY_SECONDS)
            await asyncio.sleep(1.0)
        await asyncio.sleep(1.0)
        await bot.stop()
        replied = Counter(_replied(running).values())
        replied[0] = mentions - len(_replied(running))
        return Result(
            mentions,
            {count: number for count, number in replied.items() if number},
            _refusals(running),
            time.monotonic() - started,
            killed_with_open,
        )


def _replied(running: RunningSandbox) -> Counter[str]:
    """Mention -> number of replies."""
    messages = running.sandbox.world.channels[OPS].messages.values()
    return Counter(str(one["thread_ts"]) for one in messages if one.get("user") == BOT_USER and "thread_ts" in one)


def _refusals(running: RunningSandbox) -> tuple[str, ...]:
    """What the Web API refused. An acknowledgement that a reconnect overtook is late, not wrong: Slack sends again."""
    return tuple(
        f"{one['method']}: {one['error']} {' '.join(one['messages'])}"
        for one in running.sandbox.refusals()
        if one["method"] != "socket_mode.acknowledge"
    )


async def _connected(running: RunningSandbox, bot: BotProcess, patience: float) -> None:
    await _until(lambda: bool(running.sandbox.hub.open_connections), bot, patience)


async def _until(  # type: ignore[no-untyped-def]
    condition, bot: BotProcess, patience: float, running: RunningSandbox | None = None
) -> None:
    """Waits; with `running`, what was lost with a connection is sent again meanwhile."""
    moved = time.monotonic()
    deadline = moved + patience
    while not condition():
        if running is not None and time.monotonic() - moved > 1.0:
            moved = time.monotonic()
            await running.sandbox.move_clock(seconds=RETRY_SECONDS)
        if bot.process is not None and bot.process.returncode is not None:
            raise RuntimeError(f"the bot ended; see {bot.log}:\n{bot.log.read_text(encoding='utf-8')[-2000:]}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"gave up waiting; see {bot.log}")
        await asyncio.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mentions", type=int, nargs="?", default=1_000)
    mentions = parser.parse_args().mentions
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(exactly_once(mentions, Path(folder)))
    print(
        f"{result.mentions} mentions, each delivered twice, 2 reconnects, 1 kill -9 with {result.killed_with_open}"
        f" unanswered: replies {dict(result.replies)}, refusals {list(result.refusals)}, {result.seconds:.0f} s"
    )
    sys.exit(0 if result.is_exact else 1)


if __name__ == "__main__":
    main()
