"""The front desk: a message and what its thread remembers -> answers and what the thread remembers now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from bot.answering.answer import Answer, OwnCase, Pointer
from bot.answering.calendar import CalendarComposer
from bot.answering.compose import Composer
from bot.answering.data import DataComposer
from bot.answering.pages import answer_page
from bot.answering.phrases import phrase
from bot.calendar_questions import CalendarQuestion, calendar_question
from bot.conversation import Thread, remembered, replaced, reply_to, stated, unclaimed
from bot.data_questions import DataQuestion, data_question
from bot.deciding.deadlines import BadDeadline
from bot.deciding.decide import Ask, Facts, Known, NoVersion, Outcome, decide
from bot.deciding.formulas import BadFormula
from bot.library import Library
from bot.rulebook.book import Rulebook, facts_of, version_on
from bot.rulebook.models import AnyPage, DecisionPage, Language, ReferencePage, Statement
from bot.rulebook.parsing import parse_value
from bot.rulebook.values import Period, Value
from bot.understanding.index import Index
from bot.understanding.language import detect
from bot.understanding.lexical import Floats
from bot.understanding.normalise import has_words, normalise
from bot.understanding.read import read_message
from bot.understanding.reading import Message, Reading
from bot.understanding.segments import is_asking, is_own_case, is_what_if, leads_on, says_only

MAX_LENGTH = 4_000
ALSO_SHARE = 0.05
"""A second page is named beside the answer if it is at least this probable."""
SUGGESTIONS = 3
CLEARLY_ELSEWHERE = 0.9
"""Confidence from which a question that also states facts of the page in hand is taken as a new one."""
CLEARLY_A_RULE = 0.9
"""Confidence from which a question that hardly asks for data is answered with the rule first."""
_URL_ONLY = re.compile(r"^\s*<?\s*(?:https?://|www\.)\S+\s*>?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Asker:
    """Who asks: their day, and what holds for all their questions."""

    today: date
    language: Language | None = None
    """Language to answer in; None: the question's."""
    as_of: date | None = None
    """Day whose rules are wanted; None: the one that the question names, or today."""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One or more answers, and the thread's new memory.

    `data` is what was asked of uploaded reports. The desk has none: its answer is which report to upload, and the rule
    beside it where there is one.
    """

    answers: tuple[Answer, ...]
    thread: Thread
    data: DataQuestion | None = None


class Desk:
    """Answers questions from the current content. Holds no conversation: threads come in and go out."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def ask(self, text: str, asker: Asker, thread: Thread | None = None) -> Reply:
        """Answers `text`. Never raises for what a user wrote."""
        return _Session(self._library.current(), asker, thread or Thread()).answer(text)

    def tell(self, values: Mapping[str, Value], asker: Asker, thread: Thread) -> Reply:
        """Goes on with the thread's page with facts that were picked instead of written (a button, a number)."""
        return _Session(self._library.current(), asker, thread).told(values)

    def open(self, page_id: str, asker: Asker, thread: Thread) -> Reply:
        """Answers with a page that was picked from several offered ones."""
        return _Session(self._library.current(), asker, thread).opened(page_id)

    def read(self, text: str, asker: Asker) -> Message:
        """How `text` is understood, for `explain`."""
        return read_message(text, self._library.current(), asker.today)

    def decide(self, page_id: str, facts: Facts, day: date) -> Outcome | Ask | NoVersion:
        """The outcome of a decision page, for `explain` and tests."""
        book = self._library.current().book
        page = book.pages[page_id]
        if not isinstance(page, DecisionPage):
            raise ValueError(f"{page_id} is no decision")
        return decide(page, facts, day, book)

    def sentences(self, texts: Sequence[str]) -> Floats | None:
        """A vector of length 1 for each normalised text, the closer the more alike; None without the encoder."""
        encoder = self._library.current().encoder
        if encoder is None:
            return None
        vectors: Floats = encoder.encode(texts)
        scaled: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled

    @property
    def book(self) -> Rulebook:
        return self._library.current().book


@dataclass(frozen=True)
class _Session:
    """One message at the desk."""

    index: Index
    asker: Asker
    thread: Thread

    @property
    def book(self) -> Rulebook:
        return self.index.book

    def answer(self, text: str) -> Reply:
        refusal = self._refusal(text)
        if refusal is not None:
            return Reply((refusal,), self.thread)
        message = read_message(text, self.index, self.asker.today, self._domain(), self.thread.question)
        changes = calendar_question(message.whole, self.book, self.asker.today)
        if changes is not None:
            return self._calendar(changes, message.whole, text)
        whole = message.whole
        about = data_question(text, whole.ranking.best, self.book, self.asker.today, whole.text)
        if about is not None and not self._goes_on(about, whole):
            return self._data(about, message, text)
        unclear = self.thread.unclear | message.whole.unclear
        return replace(self, thread=replace(self.thread, unclear=unclear))._understood(message, text)

    def _data(self, about: DataQuestion, message: Message, text: str) -> Reply:
        language = self._language(message.whole)
        missing = DataComposer(self.book, language, self.asker.today).missing(about.tests)
        about = replace(about, doubtful=about.doubtful or self._states(message.whole, message.whole.ranking.best))
        if about.doubtful and message.whole.ranking.confidence >= CLEARLY_A_RULE:
            reply = self._understood(message, text)
            return replace(reply, answers=(*reply.answers, missing), data=about)
        thread = replace(self.thread, language=language, question=text, asked=None)
        return Reply((missing, *self._rule_beside(about, message, text)), thread, about)

    def _goes_on(self, about: DataQuestion, reading: Reading) -> bool:
        """Whether a message in a talk about a rule tells more of the case rather than asks for data."""
        return self.thread.page is not None and (about.doubtful or self._states(reading, self.thread.page))

    def _states(self, reading: Reading, page_id: str | None) -> bool:
        """Whether a message states a date or a figure of a case that a page decides."""
        page = self.book.pages.get(page_id or "")
        return page is not None and any(fact.entity and fact.fact in facts_of(page) for fact in reading.facts)

    def _rule_beside(self, about: DataQuestion, message: Message, text: str) -> tuple[Answer, ...]:
        """The rule, where a question about data asks for one, too."""
        if message.whole.ranking.sureness != "sure" or not about.also_rule:
            return ()
        rule = self._fresh(message.whole, text).answers[0]
        return () if rule.kind in ("ask", "unknown") else (rule,)

    def _calendar(self, changes: CalendarQuestion, reading: Reading, text: str) -> Reply:
        language = self._language(reading)
        answer = CalendarComposer(self.book, language, self.asker.today).answer(changes.period, changes.domains)
        return Reply((answer,), replace(self.thread, language=language, question=text, asked=None))

    def _understood(self, message: Message, text: str) -> Reply:
        followed = self._follow_up(message.whole)
        if followed is not None:
            return followed
        found = [self._fresh(reading, text) for reading in message.questions]
        replies = list({reply.answers[0].verdict: reply for reply in found}.values())
        if len(replies) == 1:
            return replies[0]
        answered = [reply for reply in replies if reply.answers[0].kind != "unknown"] or replies[:1]
        # The thread goes on with the question that is still open, or else with the first.
        leading = next((reply for reply in answered if reply.answers[0].kind == "ask"), answered[0])
        return Reply(tuple(reply.answers[0] for reply in answered), leading.thread)

    def told(self, values: Mapping[str, Value]) -> Reply:
        page = self.book.pages[self.thread.page or ""]
        told = {name: Known(value, "said") for name, value in values.items()}
        facts = {**remembered(self.thread.facts), **self.thread.given, **told}
        return self._page(page, facts, self._spoken(), 1.0, (), self.thread.question)

    def opened(self, page_id: str) -> Reply:
        page = self.book.pages[page_id]
        return self._page(page, remembered(self.thread.facts), self._spoken(), 1.0, (), self.thread.question)

    def _spoken(self) -> Language:
        return self.asker.language or self.thread.language or "en"

    # ------------------------------------------------------------ bad input

    def _refusal(self, text: str) -> Answer | None:
        language = self.asker.language or self.thread.language or detect(normalise(text[:500])).answer
        composer = self._composer(language)
        if len(text) > MAX_LENGTH:
            return composer.unknown(phrase("too_long", language, length=f"{len(text):,}", limit=f"{MAX_LENGTH:,}"))
        if _URL_ONLY.match(text):
            return composer.unknown(phrase("url_only", language))
        if not has_words(normalise(text)):
            return composer.unknown(phrase("empty", language))
        return None

    # ------------------------------------------------------------ going on with a thread

    def _follow_up(self, reading: Reading) -> Reply | None:
        """The page in hand with new facts, where the message goes on with it; None where it asks something new."""
        page = self.book.pages.get(self.thread.page or "")
        if page is None or page.status != "active":
            return None
        reply = reply_to(self.thread, reading, self.book)
        new = {**self._stated(reading, page), **reply}
        if not reply and is_what_if(reading.text):
            new = replaced(self.thread, reading, page, self.book) or new
        ranking, goes_on = reading.ranking, leads_on(reading.text)
        elsewhere = ranking.sureness == "sure" and ranking.best != page.id
        if reply and (goes_on or not elsewhere):
            return self._go_on(page, {**self.thread.given, **new}, reading)
        if not isinstance(page, ReferencePage) and any(name in facts_of(page) for name in new):
            clearly_elsewhere = (
                elsewhere
                and ranking.confidence > CLEARLY_ELSEWHERE
                and is_asking(reading.text)
                and not is_what_if(reading.text)
            )
            if not elsewhere or (goes_on and not clearly_elsewhere):
                return self._go_on(page, new, reading)
        if isinstance(page, ReferencePage) and goes_on and not elsewhere:
            if not is_asking(reading.text):
                return self._related(page, reading)
            if says_only(reading.text, [fact.words for fact in reading.facts if fact.firm]):
                related = self._related(page, reading)
                return related if related and related.answers[0].kind != "ask" else None
        return None

    def _related(self, page: ReferencePage, reading: Reading) -> Reply | None:
        """The decision related to the page in hand that a stated fact is for; None where there is none."""
        firm = {fact.fact for fact in reading.facts if fact.firm}
        for name in page.related:
            related = self.book.pages.get(name)
            if isinstance(related, DecisionPage) and firm & {fact for v in related.versions for fact in v.ask}:
                return self._go_on(related, self._stated(reading, related), reading)
        return None

    def _go_on(self, page: AnyPage, new: Facts, reading: Reading) -> Reply:
        facts = {**remembered(self.thread.facts), **new}
        return self._page(page, facts, self._language(reading), reading.ranking.confidence, (), self.thread.question)

    def _stays_near(self, reading: Reading) -> bool:
        """Whether a message that goes on with the thread is near to a page of the thread's own domain."""
        ranking = reading.ranking
        same = bool(ranking.best) and str(ranking.best).split(".")[0] == self._domain()
        return same and ranking.sureness == "near" and leads_on(reading.text)

    def _stated(self, reading: Reading, page: AnyPage) -> dict[str, Known]:
        """The facts that a reading states for `page`. Where several of its dates are open, a single date that no fact took
        is the one that the page would ask for."""
        said = stated(reading, page, self.book)
        loose = [entity.value for entity in unclaimed(reading, page, self.book) if entity.kind == "date"]
        if not isinstance(page, DecisionPage) or page.dated_by or len(loose) != 1:
            return said
        known = {**self.asker.facts, **remembered(self.thread.facts), **said}
        try:
            wanted = decide(page, known, self.asker.today, self.book, self.thread.unclear - known.keys())
        except (BadFormula, BadDeadline):
            return said
        if isinstance(wanted, Ask) and self.book.facts[wanted.fact].type == "date" and wanted.fact not in reading.unclear:
            said[wanted.fact] = Known(loose[0], "said")
        return said

    # ------------------------------------------------------------ a new question

    def _fresh(self, reading: Reading, text: str) -> Reply:
        ranking = reading.ranking
        language = self._language(reading)
        if ranking.best is None or not (ranking.sureness == "sure" or self._stays_near(reading)):
            return Reply((self._unsure(reading, language),), replace(self.thread, language=language, question=text))
        page = self.book.pages[ranking.best]
        facts = {**remembered(self.thread.facts), **self._stated(reading, page)}
        also = self._also(reading, facts, language)
        return self._page(page, facts, language, ranking.confidence, also, reading.text, reading)

    def _page(
        self,
        page: AnyPage,
        facts: Facts,
        language: Language,
        confidence: float,
        also: tuple[Pointer, ...],
        question: str,
        reading: Reading | None = None,
    ) -> Reply:
        facts = {**self.asker.facts, **facts}
        day = self._day(page, reading)
        answer, asked = self._answer_page(page, facts, day, language, confidence)
        unclear = self.thread.unclear - facts.keys()
        if isinstance(page, ReferencePage) and reading is not None:
            # "What is a brand representative?" does not say that the asker is one.
            mentioned = {fact.fact for fact in reading.facts if not fact.firm}
            facts = {name: known for name, known in facts.items() if name not in mentioned}
        answer = replace(answer, also=also)
        thread = Thread(page.id, facts, asked, question, language, self.asker.as_of, unclear)
        if reading is not None and is_own_case(reading.text):
            return self._with_own_case(page, answer, thread, day, reading)
        return Reply((answer,), thread)

    def _with_own_case(self, page: AnyPage, answer: Answer, thread: Thread, day: date, reading: Reading) -> Reply:
        """A general answer to somebody with a case of their own: what has to be known for it is asked for below, or the
        case is decided at once where the question states all of that."""
        statement = _statement(page, answer, day)
        own = statement.own_case if statement else None
        leads_to = self.book.pages.get(own.page) if own else None
        if own is None or not isinstance(leads_to, DecisionPage) or leads_to.status != "active":
            return Reply((answer,), thread)
        given = {
            name: Known(parse_value(self.book.facts[name], text, self.book), "said") for name, text in own.given.items()
        }
        facts = {**thread.facts, **self._stated(reading, leads_to)}
        asking, asked = self._answer_page(leads_to, {**facts, **given}, day, answer.language, answer.confidence)
        if asked is None:
            if self._is_all_stated(leads_to, {**facts, **given}, day, reading):
                also = replace(asking, also=answer.also)
                return Reply((also,), replace(thread, page=leads_to.id, facts=facts, asked=None, given=given))
            return Reply((answer,), thread)
        answer = replace(answer, asks=asking.asks, own_case=OwnCase(leads_to.id, tuple(own.given.items())))
        return Reply((answer,), replace(thread, page=leads_to.id, facts=facts, asked=asked, given=given))

    def _is_all_stated(self, page: DecisionPage, facts: Facts, day: date, reading: Reading) -> bool:
        """Whether the outcome of `page` rests on what the question states, a value among it, and on nothing assumed that
        the page would have asked for."""
        try:
            outcome = decide(page, facts, day, self.book, self._unclear(facts))
        except (BadFormula, BadDeadline):
            return False
        if not isinstance(outcome, Outcome):
            return False
        firm = {fact.fact for fact in reading.facts if fact.firm}
        asked = [name for name in outcome.version.ask if name in outcome.facts]
        values = [name for name in asked if name in firm and not self.book.facts[name].is_closed]
        return bool(values) and all(outcome.facts[name].origin != "assumed" for name in asked)

    def _answer_page(
        self, page: AnyPage, facts: Facts, day: date, language: Language, confidence: float
    ) -> tuple[Answer, str | None]:
        return answer_page(page, facts, day, self._composer(language), confidence, self._unclear(facts))

    def _unclear(self, facts: Facts) -> frozenset[str]:
        """Facts that were brought up and are not settled yet."""
        return self.thread.unclear - facts.keys()

    def _also(self, reading: Reading, facts: Facts, language: Language) -> tuple[Pointer, ...]:
        """The verdict of the second page where it is close to the first."""
        lines = []
        for candidate in reading.ranking.candidates[1:2]:
            if candidate.probability >= ALSO_SHARE:
                page = self.book.pages[candidate.page]
                answer, _ = self._answer_page(page, facts, self._day(page, reading), language, 0.0)
                text = answer.verdict if answer.kind in ("reference", "decision") else page.title.of(language)
                lines.append(Pointer(page.id, text))
        return tuple(lines)

    def _unsure(self, reading: Reading, language: Language) -> Answer:
        """Nothing is sure: the nearest topics, to choose from or as what is covered."""
        ranking = reading.ranking
        composer = self._composer(language)
        nearest = tuple(composer.title(self.book.pages[candidate.page]) for candidate in ranking.candidates[:SUGGESTIONS])
        if ranking.sureness == "near":
            return composer.unknown(phrase("unsure", language), nearest, ranking.confidence)
        topic = next((t for t in self.book.content.outside if t.id == ranking.outside), None)
        if topic is not None and topic.reply is not None and ranking.outside_probability > 0.5:
            return composer.unknown(topic.reply.of(language), (), ranking.confidence)
        if topic is not None and ranking.outside_probability > 0.5:
            verdict = phrase("not_covered_topic", language, topic=topic.title.of(language))
        else:
            verdict = phrase("not_covered", language)
        return composer.unknown(verdict, nearest, ranking.confidence)

    # ------------------------------------------------------------ small things

    def _domain(self) -> str | None:
        return self.thread.page.split(".")[0] if self.thread.page else None

    def _composer(self, language: Language) -> Composer:
        return Composer(self.book, language, self.asker.today)

    def _language(self, reading: Reading) -> Language:
        if self.asker.language:
            return self.asker.language
        has_letters = any(char.isalpha() for char in reading.text)
        return reading.languages.answer if has_letters else self.thread.language or reading.languages.answer

    def _day(self, page: AnyPage, reading: Reading | None) -> date:
        """The day whose rules are wanted: as asked for, or as the only date in the question, or today."""
        if self.asker.as_of:
            return self.asker.as_of
        if reading is not None and not isinstance(page, DecisionPage):
            dates = [entity.value for entity in reading.values if entity.kind == "date"]
            if len(dates) == 1 and isinstance(dates[0], Period) and _one_version(page, dates[0]):
                return min(dates[0].end, max(dates[0].start, self.asker.today))
        return self.asker.today


def _statement(page: AnyPage, answer: Answer, day: date) -> Statement | None:
    """The text of the page that an answer gave; None where it gave none."""
    if isinstance(page, ReferencePage):
        return version_on(page.versions, day)
    if isinstance(page, DecisionPage):
        return next((case for version in page.versions for case in version.cases if case.id == answer.case), None)
    return None


def _one_version(page: AnyPage, period: Period) -> bool:
    return sum(version.period.overlaps(period) for version in page.versions) == 1
