"""Words of content as patterns: which groups of them a normalised question contains, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.understanding.normalise import HAN, normalise

_HAN = re.compile(f"[{HAN}]")
NOTHING = re.compile(r"(?!)")


def spans(words: tuple[str, ...], text: str) -> tuple[tuple[int, int], ...]:
    """Where any of `words` stands in a normalised text; of words that begin at one place the longest."""
    return tuple(match.span() for match in pattern_of(words).finditer(text))


def has(words: tuple[str, ...], text: str) -> bool:
    """Whether any of `words` stands in a normalised text."""
    return bool(pattern_of(words).search(text))


@lru_cache(maxsize=2_048)
def pattern_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for several words. In Latin letters they count whole and `*` stands for further letters, or, between two
    words, for a few words; Chinese ones count wherever they stand."""
    parts = [_pattern(word) for word in _longest_first(words)]
    return re.compile("|".join(parts)) if parts else NOTHING


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(map(normalise, words)), key=len, reverse=True)


def _pattern(word: str) -> str:
    if _HAN.search(word):
        return re.escape(word)
    head = word.removesuffix("*")
    inner = r"[^.?!]{0,15}?".join(map(re.escape, head.split("*")))
    end = r"[\w'-]*" if word.endswith("*") else r"(?![a-z0-9])"
    return rf"(?<![a-z0-9]){inner}{end}"
