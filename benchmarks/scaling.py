"""`python -m benchmarks.scaling`: what one and two `web` processes answer on one PostgreSQL, and a rate held for minutes.

Questions go to the processes in turn, as a balancer sends them; a Web API that says yes takes the answers. Everything shares
this machine's cores: with two of them the second process also takes what the database and the sender need.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.slack_events import Running, environment, free_port, paced, process, send, settled, ts_of
from bot.office.opening import make_desk
from tests.postgres_server import running_server

QUESTIONS = 3_000
WARM_UP = 40
GOAL = 1.6


@dataclass(frozen=True)
class Stage:
    """The Web API, and the bot's processes."""

    session: aiohttp.ClientSession
    api: Running
    webs: tuple[Running, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(web.url for web in self.webs)


@asynccontextmanager
async def staged(webs: int, questions: Sequence[str]) -> AsyncIterator[Stage]:
    """So many `sellerbot web` on a PostgreSQL of their own, warm."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(running_server("shared_buffers=256MB")).fresh()
        api = await stack.enter_async_context(process("benchmarks.slack_stub", free_port(), {}))
        made = []
        for _ in range(webs):
            port = free_port()
            chosen = {**environment(api, folder), "DATABASE_URL": url, "PORT": str(port)}
            made.append(await stack.enter_async_context(process("bot.cli", port, chosen, "web")))
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200)))
        stage = Stage(session, api, tuple(made))
        for place, web in enumerate(made):
            await send(session, [web.url], range(place * WARM_UP, (place + 1) * WARM_UP), questions)
        await settled(session, api, WARM_UP * webs)
        yield stage


async def capacity(webs: int, questions: Sequence[str]) -> float:
    """Questions a second that so many processes answer when more wait all the time."""
    async with staged(webs, questions) as stage:
        asked = range(WARM_UP * webs, WARM_UP * webs + QUESTIONS)
        started = time.time()
        await send(stage.session, stage.urls, asked, questions)
        posted = await settled(stage.session, stage.api, asked.stop)
        return QUESTIONS / (max(posted.values()) - started)


async def hold(webs: int, rate: float, seconds: float, questions: Sequence[str]) -> str:
    """Asks at a steady rate, and says how it went."""
    async with staged(webs, questions) as stage:
        asked = range(WARM_UP * webs, WARM_UP * webs + int(rate * seconds))
        before = [web.cpu_seconds() for web in stage.webs]
        started = time.time()
        _, starts = await paced(stage.session, stage.urls, asked, rate, questions)
        posted = await settled(stage.session, stage.api, asked.stop)
        took = max(posted.values()) - started
        used = [(web.cpu_seconds() - cpu) / took for web, cpu in zip(stage.webs, before, strict=True)]
    answers = sorted((posted[f"{ts_of(number)}:"] - starts[number]) * 1000 for number in asked)
    middle, slow = answers[len(answers) // 2], answers[len(answers) * 99 // 100]
    repeated = sum(not key.endswith(":") for key in posted)
    return (
        f"{rate:g} questions/s for {seconds:g} s, {webs} web processes: {len(answers):,} of {len(asked):,} answered in"
        f" {took:.0f} s, {repeated} twice; p50 {middle:.0f} ms, p99 {slow:.0f} ms;"
        f" CPU {', '.join(f'{share:.0%}' for share in used)} of a core"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="questions a second to hold")
    parser.add_argument("--seconds", type=float, default=600.0, help="for so long; 0 leaves this out")
    chosen = parser.parse_args()
    pages = make_desk().book.active_pages
    questions = [text for page in pages for text in (*page.questions.en[:1], *page.questions.zh[:1])]
    one, two = (asyncio.run(capacity(webs, questions)) for webs in (1, 2))
    print(f"one web process {one:.0f} questions/s, two {two:.0f}: {two / one:.2f} x (goal {GOAL} x)")
    if chosen.seconds:
        print(asyncio.run(hold(2, chosen.rate, chosen.seconds, questions)))


if __name__ == "__main__":
    main()
