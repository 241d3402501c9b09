"""Written values of facts -> typed values: for rules, tests, `--fact k=v` and stored threads."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from bot.rulebook.book import Rulebook
from bot.rulebook.models import Fact
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period, Value

_MONEY = re.compile(r"^(-?[\d.,]+)\s*([A-Za-z]{3})$|^([A-Za-z]{3})\s*(-?[\d.,]+)$")


class BadValue(ValueError):
    """A written value that does not fit its fact; the message says what would."""


def parse_value(fact: Fact, text: str, book: Rulebook) -> Value:
    """`text` as a value of `fact`; raises `BadValue`.

    Money is written ``0.55 USD``, per cent ``4%`` or a share ``0.04``, a day ``2026-03-31``, a stretch of days
    ``2026-03-01..2026-03-31`` with either end left out.
    """
    text = text.strip()
    if fact.is_closed:
        return _choice(fact, text, book)
    if fact.type == "date":
        return _period(fact, text)
    if fact.type == "money":
        return _money(fact, text)
    if fact.type == "text":
        return text
    number = _number(fact, text.removesuffix("%"))
    if text.endswith("%"):
        number /= 100
    _check_limits(fact, number)
    return number


def _choice(fact: Fact, text: str, book: Rulebook) -> str:
    choices = book.choices(fact.id)
    wanted = {"true": "yes", "false": "no"}.get(text.lower(), text) if fact.type == "yes_no" else text
    for choice in choices:
        if choice.lower() == wanted.lower():
            return choice
    raise BadValue(f"{fact.id}: {text!r} is not one of {', '.join(choices)}")


def _period(fact: Fact, text: str) -> Period:
    start, dots, end = text.partition("..")
    try:
        if not dots:
            return Period.day(date.fromisoformat(start))
        return Period(date.fromisoformat(start) if start else FIRST_DAY, date.fromisoformat(end) if end else LAST_DAY)
    except ValueError as error:
        raise BadValue(f"{fact.id}: {text!r} is not a day such as 2026-03-31") from error


def _money(fact: Fact, text: str) -> Money:
    match = _MONEY.match(text)
    if not match:
        raise BadValue(f"{fact.id}: {text!r} is not an amount with a currency such as '0.55 USD'")
    amount, currency = match[1] or match[4], match[2] or match[3]
    number = _number(fact, amount)
    _check_limits(fact, number)
    return Money(number, currency.upper())


def _number(fact: Fact, text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise BadValue(f"{fact.id}: {text!r} is not a number") from error
    if not number.is_finite():
        raise BadValue(f"{fact.id}: {text!r} is not a number")
    return number


def _check_limits(fact: Fact, number: Decimal) -> None:
    if fact.minimum is not None and number < fact.minimum:
        raise BadValue(f"{fact.id}: {number} is below {fact.minimum}")
    if fact.maximum is not None and number > fact.maximum:
        raise BadValue(f"{fact.id}: {number} is above {fact.maximum}")
