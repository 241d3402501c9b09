"""A page as a whole, in the asker's language: every version and case, the case of one answer marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.answering.answer import Answer, NumberedSource
from bot.answering.compose import Composer
from bot.answering.formats import plain, show_fact
from bot.answering.phrases import phrase
from bot.answering.templates import blank, fill
from bot.rulebook.book import Rulebook
from bot.rulebook.models import (
    AnyPage,
    Case,
    DecisionVersion,
    Language,
    Not,
    Range,
    ReferenceVersion,
    Test,
    Version,
)


@dataclass(frozen=True)
class CaseShown:
    """One line of a decision table: its conditions in words (none: in all other cases) and where it leads."""

    conditions: tuple[str, ...]
    verdict: str
    applied: bool


@dataclass(frozen=True)
class VersionShown:
    """The days in which it holds, and its cases; `applied` marks the version that the answer used."""

    start: date | None
    end: date | None
    cases: tuple[CaseShown, ...]
    applied: bool


@dataclass(frozen=True)
class RulePage:
    title: str
    language: Language
    versions: tuple[VersionShown, ...]
    sources: tuple[NumberedSource, ...]
    misreadings: tuple[str, ...]


def rule_page(page: AnyPage, answer: Answer, book: Rulebook, today: date) -> RulePage:
    """`page` with the case of `answer` marked; its texts show what that answer was worked out from."""
    language = answer.language
    return RulePage(
        title=page.title.of(language),
        language=language,
        versions=tuple(_version(version, answer, book) for version in page.versions),
        sources=Composer(book, language, today).sources_of(page),
        misreadings=page.misreadings.of(language) if page.misreadings else (),
    )


def _version(version: Version, answer: Answer, book: Rulebook) -> VersionShown:
    applied = (version.start, version.end) == (answer.holds_from, answer.holds_to)
    cases: tuple[CaseShown, ...] = ()
    if isinstance(version, DecisionVersion):
        table = _Table(version, book, answer.language)
        cases = tuple(
            table.case(case, answer.verdict if applied and case.id == answer.case else None) for case in version.cases
        )
    elif isinstance(version, ReferenceVersion):
        cases = (CaseShown((), version.verdict.of(answer.language), applied),)
    return VersionShown(version.start, version.end, cases, applied)


@dataclass(frozen=True)
class _Table:
    """One decision table, in words."""

    version: DecisionVersion
    book: Rulebook
    language: Language

    def case(self, case: Case, given: str | None) -> CaseShown:
        """A case; `given` is the verdict that the answer gave by it, None where another case applied."""
        conditions = tuple(self._condition(name, test) for name, test in case.when.items())
        return CaseShown(conditions, self._verdict(case) if given is None else given, given is not None)

    def _verdict(self, case: Case) -> str:
        """Where another case leads; what its text would show from facts stays a blank with the fact's name."""
        blanks = {name: blank(title, self.language) for name, title in self._names().items()}
        return fill(case.verdict.of(self.language), blanks, self.language)

    def _names(self) -> dict[str, str]:
        """Facts and computed values -> what they are called."""
        facts = {fact.id: fact.name.of(self.language) for fact in self.book.content.facts}
        return facts | {computed.id: computed.label.of(self.language) for computed in self.version.compute}

    def _condition(self, name: str, test: Test) -> str:
        return f"{self._names().get(name, name)}{phrase('colon', self.language)}{self._test(name, test)}"

    def _test(self, name: str, test: Test) -> str:
        if isinstance(test, Range):
            return phrase("and", self.language).join(self._limits(name, test))
        values = test.none_of if isinstance(test, Not) else test
        text = " / ".join(show_fact(name, value, self.language, self.book) for value in values)
        return phrase("none_of", self.language, values=text) if isinstance(test, Not) else text

    def _limits(self, name: str, limits: Range) -> list[str]:
        fact = self.book.facts.get(name)
        is_share = fact is not None and fact.type == "percent"
        words = []
        for kind in ("at_least", "above", "at_most", "below"):
            limit: Decimal | date | None = getattr(limits, kind)
            if isinstance(limit, date):
                words.append(phrase(f"day_{kind}", self.language, limit=limit.isoformat()))
            elif limit is not None:
                text = f"{plain(limit * 100)}%" if is_share else plain(limit)
                words.append(phrase(kind, self.language, limit=text))
        return words
