"""Runs every check and metric that the reports at hand allow, as SQL over the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.checks.results import (
    SUSPECT_ROWS,
    SUSPECT_SHARE,
    Amount,
    Checked,
    Due,
    Finding,
    Group,
    Measured,
    NotComputable,
    plain,
    total,
)
from bot.checks.targets import Comparison, headroom, is_met, recovery
from bot.reports.report import Progress, Report, Said
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import AnyTest, Check, DueDates, Metric, Query, ReportedMetrics
from bot.rulebook.models import Text

SAME_SHOP = 0.5
"""Share of common keys from which two snapshots of one report are the same shop at two times, not two shops."""
DUE_WITHIN = 60
"""So many days ahead due dates are looked for."""
EARLIER = "-before"
"""Ending of the id that stands for the earlier snapshot of a report."""
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")
_SEVERITIES = {"urgent": 0, "warning": 1, "info": 2}
_NO_CASES = Text(en="no cases in the window, so there is no rate", zh="窗口内没有可计算的记录，因此没有比率")
_NO_COLUMN = Text(en="the report lacks the column that it is computed from", zh="报告缺少计算所需的列")
_MISSING = Text(en="a report that it needs is not here", zh="缺少所需的报告")


def _silent(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""


def check(
    space: Workspace,
    reports: Sequence[Report],
    book: Rulebook,
    today: date,
    progress: Progress = _silent,
    wanted: Collection[str] | None = None,
) -> Checked:
    """Findings, metrics and what can't be computed over `reports`, whose rows are in `space`.

    Of two snapshots of the same shop the later one (in the order given) counts, the earlier one is for comparison; all
    other files of one kind add up. Afterwards the workspace is closed to files and network. `wanted` are the ids of what
    is run; without it all checks and metrics are, and no due dates.
    """
    current, before, described = _sort_out(space, reports, book)
    repeated = space.assemble(book.content.reports, current)
    space.assemble(book.content.reports, before, EARLIER.replace("-", "_"))
    space.close_off()
    files = {report.table: report.file for report in reports}
    described = tuple(
        report.noted(Said("note_repeated", {"count": repeated[report.table], "file": _earlier(report, current, files)}))
        if report.table in repeated
        else report
        for report in described
    )
    present = {name: frozenset(c for r in reports if r.format == name for c in r.columns) for name in current}
    run = _Run(space, book, today, present, frozenset(before))
    findings: list[Finding] = []
    metrics: list[Measured] = []
    missing: list[NotComputable] = []
    tests = list(book.checks.values()) if wanted is None else [test for test in book.tests.values() if test.id in wanted]
    due = [one for test in book.due_dates.values() if wanted is not None and test.id in wanted for one in run.due(test)]
    for number, test in enumerate(tests):
        progress("check", number / len(tests))
        for outcome in run.outcomes(test):
            if isinstance(outcome, Finding):
                findings.append(outcome)
            elif isinstance(outcome, Measured):
                metrics.append(outcome)
            else:
                missing.append(outcome)
    progress("check", 1.0)
    findings.sort(key=lambda finding: (_SEVERITIES[finding.severity], -finding.count))
    return Checked(today, described, tuple(findings), tuple(metrics), tuple(missing), tuple(due))


def _earlier(report: Report, current: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> str:
    tables = current[report.format or ""]
    return ", ".join(files[table] for table in tables[: tables.index(report.table)])


def _sort_out(
    space: Workspace, reports: Sequence[Report], book: Rulebook
) -> tuple[dict[str, list[str]], dict[str, list[str]], tuple[Report, ...]]:
    """The file tables of each format that count, those for comparison, and the reports with notes on that."""
    current: dict[str, list[str]] = {}
    before: dict[str, list[str]] = {}
    noted: dict[str, Said] = {}
    names = {report.table: report.file for report in reports}
    for report in reports:
        if report.format is None:
            continue
        tables = current.setdefault(report.format, [])
        layout = book.reports[report.format]
        older = [
            table
            for table in tables
            if layout.kind == "snapshot"
            and space.overlap(table, report.table, layout.column(layout.key[0]).sql) >= SAME_SHOP
        ]
        for table in older:
            tables.remove(table)
            before.setdefault(report.format, []).append(table)
            noted[table] = Said("note_before", {"file": names[report.table]})
        tables.append(report.table)
    described = tuple(report.noted(noted[report.table]) if report.table in noted else report for report in reports)
    return current, before, described


@dataclass(frozen=True)
class _Run:
    space: Workspace
    book: Rulebook
    today: date
    present: Mapping[str, frozenset[str]]
    """Formats that are there -> the columns that their files have."""
    before: frozenset[str]
    """Formats of which there is an earlier snapshot."""

    def outcomes(self, test: AnyTest) -> Iterator[Finding | Measured | NotComputable]:
        chosen = [next((name for name in group if self._has(name)), None) for group in test.needs]
        if None in chosen:
            gap = self._gap(test, chosen)
            if gap:
                yield gap
            return
        first = chosen[:1]
        if isinstance(test, Check) and test.each:
            here = [name for name in test.needs[0] if self._has(name)]
            first = [name for name in here if self.book.reports[name].part_of not in here]
        for name in first:
            assert name is not None  # noqa: S101 - None was dealt with above
            if any(column not in self.present.get(name, ()) for column in test.columns):
                yield NotComputable(test.id, _NO_COLUMN, (name,))
            else:
                yield from self._run(test, name)

    def due(self, test: DueDates) -> Iterator[Due]:
        """What is overdue or due within `DUE_WITHIN` days, by the reports at hand, the first first."""
        chosen = [next((name for name in group if self._has(name)), None) for group in test.needs]
        first = chosen[0]
        if first is None or None in chosen or any(column not in self.present[first] for column in test.columns):
            return
        columns, rows = self._rows(test, first, f"{test.due} <= $today::DATE + {DUE_WITHIN}")
        place, keys = columns.index(test.due), [columns.index(column) for column in test.key]
        seen = set()
        for row in sorted(rows, key=lambda row: str(row[place])):
            key = " · ".join(str(plain(row[number])) for number in keys if row[number] is not None)
            if (key, row[place]) not in seen:
                seen.add((key, row[place]))
                yield Due(test, first, key, row[place])

    def _has(self, name: str) -> bool:
        return name.removesuffix(EARLIER) in self.before if name.endswith(EARLIER) else name in self.present

    def _gap(self, test: AnyTest, chosen: Sequence[str | None]) -> NotComputable | None:
        """What is missing, where somebody who has these reports would look for the test."""
        needs = tuple(group[0] for group, name in zip(test.needs, chosen, strict=True) if name is None)
        if any(name.endswith(EARLIER) for name in needs):
            return None  # a comparison that nobody asked for
        if isinstance(test, Metric):
            if any(name in self.present for name in test.expected_from):
                return NotComputable(test.id, test.why_not or _MISSING, needs)
            return None
        # A check that lacks its second report is named too; one whose subject is not there at all is nobody's business.
        if isinstance(test, Check) and chosen[0] is not None:
            return NotComputable(test.id, _MISSING, needs)
        return None

    def _rows(self, test: Query, name: str, where: str = "") -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        sql = query(self.book, test, name, where)
        parameters = {
            key: value
            for key, value in {**test.parameters, "today": self.today, "report": name}.items()
            if key in set(_PARAMETER.findall(sql))
        }
        return self.space.query(sql, parameters)

    def _run(self, test: AnyTest, name: str) -> Iterator[Finding | Measured | NotComputable]:
        columns, rows = self._rows(test, name)
        if isinstance(test, Check):
            if rows:
                yield self._finding(test, name, columns, rows)
        elif isinstance(test, Metric):
            if rows:
                yield _measure(test, dict(zip(columns, rows[0], strict=True)))
        else:
            for row in rows:
                yield _reported(test, dict(zip(columns, row, strict=True)))

    def _finding(self, test: Check, name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Finding:
        count, units, money = _sums(test, columns)(rows)
        groups = _groups(test, columns, rows)
        table = self.book.reports[name].table
        [(every,)] = self.space.run(f"SELECT count(*) FROM {table}")
        suspect = test.clean and len(rows) >= SUSPECT_ROWS and len(rows) >= SUSPECT_SHARE * every
        shown = [place for place, column in enumerate(columns) if not column.startswith("_")]
        return Finding(
            test,
            name,
            count,
            units,
            money,
            groups,
            tuple(columns[place] for place in shown),
            tuple(tuple(row[place] for place in shown) for row in rows),
            suspect,
        )


Sums = Callable[[Sequence[tuple[Any, ...]]], tuple[int, int | None, Any]]


def _sums(test: Check, columns: tuple[str, ...]) -> Sums:
    """Count, units and money of rows of this check."""
    counted = [columns.index(column) for column in test.count]
    units = columns.index(test.units) if test.units else None
    money = None
    if test.money:
        currency = columns.index(test.money.currency) if test.money.currency else None
        money = columns.index(test.money.price), columns.index(test.money.units), currency

    def sums(rows: Sequence[tuple[Any, ...]]) -> tuple[int, int | None, Any]:
        keys = {tuple(row[place] for place in counted) for row in rows}
        # Rows without any key can't be told apart; each counts.
        blank = sum(all(row[place] is None for place in counted) for row in rows)
        count = len(keys) + blank - (1 if blank else 0)
        added = int(sum(row[units] or 0 for row in rows)) if units is not None else None
        amounts: tuple[Amount, ...] = ()
        if money:
            price, number, coin = money
            amounts = total([(row[price], row[number], row[coin] if coin is not None else None) for row in rows])
        return count, added, amounts

    return sums


def _groups(test: Check, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> tuple[Group, ...]:
    if not test.group:
        return ()
    whole = _sums(test, columns)
    places = [columns.index(column) for column in test.group]
    parts: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        parts.setdefault(tuple(row[place] for place in places), []).append(row)
    groups = [Group(tuple(zip(test.group, key, strict=True)), *whole(members)) for key, members in parts.items()]
    return tuple(sorted(groups, key=lambda group: (-group.count, str(group.names))))


def narrowed(finding: Finding, rows: Sequence[tuple[Any, ...]]) -> Finding:
    """A finding of some of its rows alone, in their order, with everything counted anew."""
    test, columns = finding.check, finding.columns
    count, units, money = _sums(test, columns)(rows)
    return replace(
        finding,
        count=count,
        units=units,
        money=money,
        groups=_groups(test, columns, rows),
        rows=tuple(rows),
        is_suspect=False,
    )


# ---------------------------------------------------------------- SQL


def query(book: Rulebook, test: Query, name: str, where: str = "") -> str:
    """The whole statement of a test about the report `name`: its views, `report`, and its own query.

    `where` narrows the rows further.
    """
    report = book.reports[name].table if name in book.reports else name.replace("-", "_")
    parts = [f"report AS (SELECT * FROM {report})"]
    parts += [f"{view} AS ({book.views[view].sql})" for view in views_of(test.sql, book)]
    order = "" if re.search(r"\border\s+by\b", test.sql, re.IGNORECASE) else " ORDER BY ALL"
    narrow = f" WHERE {where}" if where else ""
    return f"WITH {', '.join(parts)} SELECT * FROM ({test.sql.rstrip().rstrip(';')}) AS found{narrow}{order}"


def views_of(sql: str, book: Rulebook) -> list[str]:
    """The views that a query uses, each after those that it builds on itself. Raises `EndlessView`."""
    found: list[str] = []

    def add(text: str, chain: tuple[str, ...]) -> None:
        for word in dict.fromkeys(_WORD.findall(text)):
            if word in book.views and word not in found:
                if word in chain:
                    raise EndlessView(" -> ".join((*chain, word)))
                add(book.views[word].sql, (*chain, word))
                found.append(word)

    add(sql, ())
    return found


class EndlessView(Exception):
    """A view that builds on itself, directly or through others."""


# ---------------------------------------------------------------- metrics


def _exact(value: Any) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, float):
        return Fraction(Decimal(repr(value)))
    return Fraction(value)


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _measure(test: Metric, row: Mapping[str, Any]) -> Measured | NotComputable:
    numerator, denominator = _exact(row["numerator"]), _exact(row["denominator"])
    if not denominator or numerator is None:
        return NotComputable(test.id, _NO_CASES, ())
    comparison: Comparison | None = None
    target = None
    if test.target:
        comparison = "below" if test.target.below is not None else "at_least"
        target = _exact(test.target.below if test.target.below is not None else test.target.at_least)
    start, end = _day(row.get("window_from")), _day(row.get("window_to"))
    return _with_target(
        test,
        test.id,
        (numerator / denominator, numerator, denominator),
        (start, end) if start and end else None,
        target,
        comparison,
        None,
        None,
    )


def _reported(test: ReportedMetrics, row: Mapping[str, Any]) -> Measured:
    numerator, denominator, value = _exact(row["numerator"]), _exact(row["denominator"]), _exact(row["value"])
    if value is None and numerator is not None and denominator:
        value = numerator / denominator
    start, end = _day(row["window_from"]), _day(row["window_to"])
    comparison: Comparison | None = row["comparison"] if row["comparison"] in ("below", "at_least") else None
    return _with_target(
        test,
        row["id"],
        (value, numerator, denominator),
        (start, end) if start and end else None,
        _exact(row["target"]),
        comparison,
        (row["status"] or "").lower() or None,
        row["marketplace"],
    )


def _with_target(
    test: Metric | ReportedMetrics,
    name: str,
    parts: tuple[Fraction | None, Fraction | None, Fraction | None],
    window: tuple[date, date] | None,
    target: Fraction | None,
    comparison: Comparison | None,
    status: str | None,
    marketplace: str | None,
) -> Measured:
    value, numerator, denominator = parts
    room = back = None
    if target is not None and comparison:
        if value is not None:
            status = status or ("good" if is_met(value, target, comparison) else "bad")
        if numerator is not None and denominator:
            room = headroom(numerator, denominator, target, comparison)
            if room < 0:
                back = recovery(numerator, denominator, target, comparison)
    return Measured(
        test, name, value, numerator, denominator, window, target, comparison, status or "unknown", room, back, marketplace
    )
