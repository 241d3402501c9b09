"""Whether a condition holds, in three values: True, False, or None where it depends on what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from bot.rulebook.book import Rulebook
from bot.rulebook.models import Condition, Not, Range, Test
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period, Value, day_after, day_before


def holds(condition: Condition, facts: Mapping[str, Value], book: Rulebook) -> bool | None:
    """All parts of `condition` over `facts`: False if any fails, None if none fails but some are unknown."""
    unknown = False
    for fact, test in condition.items():
        answer = passes(test, facts[fact], book) if fact in facts else None
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def passes(test: Test, value: Value, book: Rulebook) -> bool | None:
    """One value against one test; None where a stretch of days lies on both sides of a limit."""
    if isinstance(test, Range):
        return _in_range(test, value)
    if isinstance(test, Not):
        return str(value) not in book.expand(test.none_of)
    return str(value) in book.expand(test)


def _in_range(limits: Range, value: Value) -> bool | None:
    if isinstance(value, Period):
        return _period_in_range(limits, value)
    number = value.amount if isinstance(value, Money) else Decimal(value)
    return all(
        (
            limits.at_least is None or number >= _number(limits.at_least),
            limits.above is None or number > _number(limits.above),
            limits.at_most is None or number <= _number(limits.at_most),
            limits.below is None or number < _number(limits.below),
        )
    )


def _period_in_range(limits: Range, value: Period) -> bool | None:
    allowed = period_of(limits)
    if value.within(allowed):
        return True
    return None if value.overlaps(allowed) else False


def period_of(limits: Range) -> Period:
    """The days that date limits allow."""
    start, end = FIRST_DAY, LAST_DAY
    if limits.at_least is not None:
        start = max(start, _day(limits.at_least))
    if limits.above is not None:
        start = max(start, day_after(_day(limits.above)))
    if limits.at_most is not None:
        end = min(end, _day(limits.at_most))
    if limits.below is not None:
        end = min(end, day_before(_day(limits.below)))
    return Period(start, end)


def is_about_dates(limits: Range) -> bool:
    return any(isinstance(v, date) for v in (limits.at_least, limits.above, limits.at_most, limits.below))


def _number(limit: Decimal | date) -> Decimal:
    if isinstance(limit, date):
        raise TypeError("a number is compared with a date")
    return limit


def _day(limit: Decimal | date) -> date:
    if not isinstance(limit, date):
        raise TypeError("a date is compared with a number")
    return limit
