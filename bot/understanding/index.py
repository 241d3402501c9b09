"""Everything that understanding looks things up in, built once from the rulebook and then only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from bot.rulebook.book import Rulebook, facts_of
from bot.rulebook.models import LANGUAGES, AnyPage, DecisionPage
from bot.understanding import lexical, neighbours
from bot.understanding.concepts import Spellings, build_spellings, find_concepts, mend
from bot.understanding.facts import Anchors, Recogniser, anchors_of, build_recogniser
from bot.understanding.grams import grams
from bot.understanding.lexical import Floats, LexicalModel
from bot.understanding.normalise import normalise

OUTSIDE = "outside:"
"""Marks the labels of topics that are not covered."""


class Encoder(Protocol):
    """Turns sentences into vectors, and knows which words exist."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row of length 1 for each text."""

    def is_word(self, word: str) -> bool:
        """Whether a Latin word is one that people write, rather than a slip."""


@dataclass(frozen=True)
class Trained:
    """What is worth keeping between runs: the models, and what they were trained on."""

    labels: tuple[str, ...]
    covered: int
    """The first so many labels are pages; the rest are outside topics."""
    spellings: Spellings
    anchors: Anchors
    lexical: LexicalModel
    texts: LexicalModel
    """What the pages say, where `lexical` is about how they are asked for."""
    neighbours: neighbours.Neighbours | None


@dataclass(frozen=True)
class Index:
    """The trained models together with the rulebook and the encoder that they belong to."""

    book: Rulebook
    trained: Trained
    encoder: Encoder | None

    @cached_property
    def recogniser(self) -> Recogniser:
        return build_recogniser(
            self.book.content.facts,
            self.book.content.marketplaces,
            self.trained.spellings.by_concept,
            self.trained.anchors,
            [frozenset(facts_of(page)) for page in self.book.active_pages],
        )

    @cached_property
    def deciding_facts(self) -> tuple[tuple[int, frozenset[str]], ...]:
        """The decision pages' labels, each with the facts that its outcome may depend on."""
        pages = (self.book.pages[label] for label in self.trained.labels[: self.trained.covered])
        return tuple(
            (number, frozenset(facts_of(page))) for number, page in enumerate(pages) if isinstance(page, DecisionPage)
        )

    @cached_property
    def _domains(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, label in enumerate(self.trained.labels[: self.trained.covered]):
            found.setdefault(label.split(".")[0], []).append(number)
        return found

    def labels_of(self, domain: str) -> list[int]:
        """The labels of a domain's pages."""
        return self._domains.get(domain, [])

    def is_word(self, word: str) -> bool:
        return self.encoder is not None and self.encoder.is_word(word)


@dataclass(frozen=True)
class Example:
    """An example question as its author wrote it, and the label it belongs to."""

    text: str
    label: int


def labelled_examples(book: Rulebook) -> tuple[tuple[str, ...], int, tuple[Example, ...]]:
    """All labels, how many of them are pages, and every example question."""
    pages = book.active_pages
    labels = [page.id for page in pages] + [OUTSIDE + topic.id for topic in book.content.outside]
    examples: list[Example] = []
    for number, source in enumerate((*pages, *book.content.outside)):
        texts = (*source.questions.all(), source.title.en, source.title.zh)
        examples += [Example(text, number) for text in texts]
    return tuple(labels), len(pages), tuple(examples)


Vectors = Callable[[Sequence[str]], Floats]
"""Sentence vectors by text; the caller decides whether they are made anew or kept from earlier."""


def train(book: Rulebook, vectors: Vectors | None, is_word: Callable[[str], bool]) -> Trained:
    """Fits both models to the example questions of `book`; without `vectors` only the lexical one."""
    labels, covered, examples = labelled_examples(book)
    plain = [normalise(example.text) for example in examples]
    spellings = build_spellings(book.content.concepts, plain, _patterns(book))
    mended = [mend(text, spellings, is_word) for text in plain]
    numbers = [example.label for example in examples]
    pieces = [pieces_of(text, spellings) for text in mended]
    said = [(number, text) for number, page in enumerate(book.active_pages) for text in texts_of(page)]
    return Trained(
        labels,
        covered,
        spellings,
        anchors_of(book.content.facts, book.content.marketplaces, spellings.by_concept),
        lexical.fit(pieces, numbers, len(labels)),
        lexical.fit_texts(
            [pieces_of(normalise(text), spellings) for _, text in said], [number for number, _ in said], len(labels)
        ),
        neighbours.fit(vectors(mended), numbers, len(labels)) if vectors else None,
    )


def _patterns(book: Rulebook) -> Iterator[str]:
    """Every pattern by which a fact is recognised."""
    for fact in book.content.facts:
        yield from (*fact.said.all(), *fact.mentioned.all())
        for choice in fact.choices:
            yield from (*choice.said.all(), *choice.mentioned.all())


def texts_of(page: AnyPage) -> tuple[str, ...]:
    """Every text that `page` may show, of all versions, in both languages."""
    return tuple(dict.fromkeys(text for version in page.versions for text in _texts_in(version.model_dump())))


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in LANGUAGES:
                yield from (inner,) if isinstance(inner, str) else inner
            else:
                yield from _texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts_in(inner)


def pieces_of(text: str, spellings: Spellings) -> frozenset[str]:
    return grams(text, (hit.concept for hit in find_concepts(text, spellings)))


_MODEL_ARRAYS = ("sizes", "starts", "labels", "weights", "base")


def _model(name: str, arrays: Mapping[str, np.ndarray], data: Mapping[str, list[str]]) -> LexicalModel:
    rows = {piece: row for row, piece in enumerate(data[f"{name}_pieces"])}
    return LexicalModel(rows, **{field: arrays[f"{name}_{field}"] for field in _MODEL_ARRAYS})


def to_arrays(trained: Trained) -> tuple[dict[str, np.ndarray], Mapping[str, object]]:
    """`trained` as arrays and plain data, for storing without pickles; `from_arrays` reads it back."""
    near = trained.neighbours
    models = {"asked": trained.lexical, "said": trained.texts}
    arrays = {f"{name}_{field}": getattr(model, field) for name, model in models.items() for field in _MODEL_ARRAYS}
    if near:
        arrays |= {
            "centre": near.centre,
            "scaling": near.scaling,
            "vectors": near.vectors,
            "label_starts": near.starts,
            "means": near.means,
        }
    plain = {
        "labels": trained.labels,
        "covered": trained.covered,
        **{f"{name}_pieces": list(model.rows) for name, model in models.items()},
        "concepts": dict(trained.spellings.concept_of),
        "words": sorted(trained.spellings.words),
        "wanted": trained.spellings.wanted,
        "anchors": trained.anchors,
    }
    return arrays, plain


def from_arrays(arrays: Mapping[str, np.ndarray], plain: Mapping[str, object]) -> Trained:
    data: dict[str, list[str]] = plain  # type: ignore[assignment]
    near = None
    if "vectors" in arrays:
        near = neighbours.Neighbours(
            arrays["centre"], arrays["scaling"], arrays["vectors"], arrays["label_starts"], arrays["means"]
        )
    return Trained(
        tuple(data["labels"]),
        int(plain["covered"]),  # type: ignore[call-overload]
        Spellings(
            plain["concepts"],  # type: ignore[arg-type]
            frozenset(data["words"]),
            tuple(data["wanted"]),
        ),
        tuple(tuple(words) for words in data["anchors"]),
        _model("asked", arrays, data),
        _model("said", arrays, data),
        near,
    )
