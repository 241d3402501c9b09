"""What the bot's way through Slack costs: CPU for each event beside other bots, and answers under load.

`python -m benchmarks.slack_path` prints both. Bots and the Web API run as processes
of their own, so that a figure is of the bot alone; requests are signed and go over a socket.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.signature import SignatureVerifier

from benchmarks.figures import Figure, Growth, print_table

SECRET = "benchmark-signing-secret"  # noqa: S105 - of use on this machine only
BOT = "U0BOT00001"
TEAMS = 20
EVENTS, WARM_UP, AT_ONCE = 1_500, 300, 16
BOTS = ("empty", "fixed", "sellerbot")
CHANNELS = 50
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one bot for one event, its acknowledgement over HTTP and, where it posts, its reply."""

    bot: str
    cpu_ms: float


@dataclass(frozen=True)
class Load:
    """Questions asked at a steady rate, and when they were acknowledged and answered (milliseconds)."""

    rate: float
    asked: int
    answered: int
    repeated: int
    seconds: float
    ack_p50: float
    ack_p99: float
    answer_p50: float
    answer_p99: float


async def costs(events: int = EVENTS, teams: int = TEAMS, bots: Sequence[str] = BOTS) -> tuple[Cost, ...]:
    """An event's cost for a bot with empty handlers, one that posts a fixed text, and Sellerbot without its desk."""
    measured = []
    for name in bots:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            api = await stack.enter_async_context(_process("benchmarks.slack_stub", _free_port(), {}))
            bot = await stack.enter_async_context(
                _process("benchmarks.slack_bots", _free_port(), _environment(api, folder), name)
            )
            session = await stack.enter_async_context(aiohttp.ClientSession())
            await _send(session, bot.url, range(WARM_UP), teams=teams)
            await _settled(session, api, WARM_UP if name != "empty" else 0)
            before = bot.cpu_seconds()
            await _send(session, bot.url, range(WARM_UP, WARM_UP + events), teams=teams)
            await _settled(session, api, WARM_UP + events if name != "empty" else 0)
            measured.append(Cost(name, (bot.cpu_seconds() - before) * 1000 / events))
    return tuple(measured)


async def load(rate: float, seconds: float, questions: Sequence[str] = (), workers: int = 0) -> Load:
    """Sellerbot over HTTP, asked `rate` times a second: `sellerbot serve` with the real desk and `workers` processes, or,
    without questions, the way through Slack alone, with an answer that is ready.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        api = await stack.enter_async_context(_process("benchmarks.slack_stub", _free_port(), {}))
        port = _free_port()
        environment = {**_environment(api, folder), "SELLERBOT_WORKERS": str(workers), "PORT": str(port)}
        module, word = ("bot.cli", "serve") if questions else ("benchmarks.slack_bots", "sellerbot")
        bot = await stack.enter_async_context(_process(module, port, environment, word))
        questions = questions or ("kite?",)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)))
        await _send(session, bot.url, range(20), questions)
        await _settled(session, api, 20)
        asked = range(20, 20 + int(rate * seconds))
        started = time.time()
        acks, starts = await _paced(session, bot.url, asked, rate, questions)
        posted = await _settled(session, api, 20 + len(asked))
        elapsed = max(posted.values()) - started
        answers = sorted((posted[f"{_ts(number)}:"] - starts[number]) * 1000 for number in asked)
        repeated = sum(not key.endswith(":") for key in posted)
        return Load(
            rate,
            len(asked),
            len(answers),
            repeated,
            elapsed,
            *(_share(acks, share) for share in (0.5, 0.99)),
            *(_share(answers, share) for share in (0.5, 0.99)),
        )


# ------------------------------------------------------------ processes


@dataclass(frozen=True)
class _Running:
    url: str
    pid: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def _process(module: str, port: int, environment: Mapping[str, str], *words: str) -> AsyncIterator[_Running]:
    arguments = words if module == "bot.cli" else (*words, str(port))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port, process)
        yield _Running(f"http://127.0.0.1:{port}", process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
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


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _environment(api: _Running, folder: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{api.url}/api/",
        "SELLERBOT_STORE": str(Path(folder) / "store.db"),
        "OPENBLAS_NUM_THREADS": "1",
    }


# ------------------------------------------------------------ events


def _ts(number: int) -> str:
    return f"{1_700_000_000 + number}.000100"


def _event(number: int, text: str, teams: int) -> bytes:
    team = f"T0BENCH{number % teams:04d}"
    event = {
        "type": "app_mention",
        "channel": f"C0BENCH{number % CHANNELS:03d}",
        "user": f"U0PERSON{number % 20:02d}",
        "ts": _ts(number),
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


async def _post(session: aiohttp.ClientSession, url: str, number: int, text: str, teams: int) -> None:
    body = _event(number, text, teams)
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


async def _send(
    session: aiohttp.ClientSession, url: str, numbers: range, questions: Sequence[str] = ("kite?",), teams: int = TEAMS
) -> None:
    """All of them, a few at once."""
    waiting = iter(numbers)

    async def worker() -> None:
        for number in waiting:
            await _post(session, url, number, questions[number % len(questions)], teams)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def _paced(
    session: aiohttp.ClientSession, url: str, numbers: range, rate: float, questions: Sequence[str]
) -> tuple[list[float], dict[int, float]]:
    """One after the other at a steady rate, whatever becomes of the earlier ones; acknowledgement times, and starts."""
    acks: list[float] = []
    starts: dict[int, float] = {}

    async def one(number: int) -> None:
        starts[number] = time.time()
        began = time.perf_counter()
        await _post(session, url, number, questions[number % len(questions)], TEAMS)
        acks.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    tasks = []
    for place, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    return sorted(acks), starts


async def _settled(session: aiohttp.ClientSession, api: _Running, wanted: int) -> dict[str, float]:
    """What was posted, once it is as much as is wanted."""
    while True:
        async with session.get(f"{api.url}/posted") as response:
            posted: dict[str, float] = await response.json()
        if len(posted) >= wanted:
            return posted
        await asyncio.sleep(0.1)


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def figures() -> list[Figure]:
    """The way of an event through Slack, without the desk; growth is with events from ten times as many workspaces."""
    known = {one.bot: one.cpu_ms for one in asyncio.run(costs())}
    [grown] = asyncio.run(costs(teams=10 * TEAMS, bots=("sellerbot",)))
    ours = known["sellerbot"]
    growth: dict[Growth, float] = {"workspaces": grown.cpu_ms / ours}
    return [
        Figure("event path", "event to reply", ours, "ms CPU", "a bot that posts a text", known["fixed"], growth),
        Figure("event path", "event to reply", ours, "ms CPU", "empty handlers", known["empty"]),
    ]


def print_load(one: Load) -> None:
    print(
        f"  {one.rate:.0f} questions/s: {one.answered} of {one.asked} answered in {one.seconds:.1f} s,"
        f" {one.repeated} repeated;"
        f" acknowledged p50 {one.ack_p50:.0f} p99 {one.ack_p99:.0f} ms; answered p50 {one.answer_p50:.0f}"
        f" p99 {one.answer_p99:.0f} ms"
    )


def main() -> None:
    from bot.office.opening import make_desk

    print_table(figures())
    pages = make_desk().book.active_pages
    questions = [question for page in pages for question in (*page.questions.en[:1], *page.questions.zh[:1])]
    print("\nSlack: over HTTP, with an answer that is ready")
    for rate in (100, 200):
        print_load(asyncio.run(load(rate, 10)))
    print("\nSlack: over HTTP, answered by the real desk")
    for rate, workers in ((50, 0), (100, 1), (200, 2)):
        print_load(asyncio.run(load(rate, 10, questions, workers)))


if __name__ == "__main__":
    main()
