"""How close a question's sentence vector is to the examples of each label.

Sentence vectors vary a lot in directions that say nothing about which page is wanted (mood, length, language). They are
scaled by how much examples of one label differ among themselves, which turns those directions down. A label's score is
the summed closeness of its examples, so that several near ones count more than a lucky one. For many labels only the
most promising are looked at: those named by the caller and those whose mean vector is closest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.understanding.lexical import Floats, Ints

SHRINKAGE = 0.5
"""Share of the mean variance that is added to every direction before scaling."""
WIDTH = 0.08
"""Cosine distance over which an example's weight falls to 1/e."""
SIZE_DISCOUNT = 0.25
"""How much of the advantage of labels with many examples is taken back (0: none, 1: all)."""
CLOSEST = 40
"""How many labels are looked at by their mean vector."""
_FLOOR = np.float32(-30.0)
_BLOCK = 256


@dataclass(frozen=True)
class Neighbours:
    """`vectors` are sorted by label; those of a label stand at ``starts[label]:starts[label + 1]``."""

    centre: Floats
    scaling: Floats
    vectors: Floats
    starts: Ints
    means: Floats

    def place(self, vector: Floats) -> Floats:
        """A sentence vector in the scaled space, with length 1."""
        placed: Floats = ((vector - self.centre) @ self.scaling).astype(np.float32)
        return _unit(placed)

    def scores(self, placed: Floats, promising: Sequence[int]) -> tuple[Floats, Floats]:
        """Log closeness and the nearest example's cosine for each label; where not looked at, the lowest one seen and -1."""
        count = len(self.means)
        closeness = np.full(count, _FLOOR, dtype=np.float32)
        nearest = np.full(count, -1.0, dtype=np.float32)
        labels = self._candidates(placed, promising)
        if len(labels):
            begins, ends = self.starts[labels], self.starts[labels + 1]
            # Label by label: gathering the vectors of all of them first would cost more than multiplying them.
            spans = zip(begins.tolist(), ends.tolist(), strict=True)
            cosines = np.concatenate([self.vectors[begin:end] @ placed for begin, end in spans])
            firsts = np.concatenate([[0], np.cumsum(ends - begins)[:-1]])
            nearest[labels] = np.maximum.reduceat(cosines, firsts)
            seen = self._log(np.add.reduceat(np.exp((cosines - 1) / np.float32(WIDTH)), firsts), labels)
            closeness[:] = seen.min()
            closeness[labels] = seen
        return closeness, nearest

    def all_scores(self, placed: Floats) -> Floats:
        """Log closeness of many placed vectors (rows) to all labels, whatever they cost."""
        filled = np.flatnonzero(np.diff(self.starts)).astype(np.int32)
        closeness = np.full((len(placed), len(self.means)), _FLOOR, dtype=np.float32)
        for first in range(0, len(placed), _BLOCK):
            block = slice(first, first + _BLOCK)
            near = np.exp((placed[block] @ self.vectors.T - 1) / np.float32(WIDTH))
            weights = np.add.reduceat(near, self.starts[filled], axis=1)
            closeness[block, filled] = self._log(weights, filled)
        return closeness

    def _log(self, weights: Floats, labels: Ints) -> Floats:
        discount = np.float32(SIZE_DISCOUNT) * np.log(self.starts[labels + 1] - self.starts[labels])
        result: Floats = np.maximum(np.log(weights + np.float32(1e-30)) - discount, _FLOOR).astype(np.float32)
        return result

    def _candidates(self, placed: Floats, promising: Sequence[int]) -> Ints:
        """The labels to look at."""
        is_filled = np.diff(self.starts) > 0
        if np.count_nonzero(is_filled) <= 2 * CLOSEST:
            return np.flatnonzero(is_filled).astype(np.int32)
        chosen = np.zeros(len(is_filled), dtype=bool)
        chosen[np.argpartition(-(self.means @ placed), CLOSEST)[:CLOSEST]] = True
        chosen[np.asarray(promising, dtype=np.int64)] = True
        return np.flatnonzero(chosen & is_filled).astype(np.int32)


def fit(vectors: Floats, labels: Sequence[int], label_count: int) -> Neighbours:
    """`vectors[i]`, of length 1, belongs to `labels[i]`."""
    order = np.argsort(np.asarray(labels), kind="stable")
    sizes = np.bincount(np.asarray(labels, dtype=np.int64), minlength=label_count)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    ordered = vectors[order].astype(np.float32)
    means = np.zeros((label_count, vectors.shape[1]), dtype=np.float32)
    np.add.at(means, np.asarray(labels)[order], ordered)
    means /= np.maximum(sizes, 1)[:, None].astype(np.float32)
    inner = ordered - means[np.asarray(labels)[order]]
    spread = (inner.T @ inner) / np.float32(max(len(ordered), 1))
    size = spread.shape[0]
    spread += np.float32(SHRINKAGE * max(float(np.trace(spread)), 1e-6) / size) * np.eye(size, dtype=np.float32)
    variances, directions = np.linalg.eigh(spread.astype(np.float64))
    scaling = (directions * variances**-0.5).astype(np.float32)
    centre = ordered.mean(axis=0)
    return Neighbours(
        centre,
        scaling,
        _unit((ordered - centre) @ scaling),
        starts,
        _unit((means - centre) @ scaling),
    )


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    result: Floats = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return result
