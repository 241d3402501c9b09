"""What a question about data gets to read: the part of a finding that it means, metrics, changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.answering.phrases import phrase
from bot.answering.reportwords import ReportWords
from bot.checks.changes import Change
from bot.checks.narrowing import Narrowed
from bot.checks.results import Finding

NAMED = 5
"""So many rows at most are named in the first line."""
NAMED_CHANGES = 12


@dataclass(frozen=True)
class Compared:
    """What changed since the upload before; no `day`: there was none."""

    day: date | None
    change: Change | None


@dataclass(frozen=True)
class Lookup:
    """Words for the part of a finding that was asked for."""

    words: ReportWords

    def verdict(self, found: Narrowed) -> str:
        """The first line of an answer."""
        finding, language = found.finding, self.words.language
        head = finding.check.title.of(language)
        conditions = self._conditions(found)
        if conditions:
            head = phrase("data_of", language, what=head, which=(", " if language == "en" else "，").join(conditions))
        if not finding.rows:
            return phrase("data_none", language, title=head)
        if found.ranked:
            return phrase("data_ranked", language, what=head, by=self.words.heading(found.ranked), rows=self._ranked(found))
        if found.named and len(finding.rows) == 1:
            return phrase("data_row", language, what=head, cells=self.cells(finding))
        return head + phrase("colon", language) + self.words.measures(finding, finding.check) + self._names(finding)

    def cells(self, finding: Finding) -> str:
        """The first row, cell by cell."""
        [row, *_] = finding.rows
        comma = phrase("comma", self.words.language)
        shown = ((finding.columns[place], row[place]) for place in self.words.visible(finding.columns))
        return comma.join(
            f"{self.words.heading(name)} {self.words.cell(name, value)}" for name, value in shown if value is not None
        )

    def titled(self, finding: Finding, row: Mapping[str, object]) -> str:
        """What was found about a row, with the reason or whatever else it is grouped by."""
        title = finding.check.title.of(self.words.language)
        groups = dict.fromkeys(
            self.words.group(name, row[name]) for name in finding.check.group if row.get(name) is not None
        )
        return phrase("data_of", self.words.language, what=title, which=" / ".join(groups)) if groups else title

    def changes(self, compared: Compared, title: str) -> tuple[str, list[str]]:
        """What changed, as the first line and the lines below it."""
        language, change = self.words.language, compared.change
        if change is None or compared.day is None:
            return phrase("data_no_earlier", language, title=title), []
        verdict = phrase(
            "data_since",
            language,
            title=title,
            day=compared.day.isoformat(),
            new=len(change.new),
            solved=len(change.solved),
            worse=len(change.worse),
            same=change.same,
        )
        lines = []
        for name, keys in (("data_new", change.new), ("data_gone", change.solved), ("data_worse", change.worse)):
            if keys:
                shown = phrase("comma", language).join(keys[:NAMED_CHANGES])
                more = phrase("data_and_more", language, n=len(keys) - NAMED_CHANGES) if len(keys) > NAMED_CHANGES else ""
                lines.append("- " + phrase(name, language, keys=shown + more))
        return verdict, lines

    def _conditions(self, found: Narrowed) -> list[str]:
        language = self.words.language
        said = [label.title.of(language) for label in found.labels] + list(found.named)
        if found.period is not None:
            start, end = found.period.start.isoformat(), found.period.end.isoformat()
            said.append(start if start == end else phrase("data_days", language, start=start, end=end))
        for bound in found.bounds:
            which = f"data_{'under' if bound.under else 'over'}_{bound.of}"
            said.append(phrase(which, language, n=bound.number))
        return said

    def _ranked(self, found: Narrowed) -> str:
        finding = found.finding
        key, value = finding.columns.index(self._naming(finding)), finding.columns.index(found.ranked or "")
        pairs = (f"{row[key]} ({self.words.cell(finding.columns[value], row[value])})" for row in finding.rows[: NAMED * 2])
        return phrase("comma", self.words.language).join(pairs)

    def _naming(self, finding: Finding) -> str:
        """The column by which its rows are named."""
        columns = self.words.book.columns
        keys = (name for name in finding.columns if name in columns and columns[name].key)
        counted = (column.id for column in columns.values() if column.one and column.id in finding.check.count)
        return next(keys, next(counted, finding.columns[0]))

    def _names(self, finding: Finding) -> str:
        """The rows by name, where they are few."""
        column = self._naming(finding)
        names = list(dict.fromkeys(self.words.cell(column, one) for one in finding.column(column) if one is not None))
        if not 0 < len(names) <= NAMED:
            return ""
        return phrase("data_names", self.words.language, names=phrase("comma", self.words.language).join(names))
