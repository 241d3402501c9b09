"""An answer message: everything that matters within Slack's limits, the rest behind a button."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answering.answer import Answer
from bot.answering.phrases import phrase
from bot.office.office import Given
from bot.rulebook.models import Language
from bot.slack.blocks import parts
from bot.slack.blocks.asking import controls
from bot.slack.blocks.text import (
    FALLBACK_LIMIT,
    MRKDWN_LIMIT,
    Block,
    Element,
    button,
    context,
    escape,
    one_line,
    option,
    person,
    plain,
    rich,
    run,
    section,
    size,
    unmarked,
)
from bot.slack.blocks.uploads import chart_block, something_else, table_blocks
from bot.slack.phrases import ui
from bot.store.answers import Pick

BUDGET = 11_400
"""Characters in the blocks of one message: 12,000 are safe, less 5 % because emoji may count for more."""
MAX_BLOCKS = 50
FOOT = 1_600
"""Characters kept free for an answer's sources and buttons."""
SHOWN_BRANCHES = 6
SHOWN_SOURCES = 4
RELATED = 20


@dataclass(frozen=True)
class Message:
    """What is posted: `text` is read out, notified and searched, `blocks` are seen."""

    text: str
    blocks: list[Block]


def answer_message(given: Given, private: bool = False, room: int = BUDGET) -> Message:
    """The message for all answers to one question; `private` where only the asker sees it.

    `room` are the characters that its blocks may have.
    """
    budget = room // len(given.answers)
    blocks: list[Block] = []
    for number, answer in enumerate(given.answers):
        picks = (given.picks or {}).get(number, ())
        view = _AnswerView(answer, given.ref(number), picks, private, len(given.answers) == 1)
        if len(given.answers) > 1:
            blocks += [{"type": "divider"}] if number else []
            blocks.append(context([escape(phrase("question_number", answer.language, n=number + 1))]))
        blocks += view.blocks(budget)
    return Message(fallback(given.answers), blocks[:MAX_BLOCKS])


def fallback(answers: Sequence[Answer]) -> str:
    """One or a few sentences that say what came out, for notifications and screen readers."""
    verdicts = [unmarked(answer.verdict) for answer in answers]
    if len(verdicts) == 1:
        return escape(one_line(verdicts[0], FALLBACK_LIMIT))
    share = FALLBACK_LIMIT // len(verdicts) - 4
    return "\n".join(f"{number}. {escape(one_line(text, share))}" for number, text in enumerate(verdicts, 1))


@dataclass(frozen=True)
class _AnswerView:
    answer: Answer
    ref: str
    picks: tuple[Pick, ...]
    private: bool
    alone: bool

    @property
    def language(self) -> Language:
        return self.answer.language

    def blocks(self, budget: int) -> list[Block]:
        found = self._found()
        details, cut = self._details(budget - FOOT - sum(map(size, found)))
        asked = [self._picked()] if self.picks else controls(self.answer, self.ref)
        offers = [*self._suggestions(), *something_else(self.answer, self.ref)]
        return [*details, *found, *self._small_print(cut), *asked, *offers, *self._foot(cut), self._feedback()]

    def _found(self) -> list[Block]:
        """Rows and bars; a message may hold one table, so several answers show none."""
        if not self.alone:
            return []
        table = table_blocks(self.answer.table, self.language) if self.answer.table else []
        return [*table, *([chart_block(self.answer.chart)] if self.answer.chart else [])]

    def _details(self, budget: int) -> tuple[list[Block], bool]:
        """The verdict and as many parts as fit; whether something had to be left out."""
        blocks = [rich(parts.verdict(self.answer))]
        used = size(blocks[0])
        cut = len(self.answer.branches) > SHOWN_BRANCHES
        for part in parts.details(self.answer, SHOWN_BRANCHES):
            block = rich(part)
            used += size(block)
            if used > budget:
                cut = True
                break
            if part:
                blocks.append(block)
        return blocks if self.alone else [_merged(blocks)], cut

    def _small_print(self, cut: bool) -> Iterator[Block]:
        answer, language = self.answer, self.language
        notes = []
        if cut:
            notes.append(escape(ui("cut", language, button=ui("show_all", language))))
        if answer.sources:
            notes += [parts.holds(answer)] if answer.page else []
            first = sorted(answer.sources, key=lambda source: (source.number not in answer.marks, source.number))
            room = FOOT // 2 // SHOWN_SOURCES
            notes += [parts.source(source, answer, room // 2) for source in first[:SHOWN_SOURCES]]
            rest = len(answer.sources) - SHOWN_SOURCES
            if rest > 0:
                more = "more_sources" if answer.page else "more_sources_above"
                notes.append(escape(ui(more, language, n=rest, button=ui("show_rule", language))))
        while len("\n".join(notes)) > MRKDWN_LIMIT:
            notes.pop()
        if notes:
            # One text of several lines: separate ones would run on behind each other.
            yield context(["\n".join(notes)])

    def _picked(self) -> Block:
        """What was picked, in place of the buttons."""
        language = self.language
        labels = {question.fact: question for question in self.answer.asks}
        items: list[Element] = []
        for pick in self.picks:
            question = labels.get(pick.fact)
            choices = {choice.value: choice.label for choice in question.choices} if question else {}
            items += [run("✓ "), run(choices.get(pick.value, pick.value), bold=True), run("  ")]
        people = dict.fromkeys(pick.person for pick in self.picks)
        items.append(run(f"({ui('picked_by', language)} "))
        for number, one in enumerate(people):
            items += [run(", ")] if number else []
            items.append(person(one))
        return rich([section([*items, run(")")])])

    def _suggestions(self) -> Iterator[Block]:
        if self.answer.suggestions:
            yield {
                "type": "actions",
                "block_id": f"open:{self.ref}",
                "elements": [
                    button(pointer.text, f"open_{number}", pointer.page)
                    for number, pointer in enumerate(self.answer.suggestions)
                ],
            }

    def _foot(self, cut: bool) -> Iterator[Block]:
        answer, language = self.answer, self.language
        elements: list[Element] = []
        if answer.page:
            elements.append(button(ui("show_rule", language), "show_rule", self.ref))
        if cut:
            elements.append(button(ui("show_all", language), "show_all", self.ref))
        if answer.facts:
            elements.append(button(ui("change_facts", language), "change_facts", self.ref))
        if self.private:
            elements.append(button(ui("share", language), "share", self.ref))
        elements.append(button(ui("ask_person", language), "ask_person", self.ref))
        if answer.related:
            elements.append(
                {
                    "type": "static_select",
                    "action_id": "open_related",
                    "placeholder": plain(ui("related_topics", language), 150),
                    "options": [option(pointer.text, pointer.page) for pointer in answer.related[:RELATED]],
                }
            )
        yield {"type": "actions", "block_id": f"foot:{self.ref}", "elements": elements}

    def _feedback(self) -> Block:
        language = self.language
        buttons = {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {
                "text": plain(ui("helpful", language), 75),
                "accessibility_label": ui("helpful_label", language),
                "value": f"up:{self.ref}",
            },
            "negative_button": {
                "text": plain(ui("not_helpful", language), 75),
                "accessibility_label": ui("not_helpful_label", language),
                "value": f"down:{self.ref}",
            },
        }
        return {"type": "context_actions", "block_id": f"opinion:{self.ref}", "elements": [buttons]}


def _merged(blocks: list[Block]) -> Block:
    """Several parts as one block, for messages with several answers."""
    elements: list[Element] = []
    for number, block in enumerate(blocks):
        elements += [section([run("\n")])] if number else []
        elements += block["elements"]
    return rich(elements)
