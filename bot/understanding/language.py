"""Which language to answer in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.rulebook.models import Language
from bot.understanding.normalise import HAN

_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[a-z][a-z']+")
# Words that English sentences cannot do without and that Chinese sellers do not mix into theirs.
_ENGLISH = frozenset(
    (
        "a about after am an and any are as at be been before but by can did do does doesn't don't for from get got had "
        "has have how i if in is isn't it its just me mean means my need needs no not of on or our please should so "
        "still that the their them then there they this to was we were what when where which who why will with would "
        "you your "
    ).split()
)


@dataclass(frozen=True)
class Languages:
    """`answer` is the language to answer in, `written` what the question is written in."""

    answer: Language
    written: Literal["en", "zh", "mixed"]


def detect(text: str) -> Languages:
    """The languages of a normalised question. Chinese with English terms in it is answered in Chinese; an English
    sentence that asks about a Chinese word in English."""
    han = len(_HAN.findall(text))
    words = _LATIN.findall(text)
    if not han:
        return Languages("en", "en")
    grammar = sum(word in _ENGLISH for word in words)
    answer: Language = "en" if grammar >= 2 and 2 * grammar > han else "zh"
    return Languages(answer, "mixed" if words else "zh")
