"""Outcomes -> `Answer` documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.answering.answer import (
    Answer,
    BranchShown,
    Choice,
    ConflictShown,
    FactUsed,
    NumberedSource,
    Pointer,
    Question,
    View,
    Working,
)
from bot.answering.formats import show, show_fact
from bot.answering.phrases import phrase
from bot.answering.templates import fill, names_in
from bot.deciding.compute import Computation
from bot.deciding.decide import Ask, Branch, Known, NoVersion, Outcome
from bot.rulebook import models
from bot.rulebook.book import Rulebook, assemble
from bot.rulebook.models import AnyPage, Citation, Language, Statement, Version
from bot.rulebook.parsing import parse_value
from bot.rulebook.values import Period, value_to_text

BRANCH_CASES = 2
"""Up to so many verdicts are shown for one possible answer to a question."""


@dataclass
class SourceList:
    """Numbers the sources of one answer in the order in which they are cited."""

    book: Rulebook
    language: Language
    day: date
    numbers: dict[str, int] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def marks(self, citations: Iterable[Citation]) -> tuple[int, ...]:
        marks = []
        for citation in citations:
            number = self.numbers.setdefault(citation.source, len(self.numbers) + 1)
            sections = self.sections.setdefault(citation.source, [])
            if citation.section and citation.section not in sections:
                sections.append(citation.section)
            marks.append(number)
        return tuple(dict.fromkeys(marks))

    def listed(self) -> tuple[NumberedSource, ...]:
        listed = []
        for source_id, number in self.numbers.items():
            source = self.book.sources[source_id]
            listed.append(
                NumberedSource(
                    number,
                    source.id,
                    source.title,
                    source.publisher,
                    source.url,
                    tuple(self.sections[source_id]),
                    source.published,
                    source.retrieved,
                    source.authority,
                    source.reproduced,
                    source.review_by < self.day,
                    source.note.of(self.language) if source.note else "",
                )
            )
        return tuple(listed)


@dataclass(frozen=True)
class Composer:
    """Writes answers in one language. `today` decides which sources are due for review."""

    book: Rulebook
    language: Language
    today: date

    def reference(self, page: models.ReferencePage, version: models.ReferenceVersion, confidence: float) -> Answer:
        return self._statement(page, version, version, "reference", {}, confidence)

    def outcome(self, outcome: Outcome, confidence: float) -> Answer:
        values = self._values(outcome.facts, outcome.computed)
        page = outcome.page
        return self._statement(page, outcome.version, outcome.case, page.kind, values, confidence, outcome)

    def ask(self, ask: Ask, confidence: float) -> Answer:
        """The question for the next fact, with what each answer would lead to."""
        sources = self._sources()
        questions = tuple(self.question(fact) for fact in ask.open)
        shown = self._values(ask.facts, ())
        branches = tuple(
            BranchShown(label, self._branch_verdict(branch, shown | {ask.fact: label}))
            for branch in ask.branches
            for label in [self._branch_label(ask.fact, branch.values)]
        )
        for branch in ask.branches:
            for case in branch.cases[:BRANCH_CASES]:
                sources.marks(case.cite)
        if not ask.branches:
            sources.marks(ask.version.cases[0].cite)
        return Answer(
            kind="ask",
            language=self.language,
            page=ask.page.id,
            title=ask.page.title.of(self.language),
            verdict=phrase("need_fact", self.language, question=questions[0].question),
            facts=self._facts(ask.facts),
            asks=questions,
            branches=branches,
            sources=sources.listed(),
            holds_from=ask.version.start,
            holds_to=ask.version.end,
            confidence=confidence,
        )

    def draft(
        self,
        page: models.DraftPage,
        version: models.DraftVersion,
        facts: Mapping[str, Known],
        written_in: Language,
        confidence: float,
    ) -> Answer:
        """A text to send; its body may be in another language than the answer around it."""
        sources = self._sources()
        marks = sources.marks(version.cite)
        shown = {name: show_fact(name, known.value, written_in, self.book) for name, known in facts.items()}
        return Answer(
            kind="draft",
            language=self.language,
            page=page.id,
            title=page.title.of(self.language),
            verdict=self._fill(version.verdict, shown),
            draft=fill(version.body.of(written_in), shown, written_in).strip(),
            text=tuple(fill(line, shown, self.language) for line in version.notes.of(self.language))
            if version.notes
            else (),
            facts=self._facts({name: facts[name] for name in version.ask if name in facts}),
            sources=sources.listed(),
            marks=marks,
            holds_from=version.start,
            holds_to=version.end,
            confidence=confidence,
            related=self._related(page),
        )

    def no_version(self, missing: NoVersion | tuple[AnyPage, date]) -> Answer:
        page, day = (missing.page, missing.day) if isinstance(missing, NoVersion) else missing
        title = page.title.of(self.language)
        return self.unknown(phrase("no_version", self.language, title=title, day=day.isoformat()))

    def unknown(self, verdict: str, suggestions: tuple[Pointer, ...] = (), confidence: float = 0.0) -> Answer:
        return Answer("unknown", self.language, verdict, suggestions=suggestions, confidence=confidence)

    def sources_of(self, page: AnyPage) -> tuple[NumberedSource, ...]:
        """Every source that any version of a page cites."""
        sources = self._sources()
        for version in page.versions:
            if isinstance(version, models.DecisionVersion):
                for case in version.cases:
                    sources.marks(assemble(case, self.book).cite)
            else:
                sources.marks(version.cite)
        return sources.listed()

    def title(self, page: AnyPage) -> Pointer:
        return Pointer(page.id, page.title.of(self.language))

    def _sources(self) -> SourceList:
        return SourceList(self.book, self.language, self.today)

    def _statement(
        self,
        page: AnyPage,
        version: Version,
        statement: Statement,
        kind: Literal["reference", "decision", "calculation"],
        values: Mapping[str, str],
        confidence: float,
        outcome: Outcome | None = None,
    ) -> Answer:
        sources = self._sources()
        body = assemble(statement, self.book)
        marks = sources.marks(body.cite)
        additions = outcome.additions if outcome else ()
        for addition in additions:
            sources.marks(addition.cite)
        conflicts = tuple(self._conflict(conflict, sources, values) for conflict in statement.conflicts)
        return Answer(
            kind=kind,
            language=self.language,
            page=page.id,
            title=page.title.of(self.language),
            case=outcome.case.id if outcome else None,
            verdict=self._fill(statement.verdict, values),
            text=(*(self._passed(outcome) if outcome else ()), *self._lines(body.text, values)),
            steps=self._lines(body.steps, values),
            additions=tuple(self._fill(addition.text, values) for addition in additions),
            facts=self._facts(outcome.facts) if outcome else (),
            working=tuple(self._working(computation) for computation in outcome.computed) if outcome else (),
            conflicts=conflicts,
            sources=sources.listed(),
            marks=marks,
            holds_from=version.start,
            holds_to=version.end,
            caveat=self._caveat(statement),
            confidence=confidence,
            misreadings=page.misreadings.of(self.language) if page.misreadings else (),
            related=self._related(page),
        )

    def _passed(self, outcome: Outcome) -> tuple[str, ...]:
        """A line where the last day for something is over."""
        last_days = {c.id for c in outcome.version.compute if c.deadline and c.deadline.last_day}
        days = [one.value.end for one in outcome.computed if one.id in last_days and isinstance(one.value, Period)]
        over = (self.today - max(days)).days if days else 0
        return (phrase("passed", self.language, day=max(days).isoformat(), n=over),) if over > 0 else ()

    def _related(self, page: AnyPage) -> tuple[Pointer, ...]:
        pages = (self.book.pages.get(page_id) for page_id in page.related)
        return tuple(self.title(other) for other in pages if other and other.status == "active")

    def _caveat(self, statement: Statement) -> str:
        parts = [phrase("inference", self.language)] if statement.inference else []
        if statement.certainty != "high":
            parts.append(phrase(statement.certainty, self.language))
        return " ".join(parts)

    def _conflict(self, conflict: models.Conflict, sources: SourceList, values: Mapping[str, str]) -> ConflictShown:
        return ConflictShown(
            self._fill(conflict.about, values),
            View(self._fill(conflict.act_on.text, values), sources.marks(conflict.act_on.cite)),
            View(self._fill(conflict.other.text, values), sources.marks(conflict.other.cite)),
            self._fill(conflict.why, values) if conflict.why else "",
        )

    def _values(self, facts: Mapping[str, Known], computed: tuple[Computation, ...]) -> dict[str, str]:
        shown = {name: show_fact(name, known.value, self.language, self.book) for name, known in facts.items()}
        return shown | {one.id: show(one.value, self.language, one.unit) for one in computed}

    def _facts(self, facts: Mapping[str, Known]) -> tuple[FactUsed, ...]:
        return tuple(
            FactUsed(
                name,
                self.book.facts[name].name.of(self.language),
                value_to_text(known.value),
                show_fact(name, known.value, self.language, self.book),
                known.origin,
            )
            for name, known in facts.items()
        )

    def _working(self, computation: Computation) -> Working:
        formula = computation.formula
        for name, value in sorted(computation.inputs, key=lambda pair: -len(pair[0])):
            formula = formula.replace(name, show_fact(name, value, self.language, self.book))
        return Working(
            computation.label.of(self.language), show(computation.value, self.language, computation.unit), formula
        )

    def question(self, fact_id: str) -> Question:
        """How to ask for a fact, with its choices where the values are a fixed list."""
        fact = self.book.facts[fact_id]
        choices = tuple(
            Choice(value, show_fact(fact_id, value, self.language, self.book)) for value in self.book.choices(fact_id)
        )
        return Question(fact_id, fact.type, fact.ask.of(self.language), choices if fact.is_closed else ())

    def _branch_label(self, fact_id: str, values: tuple[str, ...]) -> str:
        fact = self.book.facts[fact_id]
        known = (value if fact.is_closed else parse_value(fact, value, self.book) for value in values)
        return " / ".join(show_fact(fact_id, value, self.language, self.book) for value in known)

    def _branch_verdict(self, branch: Branch, values: Mapping[str, str]) -> str:
        """Where an answer would lead: the verdict, or the few verdicts that a further fact would choose from. A verdict that
        shows what is not known yet is left out."""
        known = [case.verdict for case in branch.cases if names_in(case.verdict.of(self.language)) <= values.keys()]
        verdicts = list(dict.fromkeys(self._fill(verdict, values) for verdict in known))
        if len(verdicts) == 1 and len(known) == len(branch.cases):
            return verdicts[0]
        if not verdicts or len(branch.cases) > BRANCH_CASES or branch.fact is None:
            return phrase("depends", self.language)
        name = self.book.facts[branch.fact].name.of(self.language)
        return phrase("depends_on", self.language, fact=name) + " " + phrase("or", self.language).join(verdicts)

    def _fill(self, text: models.Text, values: Mapping[str, str]) -> str:
        return fill(text.of(self.language), values, self.language)

    def _lines(self, groups: tuple[models.Lines, ...], values: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(fill(line, values, self.language) for group in groups for line in group.of(self.language))
