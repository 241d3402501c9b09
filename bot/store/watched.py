"""Answers whose rule is watched: who is told when it changes, and who is at it.

As with digests a claim is a lease, and what is about to be posted is kept before, so that a change is told once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.store.connection import Database
from bot.store.departures import STAYING
from bot.store.preferences import POLICY_WATCH, WORKSPACE


@dataclass(frozen=True)
class Watched:
    """What a page told somebody in a thread. `told` is JSON; `mark` stands for what the page decided then.

    `answer` is the answer's reference, `work` the work that it came from, `reply` the message that carries it where that
    is known here; `pending` is JSON about a notice that may have been posted, or empty.
    """

    team: str
    channel: str
    thread: str
    page: str
    enterprise: str
    person: str
    zone: str
    answer: str
    work: str
    told: str
    mark: str
    reply: str = ""
    pending: str = ""
    created: int = 0


_KEY = "team = :team AND channel = :channel AND thread = :thread AND page = :page"
_COLUMNS = "team, channel, thread, page, enterprise, person, zone, answer, work, told, mark, reply, pending, created"


@dataclass(frozen=True)
class WatchList:
    db: Database
    clock: Callable[[], int]

    def save(self, one: Watched) -> None:
        """From now on this is what the page told in the thread; `created` is now."""
        self.db.execute(
            f"INSERT INTO watched ({_COLUMNS}, claimed_by, claimed_until) VALUES (:team, :channel, :thread, :page,"
            " :enterprise, :person, :zone, :answer, :work, :told, :mark, :reply, :pending, :now, '', 0)"
            " ON CONFLICT (team, channel, thread, page) DO UPDATE SET enterprise = excluded.enterprise,"
            " person = excluded.person, zone = excluded.zone, answer = excluded.answer, work = excluded.work,"
            " told = excluded.told, mark = excluded.mark, reply = excluded.reply, pending = excluded.pending,"
            " created = excluded.created, claimed_by = '', claimed_until = 0",
            {**vars(one), "now": self.clock()},
        )

    def find(self, team: str, channel: str, thread: str, page: str) -> Watched | None:
        place = {"team": team, "channel": channel, "thread": thread, "page": page}
        rows = self.db.query(f"SELECT {_COLUMNS} FROM watched WHERE {_KEY}", place)
        return next((Watched(**row) for row in rows), None)

    def marks(self, since: int) -> tuple[tuple[str, str, str], ...]:
        """(page, zone, mark) of all that was told since a moment and that nobody is at, each once."""
        rows = self.db.execute(
            "SELECT DISTINCT page, zone, mark FROM watched"
            f" WHERE created >= :since AND claimed_until <= :now AND {STAYING} ORDER BY page, zone, mark",
            {"since": since, "now": self.clock()},
        )
        return tuple(tuple(row) for row in rows.fetchall())

    def claim(self, worker: str, page: str, zone: str, mark: str, since: int, lease: int, limit: int) -> tuple[Watched, ...]:
        """Up to `limit` answers of workspaces that want to be told, now `worker`'s for `lease` seconds."""
        return self._claim(
            "page = :page AND zone = :zone AND mark = :mark AND created >= :since AND EXISTS (SELECT 1 FROM preferences"
            " WHERE preferences.team = watched.team AND preferences.scope = :scope AND preferences.name = :name"
            " AND preferences.value = 'on')",
            {"page": page, "zone": zone, "mark": mark, "since": since, "scope": WORKSPACE, "name": POLICY_WATCH},
            worker,
            lease,
            limit,
        )

    def claim_left(self, worker: str, lease: int, limit: int) -> tuple[Watched, ...]:
        """Those whose notice may have been posted by a process that is gone."""
        return self._claim("pending <> ''", {}, worker, lease, limit)

    def _claim(self, condition: str, values: dict[str, object], worker: str, lease: int, limit: int) -> tuple[Watched, ...]:
        now = self.clock()
        with self.db.atomic():
            rows = self.db.execute(
                "UPDATE watched SET claimed_by = :worker, claimed_until = :until"
                " WHERE (team, channel, thread, page) IN (SELECT team, channel, thread, page FROM watched"
                f" WHERE claimed_until <= :now AND {STAYING} AND {condition}"
                " ORDER BY created, team, channel, thread LIMIT :limit)"
                f" AND claimed_until <= :now RETURNING {_COLUMNS}",
                {**values, "worker": worker, "now": now, "until": now + lease, "limit": limit},
            ).fetchall()
        return tuple(Watched(*row) for row in rows)

    def settle(self, worker: str, one: Watched, mark: str) -> None:
        """The page says the same in this case: what was told stays, under a new mark."""
        self._set(worker, one, "mark = :mark, pending = '', claimed_by = '', claimed_until = 0", mark=mark)

    def release(self, worker: str, one: Watched, seconds: int) -> None:
        """Gives it back; it may be claimed again after so many seconds."""
        self._set(worker, one, "claimed_by = '', claimed_until = :until", until=self.clock() + seconds)

    def posting(self, worker: str, one: Watched, pending: str, lease: int) -> bool:
        """Keeps what is about to be posted; False, and nothing is kept, where it is no longer `worker`'s."""
        until = self.clock() + lease
        return self._set(worker, one, "pending = :pending, claimed_until = :until", pending=pending, until=until)

    def told(self, worker: str, one: Watched, now: Watched, rest: int) -> None:
        """The notice went out: `now` is what was told last. Nobody is at it for `rest` seconds."""
        self._set(
            worker,
            one,
            "answer = :new, told = :told, mark = :mark, reply = :reply, pending = '', created = :now, claimed_by = '',"
            " claimed_until = :until",
            new=now.answer,
            told=now.told,
            mark=now.mark,
            reply=now.reply,
            now=self.clock(),
            until=self.clock() + rest,
        )

    def drop(self, worker: str, one: Watched) -> bool:
        """There is nothing to watch any longer; False where it is no longer `worker`'s to say."""
        place = {"team": one.team, "channel": one.channel, "thread": one.thread, "page": one.page}
        gone = self.db.execute(
            f"DELETE FROM watched WHERE {_KEY} AND claimed_by = :worker AND answer = :answer",
            {**place, "worker": worker, "answer": one.answer},
        )
        return gone.rowcount == 1

    def _set(self, worker: str, one: Watched, what: str, **values: object) -> bool:
        """Changes what `worker` holds; False where an answer in the thread, or another process, took its place."""
        held = self.db.execute(
            f"UPDATE watched SET {what} WHERE {_KEY} AND claimed_by = :worker AND answer = :answer",
            {
                "team": one.team,
                "channel": one.channel,
                "thread": one.thread,
                "page": one.page,
                "answer": one.answer,
                "worker": worker,
                **values,
            },
        )
        return held.rowcount == 1
