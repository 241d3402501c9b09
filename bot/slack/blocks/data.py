"""`/seller data`: what is kept of a channel."""

from __future__ import annotations

from collections.abc import Sequence

from bot.office.examiner import day_of, name_of, rows_of
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.slack.blocks.answers import Message
from bot.slack.blocks.text import Block, Element, button, context, escape, rich, run, section
from bot.slack.phrases import ui
from bot.store.uploads import Listed

LISTED = 15


def data_message(
    listed: Sequence[Listed], channel: str, admin: bool, keep_days: int, book: Rulebook, language: Language
) -> Message:
    """What is kept of a channel, with a button to delete each; admins may share it with the workspace."""
    if not listed:
        text = ui("data_empty", language)
        return Message(escape(text), [rich([section([run(text)])])])
    heading = ui("data_heading", language, n=len(listed))
    blocks: list[Block] = [rich([section([run(heading, bold=True)])])]
    for one in listed[:LISTED]:
        layout = book.reports.get(one.format)
        title = layout.title.of(language) if layout else one.format
        about = ui("data_entry", language, file=name_of(one), rows=f"{rows_of(one):,}", day=day_of(one).isoformat())
        shared = [run(f" · {ui('data_shared', language)}", italic=True)] if one.shared else []
        blocks.append(rich([section([run(title, bold=True), run(f" · {about}"), *shared])]))
        buttons: list[Element] = []
        if one.channel == channel:
            buttons.append(button(ui("data_delete", language), "data_delete", one.id, style="danger"))
        if admin:
            name = "data_unshare" if one.shared else "data_share"
            buttons.append(button(ui(name, language), name, one.id))
        if buttons:
            blocks.append({"type": "actions", "block_id": f"data:{one.id}", "elements": buttons})
    blocks.append(context([escape(ui("data_kept", language, n=keep_days))]))
    return Message(escape(heading), blocks)
