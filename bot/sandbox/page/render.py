"""Messages, blocks and views as HTML fragments. Pure: dicts in, Markup out.

Everything that an app or a person wrote is escaped: texts by `mrkdwn`, `richtext` and `markdown`, attributes by the
templates. Nothing is drawn with inline style or script, so that the page's strict content policy holds.
"""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from bot.sandbox.page import elements, emojis
from bot.sandbox.page.elements import Json, State
from bot.sandbox.page.labels import label
from bot.sandbox.page.markdown import markdown
from bot.sandbox.page.mrkdwn import link, mrkdwn, plain
from bot.sandbox.page.reader import Reader
from bot.sandbox.page.richtext import rich_text, with_emoji

_COLOURS = 8
_FIRST_CJK = 0x2E7F


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The page's templates, with what they may call."""
    made = Environment(
        loader=PackageLoader("bot.sandbox.page", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        checked=elements.checked,
        choices=elements.choices,
        kept=elements.known,
        menu=elements.menu,
        text=elements.text,
        written=elements.written,
        avatar=avatar,
        bars=bars,
        cell=cell,
        emoji=emoji,
        image=image,
        label=label,
        link=link,
        markdown=markdown,
        mrkdwn=mrkdwn,
        plain=plain,
        quick_reactions=emojis.QUICK,
        rich_text=rich_text,
        size=size,
    )
    made.filters["pretty"] = pretty
    return made


def blocks(given: list[Json], reader: Reader, state: State | None = None) -> Markup:
    """A list of blocks. `state`: what is chosen in their elements."""
    macro: Any = environment().get_template("blocks.html").module
    return Markup(macro.blocks(given, reader, state or {}))  # noqa: S704 - a template with autoescape


def content(message: Json, reader: Reader, state: State | None = None) -> Markup:
    """What a message says: its blocks, or its text where it has none, its attachments and files."""
    macro: Any = environment().get_template("blocks.html").module
    if "bot_id" not in message and message.get("blocks"):
        message = {**message, "blocks": with_emoji(message["blocks"])}
    return Markup(macro.content(message, reader, state or {}))  # noqa: S704 - a template with autoescape


def avatar(name: str, user_id: str) -> tuple[str, int]:
    """(letters, colour) of somebody's picture: initials, or the last character of a Chinese name."""
    words = name.split()
    initials = "".join(word[0] for word in words[:2]).upper() or "?"
    letters = words[0][-1] if words and ord(words[0][0]) > _FIRST_CJK else initials
    return letters, zlib.crc32(user_id.encode()) % _COLOURS


def emoji(name: str) -> str:
    """An emoji by name, or the name between colons."""
    return emojis.symbol(name.partition("::")[0]) or f":{name}:"


def image(source: Json, reader: Reader) -> str | None:
    """The address under which the page may show an image; None for one on the web, which is not loaded."""
    file = source.get("slack_file") or {}
    if file.get("id"):
        return reader.files.get(str(file["id"]))
    url = str(file.get("url") or source.get("image_url") or "")
    if reader.own and urlsplit(url)[:2] == urlsplit(reader.own)[:2]:
        for file_id, address in reader.files.items():
            if f"-{file_id}/" in url:
                return address
        return url
    return None


def cell(one: Json, reader: Reader) -> Markup:
    """One cell of a table."""
    if one.get("type") == "rich_text":
        return rich_text(one, reader)
    if one.get("type") == "raw_number" and not one.get("text"):
        return Markup.escape(f"{one.get('value'):,}")
    return Markup.escape(str(one.get("text", "")))


def bars(values: list[Json], width: int = 220) -> list[tuple[Json, float]]:
    """Each labelled value with the length of its bar in a chart."""
    longest = max((abs(float(value["value"])) for value in values), default=0.0) or 1.0
    return [(value, round(abs(float(value["value"])) / longest * width, 1)) for value in values]


def size(count: int) -> str:
    """A file's size in words."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000 or unit == "MB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"


def pretty(value: Any) -> str:
    """JSON to read."""
    return json.dumps(value, ensure_ascii=False, indent=2)
