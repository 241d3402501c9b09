"""The office: keeps accepted work, has it answered at the desk, and remembers what came of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.answering.answer import Answer, Question
from bot.answering.compose import Composer
from bot.answering.data import DataComposer
from bot.answering.rulepage import RulePage, rule_page
from bot.answering.uploads import KeptUpload, useful
from bot.conversation import Thread, Turn
from bot.data_questions import DataQuestion
from bot.desk import Asker, Reply
from bot.digests.deadlines import Deadline
from bot.office.clerks import Clerks
from bot.office.digests import Admin, Digests
from bot.office.examiner import Examined, Examiner, Telling, ToRead
from bot.office.home import Home, OpenFinding, counting, open_findings
from bot.office.masking import masked
from bot.office.memory import (
    Turns,
    answers_from_text,
    answers_to_text,
    thread_at,
    thread_from_text,
    thread_to_text,
    turns_from_text,
)
from bot.office.preferences import HEADINGS, Name, Preferences, heading_of
from bot.office.presence import Presence
from bot.office.roles import SERVE, Role
from bot.office.turns import record_of, with_turn
from bot.office.watching import PolicyWatch
from bot.office.work import Asked, Opened, Place, Sent, Told, Work
from bot.replay import said_of
from bot.reports.report import Limits, Progress
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.rulebook.parsing import BadValue, parse_value
from bot.rulebook.values import Value
from bot.store import Store, StoreError, StoreLost
from bot.store.answers import Pick, Row
from bot.store.installs import Installs
from bot.store.uploads import Listed, Upload
from bot.store.work import Item
from bot.understanding.normalise import normalise
from bot.understanding.segments import is_asking

T = TypeVar("T")
_log = logging.getLogger("sellerbot")
RECENT = 5
"""So many of a person's last answers are shown on their Home tab."""


@dataclass(frozen=True)
class Person:
    """Somebody who asks: their IANA time zone decides which day is today.

    A `guest` sees nothing that was shared with the workspace, only what belongs to the channel in which they ask.
    """

    id: str
    zone: str | None = None
    guest: bool = False


@dataclass(frozen=True)
class Given:
    """The answers of one message, as they were or will be given; `id` is what its buttons refer to."""

    id: str
    answers: tuple[Answer, ...]
    place: Place
    person: str
    question: str
    thread: Thread = field(default_factory=Thread)
    picks: Mapping[int, tuple[Pick, ...]] | None = None
    examined: Examined | None = None
    """Reports that are kept together with the answer about them."""
    turns: Turns = None
    """What was said in the thread, the question included."""
    asked: str = ""
    """What it takes to ask again (JSON); empty where that cannot be done, or is not to be kept."""
    zone: str | None = None
    """IANA zone of whoever asked, where the answers are watched for changes of their rules; None: they are not."""

    def ref(self, number: int) -> str:
        """The id of one of the answers."""
        return f"{self.id}.{number}"


@dataclass(frozen=True)
class Pending:
    """Work to be done; `outbox` is its reply, which may have been sent, or empty. `deaths`: processes that died over it."""

    work: Work
    outbox: str
    deaths: int = 0


@dataclass(frozen=True)
class Taken:
    """What came of a pick: accepted, or made before by somebody, or its answer is gone."""

    work: Work | None
    before: tuple[Pick, ...] = ()


class Gone(Exception):
    """The answer that a button refers to is no longer kept."""


class TakenOver(Exception):
    """The others gave this process up and took its work over: it must not send anything for it any longer."""


PATIENCE_SECONDS = 30.0
"""How long work under way waits for a database that does not answer."""
ACCEPT_PATIENCE_SECONDS = 2.0
"""Slack waits three seconds, and comes again if nothing was accepted."""
_PAUSE_SECONDS = 0.2


class Office:
    """All methods may be called from the event loop; the store is used from threads of its own."""

    def __init__(
        self,
        clerks: Clerks,
        store: Store,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keep_days: int = 30,
        limits: Limits | None = None,
        role: Role = SERVE,
        grace_days: int = 7,
    ) -> None:
        """`keep_days` and `grace_days` are those of `Settings`."""
        self.role = role
        self._clerks = clerks
        self._store = store
        self._examiner = Examiner(limits or Limits())
        self._now = now
        self._keep_days = keep_days
        self._grace_days = grace_days
        self._presence = Presence(store.claims, role.name)
        self._keeper = ThreadPoolExecutor(store.width, "store")
        self.digests = Digests(store, self._keep, lambda: self.book, self._uploads_of, clerks.gaps, now)
        self.watch = PolicyWatch(store, self._keep, lambda: self.book, now)

    @property
    def book(self) -> Rulebook:
        return self._clerks.book

    async def refresh(self) -> None:
        """Takes changed content into use, which who answers questions does anyway."""
        await self._clerks.refresh()

    def close(self) -> None:
        self._clerks.close()
        self._examiner.close()
        self.digests.close()
        self._keeper.shutdown(wait=True)
        self._store.close()

    async def _keep(self, action: Callable[[], T], patience: float = PATIENCE_SECONDS) -> T:
        """Does something with the store; again after a while if the database is away. Actions may be repeated."""
        deadline = time.monotonic() + patience
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._keeper, action)
            except StoreLost as error:
                if time.monotonic() > deadline:
                    raise
                _log.warning("the database does not answer: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)

    # ------------------------------------------------------------ among others

    async def join(self) -> None:
        """Enters this process among those that share the store. What ones that died here held becomes free."""
        await self._keep(self._presence.join)

    async def beat(self) -> bool:
        """Shows that this process lives; False where the others gave it up. To be called every `BEAT_SECONDS`."""
        return await self._keep(self._presence.beat, patience=0)

    async def leave(self) -> None:
        """This process ends; what it did not finish is for the others."""
        await self._keep(self._presence.leave, patience=0)

    async def was_rung(self) -> bool:
        """Whether another process may have left something to do. Quick: for asking often."""
        return await self._keep(self._store.db.was_rung, patience=0)

    @property
    def is_sure(self) -> bool:
        """Whether nobody can have taken over yet what this process is about to send."""
        return self._presence.is_sure

    # ------------------------------------------------------------ work

    async def accept(self, work: Work, event_id: str | None = None) -> bool:
        """Keeps work so that it will be answered whatever happens; False where it was accepted before."""
        return await self._keep(lambda: self._accept(work, event_id), patience=ACCEPT_PATIENCE_SECONDS)

    def _accept(self, work: Work, event_id: str | None = None) -> bool:
        place, slow = work.place, isinstance(work.task, Sent)
        return self._store.work.accept(place.team, place.channel, work.key, work.to_json(), event_id, place.thread, slow)

    async def pending(self, limit: int = 100) -> tuple[Pending, ...]:
        """What waits for somebody to do it, the oldest first, one of each thread, as far as it is for this role."""
        name, slow = self._presence.name, self.role.reads
        items = await self._keep(lambda: self._store.work.waiting(name, limit, slow))
        return tuple(_pending(item) for item in items)

    async def begin(self, work: Work) -> Pending | None:
        """Claims work for this process; None where it is done, or not its turn, or another process has it."""
        place = work.place

        def begin() -> Pending | None:
            with self._store.together():
                if not self._store.work.is_next(place.team, place.channel, work.key):
                    return None
                if not self._store.claims.take(place.team, place.channel, place.thread, self._presence.name):
                    return None
                # Looked at again with the claim in hand: whoever had it may have finished in between.
                item = self._store.work.find(place.team, place.channel, work.key)
                return _pending(item) if item and item.state in ("accepted", "posting") else None

        return await self._keep(begin)

    async def still_has(self, work: Work) -> bool:
        """Whether this process still holds what it began."""
        place = work.place
        return await self._keep(
            lambda: self._store.claims.holds(place.team, place.channel, place.thread, self._presence.name)
        )

    async def let_go(self, work: Work) -> bool:
        """Ends what `begin` began, done or not; whether there is more to do in the thread."""
        place = work.place
        return await self._keep(
            lambda: self._store.claims.free(place.team, place.channel, place.thread, self._presence.name)
        )

    async def takes_part(self, place: Place) -> bool:
        """Whether the bot has answered in this thread."""
        return await self._keep(lambda: self._store.threads.load(place.team, place.channel, place.thread)) is not None

    async def answer(self, work: Work, person: Person) -> Given | None:
        """The answers to `work`, not kept yet; None where nothing should be said. Raises `Gone`."""
        thread, turns, preferences, kept = await self._keep(lambda: self._before(work))
        asker = self._asker(person, preferences)
        reply = await self._reply(work, asker, thread, kept)
        pressed = kept.answers[number_of(work.task.answer)] if kept and isinstance(work.task, Told) else None
        turns = with_turn(turns, work, thread, pressed) if preferences.keep_questions else None
        if reply.data is not None:
            answer = await self._from_uploads(
                work.place, person, reply.data, DataComposer(self.book, _spoken(reply), asker.today)
            )
            # What may have been asked for a rule gets both.
            rules = tuple(one for one in reply.answers if one.kind != "data") if reply.data.doubtful else ()
            reply = replace(reply, answers=(answer, *rules)) if answer else reply
        if _is_silent(work, thread, reply):
            return None
        question = work.task.text if isinstance(work.task, Asked) else reply.thread.question
        # What is said about uploads cannot be asked again without them.
        asked = await self._record(turns, question, asker, reply) if turns and reply.data is None else ""
        made = Given(secrets.token_urlsafe(9), reply.answers, work.place, work.person, question, reply.thread)
        # Of an answer that only its asker sees there is no thread in which they could be told.
        watched = preferences.policy_watch and not work.reply_to
        zone = _zone(person.zone or preferences.zone).key if watched else None
        return replace(made, turns=turns, asked=asked, zone=zone)

    async def _record(self, turns: tuple[Turn, ...], question: str, asker: Asker, reply: Reply) -> str:
        """What it takes to ask again: the last turn, and the earlier ones where it is answered otherwise without them.

        Empty where it is answered otherwise without what was taken out of it.
        """
        last = turns[-1]
        if isinstance(last, str) and (len(turns) > 1 or last != question):
            alone = await self._clerks.ask(last, asker, Thread())
            if said_of(alone.answers) == said_of(reply.answers):
                turns = (last,)
            elif len(turns) == 1:
                return ""
        return record_of(turns, asker, reply.answers)

    def _before(self, work: Work) -> tuple[Thread, Turns, Preferences, Given | None]:
        place, task = work.place, work.task
        text = self._store.threads.load(place.team, place.channel, place.thread)
        thread = thread_from_text(text, self.book) if text else Thread()
        ref = task.answer if isinstance(task, (Told, Opened)) else ""
        turns = turns_from_text(text) if text else ()
        return thread, turns, self._preferences(place.team), self._load(place, ref) if ref else None

    async def _reply(self, work: Work, asker: Asker, thread: Thread, kept: Given | None) -> Reply:
        task = work.task
        if isinstance(task, Asked):
            return await self._clerks.ask(task.text, asker, thread)
        if isinstance(task, Opened):
            language = kept.answers[0].language if kept else asker.language
            return await self._clerks.open(task.page, asker, replace(thread, language=language or thread.language))
        if kept is None or not isinstance(task, Told):
            raise Gone
        answer = kept.answers[number_of(task.answer)]
        if answer.page not in self.book.pages:
            raise Gone
        base = thread if thread.question else replace(thread, question=kept.question)
        return await self._clerks.tell(self.values(task.values), asker, thread_at(answer, base, self.book))

    def values(self, texts: Mapping[str, str]) -> dict[str, Value]:
        """Written values of facts as what they mean; raises `BadValue`."""
        unknown = next((name for name in texts if name not in self.book.facts), None)
        if unknown is not None:
            raise BadValue(f"{unknown}: no such fact any longer")
        return {name: parse_value(self.book.facts[name], text, self.book) for name, text in texts.items()}

    def _asker(self, person: Person, preferences: Preferences) -> Asker:
        today = self._now().astimezone(_zone(person.zone or preferences.zone)).date()
        return Asker(today, preferences.language(person.id), None, preferences.facts(person.id, self.book))

    # ------------------------------------------------------------ what came of it

    async def posting(self, work: Work, given: Given, outbox: str) -> None:
        """Keeps the answers, the thread, reports and the reply to be sent, all at once, just before it is sent.

        Raises `TakenOver`.
        """
        place, key = work.place, work.key
        memory, document = thread_to_text(given.thread, given.turns), answers_to_text(given.answers)
        row = Row(given.id, place.team, place.channel, place.thread, given.person, given.question, document, given.asked)

        def keep() -> None:
            with self._store.together():
                if not self._store.claims.holds(place.team, place.channel, place.thread, self._presence.name):
                    raise TakenOver
                self._store.threads.save(place.team, place.channel, place.thread, memory)
                self._store.answers.save(row)
                for number, answer in enumerate(given.answers):
                    if answer.kind == "unknown" and isinstance(work.task, Asked):
                        nearest = answer.suggestions[0].page if answer.suggestions else ""
                        question = masked(work.task.text)
                        if self._preferences(place.team).keep_questions:
                            self._store.answers.gap(place.team, given.ref(number), question, answer.language, nearest)
                if given.zone is not None:
                    self.watch.keep(work, {given.ref(number): one for number, one in enumerate(given.answers)}, given.zone)
                if given.examined:
                    self._store.uploads.save(_uploads(work, given.examined))
                self._store.work.posting(place.team, place.channel, key, outbox)

        await self._keep(keep)

    async def done(self, work: Work, reply: str = "") -> None:
        """Finished; `reply` is the id of the message that answers, if there is one."""
        place = work.place
        await self._keep(lambda: self._store.work.done(place.team, place.channel, work.key, reply))

    async def failed(self, work: Work, reason: str) -> None:
        """Given up: trying again would not help."""
        place = work.place
        await self._keep(lambda: self._store.work.failed(place.team, place.channel, work.key, reason))

    async def tell_once(self, team: str, key: str) -> bool:
        """True the first time that this key comes up in a workspace."""
        return await self._keep(lambda: self._store.preferences.tell_once(team, key))

    # ------------------------------------------------------------ under an answer

    async def given(self, team: str, channel: str, ref: str) -> Given:
        """The message that gave the answer `ref` in a channel, with what was picked under it.

        Raises `Gone`, also where it was given in another channel: what was said there stays there.
        """
        return await self._keep(lambda: self._load(Place(team, channel, ""), ref))

    async def given_to(self, team: str, person: str, ref: str) -> Given:
        """The message that gave a person their answer `ref`, in whatever channel. Raises `Gone`, also for another's."""

        def load() -> Given:
            row = self._store.answers.load(team, ref.partition(".")[0])
            if row is None or row.person != person:
                raise Gone
            return self._given(row, ref)

        return await self._keep(load)

    async def share(self, given: Given) -> Given:
        """A private answer as one for its whole channel, of its own from here on; the private one stays private."""
        shared = replace(given, id=secrets.token_urlsafe(9), place=replace(given.place, thread=""), picks=None)
        document = answers_to_text(shared.answers)
        row = Row(shared.id, given.place.team, given.place.channel, "", given.person, given.question, document)
        await self._keep(lambda: self._store.answers.save(row))
        return shared

    def _load(self, seen_from: Place, ref: str) -> Given:
        row = self._store.answers.load(seen_from.team, ref.partition(".")[0])
        if row is None or row.channel != seen_from.channel:
            raise Gone
        return self._given(row, ref)

    def _given(self, row: Row, ref: str) -> Given:
        answers = answers_from_text(row.document)
        if not 0 <= number_of(ref) < len(answers):
            raise Gone
        place = Place(row.team, row.channel, row.thread)
        given = Given(row.id, answers, place, row.person, row.question)
        picks = {number: self._store.answers.picks(given.ref(number)) for number in range(len(answers))}
        return replace(given, picks=picks)

    async def pick(self, work: Work) -> Taken:
        """Accepts facts that were picked under an answer, unless somebody picked before. Raises `BadValue`, `Gone`."""
        task = work.task
        if not isinstance(task, Told):
            raise TypeError("only facts are picked")
        self.values(task.values)
        place = work.place

        def keep() -> Taken:
            self._load(place, task.answer)
            with self._store.together():
                before = self._store.answers.pick(place.team, task.answer, task.values, work.person)
                if before:
                    return Taken(None, before)
                fresh = self._accept(work)
                return Taken(work if fresh else None)

        return await self._keep(keep)

    def questions(self, facts: tuple[str, ...], language: Language) -> tuple[Question, ...]:
        """How to ask for each of these facts; those that the rulebook no longer knows are left out."""
        composer = Composer(self.book, language, self._now().date())
        return tuple(composer.question(fact) for fact in facts if fact in self.book.facts)

    def rule(self, answer: Answer) -> RulePage | None:
        """The page that decided an answer, with the case that applied; None where there is none any longer."""
        page = self.book.pages.get(answer.page or "")
        return rule_page(page, answer, self.book, self._now().date()) if page else None

    async def judge(self, team: str, ref: str, person: str, verdict: str, reason: str = "", comment: str = "") -> None:
        """Keeps what a person thinks of an answer; `comment` without what could name a buyer."""
        await self._keep(lambda: self._store.answers.judge(team, ref, person, verdict, reason, masked(comment)))

    async def hand_over(self, team: str, ref: str, person: str, target: str) -> bool:
        """Notes that a question goes to a person; False where it went already."""
        return await self._keep(lambda: self._store.answers.hand_over(team, ref, person, target))

    async def take_back_hand_over(self, team: str, ref: str) -> None:
        """The person could not be told."""
        await self._keep(lambda: self._store.answers.take_back_hand_over(team, ref))

    # ------------------------------------------------------------ reports

    @property
    def largest_file(self) -> int:
        """Bytes of the largest file that is taken."""
        return self._examiner.limits.size

    @property
    def keep_days(self) -> int:
        """Days after which uploads and conversations are deleted where a workspace has not set its own number."""
        return self._keep_days

    async def examine(
        self, work: Work, files: Sequence[ToRead], person: Person, language: Language, progress: Progress
    ) -> Given:
        """Reads and checks files that were sent. Nothing is kept before `posting`."""
        place, task = work.place, work.task
        if not isinstance(task, Sent):
            raise TypeError("only files are examined")
        preferences, earlier, text = await self._keep(
            lambda: (
                self._preferences(place.team),
                self._earlier(place, person.guest, frozenset(file.id for file in task.files)),
                self._store.threads.load(place.team, place.channel, place.thread),
            )
        )
        composer = DataComposer(self.book, language, self._asker(person, preferences).today)
        examined = await self._examiner.examine(
            files, earlier, composer, Telling(task.wanted or None, preferences.headings), progress
        )
        thread = replace(thread_from_text(text, self.book) if text else Thread(), language=language)
        turns = turns_from_text(text) if text else ()
        names = ", ".join(file.name for file in files)
        given = Given(secrets.token_urlsafe(9), (examined.answer,), place, work.person, names, thread)
        return replace(given, examined=examined, turns=turns)

    async def _from_uploads(
        self, place: Place, person: Person, question: DataQuestion, composer: DataComposer
    ) -> Answer | None:
        """The answer from the uploads of a channel; None where no suitable one is there."""

        def read() -> tuple[tuple[KeptUpload, ...], tuple[KeptUpload, ...]]:
            before = self._last_but_one(place, person.guest) if question.compares else ()
            return self._earlier(place, person.guest), before

        earlier, before = await self._keep(read)
        return await self._examiner.answer(question, earlier, composer, before)

    def _last_but_one(self, place: Place, guest: bool) -> tuple[KeptUpload, ...]:
        """Of each kind of report the upload before the newest, with its rows."""
        seen: dict[str, list[Listed]] = {}
        for one in self._seen_from(place.team, place.channel, guest):
            seen.setdefault(one.format, []).append(one)
        return self._with_rows(place.team, [same[1] for same in seen.values() if len(same) > 1])

    def _earlier(self, place: Place, guest: bool, without: frozenset[str] = frozenset()) -> tuple[KeptUpload, ...]:
        """Uploads that count in a channel, with their rows, the oldest first; those of some files left out."""
        listed = [one for one in self._seen_from(place.team, place.channel, guest) if one.source not in without]
        return self._with_rows(place.team, listed)

    def _seen_from(self, team: str, channel: str, guest: bool) -> tuple[Listed, ...]:
        seen = self._store.uploads.seen_from(team, channel)
        return tuple(one for one in seen if one.channel == channel) if guest else seen

    def _with_rows(self, team: str, listed: Sequence[Listed]) -> tuple[KeptUpload, ...]:
        """Those of the uploads (newest first) that count, with their rows, the oldest first."""
        kept = ((one, self._store.uploads.content(team, one.id)) for one in useful(listed, self.book))
        return tuple(KeptUpload(one, rows) for one, rows in kept if rows is not None)

    def _uploads_of(self, team: str, channel: str, guest: bool) -> tuple[KeptUpload, ...]:
        return self._earlier(Place(team, channel, ""), guest)

    async def uploads(self, team: str, channel: str, guest: bool = False) -> tuple[Listed, ...]:
        """What somebody may use in a channel, the newest first."""
        return await self._keep(lambda: self._seen_from(team, channel, guest))

    async def delete_upload(self, team: str, upload: str) -> None:
        await self._keep(lambda: self._store.uploads.delete(team, upload))

    async def share_upload(self, team: str, upload: str, shared: bool) -> None:
        """Shows an upload in all channels of the workspace, or in its own alone."""
        await self._keep(lambda: self._store.uploads.share(team, upload, shared))

    # ------------------------------------------------------------ the Home tab

    async def channels_with_uploads(self, team: str) -> frozenset[str]:
        """The channels, direct messages left out, whose uploads are seen by their members alone."""
        found = await self._keep(lambda: self._store.uploads.channels(team))
        return frozenset(channel for channel in found if not channel.startswith("D"))

    async def home(self, team: str, person: Person, channels: Collection[str]) -> Home:
        """What a person's Home tab shows, but for deadlines; `channels` are those that they are in."""

        def read() -> Home:
            preferences = self._preferences(team)
            uploads = counting(self._at_home(team, person, channels), self.book)
            recent = self._store.answers.recent(team, person.id, RECENT)
            today = self._asker(person, preferences).today
            return Home(preferences, uploads, open_findings(uploads, self.book), recent, today)

        home = await self._keep(read)
        return replace(home, digests=await self.digests.seen_by(team, person.id, ""))

    async def deadlines(self, team: str, person: Person, channels: Collection[str]) -> tuple[Deadline, ...]:
        """The next deadlines from the uploads that a person sees on their Home tab; worked out beside the event loop."""

        def read() -> tuple[tuple[tuple[KeptUpload, ...], ...], Preferences]:
            listed = self._at_home(team, person, channels)
            places = dict.fromkeys(one.channel for one in listed)
            # Each channel by itself: reports of one are not checked beside those of another, which may be another shop's.
            groups = (self._with_rows(team, [one for one in listed if one.channel == place]) for place in places)
            return tuple(groups), self._preferences(team)

        groups, preferences = await self._keep(read)
        zone, today = _zone(person.zone or preferences.zone), self._asker(person, preferences).today
        return await self._examiner.deadlines(self.book, groups, today, zone)

    async def finding(self, team: str, person: Person, channels: Collection[str], check: str) -> OpenFinding | None:
        """What a check found that a person may see; None where that is nothing (any longer)."""
        home = await self.home(team, person, channels)
        return next((one for one in home.findings if one.check.id == check), None)

    async def opened(self, page: str, team: str, person: Person, language: Language) -> Answer:
        """What a page says to a person today, outside of any conversation; nothing of it is kept."""
        asker = replace(self._asker(person, await self.preferences(team)), language=language)
        return (await self._clerks.open(page, asker, Thread())).answers[0]

    def _at_home(self, team: str, person: Person, channels: Collection[str]) -> tuple[Listed, ...]:
        """What a person sees wherever it is; a guest sees nothing that is merely shared with the workspace."""
        seen = self._store.uploads.seen_by(team, person.id, channels)
        if not person.guest:
            return seen
        own = {one.id for one in seen if one.person == person.id and one.channel.startswith("D")}
        return tuple(one for one in seen if one.channel in channels or one.id in own)

    # ------------------------------------------------------------ workspaces

    async def preferences(self, team: str) -> Preferences:
        return await self._keep(lambda: self._preferences(team))

    def _preferences(self, team: str) -> Preferences:
        return Preferences(self._store.preferences.everything(team))

    async def prefer(self, team: str, scope: str, name: Name, value: str, person: str) -> None:
        """Keeps a setting of a workspace (scope ''), a channel or a person; an empty value takes it back."""
        await self._keep(lambda: self._store.preferences.set(team, scope, name, value, person))

    async def settle(self, team: str, values: Mapping[tuple[str, str], str], person: str) -> None:
        """Keeps several settings at once, (scope, name) -> value; an empty value takes one back."""
        await self._keep(lambda: self._store.preferences.set_all(team, values, person))

    async def settle_workspace(self, team: str, values: Mapping[tuple[str, str], str], who: Admin) -> None:
        """Keeps a workspace's settings from its form, and what follows from them, all or nothing."""

        def keep() -> None:
            with self._store.together():
                self._store.preferences.set_all(team, values, who.id)
                self.digests.arrange(team, self._preferences(team), who)

        await self._keep(keep)

    async def confirm_headings(self, team: str, layout: str, headings: Mapping[str, str], person: str) -> None:
        """Remembers what headings of a workspace's tables of one format mean: heading -> column, or `LEFT_OUT`."""
        await self.settle(team, {(HEADINGS, heading_of(layout, head)): column for head, column in headings.items()}, person)

    async def let_go_of(self, team: str) -> None:
        """A workspace removed the bot: its tokens go now, everything else once its days of grace are over."""

        def keep() -> None:
            if self._grace_days:
                self._store.let_go(team)
            else:
                self._store.forget_team(team)

        await self._keep(keep)

    async def welcome(self, team: str, lost: frozenset[str]) -> bool:
        """A workspace has the bot; whether it had left and finds again what was kept of it.

        Its digests go on, also those that were paused for a reason among `lost`, which tell that it had left.
        """

        def keep() -> bool:
            with self._store.together():
                is_back = self._store.departures.take_back(team)
                if is_back:
                    self.digests.go_on(team, lost)
                return is_back

        return await self._keep(keep)

    async def forget_departed(self) -> tuple[str, ...]:
        """Deletes everything of workspaces whose days of grace are over; which they were."""
        return await self._keep(lambda: self._store.forget_departed(self._grace_days))

    async def tidy(self) -> None:
        """Deletes conversations that are older than they may get."""
        await self._keep(lambda: self._store.forget_older_than(self._keep_days))

    async def is_sound(self) -> bool:
        """Whether the store can be read."""
        try:
            return await self._keep(self._store.is_sound, patience=0)
        except StoreError:
            return False

    async def installs(self, action: Callable[[Installs], T]) -> T:
        """Does something with the tokens of workspaces, away from the event loop."""
        return await self._keep(lambda: action(self._store.installs))

    @asynccontextmanager
    async def alone(self, team: str, what: str) -> AsyncIterator[bool]:
        """Whether this process is the only one that does something for a workspace now."""
        name = self._presence.name
        mine = await self._keep(lambda: self._store.claims.take(team, "", what, name))
        try:
            yield mine
        finally:
            if mine:
                await self._keep(lambda: self._store.claims.free(team, "", what, name))


def _pending(item: Item) -> Pending:
    return Pending(Work.from_json(item.task), item.outbox, item.deaths)


def _uploads(work: Work, examined: Examined) -> tuple[Upload, ...]:
    place = work.place
    return tuple(
        Upload(
            secrets.token_urlsafe(9),
            place.team,
            place.channel,
            work.person,
            one.source,
            one.format,
            one.description,
            one.rows,
            one.cases,
        )
        for one in examined.uploads
    )


def _spoken(reply: Reply) -> Language:
    return reply.answers[0].language


def number_of(ref: str) -> int:
    """Which answer of its message a reference means; -1 where it is none."""
    number = ref.partition(".")[2]
    return int(number) if number.isdecimal() and len(number) < 3 else -1


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _is_silent(work: Work, thread: Thread, reply: Reply) -> bool:
    """Whether a message that was not put to the bot is better left alone."""
    task = work.task
    if not isinstance(task, Asked) or task.manner == "always":
        return False
    first = reply.answers[0]
    if first.kind == "unknown":
        return True
    if is_asking(normalise(task.text)):
        return False
    # Not a question: in a thread it may still be the reply to one, which then leads further.
    asks_again = first.kind == "ask" and first.asks[0].fact == thread.asked
    return task.manner == "if_sure" or thread.asked is None or asks_again
