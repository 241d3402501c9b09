"""Open facts as something to press: buttons, a list, a calendar, or a form."""

from __future__ import annotations

from bot.answering.answer import Answer, Question
from bot.rulebook.models import Language
from bot.slack.blocks.text import Block, Element, button, one_line, option, plain
from bot.slack.phrases import ui

BUTTONS = 5
"""Up to so many choices are buttons; more are a list."""
OPTIONS = 100
FORM_FROM = 3
"""From so many open facts on a form for all of them is offered."""
TYPED = ("number", "percent", "money", "days", "text")


def controls(answer: Answer, ref: str) -> list[Block]:
    """What answers the first open fact with one press, and the form for all where several are open."""
    if not answer.asks:
        return []
    question, language = answer.asks[0], answer.language
    elements = _choices(question, language)
    if len(answer.asks) >= FORM_FROM:
        elements.append(button(ui("fill_everything", language), "fill_in", ref))
    return [{"type": "actions", "block_id": f"ask:{ref}:{question.fact}", "elements": elements}]


def _choices(question: Question, language: Language) -> list[Element]:
    if question.type == "date":
        placeholder = plain(ui("pick_day", language), 150)
        return [{"type": "datepicker", "action_id": "pick_day", "placeholder": placeholder}]
    if not question.choices:
        return [button(ui("enter_value", language), "enter", question.fact, style="primary")]
    if len(question.choices) <= BUTTONS:
        return [button(choice.label, f"pick_{number}", choice.value) for number, choice in enumerate(question.choices)]
    return [select(question, "pick_from_list", language)]


def select(question: Question, action_id: str, language: Language, value: str = "") -> Element:
    """A list of a fact's choices, `value` chosen already."""
    options = [option(choice.label, choice.value) for choice in question.choices[:OPTIONS]]
    element: Element = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(ui("pick_one", language), 150),
        "options": options,
    }
    chosen = next((one for one in options if one["value"] == value), None)
    return {**element, "initial_option": chosen} if chosen else element


def form_input(question: Question, language: Language, value: str = "") -> Block:
    """One fact in a form; its block id is the fact's, so that errors find their place."""
    return {
        "type": "input",
        "block_id": question.fact,
        "optional": True,
        "label": plain(question.question, 2000),
        "element": _input(question, language, value),
        **_hint(question, language),
    }


def _input(question: Question, language: Language, value: str) -> Element:
    if question.choices:
        return select(question, "value", language, value)
    if question.type == "date":
        element: Element = {"type": "datepicker", "action_id": "value"}
        return {**element, "initial_date": value} if len(value) == len("2026-03-31") else element
    initial = one_line(value, 3000)
    return {"type": "plain_text_input", "action_id": "value", **({"initial_value": initial} if initial else {})}


def _hint(question: Question, language: Language) -> Block:
    if question.choices or question.type not in TYPED or question.type == "text":
        return {}
    return {"hint": plain(ui(f"hint_{question.type}", language), 2000)}
