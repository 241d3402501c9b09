"""What each thread remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Threads:
    db: Database
    clock: Callable[[], int]

    def load(self, team: str, channel: str, thread: str) -> str | None:
        """The thread's memory as it was kept; None where the bot took no part in it."""
        row = self.db.execute(
            "SELECT memory FROM threads WHERE team = :team AND channel = :channel AND thread = :thread",
            {"team": team, "channel": channel, "thread": thread},
        ).fetchone()
        return row[0] if row else None

    def save(self, team: str, channel: str, thread: str, memory: str) -> None:
        self.db.execute(
            "INSERT INTO threads (team, channel, thread, memory, changed) VALUES (:team, :channel, :thread, :memory, :now)"
            " ON CONFLICT (team, channel, thread) DO UPDATE SET memory = excluded.memory, changed = excluded.changed",
            {"team": team, "channel": channel, "thread": thread, "memory": memory, "now": self.clock()},
        )
