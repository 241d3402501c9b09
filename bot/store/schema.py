"""The tables that there are, as the steps make them: no second list that could fall behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.store.migrations import steps
from bot.store.sqlite import SqliteDatabase

TEXT, BYTES, NUMBER = "text", "bytes", "number"


@dataclass(frozen=True)
class Table:
    """`columns` and what they hold (`TEXT`, `BYTES` or `NUMBER`); `key` makes a row the only one."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]

    @property
    def is_of_workspaces(self) -> bool:
        return "team" in self.columns


def tables() -> tuple[Table, ...]:
    """All tables of this version, by name."""
    db = SqliteDatabase(None)
    try:
        steps.apply(db)
        found = (db.raw.table(name) for name in sorted(db.own_tables()))
        return tuple(
            Table(one.name, {column.name: _held(column.type) for column in one.columns}, tuple(one.pks)) for one in found
        )
    finally:
        db.close()


def _held(declared: str) -> str:
    if declared == "BLOB":
        return BYTES
    return TEXT if declared == "TEXT" else NUMBER
