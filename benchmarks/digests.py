"""`python -m benchmarks.digests`: many digests due in the same minute, two processes on one store, one of them killed.

Each process claims, composes and posts to the sandbox over HTTP. Every digest must be there once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sqlite3
import sys
import tempfile
import time as timing
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import aiohttp

from bot.digests.options import PARTS, Options
from bot.digests.schedule import Schedule
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.office.opening import make_desk
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import BOT_USER, MAYA, TEAM, default_world
from bot.settings import SlackSettings
from bot.slack.app import build_app
from bot.slack.digests import EVENT_TYPE, DigestClock
from bot.store import open_store

DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHANNELS = 1_000
"""Digests are spread over so many channels: Slack takes a message a second from each."""
LEASE = 130


@dataclass(frozen=True)
class Result:
    """`copies`: how many digests are there how often. Rates are per second, of both processes together."""

    digests: int
    copies: Mapping[int, int]
    killed_after: int
    open_at_kill: int
    rate: float
    seconds: float

    @property
    def is_exact(self) -> bool:
        return self.copies == {1: self.digests}


async def measure(digests: int, folder: Path, kill: bool = True) -> Result:
    world = default_world(start=(DUE - timedelta(hours=1)).timestamp())
    async with RunningSandbox(world, rate_limits=False) as running:
        channels = []
        for number in range(min(CHANNELS, digests)):
            channel = await running.sandbox.create_channel(MAYA, f"team-{number}")
            await running.sandbox.invite(MAYA, channel.id, BOT_USER)
            channels.append(channel.id)
        # What nobody listens to need not be delivered.
        await running.sandbox.dispatcher.close()
        path = folder / "store.db"
        _fill(path, channels, digests)
        await running.sandbox.move_clock(to=DUE.isoformat())
        workers = [await _start(running, folder, name) for name in ("a", "b")]
        await _until(lambda: all((folder / f"{name}.ready").exists() for name in "ab"))
        started = timing.monotonic()
        (folder / "go").touch()
        killed_after = open_at_kill = 0
        if kill:
            # Looked at often: a third must not have become all of them.
            await _until(lambda: _sent(running).total() > digests // 3, every=0.01)
            workers[0].send_signal(signal.SIGKILL)
            await workers[0].wait()
            killed_after, open_at_kill = _sent(running).total(), _claimed_by(path, "a")
        await _until(lambda: _sent(running).total() >= digests - open_at_kill or _nothing_left(path))
        seconds = timing.monotonic() - started
        rate = _sent(running).total() / seconds
        if kill:
            # The dead one's leases end: what it was at is taken over.
            (folder / "later").touch()
        await _until(lambda: _nothing_left(path))
        await asyncio.sleep(1.0)
        for worker in workers[1 if kill else 0 :]:
            worker.terminate()
            await worker.wait()
        copies = Counter(_sent(running).values())
        missing = digests - sum(copies.values())
        return Result(digests, {**copies, **({0: missing} if missing else {})}, killed_after, open_at_kill, rate, seconds)


def _fill(path: Path, channels: list[str], digests: int) -> None:
    store = open_store(path, lambda: int(DUE.timestamp()))
    options = Options(frozenset(PARTS), frozenset(), "en")
    from bot.store.schedules import Kept

    with store.together():
        for number in range(digests):
            channel = channels[number % len(channels)]
            one = Schedule(f"s{number}", TEAM, MAYA, channel, channel, options, "daily", time(9), "UTC")
            store.schedules.save(Kept(one.id, TEAM, MAYA, channel, channel, one.to_json(), "", int(DUE.timestamp())))
    store.close()


async def _start(running: RunningSandbox, folder: Path, name: str) -> asyncio.subprocess.Process:
    kept = {key: value for key, value in os.environ.items() if not key.upper().endswith("_PROXY")}
    command = (sys.executable, "-m", "benchmarks.digests", "--worker", name, "--folder", str(folder))
    with (folder / f"{name}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(*command, env={**kept, **running.settings}, stdout=log, stderr=log)


def _sent(running: RunningSandbox) -> Counter[str]:
    """Digest -> how often it is there."""
    found = (
        message["metadata"]["event_payload"]["digest"]
        for channel in running.sandbox.world.channels.values()
        for message in channel.messages.values()
        if (message.get("metadata") or {}).get("event_type") == EVENT_TYPE
    )
    return Counter(found)


def _ask(path: Path, question: str) -> int:
    with sqlite3.connect(path, timeout=30) as db:
        return int(db.execute(question).fetchone()[0])


def _claimed_by(path: Path, worker: str) -> int:
    return _ask(path, f"SELECT COUNT(*) FROM schedules WHERE claimed_by = '{worker}'")  # noqa: S608 - our own name


def _nothing_left(path: Path) -> bool:
    return not _ask(path, f"SELECT COUNT(*) FROM schedules WHERE next_due <= {int(DUE.timestamp())}")  # noqa: S608 - a number


async def _until(condition, every: float = 0.25) -> None:  # type: ignore[no-untyped-def]
    deadline = timing.monotonic() + 600
    while not condition():
        if timing.monotonic() > deadline:
            raise TimeoutError("gave up waiting; see the logs of the workers")
        await asyncio.sleep(every)


async def work(name: str, folder: Path) -> None:
    """One process: claims and sends until it is ended. Its time stands still at the digests' minute."""

    def leases() -> int:
        return int(DUE.timestamp()) + (LEASE if (folder / "later").exists() else 0)

    store = open_store(folder / "store.db", leases)
    office = Office(ThreadClerks(make_desk(), ThreadPoolExecutor(1)), store, lambda: DUE)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
        config = SlackSettings(_env_file=None, client_id=None, client_secret=None)
        _, bot = build_app(config, office, session)
        clock = DigestClock(bot, name)
        (folder / f"{name}.ready").touch()
        while not (folder / "go").exists():
            await asyncio.sleep(0.01)
        await clock.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("digests", type=int, nargs="?", default=10_000)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--worker")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.worker:
        asyncio.run(work(arguments.worker, arguments.folder))
        return
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(arguments.digests, Path(folder), not arguments.no_kill))
    print(
        f"{result.digests} digests due in one minute, 2 processes,"
        f" one killed after {result.killed_after} with {result.open_at_kill} of its own open:"
        f" copies {dict(result.copies)}, {result.rate:.0f} claimed, composed and posted a second"
    )
    sys.exit(0 if result.is_exact else 1)


if __name__ == "__main__":
    main()
