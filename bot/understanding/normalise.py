"""One spelling for what people write in many: width, case, traditional characters, spaces, invisible signs."""

from __future__ import annotations

import re
import unicodedata

from zhconv_rs import zhconv

HAN = "\u3400-\u9fff\uf900-\ufaff"
_HAN_SIGN = re.compile(f"[{HAN}]")
_HAN_SPACE = re.compile(rf"(?<=[{HAN}]) | (?=[{HAN}])")
_JOINED = re.compile(r"(?<=[a-z])[-_/](?=[a-z])")
# "US" is the store, "us" is a pronoun, and only capitals tell them apart.
_US = re.compile(r"(?<![A-Za-z])US(?![A-Za-z$])")
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "-", "\u2013": "-"})


def normalise(text: str) -> str:
    """Lower case, half width, simplified characters, no invisible signs, single spaces and none beside Chinese.

    Full stops and question marks stay, in their ASCII form where there is one, because they separate sentences.
    """
    text = unicodedata.normalize("NFKC", _CONTROL.sub(" ", text)).translate(_QUOTES)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Co", "Cs", "Cn"))
    if any(char.islower() for char in text) or _has_han(text):
        text = _US.sub("usa", text)
    text = _JOINED.sub(" ", zhconv(text, "zh-hans").lower())
    return _HAN_SPACE.sub("", _SPACES.sub(" ", text)).strip()


def _has_han(text: str) -> bool:
    return bool(_HAN_SIGN.search(text))


def has_words(text: str) -> bool:
    """Whether anything in `text` can be read: a letter, a digit or a Chinese character."""
    return any(char.isalnum() for char in text)
