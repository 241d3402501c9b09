"""What people write in Slack -> plain text for the desk."""

from __future__ import annotations

import html
import re
from typing import Any

_CONTROL = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
ANSWERABLE_SUBTYPES = (None, "file_share", "thread_broadcast")


def is_from_a_person(event: dict[str, Any]) -> bool:
    """Whether a message was newly written by somebody: no edit, no deletion, no bot, no channel notice."""
    return (
        event.get("subtype") in ANSWERABLE_SUBTYPES
        and not event.get("bot_id")
        and not event.get("hidden")
        and all(isinstance(event.get(name), str) and event[name] for name in ("user", "channel", "ts"))
        and event.get("user") != "USLACKBOT"
    )


def words(text: str) -> str:
    """The text as it was typed: links and channel names readable, mentions gone, entities turned back once."""
    return html.unescape(_CONTROL.sub(_spoken, text)).replace("\xa0", " ").strip()


def _spoken(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if target.startswith(("@", "!subteam", "!here", "!channel", "!everyone")):
        return " "
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or ""
    return label or target.removeprefix("mailto:")


def mentions(text: str, user: str | None) -> bool:
    """Whether `user` is mentioned."""
    return bool(user) and re.search(rf"<@{re.escape(user or '')}(?:\|[^>]*)?>", text) is not None


def is_for_somebody_else(text: str, user: str | None) -> bool:
    """Whether a message begins by addressing a person who is not `user`."""
    match = re.match(r"\s*<@([^>|]+)", text)
    return match is not None and match[1] != user
