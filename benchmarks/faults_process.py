"""`sellerbot` with a clock that can be set while it runs, or as a version that does not know the newest tables."""

from __future__ import annotations

import os
import time
from datetime import datetime, tzinfo
from pathlib import Path

from benchmarks.faults import OFFSET, OLD


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
    if OLD in os.environ:
        steps._steps.popitem()

    from bot.cli import main as command

    command()


if __name__ == "__main__":
    main()
