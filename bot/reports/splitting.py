"""The careful way to split a text into rows, for files that the fast reader refuses.

Writes the rows that can be kept, all of the same width, as a plain CSV that the fast reader takes, and says for every
other line why it was not kept: rows + rejected lines = lines of data, always.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.reports.report import Limits, NotAReport, Rejected, Said

# The module keeps one limit for all readers; cells are measured here, so that a long one costs its own line only.
csv.field_size_limit(1 << 27)

SLIPPED = re.compile(r"[\s@]")
_RETURN = re.compile(r"\r\n?")
TOTALS = frozenset(
    {"total", "totals", "grand total", "sum", "subtotal", "合计", "总计", "总和", "小计", "汇总", "合計", "小計", "総計"}
    | {"gesamt", "gesamtsumme", "summe", "totale", "somme", "total général", "totaal", "suma", "razem", "toplam"}
)


@dataclass(frozen=True)
class Shape:
    """What a table must look like."""

    width: int
    key: tuple[int, ...]
    """Positions of the columns without which a short row is not kept."""
    columns: frozenset[int]
    """Positions of all columns that are known."""
    headings: tuple[str, ...]
    skip: int
    """Lines up to and including the header."""
    bare: int | None = None
    """Position of an id; in a file with buyers' data a row whose id holds blanks or an @ has slipped and is not kept."""
    preamble: tuple[tuple[int, str], ...] = ()
    """Column position -> value for blank cells."""
    ends_at_gap: bool = False
    """Whether the table is over at the first line below its rows that is blank or lacks a key."""


@dataclass(frozen=True)
class Split:
    """What became of the lines."""

    rows: int
    rejected: tuple[Rejected, ...]
    notes: tuple[Said, ...] = ()


def split_text(source: Path, target: Path, delimiter: str, shape: Shape, limits: Limits) -> Split:
    """Splits `source` (UTF-8) into `target`; raises `NotAReport` beyond the limits.

    Amazon's tab files are not quoted and titles hold stray quotation marks, so tabs are split plainly first; quoting is
    believed only where it loses fewer lines.
    """
    if delimiter != "\t":
        return _write(_quoted(source, delimiter, shape), target, shape, limits)
    plainly = _write(_plain(source, shape.skip), target, shape, limits)
    if not plainly.rejected or not _has_quotes(source):
        return plainly
    other = target.with_suffix(".quoted")
    quoted = _write(_quoted(source, delimiter, shape), other, shape, limits)
    if len(quoted.rejected) < len(plainly.rejected):
        other.replace(target)
        return quoted
    return plainly


Line = tuple[int, list[str], bool]
"""Number of the line in the file, cells, and whether its last cell was closed properly."""


def _has_quotes(source: Path) -> bool:
    with source.open("rb") as file:
        return any(b'"' in chunk for chunk in iter(lambda: file.read(1 << 22), b""))


def _plain(source: Path, skip: int) -> Iterator[Line]:
    """Lines cut at tabs; the line ends are those of the file (old Mac files have carriage returns alone)."""
    with source.open("rb") as file:
        head = file.read(1 << 16)
    newline = "\n" if b"\n" in head or b"\r" not in head else "\r"
    with source.open(encoding="utf-8-sig", errors="replace", newline=newline) as file:
        for number, line in enumerate(file, 1):
            if number > skip:
                cells = line.rstrip("\r\n").replace("\0", "").split("\t")
                yield number, [_unquoted(cell) for cell in cells] if '"' in line else cells, True


def _unquoted(cell: str) -> str:
    """Takes off the quotes that a spreadsheet put around a cell; a title's own quotes stay."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inner = cell[1:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return cell


def _quoted(source: Path, delimiter: str, shape: Shape) -> Iterator[Line]:
    """Records with quoting. Where a quotation mark swallows lines, only its own line is lost: the others are read anew."""
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = _Lines(file)
        repairs = 0
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                cells = []
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
            if cells is None:
                return
            taken, is_open = lines.taken, lines.is_open
            lines.begin()
            if not cells and len(taken) == 1 and taken[0].strip() and not is_open:
                # A title's own quotation marks inside a quoted cell: no line is at stake.
                cells = next(csv.reader(taken, delimiter=delimiter), [])
            is_bad = is_open or (len(taken) > 1 and (not cells or _is_swallowed(cells, delimiter, shape.width)))
            if is_bad:
                repairs += 1
                lines.put_back(taken[1:], quoting=repairs < _MOST_REPAIRS)
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                cells = taken[0].rstrip("\r\n").split(delimiter)
                taken = taken[:1]
            first = lines.number - len(taken) + 1
            if lines.number > shape.skip:
                yield first, cells, not is_bad


_MOST_LINES = 1_000
"""A record with more lines than this has an open quotation mark."""
_MOST_REPAIRS = 2_000
"""After so many open quotation marks the rest is read without quoting."""


def _is_swallowed(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a record of several lines is really several records that a stray quotation mark joined."""
    if any(cell.strip() for cell in cells[width:]):
        return True
    return delimiter == "\t" and any("\n" in cell and "\t" in cell for cell in cells)


class _Lines:
    """Physical lines for the csv module; remembers which ones the record in hand took and takes them back."""

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._quoting = True
        self.number = 0
        self.taken: list[str] = []
        self.is_open = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES:
            self.is_open = True
            raise StopIteration
        line = self._again.popleft() if self._again else next(self._file, None)
        if line is None:
            self.is_open = bool(self.taken)
            raise StopIteration
        self.number += 1
        line = line.replace("\0", "")
        self.taken.append(line)
        return line if self._quoting else line.replace('"', "")

    def begin(self) -> None:
        """A new record begins."""
        self.taken, self.is_open = [], False

    def put_back(self, lines: list[str], *, quoting: bool) -> None:
        self.number -= len(lines)
        self._quoting = quoting
        self._again.extendleft(reversed(lines))


_TAIL = 4096
"""Bytes at the end of a file among which a sum would stand."""


def ends_with_sum(source: Path, delimiter: str) -> bool:
    """Whether a row of totals is among the last lines of a text."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - _TAIL))
        lines = file.read().decode("utf-8", errors="replace").splitlines()[1:]
    return any(_is_sum(line.split(delimiter)) for line in lines if line.strip())


def _is_sum(cells: Sequence[str]) -> bool:
    first = next((cell for cell in cells if cell.strip(' \t"')), "").strip(' \t"').lower()
    return first.rstrip(":：") in TOTALS


def split_rows(rows: Iterator[tuple[int, list[str]]], target: Path, shape: Shape, limits: Limits) -> Split:
    """The same for rows that are split already (a workbook's)."""
    return _write(((number, cells, True) for number, cells in rows), target, shape, limits)


def _write(lines: Iterator[Line], target: Path, shape: Shape, limits: Limits) -> Split:
    rejected: list[Rejected] = []
    rows = padded = 0
    after_gap = is_over = False
    with target.open("w", encoding="utf-8", newline="", errors="replace") as file:
        write = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for number, cells, is_closed in lines:
            if not any(cell.strip() for cell in cells):
                after_gap = after_gap or rows > 0
                is_over = after_gap and shape.ends_at_gap
                continue
            is_over = is_over or (shape.ends_at_gap and not _has_keys(cells, shape))
            reason = _reason(cells, shape, limits, after_gap=after_gap, is_closed=is_closed)
            if is_over and reason is None:
                reason = Said("row_footer")
            if reason is not None:
                rejected.append(Rejected(number, reason))
                continue
            rows += 1
            if rows > limits.rows:
                raise NotAReport("too_many_rows", limit=f"{limits.rows:,}")
            padded += len(cells) < shape.width
            row = (cells + [""] * (shape.width - len(cells)))[: shape.width]
            for place, value in shape.preamble:
                row[place] = row[place].strip() or value
            # The fast reader takes one kind of line end only; inside a comment any kind may stand.
            write([_RETURN.sub("\n", cell) if "\r" in cell else cell for cell in row])
    notes = (Said("note_padded", {"count": padded}),) if padded else ()
    return Split(rows, tuple(rejected), notes)


def _has_keys(cells: Sequence[str], shape: Shape) -> bool:
    return all(place < len(cells) and cells[place].strip() for place in shape.key)


def _reason(cells: Sequence[str], shape: Shape, limits: Limits, *, after_gap: bool, is_closed: bool) -> Said | None:
    """Why a row is not kept; None where it is."""
    longest = max(map(len, cells))
    if longest > limits.cell:
        return Said("row_long_cell", {"length": f"{longest:,}", "limit": f"{limits.cell:,}"})
    if not is_closed:
        return Said("row_quote")
    if any(cell.strip() for cell in cells[shape.width :]):
        return Said("row_wide", {"cells": len(cells), "width": shape.width})
    if not any(place < len(cells) and cells[place].strip() for place in shape.columns):
        return Said("row_footer")
    return _cut(cells, shape, after_gap=after_gap) or _not_data(cells, shape)


def _cut(cells: Sequence[str], shape: Shape, *, after_gap: bool) -> Said | None:
    """Whether a row ends before the columns that it can't do without."""
    for place in shape.key:
        blank = place >= len(cells) or not cells[place].strip()
        if blank and len(cells) < shape.width:
            if after_gap and sum(bool(cell.strip()) for cell in cells) <= 2:
                return Said("row_footer")
            return Said("row_short", {"column": shape.headings[place], "cells": len(cells), "width": shape.width})
    return None


def _not_data(cells: Sequence[str], shape: Shape) -> Said | None:
    if shape.bare is not None and shape.bare < len(cells) and SLIPPED.search(cells[shape.bare].strip()):
        return Said("row_slipped", {"column": shape.headings[shape.bare]})
    if tuple(cell.strip() for cell in cells[: shape.width]) == shape.headings[: len(cells)]:
        return Said("row_header")
    return Said("row_total") if _is_sum(cells) else None
