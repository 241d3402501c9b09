"""Opens the store and brings its tables up to date."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg_pool import PoolTimeout

from bot.store.answers import Answers
from bot.store.claims import Claims
from bot.store.connection import Database
from bot.store.departures import Departures
from bot.store.errors import StoreError
from bot.store.installs import Installs
from bot.store.migrations import steps
from bot.store.postgres import PostgresDatabase
from bot.store.preferences import KEEP_DAYS, WORKSPACE, Preferences
from bot.store.schedules import Schedules
from bot.store.seal import Seal
from bot.store.sqlite import SqliteDatabase
from bot.store.threads import Threads
from bot.store.uploads import Uploads
from bot.store.watched import WatchList
from bot.store.work import WorkList

Clock = Callable[[], int]

TEAM_TABLES = (
    "deliveries",
    "work",
    "threads",
    "answers",
    "picks",
    "feedback",
    "gaps",
    "handovers",
    "preferences",
    "notices",
    "uploads",
    "schedules",
    "digest_runs",
    "watched",
    "claims",
    "installations",
    "departures",
)


_AGEING = (
    ("deliveries", "seen", ""),
    ("work", "changed", " AND state IN ('done', 'failed')"),
    ("threads", "changed", ""),
    ("answers", "created", ""),
    ("picks", "created", ""),
    ("gaps", "created", ""),
    ("feedback", "changed", ""),
    ("uploads", "created", ""),
    ("watched", "created", ""),
)
"""What is deleted with time: the table, when it was last touched, and what must hold besides."""


@dataclass(frozen=True)
class Store:
    """All tables. Use it from `width` threads at a time."""

    db: Database
    clock: Clock
    work: WorkList
    claims: Claims
    threads: Threads
    answers: Answers
    preferences: Preferences
    uploads: Uploads
    schedules: Schedules
    watched: WatchList
    installs: Installs
    departures: Departures

    @property
    def width(self) -> int:
        return self.db.width

    def together(self) -> AbstractContextManager[None]:
        """Everything written inside is kept whole or not at all."""
        return self.db.atomic()

    def forget_team(self, team: str) -> None:
        """Deletes everything of a workspace."""
        with self.together():
            for table in TEAM_TABLES:
                self.db.execute(f"DELETE FROM {table} WHERE team = :team", {"team": team})

    def let_go(self, team: str) -> None:
        """A workspace removed the bot: its tokens go now, the rest stays until `forget_departed`."""
        with self.together():
            self.departures.note(team)
            self.db.execute("DELETE FROM installations WHERE team = :team", {"team": team})

    def forget_departed(self, days: int) -> tuple[str, ...]:
        """Deletes everything of workspaces that left at least `days` days ago; which they were."""
        gone = []
        for team in self.departures.until(self.clock() - days * 86_400):
            with self.together():
                # Whoever comes back meanwhile waits for this row, or was faster.
                if self.departures.take_back(team):
                    self.forget_team(team)
                    gone.append(team)
        return tuple(gone)

    @property
    def unknown_steps(self) -> tuple[str, ...]:
        """What a newer version did to the tables."""
        return steps.unknown(self.db)

    def forget_older_than(self, days: int) -> None:
        """Deletes conversations, answers, uploads and finished work that nobody touched for `days` days.

        A workspace that set its own number of days is tidied by that one.
        """
        values = {"now": self.clock(), "days": days, "scope": WORKSPACE, "name": KEEP_DAYS}
        with self.together():
            for table, touched, further in _AGEING:
                self.db.execute(
                    f"DELETE FROM {table} WHERE {touched} < :now - 86400 * COALESCE((SELECT CAST(value AS BIGINT)"
                    f" FROM preferences WHERE team = {table}.team AND scope = :scope AND name = :name), :days){further}",
                    values,
                )
            self.schedules.forget(self.clock() - days * 86_400)

    def is_sound(self) -> bool:
        """Whether the store can be read, for health checks."""
        return bool(self.db.execute("SELECT 1").fetchone())

    def close(self) -> None:
        self.db.close()


def open_store(
    where: Path | str | None, clock: Clock = lambda: int(time.time()), keys: tuple[str, ...] = (), migrate: bool = True
) -> Store:
    """The store in the file at `where`, in the PostgreSQL database at an address, or in memory (None).

    Its tables are brought up to date unless `migrate` says otherwise. `keys` encrypt tokens; the first one is in use, the
    others are earlier ones. Raises `StoreError`.
    """
    seal = Seal(keys)
    db = open_database(where)
    if migrate:
        bring_up_to_date(where, db)
    return store_over(db, clock, seal)


def open_database(where: Path | str | None) -> SqliteDatabase | PostgresDatabase:
    """A database as it is. Raises `StoreError`."""
    try:
        return PostgresDatabase(where) if isinstance(where, str) else SqliteDatabase(where)
    except (OSError, sqlite3.Error, psycopg.Error, PoolTimeout) as error:
        raise StoreError(_cannot_open(where, error)) from error


def bring_up_to_date(where: Path | str | None, db: SqliteDatabase | PostgresDatabase) -> tuple[str, ...]:
    """Applies the steps that are missing; which those were. Raises `StoreError`, and closes the database."""
    try:
        return steps.apply(db)
    except (sqlite3.Error, psycopg.Error, StoreError) as error:
        db.close()
        raise StoreError(_cannot_open(where, error)) from error


def store_over(db: Database, clock: Clock, seal: Seal) -> Store:
    """The tables of a database that is up to date."""
    return Store(
        db,
        clock,
        WorkList(db, clock),
        Claims(db, clock),
        Threads(db, clock),
        Answers(db, clock),
        Preferences(db, clock),
        Uploads(db, clock),
        Schedules(db, clock),
        WatchList(db, clock),
        Installs(db, clock, seal),
        Departures(db, clock),
    )


def name_of(where: Path | str | None) -> str:
    """A place as it may be shown."""
    return without_password(where) if isinstance(where, str) else str(where)


def _cannot_open(where: Path | str | None, error: Exception) -> str:
    if isinstance(where, str):
        return f"cannot open the store in {without_password(where)}: {str(error).strip()}. Check DATABASE_URL"
    return f"cannot open the store {where}: {error}. Set SELLERBOT_STORE to a file that can be written"


def without_password(url: str) -> str:
    """The address of a database as it may be shown."""
    try:
        known = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        return "DATABASE_URL"
    return f"{known.get('dbname') or 'the default database'} at {known.get('host') or 'this machine'}"
