"""Proves checks, before anything is uploaded: DuckDB itself parses and binds every query over empty reports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from bot.checks.engine import EARLIER, EndlessView, query
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Check, DueDates, Metric, Query, View

_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")
_RATE = {"numerator", "denominator"}
_REPORTED = {
    "id", "marketplace", "value", "numerator", "denominator", "window_from", "window_to", "target", "comparison", "status",
}  # fmt: skip


_DAYS = {"DATE", "TIMESTAMP"}


@dataclass(frozen=True)
class CheckProblem:
    """What is wrong with entry number `number` of the checks, and at which key."""

    number: int
    key: str
    message: str


def check_problems(book: Rulebook) -> Iterator[CheckProblem]:
    """Unknown pages, reports and columns, and SQL that doesn't run."""
    with Workspace(threads=1) as space:
        space.assemble(book.content.reports, {})
        space.assemble(book.content.reports, {}, EARLIER.replace("-", "_"))
        space.close_off()
        for number, entry in enumerate(book.content.checks):
            if isinstance(entry, View):
                if entry.id in {report.table for report in book.content.reports}:
                    yield CheckProblem(number, "id", f"{entry.id} is the table of a report; choose another name")
                continue
            for key, message in _test_problems(entry, book, space):
                yield CheckProblem(number, key, message)


def _test_problems(test: Query, book: Rulebook, space: Workspace) -> Iterator[tuple[str, str]]:
    if test.rule not in book.pages:
        yield "rule", f"there is no page {test.rule}"
    unknown = [
        name
        for name in [
            *(name for group in test.needs for name in group),
            *(test.expected_from if isinstance(test, Metric) else ()),
        ]
        if name.removesuffix(EARLIER) not in book.reports
    ]
    for name in unknown:
        yield "needs", f"there is no report {name}"
    if unknown:
        return
    for name in test.needs[0]:
        report = book.reports.get(name)
        if report is None:
            yield "needs", f"a test is about a report as it is now, not {name}"
            return
        names = {column.name for column in report.columns}
        for column in test.columns:
            if column not in names and len(test.needs[0]) == 1:
                yield "columns", f"{name} has no column {column}"
    for name in test.needs[0]:
        problems = list(_query_problems(test, name, book, space))
        yield from problems
        if problems:
            return


def _query_problems(test: Query, name: str, book: Rulebook, space: Workspace) -> Iterator[tuple[str, str]]:
    try:
        sql = query(book, test, name)
    except EndlessView as error:
        yield "sql", f"the views go round in a circle: {error}"
        return
    used = set(_PARAMETER.findall(sql))
    for parameter in sorted(used - {*test.parameters, "today", "report"}):
        yield "sql", f"uses ${parameter}, which parameters does not give"
        return
    values: dict[str, Any] = {**test.parameters, "today": date(2026, 1, 31), "report": name}
    try:
        types = space.types(sql, {key: value for key, value in values.items() if key in used})
    except duckdb.Error as error:
        first = re.sub(r"\s+", " ", str(error).split("LINE ")[0]).strip()
        yield "sql", f"does not run over {name}: {first}"
        return
    for parameter in sorted(set(test.parameters) - used):
        yield f"parameters.{parameter}", "is not used by the query"
    yield from _column_problems(test, types)


def _column_problems(test: Query, types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    columns = tuple(types)
    if isinstance(test, DueDates):
        for key, column in [("due", test.due), *(("key", column) for column in test.key)]:
            if column not in columns:
                yield key, f"the query gives no column {column}; it gives {', '.join(columns)}"
        if test.due in types and types[test.due] not in _DAYS:
            yield "due", f"{test.due} is no day but {types[test.due]}"
        return
    if isinstance(test, Check):
        wanted = [("count", column) for column in test.count] + [("group", column) for column in test.group]
        wanted += [("units", test.units)] if test.units else []
        if test.money:
            wanted += [("money", column) for column in (test.money.price, test.money.units, test.money.currency) if column]
        for key, column in wanted:
            if column not in columns:
                yield key, f"the query gives no column {column}; it gives {', '.join(columns)}"
        return
    missing = (_RATE if isinstance(test, Metric) else _REPORTED) - set(columns)
    if missing:
        yield "sql", f"must also give {', '.join(sorted(missing))}"
