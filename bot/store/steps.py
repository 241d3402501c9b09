"""Steps that bring a database's tables up to date, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlite_utils
from sqlite_utils import Migrations

from bot.store.connection import Database
from bot.store.postgres import STEPS_TABLE, PostgresDatabase
from bot.store.sqlite import SqliteDatabase

Step = Callable[[Database], None]
_LOCK = 727_355_837
"""One number that all who bring tables up to date lock."""
_POSTGRES_TABLE = f"""CREATE TABLE IF NOT EXISTS {STEPS_TABLE} (
    name TEXT NOT NULL PRIMARY KEY,
    applied BIGINT NOT NULL
)"""


class Steps:
    """Named steps in order. SQLite files note what was applied where sqlite-utils does, as they always did."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._steps: dict[str, Step] = {}

    def __call__(self, *, name: str) -> Callable[[Step], Step]:
        def keep(step: Step) -> Step:
            if name in self._steps:
                raise ValueError(f"step {name} is there already")
            self._steps[name] = step
            return step

        return keep

    def apply(self, db: SqliteDatabase | PostgresDatabase) -> tuple[str, ...]:
        """Applies what was not applied yet, all or nothing, once however many start together; the names of that."""
        with db.atomic():
            return self._apply_to_sqlite(db) if isinstance(db, SqliteDatabase) else self._apply_to_postgres(db)

    def unknown(self, db: Database) -> tuple[str, ...]:
        """Steps that a newer version applied and this one does not know."""
        return tuple(name for name in db.noted_steps(self._name) if name not in self._steps)

    @property
    def newest(self) -> str:
        return next(reversed(self._steps))

    def _apply_to_sqlite(self, db: SqliteDatabase) -> tuple[str, ...]:
        migrations = Migrations(self._name)
        for name, step in self._steps.items():
            migrations(name=name)(_bound(step, db))
        pending = tuple(one.name for one in migrations.pending(db.raw))
        migrations.apply(db.raw)
        return pending

    def _apply_to_postgres(self, db: PostgresDatabase) -> tuple[str, ...]:
        db.execute("SELECT pg_advisory_xact_lock(:lock)", {"lock": _LOCK})
        if not db.has_table(STEPS_TABLE):
            db.execute(_POSTGRES_TABLE)
            # Steps say BLOB, as SQLite does.
            db.execute("CREATE DOMAIN blob AS BYTEA")
        known = set(db.noted_steps(self._name))
        pending = tuple(name for name in self._steps if name not in known)
        for name in pending:
            self._steps[name](db)
            db.execute(
                f"INSERT INTO {STEPS_TABLE} (name, applied) VALUES (:name, :now)", {"name": name, "now": int(time.time())}
            )
        return pending


def _bound(step: Step, db: Database) -> Callable[[sqlite_utils.Database], None]:
    """A step as sqlite-utils calls it."""

    def apply(_: sqlite_utils.Database, /) -> None:
        step(db)

    return apply
