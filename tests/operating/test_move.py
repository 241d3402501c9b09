"""`sellerbot move`: everything of a grown file arrives in PostgreSQL, and the bot goes on with it; or nothing happens."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.moving import move
from bot.office.office import Office, Person
from bot.reports.samples import sample_folder
from bot.sandbox.world import LIN, MAYA, OPS, REPORTS, TEAM
from bot.settings import Settings
from bot.store import StoreError, open_store
from bot.store.migrations import steps
from bot.store.schema import tables
from bot.store.seal import new_key
from tests.digests.conftest import wanted
from tests.operating.conftest import Command
from tests.postgres_server import Server
from tests.slack.stage import Stage, staged, text_of
from tests.store.test_store import fill

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()
QUESTION = "@sellerbot which SKUs get auto-removed this week?"
ODD = ("'; DROP TABLE threads; --", "tab\tnew\nline\r\\N \\. \\x41", '{"a": "\\u0000 \\" ，"}', "表情 📦 \u202e \u2028", "")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "store.db"
    monkeypatch.setenv("SELLERBOT_STORE", str(path))
    return path


def everything(where: Path | str) -> dict[str, list[Any]]:
    """All rows of all tables."""
    store = open_store(where)
    found = {
        table.name: sorted(
            tuple(row) for row in store.db.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}").fetchall()
        )
        for table in tables()
    }
    store.close()
    return found


def test_every_row_arrives_as_it_was(file: Path, postgres: Server, command: Command) -> None:
    store = open_store(file)
    store.claims.join("me", "serve", "elsewhere", "1")
    fill(store, "T1")
    for number, text in enumerate(ODD):
        store.threads.save("T1", "C1", f"{number} {text}", text)
    store.installs.begin(600)
    store.db.execute("UPDATE uploads SET content = :bytes", {"bytes": bytes(range(256)) * 9})
    store.claims.leave("me")
    store.close()
    before = everything(file)
    # The claim went with its process.
    assert [name for name, rows in before.items() if not rows] == ["claims", "processes"]
    address = postgres.fresh()
    moved = command("move", "--to", address)
    assert moved.exit_code == 0, moved.output
    assert f"Everything of {file} is in" in moved.stdout
    assert everything(address) == before
    assert everything(file) == before


def test_nul_is_left_out_and_said(file: Path, postgres: Server, command: Command) -> None:
    store = open_store(file)
    store.threads.save("T1", "C1", "1.1", "be\0fore")
    store.close()
    address = postgres.fresh()
    assert "1 texts held NUL characters" in command("move", "--to", address).stdout
    assert open_store(address).threads.load("T1", "C1", "1.1") == "before"


def test_numbers_that_the_database_gives_go_on(
    file: Path, postgres: Server, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered = "CREATE TABLE numbered (number SERIAL PRIMARY KEY, team TEXT NOT NULL)"
    monkeypatch.setitem(steps._steps, "9002_numbered", lambda db: db.execute(numbered))
    store = open_store(file)
    store.db.execute("INSERT INTO numbered (number, team) VALUES (41, 'T1')")
    store.close()
    address = postgres.fresh()
    assert command("move", "--to", address).exit_code == 0
    target = open_store(address)
    target.db.execute("INSERT INTO numbered (team) VALUES ('T1')")
    assert target.db.execute("SELECT MAX(number) FROM numbered").fetchone()[0] == 42
    target.close()


def test_a_database_with_something_in_it_is_refused_and_left_alone(file: Path, postgres: Server, command: Command) -> None:
    open_store(file).close()
    address = postgres.fresh()
    target = open_store(address)
    target.threads.save("T9", "C1", "1.1", "theirs")
    target.close()
    before = everything(address)
    refused = command("move", "--to", address)
    assert refused.exit_code == 1
    assert "is not empty: threads holds 1 rows" in refused.stderr
    assert everything(address) == before


def test_what_does_not_fit_is_named_and_nothing_is_moved(file: Path, postgres: Server, command: Command) -> None:
    open_store(file).close()
    with sqlite3.connect(file) as raw:
        raw.execute("INSERT INTO notices (team, key, told) VALUES ('T1', 'key', 'yesterday')")
    address = postgres.fresh()
    refused = command("move", "--to", address)
    assert refused.exit_code == 1
    assert "nothing was moved" in refused.stderr
    assert "notices" in refused.stderr
    assert set(map(len, everything(address).values())) == {0}


def test_tables_of_others_are_named(file: Path, postgres: Server, command: Command) -> None:
    open_store(file).close()
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE my_notes (text TEXT)")
    assert "not Sellerbot's and left behind: my_notes" in command("move", "--to", postgres.fresh()).stdout


def test_what_is_no_database_or_no_file_is_refused(file: Path, postgres: Server, command: Command) -> None:
    assert command("move", "--to", "other.db").exit_code == 2
    assert command("move").exit_code == 2
    missing = command("move", "--to", postgres.fresh())
    assert missing.exit_code == 1
    assert f"there is no file {file}" in missing.stderr
    assert not file.exists()


def test_a_process_elsewhere_that_beats_stops_it_and_a_silent_one_does_not(file: Path, postgres: Server) -> None:
    store = open_store(file)
    store.claims.join("web-1", "web", "another machine", "1")
    address = postgres.fresh()
    with pytest.raises(StoreError, match=r"a bot is running on the file \(web-1\)"):
        move(Settings(), address, lambda _: store.claims.beat("web-1") and None, patience=0.1)
    assert set(map(len, everything(address).values())) == {0}
    said: list[str] = []
    assert move(Settings(), address, said.append, patience=0.1).rows["processes"] == 1
    assert "whether it still beats" in said[0]
    store.close()


def office_over(where: Path | str, desk: Desk, keys: tuple[str, ...]) -> Office:
    store = open_store(where, lambda: int(NOW.timestamp()), keys=keys)
    return Office(ThreadClerks(desk, ThreadPoolExecutor(1)), store, lambda: NOW)


async def seen(stage: Stage) -> list[Any]:
    """What people see of what is kept."""
    office = stage.bot.office
    asked = await stage.ask(MAYA, OPS, QUESTION)
    await stage.sandbox.run_command(LIN, OPS, "/seller", "data")
    await stage.quiet()
    return [
        [text_of(one) for one in stage.answers(MAYA, OPS, asked["ts"])],
        text_of(await stage.modal(LIN)) if stage.sandbox.views(LIN)["modals"] else text_of(stage.private(LIN, OPS)[-1]),
        await office.uploads(TEAM, OPS),
        await office.preferences(TEAM),
        await office.digests.seen_by(TEAM, MAYA, REPORTS),
        [one.cases for one in (await office.home(TEAM, Person(MAYA), {OPS, REPORTS})).findings],
        office._store.installs.find("app", "", TEAM, "bot"),
    ]


async def test_the_bot_goes_on_with_what_was_moved(plain_desk: Desk, file: Path, postgres: Server, command: Command) -> None:
    keys = (new_key(),)
    first = office_over(file, plain_desk, keys)
    async with staged(first) as stage:
        await stage.sandbox.upload_files(MAYA, OPS, [("stranded.txt", STRANDED)], comment="@sellerbot")
        await stage.quiet()
        asked = await stage.ask(MAYA, OPS, "@sellerbot do i need fnsku labels?")
        await first.prefer(TEAM, "", "language", "en", MAYA)
        await first.digests.save(wanted(REPORTS, owner=MAYA))
        await first.installs(lambda kept: kept.save("app", "", TEAM, "bot", "", '{"bot_token": "xoxb-1"}'))
        before = await seen(stage)
        assert "stranded" in str(before[2])
        address = postgres.fresh()
        refused = command("move", "--to", address)
        assert "a bot is running on the file" in refused.stderr
    first.close()
    moved = command("move", "--to", address)
    assert moved.exit_code == 0, moved.output
    second = office_over(address, plain_desk, keys)
    async with staged(second) as stage:
        assert await seen(stage) == before
        thread = second._store.threads.load(TEAM, OPS, asked["ts"])
        assert thread is not None, "a thread goes on where it was"
    second.close()
