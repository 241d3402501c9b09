"""Settings of workspaces, channels and people, and what was told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.store.connection import Database

WORKSPACE = ""
"""The scope of what holds for a whole workspace; channels and people have their id as scope."""
KEEP_DAYS = "keep_days"
"""The workspace's setting that says after how many days what is kept of it is deleted; written as a whole number."""

POLICY_WATCH = "policy_watch"
"""The workspace's setting that says whether whoever asked is told when a rule has changed; `on`, or not there."""


@dataclass(frozen=True)
class Preferences:
    db: Database
    clock: Callable[[], int]

    def get(self, team: str, scope: str, name: str) -> str | None:
        row = self.db.execute(
            "SELECT value FROM preferences WHERE team = :team AND scope = :scope AND name = :name",
            {"team": team, "scope": scope, "name": name},
        ).fetchone()
        return row[0] if row else None

    def everything(self, team: str) -> dict[tuple[str, str], str]:
        """(scope, name) -> value, for one workspace."""
        rows = self.db.execute("SELECT scope, name, value FROM preferences WHERE team = :team", {"team": team})
        return {(scope, name): value for scope, name, value in rows.fetchall()}

    def set(self, team: str, scope: str, name: str, value: str, person: str) -> None:
        """Keeps a setting; an empty value takes it back."""
        if not value:
            self.db.execute(
                "DELETE FROM preferences WHERE team = :team AND scope = :scope AND name = :name",
                {"team": team, "scope": scope, "name": name},
            )
            return
        self.db.execute(
            "INSERT INTO preferences (team, scope, name, value, person, changed)"
            " VALUES (:team, :scope, :name, :value, :person, :now)"
            " ON CONFLICT (team, scope, name) DO UPDATE SET value = excluded.value, person = excluded.person,"
            " changed = excluded.changed",
            {"team": team, "scope": scope, "name": name, "value": value, "person": person, "now": self.clock()},
        )

    def set_all(self, team: str, values: Mapping[tuple[str, str], str], person: str) -> None:
        """Keeps several settings, (scope, name) -> value, all or none; an empty value takes one back."""
        with self.db.atomic():
            for (scope, name), value in values.items():
                self.set(team, scope, name, value, person)

    def tell_once(self, team: str, key: str) -> bool:
        """True the first time; False where this was told before."""
        kept = self.db.execute(
            "INSERT INTO notices (team, key, told) VALUES (:team, :key, :now) ON CONFLICT (team, key) DO NOTHING",
            {"team": team, "key": key, "now": self.clock()},
        )
        return bool(kept.rowcount == 1)

    def tell_again(self, team: str, key: str) -> None:
        """What was told is over; if it comes back it is told again."""
        self.db.execute("DELETE FROM notices WHERE team = :team AND key = :key", {"team": team, "key": key})
