"""Values as people read them, in their language."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from bot.answering.phrases import phrase
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period, Value

_NO_CENTS = {"JPY", "KRW"}


def show_fact(fact_id: str, value: Value, language: Language, book: Rulebook) -> str:
    """A fact's value with its choice's label or its store's name."""
    fact = book.facts.get(fact_id)
    if fact is None:
        return show(value, language)
    if fact.type == "marketplace" and str(value) in book.marketplaces:
        return book.marketplaces[str(value)].title.of(language)
    for choice in fact.choices:
        if choice.value == value:
            return choice.label.of(language)
    return show(value, language, fact.type)


def show(value: Value, language: Language, unit: str = "number") -> str:
    """A computed or stated value; `unit` tells numbers, shares (shown as per cent) and days apart."""
    if isinstance(value, Money):
        places = Decimal(1) if value.currency in _NO_CENTS else Decimal("0.01")
        return f"{value.amount.quantize(places, ROUND_HALF_UP):,} {value.currency}"
    if isinstance(value, Period):
        return show_period(value, language)
    if isinstance(value, Decimal):
        if unit == "percent":
            return f"{plain((value * 100).quantize(Decimal('0.01'), ROUND_HALF_UP))}%"
        return phrase("days", language, n=plain(value)) if unit == "days" else plain(value)
    return value


def show_period(period: Period, language: Language) -> str:
    if period.is_day:
        return period.start.isoformat()
    if period.start == FIRST_DAY:
        return phrase("day_until", language, day=period.end.isoformat())
    if period.end == LAST_DAY:
        return phrase("day_from", language, day=period.start.isoformat())
    return phrase("day_between", language, start=period.start.isoformat(), end=period.end.isoformat())


def plain(number: Decimal) -> str:
    """A number without trailing zeros, with thousands separated, at most four decimal places."""
    rounded = number.quantize(Decimal("0.0001"), ROUND_HALF_UP).normalize()
    if rounded == rounded.to_integral_value():
        rounded = rounded.quantize(Decimal(1))
    return f"{rounded:,}"


def show_holds(start: date | None, end: date | None, language: Language) -> str:
    if start and end:
        return phrase("between", language, start=start, end=end)
    if start:
        return phrase("from", language, start=start)
    return phrase("until", language, end=end) if end else phrase("always", language)
