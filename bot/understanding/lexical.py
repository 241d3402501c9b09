"""A naive-Bayes model over the pieces of example questions, and a BM25 look-up over those of the pages' own texts.

How much a piece speaks for a label is the logarithm of how much more often it stands in the label's examples than in all
examples, smoothed towards the common rate. Counting is all the training there is, so one changed page costs nothing,
and a question costs only its own pieces, however many labels there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.grams import weight_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

SMOOTHING = 0.3
"""How many examples at the common rate each label is given beforehand."""
SATURATION, LENGTH_SHARE, MOST = 1.2, 0.75, 3
"""BM25's k1 and b, and how many mentions of a piece on one page count."""


@dataclass(frozen=True)
class LexicalModel:
    """`starts[row]:starts[row + 1]` are the labels (and weights) for which the piece `rows[piece]` speaks."""

    rows: Mapping[str, int]
    sizes: Floats
    """How much each piece counts."""
    starts: Ints
    labels: Ints
    weights: Floats
    base: Floats
    """What a known piece says about a label whose examples lack it."""

    def scores(self, pieces: frozenset[str]) -> Floats:
        """One score per label; the sum over the known pieces, tempered by the root of what they count."""
        rows = [row for row in (self.rows.get(piece) for piece in pieces) if row is not None]
        if not rows:
            return np.zeros(len(self.base), dtype=np.float32)
        chosen = np.array(rows)
        size = self.sizes[chosen].sum()
        begins = self.starts[chosen]
        counts = self.starts[chosen + 1] - begins
        # The places of all spans at once: each begins where the one before has ended.
        places = np.repeat(begins - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        total = self.base * size + np.bincount(self.labels[places], self.weights[places], minlength=len(self.base))
        result: Floats = (total / np.sqrt(size)).astype(np.float32)
        return result

    def known_share(self, pieces: frozenset[str]) -> float:
        """The share of the pieces that any example has."""
        return sum(piece in self.rows for piece in pieces) / len(pieces) if pieces else 0.0


def fit(examples: Sequence[frozenset[str]], labels: Sequence[int], label_count: int) -> LexicalModel:
    """`examples[i]` belongs to `labels[i]`; every label below `label_count` should have examples."""
    totals: Counter[str] = Counter()
    by_label: dict[str, Counter[int]] = {}
    for pieces, label in zip(examples, labels, strict=True):
        totals.update(pieces)
        for piece in pieces:
            by_label.setdefault(piece, Counter())[label] += 1
    examples_of = np.bincount(np.asarray(labels, dtype=np.int64), minlength=label_count)
    rows = {piece: row for row, piece in enumerate(by_label)}
    sizes = np.fromiter((weight_of(piece) for piece in rows), dtype=np.float32, count=len(rows))
    lengths = [len(counter) for counter in by_label.values()]
    columns = np.fromiter((label for counter in by_label.values() for label in counter), dtype=np.int32)
    counts = np.fromiter((n for counter in by_label.values() for n in counter.values()), dtype=np.float32)
    common = np.repeat(
        np.fromiter((totals[piece] for piece in rows), dtype=np.float32, count=len(rows)) / max(len(examples), 1),
        lengths,
    )
    return LexicalModel(
        rows,
        sizes,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        columns,
        (np.log1p(counts / (np.float32(SMOOTHING) * common)) * np.repeat(sizes, lengths)).astype(np.float32),
        np.log(SMOOTHING / (examples_of + SMOOTHING)).astype(np.float32),
    )


def fit_texts(texts: Sequence[frozenset[str]], labels: Sequence[int], label_count: int) -> LexicalModel:
    """The same look-up over what pages say instead of how they are asked for, weighed as BM25 does.

    `texts[i]` are the pieces of one text of the page `labels[i]`; labels without a text get nothing. The scores of a
    question are centred, so that they say nothing about a label without texts.
    """
    by_piece: dict[str, Counter[int]] = {}
    lengths = np.zeros(label_count, dtype=np.float32)
    for pieces, label in zip(texts, labels, strict=True):
        lengths[label] += len(pieces)
        for piece in pieces:
            by_piece.setdefault(piece, Counter())[label] += 1
    pages = max(len(set(labels)), 1)
    stretch = np.float32(SATURATION) * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / max(float(lengths.sum()) / pages, 1.0))
    rows = {piece: row for row, piece in enumerate(by_piece)}
    sizes = np.fromiter((weight_of(piece) for piece in rows), dtype=np.float32, count=len(rows))
    spans = np.fromiter((len(counter) for counter in by_piece.values()), dtype=np.int64, count=len(rows))
    columns = np.fromiter((label for counter in by_piece.values() for label in counter), dtype=np.int32)
    counts = np.fromiter((min(n, MOST) for counter in by_piece.values() for n in counter.values()), dtype=np.float32)
    rarity = np.log(1 + (pages - spans + 0.5) / (spans + 0.5)) * sizes
    weights = counts * (SATURATION + 1) / (counts + stretch[columns]) * np.repeat(rarity, spans)
    starts = np.concatenate([[0], np.cumsum(spans)]).astype(np.int32)
    return LexicalModel(rows, sizes, starts, columns, weights.astype(np.float32), np.zeros(label_count, dtype=np.float32))


def log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max()
    result: Floats = (shifted - np.log(np.exp(shifted).sum())).astype(np.float32)
    return result
