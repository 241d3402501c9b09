"""`python -m benchmarks.simulation`: a working day of many workspaces, squeezed into minutes, on one machine.

The sandbox plays Slack for all of them; two `web` processes behind a balancer, a `worker` and a `clock` share a PostgreSQL
of their own. People ask and upload in their zone's working hours; each workspace has a digest at 09:00 of its zone. Printed
are the load that was held, how long answers, reports and digests took, and how much work waited.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time as timing
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.exactly_once import BotProcess
from benchmarks.slack_events import TICKS
from bot.digests.options import PARTS, Options
from bot.digests.schedule import Schedule
from bot.office.opening import make_desk
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import Channel, Json, Person, Team, default_world
from bot.slack.digests import EVENT_TYPE
from bot.slack.manifest import manifest
from bot.store import open_store
from bot.store.holdings import holdings
from bot.store.schedules import Kept
from tests.postgres_server import running_server
from tests.slack.http_stage import free_address, reachable

ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "Asia/Dubai",
    "Europe/Istanbul", "Europe/Warsaw", "Europe/Berlin", "Europe/Madrid", "Europe/Rome", "Europe/Paris", "Europe/London",
    "America/Sao_Paulo", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Australia/Sydney",
)  # fmt: skip
HOURS = (*[0] * 8, 1, 4, 6, 6, 3, 3, 6, 6, 5, 4, 2, 1, 1, 1, 0, 0)
"""How busy people are in each hour of their day."""
REPORT = "stranded-inventory.txt"
DAY_SECONDS = 24 * 3600
WEBS = 2
PATIENCE = 60.0
"""So many seconds longer than the day the last work may take."""


@dataclass(frozen=True)
class Traffic:
    """`questions` and `uploads` of a workspace in a day; the day is squeezed into `minutes`."""

    workspaces: int
    questions: float
    uploads: float
    minutes: float


@dataclass(frozen=True)
class Place:
    """One workspace of the simulation."""

    team: str
    person: str
    channel: str
    bot: str
    zone: str


@dataclass(frozen=True)
class Act:
    """Somebody asks or uploads, so many seconds after the start."""

    at: float
    place: Place
    is_upload: bool


def acts(traffic: Traffic, places: Sequence[Place], start: datetime, draw: random.Random) -> list[Act]:
    """The day's traffic, in order."""
    found = []
    squeezed = traffic.minutes * 60 / DAY_SECONDS
    for place in places:
        offset = start.astimezone(ZoneInfo(place.zone)).utcoffset() or timedelta()
        for wanted, is_upload in ((traffic.questions, False), (traffic.uploads, True)):
            for _ in range(int(wanted) + (draw.random() < wanted % 1)):
                hour = draw.choices(range(24), HOURS)[0] + draw.random()
                moment = (hour * 3600 - offset.total_seconds()) % DAY_SECONDS
                found.append(Act(moment * squeezed, place, is_upload))
    return sorted(found, key=lambda act: act.at)


def settle(running: RunningSandbox, count: int) -> list[Place]:
    """So many workspaces in the sandbox, each with a person, a channel and the app."""
    world, places = running.sandbox.world, []
    for number in range(count):
        team, person = f"T0SIM{number:06d}", f"U0SIM{number:06d}"
        zone = ZONES[number % len(ZONES)]
        language = "zh-CN" if number % 2 else "en-US"
        world.teams[team] = Team(team, f"Company {number}", f"company-{number}")
        world.people[person] = Person(person, team, f"p{number}", f"Person {number}", language, zone, is_admin=True)
        install = running.sandbox.oauth.install(team, person, world.app.scopes)
        channel = Channel(f"C0SIM{number:06d}", team, "ops", "public", person, 0, [person, install.bot_user_id])
        world.channels[channel.id] = channel
        places.append(Place(team, person, channel.id, install.bot_user_id, zone))
    return places


def keep(url: str, running: RunningSandbox, places: Sequence[Place], minutes: float, start: datetime) -> dict[str, float]:
    """Keeps their installations, and a digest for each when it is 09:00 there, in squeezed time; these moments."""
    moments = {}
    store = open_store(url)
    world = running.sandbox.world
    options = Options(frozenset(PARTS), frozenset(), "en")
    squeezed = minutes * 60 / DAY_SECONDS
    with store.together():
        for number, place in enumerate(places):
            install = world.installs[place.team]
            token, _ = running.sandbox.oauth.issue(install)
            document = {
                "app_id": world.app.id,
                "team_id": place.team,
                "bot_token": token.value,
                "bot_id": install.bot_id,
                "bot_user_id": install.bot_user_id,
                "bot_scopes": ",".join(install.scopes),
                "is_enterprise_install": False,
                "installed_at": start.timestamp(),
            }
            store.installs.save(world.app.client_id, "", place.team, "bot", "", json.dumps(document))
            offset = start.astimezone(ZoneInfo(place.zone)).utcoffset() or timedelta()
            due = start + timedelta(seconds=(9 * 3600 - offset.total_seconds()) % DAY_SECONDS * squeezed)
            # Digests are due at whole minutes of real time, too: those of several zones come together.
            due = due.replace(second=0, microsecond=0) + timedelta(minutes=1)
            local = due.astimezone(ZoneInfo(place.zone))
            at = time(local.hour, local.minute)
            digest = Schedule(
                f"s{number}", place.team, place.person, place.channel, place.channel, options, "daily", at, place.zone
            )
            kept = Kept(
                digest.id, place.team, place.person, place.channel, place.channel, digest.to_json(), "", int(due.timestamp())
            )
            store.schedules.save(kept)
            moments[digest.id] = due.timestamp()
    store.close()
    return moments


class Balancer:
    """Hands each connection to the next web process, as the balancer in front of them does."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turn = 0

    async def serve(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._connected, "127.0.0.1", port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._turn += 1
        port = self._ports[self._turn % len(self._ports)]
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copied(reader, there_writer), _copied(there_reader, writer), return_exceptions=True)


async def _copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    finally:
        target.close()


@dataclass(frozen=True)
class Result:
    """What came of it.

    `answers` and `reports` are milliseconds to a whole answer, `late` seconds after a digest's moment, each ascending;
    `waiting` is the open work, looked at each second; `cpu` are seconds of each process.
    """

    seconds: float
    asked: int
    answers: tuple[float, ...]
    uploaded: int
    reports: tuple[float, ...]
    due: int
    digests: Counter[str]
    late: tuple[float, ...]
    waiting: tuple[int, ...]
    cpu: dict[str, float]
    kept: dict[str, tuple[int, int]]
    """Table -> rows and bytes of all workspaces."""
    refusals: Counter[str]


async def simulate(traffic: Traffic, webs: int = WEBS) -> Result:
    questions = [text for page in make_desk().book.active_pages for text in (*page.questions.en[:1], *page.questions.zh[:1])]
    report = (sample_folder() / REPORT).read_bytes()
    draw = random.Random(1)  # noqa: S311 - made-up traffic
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(running_server("shared_buffers=256MB")).fresh()
        running = await stack.enter_async_context(RunningSandbox(default_world(), rate_limits=True))
        sandbox = running.sandbox
        address = free_address()
        processes = await _processes(running, folder, url, webs, address)
        for process in processes.values():
            stack.push_async_callback(process.stop)
        ports = [int(process.environment["PORT"]) for name, process in processes.items() if name.startswith("web")]
        balancer = await Balancer(ports).serve(int(address.rpartition(":")[2]))
        stack.callback(balancer.close)
        endpoint = f"{address}/slack/events"
        await sandbox.configure(
            manifest=manifest(address, True, "/seller"),
            socket_mode=False,
            events_url=endpoint,
            interactivity_url=endpoint,
            commands_url=endpoint,
        )
        places = settle(running, traffic.workspaces)
        start = datetime.now(UTC) + timedelta(seconds=5)
        due = keep(url, running, places, traffic.minutes, start)
        await asyncio.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
        before = {name: _cpu(process) for name, process in processes.items()}
        waiting: list[int] = []
        watching = asyncio.create_task(_watch(url, waiting))
        began = timing.monotonic()
        sent: list[tuple[Act, Json]] = []
        for number, act in enumerate(acts(traffic, places, start, draw)):
            await asyncio.sleep(max(0.0, began + act.at - timing.monotonic()))
            place = act.place
            mention = f"<@{place.bot}>"
            if act.is_upload:
                message = await sandbox.upload_files(place.person, place.channel, [(REPORT, report)], comment=mention)
            else:
                text = f"{mention} {questions[number % len(questions)]}"
                message = await sandbox.post_message(place.person, place.channel, text)
            sent.append((act, message))
        await asyncio.sleep(max(0.0, began + traffic.minutes * 60 - timing.monotonic()))
        store = open_store(url)
        while store.work.count_open() or _digests_of(running).total() < traffic.workspaces:
            if timing.monotonic() - began > traffic.minutes * 60 + PATIENCE:
                break
            await asyncio.sleep(0.5)
        seconds = timing.monotonic() - began
        kept: dict[str, tuple[int, int]] = {}
        for one in holdings(store.db):
            rows, size = kept.get(one.kind, (0, 0))
            kept[one.kind] = (rows + one.rows, size + one.bytes)
        store.close()
        watching.cancel()
        cpu = {name: _cpu(process) - before[name] for name, process in processes.items()}
        refusals = Counter(f"{one['method']}: {one['error']}" for one in sandbox.refusals())
        asked, uploaded = ([message for act, message in sent if act.is_upload is kind] for kind in (False, True))
        return Result(
            seconds,
            len(asked),
            _latencies(running, asked),
            len(uploaded),
            _latencies(running, uploaded),
            traffic.workspaces,
            _digests_of(running),
            _late(running, due),
            tuple(waiting),
            cpu,
            kept,
            refusals,
        )


async def _processes(running: RunningSandbox, folder: Path, url: str, webs: int, address: str) -> dict[str, BotProcess]:
    """The processes of the Procfile, ready."""
    known = running.settings
    inherited = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    shared = {
        **inherited,
        **{f"SLACK_{name}": known[f"SLACK_{name}"] for name in ("API_URL", "CLIENT_ID", "CLIENT_SECRET", "SIGNING_SECRET")},
        "SLACK_REDIRECT_URL": f"{address}/slack/oauth_redirect",
        "DATABASE_URL": url,
        "OPENBLAS_NUM_THREADS": "1",
    }
    names = [*(f"web-{number}" for number in range(1, webs + 1)), "worker", "clock"]
    made = {}
    for name in names:
        port = free_address().rpartition(":")[2]
        process = BotProcess({**shared, "PORT": port}, folder / f"{name}.log", name.partition("-")[0])
        await process.start(*(() if process.command == "web" else ("--metrics-port", port)))
        await reachable(f"http://127.0.0.1:{port}/healthz")
        made[name] = process
    return made


def _cpu(process: BotProcess) -> float:
    """CPU seconds so far."""
    assert process.process is not None  # noqa: S101
    stat = Path(f"/proc/{process.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


async def _watch(url: str, waiting: list[int]) -> None:
    """Notes each second how much work is open."""
    store = open_store(url)
    while True:
        waiting.append(store.work.count_open())
        await asyncio.sleep(1.0)


def _latencies(running: RunningSandbox, asked: Sequence[Json]) -> tuple[float, ...]:
    """Milliseconds until the whole answer was there, the quickest first; nothing for what has none."""
    wanted = {message["ts"] for message in asked}
    done: dict[str, float] = {}
    for channel in running.sandbox.world.channels.values():
        for message in channel.messages.values():
            thread = message.get("thread_ts")
            if thread in wanted and message.get("bot_id") and message.get("blocks"):
                at = float((message.get("edited") or message)["ts"])
                done[thread] = max(at, done.get(thread, 0.0))
    return tuple(sorted((at - float(ts)) * 1000 for ts, at in done.items()))


def _digest_messages(running: RunningSandbox) -> Iterator[tuple[str, Json]]:
    for channel in running.sandbox.world.channels.values():
        for message in channel.messages.values():
            about = message.get("metadata") or {}
            if about.get("event_type") == EVENT_TYPE:
                yield about["event_payload"]["digest"], message


def _digests_of(running: RunningSandbox) -> Counter[str]:
    """Digest -> how often it came."""
    return Counter(digest for digest, _ in _digest_messages(running))


def _late(running: RunningSandbox, due: dict[str, float]) -> tuple[float, ...]:
    """Seconds after its moment that each digest came, the quickest first."""
    return tuple(sorted(float(message["ts"]) - due[digest] for digest, message in _digest_messages(running)))


def print_result(result: Result, traffic: Traffic) -> None:
    rate = (result.asked + result.uploaded + result.digests.total()) / result.seconds
    print(
        f"\n{traffic.workspaces:,} workspaces, a day in {traffic.minutes:g} minutes"
        f" ({DAY_SECONDS / 60 / traffic.minutes:.0f} x as busy as theirs): {rate:.1f} answers, reports and digests a second"
    )
    for name, count, times in (("questions", result.asked, result.answers), ("reports", result.uploaded, result.reports)):
        print(f"  {name:10s} {len(times):6,d} of {count:6,d} answered; {_spread(times, 'ms')}")
    doubled = sum(count > 1 for count in result.digests.values())
    print(
        f"  digests    {len(result.digests):6,d} of {result.due:6,d} came, {doubled} twice; after their moment:"
        f" {_spread(result.late, 's')}"
    )
    print(f"  open work  at most {max(result.waiting, default=0)}, on average {_mean(result.waiting):.1f}")
    shares = ", ".join(f"{name} {used / result.seconds:.0%}" for name, used in result.cpu.items())
    print(f"  CPU        {shares} of a core")
    largest = sorted(result.kept.items(), key=lambda item: -item[1][1])[:5]
    print(f"  kept       {', '.join(f'{name} {rows:,} rows {size / 1e6:.1f} MB' for name, (rows, size) in largest)}")
    print(f"  refused    {dict(result.refusals) or 'nothing'}")


def _spread(ordered: Sequence[float], unit: str) -> str:
    if not ordered:
        return "none"
    points = {
        name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in (("p50", 0.5), ("p99", 0.99))
    }
    return ", ".join(f"{name} {value:.0f} {unit}" for name, value in points.items())


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspaces", type=int, nargs="?", default=2_000)
    parser.add_argument("--questions", type=float, default=8.0, help="of a workspace in a day")
    parser.add_argument("--uploads", type=float, default=0.3, help="of a workspace in a day")
    parser.add_argument("--minutes", type=float, default=12.0, help="that the day takes")
    chosen = parser.parse_args()
    traffic = Traffic(chosen.workspaces, chosen.questions, chosen.uploads, chosen.minutes)
    result = asyncio.run(simulate(traffic))
    print_result(result, traffic)
    exact = result.digests.total() == len(result.digests) == result.due
    sys.exit(0 if exact and len(result.answers) == result.asked and len(result.reports) == result.uploaded else 1)


if __name__ == "__main__":
    main()
