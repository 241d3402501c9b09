"""Of what a test finds the part that a question is about: one cause, one SKU, a week, the oldest."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from bot.checks.engine import narrowed
from bot.checks.results import Finding
from bot.rulebook.book import Rulebook
from bot.rulebook.data_models import Label
from bot.rulebook.values import Period
from bot.understanding.normalise import normalise
from bot.understanding.stretches import Bound

_SIGNS = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_LONG_ENOUGH = 2
_COUNT_OF_LATIN = 4


@dataclass(frozen=True)
class Narrowing:
    """What a question says besides what it is about. `text` is the question, in which names of rows are looked for;
    `codes` are SKUs, ASINs, order ids, `maybe` what could be one; `date`, `age` and `amount` are the columns that days and
    ranks are about."""

    text: str = ""
    codes: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    period: Period | None = None
    bounds: tuple[Bound, ...] = ()
    rank: Literal["most", "least"] | None = None
    top: int | None = None
    date: str | None = None
    age: str | None = None
    amount: str | None = None


@dataclass(frozen=True)
class Narrowed:
    """A finding of the rows that are meant, and by what they were chosen."""

    finding: Finding
    labels: tuple[Label, ...] = ()
    named: tuple[str, ...] = ()
    """Codes and names of rows, as the report writes them."""
    period: Period | None = None
    bounds: tuple[Bound, ...] = ()
    ranked: str | None = None
    """The column by which the rows come first that are shown."""


def narrow(finding: Finding, wanted: Narrowing, book: Rulebook) -> Narrowed:
    """The rows of `finding` that a question means, counted anew. Conditions on columns that it lacks are left out."""
    rows: Sequence[tuple[Any, ...]] = finding.rows
    result = Narrowed(finding)
    places = {name: place for place, name in enumerate(finding.columns)}
    labels = tuple(label for label in wanted.labels if any(column in places for column in label.columns))
    for columns in dict.fromkeys(label.columns for label in labels):
        any_of = [label for label in labels if label.columns == columns]
        rows = [row for row in rows if any(_has(row, label, places, book) for label in any_of)]
    known = _codes(finding, (*wanted.codes, *wanted.maybe), book)
    names = frozenset() if known else _names(finding, wanted.text, book)
    if known or wanted.codes:
        rows = [row for row in rows if any(str(value).lower() in known for value in row if value is not None)]
    if names:
        rows = [row for row in rows if any(str(value) in names for value in row if value is not None)]
    result = replace(result, labels=labels, named=(*(known.values() or wanted.codes), *sorted(names)))
    if wanted.period is not None and wanted.date in places:
        place, period = places[wanted.date], wanted.period
        rows = [row for row in rows if (day := _day(row[place])) is not None and period.start <= day <= period.end]
        result = replace(result, period=period)
    for bound in wanted.bounds:
        column = wanted.age if bound.of == "days" else finding.check.units
        if column in places:
            rows = [row for row in rows if row[places[column]] is not None and bound.holds(float(row[places[column]]))]
            result = replace(result, bounds=(*result.bounds, bound))
    column = wanted.amount if wanted.amount in places else None
    if wanted.rank and column:
        ranked = sorted((row for row in rows if row[places[column]] is not None), key=_by(places[column]))
        ranked = ranked[::-1] if wanted.rank == "most" else ranked
        rows, result = ranked[: wanted.top or 1], replace(result, ranked=column)
    return replace(result, finding=narrowed(finding, rows))


def _by(place: int) -> Callable[[tuple[Any, ...]], Any]:
    def key(row: tuple[Any, ...]) -> Any:
        return row[place]

    return key


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _has(row: tuple[Any, ...], label: Label, places: dict[str, int], book: Rulebook) -> bool:
    return any(
        column in places and label_of(column, row[places[column]], book, (label,)) is not None for column in label.columns
    )


def label_of(column: str, value: Any, book: Rulebook, among: Sequence[Label] | None = None) -> Label | None:
    """What is known of a value of a column: the label whose wording is the longest that the value contains."""
    text = f" {_plain(str(value))} "
    found = [
        (len(wording), label)
        for label in (book.labels.get(column, ()) if among is None else among)
        for wording in map(_plain, label.values)
        if f" {wording} " in text
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _plain(text: str) -> str:
    return _SIGNS.sub(" ", text.lower()).strip()


def _codes(finding: Finding, codes: Sequence[str], book: Rulebook) -> dict[str, str]:
    """The codes that rows have: in small letters -> as written there."""
    places = [place for place, name in enumerate(finding.columns) if name in book.columns and book.columns[name].key]
    here = {str(row[place]).lower(): str(row[place]) for row in finding.rows for place in places if row[place] is not None}
    return {code.lower(): here[code.lower()] for code in codes if code.lower() in here}


def _names(finding: Finding, text: str, book: Rulebook) -> frozenset[str]:
    """Names of rows (a part, a supplier) that stand in the question."""
    places = [place for place, name in enumerate(finding.columns) if name in book.columns and book.columns[name].name]
    names = {str(row[place]) for row in finding.rows for place in places if row[place] is not None}
    return frozenset(name for name in names if _stands_in(normalise(name), text))


def _stands_in(name: str, text: str) -> bool:
    least = _COUNT_OF_LATIN if name.isascii() else _LONG_ENOUGH
    if len(name) < least:
        return False
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text)) if name.isascii() else name in text
