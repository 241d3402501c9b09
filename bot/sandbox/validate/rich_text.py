"""The rich_text block and what may stand in it."""

from __future__ import annotations

from typing import Any

from bot.sandbox.validate.objects import CHANNEL, ID, URL, USER
from bot.sandbox.validate.schema import Check, Scope, array, boolean, by_type, integer, number, obj, one_of, string

_STYLE = obj(
    {},
    {
        name: boolean()
        for name in ("bold", "italic", "strike", "underline", "code", "highlight", "client_highlight", "unlink")
    },
)


def _counted(value: Any, pointer: str, scope: Scope) -> None:
    string()(value, pointer, scope)
    if isinstance(value, str):
        scope.characters += len(value)


def _leaf(kind: str, required: dict[str, Check], **optional: Check) -> Check:
    return obj(required, {"style": _STYLE, **optional}, kind=kind)


LEAVES: dict[str, Check] = {
    "text": _leaf("text", {"text": _counted}),
    "link": _leaf("link", {"url": URL}, text=_counted, unsafe=boolean()),
    "user": _leaf("user", {"user_id": USER}),
    "usergroup": _leaf("usergroup", {"usergroup_id": string(pattern="S[A-Z0-9]+", wrong="must be a valid usergroup ID")}),
    "team": _leaf("team", {"team_id": string()}),
    "channel": _leaf("channel", {"channel_id": CHANNEL}),
    "emoji": _leaf("emoji", {"name": string()}, unicode=string(), skin_tone=integer(1, 6)),
    "broadcast": _leaf("broadcast", {"range": one_of("here", "channel", "everyone")}),
    "color": _leaf("color", {"value": string(pattern="#[0-9A-Fa-f]{6}", wrong="must be a valid hex color")}),
    "date": _leaf("date", {"timestamp": number(), "format": string()}, url=URL, fallback=string()),
}
_BORDER = one_of(0, 1)
_SECTION = obj({"elements": array(by_type(LEAVES), fewest=0)}, kind="rich_text_section")
CONTAINERS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": obj(
        {"style": one_of("bullet", "ordered"), "elements": array(by_type({"rich_text_section": _SECTION}))},
        {"indent": integer(0, 8), "offset": integer(0), "border": _BORDER},
        kind="rich_text_list",
    ),
    "rich_text_preformatted": obj(
        {"elements": array(by_type(LEAVES, ("text", "link")), fewest=0)},
        {"border": _BORDER, "language": string()},
        kind="rich_text_preformatted",
    ),
    "rich_text_quote": obj({"elements": array(by_type(LEAVES), fewest=0)}, {"border": _BORDER}, kind="rich_text_quote"),
}
ELEMENTS = array(by_type(CONTAINERS), fewest=0)
RICH_TEXT = obj({"elements": ELEMENTS}, {"block_id": ID}, kind="rich_text")
