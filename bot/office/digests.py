"""Digests in the office: kept, claimed when they are due, composed, and remembered once they went out."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.answering.answer import Answer
from bot.answering.uploads import KeptUpload
from bot.digests.in_vain import MOST, SHOWN, InVain, since_of, snapshot_at
from bot.digests.options import Options
from bot.digests.schedule import Occurrence, Schedule, due, next_occurrence
from bot.gaps import Gap, KeptQuestion
from bot.office.examiner import NewUpload
from bot.office.lacking import grouped, lacking
from bot.office.memory import answers_to_text
from bot.office.preferences import Preferences
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.store import Store
from bot.store.answers import Row
from bot.store.preferences import WORKSPACE
from bot.store.schedules import Kept, Run, State

if TYPE_CHECKING:
    from bot.digests.compose import Composed

T = TypeVar("T")
LATE_AFTER = timedelta(minutes=15)
"""A digest that goes out later than this after its time says so."""
LEASE = 120
"""Seconds after which what a silent process is at may be taken over."""
MOST_MISSED = 31
"""So many dates without a digest are noted at most."""


class Keep(Protocol):
    """Runs something where the store may be used."""

    def __call__(self, action: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True)
class Due:
    """A digest that has to go out now.

    `unclear` are earlier ones that may have been sent; `missed` the dates without one that nobody heard of yet.
    """

    schedule: Schedule
    occurrence: Occurrence
    kept: Kept
    run: Run
    late: bool
    unclear: tuple[Run, ...]
    missed: tuple[date, ...]

    @property
    def skips(self) -> bool:
        """Whether nothing but a notice goes out."""
        return self.late and self.schedule.late == "skip"


@dataclass(frozen=True)
class Admin:
    """Who changes a workspace's settings: person, the organisation that their workspace belongs to, language."""

    id: str
    enterprise: str = ""
    language: Language = "en"


@dataclass(frozen=True)
class Alert:
    """Something urgent to be told at once; `ref` is what its buttons refer to, `key` what it is about."""

    schedule: Schedule
    ref: str
    answer: Answer
    key: str


class Digests:
    """All methods may be called from the event loop."""

    def __init__(
        self,
        store: Store,
        keep: Keep,
        book: Callable[[], Rulebook],
        uploads: Callable[[str, str, bool], tuple[KeptUpload, ...]],
        gaps: Callable[[Sequence[KeptQuestion], date, int], Awaitable[tuple[Gap, ...]]],
        now: Callable[[], datetime],
    ) -> None:
        """`uploads`: (team, channel, whether it is for a guest) -> what counts; called where the store may be used.

        `gaps` puts questions into groups."""
        self._store = store
        self._keep = keep
        self._book = book
        self._uploads = uploads
        self._gaps = gaps
        self._now = now
        self._thread = ThreadPoolExecutor(1, "digests")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------ what people want

    async def save(self, schedule: Schedule) -> None:
        """Keeps a schedule, new or changed; it is due next at its next time from now on."""
        await self._keep(lambda: self._save(schedule))

    def _save(self, schedule: Schedule) -> None:
        kept = self._kept(schedule)
        before = self._store.schedules.find(schedule.team, schedule.id)
        with self._store.together():
            self._store.schedules.save(kept)
            if before and before.about != schedule.about:
                self._store.schedules.forget_snapshots(schedule.id)

    def arrange(self, team: str, settings: Preferences, who: Admin) -> None:
        """Brings the maintainers' digest in line with a workspace's settings; called where the store may be used."""
        kept = self._store.schedules.find(team, _maintainers(team))
        before = _schedule(kept) if kept else None
        channel = settings.maintainers
        if not channel:
            if before:
                self._store.schedules.delete(team, before.id)
            return
        stays = before if before and before.channel == channel else None
        schedule = Schedule(
            _maintainers(team),
            team,
            stays.owner if stays else who.id,
            channel,
            channel,
            Options(
                frozenset({"in_vain"}),
                frozenset(),
                settings.language() or (stays.options.language if stays else who.language),
            ),
            "weekly",
            settings.maintainers_at,
            settings.zone or "UTC",
            settings.maintainers_day,
            paused=stays.paused if stays else "",
            enterprise=who.enterprise,
        )
        # Saved anew it would lose its turn if it is due right now.
        if schedule != before:
            self._save(schedule)

    async def find(self, team: str, schedule: str) -> Schedule | None:
        found = await self._keep(lambda: self._store.schedules.find(team, schedule))
        return _schedule(found) if found else None

    async def seen_by(self, team: str, person: str, channel: str) -> tuple[tuple[Schedule, datetime], ...]:
        """A person's schedules and those that are posted in a channel, each with the moment at which it is due next."""
        found = await self._keep(lambda: self._store.schedules.seen_by(team, person, channel))
        return tuple((_schedule(one), datetime.fromtimestamp(one.next_due, UTC)) for one in found)

    async def pause(self, schedule: Schedule, reason: str) -> None:
        await self._keep(lambda: self._store.schedules.pause(schedule.team, schedule.id, reason))

    async def resume(self, schedule: Schedule) -> None:
        """Lets a schedule go on at its next time; what was due while it was paused is not made up for."""
        due_next = _seconds(next_occurrence(schedule, self._now()).moment)
        await self._keep(lambda: self._store.schedules.pause(schedule.team, schedule.id, "", due_next))

    async def delete(self, schedule: Schedule, person: str) -> None:
        """Ends a digest; with the maintainers' the setting goes that it came from."""

        def keep() -> None:
            with self._store.together():
                self._store.schedules.delete(schedule.team, schedule.id)
                if schedule.is_for_maintainers:
                    self._store.preferences.set(schedule.team, WORKSPACE, "maintainers", "", person)

        await self._keep(keep)

    def go_on(self, team: str, lost: frozenset[str]) -> None:
        """A workspace is there again: what was due meanwhile is not made up for, and what was paused for a reason among
        `lost` goes on. To be called where the store may be used."""
        now = self._now()
        for kept in self._store.schedules.of_team(team):
            due_next = _seconds(next_occurrence(_schedule(kept), now).moment)
            reason = "" if kept.paused in lost else kept.paused
            self._store.schedules.pause(team, kept.id, reason, due_next)

    def _kept(self, schedule: Schedule) -> Kept:
        document = replace(schedule, paused="").to_json()
        first = next_occurrence(schedule, self._now()).moment
        return Kept(
            schedule.id,
            schedule.team,
            schedule.owner,
            schedule.channel,
            schedule.about,
            document,
            schedule.paused,
            _seconds(first),
        )

    # ------------------------------------------------------------ what is due

    async def claim(self, worker: str, limit: int) -> tuple[Due, ...]:
        """What has to go out now, up to `limit` of it, claimed for `worker`."""

        def keep() -> tuple[Due, ...]:
            now = self._now()
            claimed = self._store.schedules.claim(worker, _seconds(now), LEASE, limit)
            with self._store.together():
                found = [self._due(worker, kept, now) for kept in claimed]
            return tuple(one for one in found if one)

        return await self._keep(keep)

    def _due(self, worker: str, kept: Kept, now: datetime) -> Due | None:
        """What a claimed schedule is due for; None, and it is given back, where that went out before."""
        schedule, store = _schedule(kept), self._store.schedules
        found = due(schedule, datetime.fromtimestamp(kept.next_due, UTC), now)
        if not found:
            store.advance(worker, kept, _seconds(next_occurrence(schedule, now).moment))
            return None
        *missed, newest = found
        for one in missed[-MOST_MISSED:]:
            store.miss(kept, one.day.isoformat(), _seconds(one.moment))
        run = store.begin(kept, newest.day.isoformat(), _seconds(newest.moment))
        unclear = []
        for left in store.unfinished(kept.id):
            if left.day == run.day:
                continue
            if left.state == "posting":
                unclear.append(left)
            else:
                store.settle(left, "skipped", "")
        if run.state not in ("claimed", "posting"):
            # The clock went back, or the schedule was changed after today's digest.
            store.advance(worker, kept, _seconds(next_occurrence(schedule, newest.moment).moment))
            return None
        untold = tuple(date.fromisoformat(one.day) for one in store.untold(kept.id) if one.day < run.day)
        return Due(schedule, newest, kept, run, now - newest.moment > LATE_AFTER, tuple(unclear), untold)

    async def renew(self, worker: str) -> None:
        await self._keep(lambda: self._store.schedules.renew(worker, LEASE))

    async def release(self, worker: str, one: Due, seconds: int) -> None:
        """Gives a digest back, to be tried again after so many seconds."""
        await self._keep(lambda: self._store.schedules.release(worker, one.schedule.id, seconds))

    # ------------------------------------------------------------ what it says

    async def compose(self, schedule: Schedule, guest: bool = False) -> Composed | InVain:
        """What the digest says now, compared with the last one that went out; nothing is kept.

        `guest`: whether its owner is one, who sees nothing but the channel's own reports.
        """
        return await (self._in_vain(schedule) if schedule.is_for_maintainers else self._of_reports(schedule, guest))

    async def _in_vain(self, schedule: Schedule) -> InVain:
        now, zone, team = self._now(), ZoneInfo(schedule.zone), schedule.team

        def look() -> tuple[int, tuple[KeptQuestion, ...], bool]:
            last = self._store.schedules.last_sent(schedule.id)
            since = since_of(last.snapshot if last else "", _seconds(now))
            kept = grouped(lacking(self._store, since, _seconds(now), team))
            return since, kept, Preferences(self._store.preferences.everything(team)).keep_questions

        since, kept, is_kept = await self._keep(look)
        found = await self._gaps(kept[-MOST:], now.astimezone(zone).date(), SHOWN) if kept else ()
        total, snapshot = sum(one.times for one in kept), snapshot_at(_seconds(now))
        return InVain(team, datetime.fromtimestamp(since, zone), total, found, is_kept, snapshot)

    async def _of_reports(self, schedule: Schedule, guest: bool) -> Composed:
        uploads, last = await self._keep(
            lambda: (
                self._uploads(schedule.team, schedule.about, guest),
                self._store.schedules.last_sent(schedule.id),
            )
        )
        before = last.snapshot if last else ""

        def think() -> Composed:
            # What checks reports is slow to load; whoever wants no digests need not wait for it.
            from bot.digests.compose import compose

            return compose(self._book(), uploads, before or None, schedule.options, self._now(), ZoneInfo(schedule.zone))

        return await asyncio.get_running_loop().run_in_executor(self._thread, think)

    async def alerts(self, team: str, channel: str, uploads: Sequence[NewUpload]) -> tuple[Alert, ...]:
        """What is urgent and new in reports that were uploaded in a channel, for each schedule that wants it elsewhere.

        An alert is given out once; its answer is kept.
        """
        kept = await self._keep(lambda: self._store.schedules.about(team, channel))
        wanting = [one for one in map(_schedule, kept) if one.alerts and one.channel != channel]
        if not wanting:
            return ()

        def think() -> list[Alert]:
            from bot.digests.urgent import urgent_new

            found = []
            for schedule in wanting:
                for one in uploads:
                    options = schedule.options
                    answer = urgent_new(self._book(), one.format, one.cases, one.before, options.language, options.domains)
                    if answer:
                        found.append(Alert(schedule, new_id(), answer, f"{one.source}:{one.format}"))
            return found

        found = await asyncio.get_running_loop().run_in_executor(self._thread, think)
        return await self._keep(lambda: tuple(one for one in found if self._is_first(one)))

    def _is_first(self, alert: Alert) -> bool:
        schedule = alert.schedule
        with self._store.together():
            if not self._store.preferences.tell_once(schedule.team, f"alert:{schedule.id}:{alert.key}"):
                return False
            self._keep_answer(schedule, alert.ref, alert.answer)
            return True

    def _keep_answer(self, schedule: Schedule, ref: str, answer: Answer) -> None:
        """What buttons under a message refer to."""
        document = answers_to_text((answer,))
        self._store.answers.save(Row(ref, schedule.team, schedule.channel, "", schedule.owner, "", document))

    # ------------------------------------------------------------ what came of it

    async def posting(self, worker: str, one: Due, ref: str, composed: Composed | InVain | None, outbox: str) -> bool:
        """Keeps what is about to be sent; False where somebody else is at it by now, or it was paused."""
        schedule = one.schedule
        snapshot = composed.snapshot if composed else ""
        run = replace(one.run, late=one.late, outbox=outbox, snapshot=snapshot)

        def keep() -> bool:
            with self._store.together():
                if not self._store.schedules.posting(worker, run, LEASE):
                    return False
                if composed and not isinstance(composed, InVain):
                    self._keep_answer(schedule, ref, composed.answer)
                return True

        return await self._keep(keep)

    async def done(self, worker: str, one: Due, reply: str, *, skipped: bool) -> None:
        """The digest went out as the message `reply`, or the notice that it was skipped."""
        await self._over(worker, one, "skipped" if skipped else "sent", reply)

    async def failed(self, worker: str, one: Due, reason: str) -> None:
        """There is no digest for this date, for a reason that trying again will not change."""
        await self._over(worker, one, "failed", reason)

    async def _over(self, worker: str, one: Due, state: State, reply: str) -> None:
        next_due = _seconds(next_occurrence(one.schedule, one.occurrence.moment).moment)

        def keep() -> None:
            schedules = self._store.schedules
            with self._store.together():
                schedules.settle(one.run, state, reply)
                if state != "failed":
                    schedules.told(one.schedule.id, one.run.day, reply)
                schedules.advance(worker, one.kept, next_due)

        await self._keep(keep)

    async def cleared(self, run: Run, reply: str | None) -> None:
        """An earlier digest turned out to have been sent as `reply`, or not at all."""
        await self._keep(lambda: self._store.schedules.settle(run, "sent" if reply else "skipped", reply or ""))


def new_id() -> str:
    """An id for a schedule."""
    return secrets.token_urlsafe(9)


def _maintainers(team: str) -> str:
    """The id of a workspace's only digest for maintainers."""
    return f"maintainers:{team}"


def _schedule(kept: Kept) -> Schedule:
    return replace(Schedule.from_json(kept.document), paused=kept.paused)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
