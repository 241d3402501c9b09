"""What was understood of a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.understanding.concepts import ConceptHit
from bot.understanding.entities import Entity
from bot.understanding.facts import FactSaid
from bot.understanding.language import Languages

Sureness = Literal["sure", "near", "unknown"]
"""Answer it; offer the nearest to choose from; say that it is not covered."""


@dataclass(frozen=True)
class Candidate:
    """A page and the probability that it is what was asked for (a share, 0-1)."""

    page: str
    probability: float


@dataclass(frozen=True)
class Ranking:
    """The pages by probability, best first, how sure the first is to be right (0-1), and the nearest topic that
    is not covered, with its probability."""

    candidates: tuple[Candidate, ...]
    confidence: float
    sureness: Sureness
    outside: str | None
    outside_probability: float

    @property
    def best(self) -> str | None:
        return self.candidates[0].page if self.candidates else None


@dataclass(frozen=True)
class Reading:
    """One question: its text as normalised and mended, and everything found in it."""

    text: str
    languages: Languages
    concepts: tuple[ConceptHit, ...]
    facts: tuple[FactSaid, ...]
    unclear: frozenset[str]
    """Facts that are brought up without being settled; see `facts.Found`."""
    entities: tuple[Entity, ...]
    """Dates, amounts and numbers, in order."""
    values: tuple[Entity, ...]
    """Those of them that no fact took."""
    ranking: Ranking
    stores: tuple[FactSaid, ...] = ()
    """The stores that are named side by side; see `facts.Found`."""


@dataclass(frozen=True)
class Message:
    """A message as one question, and the separate questions in it (that one, where it asks only once)."""

    whole: Reading
    questions: tuple[Reading, ...]
