"""The office: keeps accepted work, has it answered at the desk, and remembers what came of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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
from bot.conversation import Thread
from bot.data_questions import DataQuestion
from bot.desk import Asker, Reply
from bot.digests.deadlines import Deadline
from bot.office.clerks import Clerks
from bot.office.digests import Digests
from bot.office.examiner import Examined, Examiner, Telling, ToRead
from bot.office.home import Home, OpenFinding, counting, open_findings, seen_at_home
from bot.office.masking import masked
from bot.office.memory import answers_from_text, answers_to_text, thread_at, thread_from_text, thread_to_text
from bot.office.preferences import HEADINGS, Name, Preferences
from bot.office.presence import Presence
from bot.office.roles import SERVE, Role
from bot.office.work import Asked, Opened, Place, Sent, Told, Work
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
    """Somebody who asks: their IANA time zone decides which day is today."""

    id: str
    zone: str | None = None


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
    ) -> None:
        self.role = role
        self._clerks = clerks
        self._store = store
        self._examiner = Examiner(limits or Limits())
        self._now = now
        self._keep_days = keep_days
        self._presence = Presence(store.claims, role.name)
        self._keeper = ThreadPoolExecutor(store.width, "store")
        self.digests = Digests(store, self._keep, lambda: self.book, self._uploads_of, now)

    @property
    def book(self) -> Rulebook:
        return self._clerks.book

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
        thread, preferences, kept = await self._keep(lambda: self._before(work))
        asker = self._asker(person, preferences)
        reply = await self._reply(work, asker, thread, kept)
        if reply.data is not None:
            answer = await self._from_uploads(work.place, reply.data, DataComposer(self.book, _spoken(reply), asker.today))
            reply = replace(reply, answers=(answer,)) if answer else reply
        if _is_silent(work, thread, reply):
            return None
        question = work.task.text if isinstance(work.task, Asked) else reply.thread.question
        return Given(secrets.token_urlsafe(9), reply.answers, work.place, work.person, question, reply.thread)

    def _before(self, work: Work) -> tuple[Thread, Preferences, Given | None]:
        place, task = work.place, work.task
        text = self._store.threads.load(place.team, place.channel, place.thread)
        thread = thread_from_text(text, self.book) if text else Thread()
        ref = task.answer if isinstance(task, (Told, Opened)) else ""
        return thread, self._preferences(place.team), self._load(place.team, ref) if ref else None

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
        memory, document = thread_to_text(given.thread), answers_to_text(given.answers)
        row = Row(given.id, place.team, place.channel, place.thread, given.person, given.question, document)

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

    async def given(self, team: str, ref: str) -> Given:
        """The message that gave the answer `ref`, with what was picked under it. Raises `Gone`."""
        return await self._keep(lambda: self._load(team, ref))

    def _load(self, team: str, ref: str) -> Given:
        row = self._store.answers.load(team, ref.partition(".")[0])
        if row is None:
            raise Gone
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
            self._load(place.team, task.answer)
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
        """Keeps what a person thinks of an answer."""
        await self._keep(lambda: self._store.answers.judge(team, ref, person, verdict, reason, comment))

    async def hand_over(self, team: str, ref: str, person: str, target: str) -> bool:
        """Notes that a question goes to a person; False where it went already."""
        return await self._keep(lambda: self._store.answers.hand_over(team, ref, person, target))

    async def take_back_hand_over(self, ref: str) -> None:
        """The person could not be told."""
        await self._keep(lambda: self._store.answers.take_back_hand_over(ref))

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
                self._earlier(place, frozenset(file.id for file in task.files)),
                self._store.threads.load(place.team, place.channel, place.thread),
            )
        )
        composer = DataComposer(self.book, language, self._asker(person, preferences).today)
        examined = await self._examiner.examine(
            files, earlier, composer, Telling(task.wanted or None, preferences.headings), progress
        )
        thread = replace(thread_from_text(text, self.book) if text else Thread(), language=language)
        names = ", ".join(file.name for file in files)
        return Given(secrets.token_urlsafe(9), (examined.answer,), place, work.person, names, thread, examined=examined)

    async def _from_uploads(self, place: Place, question: DataQuestion, composer: DataComposer) -> Answer | None:
        """The answer from the uploads of a channel; None where no suitable one is there."""
        earlier, before = await self._keep(
            lambda: (self._earlier(place), self._last_but_one(place) if question.compares else ())
        )
        return await self._examiner.answer(question, earlier, composer, before)

    def _last_but_one(self, place: Place) -> tuple[KeptUpload, ...]:
        """Of each kind of report the upload before the newest, with its rows."""
        seen: dict[str, list[Listed]] = {}
        for one in self._store.uploads.seen_from(place.team, place.channel):
            seen.setdefault(one.format, []).append(one)
        return self._with_rows(place.team, [same[1] for same in seen.values() if len(same) > 1])

    def _earlier(self, place: Place, without: frozenset[str] = frozenset()) -> tuple[KeptUpload, ...]:
        """Uploads that count in a channel, with their rows, the oldest first; those of some files left out."""
        listed = [one for one in self._store.uploads.seen_from(place.team, place.channel) if one.source not in without]
        return self._with_rows(place.team, listed)

    def _with_rows(self, team: str, listed: Sequence[Listed]) -> tuple[KeptUpload, ...]:
        """Those of the uploads (newest first) that count, with their rows, the oldest first."""
        kept = ((one, self._store.uploads.content(team, one.id)) for one in useful(listed, self.book))
        return tuple(KeptUpload(one, rows) for one, rows in kept if rows is not None)

    def _uploads_of(self, team: str, channel: str) -> tuple[KeptUpload, ...]:
        return self._earlier(Place(team, channel, ""))

    async def uploads(self, team: str, channel: str) -> tuple[Listed, ...]:
        """What may be used in a channel, the newest first."""
        return await self._keep(lambda: self._store.uploads.seen_from(team, channel))

    async def delete_upload(self, team: str, upload: str) -> None:
        await self._keep(lambda: self._store.uploads.delete(team, upload))

    async def share_upload(self, team: str, upload: str, shared: bool) -> None:
        """Shows an upload in all channels of the workspace, or in its own alone."""
        await self._keep(lambda: self._store.uploads.share(team, upload, shared))

    # ------------------------------------------------------------ the Home tab

    async def home(self, team: str, person: Person) -> Home:
        """What a person's Home tab shows, but for deadlines."""

        def read() -> Home:
            preferences = self._preferences(team)
            uploads = counting(self._at_home(team, person), self.book)
            recent = self._store.answers.recent(team, person.id, RECENT)
            today = self._asker(person, preferences).today
            return Home(preferences, uploads, open_findings(uploads, self.book), recent, today)

        home = await self._keep(read)
        return replace(home, digests=await self.digests.seen_by(team, person.id, ""))

    async def deadlines(self, team: str, person: Person) -> tuple[Deadline, ...]:
        """The next deadlines from the uploads that a person sees on their Home tab; worked out beside the event loop."""
        uploads, preferences = await self._keep(
            lambda: (self._with_rows(team, self._at_home(team, person)), self._preferences(team))
        )
        zone, today = _zone(person.zone or preferences.zone), self._asker(person, preferences).today
        return await self._examiner.deadlines(self.book, uploads, today, zone)

    async def finding(self, team: str, person: Person, check: str) -> OpenFinding | None:
        """What a check found that a person may see; None where that is nothing (any longer)."""
        home = await self.home(team, person)
        return next((one for one in home.findings if one.check.id == check), None)

    async def opened(self, page: str, team: str, person: Person, language: Language) -> Answer:
        """What a page says to a person today, outside of any conversation; nothing of it is kept."""
        asker = replace(self._asker(person, await self.preferences(team)), language=language)
        return (await self._clerks.open(page, asker, Thread())).answers[0]

    def _at_home(self, team: str, person: Person) -> tuple[Listed, ...]:
        return seen_at_home(self._store.uploads.seen_by(team, person.id), person.id)

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

    async def confirm_headings(self, team: str, headings: Mapping[str, str], person: str) -> None:
        """Remembers what headings of a workspace's own tables mean."""

        await self.settle(team, {(HEADINGS, heading): column for heading, column in headings.items()}, person)

    async def forget(self, team: str) -> None:
        """Deletes everything of a workspace."""
        await self._keep(lambda: self._store.forget_team(team))

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
