"""Small messages: notices, help, and a question that is passed on to a person."""

from __future__ import annotations

from bot.answering.phrases import phrase
from bot.office.office import Given
from bot.rulebook.models import Language
from bot.slack.blocks import parts
from bot.slack.blocks.answers import Message
from bot.slack.blocks.home import help_lines
from bot.slack.blocks.text import (
    Block,
    Element,
    bullets,
    escape,
    one_line,
    person,
    rich,
    run,
    runs,
    section,
    shorten,
    somebody,
    unmarked,
)
from bot.slack.phrases import ui

QUOTE_LIMIT = 2000


def help_message(command: str, language: Language) -> Message:
    texts = help_lines(command, language)
    first, *rest = texts
    blocks: list[Block] = [rich([section([run(first)]), bullets([run(text)] for text in rest)])]
    return Message(escape(first), blocks)


def hand_over_message(given: Given, number: int, by: str, link: str | None) -> Message:
    """A question for a person: who asked, where, what the bot answered and what it knew."""
    answer = given.answers[number]
    language = answer.language
    colon = phrase("colon", language)
    question = shorten(given.question, QUOTE_LIMIT)
    heading = ui("hand_over_heading", language)
    elements: list[Element] = [
        section([run(heading, bold=True), run("\n")]),
        {"type": "rich_text_quote", "elements": [run(question)]},
        section([*_from(given, by, language), *([run("  "), {"type": "link", "url": link}] if link else []), run("\n")]),
        section([run(ui("hand_over_said", language) + colon, bold=True), *runs(unmarked(answer.verdict)), run("\n")]),
    ]
    blocks = [rich(elements)]
    facts = parts.facts(answer)
    blocks += [rich(facts)] if facts else []
    if answer.suggestions:
        nearest = section([run(ui("hand_over_nearest", language) + colon, bold=True)])
        blocks.append(rich([nearest, bullets([run(pointer.text)] for pointer in answer.suggestions)]))
    return Message(escape(one_line(f"{heading}{colon}{given.question}", 300)), blocks)


def _from(given: Given, by: str, language: Language) -> list[Element]:
    """Who asked and where, in the order of the language."""
    where = run(ui("hand_over_direct", language)) if given.place.channel.startswith("D") else somebody(given.place.channel)
    gaps: dict[str, Element] = {"{person}": person(given.person or by), "{place}": where}
    text = ui("hand_over_from", language)
    elements: list[Element] = []
    while text:
        gap, at = min(((gap, text.find(gap)) for gap in gaps if gap in text), key=lambda found: found[1], default=("", -1))
        if at < 0:
            return [*elements, run(text)]
        elements += [run(text[:at])] if at else []
        elements.append(gaps[gap])
        text = text[at + len(gap) :]
    return elements
