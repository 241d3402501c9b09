"""The rulebook: all content, looked up by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from bot.rulebook.check_models import AnyCheck, AnyTest, Check, DueDates, View
from bot.rulebook.data_models import Column, Label, Topic, WordGroup
from bot.rulebook.models import (
    AnyPage,
    CalendarQuestions,
    Citation,
    Concept,
    DecisionPage,
    DraftPage,
    Fact,
    Language,
    Lines,
    Marketplace,
    OutsideTopic,
    Piece,
    Source,
    Statement,
    Version,
)
from bot.rulebook.report_models import ReportFormat
from bot.rulebook.values import Period

V = TypeVar("V", bound=Version)


class Content(BaseModel):
    """All files of the content folders as models; what the compiled cache keeps."""

    model_config = ConfigDict(frozen=True)

    sources: tuple[Source, ...] = ()
    concepts: tuple[Concept, ...] = ()
    facts: tuple[Fact, ...] = ()
    marketplaces: tuple[Marketplace, ...] = ()
    outside: tuple[OutsideTopic, ...] = ()
    calendar: tuple[CalendarQuestions, ...] = ()
    pages: tuple[AnyPage, ...] = ()
    pieces: tuple[Piece, ...] = ()
    reports: tuple[ReportFormat, ...] = ()
    checks: tuple[AnyCheck, ...] = ()
    labels: tuple[Label, ...] = ()
    columns: tuple[Column, ...] = ()
    words: tuple[WordGroup, ...] = ()
    topics: tuple[Topic, ...] = ()


@dataclass(frozen=True)
class Rulebook:
    """Content with look-ups. `digest` changes when any content file does."""

    content: Content
    digest: str

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.content.sources}

    @cached_property
    def concepts(self) -> Mapping[str, Concept]:
        return {concept.id: concept for concept in self.content.concepts}

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        return {fact.id: fact for fact in self.content.facts}

    @cached_property
    def marketplaces(self) -> Mapping[str, Marketplace]:
        return {marketplace.id: marketplace for marketplace in self.content.marketplaces}

    @cached_property
    def _stores(self) -> Mapping[str, str]:
        return {store.amazon_id: store.id for store in self.content.marketplaces if store.amazon_id}

    def store_of(self, value: str) -> str:
        """A value of a report as people read it: a store's short name in place of Amazon's id for it."""
        return self._stores.get(value, value)

    @cached_property
    def pages(self) -> Mapping[str, AnyPage]:
        """Every page, retired ones included, so that an old id stays findable."""
        return {page.id: page for page in self.content.pages}

    @cached_property
    def pieces(self) -> Mapping[str, Piece]:
        return {piece.id: piece for piece in self.content.pieces}

    @cached_property
    def reports(self) -> Mapping[str, ReportFormat]:
        return {report.id: report for report in self.content.reports}

    @cached_property
    def tests(self) -> Mapping[str, AnyTest]:
        """Checks and metrics by id, with those that only questions run."""
        return {check.id: check for check in self.content.checks if not isinstance(check, (View, DueDates))}

    @cached_property
    def checks(self) -> Mapping[str, AnyTest]:
        """The checks and metrics that every upload is put through, by id."""
        return {name: test for name, test in self.tests.items() if not (isinstance(test, Check) and test.asked_only)}

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """What the columns of findings are called, by their names in SQL."""
        return {column.id: column for column in self.content.columns}

    @cached_property
    def labels(self) -> Mapping[str, tuple[Label, ...]]:
        """Column -> the values that are known of it."""
        names = dict.fromkeys(name for label in self.content.labels for name in label.columns)
        return {name: tuple(label for label in self.content.labels if name in label.columns) for name in names}

    @cached_property
    def due_dates(self) -> Mapping[str, DueDates]:
        """What in a report is a deadline, by id."""
        return {check.id: check for check in self.content.checks if isinstance(check, DueDates)}

    @cached_property
    def views(self) -> Mapping[str, View]:
        """Queries that checks build on, in the order in which they may build on each other."""
        return {view.id: view for view in self.content.checks if isinstance(view, View)}

    @cached_property
    def active_pages(self) -> tuple[AnyPage, ...]:
        return tuple(page for page in self.content.pages if page.status == "active")

    @cached_property
    def regions(self) -> Mapping[str, tuple[str, ...]]:
        """Marketplace groups -> the marketplaces in them, e.g. ``eu`` -> ``DE, FR, ...``."""
        groups: dict[str, list[str]] = {}
        for marketplace in self.content.marketplaces:
            for group in marketplace.groups:
                groups.setdefault(group, []).append(marketplace.id)
        return {group: tuple(members) for group, members in groups.items()}

    @cached_property
    def domains(self) -> Mapping[str, Concept | None]:
        """The domains that pages belong to, each with the concept of the glossary that it is about."""
        concepts = self.content.concepts
        return {
            domain: self.concepts.get(domain) or next((one for one in concepts if domain in one.en), None)
            for domain in sorted({page.domain for page in self.active_pages})
        }

    def domain_title(self, domain: str, language: Language) -> str:
        """A domain's name as the glossary has it, or its folder's."""
        concept = self.domains.get(domain)
        return concept.title.of(language) if concept else domain.replace("-", " ").capitalize()

    def choices(self, fact_id: str) -> tuple[str, ...]:
        """The values of a fact with a fixed list of them."""
        fact = self.facts[fact_id]
        if fact.type == "marketplace":
            return tuple(self.marketplaces)
        return tuple(choice.value for choice in fact.choices)

    def expand(self, values: tuple[str, ...]) -> frozenset[str]:
        """Marketplace groups among `values` are replaced by their members."""
        expanded: set[str] = set()
        for value in values:
            expanded.update(self.regions.get(value, (value,)))
        return frozenset(expanded)


def facts_of(page: AnyPage) -> tuple[str, ...]:
    """Every fact or computed value that a page may use, the ones that it asks for first."""
    names: list[str] = []
    if isinstance(page, DecisionPage):
        names += [page.dated_by] if page.dated_by else []
        for version in page.versions:
            names += version.ask
            names += version.assume
            names += [name for case in version.cases for name in case.when]
            names += [name for addition in version.add for name in addition.when]
    elif isinstance(page, DraftPage):
        names += [name for version in page.versions for name in version.ask]
    return tuple(dict.fromkeys(names))


def versions_within(versions: tuple[V, ...], period: Period) -> tuple[V, ...]:
    """The versions that hold on at least one day of `period`."""
    return tuple(version for version in versions if version.period.overlaps(period))


def version_on(versions: tuple[V, ...], day: date) -> V | None:
    """The version that holds on `day`; None where there is none."""
    found = versions_within(versions, Period.day(day))
    return found[0] if found else None


class EndlessInclude(Exception):
    """A piece that includes itself, directly or through others."""

    def __init__(self, chain: tuple[str, ...]) -> None:
        super().__init__(" -> ".join(chain))
        self.chain = chain


@dataclass(frozen=True)
class Body:
    """A statement's parts with its included pieces in place."""

    text: tuple[Lines, ...]
    steps: tuple[Lines, ...]
    cite: tuple[Citation, ...]


def assemble(statement: Statement | Piece, book: Rulebook) -> Body:
    """A statement and everything that it includes, in order. Raises `EndlessInclude` on a circle."""
    parts = tuple(_parts(statement, book, ()))
    return Body(
        text=tuple(part.text for part in parts if part.text),
        steps=tuple(part.steps for part in parts if part.steps),
        cite=tuple(dict.fromkeys(citation for part in parts for citation in part.cite)),
    )


def _parts(part: Statement | Piece, book: Rulebook, chain: tuple[str, ...]) -> Iterator[Statement | Piece]:
    yield part
    for piece_id in part.include:
        if piece_id in chain:
            raise EndlessInclude((*chain, piece_id))
        if piece_id in book.pieces:
            yield from _parts(book.pieces[piece_id], book, (*chain, piece_id))
