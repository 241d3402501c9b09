"""A message -> its questions, each read on its own: language, concepts, facts, ranked pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.rulebook.values import Money
from bot.understanding.concepts import find_concepts, mend
from bot.understanding.entities import Entity, find_entities
from bot.understanding.facts import FactSaid, find_facts
from bot.understanding.index import Index
from bot.understanding.language import detect
from bot.understanding.normalise import normalise
from bot.understanding.ranking import listen, rank
from bot.understanding.reading import Message, Reading
from bot.understanding.segments import focus_of, leads_on, periods_in, questions_in, says_only

TELLING = 0.6
"""Share of the longest wording of a date that a fact's own must exceed to speak for its pages."""


def read(text: str, index: Index, today: date) -> Reading:
    """One question as the asker wrote it; relative dates count from `today`."""
    return _read(mend(normalise(text), index.trained.spellings, index.is_word), index, today, None, "")


def read_message(text: str, index: Index, today: date, domain: str | None = None, before: str = "") -> Message:
    """A message as the asker wrote it; relative dates count from `today`.

    `domain` is what the talk was about, `before` the question that it goes on from: a message that is worded as going on
    ("and in Germany?") is ranked together with it.
    """
    plain = mend(normalise(text), index.trained.spellings, index.is_word)
    earlier = mend(normalise(before), index.trained.spellings, index.is_word) if before and leads_on(plain) else ""
    whole = _read(plain, index, today, domain, earlier)
    for questions in (_questions(plain, whole, index), _by_period(whole, index, today)):
        if len(questions) > 1:
            return Message(whole, questions)
    return Message(whole, _by_store(whole))


def _read(text: str, index: Index, today: date, domain: str | None, earlier: str) -> Reading:
    concepts = find_concepts(text, index.trained.spellings)
    entities = find_entities(text, today)
    found = find_facts(text, entities, index.recogniser)
    heard = listen(_heard(text, earlier, found.said, index), index)
    # Figures for two periods are unclear as one case, and speak for the calculation that takes them all the same.
    named = frozenset(hit.concept for hit in (*concepts, *find_concepts(earlier, index.trained.spellings)))
    stated = frozenset(fact.fact for fact in _telling(found.said)) | found.unclear
    ranking = rank(heard, index, _speaking(stated, named, index), domain)
    return Reading(text, detect(text), concepts, found.said, found.unclear, entities, found.values, ranking, found.stores)


def _heard(text: str, earlier: str, said: tuple[FactSaid, ...], index: Index) -> list[str]:
    """The texts that tell what is wanted. A message that goes on and says nothing but facts ("and in Canada?") tells it
    only together with the question before, in which another store is then out of date."""
    if not earlier:
        focus = focus_of(text)
        return [text] if focus is None else [text, focus]
    if not says_only(text, [fact.words for fact in said if fact.entity is None]):
        return [text, f"{earlier} {text}"]
    about_stores = index.recogniser.about_stores
    for store in (fact for fact in said if fact.fact in about_stores):
        for old in find_facts(earlier, (), index.recogniser).said:
            if old.fact == store.fact:
                earlier = earlier.replace(old.words, store.words)
    return [f"{earlier} {text}"]


def _telling(facts: tuple[FactSaid, ...]) -> list[FactSaid]:
    """Without those that took a date with far fewer words than another fact did: "received on the 1st" beside
    "deactivation notice received on the 1st"."""
    longest: dict[Entity, int] = {}
    for fact in facts:
        if fact.entity is not None and fact.entity.kind == "date":
            longest[fact.entity] = max(longest.get(fact.entity, 0), len(fact.words))
    return [fact for fact in facts if fact.entity not in longest or len(fact.words) > TELLING * longest[fact.entity]]


def _speaking(facts: frozenset[str], concepts: frozenset[str], index: Index) -> frozenset[str]:
    """Those of `facts` that speak for their pages in a question which names `concepts`."""
    wanted = {name: index.book.facts[name].speaks_with for name in facts}
    return frozenset(name for name, needed in wanted.items() if not needed or not concepts.isdisjoint(needed))


def _questions(plain: str, whole: Reading, index: Index) -> tuple[Reading, ...]:
    """The separate questions of a message, or the message as one question.

    It counts as several only if at least two of its parts surely want different pages. A part that is unclear alone is
    read again after the first one; facts stated anywhere in the message hold for all its questions.
    """
    parts = questions_in(plain)
    if len(parts) == 1:
        return (whole,)
    kept: dict[str, Reading] = {}
    domain = whole.ranking.best.split(".")[0] if whole.ranking.best else None
    named = frozenset(hit.concept for hit in whole.concepts)
    facts = _speaking(frozenset(fact.fact for fact in whole.facts), named, index)
    heard = listen([*parts, *(f"{parts[0]} {part}" for part in parts[1:])], index)
    for number, part in enumerate(parts):
        ranking = rank([heard[number]], index, facts, domain)
        if ranking.sureness != "sure" and number:
            ranking = rank([heard[len(parts) + number - 1]], index, facts, domain)
        if ranking.sureness == "sure" and ranking.best is not None:
            kept.setdefault(ranking.best, replace(whole, text=part, ranking=ranking))
    return tuple(kept.values()) if len(kept) > 1 else (whole,)


def _by_store(whole: Reading) -> tuple[Reading, ...]:
    """The same question for each store of a list ("in Italy and Spain"); the message as it is otherwise."""
    return tuple(
        replace(whole, facts=(*whole.facts, store), unclear=whole.unclear - {store.fact}) for store in whole.stores
    ) or (whole,)


def _by_period(whole: Reading, index: Index, today: date) -> tuple[Reading, ...]:
    """The same question for each of several periods ("10 days: 26 orders, 1 late; 30 days: 90 orders, 3 late").

    Only where the figures contradict each other as one case and each period states figures of its own; the message as
    it is otherwise. A period whose figures stand in the same order as another's but lack its words ("30 days 90 and 3")
    takes them as that one's.
    """
    parts = periods_in(whole.text, [(e.start, e.end) for e in whole.entities if e.kind == "days"])
    if len(parts) < 2 or not whole.unclear:
        return (whole,)
    shared = tuple(fact for fact in whole.facts if fact.entity is None)
    told = []
    for part in parts:
        entities = find_entities(part, today)
        found = find_facts(part, entities, index.recogniser)
        told.append((entities, tuple(fact for fact in found.said if isinstance(fact.value, (Decimal, Money)))))
    readings = []
    for entities, own in told:
        figures = own
        for others, theirs in told:
            figures = _as_theirs(figures, entities, theirs, others)
        stated = {fact.fact for fact in figures}
        if not whole.unclear & stated:
            return (whole,)
        readings.append(
            replace(
                whole,
                facts=(*(fact for fact in shared if fact.fact not in stated), *figures),
                unclear=whole.unclear - stated,
                entities=(),
                values=(),
            )
        )
    return tuple(readings)


def _as_theirs(
    figures: tuple[FactSaid, ...], entities: tuple[Entity, ...], theirs: tuple[FactSaid, ...], others: tuple[Entity, ...]
) -> tuple[FactSaid, ...]:
    """The figures of a period, and those that another one, told in the same order, names and this one doesn't."""
    entities, others = _figures_in(entities), _figures_in(others)
    if [entity.kind for entity in entities] != [entity.kind for entity in others]:
        return figures
    stated = {fact.fact for fact in figures}
    more = tuple(
        replace(fact, value=entities[others.index(fact.entity)].value, entity=entities[others.index(fact.entity)])
        for fact in theirs
        if fact.fact not in stated and fact.entity in others and not fact.added
    )
    return (*figures, *more)


def _figures_in(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    return tuple(entity for entity in entities if entity.kind not in ("days", "date"))
