"""The maintainers' digest as a message: what a workspace asked in vain, and what to do about it."""

from __future__ import annotations

from datetime import UTC

from bot.digests.in_vain import InVain
from bot.gaps import Gap
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.slack.blocks.answers import Message
from bot.slack.blocks.modals import REASONS
from bot.slack.blocks.text import Block, Element, escape, one_line, preformatted, rich, run, section
from bot.slack.phrases import ui

SHOWN_QUESTIONS = 2
LONGEST_QUESTION = 160


def in_vain_message(told: InVain, book: Rulebook, command: str, language: Language) -> Message:
    """What was asked in vain, in groups; one line where that is nothing, or nothing is kept."""
    if not told.is_kept or not told.gaps:
        name = "in_vain_none" if told.is_kept else "in_vain_not_kept"
        text = ui(name, language, day=told.since.date(), command=command)
        return Message(escape(text), [rich([section([run(text)])])])
    name = "in_vain_one" if told.total == 1 else "in_vain_some"
    first = ui(name, language, n=told.total, day=told.since.date())
    blocks = [rich([section([run(first, bold=True)])])]
    blocks += [_group(gap, book, language) for gap in told.gaps]
    left_out = told.total - sum(gap.count for gap in told.gaps)
    if left_out:
        blocks.append(rich([section([run(ui("in_vain_more", language, n=left_out))])]))
    blocks.append(_next(told, language))
    return Message(escape(first), blocks)


def _group(gap: Gap, book: Rulebook, language: Language) -> Block:
    """How often, in which words, what came nearest, and why answers were disliked; the words as they were written."""
    shown = (one_line(text, LONGEST_QUESTION) for text in gap.questions[:SHOWN_QUESTIONS])
    elements: list[Element] = [run(ui("in_vain_times", language, n=gap.count), bold=True), run(" ")]
    elements += [run(ui("in_vain_or", language).join(ui("quoted", language, text=text) for text in shown))]
    if gap.nearest and gap.nearest in book.pages:
        title = book.pages[gap.nearest].title.of(language)
        name = "in_vain_near" if gap.is_near else "in_vain_far"
        elements += [run("\n"), run(ui(name, language, title=title, page=gap.nearest))]
    if gap.reasons:
        reasons = [ui("in_vain_reason", language, reason=_reason(name, language), n=n) for name, n in gap.reasons]
        elements += [run("\n"), run(ui("in_vain_disliked", language, reasons=ui("listed", language).join(reasons)))]
    return rich([section(elements)])


def _reason(name: str, language: Language) -> str:
    return ui(f"reason_{name}", language) if name in REASONS else name


def _next(told: InVain, language: Language) -> Block:
    """What whoever keeps the rules does with it."""
    # Commands count days in UTC.
    which = f"--team {told.team} --since {told.since.astimezone(UTC).date()}"
    commands = f"sellerbot gaps {which} --write gaps\nsellerbot lint\nsellerbot replay {which}"
    return rich([section([run(ui("in_vain_next", language))]), preformatted(commands)])
