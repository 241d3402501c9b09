"""A split text -> a typed table: one pass in SQL for what Amazon's own files hold, a second one for the unusual values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bot.reports import values
from bot.reports.report import Said
from bot.reports.splitting import TOTALS
from bot.reports.values import BLANK, DateOrder
from bot.reports.workspace import SQL_TYPES, Workspace
from bot.rulebook.report_models import Column, ReportFormat

_TRIM = "' \t\u00a0\u3000\ufeff'"
_BLANK_LIST = ", ".join(f"'{token}'" for token in sorted(BLANK))
_STAMPS = (
    "['%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M:%S', "
    "'%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%dT%H:%M:%S.%f%z']"
)
_YES = "('y', 'yes', 'true', '1', 'x', 'oui', 'ja', 'si', 'sí', '是', 'はい')"
_NO = "('n', 'no', 'false', '0', 'non', 'nein', '否', 'いいえ')"
_OWN = "('DEFAULT', 'MERCHANT', 'MFN', 'FBM', 'SELLER', 'MERCHANT FULFILLED')"
_PARSED = ("integer", "number", "ratio", "time")
_TOTALS = ", ".join(f"'{word}'" for word in sorted(TOTALS))


class Refused(Exception):
    """The fast reader does not take this file; it has to be split with care."""


@dataclass(frozen=True)
class Source:
    """A UTF-8 text with rows of one width."""

    path: Path
    delimiter: str
    is_quoted: bool
    skip: int
    """Lines before the first row."""
    width: int
    longest_line: int = 1_000_000
    in_yen: bool = False
    """Whether amounts are in yen, as Japanese headings say: they have no decimals, and 2,980 is two thousand and more."""
    has_quotes: bool = False
    """Whether cells may stand between quotation marks that the reader leaves alone (`is_quoted` is false)."""

    def sql(self) -> str:
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(self.width))
        quote = "'\"'" if self.is_quoted else "''"
        path = str(self.path).replace("'", "''")
        delimiter = "\t" if self.delimiter == "\t" else self.delimiter
        return (
            f"read_csv('{path}', columns={{{columns}}}, delim='{delimiter}', quote={quote}, escape={quote}, header=false, "
            f"skip={self.skip}, auto_detect=false, nullstr='', max_line_size={self.longest_line})"
        )


@dataclass(frozen=True)
class Loaded:
    rows: int
    duplicates: int
    notes: tuple[Said, ...]


def load(
    space: Workspace,
    table: str,
    source: Source,
    report: ReportFormat,
    places: dict[str, tuple[int, ...]],
    expected: int | None,
) -> Loaded:
    """Creates `table` with the canonical columns of `report`; raises `Refused` where the file is not plain enough.

    `places` says where each column stands; `expected` is the number of rows that must come out, if it is known.
    """
    parsed = [column for column in report.kept if column.type in _PARSED and len(places.get(column.name, ())) == 1]
    counted = expected is not None
    _create(space, table, source, report, places, parsed, whole=False, counted=counted)
    rows, distinct = _distinct(space, table, [f'"{column.sql}"' for column in report.kept if column.type == "id"])
    if rows != distinct:
        names = [*(f'"{column.sql}"' for column in report.kept), *(f"raw_{column.sql}" for column in parsed)]
        rows, distinct = _distinct(space, table, names)
    if expected is not None and rows != expected:
        space.run(f"DROP TABLE {table}")
        raise Refused(f"{rows} rows instead of {expected}")
    if rows != distinct:
        # Alike in what is kept; whether the whole lines are alike needs a look at all their cells.
        space.run(f"DROP TABLE {table}")
        _create(space, table, source, report, places, parsed, whole=True, counted=counted)
        space.run(f"DELETE FROM {table} WHERE rowid NOT IN (SELECT min(rowid) FROM {table} GROUP BY line_hash)")
        space.run(f"ALTER TABLE {table} DROP COLUMN line_hash")
        [(distinct,)] = space.run(f"SELECT count(*) FROM {table}")
    notes = _read_unusual(space, table, parsed, report, in_yen=source.in_yen)
    for column in parsed:
        space.run(f"ALTER TABLE {table} DROP COLUMN raw_{column.sql}")
    notes += _damage(space, table, report, places)
    return Loaded(distinct, rows - distinct, tuple(notes))


def _distinct(space: Workspace, table: str, names: Sequence[str]) -> tuple[int, int]:
    """Number of rows, and of different ones as far as these columns tell."""
    [(rows, distinct)] = space.run(f"SELECT count(*), count(DISTINCT hash({', '.join(names)})) FROM {table}")
    return rows, distinct


def needs_care(space: Workspace, table: str, report: ReportFormat, heading: str) -> bool:
    """Whether rows stand among the data that only the careful way to split refuses: sums, repeated headers, slipped rows.

    `heading` is that of the key column.
    """
    key = f'CAST("{report.column(report.key[0]).sql}" AS VARCHAR)'
    slipped = f"contains({key}, ' ') OR contains({key}, '@')" if report.has_bare_key else "false"
    [(count,)] = space.run(
        f"SELECT count(*) FROM {table} WHERE (strlen({key}) <= 14 AND lower({key}) IN ({_TOTALS})) OR {slipped} "
        f"OR {key} = $heading",
        {"heading": heading},
    )
    return bool(count)


def _create(
    space: Workspace,
    table: str,
    source: Source,
    report: ReportFormat,
    places: dict[str, tuple[int, ...]],
    parsed: Sequence[Column],
    *,
    whole: bool,
    counted: bool,
) -> None:
    """Reads the file into `table`: typed columns, what could not be typed at once, and with `whole` a hash of each line."""
    every = ", ".join(f"c{place}" for place in range(source.width))
    # A row that is blank where it matters is left out. Where rows are counted, so that none can get lost by it, only the
    # columns that are kept are looked at: the reader then need not touch the others.
    kept = sorted({place for column in report.kept for place in places.get(column.name, ())})
    filled = ", ".join(f"c{place}" for place in kept) if counted else every
    rows = f"SELECT * FROM {source.sql()}"
    if source.has_quotes:
        bare = ", ".join(f"{_unquoted(f'c{place}')} AS c{place}" for place in kept)
        rows = f"SELECT * REPLACE ({bare}) FROM {source.sql()}"
    selected = [_typed(column, places.get(column.name, ())) for column in report.kept]
    selected += [f"c{places[column.name][0]} AS raw_{column.sql}" for column in parsed]
    selected += [f"hash({every}) AS line_hash"] if whole else []
    shown = [f'"{column.sql}"' for column in report.kept]
    shown += [
        f'CASE WHEN "{column.sql}" IS NULL AND raw_{column.sql} IS NOT NULL '
        f"THEN trim(raw_{column.sql}, {_TRIM}) END AS raw_{column.sql}"
        for column in parsed
    ]
    shown += ["line_hash"] if whole else []
    try:
        space.run(
            f"CREATE TABLE {table} AS SELECT {', '.join(shown)} FROM (SELECT {', '.join(selected)} FROM ({rows}) "
            f"WHERE coalesce({filled}) IS NOT NULL)"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as error:
        raise Refused(str(error).splitlines()[0]) from error


# ---------------------------------------------------------------- in SQL


def _unquoted(cell: str) -> str:
    """A cell without the quotation marks that a spreadsheet put around it; a title's own ones stay."""
    inner = f"replace(substr({cell}, 2, length({cell}) - 2), '\"\"', chr(0))"
    return (
        f"CASE WHEN ascii({cell}) = 34 AND length({cell}) > 1 AND ends_with({cell}, '\"') AND NOT contains({inner}, '\"') "
        f"THEN nullif(replace({inner}, chr(0), '\"'), '') ELSE {cell} END"
    )


def _typed(column: Column, places: Sequence[int]) -> str:
    kind = SQL_TYPES[column.type]
    if not places:
        return f'NULL::{kind} AS "{column.sql}"'
    if column.is_summed:
        parts = " + ".join(f"coalesce(try_cast(c{place} AS DECIMAL(18,4)), 0)" for place in places)
        some = " OR ".join(f"c{place} IS NOT NULL" for place in places)
        return f'CASE WHEN {some} THEN CAST({parts} AS {kind}) END AS "{column.sql}"'
    cell = f"c{places[0]}"
    return f'{_expression(column, cell)} AS "{column.sql}"'


def _expression(column: Column, cell: str) -> str:
    if column.type == "text":
        is_bare = f"ascii({cell}) > 32 AND ascii({cell}) < 128 AND NOT ends_with({cell}, ' ')"
        return f"CASE WHEN {is_bare} THEN {cell} ELSE nullif(trim({cell}, {_TRIM}), '') END"
    if column.type == "id":
        bare = f"trim({cell}, {_TRIM})"
        formula = f"CASE WHEN {bare} LIKE '=\"%\"' THEN substr({bare}, 3, strlen({bare}) - 3) ELSE {bare} END"
        # Nearly every id begins with a letter or digit and is not "none" or "n/a"; only the others need a closer look.
        return (
            f"CASE WHEN ascii({cell}) BETWEEN 48 AND 122 AND ascii({cell}) <> 61 AND NOT ends_with({cell}, ' ') "
            f"AND NOT ends_with({cell}, '\u00a0') AND (strlen({cell}) > 8 OR ascii({cell}) NOT IN (78, 110)) THEN {cell} "
            f"WHEN lower({bare}) IN ({_BLANK_LIST}) THEN NULL ELSE {formula} END"
        )
    if column.type == "time":
        return (
            f"CASE WHEN ends_with({cell}, '+00:00') AND strlen({cell}) = 25 THEN try_cast({cell} AS TIMESTAMP) "
            f"ELSE CAST(try_strptime({cell}, {_STAMPS}) AS TIMESTAMP) END"
        )
    if column.type == "flag":
        bare = f"lower(trim({cell}))"
        return f"CASE WHEN {bare} IN {_YES} THEN true WHEN {bare} IN {_NO} THEN false END"
    if column.type == "channel":
        bare = f"upper(trim({cell}))"
        return (
            f"CASE WHEN {cell} IN ('Merchant', 'DEFAULT') THEN 'FBM' WHEN {cell} = 'Amazon' THEN 'FBA' "
            f"WHEN {bare} LIKE 'AMAZON%' OR {bare} IN ('AFN', 'FBA') THEN 'FBA' WHEN {bare} IN {_OWN} THEN 'FBM' END"
        )
    if column.type == "integer":
        return (
            f"CASE WHEN strlen({cell}) = 1 THEN try_cast({cell} AS BIGINT) "
            f"WHEN NOT {_is_unusual(column, cell)} THEN CAST(try_cast({cell} AS DECIMAL(18,4)) AS BIGINT) END"
        )
    kind = "DOUBLE" if column.type == "ratio" else "DECIMAL(18,4)"
    return f"CAST(CASE WHEN NOT {_is_unusual(column, cell)} THEN try_cast({cell} AS {kind}) END AS {SQL_TYPES[column.type]})"


def _is_unusual(column: Column, cell: str) -> str:
    """Whether a number has to be read with the evidence of its column."""
    number = f"try_cast({cell} AS DECIMAL(18,4))"
    # A group of three digits after a point may be thousands; letters and underscores are not digits to us.
    letters = " OR ".join(f"contains({cell}, '{sign}')" for sign in "eE_")
    strange = f"({number} IS NULL OR {cell} LIKE '%.___' OR {letters})"
    if column.type == "ratio":
        return f"(try_cast({cell} AS DOUBLE) IS NULL OR contains({cell}, '_') OR contains({cell}, 'n'))"
    return f"({strange} OR {number} <> trunc({number}))" if column.type == "integer" else strange


# ---------------------------------------------------------------- the unusual values


def _read_unusual(
    space: Workspace, table: str, columns: Sequence[Column], report: ReportFormat, *, in_yen: bool
) -> list[Said]:
    found: dict[str, list[str]] = {}
    for column in columns:
        rows = space.run(f"SELECT DISTINCT raw_{column.sql} FROM {table} WHERE raw_{column.sql} IS NOT NULL")
        cells = [row[0] for row in rows if row[0].lower() not in BLANK]
        if cells:
            found[column.sql] = cells
    if not found:
        return []
    dates = values.date_style(cell for column in columns if column.type == "time" for cell in found.get(column.sql, ()))
    numbers = [cell for column in columns if column.type in ("number", "ratio") for cell in found.get(column.sql, ())]
    file_style = values.number_style(numbers)
    is_day_first = file_style.decimal == "," or _is_day_first(space, table, report)
    order: DateOrder = dates.order or ("day_first" if is_day_first else "month_first")
    notes: list[Said] = []
    for column in columns:
        cells = found.get(column.sql, [])
        if not cells:
            continue
        read: dict[str, Any] = {}
        if column.type == "time":
            read = {cell: values.read_time(cell, order) for cell in cells}
            unsure = next((cell for cell in cells if _is_unsure(cell)), None) if dates.order is None else None
            if unsure:
                notes.append(Said("note_ambiguous_date", {"column": column.name, "example": unsure, "order": Said(order)}))
        else:
            read = _read_numbers(space, table, column, cells, file_style, notes, report, in_yen=in_yen)
        _put(space, table, column, read)
        lost = [cell for cell in cells if read[cell] is None]
        if lost:
            [(count,)] = space.run(
                f'SELECT count(*) FROM {table} WHERE raw_{column.sql} IS NOT NULL AND "{column.sql}" IS NULL '
                f"AND lower(raw_{column.sql}) NOT IN ({_BLANK_LIST})"
            )
            kind = Said(f"type_{column.type}")
            notes.append(Said("note_unreadable", {"count": count, "column": column.name, "type": kind}))
    return notes


_DAY_FIRST = ("GB", "UK", "DE", "FR", "IT", "ES", "NL", "BE", "IE", "AU", "IN", "GBP", "EUR", "AUD", "INR")


def _is_day_first(space: Workspace, table: str, report: ReportFormat) -> bool:
    """Whether the rows are about stores that write the day before the month."""
    columns = [column.sql for column in report.kept if column.name in ("country", "marketplace", "currency", "ship-country")]
    return any(
        row[0] in _DAY_FIRST
        for column in columns
        for row in space.run(f'SELECT DISTINCT upper("{column}") FROM {table} LIMIT 20')
    )


def _is_unsure(cell: str) -> bool:
    return values.read_time(cell, "day_first") != values.read_time(cell, "month_first")


def _read_numbers(
    space: Workspace,
    table: str,
    column: Column,
    cells: Sequence[str],
    file_style: values.NumberStyle,
    notes: list[Said],
    report: ReportFormat,
    *,
    in_yen: bool,
) -> dict[str, Any]:
    [(point_seen,)] = space.run(
        f'SELECT count(*) FILTER ("{column.sql}" <> trunc("{column.sql}")) > 0 FROM {table} WHERE raw_{column.sql} IS NULL'
    )
    style = values.number_style(cells, point_seen=point_seen)
    if style.decimal is None:
        style = values.NumberStyle(file_style.decimal, style.currency)
    is_yen = in_yen or (
        any(other.name == "currency" for other in report.kept)
        and space.run(f"SELECT DISTINCT currency FROM {table} WHERE currency IS NOT NULL") == [("JPY",)]
    )
    whole = column.type == "integer" or (is_yen and column.type == "number")
    read: dict[str, Any] = {cell: values.read_number(cell, style, whole=whole) for cell in cells}
    unsure = [cell for cell, number in read.items() if number == "ambiguous"]
    if unsure:
        read.update(dict.fromkeys(unsure))
        notes.append(Said("note_ambiguous_number", {"column": column.name, "example": unsure[0]}))
    if column.type == "integer":
        read = {cell: int(number) if number is not None and number == int(number) else None for cell, number in read.items()}
    currency = any(other.name == "currency" for other in report.columns)
    if style.currency and currency and column.type == "number":
        space.run(f"UPDATE {table} SET currency = $name WHERE currency IS NULL", {"name": style.currency})
    return read


def _put(space: Workspace, table: str, column: Column, read: dict[str, Any]) -> None:
    """Writes what the cells mean into the table."""
    known = {cell: str(value) for cell, value in read.items() if value is not None}
    if known:
        space.run(
            f'UPDATE {table} SET "{column.sql}" = CAST(known.value AS {SQL_TYPES[column.type]}) '
            f"FROM (SELECT unnest($cells) AS cell, unnest($values) AS value) AS known WHERE raw_{column.sql} = known.cell",
            {"cells": list(known), "values": list(known.values())},
        )


# ---------------------------------------------------------------- what spreadsheets did

SCIENTIFIC = r"[0-9]([.,][0-9]+)?[Ee][+][0-9]{1,2}"


def _damage(space: Workspace, table: str, report: ReportFormat, places: dict[str, tuple[int, ...]]) -> list[Said]:
    notes = []
    ids = [column for column in report.kept if column.type == "id" and column.name in places]
    if ids:
        counts = ", ".join(
            f"count(CASE WHEN strlen({name}) < 16 AND ascii({name}) BETWEEN 48 AND 57 "
            f"THEN CASE WHEN regexp_full_match({name}, '{SCIENTIFIC}') THEN 1 END END)"
            for name in (f'"{column.sql}"' for column in ids)
        )
        for column, count in zip(ids, space.run(f"SELECT {counts} FROM {table}")[0], strict=True):
            if count:
                notes.append(Said("note_scientific", {"count": count, "column": column.name}))
    if "product-id" in places and "product-id-type" in places:
        [(count,)] = space.run(
            f"SELECT count(*) FROM {table} WHERE regexp_full_match(product_id, '[0-9]+') AND "
            "((product_id_type = '3' AND length(product_id) < 12) OR (product_id_type = '4' AND length(product_id) < 12) "
            "OR (product_id_type = '2' AND length(product_id) < 10))"
        )
        if count:
            notes.append(Said("note_zeros", {"count": count}))
    if "product-name" in places:
        [(count,)] = space.run(f"SELECT count(*) FROM {table} WHERE length(product_name) = 32767")
        if count:
            notes.append(Said("note_long_text"))
    return notes
