"""Everything that is kept of a workspace, readable, as one ZIP; tokens stay where they are."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import duckdb

from bot.answering.sheet import safe_cell
from bot.checks.results import plain
from bot.reports.workspace import Workspace
from bot.store import Store
from bot.store.holdings import rows_of, workspace_tables
from bot.store.migrations import steps

ABOUT = (
    "One JSON object a line and table in tables/; columns that hold JSON are written as JSON. The rows of uploaded reports"
    " are CSV files in reports/, named after the report and the id of the upload. Times are seconds since 1970, UTC."
    " Tokens, and personal data that was dropped while reading, are not here."
)
LEFT_OUT = {"installations": frozenset({"document"}), "uploads": frozenset({"content"})}
"""Columns that are not written: tokens, and Parquet, which is written as CSV."""


class NothingKept(Exception):
    """There is nothing of that workspace."""


def export(store: Store, team: str, target: Path) -> dict[str, int]:
    """Writes everything of a workspace into a new ZIP file; rows by table.

    Raises `NothingKept`, `OSError`, `StoreError`; after an error there is no file.
    """
    with _new_file(target) as path, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        counts = {}
        for table in workspace_tables():
            with _text(archive, f"tables/{table.name}.jsonl") as out:
                counts[table.name] = 0
                for row in rows_of(store.db, table, team, LEFT_OUT.get(table.name, frozenset())):
                    out.write(json.dumps({name: _readable(value) for name, value in row.items()}, ensure_ascii=False) + "\n")
                    counts[table.name] += 1
        if not any(counts.values()):
            raise NothingKept
        reports = _reports(store, team, archive)
        made = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {"team": team, "made": made, "tables": steps.newest, "about": ABOUT, "rows": counts, "reports": reports}
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2))
    return counts


def _reports(store: Store, team: str, archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """The rows of uploads, each as a file; what each of them is."""
    written: list[dict[str, Any]] = []
    with Workspace(threads=1) as space:
        for upload, report in store.uploads.of_team(team):
            content = store.uploads.content(team, upload)
            if content is None:
                # Deleted while this runs.
                continue
            name = f"reports/{re.sub(r'[^a-z0-9-]', '_', report)}-{upload}.csv"
            try:
                rows = _write_csv(archive, name, space.kept_rows(content))
            except duckdb.Error as error:
                written.append({"upload": upload, "report": report, "problem": f"its rows cannot be read: {error}"})
            else:
                written.append({"upload": upload, "report": report, "file": name, "rows": rows})
    return written


def _write_csv(archive: zipfile.ZipFile, name: str, rows: Iterator[tuple[Any, ...]]) -> int:
    columns = next(rows)
    count = 0
    with _text(archive, name, "utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([safe_cell(plain(value)) for value in row])
            count += 1
    return count


def _readable(value: Any) -> Any:
    """A value as JSON; text that is a JSON object or list is written as that."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@contextmanager
def _text(archive: zipfile.ZipFile, name: str, encoding: str = "utf-8") -> Iterator[TextIO]:
    with archive.open(name, "w", force_zip64=True) as raw, io.TextIOWrapper(raw, encoding, newline="") as out:
        yield out


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """A file that is there, for its owner alone, once everything is in it. Raises `FileExistsError`."""
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    part = target.with_name(f"{target.name}.part")
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR))
    try:
        yield part
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
