"""Whether a question is about the asker's own data, and about which check or metric."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Metric
from bot.understanding.normalise import HAN

LIKE = 0.6
"""A question is about a test's data if it is at least so much like one of its example questions,"""
CLOSER = 0.08
"""and by so much closer than to the examples of the page that it would lead to otherwise."""
_OWN = re.compile(
    r"\b(which|what|what's|whats|how many|how much|how is|show|list|any|my|our|did we)\b"
    r"|哪些|多少|几|我的|我们|我有|有没有|列出|哪个|怎么样|为什么"
)
"""How people ask about what they have rather than what holds."""
_CODE = re.compile(r"(?<![\w-])(?=[\w.-]*\d)(?=[\w.-]*[A-Z])[A-Z0-9][A-Z0-9]*(?:[-_.][A-Z0-9]+)+(?![\w-])|\bB0[A-Z0-9]{8}\b")
_ABOUT_CODE = re.compile(
    r"\b(why|what(?:'s| is) (?:wrong|up|the matter))\b|为什么|为何|怎么了|什么问题|什么原因", re.IGNORECASE
)
_MY_NUMBER = re.compile(r"\b(what is|what's|whats|tell me|show) (my|our)\b|(我的|我们的|我们).*(多少|几)")
"""How people ask for a number of their own; no page can know it."""
SURELY = 0.8
"""So much like its own question, asking for a number of one's own counts, whatever page is near."""
_BESIDE_HAN = re.compile(rf"(?<=[{HAN}]) | (?=[{HAN}])")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class DataQuestion:
    """Ids of the tests that a question is about; `code` is the SKU, ASIN or FNSKU that it names, or empty."""

    tests: tuple[str, ...]
    code: str = ""


def data_question(text: str, page: str | None, book: Rulebook) -> DataQuestion | None:
    """What a question asks of uploaded reports; None where it asks for a rule.

    `page` is the page that the question would lead to otherwise.
    """
    code = _CODE.search(text) if _ABOUT_CODE.search(text) else None
    if not book.checks or not (code or _OWN.search(text.lower())):
        return None
    if code:
        bare = text.replace(code[0], "sku")
        return DataQuestion((_nearest(bare, book)[0],), code[0])
    best, likeness = _nearest(text, book)
    if likeness < LIKE:
        return None
    known = {number for question in book.checks[best].questions.all() for number in _DIGITS.findall(question)}
    if set(_DIGITS.findall(text)) - known:
        return None  # figures of a case: something to compute with, not to look up
    if isinstance(book.checks[best], Metric) and likeness >= SURELY and _MY_NUMBER.search(text.lower()):
        return DataQuestion((best,))
    if page is not None and page in book.pages and likeness < closeness(text, book.pages[page].questions.all()) + CLOSER:
        return None
    return DataQuestion((best,))


def _nearest(text: str, book: Rulebook) -> tuple[str, float]:
    """The test whose example questions are most like `text`, and how much."""
    found = {test.id: closeness(text, test.questions.all()) for test in book.checks.values()}
    return max(found.items(), key=lambda item: item[1])


def closeness(text: str, examples: tuple[str, ...]) -> float:
    """How much `text` is like the nearest of some questions, from 0 to 1: pairs of letters that both have."""
    wanted = _pairs(text)
    return max((2 * len(wanted & pairs) / (len(wanted) + len(pairs)) for pairs in map(_pairs, examples)), default=0.0)


@lru_cache(maxsize=8_192)
def _pairs(text: str) -> frozenset[str]:
    words = " ".join("".join(char.lower() if char.isalnum() else " " for char in text).split())
    # Some write a space between Chinese and Latin letters, some don't.
    letters = f" {_BESIDE_HAN.sub('', words)} "
    return frozenset(letters[place : place + 2] for place in range(len(letters) - 1))
