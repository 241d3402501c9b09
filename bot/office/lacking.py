"""What people asked in vain, for those who write the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TypeVar

from bot.gaps import KeptQuestion
from bot.office.masking import masked
from bot.office.preferences import Preferences
from bot.replay import Recorded, from_line
from bot.settings import Settings
from bot.store import Store, open_store
from bot.store.answers import Lacking

T = TypeVar("T")


def questions_since(settings: Settings, day: date, team: str = "") -> tuple[KeptQuestion, ...]:
    """Questions without an answer and those with a disliked one, of one workspace or (empty) all; the oldest first.

    Workspaces that don't let them be kept are left out. Raises `StoreError`.
    """
    return _read(settings, lambda store: grouped(lacking(store, _start(day), team=team)))


def records_since(settings: Settings, day: date, team: str = "") -> tuple[tuple[Recorded, ...], int]:
    """The same questions as they were asked and answered, the oldest first, and how many of them cannot be asked again.

    Raises `StoreError`.
    """

    def read(store: Store) -> tuple[tuple[Recorded, ...], int]:
        found = {one.answer: one.asked for one in lacking(store, _start(day), team=team)}
        records = tuple(from_line(asked) for asked in found.values() if asked)
        return records, len(found) - len(records)

    return _read(settings, read)


def lacking(store: Store, since: int, until: int | None = None, team: str = "") -> tuple[Lacking, ...]:
    """What is kept from a moment on (seconds since 1970), before another, of workspaces that let it be kept."""
    rows = store.answers.lacking(since, until, team)
    kept = {name: Preferences(store.preferences.everything(name)).keep_questions for name in {row.team for row in rows}}
    return tuple(row for row in rows if kept[row.team])


def grouped(rows: tuple[Lacking, ...]) -> tuple[KeptQuestion, ...]:
    """One question for each text that a workspace asked in vain, with all reasons; the oldest first."""
    found: dict[tuple[str, str], list[Lacking]] = {}
    for row in rows:
        found.setdefault((row.team, masked(row.question)), []).append(row)
    return tuple(
        KeptQuestion(text, team, tuple(one.why for one in same if one.why), len({one.answer for one in same}))
        for (team, text), same in found.items()
    )


def _start(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _read(settings: Settings, action: Callable[[Store], T]) -> T:
    store = open_store(settings.place, keys=settings.keys)
    try:
        return action(store)
    finally:
        store.close()
