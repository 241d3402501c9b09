"""Which glossary concepts a question names, in whatever spelling, and the mending of misspelt Latin words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.rulebook.models import Concept
from bot.understanding.normalise import normalise

_WORD = re.compile(r"(?<![a-z0-9@./-])[a-z]{4,24}(?![a-z0-9@]|\.[a-z])")
_LONG_WORD = 9
"""From this length on two slips are forgiven, below it one."""


@dataclass(frozen=True)
class ConceptHit:
    concept: str
    start: int
    end: int


@dataclass(frozen=True)
class Spellings:
    """All spellings of all concepts, and the Latin words that are spelt right."""

    concept_of: Mapping[str, str]
    words: frozenset[str]
    wanted: tuple[str, ...]
    """Words of the glossary, to which misspelt ones are mended."""

    @cached_property
    def by_concept(self) -> Mapping[str, tuple[str, ...]]:
        """Concept -> its spellings."""
        found: dict[str, list[str]] = {}
        for form, concept in self.concept_of.items():
            found.setdefault(concept, []).append(form)
        return {concept: tuple(forms) for concept, forms in found.items()}

    @cached_property
    def lengths(self) -> Mapping[str, tuple[int, ...]]:
        """By the first two characters: how long the spellings are that begin with them, longest first."""
        found: dict[str, set[int]] = {}
        for form in self.concept_of:
            found.setdefault(form[:2], set()).add(len(form))
        return {start: tuple(sorted(lengths, reverse=True)) for start, lengths in found.items()}


def spellings_by_concept(concepts: Iterable[Concept]) -> dict[str, tuple[str, ...]]:
    """Concept -> its spellings, normalised."""
    return {
        concept.id: tuple(dict.fromkeys(normalise(form) for form in (*concept.en, *concept.zh, *_titles(concept))))
        for concept in concepts
    }


def _titles(concept: Concept) -> tuple[str, ...]:
    return concept.title.en, concept.title.zh


def build_spellings(concepts: Iterable[Concept], texts: Iterable[str], patterns: Iterable[str] = ()) -> Spellings:
    """`texts` are normalised texts whose words count as spelt right where they stand twice, such as the example questions;
    in `patterns` of facts once is enough: "matcha" is no slip of "match" where a fact looks for it."""
    concept_of: dict[str, str] = {}
    wanted: set[str] = set()
    for concept, forms in spellings_by_concept(concepts).items():
        for form in forms:
            concept_of.setdefault(form, concept)
            if form[-1:].isascii() and form[-1:].isalpha() and len(form) > 2:
                concept_of.setdefault(form + "s", concept)
            wanted.update(word for word in _WORD.findall(form) if len(word) > 4)
    words = set(wanted)
    counts: dict[str, int] = {}
    for text in texts:
        for word in _WORD.findall(text):
            counts[word] = counts.get(word, 0) + 1
    words.update(word for word, count in counts.items() if count > 1)
    words.update(word for pattern in patterns for word in _WORD.findall(pattern.casefold()))
    return Spellings(
        concept_of,
        frozenset(words),
        tuple(sorted(wanted)),
    )


def mend(text: str, spellings: Spellings, is_word: Callable[[str], bool]) -> str:
    """Misspelt Latin words replaced by the word of the glossary that is one slip away (two in long words).

    Words that stand in the example questions, or that `is_word` knows, are left as they are.
    """

    def replace(match: re.Match[str]) -> str:
        word = match[0]
        if word in spellings.words or word.removesuffix("s") in spellings.words or is_word(word):
            return word
        slips = 2 if len(word) >= _LONG_WORD else 1
        best = process.extractOne(word, spellings.wanted, scorer=OSA.distance, score_cutoff=slips)
        return best[0] if best and best[0][0] == word[0] else word

    return _WORD.sub(replace, text)


def find_concepts(text: str, spellings: Spellings) -> tuple[ConceptHit, ...]:
    """Concepts in a normalised text, longest spelling first, without overlaps."""
    hits: list[ConceptHit] = []
    position = 0
    while position < len(text):
        hit = _longest_at(text, position, spellings) if _is_edge(text, position) else None
        if hit is None:
            position += 1
        else:
            hits.append(hit)
            position = hit.end
    return tuple(hits)


def _longest_at(text: str, start: int, spellings: Spellings) -> ConceptHit | None:
    for length in (*spellings.lengths.get(text[start : start + 2], ()), *spellings.lengths.get(text[start], ())):
        end = start + length
        if end <= len(text) and _is_edge(text, end):
            concept = spellings.concept_of.get(text[start:end])
            if concept is not None:
                return ConceptHit(concept, start, end)
    return None


def _is_edge(text: str, position: int) -> bool:
    """Whether a spelling may begin or end here: not inside a Latin word or a number."""
    if position in (0, len(text)):
        return True
    return not (_is_latin(text[position - 1]) and _is_latin(text[position]))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
