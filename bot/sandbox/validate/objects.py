"""Composition objects: text, options, confirmation dialogs and the like."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.validate.schema import Check, Scope, array, at_least_one, boolean, by_type, exactly_one, obj, one_of, string

ID = string(255)
URL = string(3000, pattern=r"(https?://|mailto:|tel:|slack://)\S+", wrong="must be a valid URL")
IMAGE_URL = string(3000, pattern=r"https?://\S+", wrong="must be a valid image URL")
ALT_TEXT = string(2000)
USER = string(pattern=r"[UW][A-Z0-9]{2,}", wrong="must be a valid user ID")
CHANNEL = string(pattern=r"[CG][A-Z0-9]{2,}", wrong="must be a valid channel ID")
CONVERSATION = string(pattern=r"[CGDUW][A-Z0-9]{2,}", wrong="must be a valid conversation ID")


_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_CONTROL_FORM = re.compile(r"<(?:[@#!]|https?:|mailto:|tel:|slack:)[^<>]*>")


def escaped_length(value: str, *, forms: bool) -> int:
    """Characters as Slack counts them: after escaping; with `forms`, mentions and links count as they are."""
    kept = sum(len(form) for form in _CONTROL_FORM.findall(value)) if forms else 0
    rest = _CONTROL_FORM.sub("", value) if forms else value
    return kept + len(rest) + 4 * len(_BARE_AMPERSAND.findall(rest)) + 3 * (rest.count("<") + rest.count(">"))


def _counted(longest: int, *, forms: bool) -> Check:
    inner = string()

    def check(value: Any, pointer: str, scope: Scope) -> None:
        inner(value, pointer, scope)
        if isinstance(value, str):
            length = escaped_length(value, forms=forms)
            scope.characters += length
            if length > longest:
                scope.note(pointer, f"must be less than {longest + 1} characters")

    return check


def plain_text(longest: int = 3000) -> Check:
    return obj({"text": _counted(longest, forms=False)}, {"emoji": boolean()}, kind="plain_text")


def mrkdwn(longest: int = 3000) -> Check:
    return obj({"text": _counted(longest, forms=True)}, {"verbatim": boolean()}, kind="mrkdwn")


def text(longest: int = 3000) -> Check:
    return by_type({"plain_text": plain_text(longest), "mrkdwn": mrkdwn(longest)})


PLACEHOLDER = plain_text(150)
STYLE = one_of("primary", "danger")
CONFIRM = obj(
    {"title": plain_text(100), "text": text(300), "confirm": plain_text(30), "deny": plain_text(30)}, {"style": STYLE}
)


def option(label: Check, description: Check, **more: Check) -> Check:
    return obj({"text": label, "value": string(150)}, {"description": description, **more})


PLAIN_OPTION = option(plain_text(75), plain_text(75))
RICH_OPTION = option(text(75), text(75))
OVERFLOW_OPTION = option(plain_text(75), plain_text(75), url=URL)
OPTION_GROUP = obj({"label": plain_text(75), "options": array(PLAIN_OPTION, most=100)})
CONVERSATION_FILTER = obj(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean(),
        "exclude_bot_users": boolean(),
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)
DISPATCH_CONFIG = obj({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), most=2)})
SLACK_FILE = obj(
    {}, {"id": string(pattern="F[A-Z0-9]+", wrong="must be a valid file ID"), "url": IMAGE_URL}, exactly_one("id", "url")
)
IMAGE_ELEMENT = obj(
    {"alt_text": ALT_TEXT},
    {"image_url": IMAGE_URL, "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
    kind="image",
)
