"""A report as it is kept: its description as JSON, its cleaned rows as Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.reports.report import Rejected, Report, Said
from bot.reports.workspace import Workspace
from bot.rulebook.report_models import ReportFormat


@dataclass(frozen=True)
class StoredReport:
    """What the store keeps of an upload. Neither part holds personal columns or the original file."""

    description: Mapping[str, Any]
    """Ready for JSON."""
    rows: bytes
    """Parquet."""


def store(report: Report, space: Workspace) -> StoredReport:
    """A report that was read, for keeping. To be called before the workspace is closed off."""
    if report.format is None:
        raise ValueError(f"{report.file} is no report and has nothing to keep")
    description = {
        "file": report.file,
        "format": report.format,
        "rows": report.rows,
        "rejected": [[row.line, _said(row.reason)] for row in report.rejected],
        "duplicates": report.duplicates,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "columns": list(report.columns),
        "headings": dict(report.headings),
        "is_guess": report.is_guess,
        "notes": [_said(note) for note in report.notes],
    }
    return StoredReport(description, space.parquet(report))


def restore(stored: StoredReport, space: Workspace, formats: Mapping[str, ReportFormat]) -> Report:
    """A kept report with its rows back in a workspace; raises `KeyError` if its format is no longer known."""
    kept = dict(stored.description)
    report = Report(
        file=kept["file"],
        format=kept["format"],
        rows=kept["rows"],
        rejected=tuple(Rejected(line, _unsaid(reason)) for line, reason in kept["rejected"]),
        duplicates=kept["duplicates"],
        encoding=kept["encoding"],
        delimiter=kept["delimiter"],
        columns=tuple(kept["columns"]),
        headings=kept["headings"],
        is_guess=kept["is_guess"],
        notes=tuple(_unsaid(note) for note in kept["notes"]),
    )
    return replace(report, table=space.add_parquet(stored.rows, formats[kept["format"]]))


def _said(said: Said) -> list[Any]:
    values = {key: _said(value) if isinstance(value, Said) else value for key, value in said.values.items()}
    return [said.name, values]


def _unsaid(kept: Any) -> Said:
    name, values = kept
    return Said(name, {key: _unsaid(value) if isinstance(value, list) else value for key, value in values.items()})
