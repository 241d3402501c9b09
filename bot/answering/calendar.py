"""The policy calendar -> an `Answer`, and the lines in which a change of policy is told."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from bot.answering.answer import Answer, Pointer
from bot.answering.compose import SourceList
from bot.answering.formats import show_period
from bot.answering.phrases import phrase
from bot.answering.templates import names_in
from bot.rulebook.book import Rulebook
from bot.rulebook.calendar import AnyVersion, PolicyChange, changes_within, told_by
from bot.rulebook.models import DecisionVersion, Language
from bot.rulebook.values import FIRST_DAY, LAST_DAY, Period

CITED = 2
"""So many sources at most stand behind one change."""
SHOWN = 25
LENGTH = 160
_FIRST_SENTENCE = re.compile(r".{12,}?(?:[。；]|[.;:](?=\s|$))", re.DOTALL)


@dataclass(frozen=True)
class CalendarComposer:
    """Tells changes of policy in one language; `today` is the asker's."""

    book: Rulebook
    language: Language
    today: date

    def answer(self, period: Period, domains: Collection[str] = ()) -> Answer:
        """What changes in `period`, each change with its day, its page and its sources."""
        changes = changes_within(self.book, period, domains)
        sources = SourceList(self.book, self.language, self.today)
        where = self._where(domains)
        shown = show_period(period, self.language)
        if not changes:
            verdict = phrase("calendar_none", self.language, period=shown, where=where)
            return Answer("reference", self.language, verdict, text=self._nearest(period, domains, sources),
                          sources=sources.listed(), confidence=1.0)  # fmt: skip
        name = "calendar_one" if len(changes) == 1 else "calendar_some"
        verdict = phrase(name, self.language, n=len(changes), period=shown, where=where)
        told = changes if len(changes) <= SHOWN else changes[-SHOWN:]
        lines = [f"- {self.line(change, sources)}" for change in told]
        if len(told) < len(changes):
            lines.append(phrase("calendar_more", self.language, n=len(changes) - len(told)))
        return Answer(
            "reference",
            self.language,
            verdict,
            text=tuple(lines),
            sources=sources.listed(),
            confidence=1.0,
            related=tuple(dict.fromkeys(Pointer(c.page.id, c.page.title.of(self.language)) for c in told)),
        )

    def line(self, change: PolicyChange, sources: SourceList) -> str:
        """One change in one line: day, title, what was -> what holds, numbers of the sources."""
        marks = "".join(f" [{number}]" for number in sources.marks(told_by(change, self.book)[:CITED]))
        title = change.page.title.of(self.language).rstrip("?？")
        return phrase(
            "calendar_line", self.language, day=change.day.isoformat(), title=title, what=self._what(change) + marks
        )

    def _what(self, change: PolicyChange) -> str:
        if change.told is not None:
            return change.told.of(self.language)
        if change.after is None:
            return phrase("calendar_ends", self.language, old=self._said(change.before))
        new = self._said(change.after)
        return f"{self._said(change.before)} → {new}" if change.before else phrase("calendar_starts", self.language, new=new)

    def _said(self, version: AnyVersion | None) -> str:
        """The first sentence of what a version says, as far as it can be said without the facts of a case."""
        if version is None:
            return ""
        texts = [case.verdict for case in version.cases] if isinstance(version, DecisionVersion) else [version.verdict]
        plain = [text.of(self.language) for text in texts if not names_in(text.of(self.language))]
        if not plain:
            return "…"
        first = _FIRST_SENTENCE.match(plain[0])
        text = (first[0] if first else plain[0]).strip().rstrip(".。;；:")
        return text if len(text) <= LENGTH else text[: LENGTH - 1].rstrip() + "…"

    def _nearest(self, period: Period, domains: Collection[str], sources: SourceList) -> tuple[str, ...]:
        """Where nothing changes in a period: the last change before it and the first one after it."""
        lines = []
        before = _until(period.start)
        after = _from(period.end)
        for name, found in (
            ("calendar_last", changes_within(self.book, before, domains)[-1:] if before else ()),
            ("calendar_next", changes_within(self.book, after, domains)[:1] if after else ()),
        ):
            lines += [phrase(name, self.language, line=self.line(change, sources)) for change in found]
        return tuple(lines)

    def _where(self, domains: Collection[str]) -> str:
        if not domains:
            return ""
        comma = "、" if self.language == "zh" else ", "
        return phrase(
            "calendar_where",
            self.language,
            domains=comma.join(self.book.domain_title(domain, self.language) for domain in sorted(domains)),
        )


def _until(day: date) -> Period | None:
    return Period(FIRST_DAY, day - timedelta(days=1)) if day > FIRST_DAY else None


def _from(day: date) -> Period | None:
    return Period(day + timedelta(days=1), LAST_DAY) if day < LAST_DAY else None
