"""Proofs about versions and decision tables: no day without a version, no input without a case, no dead case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from math import prod

from bot.rulebook.book import Rulebook
from bot.rulebook.cells import Cell, cells, tests_of
from bot.rulebook.conditions import holds
from bot.rulebook.models import DecisionVersion, Version
from bot.rulebook.problems import Path
from bot.rulebook.values import day_after

Finding = tuple[Path, str]
"""Where in the page (or version), and what is wrong."""
MAX_COMBINATIONS = 200_000


def version_findings(versions: Sequence[Version]) -> Iterator[Finding]:
    """Gaps and overlaps between the versions of one page."""
    ordered = sorted(enumerate(versions), key=lambda pair: pair[1].period.start)
    for (_, earlier), (number, later) in pairwise(ordered):
        expected = day_after(earlier.period.end)
        if later.period.start < expected:
            yield ("versions", number), f"overlaps the version before it, which holds until {earlier.end or 'ever'}"
        elif later.period.start > expected:
            yield ("versions", number), f"leaves a gap: no version holds from {expected} until {later.start}"


def table_findings(version: DecisionVersion, book: Rulebook) -> Iterator[Finding]:
    """Inputs for which no case holds (the first found), and cases that no input reaches."""
    conditions = [case.when for case in version.cases]
    facts = list(dict.fromkeys(fact for condition in conditions for fact in condition))
    columns = [cells(fact, tests_of(fact, conditions), book) for fact in facts]
    size = prod(len(column) for column in columns)
    if size > MAX_COMBINATIONS:
        yield ("cases",), f"has {size:,} combinations to prove, more than {MAX_COMBINATIONS:,}; split the rule"
        return
    reached: set[int] = set()
    for combination in product(*columns):
        case = _first(version, facts, combination, book)
        if case is None:
            yield ("cases",), f"no case holds for {_describe(facts, combination)}"
            return
        reached.add(case)
    for number, case_ in enumerate(version.cases):
        if number not in reached:
            yield ("cases", number), f"case {case_.id} is never reached: earlier cases take all its inputs"


def _first(version: DecisionVersion, facts: list[str], combination: tuple[Cell, ...], book: Rulebook) -> int | None:
    known = {fact: cell.value for fact, cell in zip(facts, combination, strict=True)}
    for number, case in enumerate(version.cases):
        if holds(case.when, known, book):
            return number
    return None


def _describe(facts: list[str], combination: tuple[Cell, ...]) -> str:
    return ", ".join(f"{fact}={'|'.join(cell.choices) or cell.value}" for fact, cell in zip(facts, combination, strict=True))
