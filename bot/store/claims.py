"""Which processes share the store, and which of them works on which thread.

A process that works shows that it lives by beating. The others watch the beats with clocks of their own that only go
forward, so that neither a clock that is set nor one that differs makes a living process look dead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Process:
    """A process as it showed itself last; `beat` counts up while it lives."""

    name: str
    role: str
    machine: str
    process: str
    beat: int


@dataclass(frozen=True)
class Claims:
    db: Database
    clock: Callable[[], int]

    # ------------------------------------------------------------ processes

    def join(self, name: str, role: str, machine: str, process: str) -> None:
        """Enters a process among those that share the store."""
        self.db.execute(
            "INSERT INTO processes (name, role, machine, process, beat, started)"
            " VALUES (:name, :role, :machine, :process, 0, :now) ON CONFLICT (name) DO NOTHING",
            {"name": name, "role": role, "machine": machine, "process": process, "now": self.clock()},
        )

    def beat(self, name: str) -> bool:
        """Shows that a process lives; False where the others gave it up: what it held may be theirs by now."""
        return bool(self.db.execute("UPDATE processes SET beat = beat + 1 WHERE name = :name", {"name": name}).rowcount == 1)

    def present(self) -> tuple[Process, ...]:
        rows = self.db.query("SELECT name, role, machine, process, beat FROM processes ORDER BY started, name")
        return tuple(Process(**row) for row in rows)

    def leave(self, name: str) -> None:
        """A process ends in peace; what it held is free."""
        with self.db.atomic():
            self.db.execute("DELETE FROM processes WHERE name = :name", {"name": name})
            self.db.execute("DELETE FROM claims WHERE holder = :name", {"name": name})
        self.db.ring()

    def bury(self, name: str, beat: int) -> bool:
        """Gives up a process that has not beaten since `beat`: what it held is free. False where it has, or is gone."""
        with self.db.atomic():
            gone = self.db.execute(
                "DELETE FROM processes WHERE name = :name AND beat = :beat", {"name": name, "beat": beat}
            ).rowcount
            if gone != 1:
                return False
            self.db.execute(
                "UPDATE work SET deaths = deaths + 1 WHERE state IN ('accepted', 'posting') AND EXISTS (SELECT 1 FROM claims"
                " WHERE claims.team = work.team AND claims.channel = work.channel AND claims.thread = work.thread"
                " AND claims.holder = :name)",
                {"name": name},
            )
            self.db.execute("DELETE FROM claims WHERE holder = :name", {"name": name})
        self.db.ring()
        return True

    # ------------------------------------------------------------ threads

    def take(self, team: str, channel: str, thread: str, who: str) -> bool:
        """Claims a thread for a process that is present; False where another one that is present holds it."""
        taken = self.db.execute(
            "INSERT INTO claims (team, channel, thread, holder, since)"
            " SELECT :team, :channel, :thread, name, :now FROM processes WHERE name = :who"
            " ON CONFLICT (team, channel, thread) DO UPDATE SET holder = excluded.holder, since = excluded.since"
            " WHERE claims.holder = excluded.holder OR claims.holder NOT IN (SELECT name FROM processes)",
            {"team": team, "channel": channel, "thread": thread, "who": who, "now": self.clock()},
        )
        return bool(taken.rowcount == 1)

    def holds(self, team: str, channel: str, thread: str, who: str) -> bool:
        """Whether a process holds a thread; inside a transaction nobody takes it away before the end of that."""
        held = self.db.execute(
            "UPDATE claims SET since = :now"
            " WHERE team = :team AND channel = :channel AND thread = :thread AND holder = :who",
            {"team": team, "channel": channel, "thread": thread, "who": who, "now": self.clock()},
        )
        return bool(held.rowcount == 1)

    def free(self, team: str, channel: str, thread: str, who: str) -> bool:
        """Lets a thread go; whether there is more to do in it, of which the others are told."""
        place = {"team": team, "channel": channel, "thread": thread}
        with self.db.atomic():
            # First the claim, then the look: whoever accepted work meanwhile waits for the row, or is seen.
            self.db.execute(
                "DELETE FROM claims WHERE team = :team AND channel = :channel AND thread = :thread AND holder = :who",
                {**place, "who": who},
            )
            more = self.db.execute(
                "SELECT 1 FROM work WHERE team = :team AND channel = :channel AND thread = :thread"
                " AND state IN ('accepted', 'posting') LIMIT 1",
                place,
            ).fetchone()
            if more:
                self.db.ring()
            return more is not None
