"""The pieces of a question that the lexical model counts: words, parts of words, Chinese n-grams, concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.understanding.normalise import HAN

PART_WEIGHT = 0.3
"""Weight of a part of a word beside whole words."""
_RUN = re.compile(rf"[a-z0-9\ue000-\ue4ff]+|[{HAN}]+")


def grams(text: str, concepts: Iterable[str]) -> frozenset[str]:
    """Pieces of a normalised text: whole Latin words, pairs of them and their 3- and 4-letter parts; Chinese
    characters alone, in twos and threes; and the concepts named in it, which are the same in both languages."""
    pieces: set[str] = {f"c:{concept}" for concept in concepts}
    previous = ""
    for run in _RUN.findall(text):
        if run[0].isascii():
            pieces.update((f"w:{run}", f"b:{previous} {run}"))
            padded = f"_{run}_"
            for size in (3, 4):
                pieces.update(padded[i : i + size] for i in range(len(padded) - size + 1))
            previous = run
        else:
            for size in (1, 2, 3):
                pieces.update(run[i : i + size] for i in range(len(run) - size + 1))
    return frozenset(pieces)


def weight_of(piece: str) -> float:
    """How much a piece counts: parts of words repeat one another, so each says less than a word or a Chinese n-gram."""
    return PART_WEIGHT if piece[0].isascii() and piece[1:2] != ":" else 1.0
