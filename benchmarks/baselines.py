"""Ranking by well-known methods over the same example questions, for comparison.

Each baseline is a function from a batch of questions to scores over all labels and a sureness per question; the desk
around it (facts, deciding, answering) stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.index import Index, labelled_examples
from bot.understanding.normalise import normalise

Scores = NDArray[np.float32]
Ranker = Callable[[Sequence[str]], tuple[Scores, Scores]]
"""Questions -> scores over labels (one row each), and how sure the best one is (any scale)."""


@dataclass(frozen=True)
class Examples:
    """The example questions of an index, normalised, with their labels."""

    texts: list[str]
    labels: NDArray[np.int64]
    count: int

    def best_of(self, similarities: Scores) -> tuple[Scores, Scores]:
        """Similarity to each example -> the nearest example of each label."""
        scores = np.full((len(similarities), self.count), -1e9, dtype=np.float32)
        for label in range(self.count):
            columns = similarities[:, self.labels == label]
            if columns.shape[1]:
                scores[:, label] = columns.max(axis=1)
        return scores, scores.max(axis=1)


def examples_of(index: Index) -> Examples:
    labels, _, examples = labelled_examples(index.book)
    return Examples([normalise(example.text) for example in examples], np.array([e.label for e in examples]), len(labels))


def rapidfuzz_ranker(examples: Examples, scorer: str) -> Ranker:
    from rapidfuzz import fuzz, process

    def rank(questions: Sequence[str]) -> tuple[Scores, Scores]:
        return examples.best_of(process.cdist(questions, examples.texts, scorer=getattr(fuzz, scorer), dtype=np.float32))

    return rank


def _tokens(text: str) -> list[str]:
    """Words, and Chinese characters alone and in twos: what the measured BM25 baseline uses."""
    out: list[str] = []
    run = ""
    for char in f"{text} ":
        if "\u3400" <= char <= "\u9fff":
            out.append(char)
            if run.startswith("\u0000"):
                out.append(run[1:] + char)
            run = "\u0000" + char
        elif char.isalnum():
            run = (run if not run.startswith("\u0000") else "") + char
        else:
            out += [run] if run and not run.startswith("\u0000") else []
            run = ""
    return out


def bm25_ranker(examples: Examples) -> Ranker:
    import bm25s

    retriever = bm25s.BM25()
    retriever.index([_tokens(text) for text in examples.texts], show_progress=False)

    def rank(questions: Sequence[str]) -> tuple[Scores, Scores]:
        rows = np.stack([retriever.get_scores(_tokens(question) or [" "]) for question in questions])
        return examples.best_of(rows.astype(np.float32))

    return rank


def tfidf_ranker(examples: Examples, regression: bool) -> Ranker:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    # A regression over hundreds of labels is only feasible over the commonest pieces.
    most = 16_000 if regression else None
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, max_features=most)
    matrix = vectoriser.fit_transform(examples.texts)
    if not regression:
        return lambda questions: examples.best_of((vectoriser.transform(questions) @ matrix.T).toarray().astype(np.float32))
    model = LogisticRegression(C=10, max_iter=40).fit(matrix, examples.labels)

    def rank(questions: Sequence[str]) -> tuple[Scores, Scores]:
        scores = model.predict_proba(vectoriser.transform(questions)).astype(np.float32)
        return scores, scores.max(axis=1)

    return rank


def encoder_ranker(examples: Examples, encode: Callable[[Sequence[str]], Scores], regression: bool) -> Ranker:
    from sklearn.linear_model import LogisticRegression

    vectors = encode(examples.texts)
    model = LogisticRegression(C=30, max_iter=60).fit(vectors, examples.labels) if regression else None

    def rank(questions: Sequence[str]) -> tuple[Scores, Scores]:
        asked = encode(list(questions))
        nearest, sureness = examples.best_of(asked @ vectors.T)
        return (model.predict_proba(asked).astype(np.float32) if model else nearest), sureness

    return rank
