"""All findings as one CSV file, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from bot.checks.render import word
from bot.checks.results import Checked, plain
from bot.rulebook.models import Language

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def findings_csv(checked: Checked, language: Language) -> bytes:
    """Every row of every finding under the columns of all of them; UTF-8 with the mark that Excel looks for."""
    columns = list(dict.fromkeys(column for finding in checked.findings for column in finding.columns))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["severity", "check", "title", "report", *(name.replace("_", "-") for name in columns), "rule", "advice"]
    )
    for finding in checked.findings:
        head = [word(finding.severity, language), finding.check.id, finding.check.title.of(language), finding.report]
        tail = [finding.check.rule, finding.check.advice.of(language)]
        for row in finding.rows:
            cells = dict(zip(finding.columns, row, strict=True))
            writer.writerow([safe_cell(cell) for cell in (*head, *(plain(cells.get(name)) for name in columns), *tail)])
    return out.getvalue().encode("utf-8-sig")


def safe_cell(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
