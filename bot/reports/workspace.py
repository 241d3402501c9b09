"""The tables of one check: an in-memory DuckDB that reads files first and is then closed to files and network."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from bot.reports.report import Report
from bot.rulebook.report_models import Column, ReportFormat

MEMORY = "600MB"
SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(18,4)",
    "ratio": "DOUBLE",
    "time": "TIMESTAMP",
    "flag": "BOOLEAN",
    "channel": "VARCHAR",
}


_ROWS_AT_ONCE = 2_000
_PREFIX = "sellerbot-"
_LEFT_OVER = 3600
"""Seconds after which the folder of a process that is gone is cleared away."""


def _clear_leftovers() -> None:
    """Deletes what processes that were killed left on disk: it may hold buyers' data."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            is_old = time.time() - folder.stat().st_mtime > _LEFT_OVER
            if process.isdigit() and is_old and not _runs(int(process)):
                shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Workspace:
    """Use as a context manager. Read files, `assemble` a table per report format, `close_off`, then query."""

    def __init__(self, threads: int | None = None) -> None:
        _clear_leftovers()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        settings: dict[str, Any] = {
            "memory_limit": MEMORY,
            "temp_directory": str(self._folder),
            "autoinstall_known_extensions": "false",
            "preserve_insertion_order": "true",
        }
        if threads:
            settings["threads"] = threads
        self._connection = duckdb.connect(config=settings)
        self._connection.execute("SET TimeZone='UTC'")
        self._connection.execute("SET enable_progress_bar=false")
        self._tables = 0
        self._scratches = 0

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_table(self) -> str:
        self._tables += 1
        return f"file_{self._tables}"

    def scratch(self) -> Path:
        """A path for a temporary file; whoever uses it deletes it as soon as it is read."""
        self._scratches += 1
        return self._folder / f"part-{self._scratches}"

    def run(self, sql: str, parameters: Mapping[str, object] | Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises `duckdb.Error`."""
        return self._connection.execute(sql, parameters).fetchall()

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Names of the columns and all rows of a query."""
        cursor = self._connection.execute(sql, parameters)
        return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()

    def types(self, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, str]:
        """The columns that a query gives and their SQL types."""
        return {column[0]: str(column[1]) for column in self._connection.execute(sql, parameters).description or ()}

    # ------------------------------------------------------------ keeping an upload

    def parquet(self, report: Report) -> bytes:
        """The cleaned rows of a report, to be stored and given to `add_parquet` later."""
        path = self.scratch()
        # The second version of the format at the lowest level is both smaller and faster to write than the defaults.
        options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, WRITE_BLOOM_FILTER false"
        self.run(f"COPY {report.table} TO '{path}' ({options})")
        content = path.read_bytes()
        path.unlink()
        return content

    def add_parquet(self, content: bytes, report_format: ReportFormat) -> str:
        """Loads rows stored by `parquet` under today's columns of their format; returns the table's name."""
        path = self.scratch()
        path.write_bytes(content)
        table = self.new_table()
        held = {row[0] for row in self.run(f"DESCRIBE SELECT * FROM read_parquet('{path}')")}
        kept = ", ".join(
            f'CAST("{column.sql}" AS {SQL_TYPES[column.type]}) AS "{column.sql}"'
            if column.sql in held
            else f'NULL::{SQL_TYPES[column.type]} AS "{column.sql}"'
            for column in report_format.kept
        )
        self.run(f"CREATE TABLE {table} AS SELECT {kept} FROM read_parquet('{path}')")
        path.unlink()
        return table

    def kept_rows(self, content: bytes) -> Iterator[tuple[Any, ...]]:
        """What `parquet` stored, under its columns of then: first their names, then row by row."""
        path = self.scratch()
        path.write_bytes(content)
        try:
            cursor = self._connection.cursor().execute(f"SELECT * FROM read_parquet('{path}')")
            yield tuple(column[0] for column in cursor.description or ())
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from rows
        finally:
            path.unlink()

    # ------------------------------------------------------------ from files to reports

    def overlap(self, one: str, other: str, column: str) -> float:
        """Share of the keys of the smaller table that the other one has, too."""
        [(shared, least)] = self.run(
            f'SELECT (SELECT count(*) FROM (SELECT "{column}" FROM {one} INTERSECT SELECT "{column}" FROM {other})), '
            f'least((SELECT count(DISTINCT "{column}") FROM {one}), (SELECT count(DISTINCT "{column}") FROM {other}))'
        )
        return float(shared / least) if least else 0.0

    def assemble(
        self, formats: Sequence[ReportFormat], tables: Mapping[str, Sequence[str]], suffix: str = ""
    ) -> dict[str, int]:
        """Makes one table per format, named after it with `suffix`, of the file tables given; empty where there is none.

        Returns for file tables how many of their rows stood in an earlier file of the same format, too.
        """
        repeated: dict[str, int] = {}
        for report_format in formats:
            names = tables.get(report_format.id, ())
            target = report_format.table + suffix
            if names:
                repeated.update(self._unite(report_format, target, names))
            else:
                self.run(f"CREATE TABLE {target} ({definitions(report_format.kept)})")
        return repeated

    def _unite(self, report_format: ReportFormat, target: str, names: Sequence[str]) -> dict[str, int]:
        repeated = {}
        row = f"hash({', '.join(chr(34) + column.sql + chr(34) for column in report_format.kept)})"
        for number, name in enumerate(names[1:], 1):
            seen = " UNION ".join(f"SELECT {row} FROM {earlier}" for earlier in names[:number])
            [(count,)] = self.run(f"SELECT count(*) FROM {name} WHERE {row} IN ({seen})")
            if count:
                self.run(f"DELETE FROM {name} WHERE {row} IN ({seen})")
                repeated[name] = count
        parts = " UNION ALL ".join(f"SELECT * FROM {name}" for name in names)
        self.run(f"CREATE VIEW {target} AS {parts}")
        return repeated

    def close_off(self) -> None:
        """Locks out files, network and changes of settings; from here on only what was read can be queried."""
        self.run("SET enable_external_access=false")
        self.run("SET lock_configuration=true")


def definitions(columns: Sequence[Column]) -> str:
    """The columns of an empty table."""
    return ", ".join(f'"{column.sql}" {SQL_TYPES[column.type]}' for column in columns)
