"""`sellerbot migrate`: once however many call it, never backwards, and tokens under the key in use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.office.opening import open_office
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.migrations import steps
from bot.store.seal import Seal, new_key
from tests.operating.conftest import Command, environment
from tests.postgres_server import Server

DOCUMENT = '{"bot_token": "xoxb-1"}'


def of_a_newer_version(where: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database to which a newer version added a column that this one does not know."""
    with monkeypatch.context() as patched:
        patched.setitem(
            steps._steps, "9001_newer", lambda db: db.execute("ALTER TABLE threads ADD COLUMN mood TEXT NOT NULL DEFAULT ''")
        )
        open_store(where).close()


def test_two_at_once_do_it_once(where: Path | str) -> None:
    calling = [
        subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "migrate"],
            env=environment(where),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate() for process in calling]
    assert [process.returncode for process in calling] == [0, 0], said
    assert sorted("applied 0001_conversations" in out for out, _ in said) == [False, True]
    assert sorted(f"up to date at {steps.newest}" in out for out, _ in said) == [False, True]


def test_a_database_of_a_newer_version_is_refused_in_one_line(
    place: Path | str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_a_newer_version(place, monkeypatch)
    for arguments in (("migrate",), ("data", "sizes")):
        refused = command(*arguments)
        assert refused.exit_code == 1
        assert "is of a newer version: this one does not know 9001_newer" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_the_version_before_works_on_beside_a_newer_one(
    place: Path | str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    of_a_newer_version(place, monkeypatch)
    for name, value in (("CONTENT", shop), ("CACHE", tmp_path / "cache"), ("ENCODER", "false")):
        monkeypatch.setenv(f"SELLERBOT_{name}", str(value))
    office = open_office(Settings())
    office._store.threads.save("T1", "C1", "1.1", "memory")
    assert office._store.threads.load("T1", "C1", "1.1") == "memory"
    office.close()
    assert "of a newer version (9001_newer)" in caplog.text


def install(store: Store, document: str = DOCUMENT) -> None:
    store.installs.save("app", "", "T1", "bot", "", document)


def documents(where: Path | str) -> list[str]:
    store = open_store(where)
    found = [text for (text,) in store.db.execute("SELECT document FROM installations").fetchall()]
    store.close()
    return found


def test_a_key_that_is_added_or_changed_encrypts_what_is_there(
    place: Path | str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(place)
    install(store)
    store.close()
    first, second = new_key(), new_key()
    for keys in (first, f"{second},{first}"):
        monkeypatch.setenv("SELLERBOT_KEY", keys)
        assert "1 installations encrypted with the first key" in command("migrate").stdout
        assert "encrypted" not in command("migrate").stdout, "once is enough"
        assert Seal((keys.partition(",")[0],)).open(documents(place)[0]) == DOCUMENT


@pytest.mark.parametrize(("has_key", "said"), [(True, "SELLERBOT_KEY is not the key"), (False, "set SELLERBOT_KEY")])
def test_a_wrong_key_is_one_line_and_changes_nothing(
    place: Path | str, command: Command, monkeypatch: pytest.MonkeyPatch, has_key: bool, said: str
) -> None:
    keys = new_key() if has_key else ""
    store = open_store(place, keys=(new_key(),))
    install(store)
    store.close()
    before = documents(place)
    monkeypatch.setenv("SELLERBOT_KEY", keys)
    refused = command("migrate")
    assert refused.exit_code == 1
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert documents(place) == before


def test_a_token_that_is_exchanged_meanwhile_is_not_put_back(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLite lets nobody write meanwhile.
    where = postgres.fresh()
    running = open_store(where)
    install(running)
    key = new_key()
    own = open_store(where, keys=(key,))
    opened = Seal.open

    def slowly(seal: Seal, kept: str) -> str:
        install(running, '{"bot_token": "xoxb-2"}')
        return opened(seal, kept)

    with monkeypatch.context() as patched:
        patched.setattr(Seal, "open", slowly)
        assert own.installs.reseal() == 0
    assert documents(where) == ['{"bot_token": "xoxb-2"}']
    for store in (running, own):
        store.close()
