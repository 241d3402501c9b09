"""Rows of an XLSX workbook as text, and what keeps a workbook from being opened."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from bot.reports.report import Limits, NotAReport

_TELLING_RATIO = 250
"""Tables shrink ten- to thirtyfold; what shrinks more was made to fill a disk."""
_HARMLESS = 20_000_000


def refuse_bomb(members: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Raises `NotAReport` for an archive that would grow beyond the limits when unpacked."""
    size, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if size > limits.unpacked or (size > _HARMLESS and size > _TELLING_RATIO * packed):
        raise NotAReport("bomb", size=f"{size // 1_000_000:,}", limit=f"{limits.unpacked // 1_000_000:,}")


def check_workbook(path: Path, limits: Limits) -> None:
    """Raises `NotAReport` for what must not or can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise NotAReport("damaged") from error
    refuse_bomb(members, limits)
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
