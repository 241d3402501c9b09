"""`sellerbot` with a clock that can be set while it runs, or as the version after this one."""

from __future__ import annotations

import os
import time
from datetime import datetime, tzinfo
from pathlib import Path

from benchmarks.faults import NEW, OFFSET
from bot.store.connection import Database


def main() -> None:
    path = Path(os.environ[OFFSET])
    right = time.time

    def offset() -> float:
        try:
            return float(path.read_text(encoding="ascii") or 0)
        except FileNotFoundError:
            return 0.0

    time.time = lambda: right() + offset()

    from bot.office import office
    from bot.store.migrations import steps

    class SetClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(time.time(), tz)

    office.datetime = SetClock  # type: ignore[attr-defined, misc]
    if NEW in os.environ:
        steps(name="9999_next_version")(_next_version)

    from bot.cli import main as command

    command()


def _next_version(db: Database) -> None:
    """What a step may do while the version before still works: a further table, a further column that may be empty."""
    db.execute("CREATE TABLE of_the_next_version (team TEXT NOT NULL PRIMARY KEY)")
    for table in ("answers", "uploads", "schedules", "work"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN of_the_next_version TEXT")


if __name__ == "__main__":
    main()
