"""What an operator does to a database between two versions: bring it up to date, and its tokens under the key in use."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bot.store.database import Store, bring_up_to_date, name_of, open_database, store_over
from bot.store.errors import StoreError
from bot.store.migrations import steps
from bot.store.postgres import PostgresDatabase
from bot.store.seal import Seal
from bot.store.sqlite import SqliteDatabase


@dataclass(frozen=True)
class Upgraded:
    """`steps` were applied now, the database is at `newest`, and so many `tokens` were encrypted anew."""

    steps: tuple[str, ...]
    newest: str
    tokens: int


def upgrade(where: Path | str, keys: tuple[str, ...]) -> Upgraded:
    """Brings the database at a place up to date, however many do so at once.

    Raises `StoreError`: it cannot be opened, is of a newer version, or holds tokens that these keys do not open.
    """
    seal = Seal(keys)
    db = open_database(where)
    try:
        refuse_newer(where, db)
        applied = bring_up_to_date(where, db)
        return Upgraded(applied, steps.newest, store_over(db, _now, seal).installs.reseal())
    finally:
        db.close()


def open_current(where: Path | str) -> Store:
    """The store at a place, brought up to date, for work that must see all of it; raises `StoreError` at a newer one."""
    return current(where, open_database(where))


def current(where: Path | str, db: SqliteDatabase | PostgresDatabase) -> Store:
    """The same over a database that is open."""
    try:
        refuse_newer(where, db)
        bring_up_to_date(where, db)
    except StoreError:
        db.close()
        raise
    return store_over(db, _now, Seal())


def refuse_newer(where: Path | str, db: SqliteDatabase | PostgresDatabase) -> None:
    """Raises `StoreError` where a newer version has changed the tables."""
    unknown = steps.unknown(db)
    if unknown:
        raise StoreError(
            f"the database {name_of(where)} is of a newer version: this one does not know {', '.join(unknown)}."
            " Use the newer version of Sellerbot"
        )


def _now() -> int:
    return int(time.time())
