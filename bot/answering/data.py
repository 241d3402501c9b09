"""What reports say -> `Answer` documents: a file that was checked, and a question about uploaded data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answering.answer import Answer, Chart, FileRead, Pointer, Table
from bot.answering.lookup import Compared, Lookup
from bot.answering.phrases import phrase
from bot.answering.reportwords import ReportWords
from bot.checks.changes import Change
from bot.checks.narrowing import Narrowed
from bot.checks.render import metric_line, word
from bot.checks.results import Checked, Finding, Measured, NotComputable
from bot.reports.report import Report
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import AnyTest, Severity
from bot.rulebook.models import DraftPage, Language

SHOWN_ROWS = 15
SHOWN_FINDINGS = 12
SHOWN_LINES = 5
ADVISED = 4
"""So many of the worst findings come with their advice; the others have it in the file with all findings."""
SHOWN_GAPS = 4
RULES = 3
BARS = 10
METRICS_TOGETHER = 4
SEVERITIES: tuple[Severity, ...] = ("urgent", "warning", "info")


@dataclass(frozen=True)
class Kept:
    """An upload that an answer rests on; `day` is when it was uploaded."""

    format: str
    file: str
    rows: int
    day: date


@dataclass(frozen=True)
class DataComposer:
    """Writes answers from reports in one language; `today` is the asker's."""

    book: Rulebook
    language: Language
    today: date

    # ------------------------------------------------------------ a question about data

    def missing(self, tests: Sequence[str]) -> Answer:
        """Which report to upload, and where it is; where there are several ways to the answer, each."""
        test = self.book.tests[tests[0]]
        plus = " + " if self.language == "en" else "＋"
        ways = [[group[0] for group in self.book.tests[name].needs if group[0] in self.book.reports] for name in tests]
        ways = [way for place, way in enumerate(ways) if way not in ways[:place]]
        titles = phrase("data_or", self.language).join(plus.join(map(self._words.title, way)) for way in ways)
        needs = dict.fromkeys(name for way in ways for name in way)
        where = [
            "- "
            + phrase(
                "data_where",
                self.language,
                report=self._words.title(name),
                where=self.book.reports[name].where.of(self.language),
            )
            for name in needs
        ]
        return self._answer(
            phrase("data_missing", self.language, report=titles), test, (*where, phrase("data_upload", self.language))
        )

    def found(
        self,
        tests: Sequence[str],
        checked: Checked,
        found: Sequence[Narrowed],
        kept: Sequence[Kept],
        compared: Compared | None = None,
    ) -> Answer:
        """What uploads say about the tests that a question is about; `found` are the parts of findings that it means."""
        test = self.book.tests[tests[0]]
        verdicts = [self._lookup.verdict(one) for one in found]
        verdicts += self._metrics(checked.metrics)
        verdicts += [self._gap(gap) for gap in checked.not_computable]
        if not verdicts:
            verdicts = [phrase("data_none", self.language, title=test.title.of(self.language))]
        changes: list[str] = []
        if compared is not None:
            verdict, changes = self._lookup.changes(compared, test.title.of(self.language))
            verdicts = [verdict, *verdicts]
        lines = [*changes, *(f"- {text}" for text in verdicts[1:])]
        shown = [one.finding for one in found[:1] if one.finding.rows]
        for finding in shown:
            if len(finding.groups) > 1 and not found[0].ranked:
                lines += [self._group(finding, number) for number in range(min(len(finding.groups), SHOWN_FINDINGS))]
            lines.append(finding.check.advice.of(self.language))
        ranked = any(one.ranked for one in found[:1])
        table, chart = self._table(shown), None if ranked else self._chart(shown)
        return self._answer(verdicts[0], test, (*lines, *self._sources(kept)), table, chart)

    def about_code(
        self,
        code: str,
        found: Sequence[tuple[Finding, Sequence[Mapping[str, object]]]],
        kept: Sequence[Kept],
        asked: Sequence[Narrowed] = (),
    ) -> Answer:
        """Everything that checks found about one SKU, ASIN, FNSKU or order; first what was asked of it."""
        if not found and not asked:
            return Answer(
                "data", self.language, phrase("data_code_none", self.language, code=code), text=self._sources(kept)
            )
        titles = "; ".join(self._lookup.titled(finding, rows[0]) for finding, rows in found)
        lines = []
        for finding, rows in found[:SHOWN_FINDINGS]:
            hidden = {name for name, column in self.book.columns.items() if column.hidden}
            cells = phrase("comma", self.language).join(
                f"{self._words.heading(name)} {self._words.cell(name, value)}"
                for name, value in rows[0].items()
                if value is not None and name not in hidden
            )
            advice = phrase("data_advice", self.language, advice=finding.check.advice.of(self.language))
            lines.append(f"- **{finding.check.title.of(self.language)}** ({cells}){advice}")
        if asked:
            verdict, test = self._lookup.verdict(asked[0]), asked[0].finding.check
        else:
            verdict, test = phrase("data_code", self.language, code=code, findings=titles), found[0][0].check
        return self._answer(verdict, test, (*lines, *self._sources(kept)))

    # ------------------------------------------------------------ files that were checked

    def checked(
        self,
        checked: Checked,
        reports: Sequence[Report],
        sources: Mapping[str, str],
        changes: Mapping[str, Change],
    ) -> Answer:
        """A summary of the files just read: what they are, what was found, what changed. `sources`: file -> its id."""
        read = [report for report in reports if report.format]
        files = tuple(_file_read(report, sources) for report in reports)
        lines = [line for report in reports for line in self._read(report)]
        if not read:
            return Answer("data", self.language, lines[0], text=tuple(f"- {line}" for line in lines[1:]), files=files)
        counts = Counter(finding.severity for finding in checked.findings)
        comma = "、" if self.language == "zh" else ", "
        names = comma.join(dict.fromkeys(self._words.title(report.format or "") for report in read))
        said = comma.join(phrase(f"data_{name}", self.language, n=counts[name]) for name in SEVERITIES if counts[name])
        verdict = phrase("data_summary" if said else "data_clean", self.language, counts=said, reports=names)
        worst = checked.findings[:SHOWN_FINDINGS]
        text = [
            *lines,
            *self._findings(worst, changes),
            *(f"- {metric_line(m, self.book, self.language)}" for m in checked.metrics),
        ]
        solved = [check for check, change in changes.items() if change.solved and checked.finding(check) is None]
        if solved:
            titles = "; ".join(
                self.book.checks[check].title.of(self.language) for check in solved if check in self.book.checks
            )
            text.append(phrase("data_solved", self.language, titles=titles))
        grouped = max(checked.findings, key=lambda finding: len(finding.groups), default=None)
        return Answer(
            "data",
            self.language,
            verdict,
            text=tuple(text),
            additions=tuple(self._gap(gap) for gap in checked.not_computable[:SHOWN_GAPS]),
            suggestions=self._rules(checked.findings, checked.metrics),
            table=self._table([finding for finding in checked.findings if finding.rows][:1]),
            chart=self._chart([grouped] if grouped else []),
            files=files,
        )

    def _read(self, report: Report) -> Iterator[str]:
        if report.format is None:
            reason = report.reason.text(self.language) if report.reason else ""
            yield phrase("data_unread", self.language, file=report.file, reason=reason.rstrip("."))
            return
        yield phrase(
            "data_taken_for",
            self.language,
            file=report.file,
            report=self._words.title(report.format),
            rows=f"{report.rows:,}",
            rejected=f"{len(report.rejected):,}",
            duplicates=f"{report.duplicates:,}",
        )
        for row in report.rejected[:SHOWN_LINES]:
            yield "- " + phrase("data_line", self.language, line=row.line, reason=row.reason.text(self.language))
        if len(report.rejected) > SHOWN_LINES:
            yield "- " + phrase("data_more_lines", self.language, n=len(report.rejected) - SHOWN_LINES)
        for note in report.notes:
            yield f"- {note.text(self.language)}"

    def _findings(self, findings: Sequence[Finding], changes: Mapping[str, Change]) -> Iterator[str]:
        last = None
        for number, finding in enumerate(findings):
            if finding.severity != last:
                yield f"**{word(finding.severity, self.language)}**"
                last = finding.severity
            line = f"- {self._named(finding)}{self._colon}{self._words.measures(finding, finding.check)}"
            change = changes.get(finding.check.id)
            if change and (change.new or change.solved or change.worse):
                line += phrase(
                    "data_changes",
                    self.language,
                    new=len(change.new),
                    solved=len(change.solved),
                    worse=len(change.worse),
                )
            if number < ADVISED:
                line += phrase("data_advice", self.language, advice=finding.check.advice.of(self.language))
            if finding.is_suspect:
                line += " " + phrase("data_suspect", self.language)
            yield line

    def _rules(self, findings: Sequence[Finding], metrics: Sequence[Measured]) -> tuple[Pointer, ...]:
        """The rules behind the worst findings and a draft that belongs to them, to press."""
        ids = dict.fromkeys(
            [finding.check.rule for finding in findings] + [m.test.rule for m in metrics if m.status == "bad"]
        )
        pages = [self.book.pages[name] for name in ids if name in self.book.pages]
        drafts = [
            self.book.pages[name]
            for page in pages
            for name in page.related
            if name in self.book.pages and isinstance(self.book.pages[name], DraftPage)
        ]
        return tuple(Pointer(page.id, page.title.of(self.language)) for page in (*pages[:RULES], *drafts[:1]))

    def _metrics(self, metrics: Sequence[Measured]) -> list[str]:
        """A line for each metric; what a report holds of one for several channels or stores stands together."""
        tests = dict.fromkeys(metric.test.id for metric in metrics)
        lines = {name: [metric_line(m, self.book, self.language) for m in metrics if m.test.id == name] for name in tests}
        return [one for line in lines.values() for one in (["; ".join(line)] if len(line) <= METRICS_TOGETHER else line)]

    # ------------------------------------------------------------ parts

    @property
    def _words(self) -> ReportWords:
        return ReportWords(self.book, self.language)

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self._words)

    @property
    def _colon(self) -> str:
        return phrase("colon", self.language)

    def _answer(
        self,
        verdict: str,
        test: AnyTest,
        text: tuple[str, ...],
        table: Table | None = None,
        chart: Chart | None = None,
    ) -> Answer:
        page = self.book.pages.get(test.rule)
        return Answer(
            "data",
            self.language,
            verdict,
            page=page.id if page else None,
            title=page.title.of(self.language) if page else "",
            text=text,
            table=table,
            chart=chart,
            confidence=1.0,
        )

    def _named(self, finding: Finding) -> str:
        title = finding.check.title.of(self.language)
        return f"{title} ({self._words.title(finding.report)})" if finding.check.each else title

    def _group(self, finding: Finding, number: int) -> str:
        group = finding.groups[number]
        return f"- {self._words.group_name(group)}{self._colon}{self._words.measures(group, finding.check)}"

    def _gap(self, gap: NotComputable) -> str:
        test = self.book.tests[gap.id]
        why = gap.why.of(self.language).rstrip(".。")
        names = [self._words.title(name) for name in gap.needs]
        needs = f" ({word('needs', self.language, reports=', '.join(names))})" if names else ""
        return phrase("data_not_computable", self.language, title=test.title.of(self.language), why=why + needs)

    def _sources(self, kept: Sequence[Kept]) -> tuple[str, ...]:
        """Which uploads an answer rests on, how old they are, and whether that is too old."""
        lines = []
        for one in kept:
            days = max(0, (self.today - one.day).days)
            age = phrase(
                "data_today" if days == 0 else "data_yesterday" if days == 1 else "data_days_ago", self.language, n=days
            )
            line = phrase(
                "data_from",
                self.language,
                report=self._words.title(one.format),
                file=one.file,
                rows=f"{one.rows:,}",
                day=one.day.isoformat(),
                age=age,
            )
            limit = self.book.reports[one.format].fresh_days
            lines.append(line + (" " + phrase("data_old", self.language, n=limit) if days > limit else ""))
        return tuple(lines)

    def _table(self, findings: Sequence[Finding]) -> Table | None:
        for finding in findings:
            shown = self._words.visible(finding.columns)
            columns = tuple(self._words.heading(finding.columns[place]) for place in shown)
            rows = tuple(
                tuple(self._words.cell(finding.columns[place], row[place]) for place in shown)
                for row in finding.rows[:SHOWN_ROWS]
            )
            return Table(finding.check.title.of(self.language), columns, rows, len(finding.rows))
        return None

    def _chart(self, findings: Sequence[Finding]) -> Chart | None:
        """Bars by group, where there are several groups to compare."""
        for finding in findings:
            if len(finding.groups) > 1:
                in_units = any(group.units for group in finding.groups)
                title = finding.check.title.of(self.language)
                sizes = [(group, (group.units or 0) if in_units else group.count) for group in finding.groups]
                largest = sorted(sizes, key=lambda one: -one[1])[:BARS]
                bars = tuple((self._words.group(*group.names[0]), size) for group, size in largest)
                return Chart(phrase("data_in_units", self.language, title=title) if in_units else title, bars)
        return None


def _file_read(report: Report, sources: Mapping[str, str]) -> FileRead:
    """What was made of a file; with its headings where a person can still say or confirm what they are."""
    asked = (report.format or report.wanted) if report.is_guess or report.missed else None
    headings: tuple[tuple[str, str], ...] = ()
    if asked:
        guessed = tuple(report.headings.items())
        missed = tuple((heading, "") for heading in report.missed)
        headings = (*guessed, *missed) if report.is_guess else (*missed, *guessed)
    return FileRead(_source(report.file, sources), report.file, report.format, asked, headings)


def _source(file: str, sources: Mapping[str, str]) -> str:
    """The id of the file that a report came from; a report of an archive is named after both."""
    return sources.get(file) or next((source for name, source in sources.items() if file.startswith(f"{name}/")), "")
