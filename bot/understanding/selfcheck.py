"""Whether every example question leads to its own page, and every example of a fact to its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.rulebook.parsing import BadValue, parse_value
from bot.understanding.concepts import mend
from bot.understanding.entities import find_entities
from bot.understanding.facts import find_facts
from bot.understanding.index import Index, Vectors, labelled_examples, pieces_of
from bot.understanding.lexical import log_softmax
from bot.understanding.normalise import normalise
from bot.understanding.ranking import centred, join

MARGIN = 1.2
"""How many times as probable as any other page an example's own page must be."""
EXAMPLE_DAY = date(2026, 11, 22)
"""The day on which the relative dates in facts' examples are read."""


@dataclass(frozen=True)
class Stray:
    """An example question that does not lead clearly to its own page."""

    page: str
    text: str
    other: str
    share: float
    """Probability of the own page."""


def stray_examples(index: Index, vectors: Vectors | None) -> Iterator[Stray]:
    """Examples for which another page or topic is as probable as their own, or nearly."""
    trained = index.trained
    _, covered, examples = labelled_examples(index.book)
    questions = [example for example in examples if example.label < covered]
    texts = [mend(normalise(example.text), trained.spellings, index.is_word) for example in questions]
    closeness = None
    if vectors is not None and trained.neighbours is not None:
        closeness = trained.neighbours.all_scores(trained.neighbours.place(vectors(texts)))
    for number, (example, text) in enumerate(zip(questions, texts, strict=True)):
        pieces = pieces_of(text, trained.spellings)
        words = log_softmax(trained.lexical.scores(pieces))
        fitting = centred(trained.texts.scores(pieces), covered)
        shares = np.exp(words) if closeness is None else join(words, fitting, closeness[number])
        own = float(shares[example.label])
        shares[example.label] = 0
        best = int(shares.argmax())
        if own < MARGIN * float(shares[best]):
            yield Stray(trained.labels[example.label], example.text, trained.labels[best], own)


def misread_facts(index: Index) -> Iterator[tuple[int, int, str]]:
    """Examples of facts that are not understood as they say: fact and example number, and what is wrong."""
    book = index.book
    for number, fact in enumerate(book.content.facts):
        for place, example in enumerate(fact.examples):
            text = mend(normalise(example.text), index.trained.spellings, index.is_word)
            said = find_facts(text, find_entities(text, EXAMPLE_DAY), index.recogniser).said
            try:
                wanted = None if example.value is None else parse_value(fact, example.value, book)
            except BadValue as error:
                yield number, place, str(error)
                continue
            # Nothing must be stated; a mere mention is no statement.
            found = next((one.value for one in said if one.fact == fact.id and (one.firm or wanted is not None)), None)
            if found != wanted:
                yield number, place, f"{example.text!r} is understood as {found}, not {wanted}"
