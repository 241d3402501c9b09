"""What an answer told somebody, to be compared with what its page says later."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from bot.answering.answer import Answer
from bot.rulebook.book import Rulebook, version_on
from bot.rulebook.models import AnyPage, DecisionPage, DecisionVersion, ReferencePage, ReferenceVersion, Statement

_FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NO_WORD = re.compile(r"[\W_]+")
_DECIDES = frozenset({"status", "replaced_by", "dated_by", "versions"})
"""What of a page can change what it decides; its title, example questions and tests cannot."""


@dataclass(frozen=True)
class Told:
    """The verdict as it was shown, `texts` (en, zh) as its page words it, and the day from which that version holds."""

    page: str
    case: str | None
    verdict: str
    texts: tuple[str, str]
    since: date | None

    def to_json(self) -> str:
        return _TOLD.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Told:
        return _TOLD.validate_json(text)


_TOLD = TypeAdapter(Told)


def told_by(answer: Answer, book: Rulebook, day: date) -> Told | None:
    """What an answer that was given on `day` told; None where it told nothing that can change.

    Questions, drafts and data tell no verdict, and what was said of another day stays as it is.
    """
    page = book.pages.get(answer.page or "")
    if not isinstance(page, (DecisionPage, ReferencePage)) or answer.kind == "ask":
        return None
    version = next((one for one in page.versions if one.start == answer.holds_from), None)
    by_day = not isinstance(page, DecisionPage) or page.dated_by is None
    if version is None or (by_day and version != version_on(page.versions, day)):
        return None
    statement = _statement(version, answer)
    if statement is None:
        return None
    verdict = statement.verdict
    return Told(page.id, answer.case, answer.verdict, (verdict.en, verdict.zh), answer.holds_from)


def _statement(version: ReferenceVersion | DecisionVersion, answer: Answer) -> Statement | None:
    if isinstance(version, ReferenceVersion):
        return version
    return next((case for case in version.cases if case.id == answer.case), None)


def mark_of(page: AnyPage | None, book: Rulebook, day: date) -> str:
    """Stands for all that decides what a page says on `day`: while it is the same, the answer is the same."""
    if page is None:
        return "none"
    in_force = version_on(page.versions, day)
    parts = (page.model_dump_json(include=set(_DECIDES)), str(in_force.start if in_force else "-"), json.dumps(book.regions))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


def is_news(before: Told, now: Told) -> bool:
    """Whether somebody who was told `before` should hear of `now`; other words for the same are no news.

    Within one case a verdict counts as another one where its figures differ, or its wording in both languages: a
    correction of one language leaves the other as it was.
    """
    if _plain(before.verdict) == _plain(now.verdict) and _figures(before.verdict) == _figures(now.verdict):
        return False
    if (before.page, before.case) != (now.page, now.case) or _figures(before.verdict) != _figures(now.verdict):
        return True
    return all(_plain(then) != _plain(today) for then, today in zip(before.texts, now.texts, strict=True))


def _plain(text: str) -> str:
    return _NO_WORD.sub("", text.casefold())


def _figures(text: str) -> list[str]:
    return _FIGURE.findall(text)
