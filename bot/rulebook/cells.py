"""Splits the values of a fact into the few groups that a decision table can tell apart.

A table that tests `units` at 100 cannot tell 5 from 6: below 100, 100 and above are its cells. With a cell's
representative in place of the fact, a table can be tried on every possible input, which is how lint proves it complete
and how deciding finds out whether a missing fact matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from bot.rulebook.book import Rulebook
from bot.rulebook.conditions import passes
from bot.rulebook.models import Condition, Range, Test
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period, Value, day_after, day_before


@dataclass(frozen=True)
class Cell:
    """Values of one fact that no test of the table tells apart; `choices` are all of them for a fact with choices."""

    value: Value
    choices: tuple[str, ...] = ()


def tests_of(fact_id: str, conditions: Iterable[Condition]) -> tuple[Test, ...]:
    return tuple(condition[fact_id] for condition in conditions if fact_id in condition)


def cells(fact_id: str, tests: tuple[Test, ...], book: Rulebook, within: Period | None = None) -> tuple[Cell, ...]:
    """The cells of a fact (or of a computed value, which `book` doesn't know) under `tests`.

    `within` restricts a date fact to the days that are still possible.
    """
    fact = book.facts.get(fact_id)
    if fact is not None and fact.is_closed:
        groups: dict[tuple[bool | None, ...], list[str]] = {}
        for choice in book.choices(fact_id):
            groups.setdefault(tuple(passes(test, choice, book) for test in tests), []).append(choice)
        return tuple(Cell(group[0], tuple(group)) for group in groups.values())
    limits = [limit for test in tests if isinstance(test, Range) for limit in _limits(test)]
    days = {limit for limit in limits if isinstance(limit, date)}
    if (fact is not None and fact.type == "date") or days:
        return tuple(Cell(period) for period in _stretches(days, within or Period()))
    points = _points({limit for limit in limits if isinstance(limit, Decimal)})
    if fact is not None:
        points = [p for p in points if _possible(p, fact.minimum, fact.maximum)]
        if fact.type == "money":
            return tuple(Cell(Money(point, "USD")) for point in points)
    return tuple(Cell(point) for point in points)


def _limits(test: Range) -> list[Decimal | date]:
    return [v for v in (test.at_least, test.above, test.at_most, test.below) if v is not None]


def _stretches(days: set[date], within: Period) -> list[Period]:
    """Every limit as a day of its own, and the days between the limits."""
    result: list[Period] = []
    start = FIRST_DAY
    for day in sorted(days):
        if start < day:
            result.append(Period(start, day_before(day)))
        result.append(Period.day(day))
        start = day_after(day)
    result.append(Period(start, LAST_DAY))
    return [
        Period(max(stretch.start, within.start), min(stretch.end, within.end))
        for stretch in result
        if stretch.overlaps(within)
    ]


def _points(limits: set[Decimal]) -> list[Decimal]:
    """Every limit, a point between each two, one below the first and one above the last."""
    if not limits:
        return [Decimal(1)]
    ordered = sorted(limits)
    middles = [(low + high) / 2 for low, high in pairwise(ordered)]
    return sorted([*ordered, *middles, ordered[0] - 1, ordered[-1] + 1])


def _possible(point: Decimal, minimum: Decimal | None, maximum: Decimal | None) -> bool:
    return (minimum is None or point >= minimum) and (maximum is None or point <= maximum)
