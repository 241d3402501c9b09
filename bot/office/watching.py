"""Policy watch in the office: what was told is kept with its rule's mark, compared with today's rulebook, and told anew."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.answering.answer import Answer
from bot.answering.compose import Composer
from bot.answering.pages import answer_page
from bot.answering.told import Told, is_news, mark_of, told_by
from bot.conversation import Thread
from bot.deciding.decide import Known
from bot.office.digests import Keep
from bot.office.memory import answers_from_text, answers_to_text, facts_of, thread_from_text
from bot.office.preferences import Preferences
from bot.office.work import Work
from bot.rulebook.book import Rulebook
from bot.rulebook.models import AnyPage, Language
from bot.store import Store
from bot.store.answers import Row
from bot.store.watched import Watched

WATCHED_DAYS = 30
"""So long after an answer its asker is told of a change."""
LEASE = 120
"""Seconds after which what a silent process is at may be taken over."""
REST = 15 * 60
"""Seconds between two notices about one answer: processes that still have the old content must not take it back."""


@dataclass(frozen=True)
class Notice:
    """What somebody is told: `before`, on the day `answered`, and what holds `now` (None: nothing any longer).

    `ref` is what the buttons under the new answer refer to; `change` says in one line what became different, or is empty.
    """

    watched: Watched
    before: Told
    answered: date
    now: Answer | None
    told: Told | None
    mark: str
    language: Language
    question: str
    change: str
    ref: str

    @property
    def starts(self) -> bool:
        """Whether another version of the rule holds, and not the same one in other words."""
        return self.now is not None and self.now.holds_from is not None and self.now.holds_from != self.before.since

    @property
    def held_before(self) -> bool:
        """Whether what is news held already when the answer was given."""
        return self.starts and self.now is not None and (self.now.holds_from or date.max) <= self.answered


class PolicyWatch:
    """All methods but `keep` may be called from the event loop. `worker` names one process among several."""

    def __init__(self, store: Store, keep: Keep, book: Callable[[], Rulebook], now: Callable[[], datetime]) -> None:
        self._store = store
        self._keep = keep
        self._book = book
        self._now = now

    def keep(self, work: Work, answers: Mapping[str, Answer], zone: str) -> None:
        """Watches what answers (reference -> answer) told from now on; called where the store may be used."""
        book, day, place = self._book(), self._day(zone), work.place
        for ref, answer in answers.items():
            told = told_by(answer, book, day)
            if told is not None:
                mark = mark_of(book.pages[told.page], book, day)
                self._store.watched.save(
                    Watched(
                        place.team,
                        place.channel,
                        place.thread,
                        told.page,
                        place.enterprise,
                        work.person,
                        zone,
                        ref,
                        work.key,
                        told.to_json(),
                        mark,
                    )
                )

    async def claim(self, worker: str, limit: int) -> tuple[Watched, ...]:
        """Up to `limit` answers whose rule is not what it was, claimed for `worker`."""

        def claim() -> tuple[Watched, ...]:
            book, store = self._book(), self._store.watched
            since = self._store.clock() - WATCHED_DAYS * 86_400
            marks: dict[tuple[str, date], str] = {}
            found = list(store.claim_left(worker, LEASE, limit))
            for page, zone, mark in store.marks(since):
                if len(found) >= limit:
                    break
                day = self._day(zone)
                if (page, day) not in marks:
                    marks[page, day] = mark_of(book.pages.get(page), book, day)
                if marks[page, day] != mark:
                    found += store.claim(worker, page, zone, mark, since, LEASE, limit - len(found))
            return tuple(found)

        return await self._keep(claim)

    async def judge(self, worker: str, one: Watched) -> Notice | None:
        """What to tell about a claimed answer; None, and it is given back or dropped, where it is nothing."""

        def judge() -> Notice | None:
            row = self._store.answers.load(one.team, one.answer.partition(".")[0])
            preferences = Preferences(self._store.preferences.everything(one.team))
            if row is None or not preferences.policy_watch:
                self._store.watched.drop(worker, one)
                return None
            memory = self._store.threads.load(one.team, one.channel, one.thread)
            book = self._book()
            thread = thread_from_text(memory, book) if memory else Thread()
            answer = answers_from_text(row.document)[int(one.answer.partition(".")[2])]
            facts = {**preferences.facts(one.person, book), **facts_of(answer, thread, book)}
            notice = self._notice(one, answer, facts, thread.unclear, row.question, book)
            if notice.told is not None and not is_news(notice.before, notice.told):
                day = self._day(one.zone)
                self._store.watched.settle(worker, one, mark_of(book.pages.get(one.page), book, day))
                return None
            return notice

        return await self._keep(judge)

    def _notice(
        self,
        one: Watched,
        answer: Answer,
        facts: Mapping[str, Known],
        unclear: frozenset[str],
        question: str,
        book: Rulebook,
    ) -> Notice:
        day, language = self._day(one.zone), answer.language
        page = _in_use(one.page, book)
        now, told, change = None, None, ""
        if page is not None:
            now, _ = answer_page(page, facts, day, Composer(book, language, day), 1.0, unclear - facts.keys())
            now = None if now.kind == "unknown" else now
            told = told_by(now, book, day) if now else None
            began = next((v for v in page.versions if now and v.start and v.start == now.holds_from), None)
            change = began.change.of(language) if began and began.change else ""
        before = Told.from_json(one.told)
        answered = datetime.fromtimestamp(one.created, UTC).astimezone(ZoneInfo(one.zone)).date()
        mark = mark_of(page, book, day)
        ref = secrets.token_urlsafe(9)
        return Notice(one, before, answered, now, told, mark, language, question, change, ref)

    async def reply_of(self, one: Watched) -> str:
        """The message that carries the answer; empty where that is not known any longer."""
        if one.reply:
            return one.reply
        work = await self._keep(lambda: self._store.work.find(one.team, one.channel, one.work))
        return work.reply if work and work.state == "done" else ""

    async def posting(self, worker: str, notice: Notice) -> str:
        """Keeps what is about to be posted, and returns what `told` needs; empty where it is no longer this process's."""
        one = notice.watched
        told = notice.told.to_json() if notice.told else ""
        pending = json.dumps({"answer": f"{notice.ref}.0", "told": told, "mark": notice.mark})

        def keep() -> str:
            with self._store.together():
                if not self._store.watched.posting(worker, one, pending, LEASE):
                    return ""
                if notice.now is not None:
                    document = answers_to_text((notice.now,))
                    self._store.answers.save(
                        Row(notice.ref, one.team, one.channel, one.thread, one.person, notice.question, document)
                    )
                return pending

        return await self._keep(keep)

    async def still_has(self, worker: str, one: Watched, pending: str) -> bool:
        """Whether a notice that was kept as pending is still this process's to post; if so, for another lease."""
        return await self._keep(lambda: self._store.watched.posting(worker, one, pending, LEASE))

    async def told(self, worker: str, one: Watched, pending: str, reply: str) -> None:
        """The notice that `pending` is about went out as the message `reply`."""
        after = replace(one, **json.loads(pending), reply=reply)
        store = self._store.watched

        def keep() -> None:
            page = Told.from_json(after.told).page if after.told else ""
            if page == one.page:
                store.told(worker, one, after, REST)
                return
            # A question, or nothing: what comes of it is watched when it is answered. Or another page took over.
            with self._store.together():
                if store.drop(worker, one) and page:
                    store.save(replace(after, page=page, pending=""))

        await self._keep(keep)

    async def drop(self, worker: str, one: Watched) -> None:
        """Nobody can be told about this answer any longer."""
        await self._keep(lambda: self._store.watched.drop(worker, one))

    async def release(self, worker: str, one: Watched, seconds: int) -> None:
        """Gives it back, to be tried again after so many seconds."""
        await self._keep(lambda: self._store.watched.release(worker, one, seconds))

    def _day(self, zone: str) -> date:
        return self._now().astimezone(ZoneInfo(zone)).date()


def _in_use(name: str, book: Rulebook) -> AnyPage | None:
    """A page, or the one that took its place; None where there is neither."""
    page = book.pages.get(name)
    if page is not None and page.status == "retired":
        page = book.pages.get(page.replaced_by or "")
    return page if page is not None and page.status == "active" else None
