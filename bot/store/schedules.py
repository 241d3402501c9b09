"""Digests that people want, who is at them, and each one that was due.

A digest goes out once because there is one run for each schedule and local date, and because a schedule belongs to one
process at a time: a claim is a lease, which its process renews while it lives. Every transaction here begins with
what it changes, so that several processes wait for each other instead of failing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.store.connection import Database
from bot.store.departures import STAYING

State = Literal["claimed", "posting", "sent", "skipped", "failed"]


@dataclass(frozen=True)
class Kept:
    """A schedule as it is kept: `document` is JSON, `next_due` seconds since 1970, `paused` why it is, or empty."""

    id: str
    team: str
    owner: str
    channel: str
    about: str
    document: str
    paused: str
    next_due: int


@dataclass(frozen=True)
class Run:
    """One digest that was due on a local date. `reply` is the message that carries it (or tells that it was skipped)."""

    schedule: str
    day: str
    due: int
    state: State
    late: bool
    outbox: str
    snapshot: str
    reply: str


_COLUMNS = "id, team, owner, channel, about, document, paused, next_due"
_RUN = "schedule, day, due, state, late, outbox, snapshot, reply"


@dataclass(frozen=True)
class Schedules:
    db: Database
    clock: Callable[[], int]

    # ------------------------------------------------------------ what people want

    def save(self, kept: Kept) -> None:
        """Keeps a schedule, new or changed. What another workspace keeps under the same id stays."""
        self.db.execute(
            f"INSERT INTO schedules ({_COLUMNS}, claimed_by, claimed_until, changed)"
            " VALUES (:id, :team, :owner, :channel, :about, :document, :paused, :next_due, '', 0, :now)"
            " ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, channel = excluded.channel, about = excluded.about,"
            " document = excluded.document, paused = excluded.paused, next_due = excluded.next_due,"
            " changed = excluded.changed WHERE schedules.team = excluded.team",
            {**vars(kept), "now": self.clock()},
        )

    def find(self, team: str, schedule: str) -> Kept | None:
        return next(iter(self._kept("id = :id AND team = :team", {"id": schedule, "team": team})), None)

    def seen_by(self, team: str, owner: str, channel: str) -> tuple[Kept, ...]:
        """Those of a person, and those that are posted in a channel."""
        return self._kept(
            "team = :team AND (owner = :owner OR channel = :channel)", {"team": team, "owner": owner, "channel": channel}
        )

    def about(self, team: str, channel: str) -> tuple[Kept, ...]:
        """Those that are made of a channel's reports and not paused."""
        condition = f"team = :team AND about = :channel AND paused = '' AND {STAYING}"
        return self._kept(condition, {"team": team, "channel": channel})

    def of_team(self, team: str) -> tuple[Kept, ...]:
        return self._kept("team = :team", {"team": team})

    def _kept(self, condition: str, values: dict[str, str]) -> tuple[Kept, ...]:
        rows = self.db.query(f"SELECT {_COLUMNS} FROM schedules WHERE {condition} ORDER BY id", values)
        return tuple(Kept(**row) for row in rows)

    def pause(self, team: str, schedule: str, reason: str, next_due: int | None = None) -> None:
        """Pauses a schedule, or lets it go on from `next_due` where `reason` is empty."""
        self.db.execute(
            "UPDATE schedules SET paused = :reason, next_due = COALESCE(:next_due, next_due), changed = :now"
            " WHERE id = :id AND team = :team",
            {"id": schedule, "team": team, "reason": reason, "next_due": next_due, "now": self.clock()},
        )

    def delete(self, team: str, schedule: str) -> None:
        values = {"id": schedule, "team": team}
        with self.db.atomic():
            self.db.execute("DELETE FROM schedules WHERE id = :id AND team = :team", values)
            self.db.execute("DELETE FROM digest_runs WHERE schedule = :id AND team = :team", values)

    # ------------------------------------------------------------ who is at them

    def claim(self, worker: str, due: int, lease: int, limit: int) -> tuple[Kept, ...]:
        """Up to `limit` schedules that were due until `due` and that nobody is at, now `worker`'s for `lease` seconds."""
        with self.db.atomic():
            rows = self.db.execute(
                "UPDATE schedules SET claimed_by = :worker, claimed_until = :until"
                " WHERE id IN (SELECT id FROM schedules"
                f" WHERE paused = '' AND next_due <= :due AND claimed_until <= :now AND {STAYING}"
                " ORDER BY next_due, id LIMIT :limit)"
                " AND paused = '' AND next_due <= :due AND claimed_until <= :now"
                f" RETURNING {_COLUMNS}",
                {"worker": worker, "due": due, "now": self.clock(), "until": self.clock() + lease, "limit": limit},
            ).fetchall()
        return tuple(Kept(*row) for row in rows)

    def renew(self, worker: str, lease: int) -> None:
        """`worker` lives: what it is at stays its own for another `lease` seconds."""
        self.db.execute(
            "UPDATE schedules SET claimed_until = :until WHERE claimed_by = :worker",
            {"worker": worker, "until": self.clock() + lease},
        )

    def release(self, worker: str, schedule: str, seconds: int) -> None:
        """Gives a schedule back; it may be claimed again after so many seconds."""
        self.db.execute(
            "UPDATE schedules SET claimed_by = '', claimed_until = :until WHERE id = :id AND claimed_by = :worker",
            {"id": schedule, "worker": worker, "until": self.clock() + seconds},
        )

    # ------------------------------------------------------------ each one that was due

    def begin(self, kept: Kept, day: str, due: int) -> Run:
        """The run of a schedule for a local date: a new one, or the one that was begun before."""
        self._enter(kept, day, due, "claimed")
        [run] = self._runs("schedule = :schedule AND day = :day", {"schedule": kept.id, "day": day})
        return run

    def miss(self, kept: Kept, day: str, due: int) -> None:
        """Notes that there was no digest for a local date, unless one was begun."""
        self._enter(kept, day, due, "skipped")

    def _enter(self, kept: Kept, day: str, due: int, state: State) -> None:
        self.db.execute(
            "INSERT INTO digest_runs (schedule, day, team, due, state, late, outbox, snapshot, reply, changed)"
            " VALUES (:schedule, :day, :team, :due, :state, 0, '', '', '', :now) ON CONFLICT (schedule, day) DO NOTHING",
            {"schedule": kept.id, "day": day, "team": kept.team, "due": due, "state": state, "now": self.clock()},
        )

    def unfinished(self, schedule: str) -> tuple[Run, ...]:
        """What was begun and left, the oldest first."""
        return self._runs("schedule = :schedule AND state IN ('claimed', 'posting')", {"schedule": schedule})

    def untold(self, schedule: str) -> tuple[Run, ...]:
        """What was skipped and nobody heard of yet, the oldest first."""
        return self._runs("schedule = :schedule AND state = 'skipped' AND reply = ''", {"schedule": schedule})

    def last_sent(self, schedule: str) -> Run | None:
        """The newest digest that went out."""
        sent = self._runs(
            "schedule = :schedule AND day = (SELECT MAX(day) FROM digest_runs"
            " WHERE schedule = :schedule AND state = 'sent')",
            {"schedule": schedule},
        )
        return next(iter(sent), None)

    def forget_snapshots(self, schedule: str) -> None:
        """The next digest compares with nothing: it is about something else now."""
        self.db.execute("UPDATE digest_runs SET snapshot = '' WHERE schedule = :schedule", {"schedule": schedule})

    def _runs(self, condition: str, values: dict[str, str]) -> tuple[Run, ...]:
        rows = self.db.query(f"SELECT {_RUN} FROM digest_runs WHERE {condition} ORDER BY day", values)
        return tuple(Run(**{**row, "late": bool(row["late"])}) for row in rows)

    def posting(self, worker: str, run: Run, lease: int) -> bool:
        """Keeps what is about to be sent; False, and nothing is kept, where the schedule is no longer `worker`'s."""
        held = self.db.execute(
            "UPDATE schedules SET claimed_until = :until WHERE id = :id AND claimed_by = :worker AND paused = ''"
            f" AND {STAYING}",
            {"id": run.schedule, "worker": worker, "until": self.clock() + lease},
        )
        if held.rowcount != 1:
            return False
        self.db.execute(
            "UPDATE digest_runs SET state = 'posting', late = :late, outbox = :outbox, snapshot = :snapshot, changed = :now"
            " WHERE schedule = :schedule AND day = :day AND state IN ('claimed', 'posting')",
            {
                "schedule": run.schedule,
                "day": run.day,
                "late": int(run.late),
                "outbox": run.outbox,
                "snapshot": run.snapshot,
                "now": self.clock(),
            },
        )
        return True

    def settle(self, run: Run, state: State, reply: str) -> None:
        """A run is over: what was to be sent is not kept any longer, nor the snapshot of what nobody saw."""
        snapshot = "" if state == "sent" else ", snapshot = ''"
        self.db.execute(
            f"UPDATE digest_runs SET state = :state, outbox = ''{snapshot}, reply = :reply, changed = :now"
            " WHERE schedule = :schedule AND day = :day AND state IN ('claimed', 'posting')",
            {"schedule": run.schedule, "day": run.day, "state": state, "reply": reply, "now": self.clock()},
        )

    def told(self, schedule: str, day: str, reply: str) -> None:
        """The message `reply` says what was skipped before a local date."""
        self.db.execute(
            "UPDATE digest_runs SET reply = :reply"
            " WHERE schedule = :schedule AND state = 'skipped' AND reply = '' AND day < :day",
            {"schedule": schedule, "day": day, "reply": reply},
        )

    def advance(self, worker: str, kept: Kept, next_due: int) -> None:
        """Gives a schedule back until it is due again; one that somebody changed meanwhile keeps its own time."""
        self.db.execute(
            "UPDATE schedules SET claimed_by = '', claimed_until = 0,"
            " next_due = CASE WHEN document = :document THEN :next_due ELSE next_due END"
            " WHERE id = :id AND claimed_by = :worker",
            {"id": kept.id, "worker": worker, "document": kept.document, "next_due": next_due},
        )

    def forget(self, before: int) -> None:
        """Deletes runs from before a moment; the last one that went out stays, for the next to compare with."""
        self.db.execute(
            "DELETE FROM digest_runs WHERE changed < :before AND state IN ('sent', 'skipped', 'failed')"
            " AND EXISTS (SELECT 1 FROM digest_runs AS later WHERE later.schedule = digest_runs.schedule"
            " AND later.day > digest_runs.day AND later.state = 'sent')",
            {"before": before},
        )
