"""File names, cells, SKUs and questions that try to be more than text in Slack."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.reports.samples import sample_folder
from bot.sandbox.world import BOT_USER, MAYA, REPORTS
from bot.store import open_store
from tests.slack.conftest import no_environment
from tests.slack.stage import Stage, staged

__all__ = ["no_environment"]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U0MAYAORT1>",
    "<#C0GENERAL1>",
    "<https://evil.example|Amazon>",
    "`*_~bold~_*`",
    "\u202egpj.exe",
    "<!subteam^S1>",
)


@pytest.fixture
async def stage(desk: Desk, tmp_path: Path) -> AsyncIterator[Stage]:
    store = open_store(tmp_path / "store.db", lambda: int(NOW.timestamp()))
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), store, lambda: NOW)
    async with staged(office) as made:
        yield made
    office.close()


def shown(stage: Stage) -> list[Any]:
    """All that the bot said, wherever: messages, private ones, modals and Home tabs."""
    world = stage.sandbox.world
    found: list[Any] = [view.payload for view in (*world.views.values(), *world.homes.values())]
    for channel in world.channels.values():
        found += [one for one in channel.messages.values() if one.get("user") == BOT_USER]
        found += [one.message for one in channel.ephemerals]
    return found


def mrkdwn(value: Any) -> list[str]:
    """Every text in which Slack looks for control sequences: mrkdwn, and the texts of messages."""
    texts: list[str] = []
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            if one.get("type") == "mrkdwn" or ("blocks" in one and "ts" in one):
                texts.append(str(one.get("text", "")))
            stack += [part for part in one.values() if isinstance(part, (dict, list))]
    return texts


def harmless(stage: Stage) -> None:
    said = shown(stage)
    assert said
    for text in mrkdwn(said):
        for word in ("<!channel", "<!here", "<!subteam", "evil.example|"):
            assert word not in text
    written = json.dumps(said, ensure_ascii=False)
    assert "\u202e" not in written
    assert '"type": "broadcast"' not in written
    assert '"url": "https://evil.example' not in written


async def test_hostile_file_names_and_cells_are_shown_as_text(stage: Stage) -> None:
    lines = (sample_folder() / "stranded-inventory.txt").read_text(encoding="utf-8").splitlines()
    heads = lines[0].split("\t")
    rows = []
    for number, line in enumerate(lines[1:]):
        cells = line.split("\t")
        for name in ("sku", "product-name", "stranded-reason"):
            cells[heads.index(name)] = f"{HOSTILE[number % len(HOSTILE)]}{number}"
        rows.append("\t".join(cells))
    content = "\n".join([lines[0], *rows]).encode()
    for name in HOSTILE:
        await stage.sandbox.upload_files(MAYA, REPORTS, [(f"{name}.txt", content)], comment="@sellerbot")
        await stage.quiet()
    await stage.sandbox.run_command(MAYA, REPORTS, "/seller", "data")
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await stage.sandbox.upload_files(MAYA, dm, [(f"{HOSTILE[0]}.txt", content)])
    await stage.sandbox.open_home(MAYA)
    await stage.quiet()
    harmless(stage)


async def test_hostile_questions_are_shown_as_text(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    for word in HOSTILE:
        for text in (word, f"what is stranded inventory {word}", f"why is {word}-SKU-1 stranded?", f"rules {word}"):
            await stage.ask(MAYA, dm, text)
            await stage.sandbox.run_command(MAYA, REPORTS, "/seller", text)
    await stage.sandbox.open_home(MAYA)
    await stage.quiet()
    harmless(stage)
