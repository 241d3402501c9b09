"""Moves everything from the SQLite file to PostgreSQL, once no bot works on the file any longer."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.office.presence import BEAT_SECONDS, DEAD_SECONDS, is_gone, is_here
from bot.settings import Settings
from bot.store import StoreError
from bot.store.claims import Process
from bot.store.moving import Moved, copy_all, open_file
from bot.store.upgrading import current


def move(settings: Settings, to: str, say: Callable[[str], None], patience: float = DEAD_SECONDS) -> Moved:
    """Copies the file of the settings into the empty PostgreSQL database at `to`; `say` is told why it waits.

    Processes that are not of this machine count as dead after `patience` seconds without a beat. Raises `StoreError`, after
    which nothing is changed.
    """
    db = open_file(settings.store)
    try:
        store = current(settings.store, db)
        silent = frozenset(_silent(store.claims.present, say, patience))

        def check() -> None:
            for one in store.claims.present():
                if one not in silent:
                    raise _running(one)

        return copy_all(db, to, check)
    finally:
        db.close()


def _silent(present: Callable[[], tuple[Process, ...]], say: Callable[[str], None], patience: float) -> tuple[Process, ...]:
    """The processes that left themselves behind; raises `StoreError` as soon as one shows that it lives."""
    before = present()
    unsure = [one for one in before if not is_gone(one)]
    for one in unsure:
        if is_here(one):
            raise _running(one)
    if unsure:
        say(f"{unsure[0].name} was here and is not of this machine; waiting {patience:.0f} s whether it still beats")
    deadline = time.monotonic() + patience
    while unsure and time.monotonic() < deadline:
        time.sleep(min(BEAT_SECONDS, patience))
        for one in present():
            if one not in before:
                raise _running(one)
    return before


def _running(process: Process) -> StoreError:
    return StoreError(f"a bot is running on the file ({process.name}); stop it first, so that nothing is lost")
