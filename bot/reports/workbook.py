"""Rows of an XLSX workbook as text, and what keeps a workbook from being opened."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from bot.reports.report import Limits, NotAReport

_TELLING_RATIO = 250
"""Tables shrink ten- to thirtyfold; what shrinks more was made to fill a disk."""
_HARMLESS = 20_000_000
_MOST_CELLS = 60_000_000
"""Between the first row and the last: two million rows of thirty columns."""
_PART = 1 << 20
_STRINGS = "xl/sharedstrings.xml"
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*([0-9]{1,9})""")
_ITEM = re.compile(rb"<(?:\w+:)?si[\s>]")


def refuse_bomb(members: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Raises `NotAReport` for an archive that would grow beyond the limits when unpacked."""
    size, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if size > limits.unpacked or (size > _HARMLESS and size > _TELLING_RATIO * packed):
        raise NotAReport("bomb", size=f"{size // 1_000_000:,}", limit=f"{limits.unpacked // 1_000_000:,}")


def refuse_growth(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Raises `NotAReport` for a workbook whose sheets would grow beyond the limits when they are laid out in memory.

    Two cells far apart make a sheet of all that is between them, and a long text that is written once can be shown in
    every cell.
    """
    lengths = _shared_lengths(archive)
    for member in archive.infolist():
        # A sheet may have any name in the archive.
        if member.filename.lower() == _STRINGS:
            continue
        rows, columns, text = 0, 0, 0
        for part in _parts(archive, member):
            for found in _PLACE.finditer(part):
                columns, rows = max(columns, _column(found[1])), max(rows, int(found[2]))
            if lengths:
                numbers = (int(found[1]) for found in _SHARED.finditer(part))
                text += sum(lengths[number] for number in numbers if number < len(lengths))
            if rows * columns > _MOST_CELLS or text > limits.unpacked:
                size = max(text, rows * columns * 8) // 1_000_000
                raise NotAReport("bomb", size=f"{size:,}", limit=f"{limits.unpacked // 1_000_000:,}")


def _shared_lengths(archive: zipfile.ZipFile) -> list[int]:
    """The length of each text that cells refer to by its number, markup included."""
    lengths: list[int] = []
    for member in archive.infolist():
        if member.filename.lower() != _STRINGS:
            continue
        for part in _parts(archive, member, b"<"):
            starts = [found.start() for found in _ITEM.finditer(part)]
            if lengths:
                lengths[-1] += starts[0] if starts else len(part)
            lengths += [end - start for start, end in pairwise([*starts, len(part)])]
    return lengths


def _parts(archive: zipfile.ZipFile, member: zipfile.ZipInfo, mark: bytes = b"<c") -> Iterator[bytes]:
    """A member's XML in parts that end where an element begins."""
    rest = b""
    with archive.open(member) as source:
        while chunk := source.read(_PART):
            if not rest and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                # No spreadsheet program writes its sheets so; what cannot be looked through is not opened.
                raise NotAReport("damaged")
            text = rest + chunk
            cut = text.rfind(mark)
            if cut <= 0:
                if len(text) > 4 * _PART:
                    yield text
                    text = b""
                rest = text
                continue
            yield text[:cut]
            rest = text[cut:]
    yield rest


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def check_workbook(path: Path, limits: Limits) -> None:
    """Raises `NotAReport` for what must not or can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise NotAReport("damaged") from error
    refuse_bomb(members, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_growth(archive, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise NotAReport("damaged") from error
    except RuntimeError as error:
        raise NotAReport("password") from error
    if any(member.filename.lower().endswith("vbaproject.bin") for member in members):
        raise NotAReport("macros")


def sheets(path: Path) -> Iterator[tuple[str, list[list[str]], Iterator[tuple[int, list[str]]]]]:
    """Of each sheet that holds anything: its name, its first rows, and all its rows with their numbers from 1."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height == 0 or sheet.start is None:
                continue
            top, left = sheet.start
            head = [_texts(row, left) for _, row in zip(range(40), sheet.iter_rows(), strict=False)]
            first: list[list[str]] = [[] for _ in range(top)] + head if top < 40 else head
            yield name, first, _rows(sheet, top, left)
    except (CalamineError, OSError, zipfile.BadZipFile, ValueError) as error:
        raise NotAReport("damaged") from error


def _rows(sheet: CalamineSheet, top: int, left: int) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield top + number, _texts(row, left)


def _texts(row: list[Any], left: int) -> list[str]:
    return [""] * left + [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    """A cell as its owner would type it; whole numbers without a point, so that ids stay ids."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else format(Decimal(repr(cell)), "f")
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
