"""SQLite in WAL mode through sqlite-utils: one file that any number of processes on one machine may share."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from bot.store.connection import Values
from bot.store.errors import StoreError, StoreLost

BUSY_SECONDS = 10.0
"""How long to wait while another process writes."""
_TRIES = 50


class SqliteDatabase:
    """One connection: use it from one thread at a time."""

    width = 1

    def __init__(self, path: Path | None) -> None:
        """The file at `path` (None: in memory). Raises `OSError`, `sqlite3.Error`."""
        self.raw = sqlite_utils.Database(_connect(path), execute_plugins=False)
        if path is not None:
            _write_ahead(self.raw)
            # Safe against a crash of the process; the last moments may be lost when the machine itself loses power.
            self.raw.execute("PRAGMA synchronous = NORMAL")
        self._version = self._data_version()

    def execute(self, sql: str, parameters: Values | None = None, /) -> sqlite3.Cursor:
        try:
            return self.raw.execute(sql, dict(parameters or {}))
        except sqlite3.OperationalError as error:
            raise _explained(error) from error

    def query(self, sql: str, parameters: Values | None = None, /) -> Iterable[dict[str, Any]]:
        cursor = self.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self.raw.conn.in_transaction:
            with self.raw.atomic():
                yield
            return
        # Writes are meant from the start: a reader that turns writer finds that another process was faster, and fails.
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.raw.rollback()
            raise
        try:
            self.execute("COMMIT")
        except BaseException:
            self.raw.rollback()
            raise

    def has_table(self, name: str) -> bool:
        return name in self.raw.table_names()

    def own_tables(self) -> tuple[str, ...]:
        """All tables but those in which SQLite and sqlite-utils keep their own accounts."""
        return tuple(name for name in self.raw.table_names() if not name.startswith(("sqlite_", "_sqlite_")))

    def noted_steps(self, steps: str) -> tuple[str, ...]:
        return tuple(one.name for one in sqlite_utils.Migrations(steps).applied(self.raw))

    def size_of(self, column: str) -> str:
        return f"LENGTH(CAST({column} AS BLOB))"

    def ring(self) -> None:
        """Other processes see by themselves that the file has changed."""

    def was_rung(self) -> bool:
        before, self._version = self._version, self._data_version()
        return before != self._version

    def close(self) -> None:
        self.raw.close()

    def _data_version(self) -> int:
        return int(self.execute("PRAGMA data_version").fetchone()[0])


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:", check_same_thread=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # It will hold tokens and questions: nobody else's business on this machine.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR))
    return sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False, cached_statements=256)


def _write_ahead(db: sqlite_utils.Database) -> None:
    """Turns WAL on. Where two processes do this to a new file at once, SQLite refuses one of them without waiting."""
    for attempt in range(_TRIES):
        try:
            db.enable_wal()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == _TRIES - 1:
                raise
            time.sleep(0.1)
        else:
            return


def _explained(error: sqlite3.OperationalError) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreLost(f"the store is busy: {text}")
    if "full" in text or "disk I/O" in text:
        return StoreError(f"the store cannot be written: {text}. Make room on its disk")
    return StoreError(f"the store refuses a statement: {text}")
