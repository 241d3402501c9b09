"""Copies everything from a SQLite file into an empty PostgreSQL database, in one transaction, or nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bot.store.database import name_of, open_database
from bot.store.errors import StoreError
from bot.store.migrations import steps
from bot.store.postgres import PostgresDatabase
from bot.store.schema import BYTES, NUMBER, TEXT, Table, tables
from bot.store.sqlite import SqliteDatabase

_AT_ONCE = 500


@dataclass(frozen=True)
class Moved:
    """Rows by table; `cut` texts lost NUL characters, which PostgreSQL cannot keep; `left` are tables that are not ours."""

    rows: Mapping[str, int]
    cut: int
    left: tuple[str, ...]


def copy_all(source: SqliteDatabase, to: str, check: Callable[[], None]) -> Moved:
    """Copies all tables of `source`, which is up to date, into the PostgreSQL database at an address.

    Nobody writes to the source meanwhile; `check` is called when that is so, and raises what speaks against it. Raises
    `StoreError`, after which the target is as it was.
    """
    target = open_database(to)
    if not isinstance(target, PostgresDatabase):
        raise TypeError("only PostgreSQL is moved to")
    try:
        with source.atomic(), target.atomic():
            check()
            steps.apply(target)
            known = tables()
            _refuse_full(target, known, to)
            copier = _Copier(source, target)
            rows = {table.name: copier.copy(table) for table in known}
            left = set(source.own_tables()) - {table.name for table in known}
            return Moved(rows, copier.cut, tuple(sorted(left)))
    except (psycopg.Error, sqlite3.Error) as error:
        raise StoreError(f"nothing was moved: {str(error).strip()}") from error
    finally:
        target.close()


def _refuse_full(target: PostgresDatabase, known: tuple[Table, ...], to: str) -> None:
    for table in known:
        count = target.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0]
        if count:
            raise StoreError(f"the database {name_of(to)} is not empty: {table.name} holds {count} rows. Name an empty one")


class _Copier:
    """`cut` counts texts that held NUL."""

    def __init__(self, source: SqliteDatabase, target: PostgresDatabase) -> None:
        self._source = source
        self._target = target
        self.cut = 0

    def copy(self, table: Table) -> int:
        """Copies a table and compares the counts; how many rows that is."""
        names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        with self._target.raw() as connection, connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in self._rows(table):
                    copy.write_row(row)
            self._continue_numbers(cursor, table)
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
        count = f"SELECT COUNT(*) FROM {table.name}"
        before, after = (db.execute(count).fetchone()[0] for db in (self._source, self._target))
        if before != after:
            raise StoreError(f"nothing was moved: {table.name} has {before} rows, {after} arrived")
        return int(after)

    def _rows(self, table: Table) -> Iterator[list[Any]]:
        cursor = self._source.execute(f"SELECT {', '.join(table.columns)} FROM {table.name}")
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                yield [
                    self._value(table, name, held, value)
                    for (name, held), value in zip(table.columns.items(), row, strict=True)
                ]

    def _value(self, table: Table, name: str, held: str, value: Any) -> Any:
        """A value as its column in PostgreSQL takes it: SQLite takes anything anywhere."""
        if value is None:
            return None
        if held == BYTES:
            return value.encode() if isinstance(value, str) else value
        if held == NUMBER and isinstance(value, int):
            return value
        try:
            text = value.decode() if isinstance(value, bytes) else str(value)
        except UnicodeDecodeError as error:
            raise StoreError(f"nothing was moved: {table.name}.{name} holds bytes that are no text") from error
        if held == TEXT and "\0" in text:
            self.cut += 1
            return text.replace("\0", "")
        return text

    def _continue_numbers(self, cursor: psycopg.Cursor[Any], table: Table) -> None:
        """Numbers that the database gives go on after the highest one that was copied."""
        cursor.execute(
            "SELECT attname, sequence FROM pg_attribute, pg_get_serial_sequence(%(table)s, attname) AS sequence"
            " WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped AND sequence IS NOT NULL",
            {"table": table.name},
        )
        for column, sequence in cursor.fetchall():
            highest = sql.SQL("SELECT setval(%s::regclass, MAX({column})) FROM {table} HAVING MAX({column}) IS NOT NULL")
            cursor.execute(highest.format(column=sql.Identifier(column), table=sql.Identifier(table.name)), (sequence,))


def open_file(path: Path) -> SqliteDatabase:
    """A SQLite file that is there. Raises `StoreError`."""
    if not path.is_file():
        raise StoreError(f"there is no file {path} to move; set SELLERBOT_STORE")
    opened = open_database(path)
    if not isinstance(opened, SqliteDatabase):
        raise TypeError("only a file is moved")
    return opened
