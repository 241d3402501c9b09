"""`python -m benchmarks.faults`: `web`, `worker` and `clock` on a bad day; what is lost, doubled or half-stored.

Each fault meets traffic over a real socket: mentions delivered twice, reports, digests that fall due. Afterwards everything
is counted in the sandbox and in the store. All must be 0.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import time as time_of_day
from pathlib import Path

import aiohttp
from aiohttp import web

from benchmarks.exactly_once import QUESTION, RETRY_SECONDS, BotProcess, environment
from bot.digests.options import PARTS, Options
from bot.digests.schedule import Schedule
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import BOT_USER, MAYA, OPS, REPORTS, TEAM
from bot.slack.delivery import SHEET_NAME
from bot.slack.digests import EVENT_TYPE
from bot.slack.manifest import manifest
from bot.store import open_store
from bot.store.schedules import Kept
from tests.postgres_server import Server, running_server

REPORT = (sample_folder() / "stranded-inventory.txt").read_bytes()
ROLES = ("web", "worker", "clock")
STEP_SECONDS = 240
"""A clock is set wrong by so much: just less than what would make Slack's signatures too old."""


@dataclass(frozen=True)
class Load:
    mentions: int
    uploads: int
    digests: int


@dataclass(frozen=True)
class Outcome:
    """What is wrong afterwards, by kind; and how long it took until all was well."""

    fault: str
    database: str
    load: Load
    wrong: Mapping[str, int]
    seconds: float
    logs: str

    @property
    def is_clean(self) -> bool:
        return not any(self.wrong.values())


@dataclass
class Proxy:
    """Stands between the bot and Slack, and answers badly: with `mode`, every `every`th call."""

    upstream: str
    address: str = ""
    mode: str = ""
    every: int = 3
    calls: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        mode = self.mode if self.calls % self.every == 0 else ""
        if mode == "500":
            return web.Response(status=500, text="<html>Internal Server Error</html>", content_type="text/html")
        if mode == "429":
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        if mode == "never":
            await self.held.wait()
            return self._cut(request)
        response = await self._forward(request)
        if mode == "garbage":
            return web.Response(text="<html>Please log in to the hotel's network</html>", content_type="text/html")
        return self._cut(request) if mode == "lost" else response

    def heal(self) -> None:
        """From here on every call is answered."""
        self.mode = ""
        self.held.set()
        self.held = asyncio.Event()

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    async def _forward(self, request: web.Request) -> web.Response:
        """The sandbox's answer, its addresses led over here."""
        body = (await request.read()).replace(self.address.encode(), self.upstream.encode())
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method, f"{self.upstream}{request.path_qs}", data=body, headers=headers, allow_redirects=False
            ) as response,
        ):
            text = (await response.read()).replace(self.upstream.encode(), self.address.encode())
            kept = {name: value for name, value in response.headers.items() if name.lower() not in _HOP}
            return web.Response(status=response.status, body=text, headers=kept)


_HOP = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"})


@asynccontextmanager
async def proxied(upstream: str) -> AsyncIterator[Proxy]:
    """A proxy on a free port of this machine."""
    port = free_port()
    proxy = Proxy(upstream, f"http://127.0.0.1:{port}")
    app = web.Application(client_max_size=1 << 28)
    app.router.add_route("*", "/{path:.*}", proxy.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield proxy
    finally:
        proxy.held.set()
        await runner.cleanup()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Scene:
    """The processes, what they share, and what may be done to them."""

    running: RunningSandbox
    proxy: Proxy
    processes: dict[str, BotProcess]
    place: Path | str
    port: int
    random: random.Random
    offset: Path
    server: Server | None = None

    async def start(self, role: str) -> None:
        await self.processes[role].start(*(("--port", str(self.port)) if role == "web" else ()))

    async def listening(self) -> None:
        """Waits until the web process is in service and the others have started: nobody here starts what ends."""
        deadline = time.monotonic() + 60
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz") as health:
                        if health.status == 200 and all(one.is_ready for one in self.processes.values()):
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise TimeoutError(f"the bot does not listen:\n{self.logs()}")

    async def a_moment(self) -> None:
        """Something between nothing and a second; the seed says what."""
        await asyncio.sleep(self.random.uniform(0.05, 1.0))

    def logs(self) -> str:
        return "\n".join(
            one.log.read_text("utf-8", "replace")[-4000:] for one in self.processes.values() if one.log.exists()
        )

    def limit_files(self, size: int) -> None:
        """No file of a process may grow beyond `size` bytes: what a full disk is to them. Below 0: as much as they like."""
        for one in self.processes.values():
            if one.process is not None and one.process.returncode is None:
                _, hard = resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE)
                limit = hard if size < 0 else size
                resource.prlimit(one.process.pid, resource.RLIMIT_FSIZE, (limit, hard))


Fault = Callable[[Scene], Awaitable[None]]


async def no_fault(scene: Scene) -> None:
    await scene.a_moment()


async def killed(scene: Scene) -> None:
    """kill -9 of each process, twice, in any order."""
    for role in scene.random.sample(ROLES * 2, 2 * len(ROLES)):
        await scene.a_moment()
        await scene.processes[role].stop(signal.SIGKILL)
        await scene.start(role)


async def database_restarted(scene: Scene) -> None:
    """PostgreSQL dies with its machine, and comes back."""
    if scene.server is None:
        raise ValueError("only PostgreSQL can be restarted")
    for _ in range(2):
        await scene.a_moment()
        await asyncio.to_thread(scene.server.crash)
        await scene.a_moment()
        await asyncio.to_thread(scene.server.start)


async def disk_full(scene: Scene) -> None:
    await scene.a_moment()
    scene.limit_files(4096)
    await asyncio.sleep(2.5)
    scene.limit_files(-1)


def slack_answers(mode: str, seconds: float = 3.0) -> Fault:
    """Slack answers a third of all calls with a 500, a 429, something that is no answer, or not at all."""

    async def fault(scene: Scene) -> None:
        scene.proxy.mode = mode
        await asyncio.sleep(seconds)
        scene.proxy.heal()

    return fault


async def clock_steps(scene: Scene) -> None:
    """The machine's clock is set ahead, back and right again."""
    for step in (STEP_SECONDS, -STEP_SECONDS, 0):
        await scene.a_moment()
        scene.offset.write_text(str(step), encoding="ascii")
    await scene.a_moment()


async def upgraded(scene: Scene) -> None:
    """Processes of this version go on beside those of the next, which add to the tables, until they are replaced."""
    for role in scene.random.sample(ROLES, len(ROLES)):
        await scene.a_moment()
        old = scene.processes[role]
        fresh = BotProcess({**old.environment, NEW: "1"}, old.log, role, module=_HERE)
        await old.stop(signal.SIGTERM)
        scene.processes[role] = fresh
        await scene.start(role)


FAULTS: Mapping[str, Fault] = {
    "none": no_fault,
    "kill -9": killed,
    "database restarted": database_restarted,
    "disk full": disk_full,
    "Slack: 500": slack_answers("500"),
    "Slack: 429": slack_answers("429"),
    "Slack: garbage": slack_answers("garbage"),
    "Slack: never": slack_answers("never"),
    "Slack: answer lost": slack_answers("lost"),
    "clock steps": clock_steps,
    # From here on the processes are of the next version.
    "two versions": upgraded,
}
SQLITE_ONLY = frozenset({"disk full"})
POSTGRES_ONLY = frozenset({"database restarted"})
NEW, OFFSET = "FAULTS_NEXT_VERSION", "FAULTS_CLOCK_OFFSET"
_HERE = "benchmarks.faults_process"


@asynccontextmanager
async def stage(folder: Path, seed: int, server: Server | None = None) -> AsyncIterator[Scene]:
    """All processes over one store. Without a server the store is a SQLite file."""
    place: Path | str = server.fresh() if server else folder / "store.db"
    async with RunningSandbox(rate_limits=False) as running, proxied(running.address) as proxy:
        settings = {
            **environment(running, folder, SELLERBOT_ENCODER="false", SLACK_API_URL=f"{proxy.address}/api/"),
            "SLACK_SIGNING_SECRET": running.settings["SLACK_SIGNING_SECRET"],
            OFFSET: str(folder / "offset"),
            **({"DATABASE_URL": place} if isinstance(place, str) else {}),
        }
        del settings["SLACK_APP_TOKEN"]
        processes = {role: BotProcess(settings, folder / f"{role}.log", role, module=_HERE) for role in ROLES}
        scene = Scene(running, proxy, processes, place, free_port(), random.Random(seed), folder / "offset", server)  # noqa: S311
        try:
            for role in ROLES:
                await scene.start(role)
            await scene.listening()
            url = f"http://127.0.0.1:{scene.port}/slack/events"
            await running.sandbox.configure(
                manifest=manifest(f"http://127.0.0.1:{scene.port}", True, "/seller"),
                socket_mode=False,
                events_url=url,
                interactivity_url=url,
                commands_url=url,
            )
            yield scene
        finally:
            proxy.heal()
            for process in scene.processes.values():
                await process.stop(signal.SIGKILL)


async def meet(scene: Scene, name: str, load: Load, patience: float = 60.0) -> Outcome:
    """Traffic while a fault happens, and what came of it."""
    started = time.monotonic()
    try:
        fault = asyncio.create_task(_fault(scene, name))
        sent = await _traffic(scene, name, load)
        await fault
    finally:
        scene.limit_files(-1)
        scene.proxy.heal()
    await scene.listening()
    wrong = await _settled(scene, sent, patience)
    database = "PostgreSQL" if scene.server else "SQLite"
    return Outcome(name, database, load, wrong, time.monotonic() - started, scene.logs())


async def _fault(scene: Scene, name: str) -> None:
    await FAULTS[name](scene)


@dataclass(frozen=True)
class Sent:
    mentions: tuple[str, ...]
    uploads: Mapping[str, str]
    """Message -> file."""
    digests: tuple[str, ...]


async def _traffic(scene: Scene, name: str, load: Load) -> Sent:
    sandbox = scene.running.sandbox
    mentions, uploads = [], {}
    digests = await asyncio.to_thread(_due_now, scene.place, name, load.digests)
    for number in range(max(load.mentions, load.uploads)):
        if number < load.mentions:
            posted = await sandbox.post_message(MAYA, OPS, f"{QUESTION} ({number})", copies=2)
            mentions.append(str(posted["ts"]))
        if number < load.uploads:
            message = await sandbox.upload_files(
                MAYA, REPORTS, [(f"report-{number}.txt", REPORT)], comment="@sellerbot", copies=2
            )
            uploads[str(message["ts"])] = str(message["files"][0]["id"])
        await asyncio.sleep(0.05)
    return Sent(tuple(mentions), uploads, digests)


def _due_now(place: Path | str, prefix: str, number: int) -> tuple[str, ...]:
    """Digests that are due this minute, one for each schedule."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    options = Options(frozenset(PARTS), frozenset(), "en")
    store = open_store(place, migrate=False)
    try:
        with store.together():
            for one in range(number):
                schedule = Schedule(
                    f"{prefix} {one}", TEAM, MAYA, OPS, OPS, options, "daily", time_of_day(now.hour, now.minute), "UTC"
                )
                due = int(now.timestamp())
                store.schedules.save(Kept(schedule.id, TEAM, MAYA, OPS, OPS, schedule.to_json(), "", due))
    finally:
        store.close()
    return tuple(f"{prefix} {one}" for one in range(number))


async def _settled(scene: Scene, sent: Sent, patience: float) -> dict[str, int]:
    """Waits until nothing is missing any longer, or for `patience`; then a little, for what may come twice."""
    deadline = time.monotonic() + patience
    while True:
        wrong = _count(scene, sent)
        if not any(wrong[name] for name in MISSING) or time.monotonic() > deadline:
            break
        # Slack delivers again what nobody took, and the leases of the dead come to their end.
        await scene.running.sandbox.move_clock(seconds=RETRY_SECONDS)
        await asyncio.to_thread(_end_leases, scene.place)
        await asyncio.sleep(1.0)
    await asyncio.sleep(2.0)
    return _count(scene, sent) | {"half-stored": await asyncio.to_thread(_half_stored, scene, sent)}


MISSING = ("events lost", "digests lost", "uploads lost")


def _count(scene: Scene, sent: Sent) -> dict[str, int]:
    messages = [
        one
        for channel in (OPS, REPORTS)
        for one in scene.running.sandbox.world.channels[channel].messages.values()
        if one.get("user") == BOT_USER
    ]
    replies = Counter(str(one["thread_ts"]) for one in messages if "thread_ts" in one and not one.get("files"))
    sheets = Counter(
        str(one["thread_ts"])
        for one in messages
        if "thread_ts" in one and any(file["name"] == SHEET_NAME for file in one.get("files") or ())
    )
    digests = Counter(
        one["metadata"]["event_payload"]["digest"]
        for one in messages
        if (one.get("metadata") or {}).get("event_type") == EVENT_TYPE
    )
    return {
        "events lost": sum(not replies[ts] for ts in sent.mentions),
        "events doubled": sum(replies[ts] > 1 for ts in sent.mentions),
        "digests lost": sum(not digests[name] for name in sent.digests),
        "digests doubled": sum(digests[name] > 1 for name in sent.digests),
        "uploads lost": sum(not (replies[ts] and sheets[ts]) for ts in sent.uploads),
        "uploads doubled": sum(replies[ts] > 1 or sheets[ts] > 1 for ts in sent.uploads),
    }


def _half_stored(scene: Scene, sent: Sent) -> int:
    """Reports that were answered and are not kept whole, once."""
    store = open_store(scene.place, migrate=False)
    try:
        kept = store.uploads.seen_from(TEAM, REPORTS)
        whole = [one.source for one in kept if _is_whole(store.uploads.content(TEAM, one.id) or b"")]
    finally:
        store.close()
    known = set(sent.uploads.values())
    cut = sum(one.source in known for one in kept) - sum(file in known for file in whole)
    return sum(whole.count(file) != 1 for file in known) + cut


def _is_whole(rows: bytes) -> bool:
    """Whether this is a Parquet file from its beginning to its end."""
    return rows[:4] == rows[-4:] == b"PAR1"


def _end_leases(place: Path | str) -> None:
    """What comes of waiting for two minutes: what a dead clock held is free, what was put off is due again."""
    store = open_store(place, migrate=False)
    try:
        store.db.execute("UPDATE schedules SET claimed_until = 0")
    finally:
        store.close()


def names(database: str) -> list[str]:
    """The faults that a database can meet."""
    other = SQLITE_ONLY if database == "PostgreSQL" else POSTGRES_ONLY
    return [name for name in FAULTS if name not in other]


async def bench(seed: int, load: Load, wanted: str = "") -> list[Outcome]:
    outcomes = []
    with running_server() as server:
        for database in ("SQLite", "PostgreSQL"):
            with tempfile.TemporaryDirectory() as folder:
                async with stage(Path(folder), seed, server if database == "PostgreSQL" else None) as scene:
                    for name in names(database):
                        if wanted and wanted != name:
                            continue
                        outcome = await meet(scene, name, load)
                        outcomes.append(outcome)
                        print(_line(outcome), flush=True)
    return outcomes


COLUMNS = (*MISSING, "events doubled", "digests doubled", "uploads doubled", "half-stored")


def _line(one: Outcome) -> str:
    figures = " ".join(f"{one.wrong[name]:>15}" for name in COLUMNS)
    return f"{one.fault:<20} {one.database:<11} {figures} {one.seconds:6.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", default="", choices=["", *FAULTS])
    parser.add_argument("--mentions", type=int, default=40)
    parser.add_argument("--logs", action="store_true", help="the processes' logs of whatever went wrong")
    arguments = parser.parse_args()
    load = Load(arguments.mentions, arguments.mentions // 8, arguments.mentions // 4)
    print(f"{load.mentions} mentions, {load.uploads} reports, {load.digests} digests a line; seed {arguments.seed}")
    print(f"{'fault':<20} {'database':<11} " + " ".join(f"{name:>15}" for name in COLUMNS))
    outcomes = asyncio.run(bench(arguments.seed, load, arguments.fault))
    for one in outcomes:
        if arguments.logs and not one.is_clean:
            print(one.logs)
    sys.exit(0 if all(one.is_clean for one in outcomes) else 1)


if __name__ == "__main__":
    main()
