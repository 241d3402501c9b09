"""Text for Block Kit: cleaned, escaped, cut, and as rich text, which needs no marks that Chinese would break."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

Block = dict[str, Any]
Element = dict[str, Any]

MRKDWN_LIMIT = 3000
PLAIN_LIMIT = 3000
OPTION_LIMIT = 75
BUTTON_LIMIT = 75
FALLBACK_LIMIT = 300

# Controls except newline and tab, marks that turn the direction of writing, and characters without width.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_HANGING = re.compile(r"[\u0300-\u036f\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")


def clean(text: str) -> str:
    """`text` without invisible and control characters, which could hide or turn what people read."""
    return _INVISIBLE.sub("", text)


def escape(text: str) -> str:
    """`text` for mrkdwn: nothing in it can mention, link or broadcast."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped_length(text: str) -> int:
    """Characters that Slack counts once `text` is escaped."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters as Slack counts them; what is cut is marked, no character is cut in half."""
    if escaped_length(text) <= limit:
        return text
    cut = text[: limit - 1]
    while escaped_length(cut) > limit - 1:
        cut = cut[: -max(1, (escaped_length(cut) - limit + 1) // 5)]
    while cut and len(cut) < len(text) and _HANGING.match(text[len(cut)]):
        cut = cut[:-1]
    return cut.rstrip() + "…"


def one_line(text: str, limit: int) -> str:
    """`text` for a place of one line: breaks become spaces."""
    return shorten(" ".join(clean(text).split()), limit)


def unmarked(text: str) -> str:
    """`text` without its ``**bold**`` marks, for places that cannot show bold."""
    return _BOLD.sub(r"\1", text)


def plain(text: str, limit: int = PLAIN_LIMIT) -> Element:
    """A plain_text object; Slack refuses an empty one."""
    return {"type": "plain_text", "text": one_line(text, limit) or " ", "emoji": False}


def mrkdwn(text: str) -> Element:
    """A mrkdwn object from text that is escaped already; names and addresses in it stay as they are written."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def run(text: str, **style: bool) -> Element:
    """A stretch of rich text: literal, whatever it contains."""
    element: Element = {"type": "text", "text": clean(text)}
    if style:
        element["style"] = style
    return element


def link(text: str, url: str, **style: bool) -> Element:
    element: Element = {"type": "link", "url": url, "text": clean(text)}
    if style:
        element["style"] = style
    return element


def person(user: str) -> Element:
    """A person's name in rich text."""
    return {"type": "user", "user_id": user}


def somebody(target: str) -> Element:
    """A person or a channel in rich text, by the id's first letter."""
    return {"type": "channel", "channel_id": target} if target[:1] in "CG" else person(target)


def mention(target: str) -> str:
    """A person or a channel in mrkdwn."""
    return f"<#{target}>" if target[:1] in "CG" else f"<@{target}>"


def runs(text: str, **style: bool) -> list[Element]:
    """`text` with its ``**bold**`` parts bold."""
    parts = _BOLD.split(text)
    return [run(part, **{**style, **({"bold": True} if number % 2 else {})}) for number, part in enumerate(parts) if part]


def section(elements: Iterable[Element]) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(items: Iterable[list[Element]], style: str = "bullet") -> Element:
    """A list; `style` is bullet or ordered."""
    return {"type": "rich_text_list", "style": style, "elements": [section(item) for item in items]}


def preformatted(text: str) -> Element:
    """Text to be copied as it is."""
    return {"type": "rich_text_preformatted", "elements": [run(text)]}


def rich(elements: Iterable[Element]) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def lines(texts: Iterable[str]) -> list[Element]:
    """Paragraphs and lines beginning with ``- `` as sections and lists."""
    elements: list[Element] = []
    listed: list[list[Element]] = []
    for text in texts:
        for line in text.splitlines():
            if line.startswith("- "):
                listed.append(runs(line[2:]))
            elif line.strip():
                elements += [bullets(listed)] if listed else []
                listed = []
                elements.append(section([*runs(line), run("\n")]))
    return elements + ([bullets(listed)] if listed else [])


def context(texts: Iterable[str]) -> Block:
    """Small print; the texts are escaped already."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def button(text: str, action_id: str, value: str, **more: Any) -> Element:
    return {"type": "button", "text": plain(text, BUTTON_LIMIT), "action_id": action_id, "value": value, **more}


def option(text: str, value: str) -> Element:
    return {"text": plain(text, OPTION_LIMIT), "value": value}


def size(block: Block) -> int:
    """Characters of a block's texts, as Slack counts them: what adds up to the limit of a message."""
    total = 0
    stack: list[Any] = [block]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            text = value.get("text")
            if isinstance(text, str):
                # Objects of type mrkdwn hold escaped text; Slack escapes the others itself.
                total += len(text) if value.get("type") == "mrkdwn" else escaped_length(text)
            total += len(value.get("url", ""))
            stack += [part for part in value.values() if isinstance(part, (dict, list))]
        elif isinstance(value, list):
            stack += value
    return total
