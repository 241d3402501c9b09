"""`Answer` -> plain text (with colours where a terminal wants them) and -> the machine interface's JSON object."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bot.answering.answer import Answer, NumberedSource, Question, View
from bot.answering.formats import show_holds
from bot.answering.phrases import phrase
from bot.rulebook.models import Language

Style = Callable[[str, str], str]
"""Takes a role (verdict, heading, mark, faint) and a text."""


def unstyled(_: str, text: str) -> str:
    return text


_CODES = {"verdict": "1", "heading": "1;36", "mark": "33", "faint": "2"}


def coloured(role: str, text: str) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m"


def to_text(answer: Answer, style: Style = unstyled) -> str:
    """The whole answer as plain text, sources included, verdict first."""
    blocks = ["\n".join(lines) for lines in _blocks(answer, style)]
    return "\n\n".join(block for block in blocks if block)


def many_to_text(answers: Sequence[Answer], style: Style = unstyled) -> str:
    """Several answers to one message, numbered."""
    if len(answers) == 1:
        return to_text(answers[0], style)
    parts = []
    for number, answer in enumerate(answers, 1):
        heading = style("heading", phrase("question_number", answer.language, n=number))
        parts.append(heading + phrase("colon", answer.language) + to_text(answer, style))
    return "\n\n".join(parts)


def _blocks(answer: Answer, style: Style) -> Iterator[list[str]]:
    language = answer.language
    colon = phrase("colon", language)
    yield [style("verdict", answer.verdict) + _marks(answer.marks, style)]
    if answer.draft:
        yield [answer.draft]
    yield _headed(
        "draft_checks" if answer.draft else "",
        [_list_item(line, bool(answer.draft)) for line in answer.text],
        answer,
        style,
    )
    yield [f"- {phrase('if', language, choice=branch.label)}{colon}{branch.verdict}" for branch in answer.branches]
    if not answer.own_case:
        yield [_question(question) for question in answer.asks[1:]]
    yield [f"- {line}" for line in answer.additions]
    yield _headed("steps", [f"{number}. {step}" for number, step in enumerate(answer.steps, 1)], answer, style)
    yield _headed("working", [f"{w.label} = {w.formula} = {w.result}" for w in answer.working], answer, style)
    yield _headed(
        "facts",
        [f"{fact.name}{colon}{fact.shown} ({phrase(fact.origin, language)})" for fact in answer.facts],
        answer,
        style,
    )
    for conflict in answer.conflicts:
        yield [
            f"{style('heading', phrase('conflict', language))}{colon}{conflict.about}",
            f"- {phrase('act_on', language)}{colon}{_view(conflict.act_on, style)}",
            f"- {phrase('other', language)}{colon}{_view(conflict.other, style)}",
            *([f"- {phrase('why', language)}{colon}{conflict.why}"] if conflict.why else []),
        ]
    yield [answer.caveat] if answer.caveat else []
    if answer.own_case:
        yield [phrase("own_case", language, question=_question(answer.asks[0]))]
    yield _headed("also", [pointer.text for pointer in answer.also], answer, style)
    yield _headed("nearest", [f"- {pointer.text}" for pointer in answer.suggestions], answer, style)
    if answer.sources and answer.page:
        holds = show_holds(answer.holds_from, answer.holds_to, language)
        yield [f"{style('heading', phrase('holds', language))}{colon}{holds}"]
    yield _headed("sources", [_source(source, answer, style) for source in answer.sources], answer, style)


def _question(question: Question) -> str:
    """A question with its choices, where it has a fixed list of them."""
    labels = " / ".join(choice.label for choice in question.choices)
    return f"{question.question} ({labels})" if labels else question.question


def _headed(name: str, lines: list[str], answer: Answer, style: Style) -> list[str]:
    colon = phrase("colon", answer.language).rstrip()
    heading = [style("heading", phrase(name, answer.language)) + colon] if name else []
    return [*heading, *lines] if lines else []


def _list_item(line: str, listed: bool) -> str:
    line = re.sub(r"\*\*(.+?)\*\*", r"\1", line)
    return f"- {line}" if listed and not line.startswith("- ") else line


def _view(view: View, style: Style) -> str:
    return view.text + _marks(view.marks, style)


def _marks(marks: tuple[int, ...], style: Style) -> str:
    return "".join([" ", *(style("mark", f"[{mark}]") for mark in marks)]) if marks else ""


def _source(source: NumberedSource, answer: Answer, style: Style) -> str:
    about = describe(source, answer.language)
    return f"{style('mark', f'[{source.number}]')} {source.title} ({about}) {style('faint', source.url)}"


def describe(source: NumberedSource, language: Language) -> str:
    """What a reader should know of a source besides its title: who, when, with which authority, and where in it."""
    authority = "reproduced" if source.reproduced else source.authority
    parts = [
        source.publisher,
        phrase("published", language, day=source.published) if source.published else phrase("undated", language),
        phrase(authority, language),
        *(phrase("section", language, section=section) for section in source.sections),
        *([source.note] if source.note else []),
        phrase("retrieved", language, day=source.retrieved),
        *([phrase("due", language)] if source.due_for_review else []),
    ]
    return ("；" if language == "zh" else "; ").join(parts)


def to_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """The machine interface's object for one message; several questions share it, the first one leads."""
    first = answers[0]
    sources = {source.id: source for answer in answers for source in answer.sources}
    result: dict[str, Any] = {
        "kind": first.kind,
        "lang": first.language,
        "verdict": first.verdict,
        "text": many_to_text(answers),
        "rules": [answer.page for answer in answers if answer.page],
        "facts": [
            {"id": fact.id, "value": fact.value, "origin": fact.origin} for answer in answers for fact in answer.facts
        ],
        "asks": [
            {
                "fact": question.fact,
                "question": question.question,
                "choices": [{"value": choice.value, "label": choice.label} for choice in question.choices],
            }
            for answer in answers
            for question in answer.asks
        ],
        "sources": [_source_json(source) for source in sources.values()],
        "holds": {"from": _iso(first.holds_from), "to": _iso(first.holds_to)},
        "conflicts": [
            {"about": c.about, "act_on": c.act_on.text, "other": c.other.text, "why": c.why}
            for answer in answers
            for c in answer.conflicts
        ],
        "confidence": round(first.confidence, 4),
    }
    if len(answers) > 1:
        result["answers"] = [to_json([answer]) for answer in answers]
    return result


def _source_json(source: NumberedSource) -> dict[str, Any]:
    return {
        "id": source.id,
        "title": source.title,
        "publisher": source.publisher,
        "url": source.url,
        "section": "; ".join(source.sections),
        "published": _iso(source.published),
        "authority": source.authority,
        "reproduced": source.reproduced,
        "due_for_review": source.due_for_review,
    }


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
