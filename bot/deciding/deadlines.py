"""Days counted from a day: calendar or business days with the holidays of a marketplace, weeks, months."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from bot.rulebook.values import LAST_DAY

Unit = Literal["days", "weekdays", "business_days", "weeks", "months"]
MAX_COUNT = 5_000


class BadDeadline(ValueError):
    """A deadline that cannot be counted; the message says why."""


def count_from(start: date, plus: int, unit: Unit, calendar: str | None = None) -> date:
    """The day `plus` units after `start` (before it where negative).

    The first day counted is the one after `start`. Business days leave out Saturdays and Sundays (where a country's
    weekend is another one, that) and the public holidays of `calendar`, a country code of the holidays library; weekdays
    are Monday to Friday, holidays or not. A month after 31 January is the last day of February.
    """
    if abs(plus) > MAX_COUNT or (LAST_DAY - start).days < 40 * MAX_COUNT:
        raise BadDeadline(f"{plus} {unit} from {start} is out of range")
    if unit == "days":
        return start + timedelta(days=plus)
    if unit == "weeks":
        return start + timedelta(weeks=plus)
    if unit == "months":
        index = start.year * 12 + start.month - 1 + plus
        year, month = divmod(index, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    if unit == "weekdays":
        return _counted(start, plus, lambda day: day.weekday() < 5)
    if calendar is None:
        raise BadDeadline("business days need a calendar")
    return _counted(start, plus, lambda day: is_business_day(day, calendar))


def _counted(start: date, plus: int, counts: Callable[[date], bool]) -> date:
    step = timedelta(days=1 if plus >= 0 else -1)
    day, left = start, abs(plus)
    while left:
        day += step
        if counts(day):
            left -= 1
    return day


def is_business_day(day: date, calendar: str) -> bool:
    holidays, weekend = _holidays(calendar, day.year)
    return day.weekday() not in weekend and day not in holidays


@lru_cache(maxsize=256)
def _holidays(calendar: str, year: int) -> tuple[frozenset[date], frozenset[int]]:
    # Imported late: the library takes a tenth of a second that only deadlines should cost.
    import holidays

    try:
        found = holidays.country_holidays(calendar, years=year)
    except NotImplementedError as error:
        raise BadDeadline(f"no holidays are known for {calendar}") from error
    return frozenset(found), frozenset(getattr(found, "weekend", {5, 6}))
