"""What a thread remembers, and whether a message goes on with it or asks something new."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.deciding.decide import Known
from bot.rulebook.book import Rulebook, facts_of
from bot.rulebook.models import AnyPage, DecisionPage, Language
from bot.rulebook.parsing import BadValue, parse_value
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period
from bot.understanding.entities import Entity
from bot.understanding.facts import DEFAULT_CURRENCY, read_reply
from bot.understanding.reading import Reading
from bot.understanding.segments import says_only

_PRECISE_DAYS = 10
"""A stretch this short is a date that somebody isn't sure of; a longer one across a limit is more likely no date of the
case at all ("the March change")."""

_CENTS = re.compile(r"\d+\.\d\d")
_FIGURES = ("number", "money", "percent", "days")
_COUNTERS = ("单", "个", "件", "条", "票", "orders", "units", "of them")
_CLEARLY = 3
"""How many times farther any other figure must be (in log size) from the one that takes the place of one."""


@dataclass(frozen=True)
class Thread:
    """What was said so far: the page in hand, the facts, the fact that was asked for, the last question."""

    page: str | None = None
    facts: Mapping[str, Known] = field(default_factory=dict)
    asked: str | None = None
    question: str = ""
    language: Language | None = None
    as_of: date | None = None
    unclear: frozenset[str] = frozenset()
    """Facts that were brought up without being settled; nothing is assumed for them."""
    given: Mapping[str, Known] = field(default_factory=dict)
    """Facts that hold as soon as somebody answers what was asked for their own case."""


@dataclass(frozen=True)
class PickedFacts:
    """Values of facts that somebody picked instead of writing, as they are written in content."""

    picked: Mapping[str, str]


@dataclass(frozen=True)
class OpenedPage:
    """A page that somebody picked from several offered ones."""

    opened: str


Turn = str | PickedFacts | OpenedPage
"""What somebody did in a thread: wrote something, picked facts, or picked a page."""


def facts_from_text(
    values: Mapping[str, str], book: Rulebook, origins: Mapping[str, tuple[str, Any]] | None = None
) -> dict[str, Known]:
    """Facts from written values; those that the rulebook no longer knows, or knows otherwise, are left out."""
    facts = {}
    for name, text in values.items():
        if name in book.facts:
            try:
                facts[name] = Known(parse_value(book.facts[name], text, book), origins[name][1] if origins else "said")
            except BadValue:
                continue
    return facts


def stated(reading: Reading, page: AnyPage, book: Rulebook) -> dict[str, Known]:
    """The facts that a reading states for `page`, values that no other fact of the page claims included.

    A single date goes to the fact that dates the page if it settles on one version; a single amount, share or number to
    the only fact of that kind which the page asks for. What is told by a stated fact is yes.
    """
    said = {fact.fact: Known(fact.value, "said") for fact in reading.facts}
    names = [name for name in facts_of(page) if name in book.facts]
    free = unclaimed(reading, page, book)
    for kind in ("date", "money", "percent", "days", "number"):
        values = list(dict.fromkeys(entity.value for entity in free if _kind(entity, reading) == kind))
        open_facts = [
            name for name in names if book.facts[name].type == kind and name not in said and name not in reading.unclear
        ]
        if kind == "date" and isinstance(page, DecisionPage) and page.dated_by:
            open_facts = [name for name in open_facts if name == page.dated_by]
        if len(values) == 1 and len(open_facts) == 1 and _fits(values[0], page):
            value = values[0]
            if kind == "money" and isinstance(value, Decimal):
                value = Money(value, _currency(said, book))
            said[open_facts[0]] = Known(value, "said")
    for name in names:
        told_by = said.get(book.facts[name].told_by or "")
        if told_by is not None and name not in said and _is_of_the_case(told_by.value, page):
            said[name] = Known("yes", "said")
    return _bounded(said, page, book)


def _is_of_the_case(value: object, page: AnyPage) -> bool:
    """Whether a value is told of the asker's own case, rather than of the rule: neither a long stretch of days nor the day
    on which the page's rule changed ("the rule of 26 January")."""
    if not isinstance(value, Period):
        return True
    limits = {version.start for version in page.versions}
    return value.start not in limits and (value.end - value.start).days < _PRECISE_DAYS


def _kind(entity: Entity, reading: Reading) -> str:
    """What a value is that the page's facts did not take: a bare number with cents ("32.50") is an amount, unless it was
    told as another amount than theirs."""
    if entity.kind != "number" or not _CENTS.fullmatch(reading.text[entity.start : entity.end]):
        return entity.kind
    return entity.kind if any(fact.entity == entity and isinstance(fact.value, Money) for fact in reading.facts) else "money"


def _currency(said: Mapping[str, Known], book: Rulebook) -> str:
    """That of the store which was named, or the default."""
    named = {known.value for name, known in said.items() if book.facts[name].type == "marketplace"}
    return next((store.currency for store in book.content.marketplaces if store.id in named), DEFAULT_CURRENCY)


def unclaimed(reading: Reading, page: AnyPage, book: Rulebook) -> list[Entity]:
    """The values of a reading that no fact of `page` took."""
    return _free(reading, [*facts_of(page), *_bounds(page, book)])


def _free(reading: Reading, names: Collection[str]) -> list[Entity]:
    """The values of a reading that none of the facts `names` took."""
    taken = [entity for fact in reading.facts if fact.fact in names for entity in (fact.entity, *fact.added)]
    return [entity for entity in reading.entities if entity not in taken]


def _fits(value: object, page: AnyPage) -> bool:
    if not isinstance(value, Period) or not isinstance(page, DecisionPage) or not page.dated_by:
        return True
    settles = sum(version.period.overlaps(value) for version in page.versions) == 1
    return settles or (value.end - value.start).days < _PRECISE_DAYS


def _bounds(page: AnyPage, book: Rulebook) -> tuple[str, ...]:
    """The facts whose dates are told beside the one that dates the page, without being it."""
    fact = book.facts.get(page.dated_by or "") if isinstance(page, DecisionPage) else None
    return tuple(name for name in (fact.not_after, fact.not_before, *fact.apart_from) if name) if fact else ()


def _bounded(said: dict[str, Known], page: AnyPage, book: Rulebook) -> dict[str, Known]:
    """Adds the days between which the page's date must lie, where only dates that bound it were stated."""
    fact = book.facts.get(page.dated_by or "") if isinstance(page, DecisionPage) else None
    if fact is None or fact.id in said:
        return said
    latest = said.get(fact.not_after or "")
    earliest = said.get(fact.not_before or "")
    end = latest.value.end if latest and isinstance(latest.value, Period) else LAST_DAY
    start = earliest.value.start if earliest and isinstance(earliest.value, Period) else FIRST_DAY
    if (latest or earliest) and start <= end:
        said[fact.id] = Known(Period(start, end), "said")
    return said


def remembered(facts: Mapping[str, Known]) -> dict[str, Known]:
    """Facts from earlier in the thread; what a rule assumed is not remembered as if it had been said."""
    return {
        name: Known(known.value, "thread" if known.origin == "said" else known.origin)
        for name, known in facts.items()
        if known.origin != "assumed"
    }


def replaced(thread: Thread, reading: Reading, page: AnyPage, book: Rulebook) -> dict[str, Known]:
    """The figure of the thread that a bare one takes the place of ("and if it was 25?"): of several that it could be, the
    one that it is clearly nearest to in size. Empty where there is none."""
    stated_here = {fact.fact for fact in reading.facts if fact.fact in facts_of(page)}
    free = [entity for entity in reading.entities if entity.kind in _FIGURES]
    if len(free) != 1 or (
        stated_here and not says_only(reading.text, (reading.text[free[0].start : free[0].end], *_COUNTERS))
    ):
        return {}
    size = _size(free[0].value)
    known = {
        name: abs(math.log(size / was))
        for name in facts_of(page)
        if name in book.facts and book.facts[name].type == free[0].kind and name in thread.facts
        if size > 0 and (was := _size(thread.facts[name].value)) > 0
    }
    nearest, *others = sorted(known, key=lambda name: known[name]) or [""]
    if not nearest or any(known[other] < _CLEARLY * known[nearest] for other in others):
        return {}
    return {nearest: Known(free[0].value, "said")}


def _size(value: object) -> float:
    return float(value.amount if isinstance(value, Money) else value) if isinstance(value, (Money, Decimal)) else 0.0


def reply_to(thread: Thread, reading: Reading, book: Rulebook) -> dict[str, Known]:
    """The value with which a message answers the fact that was asked for; empty where it doesn't."""
    if thread.asked is None or thread.asked not in book.facts:
        return {}
    for said in reading.facts:
        if said.fact == thread.asked:
            return {said.fact: Known(said.value, "said")}
    fact = book.facts[thread.asked]
    page = book.pages.get(thread.page or "")
    free = _free(reading, facts_of(page) if page else ())
    value = read_reply(reading.text, fact, book.content.marketplaces, tuple(free))
    return {} if value is None else {thread.asked: Known(value, "said")}
