"""The answer document: everything that any medium may show, in the asker's language, with nothing laid out yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rulebook.models import Language

Kind = Literal["reference", "decision", "calculation", "data", "draft", "ask", "unknown"]


@dataclass(frozen=True)
class NumberedSource:
    """A source as cited by this answer; `number` is what the text refers to."""

    number: int
    id: str
    title: str
    publisher: str
    url: str
    sections: tuple[str, ...]
    published: date | None
    retrieved: date
    authority: Literal["amazon", "secondary"]
    reproduced: bool
    due_for_review: bool
    note: str


@dataclass(frozen=True)
class FactUsed:
    """A fact that the answer rests on: `value` for machines, `shown` for people."""

    id: str
    name: str
    value: str
    shown: str
    origin: str


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """A fact that is asked for; `choices` is empty where a date, number or text is wanted."""

    fact: str
    type: str
    question: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class BranchShown:
    """What an answer to the question would lead to."""

    label: str
    verdict: str


@dataclass(frozen=True)
class View:
    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True)
class ConflictShown:
    about: str
    act_on: View
    other: View
    why: str


@dataclass(frozen=True)
class Working:
    """One computed value: its name, its result, and how it came about."""

    label: str
    result: str
    formula: str


@dataclass(frozen=True)
class OwnCase:
    """Where the open facts of an answer lead: a page other than the answer's, and facts (id, value) that hold there."""

    page: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pointer:
    """Another page: its title or its verdict in one line."""

    page: str
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of a report that were found; `total` is how many there are, also where fewer are shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True)
class Chart:
    """Bars: a label and a number each."""

    title: str
    bars: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FileRead:
    """A file that somebody sent: its id where it came from, its name, and the report that it was taken for.

    `asked`: the own table or upload file whose columns a person should tell or confirm, or none; `headings` are the
    file's, those to be looked at first, with the column that each was taken for (empty: none).
    """

    source: str
    name: str
    format: str | None
    asked: str | None = None
    headings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """One answered question. Texts are plain with ``**bold**`` and lines beginning with ``- ``."""

    kind: Kind
    language: Language
    verdict: str
    page: str | None = None
    title: str = ""
    case: str | None = None
    text: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    draft: str = ""
    facts: tuple[FactUsed, ...] = ()
    working: tuple[Working, ...] = ()
    asks: tuple[Question, ...] = ()
    own_case: OwnCase | None = None
    """Set where the answer says what holds in general and `asks` is for the asker's own case."""
    branches: tuple[BranchShown, ...] = ()
    conflicts: tuple[ConflictShown, ...] = ()
    sources: tuple[NumberedSource, ...] = ()
    marks: tuple[int, ...] = ()
    """Numbers of the sources that carry the verdict."""
    holds_from: date | None = None
    holds_to: date | None = None
    caveat: str = ""
    also: tuple[Pointer, ...] = ()
    suggestions: tuple[Pointer, ...] = ()
    confidence: float = 0.0
    misreadings: tuple[str, ...] = ()
    related: tuple[Pointer, ...] = ()
    table: Table | None = None
    chart: Chart | None = None
    files: tuple[FileRead, ...] = ()
