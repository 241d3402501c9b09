"""The computed values of a calculation, as far as their inputs are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.deciding.deadlines import count_from
from bot.deciding.formulas import BadFormula, as_number, names_in, work_out
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Computed, Deadline, DecisionVersion, Text
from bot.rulebook.values import FIRST_DAY, Money, Period, Value


@dataclass(frozen=True)
class Computation:
    """A value worked out, with what is needed to show the working."""

    id: str
    label: Text
    unit: Literal["money", "number", "percent", "days", "date"]
    value: Value
    formula: str
    inputs: tuple[tuple[str, Value], ...]


def compute(version: DecisionVersion, facts: Mapping[str, Value], book: Rulebook) -> tuple[Computation, ...]:
    """The computed values whose inputs are all known, in order; a value without its inputs is left out."""
    # A fact of the same name is another thing ("goods": their kind, their worth) and must not stand in for the value.
    own = {wanted.id for wanted in version.compute}
    values = {name: value for name, value in facts.items() if name not in own}
    done: list[Computation] = []
    for wanted in version.compute:
        result = _one(wanted, values, book)
        if result is not None:
            values[wanted.id] = result.value
            done.append(result)
    return tuple(done)


def _one(wanted: Computed, values: Mapping[str, Value], book: Rulebook) -> Computation | None:
    names = names_in(wanted.formula) if wanted.formula else _deadline_names(wanted.deadline)
    if any(name not in values for name in names):
        return None
    inputs = tuple((name, values[name]) for name in names)
    if wanted.formula:
        value: Value = work_out(wanted.formula, values)
        if (wanted.unit == "money") != isinstance(value, Money):
            raise BadFormula(f"{wanted.id} is declared as {wanted.unit} but comes out as {value}")
        return Computation(wanted.id, wanted.label, wanted.unit, value, wanted.formula, inputs)
    assert wanted.deadline is not None  # noqa: S101 - the model has either a formula or a deadline
    due = _deadline(wanted.deadline, values, book)
    if due is None:
        return None
    return Computation(wanted.id, wanted.label, wanted.unit, due, _words(wanted.deadline, values), inputs)


def _deadline_names(deadline: Deadline | None) -> tuple[str, ...]:
    if deadline is None:
        return ()
    plus = (deadline.plus,) if isinstance(deadline.plus, str) else ()
    calendar = (deadline.calendar,) if deadline.calendar else ()
    return (deadline.start, *plus, *calendar)


def _deadline(deadline: Deadline, values: Mapping[str, Value], book: Rulebook) -> Period | None:
    start = values[deadline.start]
    plus = _count(deadline, values)
    if not isinstance(start, Period) or plus is None:
        return None
    # "Since 1 November" and "by 31 December" name one day; of a longer stretch the first day gives the safe deadline.
    day = start.end if start.start == FIRST_DAY else start.start
    calendar = None
    if deadline.calendar:
        calendar = book.marketplaces[str(values[deadline.calendar])].calendar
    return Period.day(count_from(day, int(plus), deadline.unit, calendar))


def _count(deadline: Deadline, values: Mapping[str, Value]) -> Decimal | None:
    return Decimal(deadline.plus) if isinstance(deadline.plus, int) else as_number(values[deadline.plus])


def _words(deadline: Deadline, values: Mapping[str, Value]) -> str:
    calendar = f" ({values[deadline.calendar]})" if deadline.calendar else ""
    return f"{deadline.start} + {_count(deadline, values)} {deadline.unit.replace('_', ' ')}{calendar}"
