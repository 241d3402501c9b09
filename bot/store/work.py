"""What was accepted and has to be answered exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Item:
    """One piece of work. `state` is accepted, posting (its reply may have been sent), done or failed."""

    team: str
    channel: str
    key: str
    state: str
    task: str
    outbox: str
    reply: str
    deaths: int = 0
    """So many processes died while they held it."""


_EARLIER = (
    "EXISTS (SELECT 1 FROM work AS earlier WHERE earlier.team = work.team AND earlier.channel = work.channel"
    " AND earlier.thread = work.thread AND earlier.state IN ('accepted', 'posting') AND (earlier.turn < work.turn"
    " OR (earlier.turn = work.turn AND earlier.key < work.key)))"
)
"""Whether something before a row of `work` is open in its thread."""


@dataclass(frozen=True)
class WorkList:
    db: Database
    clock: Callable[[], int]

    def accept(
        self,
        team: str,
        channel: str,
        key: str,
        task: str,
        event_id: str | None = None,
        thread: str | None = None,
        slow: bool = False,
    ) -> bool:
        """Keeps a task; False where this event, or this key, was accepted before.

        Tasks of one thread (None: one of its own) are done in the order in which they were accepted; `slow` ones are not
        done by those who must be quick.
        """
        with self.db.atomic():
            if event_id is not None and not self._first_delivery(team, event_id):
                return False
            kept = self.db.execute(
                "INSERT INTO work (team, channel, key, state, task, outbox, reply, accepted, changed, thread, turn, slow)"
                " VALUES (:team, :channel, :key, 'accepted', :task, '', '', :now, :now, :thread, (SELECT"
                " COALESCE(MAX(turn), 0) + 1 FROM work WHERE team = :team AND channel = :channel AND thread = :thread),"
                " :slow)"
                " ON CONFLICT (team, channel, key) DO NOTHING",
                {
                    "team": team,
                    "channel": channel,
                    "key": key,
                    "task": task,
                    "now": self.clock(),
                    "thread": key if thread is None else thread,
                    "slow": int(slow),
                },
            )
            if slow:
                self.db.ring()
            return bool(kept.rowcount == 1)

    def _first_delivery(self, team: str, event_id: str) -> bool:
        seen = self.db.execute(
            "INSERT INTO deliveries (team, event_id, seen) VALUES (:team, :event_id, :now)"
            " ON CONFLICT (team, event_id) DO NOTHING",
            {"team": team, "event_id": event_id, "now": self.clock()},
        )
        return bool(seen.rowcount == 1)

    def waiting(self, who: str, limit: int, slow: bool = True) -> tuple[Item, ...]:
        """What nobody else works on and is next in its thread, the oldest first; `slow`: slow work as well."""
        rows = self.db.query(
            "SELECT team, channel, key, state, task, outbox, reply, deaths FROM work"
            " WHERE state IN ('accepted', 'posting') AND (:slow = 1 OR slow = 0)"
            " AND NOT EXISTS (SELECT 1 FROM claims JOIN processes ON processes.name = claims.holder"
            " WHERE claims.team = work.team AND claims.channel = work.channel AND claims.thread = work.thread"
            " AND claims.holder <> :who)"
            f" AND NOT {_EARLIER} ORDER BY accepted, turn, key LIMIT :limit",
            {"who": who, "limit": limit, "slow": int(slow)},
        )
        return tuple(Item(**row) for row in rows)

    def is_next(self, team: str, channel: str, key: str) -> bool:
        """Whether work is open and nothing before it in its thread is."""
        row = self.db.execute(
            "SELECT 1 FROM work WHERE team = :team AND channel = :channel AND key = :key"
            f" AND state IN ('accepted', 'posting') AND NOT {_EARLIER}",
            {"team": team, "channel": channel, "key": key},
        ).fetchone()
        return row is not None

    def count_open(self) -> int:
        """How much is not finished, whoever works on it."""
        return int(self.db.execute("SELECT COUNT(*) FROM work WHERE state IN ('accepted', 'posting')").fetchone()[0])

    def find(self, team: str, channel: str, key: str) -> Item | None:
        rows = self.db.query(
            "SELECT team, channel, key, state, task, outbox, reply, deaths FROM work"
            " WHERE team = :team AND channel = :channel AND key = :key",
            {"team": team, "channel": channel, "key": key},
        )
        return next((Item(**row) for row in rows), None)

    def posting(self, team: str, channel: str, key: str, outbox: str) -> None:
        """The reply is about to be sent: from here on it may have been."""
        self._set(team, channel, key, "posting", outbox, "")

    def done(self, team: str, channel: str, key: str, reply: str) -> None:
        """Finished; `reply` names the message that answers. What was asked is not kept here any longer."""
        self._set(team, channel, key, "done", "", reply)

    def failed(self, team: str, channel: str, key: str, reason: str) -> None:
        """Given up for a reason that trying again will not change."""
        self._set(team, channel, key, "failed", "", reason)

    def _set(self, team: str, channel: str, key: str, state: str, outbox: str, reply: str) -> None:
        finished = "task = '', " if state in ("done", "failed") else ""
        self.db.execute(
            f"UPDATE work SET {finished}state = :state, outbox = :outbox, reply = :reply, changed = :now"
            " WHERE team = :team AND channel = :channel AND key = :key",
            {
                "team": team,
                "channel": channel,
                "key": key,
                "state": state,
                "outbox": outbox,
                "reply": reply,
                "now": self.clock(),
            },
        )
