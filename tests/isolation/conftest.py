"""Two workspaces over HTTP: one with secrets in a private channel, in direct messages and in a private answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.digests.options import PARTS, Options
from bot.digests.schedule import Schedule
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import CHEN, FINANCE, GENERAL, GUEST, LIN, MAYA, STRANGER, TEAM
from bot.store import open_store
from tests.slack.conftest import no_environment  # noqa: F401 - used by all tests here
from tests.slack.http_stage import free_address, staged_over_http
from tests.slack.stage import Json, Stage, config_for
from tests.slack.test_installs import install

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARK = "falcon"
"""Stands in everything that is nobody else's business: the file's name, its SKUs, the questions."""
SKU = "FALCON-MUG-BLUE-01"
DATA_QUESTION = "which SKUs get auto-removed this week?"
KEPT = ("uploads", "schedules", "picks", "feedback", "handovers", "threads", "answers", "preferences")


@dataclass(frozen=True)
class Secrets:
    """What can be named to reach them: answers by `refs`, and uploads, files and digests by their ids."""

    refs: tuple[str, ...]
    uploads: tuple[str, ...]
    files: tuple[str, ...]
    schedules: tuple[str, ...]
    fact: str
    page: str


@dataclass(frozen=True)
class Actor:
    """Somebody who should not get at the secrets, and a conversation of their own from which they try."""

    person: str
    team: str
    ground: str


@dataclass
class Scene:
    stage: Stage
    secrets: Secrets
    actors: Mapping[str, Actor]

    def seen(self, actor: Actor) -> str:
        """Everything that somebody can see of the bot: conversations, private messages, modals, Home, files."""
        world = self.stage.sandbox.world
        shown: list[Any] = []
        for channel in world.channels.values():
            if actor.person not in channel.members:
                continue
            shown += [one for one in channel.messages.values() if one.get("bot_id")]
            shown += [one.message for one in channel.ephemerals if one.user == actor.person]
            shown += [
                world.files[file["id"]].content.decode("utf-8", "replace")
                for one in channel.messages.values()
                for file in one.get("files", ())
            ]
        shown += [view.payload for view in world.views.values() if view.user == actor.person]
        home = world.homes.get((actor.team, actor.person))
        return json.dumps([*shown, home.payload if home else None], ensure_ascii=False)

    def leaks(self, actor: Actor) -> bool:
        return MARK in self.seen(actor).lower()

    def kept(self) -> dict[str, list[str]]:
        """What is kept of the secrets' conversations, and what refers to them."""
        db, secrets = self.stage.bot.office._store.db, self.secrets
        words = {*secrets.uploads, *secrets.schedules, *secrets.refs, *self.private, *self._answers()}
        found = {}
        for table in KEPT:
            rows = [tuple(row) for row in db.execute(f"SELECT * FROM {table}").fetchall()]  # noqa: S608 - our own names
            found[table] = sorted(str(row) for row in rows if not words.isdisjoint(map(str, row)))
        return found

    def _answers(self) -> tuple[str, ...]:
        return tuple(ref.partition(".")[0] for ref in self.secrets.refs)

    @property
    def private(self) -> tuple[str, str]:
        """The conversations that hold the secrets."""
        world = self.stage.sandbox.world
        return FINANCE, world.dm(LIN, world.installs[TEAM].bot_user_id).id

    def said(self) -> str:
        """All that is said in the conversations that hold the secrets."""
        channels = (self.stage.sandbox.world.channels[name] for name in self.private)
        return json.dumps([[*channel.messages.values()] for channel in channels], ensure_ascii=False)


def stranded(mark: str) -> bytes:
    """A report whose SKUs and product names carry a mark."""
    lines = (sample_folder() / "stranded-inventory.txt").read_text(encoding="utf-8").splitlines()
    place = lines[0].split("\t").index("sku")
    rows = [line.split("\t") for line in lines[1:]]
    marked = [[f"{mark}-{cell}" if number == place else cell for number, cell in enumerate(row)] for row in rows]
    return "\n".join([lines[0], *("\t".join(row) for row in marked)]).encode()


@pytest.fixture
async def scene(desk: Desk, tmp_path: Path) -> AsyncIterator[Scene]:
    address = free_address()
    clock = lambda: int(NOW.timestamp())  # noqa: E731 - the store's clock stands where the office's does
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), open_store(tmp_path / "store.db", clock), lambda: NOW)
    async with RunningSandbox(rate_limits=False) as running:
        known = running.settings
        config = config_for(
            running,
            bot_token=None,
            app_token=None,
            client_id=known["SLACK_CLIENT_ID"],
            client_secret=known["SLACK_CLIENT_SECRET"],
            redirect_url=f"{address}/slack/oauth_redirect",
        )
        async with staged_over_http(running, config, office, address) as stage:
            for person in (MAYA, STRANGER):
                status, text = await install(address, person)
                assert status == 200, text
            yield await _scene(stage)
    office.close()


async def _scene(stage: Stage) -> Scene:
    sandbox, office = stage.sandbox, stage.bot.office
    other = sandbox.world.people[STRANGER].team_id
    dm = (await sandbox.open_dm(LIN)).id
    report = stranded("FALCON")
    await sandbox.upload_files(LIN, FINANCE, [("falcon-plan.txt", report)], comment="@sellerbot")
    await stage.quiet()
    await sandbox.upload_files(LIN, dm, [("falcon-own.txt", report)])
    await stage.quiet()
    await stage.ask(LIN, FINANCE, "@sellerbot do we still need FNSKU labels for the falcon kite?")
    await stage.ask(LIN, dm, "what is stranded inventory? it is about the falcon")
    # A private answer in a channel that the others are in, too.
    await sandbox.run_command(LIN, GENERAL, "/seller", "do I need FNSKU labels for my falcon?")
    await stage.quiet()
    schedules: list[str] = []
    for channel in (FINANCE, dm):
        options = Options(frozenset(PARTS), frozenset(), "en")
        schedule = Schedule(f"sched{len(schedules)}", TEAM, LIN, channel, FINANCE, options, "daily", time(9), "UTC")
        await office.digests.save(schedule)
        schedules.append(schedule.id)
    # Where questions are handed over to, everybody listens.
    grounds = {STRANGER: (await sandbox.create_channel(STRANGER, "strangers")).id, CHEN: GENERAL, GUEST: GENERAL}
    await sandbox.invite(STRANGER, grounds[STRANGER], sandbox.world.installs[other].bot_user_id)
    await office.prefer(TEAM, "", "hand_over", GENERAL, MAYA)
    await office.prefer(other, "", "hand_over", grounds[STRANGER], STRANGER)
    store = office._store
    rows = store.db.query("SELECT id, channel, document FROM answers WHERE team = :team", {"team": TEAM})
    uploads = store.db.query("SELECT id, source FROM uploads WHERE team = :team", {"team": TEAM})
    refs = tuple(f"{row['id']}.0" for row in rows)
    uploads = list(uploads)
    assert len(refs) == 5
    secrets = Secrets(
        refs,
        tuple(row["id"] for row in uploads),
        tuple(row["source"] for row in uploads),
        tuple(schedules),
        next(iter(office.book.facts)),
        office.book.active_pages[0].id,
    )
    actors = {
        "a stranger of another workspace": Actor(STRANGER, other, grounds[STRANGER]),
        "a member who is not in the channel": Actor(CHEN, TEAM, GENERAL),
        "a guest": Actor(GUEST, TEAM, GENERAL),
    }
    for person in (CHEN,):
        await sandbox.invite(MAYA, GENERAL, person) if person not in sandbox.world.channels[GENERAL].members else None
    return Scene(stage, secrets, actors)


async def own_message(scene: Scene, actor: Actor) -> Json:
    """A message of the bot's in an actor's own conversation, to put forged buttons under."""
    asked = await scene.stage.ask(actor.person, actor.ground, "@sellerbot what is stranded inventory?")
    [answer] = scene.stage.answers(actor.person, actor.ground, asked["ts"])
    return scene.stage.sandbox.world.channels[actor.ground].messages[answer["ts"]]
