"""What the reader gives out: a report's description, or why a file is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.reports.phrases import say
from bot.rulebook.models import Language, Text

Progress = Callable[[str, float], None]
"""Told what is being done ('read', 'clean', 'check') and how much of it is done, from 0 to 1."""


@dataclass(frozen=True)
class Limits:
    """What is still opened. Sizes in bytes."""

    size: int = 100_000_000
    unpacked: int = 1_000_000_000
    rows: int = 2_000_000
    columns: int = 1_000
    cell: int = 100_000
    """Characters; a longer cell means a quotation mark that is not closed, or rubbish."""


@dataclass(frozen=True)
class Said:
    """A message that can be put in either language later. `values` may hold `Said` or `Text` too."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        return say(self.name, language, **{key: _in(language, value) for key, value in self.values.items()})


def _in(language: Language, value: object) -> object:
    if isinstance(value, Said):
        return value.text(language)
    return value.of(language) if isinstance(value, Text) else value


LEFT_OUT = "-"
"""Stands for no column: a heading whose cells are not needed."""


@dataclass(frozen=True)
class Meaning:
    """What a person said of a heading: the column that it is, or `LEFT_OUT`. It holds in one format, or in every one."""

    heading: str
    column: str
    format: str | None = None


@dataclass(frozen=True)
class Headings:
    """What the reader makes of a table's headings, as they are written there. Personal ones are in `header` alone."""

    header: tuple[str, ...] = ()
    """All of them, in order."""
    meant: Mapping[str, str] = field(default_factory=dict)
    """Heading -> canonical column."""
    missed: tuple[str, ...] = ()
    """Those that are no column, and that nobody has said to leave out."""


class NotAReport(Exception):
    """A file that is no report; `reason` is one line for the person who sent it."""

    def __init__(self, name: str, **values: object) -> None:
        self.reason = Said(name, values)
        super().__init__(self.reason.text("en"))


class Unmatched(NotAReport):
    """A table that a person says is the report `wanted`, whose headings do not tell all that this needs."""

    def __init__(self, wanted: str, headings: Headings, name: str, **values: object) -> None:
        super().__init__(name, **values)
        self.wanted = wanted
        self.headings = headings


@dataclass(frozen=True)
class Rejected:
    """A line that was not kept. `line` counts from 1 in the file (in a workbook: the sheet's row)."""

    line: int
    reason: Said


@dataclass(frozen=True)
class Report:
    """A file that was read, or why it was not. Its rows are in the workspace's table `table`."""

    file: str
    format: str | None
    """Id of the report format; None where the file is no report."""
    reason: Said | None = None
    table: str = ""
    rows: int = 0
    """Data rows after exact duplicates were set aside."""
    rejected: tuple[Rejected, ...] = ()
    duplicates: int = 0
    encoding: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] = ()
    """Canonical names of the columns that the file has, of those that are kept."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """Heading as written -> canonical column, for confirming loosely matched tables."""
    header: tuple[str, ...] = ()
    """All headings as written. Not kept with the report."""
    missed: tuple[str, ...] = ()
    """Headings of an own table or upload file that are no column and not personal. Not kept with the report."""
    wanted: str | None = None
    """For a file that is none: the report that a person says it is, when saying what its headings are would do."""
    is_guess: bool = False
    """Whether headings were matched loosely, so that a person should confirm them."""
    notes: tuple[Said, ...] = ()

    @property
    def lines(self) -> int:
        """Lines of data in the file."""
        return self.rows + self.duplicates + len(self.rejected)

    def noted(self, *notes: Said) -> Report:
        return replace(self, notes=(*self.notes, *notes))
