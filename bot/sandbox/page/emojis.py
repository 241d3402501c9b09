"""Emoji by the names that Slack uses for them."""

from __future__ import annotations

import re
from functools import lru_cache

import emoji

NAME = re.compile(r":([a-z0-9_+'\-]{1,80})(?:::skin-tone-[2-6])?:")
# Slack's names that the emoji package spells otherwise.
_SLACK_ONLY = {
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "large_purple_circle": "🟣",
    "large_brown_circle": "🟤",
    "large_green_square": "🟩",
    "large_yellow_square": "🟨",
    "large_red_square": "🟥",
    "simple_smile": "🙂",
    "date": "📅",
    "calendar": "📆",
}
QUICK = ("+1", "white_check_mark", "eyes", "tada", "thinking_face", "heart")
"""Reactions offered at once."""


@lru_cache(maxsize=4096)
def symbol(name: str) -> str | None:
    """The emoji of a name without colons, or None if there is no such name."""
    if name in _SLACK_ONLY:
        return _SLACK_ONLY[name]
    if name.startswith("flag-") and len(name) == 7 and name[5:].isalpha() and name[5:].isascii():
        return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in name[5:].lower())
    shown = emoji.emojize(f":{name}:", language="alias")
    return None if shown == f":{name}:" else shown


def replaced(text: str) -> str:
    """A plain text with its `:names:` turned into emoji; unknown names stay as they are."""
    return NAME.sub(lambda found: symbol(found.group(1)) or found.group(), text)
