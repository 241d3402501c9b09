"""Workspaces that removed the bot: their tokens are gone, the rest is kept for a while, should they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.connection import Database

STAYING = "team NOT IN (SELECT team FROM departures)"
"""What holds for rows of workspaces that have the bot."""


@dataclass(frozen=True)
class Departures:
    db: Database
    clock: Callable[[], int]

    def note(self, team: str) -> None:
        """A workspace left now; where that is known already, its first day counts."""
        self.db.execute(
            "INSERT INTO departures (team, departed) VALUES (:team, :now) ON CONFLICT (team) DO NOTHING",
            {"team": team, "now": self.clock()},
        )

    def take_back(self, team: str) -> bool:
        """A workspace is there again; whether it had left."""
        return bool(self.db.execute("DELETE FROM departures WHERE team = :team", {"team": team}).rowcount == 1)

    def until(self, moment: int) -> tuple[str, ...]:
        """Workspaces that left until a moment, the first one first."""
        rows = self.db.execute(
            "SELECT team FROM departures WHERE departed <= :moment ORDER BY departed, team", {"moment": moment}
        )
        return tuple(team for (team,) in rows.fetchall())
