"""What is kept of each workspace, over all tables: how much it is, and the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.store.connection import Database
from bot.store.schema import NUMBER, Table, tables

_AT_ONCE = 200
_NUMBER_BYTES = 8


@dataclass(frozen=True)
class Holding:
    """Rows of a table that belong to a workspace, and the bytes of their values (without indexes)."""

    team: str
    kind: str
    rows: int
    bytes: int


def holdings(db: Database, team: str | None = None) -> tuple[Holding, ...]:
    """What is kept of all workspaces or of one, by workspace and table."""
    found = [one for table in workspace_tables() for one in _of_table(db, table, team)]
    return tuple(sorted(found, key=lambda one: (one.team, one.kind)))


def workspace_tables() -> tuple[Table, ...]:
    return tuple(table for table in tables() if table.is_of_workspaces)


def _of_table(db: Database, table: Table, team: str | None) -> tuple[Holding, ...]:
    sizes = [str(_NUMBER_BYTES) if held == NUMBER else db.size_of(name) for name, held in table.columns.items()]
    where, values = ("", {}) if team is None else (" WHERE team = :team", {"team": team})
    rows = db.execute(
        f"SELECT team, COUNT(*), CAST(SUM({' + '.join(f'COALESCE({size}, 0)' for size in sizes)}) AS BIGINT)"
        f" FROM {table.name}{where} GROUP BY team",
        values,
    ).fetchall()
    return tuple(Holding(of, table.name, count, size) for of, count, size in rows)


def rows_of(db: Database, table: Table, team: str, without: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """All rows of a workspace in the order of their key, some columns left out; read a part at a time."""
    names = ", ".join(name for name in table.columns if name not in without or name in table.key)
    key = ", ".join(table.key)
    after: dict[str, Any] = {}
    while True:
        further = f" AND ({key}) > ({', '.join(f':{name}_after' for name in table.key)})" if after else ""
        rows = list(
            db.query(
                f"SELECT {names} FROM {table.name} WHERE team = :team{further} ORDER BY {key} LIMIT {_AT_ONCE}",
                {"team": team, **after},
            )
        )
        yield from ({name: value for name, value in row.items() if name not in without} for row in rows)
        if len(rows) < _AT_ONCE:
            return
        after = {f"{name}_after": rows[-1][name] for name in table.key}
