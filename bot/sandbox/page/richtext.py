"""rich_text blocks as HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from bot.sandbox.page import emojis
from bot.sandbox.page.mrkdwn import broadcast, channel_mention, date, link, mention
from bot.sandbox.page.reader import Reader

_TAGS = (("code", "code"), ("strike", "s"), ("underline", "u"), ("italic", "i"), ("bold", "b"), ("highlight", "mark"))
_SWATCH = Markup(
    '<span class="swatch"><svg width="12" height="12" aria-hidden="true">'
    '<rect width="12" height="12" rx="2" fill="{}"/></svg><code>{}</code></span>'
)


def rich_text(block: dict[str, Any], reader: Reader) -> Markup:
    """A rich_text object with its sections, lists, quotes and preformatted parts."""
    return Markup("").join(_container(part, reader) for part in block.get("elements", ()))


def as_text(block: dict[str, Any]) -> str:
    """The bare text of a rich_text object, for an input that edits it."""
    return "\n".join(
        "".join(str(leaf.get("text", "")) for leaf in part.get("elements", ())) for part in block.get("elements", ())
    )


def with_emoji(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A person's own blocks with the `:names:` that they typed as emoji, which is what Slack's composer makes of them."""
    return [
        {
            **block,
            "elements": [
                {**part, "elements": [piece for leaf in part.get("elements", ()) for piece in _split(leaf)]}
                for part in block.get("elements", ())
            ],
        }
        if block.get("type") == "rich_text"
        else block
        for block in blocks
    ]


def _split(leaf: dict[str, Any]) -> list[dict[str, Any]]:
    if leaf.get("type") != "text" or (leaf.get("style") or {}).get("code"):
        return [leaf]
    pieces: list[dict[str, Any]] = []
    written, last = str(leaf.get("text", "")), 0
    for found in emojis.NAME.finditer(written):
        if emojis.symbol(found.group(1)) is not None:
            pieces += [{**leaf, "text": written[last : found.start()]}, {"type": "emoji", "name": found.group(1)}]
            last = found.end()
    return [*pieces, {**leaf, "text": written[last:]}]


def _container(part: dict[str, Any], reader: Reader) -> Markup:
    kind = part.get("type")
    if kind == "rich_text_list":
        return _list(part, reader)
    inner = Markup("").join(_leaf(leaf, reader) for leaf in part.get("elements", ()))
    if kind == "rich_text_preformatted":
        return Markup("<pre>{}</pre>").format(inner)
    if kind == "rich_text_quote":
        return Markup("<blockquote>{}</blockquote>").format(_broken(inner))
    return Markup('<div class="rt-section">{}</div>').format(_broken(inner))


def _list(part: dict[str, Any], reader: Reader) -> Markup:
    indent = min(int(part.get("indent") or 0), 8)
    items = Markup("").join(
        Markup("<li>{}</li>").format(_broken(Markup("").join(_leaf(leaf, reader) for leaf in item.get("elements", ()))))
        for item in part.get("elements", ())
    )
    border = " bordered" if part.get("border") else ""
    if part.get("style") == "ordered":
        start = int(part.get("offset") or 0) + 1
        return Markup('<ol class="indent-{}{}" start="{}">{}</ol>').format(indent, border, start, items)
    return Markup('<ul class="indent-{}{}">{}</ul>').format(indent, border, items)


def _broken(inner: Markup) -> Markup:
    return inner.replace("\n", Markup("<br>"))


def _leaf(leaf: dict[str, Any], reader: Reader) -> Markup:
    inner = _bare_leaf(leaf, reader)
    style = leaf.get("style") or {}
    for name, tag in _TAGS:
        if style.get(name):
            inner = Markup("<{0}>{1}</{0}>").format(tag, inner)
    return inner


def _bare_leaf(leaf: dict[str, Any], reader: Reader) -> Markup:
    draw = _LEAVES.get(str(leaf.get("type")))
    return draw(leaf, reader) if draw else escape(f"[{leaf.get('type')}]")


def _link(leaf: dict[str, Any], _reader: Reader) -> Markup:
    url = str(leaf.get("url", ""))
    if (leaf.get("style") or {}).get("unlink"):
        return escape(leaf.get("text") or url)
    return link(url, leaf.get("text"))


def _emoji(leaf: dict[str, Any], _reader: Reader) -> Markup:
    name = str(leaf.get("name", ""))
    return Markup('<span class="emoji" title=":{}:">{}</span>').format(name, emojis.symbol(name) or f":{name}:")


def _date(leaf: dict[str, Any], reader: Reader) -> Markup:
    tokens, fallback = str(leaf.get("format", "")), str(leaf.get("fallback", ""))
    return date(str(leaf.get("timestamp")), reader, tokens, fallback, str(leaf.get("url") or ""))


_LEAVES: dict[str, Callable[[dict[str, Any], Reader], Markup]] = {
    "text": lambda leaf, _reader: escape(str(leaf.get("text", ""))),
    "link": _link,
    "user": lambda leaf, reader: mention(str(leaf.get("user_id")), reader),
    "channel": lambda leaf, reader: channel_mention(str(leaf.get("channel_id")), reader),
    "broadcast": lambda leaf, _reader: broadcast(str(leaf.get("range"))),
    "usergroup": lambda leaf, _reader: broadcast(str(leaf.get("usergroup_id"))),
    "team": lambda leaf, _reader: broadcast(str(leaf.get("team_id"))),
    "emoji": _emoji,
    "color": lambda leaf, _reader: _SWATCH.format(leaf.get("value"), leaf.get("value")),
    "date": _date,
}
