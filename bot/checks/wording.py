"""How values of results are said to people. Programs get the values themselves."""

from __future__ import annotations

import re
from typing import Any

from bot.checks.results import plain
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Words
from bot.rulebook.models import Language, Text

_WINDOW = re.compile(r"-(\d+)d")
_DAYS = Text(en=" ({n} days)", zh="（{n} 天）")


def shown(column: str, value: Any, book: Rulebook, language: Language, *, briefly: bool = False) -> str:
    """A value of a column for people; what a report words in the other language stands beside it, unless `briefly`."""
    text = str(plain(value))
    words = book.words.get(column)
    return _said(words, text, language, briefly=briefly) if words else book.store_of(text)


def _said(words: Words, text: str, language: Language, *, briefly: bool) -> str:
    if words.own == language:
        return text
    word = max((one for one in words.words if _begins(text, one.value)), key=lambda one: len(one.value), default=None)
    if word is None:
        return text
    said = word.zh if language == "zh" else word.en
    if words.own is not None:
        return said if briefly else f"{said} [{text}]"
    # An id has nothing behind it but the days that it is about.
    rest = text[len(word.value) :]
    window = _WINDOW.fullmatch(rest)
    if window:
        return said + _DAYS.of(language).format(n=window[1])
    return text if rest else said


def _begins(text: str, beginning: str) -> bool:
    """Whether a text begins with these whole words, in capitals or not."""
    after = text[len(beginning) : len(beginning) + 1]
    return text[: len(beginning)].lower() == beginning.lower() and not after.isalnum()
