"""Runs the tests that are written in the pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.answering.answer import Answer
from bot.answering.render import to_text
from bot.deciding.decide import Ask, Known, Outcome
from bot.desk import Asker, Desk
from bot.rulebook.models import AnyPage, PageTest
from bot.rulebook.parsing import parse_value

DAY = date(2026, 11, 22)
"""The day on which tests without one of their own are asked: they must not change their outcome with the calendar."""


@dataclass(frozen=True)
class Result:
    """A test and why it failed (empty: it passed). A known failure counts as right while it fails."""

    page: str
    number: int
    test: PageTest
    failure: str

    @property
    def is_right(self) -> bool:
        return bool(self.failure) == self.test.fails

    def __str__(self) -> str:
        reason = self.failure or "passes now: take the mark `fails: true` away"
        return f"{self.page} tests[{self.number}]: {reason}"


def run(desk: Desk) -> Iterator[Result]:
    """All tests of all active pages."""
    for page in desk.book.active_pages:
        for number, test in enumerate(page.tests):
            yield Result(page.id, number, test, _failure(page, test, desk))


def _failure(page: AnyPage, test: PageTest, desk: Desk) -> str:
    today = test.today or DAY
    facts = {name: Known(parse_value(desk.book.facts[name], text, desk.book), "given") for name, text in test.facts.items()}
    if test.ask is None:
        result = desk.decide(page.id, facts, test.as_of or today)
        found = result.case.id if isinstance(result, Outcome) else f"ask:{result.fact}" if isinstance(result, Ask) else ""
        return "" if found == test.expect else f"expected {test.expect}, came to {found or 'nothing'}"
    reply = desk.ask(test.ask, Asker(today, None, test.as_of, facts))
    answers = [answer for answer in reply.answers if answer.page in (page.id, *test.also)]
    if not answers:
        return f"{test.ask!r} is answered by {', '.join(a.page or a.kind for a in reply.answers)}"
    return _mismatch(answers[0], test, test.expect if answers[0].page == page.id else None)


def _mismatch(answer: Answer, test: PageTest, expect: str | None) -> str:
    found = f"ask:{answer.asks[0].fact}" if answer.kind == "ask" else answer.case
    if expect and found != expect:
        return f"{test.ask!r}: expected {expect}, came to {found}"
    text = to_text(answer)
    missing = [wanted for wanted in test.says if wanted.lower() not in text.lower()]
    return f"{test.ask!r}: the answer does not say {', '.join(missing)}" if missing else ""
