"""A decision page and what is known -> its outcome, or the fact to ask for next.

The first case that holds is the outcome. A fact that nobody stated is assumed where the rule allows it, and asked for
only if its value can still change the outcome; that is found out by trying every value that the table can tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from bot.deciding.compute import Computation, compute
from bot.deciding.formulas import BadFormula, names_in
from bot.rulebook.book import Rulebook, versions_within
from bot.rulebook.cells import Cell, cells, tests_of
from bot.rulebook.conditions import holds, passes
from bot.rulebook.models import Addition, Case, Computed, DecisionPage, DecisionVersion
from bot.rulebook.parsing import parse_value
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Money, Period, Value

EXCHANGE_RATE = "exchange_rate"
"""The fact that says how many units of the other currency one unit of the first one is worth."""
Origin = Literal["said", "thread", "assumed", "report", "given", "workspace", "personal"]
"""Stated in this question, earlier in the thread, assumed by the rule, read from a report, passed by `--fact`, or a default
from the settings of the workspace or of whoever asks."""
DEFAULTS: tuple[Origin, ...] = ("workspace", "personal")
"""Origins of what nobody said of this case."""


@dataclass(frozen=True)
class Known:
    """A fact's value and where it came from."""

    value: Value
    origin: Origin


Facts = Mapping[str, Known]


@dataclass(frozen=True)
class Branch:
    """What one answer to an asked fact can lead to: one case, or several where `fact` would have to be asked next."""

    values: tuple[str, ...]
    cases: tuple[Case, ...]
    fact: str | None = None


@dataclass(frozen=True)
class Outcome:
    """The case that decides, with the facts it rests on and the values worked out."""

    page: DecisionPage
    version: DecisionVersion
    case: Case
    facts: Mapping[str, Known]
    computed: tuple[Computation, ...] = ()
    additions: tuple[Addition, ...] = ()


@dataclass(frozen=True)
class Ask:
    """The fact to ask for next, all facts still open, and what each possible answer would lead to."""

    page: DecisionPage
    version: DecisionVersion
    fact: str
    open: tuple[str, ...]
    facts: Mapping[str, Known]
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class NoVersion:
    """The page says nothing about the day asked about."""

    page: DecisionPage
    day: date


@dataclass(frozen=True)
class _Table:
    """One version with the facts known for it, assumptions included."""

    page: DecisionPage
    version: DecisionVersion
    book: Rulebook
    known: dict[str, Known] = field(default_factory=dict)
    cells_of: dict[str, tuple[Cell, ...]] = field(default_factory=dict, compare=False)
    """The values that the version's cases can tell apart, by fact; shared by all tables made from this one."""

    @cached_property
    def values(self) -> dict[str, Value]:
        return {fact: known.value for fact, known in self.known.items()}

    def knowing(self, fact: str, value: Value) -> _Table:
        return replace(self, known={**self.known, fact: Known(value, "assumed")})


def decide(
    page: DecisionPage, facts: Facts, day: date, book: Rulebook, unclear: Collection[str] = ()
) -> Outcome | Ask | NoVersion:
    """The outcome of `page` on `day` with `facts`, or what to ask.

    `unclear` are facts that the asker brought up without settling them: nothing is assumed for them. Raises
    `formulas.BadFormula` or `deadlines.BadDeadline` where known values cannot be worked with (an amount in another
    currency)."""
    tables = _tables(page, facts, day, book, unclear)
    if not tables:
        return NoVersion(page, day)
    if len(tables) > 1:
        return _ask_for_date(page, tables)
    return _decide_table(tables[0])


def _tables(page: DecisionPage, facts: Facts, day: date, book: Rulebook, unclear: Collection[str]) -> list[_Table]:
    period = Period.day(day)
    if page.dated_by and page.dated_by in facts:
        stated = facts[page.dated_by].value
        period = stated if isinstance(stated, Period) else period
    elif page.dated_by and page.dated_by in unclear:
        period = Period(FIRST_DAY, LAST_DAY)
    used = []
    for version in versions_within(page.versions, period):
        known = dict(facts)
        for fact, text in version.assume.items():
            if fact not in known and fact not in unclear:
                known[fact] = Known(parse_value(book.facts[fact], text, book), "assumed")
        for fact in {value.deadline.start for value in version.compute if value.deadline} & known.keys():
            known[fact] = Known(_first_day(known[fact].value), known[fact].origin)
        used.append(_Table(page, version, book, known))
    return used


def _first_day(value: Value) -> Value:
    """ "Since 1 November" as what a deadline counts from: that day."""
    is_open = isinstance(value, Period) and value.end == LAST_DAY and value.start != FIRST_DAY
    return Period.day(value.start) if isinstance(value, Period) and is_open else value


def _ask_for_date(page: DecisionPage, tables: list[_Table]) -> Ask | Outcome:
    outcomes = [_decide_table(table) for table in tables]
    last = outcomes[-1]
    verdicts = {outcome.case.verdict for outcome in outcomes if isinstance(outcome, Outcome)}
    if len(verdicts) == 1 and all(isinstance(outcome, Outcome) for outcome in outcomes):
        return last
    branches = tuple(
        Branch((str(table.version.period),), (outcome.case,) if isinstance(outcome, Outcome) else ())
        for table, outcome in zip(tables, outcomes, strict=True)
    )
    fact = page.dated_by or ""
    known = {name: value for name, value in tables[-1].known.items() if name != fact}
    still_open = last.open if isinstance(last, Ask) else ()
    return Ask(page, tables[-1].version, fact, (fact, *still_open), known, branches)


def _decide_table(table: _Table) -> Outcome | Ask:
    if _foreign(table):
        if EXCHANGE_RATE not in table.known:
            known = _relevant(table, table.version.ask)
            return Ask(table.page, table.version, EXCHANGE_RATE, (EXCHANGE_RATE,), known)
        table = _converted(table)
    computed = compute(table.version, table.values, table.book)
    table_with = replace(table, known={**table.known, **{c.id: Known(c.value, "given") for c in computed}})
    cases = _reachable(table_with)
    if len(cases) == 1:
        case = table.version.cases[next(iter(cases))]
        missing = _missing_inputs(table, case)
        if not missing:
            return _outcome(table, table_with, case, computed)
        return Ask(table.page, table.version, missing[0], missing, _relevant(table, table.version.ask))
    return _ask(table, table_with)


def _foreign(table: _Table) -> dict[str, Money]:
    """Amounts that go into calculations in another currency than the first one; empty where no rate fact exists."""
    order = [*table.version.ask, *table.known]
    inputs = [name for name in dict.fromkeys(order) if name in _inputs(table.version.compute) and name in table.known]
    amounts = {name: value for name in inputs for value in [table.known[name].value] if isinstance(value, Money)}
    spent = {name: value for name, value in amounts.items() if value.amount}
    if EXCHANGE_RATE not in table.book.facts or len({value.currency for value in spent.values()}) < 2:
        return {}
    home = next(iter(spent.values())).currency
    return {name: value for name, value in spent.items() if value.currency != home}


def _converted(table: _Table) -> _Table:
    """The table with all amounts in the first one's currency, by the stated rate."""
    foreign = _foreign(table)
    rate = table.known[EXCHANGE_RATE].value
    if len({value.currency for value in foreign.values()}) > 1 or not isinstance(rate, Decimal) or rate <= 0:
        raise BadFormula("there are amounts in more than two currencies; give them in two at most")
    home = next(
        known.value.currency
        for name in [*table.version.ask, *table.known]
        for known in [table.known.get(name)]
        if known and isinstance(known.value, Money) and known.value.amount and name not in foreign
    )
    known = {name: Known(Money(value.amount / rate, home), table.known[name].origin) for name, value in foreign.items()}
    return replace(table, known={**table.known, **known})


def _outcome(table: _Table, full: _Table, case: Case, computed: tuple[Computation, ...]) -> Outcome:
    additions = tuple(addition for addition in table.version.add if holds(addition.when, full.values, table.book) is True)
    return Outcome(
        table.page,
        table.version,
        case,
        _relevant(
            table, (*_used_until(table.version, case), EXCHANGE_RATE, *(name for extra in additions for name in extra.when))
        ),
        computed if _mentions(case, {c.id for c in computed}) or _tests(table.version, computed) else (),
        additions,
    )


def _ask(table: _Table, full: _Table) -> Ask:
    """Which open fact to ask for: the first in the rule's order whose value changes what can come out."""
    matter = [fact for fact in _askable(table) if _matters(fact, full)]
    inputs = [fact for fact in _inputs(table.version.compute) if fact not in table.known]
    still_open = tuple(dict.fromkeys([*matter, *inputs])) or _askable(table)
    fact = still_open[0]
    return Ask(table.page, table.version, fact, still_open, _relevant(table, table.version.ask), _branches(fact, full))


def _askable(table: _Table) -> tuple[str, ...]:
    """Facts in the order of `ask` that are unknown, or known too loosely (a month across a limit); after them those that
    would have been assumed, were they not unclear."""
    order = dict.fromkeys((*table.version.ask, *table.version.assume))
    return tuple(fact for fact in order if fact not in table.known or not _is_definite(table.known[fact].value))


def _is_definite(value: Value) -> bool:
    return not isinstance(value, Period) or value.is_day


def _matters(fact: str, table: _Table) -> bool:
    outcomes = {_reachable(table.knowing(fact, cell)) for cell in _cells(fact, table)}
    return len(outcomes) > 1


def _branches(fact: str, table: _Table) -> tuple[Branch, ...]:
    if fact not in table.book.facts or not table.book.facts[fact].is_closed:
        return ()
    tests = tests_of(fact, [case.when for case in table.version.cases])
    branches = []
    for cell in cells(fact, tests, table.book):
        known = table.knowing(fact, cell.value)
        reachable = [table.version.cases[number] for number in sorted(_reachable(known))]
        following = [other for other in _askable(known) if other != fact and _matters(other, known)]
        branches.append(Branch(cell.choices, tuple(reachable), following[0] if following else None))
    return tuple(branches)


def _cells(fact: str, table: _Table) -> list[Value]:
    known = table.known.get(fact)
    within = known.value if known and isinstance(known.value, Period) else None
    if within is not None:
        tests = tests_of(fact, [case.when for case in table.version.cases])
        return [cell.value for cell in cells(fact, tests, table.book, within)]
    if fact not in table.cells_of:
        tests = tests_of(fact, [case.when for case in table.version.cases])
        table.cells_of[fact] = tuple(cells(fact, tests, table.book))
    return [cell.value for cell in table.cells_of[fact]]


def _reachable(table: _Table, first: int = 0) -> frozenset[int]:
    """Positions of the cases that can still be the outcome."""
    values = table.values
    for number in range(first, len(table.version.cases)):
        answer = holds(table.version.cases[number].when, values, table.book)
        if answer is True:
            return frozenset((number,))
        if answer is None:
            fact = _open_fact(table, number)
            return frozenset().union(*(_reachable(table.knowing(fact, value), number) for value in _cells(fact, table)))
    return frozenset()


def _open_fact(table: _Table, number: int) -> str:
    """The first fact on which the case at `number` still hangs."""
    values, when = table.values, table.version.cases[number].when
    return next(fact for fact, test in when.items() if fact not in values or passes(test, values[fact], table.book) is None)


def _inputs(computed: tuple[Computed, ...]) -> tuple[str, ...]:
    """Facts that calculations start from, in the order in which they are used."""
    made = {value.id for value in computed}
    names: list[str] = []
    for value in computed:
        if value.formula:
            names += names_in(value.formula)
        elif value.deadline:
            deadline = value.deadline
            names += [deadline.start, *([deadline.plus] if isinstance(deadline.plus, str) else [])]
            names += [deadline.calendar] if deadline.calendar else []
    return tuple(dict.fromkeys(name for name in names if name not in made))


def _missing_inputs(table: _Table, case: Case) -> tuple[str, ...]:
    """Facts that are not known though the case's text shows a value worked out from them, directly or through others."""
    wanted = {value.id for value in table.version.compute if _mentions(case, {value.id}) or value.id in case.when}
    if not wanted:
        return ()
    order = {fact: number for number, fact in enumerate(table.version.ask)}
    missing = [fact for fact in _inputs(_leading_to(wanted, table.version.compute)) if fact not in table.known]
    return tuple(sorted(missing, key=lambda fact: order.get(fact, len(order))))


def _leading_to(wanted: set[str], computed: tuple[Computed, ...]) -> tuple[Computed, ...]:
    """Of the computed values those that are `wanted` or that these are worked out from."""
    needed = set(wanted)
    for value in reversed(computed):
        if value.id in needed:
            needed.update(_inputs((value,)))
    return tuple(value for value in computed if value.id in needed)


def _mentions(case: Case, names: set[str]) -> bool:
    texts = [*_strings(case)]
    return any(name in names for text in texts if "{" in text for name in re.findall(r"[a-z_][a-z0-9_]*", text))


def _strings(case: Case) -> list[str]:
    lines = [lines for lines in (case.text, case.steps) if lines]
    return [case.verdict.en, case.verdict.zh, *(line for group in lines for line in (*group.en, *group.zh))]


def _tests(version: DecisionVersion, computed: tuple[Computation, ...]) -> bool:
    names = {value.id for value in computed}
    return any(name in names for case in version.cases for name in case.when)


def _used_until(version: DecisionVersion, last: Case) -> tuple[str, ...]:
    """Facts that the outcome rests on: those tested by its case and by the cases before it, and the inputs."""
    names: list[str] = []
    for case in version.cases:
        names += case.when
        if case.id == last.id:
            break
    return (*names, *_inputs(version.compute))


def _relevant(table: _Table, names: tuple[str, ...]) -> dict[str, Known]:
    """The known facts among `names`, in the order in which the rule uses them, its date first."""
    wanted = dict.fromkeys((*((table.page.dated_by,) if table.page.dated_by else ()), *names))
    return {name: table.known[name] for name in wanted if name in table.known}
