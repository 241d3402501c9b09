"""The `markdown` block: CommonMark with tables and strikethrough, as HTML. Images become links, as in Slack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from bot.sandbox.page import emojis
from bot.sandbox.page.mrkdwn import link


def _image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return str(link(str(tokens[index].attrs.get("src", "")), tokens[index].content or None))


def _opened_link(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer")
    return str(self.renderToken(tokens, index, options, env))


def _aligned_cell(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    # The page allows no inline style, so that a column's alignment becomes a class.
    style = str(tokens[index].attrs.pop("style", ""))
    if style:
        tokens[index].attrSet("class", style.removeprefix("text-align:"))
    return str(self.renderToken(tokens, index, options, env))


def _parser() -> MarkdownIt:
    # Raw HTML is off, so that it is shown as text.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _image)
    parser.add_render_rule("link_open", _opened_link)
    for cell in ("th_open", "td_open"):
        parser.add_render_rule(cell, _aligned_cell)
    return parser


_PARSER = _parser()


def markdown(text: str) -> Markup:
    """A Markdown text as HTML."""
    return Markup(_PARSER.render(emojis.replaced(text)))  # noqa: S704 - the parser escapes, and raw HTML is switched off in it
