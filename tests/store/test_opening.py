"""New databases, databases of earlier versions, and several processes that open one at the same time."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run

import pytest
import sqlite_utils
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from sqlite_utils import Migrations

from bot.store import StoreError, open_store
from bot.store.migrations import steps
from bot.store.postgres import translated
from tests.postgres_server import Server

RELEASED = ("0001_conversations", "0002_uploads")


def released_file(path: Path) -> None:
    """A store as the first version kept it, with something in it."""
    db = sqlite_utils.Database(path)
    migrations = Migrations("sellerbot")
    for name in RELEASED:
        migrations(name=name)(steps._steps[name])  # type: ignore[arg-type]
    migrations.apply(db)
    db["work"].insert_all(  # type: ignore[union-attr]
        {
            "team": "T1",
            "channel": "C1",
            "key": key,
            "state": "accepted",
            "task": "task",
            "outbox": "",
            "reply": "",
            "accepted": 5,
            "changed": 5,
        }
        for key in ("1.1", "1.2")
    )
    db.close()
    kept = SQLite3InstallationStore(database=str(path), client_id="app")
    for token in ("xoxb-old", "xoxb-new"):
        kept.save(
            Installation(
                app_id="A1",
                team_id="T1",
                user_id="U1",
                bot_token=token,
                bot_id="B1",
                bot_user_id="U2",
                bot_scopes="chat:write",
            )
        )


def test_a_file_of_the_first_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    released_file(path)
    store = open_store(path)
    assert [one.key for one in store.work.waiting("me", 9)] == ["1.1", "1.2"]
    assert '"bot_token": "xoxb-new"' in (store.installs.find("app", "", "T1", "bot") or "")
    assert '"user_id": "U1"' in (store.installs.find("app", "", "T1", "installation") or "")
    store.close()
    assert "slack_bots" not in sqlite_utils.Database(path).table_names()


def test_processes_that_start_together_bring_the_tables_up_to_date_once(where: Path | str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_store(where), range(6)))
    stores[0].threads.save("T1", "C1", "1.1", "memory")
    assert [store.threads.load("T1", "C1", "1.1") for store in stores] == ["memory"] * 6
    for store in stores:
        store.close()


def test_a_step_that_fails_leaves_nothing(where: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(db: object) -> None:
        db.execute("CREATE TABLE half (team TEXT NOT NULL)")  # type: ignore[attr-defined]
        db.execute("CREATE NONSENSE")  # type: ignore[attr-defined]

    with monkeypatch.context() as patched:
        patched.setitem(steps._steps, "9999_broken", broken)
        with pytest.raises(StoreError, match="cannot open the store"):
            open_store(where)
    store = open_store(where)
    assert not store.db.has_table("half")
    assert store.is_sound()
    store.close()


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreError, match=r"(?s)cannot open the store in nothing at 127\.0\.0\.1.*DATABASE_URL") as caught:
        open_store("postgresql://somebody:hush@127.0.0.1:1/nothing")
    assert "hush" not in str(caught.value)


def test_named_parameters_are_found_and_nothing_else() -> None:
    assert translated("SELECT :a, ':b', \":c\", x::text, '100%' -- :d\n, :a_1 % 2 /* :e */") == (
        "SELECT %(a)s, ':b', \":c\", x::text, '100%%' -- :d\n, %(a_1)s %% 2 /* :e */"
    )


def test_what_looks_like_sql_or_a_parameter_is_kept_as_it_is(where: Path | str) -> None:
    store = open_store(where)
    for text in ("'; DROP TABLE threads; --", ":name %(x)s %s 100%", "emoji 📦 中文", 'quote " and \\'):
        store.threads.save("T1", "C1", text, text)
        assert store.threads.load("T1", "C1", text) == text
    store.close()


def test_commands_that_only_read_content_need_no_driver() -> None:
    """A question from the shell does not pay for databases."""
    code = "import sys, bot.cli, bot.desk; sys.exit(any(name in sys.modules for name in ('psycopg', 'cryptography')))"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_database_that_was_restarted_is_found_again(postgres: Server) -> None:
    store = open_store(postgres.fresh())
    store.threads.save("T1", "C1", "1.1", "memory")
    store.db.was_rung()
    postgres.stop("immediate")
    with pytest.raises(StoreError, match="does not answer"):
        store.threads.load("T1", "C1", "1.1")
    assert not store.db.was_rung()
    postgres.start()
    for _ in range(10):
        try:
            assert store.threads.load("T1", "C1", "1.1") == "memory"
        except StoreError:
            continue
        break
    else:
        pytest.fail("not found again")
    assert any(store.db.was_rung() for _ in range(3))
    store.close()
