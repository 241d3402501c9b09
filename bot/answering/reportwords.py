"""How what stands in reports is worded: headings, values, counts, sums, in one language."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answering.phrases import phrase
from bot.checks.render import money_text, shown, word
from bot.checks.results import Finding, Group
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Check
from bot.rulebook.models import Language


@dataclass(frozen=True)
class ReportWords:
    book: Rulebook
    language: Language

    def title(self, report: str) -> str:
        """A report's name; its id where it is no longer known."""
        layout = self.book.reports.get(report)
        return layout.title.of(self.language) if layout else report

    def heading(self, column: str) -> str:
        known = self.book.columns.get(column)
        return known.title.of(self.language) if known else column.replace("_", "-")

    def cell(self, column: str, value: object) -> str:
        """A value as people read it; nothing where the report has none."""
        if value is None:
            return ""
        return shown(column, value, self.book, self.language)

    def group(self, column: str, value: object) -> str:
        return phrase("data_unknown_value", self.language) if value is None else self.cell(column, value)

    def group_name(self, group: Group) -> str:
        return " / ".join(dict.fromkeys(self.group(column, value) for column, value in group.names))

    def count(self, count: int, check: Check) -> str:
        """How many of what it counts: "3 orders"."""
        column = next((one for one in self.book.content.columns if one.one and one.id in check.count), None)
        if column is None or column.one is None or column.many is None:
            return f"{count:,}"
        return f"{count:,} {(column.one if count == 1 else column.many).of(self.language)}"

    def measures(self, what: Finding | Group, check: Check) -> str:
        parts = [self.count(what.count, check)]
        if what.units is not None:
            parts.append(word("unit" if what.units == 1 else "units", self.language, count=f"{what.units:,}"))
        if what.money:
            parts.append(money_text(what.money, self.language))
        return " · ".join(parts)

    def visible(self, columns: tuple[str, ...]) -> list[int]:
        """Places of the columns that are shown to people."""
        return [
            place
            for place, name in enumerate(columns)
            if name not in self.book.columns or not self.book.columns[name].hidden
        ]
