"""The policy calendar: which rules start, change or end in a period, and which sources are due for review."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from bot.rulebook.book import Rulebook, assemble
from bot.rulebook.models import (
    AnyPage,
    Change,
    Citation,
    DatedChange,
    DecisionVersion,
    DraftVersion,
    ReferenceVersion,
    Source,
)
from bot.rulebook.values import Period, day_after

AnyVersion = ReferenceVersion | DecisionVersion | DraftVersion


@dataclass(frozen=True)
class PolicyChange:
    """On `day` the version `after` takes the place of `before` (None where there is none), or `told` happens."""

    page: AnyPage
    day: date
    before: AnyVersion | None
    after: AnyVersion | None
    told: Change | DatedChange | None
    """What becomes different, old -> new in one line, where the page says it."""

    @property
    def id(self) -> str:
        return f"{self.page.id}@{self.day.isoformat()}"


def changes_within(book: Rulebook, period: Period, domains: Collection[str] = ()) -> tuple[PolicyChange, ...]:
    """What changes on the days of `period`, the first first; no `domains` means all of them."""
    found = [
        change
        for page in book.active_pages
        if not domains or page.domain in domains
        for change in _changes(page)
        if period.start <= change.day <= period.end
    ]
    return tuple(sorted(found, key=lambda change: (change.day, change.page.id)))


def _changes(page: AnyPage) -> Iterator[PolicyChange]:
    starts = {version.start: version for version in page.versions if version.start}
    ends = {day_after(version.end): version for version in page.versions if version.end}
    for day in sorted({*starts, *ends}):
        after = starts.get(day)
        yield PolicyChange(page, day, ends.get(day), after, after.change if after else None)
    for dated in page.dates:
        yield PolicyChange(page, dated.day, None, None, dated)


def told_by(change: PolicyChange, book: Rulebook) -> tuple[Citation, ...]:
    """What says that something changes."""
    version = change.after or change.before
    own = change.told.cite if change.told else ()
    return own or (citations(version, book) if version else ())


def citations(version: AnyVersion, book: Rulebook) -> tuple[Citation, ...]:
    """Everything that a version cites in its verdicts and texts."""
    if isinstance(version, DecisionVersion):
        return tuple(dict.fromkeys(cite for case in version.cases for cite in assemble(case, book).cite))
    return version.cite if isinstance(version, DraftVersion) else assemble(version, book).cite


def sources_past_review(book: Rulebook, today: date, domains: Collection[str] = ()) -> tuple[Source, ...]:
    """Sources whose review date is over, the longest overdue first; of some domains those that their pages cite."""
    past = [source for source in book.content.sources if source.review_by < today]
    if past and domains:
        pages = [page for page in book.active_pages if page.domain in domains]
        cited = {cite.source for page in pages for version in page.versions for cite in citations(version, book)}
        past = [source for source in past if source.id in cited]
    return tuple(sorted(past, key=lambda source: (source.review_by, source.id)))
