"""Facts that a question states: "we are the brand owner", "不是品牌方", "7 late of 120 orders"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from bot.rulebook.models import Fact, Marketplace
from bot.rulebook.values import Money, Value
from bot.understanding.entities import Entity
from bot.understanding.normalise import HAN, normalise
from bot.understanding.patterns import MEANT, UNIT_MAY_LACK, Pattern, compile_pattern, is_value, mask, masked_entity

_NEGATION = re.compile(
    r"(?:\b(?:not|no|isn't|aren't|ain't|don't|doesn't|didn't|haven't|hasn't|wasn't|weren't|without|never|neither|nor|cannot"
    r"|can't|isnt|arent|dont|doesnt|havent|non)(?:\s+(?:a|an|the|our|any|yet|have|has|really|actually|even|got|being|my|their"
    r"|it's|its|been)){0,2}\s*"
    rf"|(?:不是|没有|并非|并不是|没|非|未|无|不算|不|还没|还不是|又不是|也不是)[的是有{{}}]?[{HAN}]{{0,2}})$"
)
_CLAUSE = re.compile(r"[,.;?!，。;?!:\n]")
# "不是品牌方" is a negation, "是不是品牌方" and "有没有" are questions.
_QUESTION_BEFORE = re.compile(r"(?:是不是|有没有|要不要|能不能|whether|是否)[^,.?!]{0,1}$")
_LISTING = re.compile(
    r"\s*(?:[,/&、+]|\band\b|\bor\b|和|跟|与|及|以及|还有|或者?|还是)\s*(?:in |on |the |amazon )*(?:站)?\s*"
)
_COUNTER = re.compile(r"\s?(?:件|个|箱|单|套|台|pcs|pieces|units|skus?|asins?|orders|boxes)")
_START = 2
DEFAULT_CURRENCY = "USD"
# A pattern that is itself a denial ("not the brand owner") says less than one that states what is so.
_DENIAL = re.compile(r"[不没无非未]|(?:not|no|non|isn't|aren't|don't|doesn't|without|never)\b")
_DENYING = "不没无非未"
# "是不是", "有没有", "要不要": a question, whichever part of it a pattern meets.
_A_NOT_A = re.compile(r"(.)[不没]\1")


# "I don't know whether we are the brand owner", but not "I don't know whether we need labels".
_UNSURE = re.compile(
    r"\b(?:not sure|unsure|unclear|no idea|(?:don't|dont|doesn't|didn't) know|can't (?:tell|say|remember)"
    r"|(?:nobody|who) knows)"
    r"(?:\s+(?:if|whether|which|what|when|how|about|on|of))?"
    r"(?!\s+(?:i|we|it|they|you|to)\s+(?:need|must|should|have to|can|may|ought)\b)"
    r"|(?:不知道|不清楚|不确定|不晓得|说不准|搞不清|弄不清|没搞清|记不清|忘了)"
    rf"(?![{HAN}]{{0,6}}(?:要不要|需不需要|该不该|用不用|能不能|可不可以|怎么|怎样|如何|咋))"
)


@dataclass(frozen=True)
class FactSaid:
    """A fact's value, and the words that said it (of the normalised question).

    `firm` tells a statement about the asker's own case from a mere mention of the value.
    """

    fact: str
    value: Value
    words: str
    firm: bool = True
    entity: Entity | None = None
    """The date, amount or number that the value was read from."""
    added: tuple[Entity, ...] = ()
    """Further ones that were added to it."""


Strength = Literal["said", "mentioned", "unclear"]


@dataclass(frozen=True)
class _Meaning:
    """What a match of a pattern says: a value, or the value in its slot (of `kind`); and what its negation says."""

    fact: str
    value: str | Decimal | None
    negated: str | None
    strength: Strength
    kind: str = ""
    adds_up: bool = False
    about_stores: bool = False


@dataclass(frozen=True)
class Recogniser:
    """All patterns of all facts, and where to look for those that a text may match. A pattern is compiled when a text
    first may match it."""

    sources: tuple[tuple[str, _Meaning], ...]
    spellings: Mapping[str, tuple[str, ...]]
    anywhere: tuple[int, ...]
    """Numbers of the patterns without an anchor."""
    by_start: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]
    """By the first two characters of an anchor: the anchor and the numbers of its patterns."""
    together: Mapping[str, frozenset[str]]
    """For each fact those that some rule uses beside it."""
    about_stores: frozenset[str]
    """The facts whose values are the stores."""
    compiled: dict[int, Pattern] = field(default_factory=dict, compare=False, repr=False)

    def possible(self, text: str) -> Iterator[tuple[Pattern, _Meaning]]:
        """The patterns that may match `text`, in their order."""
        numbers = set(self.anywhere)
        starts = {text[i : i + size] for i in range(len(text)) for size in range(1, _START + 1)}
        for start in starts:
            for anchor, group in self.by_start.get(start, ()):
                if anchor in text:
                    numbers.update(group)
        for number in sorted(numbers):
            source, meaning = self.sources[number]
            pattern = self.compiled.get(number)
            if pattern is None:
                # Two threads may both compile it; they come to the same.
                pattern = self.compiled[number] = compile_pattern(source, self.spellings)
            yield pattern, meaning


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    words: str
    meaning: _Meaning
    value: Value | None
    denied: bool
    """Whether it says what is not so, from which the value is only implied."""
    entity: Entity | None = None
    """The value in the slot, if the pattern has one; `start` and `end` are then its own."""
    following: str = ""
    """The sign after the words of a pattern with a slot."""


Anchors = tuple[tuple[str, ...], ...]
"""For each pattern, in the order of `build_recogniser`, words of which any match contains one (none: anything)."""


def anchors_of(
    facts: Iterable[Fact], marketplaces: Iterable[Marketplace], spellings: Mapping[str, tuple[str, ...]]
) -> Anchors:
    """Found once when content is compiled. Raises `patterns.BadPattern` where a pattern cannot be read."""
    stores = tuple(marketplaces)
    return tuple(
        tuple(sorted(compile_pattern(source, spellings).anchors)) for fact in facts for source, _ in _sources(fact, stores)
    )


def build_recogniser(
    facts: Iterable[Fact],
    marketplaces: Iterable[Marketplace],
    spellings: Mapping[str, tuple[str, ...]],
    anchors: Anchors,
    used_together: Iterable[frozenset[str]] = (),
) -> Recogniser:
    """`anchors` are those of the same facts and marketplaces; `used_together` are the facts of each rule."""
    stores = tuple(marketplaces)
    sources = tuple((source, meaning) for fact in facts for source, meaning in _sources(fact, stores))
    by_anchor: dict[str, list[int]] = {}
    for number, words in enumerate(anchors):
        for word in words:
            by_anchor.setdefault(word, []).append(number)
    by_start: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for word, numbers in by_anchor.items():
        by_start.setdefault(word[:_START], []).append((word, tuple(numbers)))
    together: dict[str, frozenset[str]] = {}
    for group in used_together:
        for name in group:
            together[name] = together.get(name, frozenset()) | (group - {name})
    return Recogniser(
        sources,
        spellings,
        tuple(number for number, words in enumerate(anchors) if not words),
        {start: tuple(pairs) for start, pairs in by_start.items()},
        together,
        frozenset(meaning.fact for _, meaning in sources if meaning.about_stores),
    )


def _sources(fact: Fact, marketplaces: tuple[Marketplace, ...]) -> Iterator[tuple[str, _Meaning]]:
    for choice in fact.choices:
        negated = choice.negated
        if fact.type == "yes_no":
            negated = "no" if choice.value == "yes" else "yes"
        for source in choice.said.all():
            yield source, _Meaning(fact.id, choice.value, negated, "said")
        for source in choice.mentioned.all():
            yield source, _Meaning(fact.id, choice.value, negated, "mentioned")
    if fact.type == "marketplace":
        for marketplace in marketplaces:
            for source in marketplace.said.all():
                yield source, _Meaning(fact.id, marketplace.id, None, "said", about_stores=True)
    for source in fact.said.all():
        yield source, _Meaning(fact.id, None, None, "said", fact.type, fact.adds_up)
    for source in fact.mentioned.all():
        yield source, _Meaning(fact.id, None, None, "mentioned", fact.type)
    for number in fact.worded:
        for source in number.said.all():
            yield source, _Meaning(fact.id, number.value, None, "said", fact.type)
    for source in fact.unclear.all():
        yield source, _Meaning(fact.id, None, None, "unclear")


@dataclass(frozen=True)
class Found:
    """What a question states."""

    said: tuple[FactSaid, ...]
    unclear: frozenset[str]
    """Facts that the asker brings up without settling them ("not sure which role", "it has already left", two values):
    they must not be assumed."""
    values: tuple[Entity, ...]
    """Values that no fact took."""
    stores: tuple[FactSaid, ...] = ()
    """The stores that are named side by side ("in Italy and Spain"), where that leaves the store open."""


def find_facts(text: str, entities: tuple[Entity, ...], recogniser: Recogniser) -> Found:
    """The facts stated in a normalised question.

    A fact that is stated with two different values ("reseller or brand owner?") is left open.
    """
    masked = mask(text, entities)
    matches: list[_Match] = []
    claimed: set[Entity] = set()
    for pattern, meaning in recogniser.possible(text):
        searched = masked if pattern.slotted else text
        for match in pattern.finditer(searched):
            found = _read(match, meaning, searched, entities, claimed)
            if found is not None:
                matches.append(found)
    matches = _most_telling(matches, recogniser.together)
    said, unclear = [], set()
    by_fact: dict[str, list[_Match]] = {}
    for one in matches:
        by_fact.setdefault(one.meaning.fact, []).append(one)
    for fact, own in by_fact.items():
        value = _settle(own)
        if value is not None:
            said.append(value)
        else:
            unclear.add(fact)
    # "Refunds 8% advertising 10%": what is certainly another fact's value is not this one's.
    for fact in sorted(unclear):
        others = {
            entity
            for one in said
            if one.fact in recogniser.together.get(fact, frozenset())
            for entity in (one.entity, *one.added)
        }
        value = _settle([match for match in by_fact[fact] if match.entity is not None and match.entity not in others])
        if value is not None:
            said.append(value)
            unclear.discard(fact)
    stores = tuple(one for fact in sorted(unclear & recogniser.about_stores) for one in _side_by_side(by_fact[fact], text))
    return Found(tuple(said), frozenset(unclear), tuple(entity for entity in entities if entity not in claimed), stores)


def _side_by_side(matches: list[_Match], text: str) -> tuple[FactSaid, ...]:
    """Different values that are listed ("italy, france and spain"); empty where anything but a list is between them."""
    listed = {match.start: match for match in sorted(matches, key=lambda match: match.end)}
    row = [listed[start] for start in sorted(listed)]
    if len(row) < 2 or not all(_LISTING.fullmatch(text[one.end : other.start]) for one, other in pairwise(row)):
        return ()
    return tuple(FactSaid(match.meaning.fact, match.value, match.words) for match in row if match.value is not None)


def _read(
    match: re.Match[str], meaning: _Meaning, text: str, entities: tuple[Entity, ...], claimed: set[Entity]
) -> _Match | None:
    start, end = match.span()
    if start == end or any(form.start() <= start < form.end() for form in _A_NOT_A.finditer(text)):
        return None
    if meaning.strength == "unclear":
        within = (masked_entity(char, entities) for char in match[0])
        about = next((entity for entity in within if entity is not None), None)
        return _Match(start, end, match[0], meaning, None, denied=False, entity=about)
    if isinstance(meaning.value, Decimal):
        worded: Value = _amount(meaning.value, entities) if meaning.kind == "money" else meaning.value
        return _Match(start, end, match[0], meaning, worded, denied=False)
    if meaning.kind:
        words = match.groupdict().get(MEANT) or match[0]
        held = [e for e in (masked_entity(char, entities) for char in words) if e is not None]
        entity = next((e for e in held if e.kind == meaning.kind), held[0] if held else None)
        if entity is None or _counts_things(entity, meaning.kind, text, match.end()):
            return None
        claimed.add(entity)
        taken = _with_unit(entity, meaning.kind, entities)
        return _Match(
            entity.start,
            entity.end,
            match[0],
            meaning,
            taken,
            denied=False,
            entity=entity,
            following=text[match.end() : match.end() + 1],
        )
    clause = _CLAUSE.split(text[:start])[-1]
    if _UNSURE.search(clause):
        return _Match(start, end, match[0], replace(meaning, strength="unclear"), None, denied=False)
    asked = bool(_QUESTION_BEFORE.search(clause))
    if asked and match[0][0] not in _DENYING:
        return None
    denied = not asked and bool(_NEGATION.search(clause))
    value = meaning.negated if denied else meaning.value
    return _Match(start, end, match[0], meaning, value, denied or bool(_DENIAL.match(match[0])))


def _counts_things(entity: Entity, kind: str, text: str, end: int) -> bool:
    """Whether a bare number in a slot for days or money counts something else: "stranded 500 units"."""
    return kind in UNIT_MAY_LACK and entity.kind == "number" and bool(_COUNTER.match(text, end))


def _most_telling(matches: list[_Match], together: Mapping[str, frozenset[str]]) -> list[_Match]:
    """Of facts that one rule uses together only the longest pattern gets a value: "purchase price $11" is no "price"."""
    return [
        match
        for match in matches
        if match.entity is None
        or not any(
            other.entity == match.entity
            and len(other.words) > len(match.words)
            and other.meaning.fact in together.get(match.meaning.fact, frozenset())
            for other in matches
        )
    ]


def _with_unit(entity: Entity, kind: str, entities: tuple[Entity, ...]) -> Value:
    """A bare number as what its fact wants: an amount in the currency of the other amounts (US dollars where there are
    none), a share of a hundred."""
    if entity.kind != "number" or not isinstance(entity.value, Decimal):
        return entity.value
    if kind == "money":
        return _amount(entity.value, entities)
    return entity.value / 100 if kind == "percent" and entity.value >= 1 else entity.value


def _amount(number: Decimal, entities: tuple[Entity, ...]) -> Money:
    currencies = [entity.value.currency for entity in entities if isinstance(entity.value, Money)]
    return Money(number, currencies[0] if currencies else DEFAULT_CURRENCY)


def _settle(matches: list[_Match]) -> FactSaid | None:
    """One value out of the matches of one fact.

    Longer matches overrule shorter ones that they overlap, statements overrule mentions, what is said outright overrules
    what a denial implies. Two values left, a mention beside something unclear, or a value within something unclear ("below
    400"), settle nothing.
    """
    vague = [match for match in matches if match.meaning.strength == "unclear"]
    open_values = {match.entity for match in vague if match.entity is not None}
    kept: list[_Match] = []
    for match in sorted(matches, key=lambda m: m.start - m.end):
        clash = any(match.start < other.end and other.start < match.end for other in kept)
        if match.value is not None and not clash and match.entity not in open_values:
            kept.append(match)
    fitting = [match for match in kept if match.entity is None or match.entity.kind == match.meaning.kind]
    kept = fitting or kept
    firm = [match for match in kept if match.meaning.strength != "mentioned"]
    if not firm and vague:
        return None
    outright = [match for match in firm or kept if not match.denied]
    candidates = outright or firm or kept
    if firm and any(match.meaning.adds_up for match in candidates):
        total = _added_up([match for match in candidates if match.entity is not None])
        if total is not None:
            return total
    if len({match.value for match in candidates}) > 1:
        # "Goods 9 freight 1.5": who names things before their values does so throughout.
        candidates = [match for match in candidates if match.entity is not None and not is_value(match.words[0])]
    values = {match.value for match in candidates}
    if len(values) != 1:
        return None
    match = candidates[0]
    return FactSaid(match.meaning.fact, values.pop(), match.words, bool(firm), match.entity)  # type: ignore[arg-type]


def _added_up(matches: list[_Match]) -> FactSaid | None:
    """The sum of the values of different things ("2 claims and 1 chargeback"); None where there are no two of them, or
    where two values are given for one thing. A first value that is listed in parts ("5 defects: 3 ...") is no part."""
    by_entity = {match.entity: match for match in matches}
    things = {_counted_thing(match) for match in by_entity.values()}
    values = [match.value for match in by_entity.values()]
    if len(values) < 2 or len(things) < len(values):
        return None
    first = min(by_entity.values(), key=lambda match: match.start)
    parts = _sum([match.value for match in by_entity.values() if match is not first])
    if first.following in (":", "(") and parts is not None and first.value == parts:
        return FactSaid(first.meaning.fact, parts, first.words, entity=first.entity)
    total = _sum(values)
    if total is None:
        return None
    words = "; ".join(match.words for match in by_entity.values())
    one, *rest = (entity for entity in by_entity if entity is not None)
    return FactSaid(matches[0].meaning.fact, total, words, entity=one, added=tuple(rest))


def _sum(values: list[Value | None]) -> Value | None:
    """The sum of numbers, or of amounts of one currency; None of anything else."""
    numbers = [value for value in values if isinstance(value, Decimal)]
    if len(numbers) == len(values):
        return sum(numbers, Decimal(0))
    amounts = [value for value in values if isinstance(value, Money)]
    if len(amounts) < len(values) or len({amount.currency for amount in amounts}) > 1:
        return None
    return Money(sum((amount.amount for amount in amounts), Decimal(0)), amounts[0].currency)


def _counted_thing(match: _Match) -> str:
    """What a match counts: the words after its value, or before it where none follow. An amount may be named on either
    side ("freight 1.5, 4.5 postage"); what follows a comma is named for the next one."""
    before, _, after = match.words.partition(next(char for char in match.words if is_value(char)))
    named = before + _CLAUSE.split(after)[0] if match.meaning.kind == "money" else after.strip() or before.strip()
    return "".join(char for char in named if not is_value(char)).strip()


def read_reply(text: str, fact: Fact, marketplaces: Iterable[Marketplace], entities: tuple[Entity, ...]) -> Value | None:
    """A short reply to the question for `fact`: "yes", "第二个", a label, or just a value; None if it is none of these."""
    if not fact.is_closed:
        kinds = {"percent": ("percent", "number"), "days": ("days", "number")}.get(fact.type, (fact.type,))
        values = [entity.value for entity in entities if entity.kind in kinds]
        return values[0] if len(values) == 1 else None
    bare = re.sub(r"[\s.,!?。,!]+", "", text)
    if fact.type == "yes_no":
        if _YES.fullmatch(bare):
            return "yes"
        return "no" if _NO.fullmatch(bare) else None
    labels: dict[str, str] = {}
    for choice in fact.choices:
        for word in (choice.value.replace("_", " "), choice.label.en, choice.label.zh):
            labels.setdefault(re.sub(r"\s+", "", normalise(word)), choice.value)
    if fact.type == "marketplace":
        for store in marketplaces:
            for word in (store.id, store.title.en, store.title.zh):
                labels.setdefault(re.sub(r"\s+", "", normalise(word)), store.id)
    return labels.get(bare)


_YES = re.compile(
    r"(?:yes|yep|yeah|yup|y|sure|correct|right|true|itis|ido|wedo|ithas|theydo|是|是的|对|对的|有|有的|嗯|是啊|没错|在|会)"
)
_NO = re.compile(
    r"(?:no|nope|nah|n|not|false|itisnt|idont|wedont|none|theydont|不|不是|没|没有|不是的|否|无|没的|不在|不会|不对)"
)
