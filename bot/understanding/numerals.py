"""Numbers as people write them: 1,234.5 and Chinese numerals up to ten thousands."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,12}(?:\.\d{1,6})?)"
CHINESE_NUMBER = r"(?:[零一二两三四五六七八九十百千万半]{1,8})"
_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def read_number(text: str) -> Decimal | None:
    """`1,234.5`, `三十`, `两百` or `半` as a number; None where it is none."""
    if text and text[0].isdigit():
        try:
            return Decimal(text.replace(",", ""))
        except InvalidOperation:
            return None
    return Decimal("0.5") if text == "半" else _chinese(text)


def _chinese(text: str) -> Decimal | None:
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit = 0
        elif char == "万":
            total += (section + digit) * 10_000
            section = digit = 0
        else:
            return None
    return Decimal(total + section + digit) if text else None
