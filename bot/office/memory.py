"""Threads and answers to and from the text in which they are kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from bot.answering.answer import Answer
from bot.conversation import Thread, Turn, facts_from_text, remembered
from bot.deciding.decide import DEFAULTS, Known
from bot.rulebook.book import Rulebook
from bot.rulebook.values import value_to_text

_ANSWERS = TypeAdapter(tuple[Answer, ...])
_TURNS = TypeAdapter(tuple[Turn, ...] | None)
Turns = tuple[Turn, ...] | None
"""What was said in a thread, free of personal data; None where not all of that is kept."""


def thread_to_text(thread: Thread, turns: Turns) -> str:
    facts = {name: [value_to_text(known.value), known.origin] for name, known in thread.facts.items()}
    return json.dumps(
        {
            "page": thread.page,
            "facts": facts,
            "asked": thread.asked,
            "question": thread.question,
            "language": thread.language,
            "as_of": thread.as_of.isoformat() if thread.as_of else None,
            "unclear": sorted(thread.unclear),
            "given": {name: value_to_text(known.value) for name, known in thread.given.items()},
            "turns": _TURNS.dump_python(turns, mode="json"),
        },
        ensure_ascii=False,
    )


def thread_from_text(text: str, book: Rulebook) -> Thread:
    """The thread as it was; facts that the rulebook no longer knows, or knows otherwise, are left out."""
    kept: dict[str, Any] = json.loads(text)
    return Thread(
        page=kept["page"] if kept["page"] in book.pages else None,
        facts=facts_from_text({name: value for name, (value, _) in kept["facts"].items()}, book, kept["facts"]),
        asked=kept["asked"],
        question=kept["question"],
        language=kept["language"],
        as_of=date.fromisoformat(kept["as_of"]) if kept["as_of"] else None,
        unclear=frozenset(kept.get("unclear", ())),
        given=facts_from_text(kept.get("given", {}), book),
    )


def turns_from_text(text: str) -> Turns:
    """The turns of a thread as they were; None where an earlier version kept the thread without them."""
    return _TURNS.validate_python(json.loads(text).get("turns"))


def thread_at(answer: Answer, thread: Thread, book: Rulebook) -> Thread:
    """The thread, put back to an answer that was given in it: the page that its open facts belong to in hand, and what the
    thread knows by now."""
    page = answer.own_case.page if answer.own_case else answer.page
    if thread.page == page:
        return replace(thread, language=answer.language)
    shown = {fact.id: fact.value for fact in answer.facts if fact.origin not in ("assumed", "given", *DEFAULTS)}
    return replace(
        thread,
        page=page,
        facts={**facts_from_text(shown, book), **thread.facts},
        asked=answer.asks[0].fact if answer.asks else None,
        given=facts_from_text(dict(answer.own_case.facts), book) if answer.own_case else {},
        language=answer.language,
    )


def facts_of(answer: Answer, thread: Thread, book: Rulebook) -> dict[str, Known]:
    """What was known of the asker's case: the facts that an answer rested on, and what else its thread remembers."""
    values = {fact.id: fact.value for fact in answer.facts}
    rested = facts_from_text(values, book, {fact.id: (fact.value, fact.origin) for fact in answer.facts})
    return {**remembered(thread.facts), **remembered(rested)}


def answers_to_text(answers: tuple[Answer, ...]) -> str:
    return _ANSWERS.dump_json(answers).decode()


def answers_from_text(text: str) -> tuple[Answer, ...]:
    return _ANSWERS.validate_json(text)
