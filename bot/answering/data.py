"""What reports say -> `Answer` documents: a file that was checked, and a question about uploaded data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answering.answer import Answer, Chart, FileRead, Pointer, Table
from bot.answering.phrases import phrase
from bot.checks.changes import Change
from bot.checks.render import metric_line, money_text, word
from bot.checks.results import Checked, Finding, Group, Measured, NotComputable, plain
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
        """Which report to upload, and where it is."""
        test = self.book.checks[tests[0]]
        needs = [group[0] for group in test.needs if group[0] in self.book.reports]
        titles = (" + " if self.language == "en" else "＋").join(self._title(name) for name in needs)
        where = [
            "- "
            + phrase(
                "data_where",
                self.language,
                report=self._title(name),
                where=self.book.reports[name].where.of(self.language),
            )
            for name in needs
        ]
        return self._answer(
            phrase("data_missing", self.language, report=titles), test, (*where, phrase("data_upload", self.language))
        )

    def found(self, tests: Sequence[str], checked: Checked, kept: Sequence[Kept]) -> Answer:
        """What uploads say about the tests that a question is about."""
        test = self.book.checks[tests[0]]
        findings = [finding for finding in checked.findings if finding.check.id in tests]
        metrics = [metric for metric in checked.metrics if metric.id in tests or metric.test.id in tests]
        gaps = [gap for gap in checked.not_computable if gap.id in tests]
        verdicts = [f"{self._named(finding)}{self._colon}{self._measures(finding)}" for finding in findings]
        verdicts += [metric_line(metric, self.book, self.language) for metric in metrics]
        verdicts += [self._gap(gap) for gap in gaps]
        verdict = verdicts[0] if verdicts else phrase("data_none", self.language, title=test.title.of(self.language))
        lines = [f"- {text}" for text in verdicts[1:]]
        for finding in findings[:1]:
            lines += [f"- {self._group(group)}" for group in finding.groups[:SHOWN_FINDINGS]]
            lines.append(finding.check.advice.of(self.language))
        return self._answer(
            verdict, test, (*lines, *self._sources(kept)), self._table(findings[:1]), self._chart(findings[:1])
        )

    def about_code(
        self, code: str, found: Sequence[tuple[Finding, Sequence[Mapping[str, object]]]], kept: Sequence[Kept]
    ) -> Answer:
        """Everything that checks found about one SKU, ASIN or FNSKU."""
        if not found:
            return Answer(
                "data", self.language, phrase("data_code_none", self.language, code=code), text=self._sources(kept)
            )
        titles = "; ".join(finding.check.title.of(self.language) for finding, _ in found)
        lines = []
        for finding, rows in found[:SHOWN_FINDINGS]:
            cells = ", ".join(f"{_heading(name)} {plain(value)}" for name, value in rows[0].items() if value is not None)
            advice = phrase("data_advice", self.language, advice=finding.check.advice.of(self.language))
            lines.append(f"- **{finding.check.title.of(self.language)}** ({cells}){advice}")
        verdict = phrase("data_code", self.language, code=code, findings=titles)
        return self._answer(verdict, found[0][0].check, (*lines, *self._sources(kept)))

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
        names = comma.join(dict.fromkeys(self._title(report.format or "") for report in read))
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
            report=self._title(report.format),
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
            line = f"- {self._named(finding)}{self._colon}{self._measures(finding)}"
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

    # ------------------------------------------------------------ parts

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

    def _title(self, name: str) -> str:
        report = self.book.reports.get(name)
        return report.title.of(self.language) if report else name

    def _named(self, finding: Finding) -> str:
        title = finding.check.title.of(self.language)
        return f"{title} ({self._title(finding.report)})" if finding.check.each else title

    def _measures(self, what: Finding | Group) -> str:
        parts = [f"{what.count:,}"]
        if what.units is not None:
            parts.append(word("units", self.language, count=f"{what.units:,}"))
        if what.money:
            parts.append(money_text(what.money, self.language))
        return " · ".join(parts)

    def _group(self, group: Group) -> str:
        return f"{self._label(group)}{self._colon}{self._measures(group)}"

    def _label(self, group: Group) -> str:
        return " / ".join(self._value(value) for _, value in group.names)

    def _value(self, value: object) -> str:
        return phrase("data_unknown_value", self.language) if value is None else self.book.store_of(str(plain(value)))

    def _gap(self, gap: NotComputable) -> str:
        test = self.book.checks[gap.id]
        why = gap.why.of(self.language).rstrip(".。")
        names = [self._title(name) for name in gap.needs]
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
                report=self._title(one.format),
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
            columns = tuple(map(_heading, finding.columns))
            rows = tuple(
                tuple("" if cell is None else self.book.store_of(str(plain(cell))) for cell in row)
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
                bars = tuple(
                    (self._value(group.names[0][1]), (group.units or 0) if in_units else group.count)
                    for group in finding.groups[:BARS]
                )
                return Chart(phrase("data_in_units", self.language, title=title) if in_units else title, bars)
        return None


def _heading(column: str) -> str:
    return column.replace("_", "-")


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
