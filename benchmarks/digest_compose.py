"""`python -m benchmarks.digest_compose [REPORTS] [ROWS]`: how long a digest over kept reports takes to compose.

The sample reports are read again and again under other SKUs and orders until there are so many uploads, the text files
among them stretched to so many rows. The baseline reads the same reports back into DuckDB and does nothing with them.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.figures import Figure, print_table
from bot.answering.uploads import KeptUpload
from bot.digests.compose import compose
from bot.digests.files import uploads_from
from bot.digests.options import PARTS, Options
from bot.reports.report import Limits
from bot.reports.samples import sample_files
from bot.reports.stored import StoredReport, restore
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook
from bot.rulebook.loader import load
from bot.settings import Settings

TIMES = 9
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_ORDER = re.compile(r"\b(\d{3})-(\d{7})-(\d{7})\b")


def stretched(path: Path, target: Path, rows: int, mark: int) -> Path:
    """A copy of a sample of which the rows are repeated under other orders and SKUs."""
    lines = path.read_text("utf-8").splitlines() if path.suffix == ".txt" else []
    if not lines or not all("\t" in line for line in lines):
        target.write_bytes(path.read_bytes())
        return target
    head, body = (lines[:2], lines[2:]) if lines[0].startswith("TemplateType") else (lines[:1], lines[1:])
    with target.open("w", encoding="utf-8") as file:
        file.write("\n".join(head) + "\n")
        for number in range(max(rows, len(body))):
            turn = mark * 1_000 + number // len(body)
            line = _ORDER.sub(lambda match, turn=turn: f"{match[1]}-{turn:07}-{match[3]}", body[number % len(body)])
            file.write(re.sub(r"\b([A-Z]{3,}-[A-Z0-9-]+)\b", rf"\1-{turn}", line) + "\n")
    return target


def uploads_of(book: Rulebook, reports: int, rows: int, folder: Path) -> tuple[KeptUpload, ...]:
    """So many uploads, at most as many as are checked together."""
    found: list[KeptUpload] = []
    turn = 0
    while len(found) < reports:
        paths = [stretched(path, folder / f"{turn}-{path.name}", rows, turn) for path in sample_files()]
        found += uploads_from(paths, book, Limits())[0]
        turn += 1
    return tuple(found[:reports])


def figures(reports: int = 20, rows: int = 200) -> list[Figure]:
    """A digest over so many reports; growth is with ten times their rows."""
    settings = Settings()
    book = load(settings.content, settings.cache).rulebook
    if book is None:
        sys.exit("the content is broken")
    few, many = (_uploads(book, reports, count) for count in (rows, 10 * rows))
    ours, grown, read = _composing(book, few), _composing(book, many), _reading(book, few)
    total = sum(one.kept.rows for one in few)
    return [
        Figure(
            "digest",
            f"{len(few)} reports, {total:,} rows",
            ours,
            "s",
            "reading them back",
            read,
            {"rows": grown / ours},
        )
    ]


def _uploads(book: Rulebook, reports: int, rows: int) -> tuple[KeptUpload, ...]:
    with tempfile.TemporaryDirectory() as folder:
        return uploads_of(book, reports, rows, Path(folder))


def _composing(book: Rulebook, uploads: tuple[KeptUpload, ...]) -> float:
    """Median seconds of a digest that compares with the last."""
    options = Options(frozenset(PARTS), frozenset(), "en")
    before = None
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        before = compose(book, uploads, before, options, NOW, ZoneInfo("Europe/Berlin")).snapshot
        took.append(time.perf_counter() - start)
    return statistics.median(took[1:])


def _reading(book: Rulebook, uploads: tuple[KeptUpload, ...]) -> float:
    took = []
    for _ in range(TIMES):
        start = time.perf_counter()
        with Workspace() as space:
            for one in uploads:
                restore(StoredReport(one.description, one.rows), space, book.reports)
        took.append(time.perf_counter() - start)
    return statistics.median(took[1:])


def main() -> None:
    print_table(figures(*(int(word) for word in sys.argv[1:3])))


if __name__ == "__main__":
    main()
