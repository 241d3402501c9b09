"""Signed events over HTTP to bots that run as processes of their own, and a Web API that counts what they post."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.signature import SignatureVerifier

SECRET = "benchmark-signing-secret"  # noqa: S105 - of use on this machine only
BOT = "U0BOT00001"
TEAMS = 20
AT_ONCE = 16
CHANNELS = 50
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


# ------------------------------------------------------------ processes


@dataclass(frozen=True)
class Running:
    url: str
    pid: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def process(module: str, port: int, environment: Mapping[str, str], *words: str) -> AsyncIterator[Running]:
    arguments = words if module == "bot.cli" else (*words, str(port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await listening(port, process)
        yield Running(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def listening(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(START_SECONDS * 10):
        if process.returncode is not None:
            raise RuntimeError(f"a process of the benchmark ended with {process.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def environment(api: Running, folder: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{api.url}/api/",
        "SELLERBOT_STORE": str(Path(folder) / "store.db"),
        "OPENBLAS_NUM_THREADS": "1",
    }


# ------------------------------------------------------------ events


def ts_of(number: int) -> str:
    return f"{1_700_000_000 + number}.000100"


def event_of(number: int, text: str, teams: int) -> bytes:
    team = f"T0BENCH{number % teams:04d}"
    event = {
        "type": "app_mention",
        "channel": f"C0BENCH{number % CHANNELS:03d}",
        "user": f"U0PERSON{number % 20:02d}",
        "ts": ts_of(number),
        "text": f"<@{BOT}> {text}",
    }
    body = {
        "type": "event_callback",
        "team_id": team,
        "api_app_id": "A0BENCH001",
        "event_id": f"Ev{number}",
        "event": event,
        "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True}],
    }
    return json.dumps(body, ensure_ascii=False).encode()


async def post(session: aiohttp.ClientSession, url: str, number: int, text: str, teams: int) -> None:
    body = event_of(number, text, teams)
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or "",
    }
    async with session.post(f"{url}/slack/events", data=body, headers=headers) as response:
        if response.status != 200:
            raise RuntimeError(f"the bot answered {response.status}")
        await response.read()


async def send(
    session: aiohttp.ClientSession,
    urls: Sequence[str],
    numbers: range,
    questions: Sequence[str] = ("kite?",),
    teams: int = TEAMS,
) -> None:
    """All of them, a few at once, in turn to each of `urls`."""
    waiting = iter(numbers)

    async def worker() -> None:
        for number in waiting:
            await post(session, urls[number % len(urls)], number, questions[number % len(questions)], teams)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def paced(
    session: aiohttp.ClientSession, urls: Sequence[str], numbers: range, rate: float, questions: Sequence[str]
) -> tuple[list[float], dict[int, float]]:
    """One after the other at a steady rate, in turn to each of `urls`, whatever becomes of the earlier ones;
    acknowledgement times (milliseconds), and starts."""
    acks: list[float] = []
    starts: dict[int, float] = {}

    async def one(number: int) -> None:
        starts[number] = time.time()
        began = time.perf_counter()
        await post(session, urls[number % len(urls)], number, questions[number % len(questions)], TEAMS)
        acks.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    tasks = []
    for place, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    return sorted(acks), starts


async def settled(session: aiohttp.ClientSession, api: Running, wanted: int) -> dict[str, float]:
    """What was posted, once it is as much as is wanted."""
    while True:
        async with session.get(f"{api.url}/posted") as response:
            posted: dict[str, float] = await response.json()
        if len(posted) >= wanted:
            return posted
        await asyncio.sleep(0.1)
