"""Ready tables for the sellers' own sheets and upload files."""

from __future__ import annotations

import csv
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bot.rulebook.models import Language
from bot.rulebook.report_models import ReportFormat

_HEADING_WIDTH = 22


def write_template(report: ReportFormat, path: Path, language: Language) -> None:
    """Writes headings and one example row to `path` (.xlsx or .csv); raises `FileExistsError` rather than overwrite."""
    headings = [report.heading(column, language) for column in report.kept]
    example = [column.example for column in report.kept]
    if path.suffix.lower() == ".csv":
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([headings, example])
        return
    if path.exists():
        raise FileExistsError(path)
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = report.id[:31]
    sheet.append(headings)
    sheet.append(example)
    for number, column in enumerate(report.kept, 1):
        cell = sheet.cell(1, number)
        cell.font = Font(bold=column.required)
        cell.comment = Comment(column.name, "sellerbot")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _HEADING_WIDTH
        # Text cells keep leading zeros and long numbers as they are typed.
        if column.type == "id":
            for row in range(2, 500):
                sheet.cell(row, number).number_format = "@"
    sheet.freeze_panes = "A2"
    book.save(path)
