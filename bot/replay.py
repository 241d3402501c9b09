"""Asks recorded questions again, and says whose answer has changed: what an edit of the content did to everything else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.answering.answer import Answer
from bot.conversation import OpenedPage, PickedFacts, Thread, Turn, facts_from_text
from bot.deciding.decide import Known
from bot.desk import Asker, Desk, Reply
from bot.rulebook.models import Language

How = Literal["lost", "found", "page", "verdict", "text"]
"""No longer answered; answered now; by another page; the same page decides or says otherwise; only what explains it."""


@dataclass(frozen=True)
class Said:
    """What is recorded of an answer; `rest` stands for everything below its verdict."""

    kind: str
    page: str | None
    case: str | None
    verdict: str
    rest: str


@dataclass(frozen=True)
class Recorded:
    """A talk of one or more turns, the day on which it took place, and how its last turn was answered.

    `lang` is the language that the asker set, None for the question's; `defaults` the values of facts that held for all
    their questions. `said` is None where nothing was recorded yet.
    """

    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    today: date | None = None
    lang: Language | None = None
    said: tuple[Said, ...] | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A talk whose answer is another one now."""

    turns: tuple[Turn, ...]
    how: How
    before: tuple[Said, ...]
    after: tuple[Said, ...]


class BadRecord(Exception):
    """A line that is no recorded question; the message names it."""


_LINE = TypeAdapter(Recorded)


def read_records(lines: Iterable[str]) -> tuple[Recorded, ...]:
    """Questions from JSON lines `{"text" or "turns", "today", "lang", "said"}`; other keys are passed over.

    Raises `BadRecord`.
    """
    records = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            records.append(from_line(line))
        except (ValueError, TypeError, KeyError, ValidationError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            raise BadRecord(f'line {number}: expected {{"text" or "turns", "today", "lang", "said"}}: {reason}') from error
    return tuple(records)


def from_line(line: str) -> Recorded:
    """A record from what `to_line` made of it. Raises `ValueError`, `TypeError`, `KeyError` for anything else."""
    item = json.loads(line)
    if "turns" not in item:
        item["turns"] = [item["text"]]
    return _LINE.validate_python(item)


def to_line(record: Recorded) -> str:
    """A record as `read_records` reads it."""
    return json.dumps(_LINE.dump_python(record, mode="json"), ensure_ascii=False)


def record(records: Sequence[Recorded], desk: Desk, today: date) -> tuple[Recorded, ...]:
    """The questions with what the desk answers now; those without a day get `today`, so that they keep their answer."""
    dated = (replace(one, today=one.today or today) for one in records)
    return tuple(replace(one, said=_ask(one, desk, today)) for one in dated)


def replay(records: Sequence[Recorded], desk: Desk, today: date) -> tuple[Change, ...]:
    """The records whose answer is another one now, each asked on its own day, the gravest change first."""
    changes = []
    for one in records:
        after = _ask(one, desk, today)
        how = _compared(one.said or (), after)
        if how:
            changes.append(Change(one.turns, how, one.said or (), after))
    return tuple(sorted(changes, key=lambda change: _GRAVITY[change.how]))


_GRAVITY: dict[How, int] = {"lost": 0, "page": 1, "verdict": 2, "text": 3, "found": 4}


def _ask(one: Recorded, desk: Desk, today: date) -> tuple[Said, ...]:
    facts = facts_from_text(one.defaults, desk.book)
    defaults = {name: Known(known.value, "workspace") for name, known in facts.items()}
    asker = Asker(one.today or today, one.lang, None, defaults)
    reply = Reply((), Thread())
    for turn in one.turns:
        reply = _turned(turn, desk, asker, reply.thread)
    return said_of(reply.answers)


def _turned(turn: Turn, desk: Desk, asker: Asker, thread: Thread) -> Reply:
    """The reply to one turn; one without answers where the page that it was about is no longer there, or not in hand."""
    if isinstance(turn, str):
        return desk.ask(turn, asker, thread)
    page = turn.opened if isinstance(turn, OpenedPage) else thread.page
    if page not in desk.book.pages:
        return Reply((), thread)
    if isinstance(turn, OpenedPage):
        return desk.open(turn.opened, asker, thread)
    values = {name: known.value for name, known in facts_from_text(turn.picked, desk.book).items()}
    return desk.tell(values, asker, thread)


def said_of(answers: Sequence[Answer]) -> tuple[Said, ...]:
    """What is recorded of the answers to one message."""
    return tuple(_said(answer) for answer in answers)


def turn_to_text(turn: Turn) -> str:
    """A turn in one line, for people."""
    if isinstance(turn, PickedFacts):
        return ", ".join(f"{name}={value}" for name, value in turn.picked.items())
    return turn if isinstance(turn, str) else turn.opened


def _said(answer: Answer) -> Said:
    parts = (*answer.text, *answer.steps, *answer.additions, answer.draft, answer.caveat, *map(str, answer.conflicts))
    shown = (*parts, *(f"{one.label} {one.result}" for one in answer.working), str(answer.holds_from), str(answer.holds_to))
    rest = hashlib.blake2b("\n".join(shown).encode(), digest_size=8).hexdigest()
    return Said(answer.kind, answer.page, answer.case, answer.verdict, rest)


def _compared(before: tuple[Said, ...], after: tuple[Said, ...]) -> How | None:
    """How an answer differs from the one that was recorded; None where it is the same, or there still is none."""
    was, now = _answered(before), _answered(after)
    if not was or not now:
        return "lost" if was else "found" if now else None
    if [one.page for one in was] != [one.page for one in now]:
        return "page"
    if [(one.kind, one.case, one.verdict) for one in was] != [(one.kind, one.case, one.verdict) for one in now]:
        return "verdict"
    return "text" if was != now else None


def _answered(said: tuple[Said, ...]) -> tuple[Said, ...]:
    return tuple(one for one in said if one.kind != "unknown")
