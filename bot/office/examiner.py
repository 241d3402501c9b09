"""Reads and checks uploaded reports away from the event loop, one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from bot.answering.answer import Answer
from bot.answering.data import DataComposer
from bot.answering.sheet import findings_csv
from bot.answering.uploads import KeptUpload, useful
from bot.data_questions import DataQuestion
from bot.digests.deadlines import Deadline, soonest, upcoming
from bot.reports.report import Limits, Meaning, Progress
from bot.rulebook.book import Rulebook
from bot.store.uploads import Listed

if TYPE_CHECKING:
    from bot.answering.lookup import Compared
    from bot.checks.results import Checked, Measured

T = TypeVar("T")
DEADLINES = 10


@dataclass(frozen=True)
class ToRead:
    """A file on disk, its name, and its id where it came from."""

    path: Path
    name: str
    source: str


@dataclass(frozen=True)
class Telling:
    """What people said about files: the report that these are, and what headings mean."""

    wanted: str | None = None
    headings: tuple[Meaning, ...] = ()


@dataclass(frozen=True)
class NewUpload:
    """A report that was read, ready to be kept: description and cases are JSON; `before`: the last one's cases, or none."""

    source: str
    format: str
    description: str
    rows: bytes
    cases: str
    before: str | None = None


@dataclass(frozen=True)
class Examined:
    """What came of reading and checking files; `sheet` is a CSV of all findings, or nothing where there are none."""

    answer: Answer
    uploads: tuple[NewUpload, ...]
    sheet: bytes | None


@dataclass(frozen=True)
class Examiner:
    """Methods may be called from the event loop."""

    limits: Limits
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "reports"))

    async def examine(
        self,
        files: Sequence[ToRead],
        earlier: Sequence[KeptUpload],
        composer: DataComposer,
        telling: Telling,
        progress: Progress,
    ) -> Examined:
        """Reads files, checks them together with earlier uploads, and says what changed since the last of each kind.

        `progress` is called from another thread.
        """
        return await self._away(lambda: _examine(files, earlier, composer, telling, self.limits, progress))

    async def answer(
        self,
        question: DataQuestion,
        earlier: Sequence[KeptUpload],
        composer: DataComposer,
        before: Sequence[KeptUpload] = (),
    ) -> Answer | None:
        """The answer to a question about data from uploads, which are all that it may rest on; None where no suitable one is
        there. `before` are the uploads that the newest are compared with."""
        return await self._away(lambda: _answer(question, earlier, composer, before))

    async def deadlines(
        self, book: Rulebook, groups: Sequence[Sequence[KeptUpload]], today: date, zone: ZoneInfo
    ) -> tuple[Deadline, ...]:
        """The next deadlines in groups of uploads (the oldest first), each group looked at by itself."""

        def think() -> tuple[Deadline, ...]:
            found = (one for uploads in groups for one in upcoming(book, uploads, today, zone))
            return soonest(found, DEADLINES)

        return await self._away(think)

    def close(self) -> None:
        self.thread.shutdown(wait=False, cancel_futures=True)

    async def _away(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, action)


def _examine(
    files: Sequence[ToRead],
    earlier: Sequence[KeptUpload],
    composer: DataComposer,
    telling: Telling,
    limits: Limits,
    progress: Progress,
) -> Examined:
    # DuckDB is slow to load; whoever uploads nothing need not wait for it.
    from bot.checks.changes import Change, cases_of, changes
    from bot.checks.engine import check
    from bot.reports.read import Reader
    from bot.reports.stored import StoredReport, restore, store
    from bot.reports.workspace import Workspace

    book = composer.book
    reader = Reader(book.content.reports, limits, telling.headings)
    with Workspace() as space:
        new = [report for file in files for report in reader.read(file.path, space, file.name, telling.wanted, progress)]
        stored = {report.table: store(report, space) for report in new if report.format}
        formats = frozenset(report.format for report in new if report.format)
        chosen = {one.id for one in useful([one.about for one in reversed(earlier)], book, formats)}
        before = [one for one in earlier if one.about.id in chosen]
        old = [restore(StoredReport(one.description, one.rows), space, book.reports) for one in before]
        checked = check(space, [*old, *new], book, composer.today, progress)
    tables = {report.table for report in new}
    described = [report for report in checked.reports if report.table in tables or report.format is None]
    checked = replace(
        checked,
        reports=tuple(described),
        findings=tuple(one for one in checked.findings if _concerns(one.check.needs, one.report, formats)),
        metrics=tuple(one for one in checked.metrics if _concerns(one.test.needs, None, formats)),
        not_computable=tuple(one for one in checked.not_computable if _concerns(book.checks[one.id].needs, None, formats)),
    )
    sources = {file.name: file.source for file in files}
    changed: dict[str, Change] = {}
    uploads = []
    for report in new:
        if not report.format:
            continue
        own = replace(checked, findings=tuple(one for one in checked.findings if one.report == report.format))
        cases = cases_of(own)
        last = next((one.about for one in reversed(earlier) if one.about.format == report.format), None)
        if last is not None and book.reports[report.format].kind != "upload":
            changed |= changes(json.loads(last.cases), cases)
        source = next(
            source for name, source in sources.items() if report.file == name or report.file.startswith(f"{name}/")
        )
        kept = stored[report.table]
        uploads.append(
            NewUpload(
                source,
                report.format,
                json.dumps(kept.description),
                kept.rows,
                json.dumps(cases, ensure_ascii=False),
                last.cases if last else None,
            )
        )
    answer = composer.checked(checked, described, sources, changed)
    sheet = findings_csv(checked, composer.language) if checked.findings else None
    return Examined(answer, tuple(uploads), sheet)


def _concerns(needs: Sequence[Sequence[str]], report: str | None, formats: frozenset[str]) -> bool:
    """Whether a test is about a new report: it is the subject, or one of the reports that are used beside it."""
    if report in formats:
        return True
    beside = needs[1:] if report is not None else needs
    return any(formats & {name.removesuffix("-before") for name in group} for group in beside)


def _answer(
    question: DataQuestion, earlier: Sequence[KeptUpload], composer: DataComposer, before: Sequence[KeptUpload] = ()
) -> Answer | None:
    from bot.checks.narrowing import narrow
    from bot.checks.questions import about_code, check_stored, looked_into, suitable
    from bot.reports.stored import StoredReport

    book = composer.book
    newest = list(reversed(earlier))
    formats = [one.about.format for one in newest]
    fitting = [name for name in question.tests if suitable(book.tests[name], formats) is not None]
    if not (newest if question.code else fitting):
        return None
    wanted = {format for name in fitting for format in looked_into(book.tests[name], book, formats)}
    used = [one for one in earlier if one.about.format in wanted]
    stored = [StoredReport(one.description, one.rows) for one in used]
    checked = _in_order(check_stored(stored, book, composer.today, wanted=fitting), question)
    found = [narrow(finding, question.narrowing, book) for finding in checked.findings]
    if question.code:
        every = check_stored([StoredReport(one.description, one.rows) for one in earlier], book, composer.today)
        asked = [one for one in found if one.finding.rows]
        kept = [one.kept for one in reversed(used if asked else earlier)]
        return composer.about_code(question.code, about_code(every, question.code, book), kept, asked)
    compared = _compared(question, fitting[0], used, before, composer) if question.compares else None
    return composer.found(fitting, checked, found, [one.kept for one in reversed(used)], compared)


def _in_order(checked: Checked, question: DataQuestion) -> Checked:
    """Findings and metrics in the order in which the question's tests stand; of reported metrics the one that is meant."""
    order = {name: place for place, name in enumerate(question.tests)}
    meant = question.metric

    def is_meant(metric: Measured) -> bool:
        reported = metric.id not in order
        return not reported or meant is None or metric.id == meant or metric.id.startswith(f"{meant}-")

    return replace(
        checked,
        findings=tuple(sorted(checked.findings, key=lambda one: order[one.check.id])),
        metrics=tuple(sorted(filter(is_meant, checked.metrics), key=lambda one: order[one.test.id])),
    )


def _compared(
    question: DataQuestion, test: str, used: Sequence[KeptUpload], before: Sequence[KeptUpload], composer: DataComposer
) -> Compared:
    """What changed in the cases of a test between the newest upload of each kind and the one before it."""
    from bot.answering.lookup import Compared
    from bot.checks.changes import cases_in, changes
    from bot.checks.narrowing import narrow
    from bot.checks.questions import check_stored
    from bot.reports.stored import StoredReport

    subjects = set(composer.book.tests[test].needs[0])
    old = [one for one in before if one.about.format in subjects]
    if not old:
        return Compared(None, None)
    newest = {one.about.format: one for one in used}

    def cases(uploads: Sequence[KeptUpload]) -> dict[str, int | None]:
        stored = [StoredReport(one.description, one.rows) for one in uploads]
        finding = check_stored(stored, composer.book, composer.today, wanted=(test,)).finding(test)
        return cases_in(narrow(finding, replace(question.narrowing, rank=None), composer.book).finding if finding else None)

    replaced = {one.about.format: one for one in old}
    change = changes({test: cases(list((newest | replaced).values()))}, {test: cases(list(newest.values()))})[test]
    return Compared(max(one.day() for one in old), change)


def name_of(one: Listed) -> str:
    """The name of the file that an upload came from."""
    return str(json.loads(one.description)["file"])


def rows_of(one: Listed) -> int:
    return int(json.loads(one.description)["rows"])


def day_of(one: Listed) -> date:
    return datetime.fromtimestamp(one.created, UTC).date()
