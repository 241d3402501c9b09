"""What the bot's way through Slack costs: CPU for each event beside other bots, and answers under load.

`python -m benchmarks.slack_path` prints both. Bots and the Web API run as processes
of their own, so that a figure is of the bot alone; requests are signed and go over a socket.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from benchmarks.figures import Figure, Growth, print_table
from benchmarks.slack_events import TEAMS, environment, free_port, paced, process, send, settled, ts_of

EVENTS, WARM_UP = 1_500, 300
BOTS = ("empty", "fixed", "sellerbot")


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
            api = await stack.enter_async_context(process("benchmarks.slack_stub", free_port(), {}))
            bot = await stack.enter_async_context(
                process("benchmarks.slack_bots", free_port(), environment(api, folder), name)
            )
            session = await stack.enter_async_context(aiohttp.ClientSession())
            await send(session, [bot.url], range(WARM_UP), teams=teams)
            await settled(session, api, WARM_UP if name != "empty" else 0)
            before = bot.cpu_seconds()
            await send(session, [bot.url], range(WARM_UP, WARM_UP + events), teams=teams)
            await settled(session, api, WARM_UP + events if name != "empty" else 0)
            measured.append(Cost(name, (bot.cpu_seconds() - before) * 1000 / events))
    return tuple(measured)


async def load(rate: float, seconds: float, questions: Sequence[str] = (), workers: int = 0) -> Load:
    """Sellerbot over HTTP, asked `rate` times a second: `sellerbot serve` with the real desk and `workers` processes, or,
    without questions, the way through Slack alone, with an answer that is ready.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        api = await stack.enter_async_context(process("benchmarks.slack_stub", free_port(), {}))
        port = free_port()
        chosen = {**environment(api, folder), "SELLERBOT_WORKERS": str(workers), "PORT": str(port)}
        module, word = ("bot.cli", "serve") if questions else ("benchmarks.slack_bots", "sellerbot")
        bot = await stack.enter_async_context(process(module, port, chosen, word))
        questions = questions or ("kite?",)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)))
        await send(session, [bot.url], range(20), questions)
        await settled(session, api, 20)
        asked = range(20, 20 + int(rate * seconds))
        started = time.time()
        acks, starts = await paced(session, [bot.url], asked, rate, questions)
        posted = await settled(session, api, 20 + len(asked))
        elapsed = max(posted.values()) - started
        answers = sorted((posted[f"{ts_of(number)}:"] - starts[number]) * 1000 for number in asked)
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
