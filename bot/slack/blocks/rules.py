"""The topics that the rulebook covers, to pick from."""

from __future__ import annotations

from itertools import groupby

from bot.rulebook.book import Rulebook
from bot.rulebook.models import AnyPage, Language
from bot.slack.blocks.answers import Message
from bot.slack.blocks.text import Block, context, escape, option, plain
from bot.slack.phrases import ui

LISTED = 100
GROUP_LABEL_LIMIT = 75


def domain_title(domain: str, book: Rulebook, language: Language) -> str:
    """A domain's name as the glossary has it, or its folder's."""
    return book.domain_title(domain, language)


def rules_message(book: Rulebook, word: str, language: Language) -> Message:
    """A list of all topics, or of those with `word` in their title, grouped by domain."""
    found = [page for page in book.active_pages if word.lower() in _searchable(page)]
    heading = ui("rules_heading", language)
    if not found:
        text = escape(ui("rules_none", language, word=word))
        return Message(text, [context([text])])
    found.sort(key=lambda page: (page.domain, page.title.of(language)))
    listed = found[:LISTED]
    groups = [
        {
            "label": plain(domain_title(domain, book, language), GROUP_LABEL_LIMIT),
            "options": [option(page.title.of(language), page.id) for page in pages],
        }
        for domain, pages in groupby(listed, key=lambda page: page.domain)
    ]
    blocks: list[Block] = [
        {
            "type": "section",
            "block_id": "rules",
            "text": plain(heading),
            "accessory": {
                "type": "static_select",
                "action_id": "open_topic",
                "placeholder": plain(heading, 150),
                "option_groups": groups,
            },
        }
    ]
    if len(found) > LISTED:
        blocks.append(context([escape(ui("rules_many", language, n=len(found), shown=LISTED))]))
    return Message(heading, blocks)


def _searchable(page: AnyPage) -> str:
    return f"{page.id} {page.title.en} {page.title.zh}".lower()
