"""The small pattern language of `said:` in facts.yaml, compiled to regular expressions.

``(a|b)`` alternatives, ``[x]`` optional, ``<concept>`` any spelling of a concept, ``{date}`` and the like a value
(``{date!}`` the one that is meant, where it isn't the first of its kind), ``*`` a gap of a few words, ``^`` and ``$`` the
beginning and end of a clause. Patterns run over normalised text in which every value is replaced by one sign of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bot.understanding.entities import KINDS, Entity
from bot.understanding.normalise import normalise

# One block of private-use characters per kind of value; the offset in the block is the entity's position in the text.
_BLOCK = 0x100
_FIRST = 0xE000
UNIT_MAY_LACK = ("money", "percent", "days")
"""Kinds whose slots also take a bare number: "price 32", "commission 15"."""
MEANT = "meant"
"""The group of the slot that is marked as the one meant."""
_GAP = r"[^.?!;。,，\n]{0,28}?"
# Inside a Latin word no pattern may begin or end. One assertion, not two alternatives: those would double the ways to
# match at every edge.
_EDGE = r"(?!(?<=[a-z0-9])(?=[a-z0-9]))"
_CLAUSE_START = r"(?:\A|(?<=[,;:.?!(/。\n]))\s*+"
_CLAUSE_END = r"(?=\s*+(?:[,;:.?!)/。\n]|\Z))"
# Possessive: a row of optional words must not try every way to share out the spaces between them.
_SPACING = rf"\s*+{_EDGE}"
_TOKEN = re.compile(
    r"(?P<open>[(\[])|(?P<close>[)\]])|(?P<bar>\|)|<(?P<concept>[a-z0-9-]+)>|\{(?P<slot>[a-z]+)(?P<meant>!?)\}|(?P<gap>\*)|(?P<space>\s+)|(?P<edge>\^(?=\s)|(?<=\s)\$(?=[\s)\]]|\Z))|(?P<word>[^()\[\]|<>{}*\s]+)"
)


class BadPattern(ValueError):
    """A pattern that cannot be read; the message says why."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. Any match contains one of `anchors` (empty: it may contain anything), so that most patterns
    need not be tried."""

    source: str
    anchors: frozenset[str]
    expression: str
    slotted: bool

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return _compile(self.expression).finditer(text)


@cache
def _compile(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def mask(text: str, entities: tuple[Entity, ...]) -> str:
    """`text` with every value replaced by one sign of its kind, so that ``{date}`` can match it."""
    parts, last = [], 0
    for position, entity in enumerate(entities[: _BLOCK - 1]):
        parts += [text[last : entity.start], chr(_FIRST + KINDS.index(entity.kind) * _BLOCK + position)]
        last = entity.end
    return "".join([*parts, text[last:]])


def _signs(kind: str) -> str:
    """The range of signs that stand for values of a kind, for a character class."""
    first = _FIRST + [*KINDS].index(kind) * _BLOCK  # type: ignore[arg-type]
    return f"{chr(first)}-{chr(first + _BLOCK - 1)}"


def is_value(char: str) -> bool:
    """Whether a character of a masked text stands for a value."""
    return 0 <= ord(char) - _FIRST < _BLOCK * len(KINDS)


def masked_entity(char: str, entities: tuple[Entity, ...]) -> Entity | None:
    """The value that a sign of a masked text stands for."""
    return entities[(ord(char) - _FIRST) % _BLOCK] if is_value(char) else None


def compile_pattern(source: str, spellings: Mapping[str, tuple[str, ...]]) -> Pattern:
    """`source` with the normalised spellings of the concepts that it names; raises `BadPattern`."""
    if source.count("!}") > 1:
        raise BadPattern("marks more than one slot as the one meant")
    part = _Reader(source, spellings).alternatives(closing="")
    if not part.expression:
        raise BadPattern("is empty")
    if "{" in source and not part.anchors:
        raise BadPattern("would take any such value; it needs a word beside the slot that must be there")
    return Pattern(source, part.anchors, f"{_EDGE}{part.expression}{_EDGE}", "{" in source)


@dataclass(frozen=True)
class _Part:
    """A piece of a pattern as a regular expression, and words of which any match has one."""

    expression: str
    anchors: frozenset[str] = frozenset()

    @property
    def rarity(self) -> int:
        """How telling the anchors are: the length of the shortest; 0 without any."""
        return min((len(anchor) for anchor in self.anchors), default=0)


class _Reader:
    """Recursive-descent reader of one pattern."""

    def __init__(self, source: str, spellings: Mapping[str, tuple[str, ...]]) -> None:
        self.spellings = spellings
        self.tokens = list(_TOKEN.finditer(source))
        if "".join(token[0] for token in self.tokens) != source:
            raise BadPattern("has a bracket or sign that does not belong there")
        self.position = 0

    def alternatives(self, closing: str) -> _Part:
        options = [self.sequence()]
        while self._take_bar():
            options.append(self.sequence())
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        if closing and (token is None or token[0] != closing):
            raise BadPattern(f"lacks a closing {closing}")
        if not closing and token is not None:
            raise BadPattern(f"has a {token[0]} too many")
        self.position += 1
        if len(options) == 1:
            return options[0]
        every = all(option.rarity for option in options)
        anchors = frozenset().union(*(option.anchors for option in options)) if every else frozenset()
        return _Part(f"(?:{'|'.join(option.expression for option in options)})", anchors)

    def sequence(self) -> _Part:
        parts: list[_Part] = []
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token["bar"] or token["close"]:
                break
            self.position += 1
            parts.append(self._part(token))
        best = max(parts, key=lambda part: part.rarity, default=_Part(""))
        return _Part("".join(part.expression for part in parts), best.anchors)

    def _part(self, token: re.Match[str]) -> _Part:
        if token["open"]:
            inner = self.alternatives(")" if token[0] == "(" else "]")
            optional = token[0] == "["
            return _Part(f"(?:{inner.expression}){'?' if optional else ''}", frozenset() if optional else inner.anchors)
        if token["concept"]:
            return self._concept(token["concept"])
        if token["slot"]:
            return self._slot(token["slot"], bool(token["meant"]))
        if token["edge"]:
            return _Part(_CLAUSE_START if token[0] == "^" else _CLAUSE_END)
        if token["gap"]:
            return _Part(_GAP)
        if token["space"]:
            return _Part(_SPACING)
        return self._word(token["word"])

    def _word(self, word: str) -> _Part:
        word = normalise(word)
        longest = max(word.split(" "), key=len)
        return _Part(re.escape(word).replace(r"\ ", r"\s*"), frozenset((longest,)) if longest else frozenset())

    def _concept(self, concept: str) -> _Part:
        if concept not in self.spellings:
            raise BadPattern(f"names the concept <{concept}>, which the glossary does not have")
        forms = sorted(self.spellings[concept], key=len, reverse=True)
        return _Part(rf"(?:{'|'.join(re.escape(form) for form in forms)})s?", frozenset(forms))

    def _slot(self, kind: str, meant: bool) -> _Part:
        if kind not in KINDS:
            raise BadPattern(f"has the slot {{{kind}}}; known are {', '.join(KINDS)}")
        kinds = (kind, "number") if kind in UNIT_MAY_LACK else (kind,)
        name = f"?P<{MEANT}>" if meant else "?:"
        return _Part(f"({name}[{''.join(_signs(kind) for kind in kinds)}])")

    def _take_bar(self) -> bool:
        if self.position < len(self.tokens) and self.tokens[self.position]["bar"]:
            self.position += 1
            return True
        return False
