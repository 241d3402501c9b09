"""Text as people type it and as Slack sends it."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.world import Json, World

_CONTROL = r"<(?:[@#!][^<>\s|]+(?:\|[^<>]*)?|(?:https?|mailto):[^<>\s]+)>"
_KEPT = re.compile(rf"{_CONTROL}|https?://[!-;=?-~]+")
_BROADCASTS = ("here", "channel", "everyone")
_WIRE = re.compile(r"<([^<>]+)>")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(world: World, team_id: str, text: str) -> str:
    """What somebody typed, in Slack's wire format: mentions, channels and links as control forms, the rest escaped.

    Control forms that are there already, such as `<@U...>` from a completed mention, are kept.
    """
    pieces, last = [], 0
    for kept in _KEPT.finditer(text):
        pieces.append(escape(text[last : kept.start()]))
        pieces.append(kept.group() if kept.group().startswith("<") else f"<{escape(kept.group())}>")
        last = kept.end()
    return with_names(world, team_id, "".join([*pieces, escape(text[last:])]))


def with_names(world: World, team_id: str, wire: str) -> str:
    """A text in wire format in which `@name`, `@here` and `#name` have come alive: what `link_names` does."""
    people = {person.name.lower(): person.id for person in world.team_people(team_id)}
    channels = {channel.name: channel.id for channel in world.team_channels(team_id) if channel.name}
    names = "|".join(re.escape(name) for name in sorted([*people, *_BROADCASTS], key=len, reverse=True))
    named = "|".join(re.escape(name) for name in sorted(channels, key=len, reverse=True))
    mention = re.compile(rf"(?<![A-Za-z0-9_@.])@({names})(?![A-Za-z0-9_])", re.IGNORECASE)
    channel_link = re.compile(rf"(?<![A-Za-z0-9_#])#({named})(?![A-Za-z0-9_-])")

    def form(found: re.Match[str]) -> str:
        name = found.group(1).lower()
        return f"<@{people[name]}>" if name in people else f"<!{name}>"

    def named_in(part: str) -> str:
        linked = channel_link.sub(lambda found: f"<#{channels[found.group(1)]}|{found.group(1)}>", part)
        return mention.sub(form, linked)

    # Every second piece is a control form, which stays as it is.
    pieces = re.split(r"(<[^<>]+>)", wire)
    return "".join(piece if index % 2 else named_in(piece) for index, piece in enumerate(pieces))


def links(wire: str) -> list[str]:
    """The addresses of a message's links, each once."""
    return list(dict.fromkeys(unescape(found) for found in re.findall(r"<(https?://[^<>|]+)", wire)))


def rich_text(wire: str, block_id: str) -> list[Json]:
    """The rich_text block that the client makes of a typed message."""
    elements: list[Json] = []
    last = 0
    for form in _WIRE.finditer(wire):
        _add_text(elements, wire[last : form.start()])
        elements.append(_form(form.group(1)))
        last = form.end()
    _add_text(elements, wire[last:])
    if not elements:
        return []
    return [{"type": "rich_text", "block_id": block_id, "elements": [{"type": "rich_text_section", "elements": elements}]}]


def _add_text(elements: list[Json], part: str) -> None:
    if part:
        elements.append({"type": "text", "text": unescape(part)})


def _form(inner: str) -> Json:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    link: Json = {"type": "link", "url": unescape(target)}
    if label:
        link["text"] = unescape(label)
    return link


def command_text(world: World, team_id: str, text: str) -> str:
    """A command's text with `should_escape`: mentions and channels as `<@U..|name>` and `<#C..|name>`."""
    wire = typed(world, team_id, text)

    def with_name(found: re.Match[str]) -> str:
        person = world.people.get(found.group(1))
        return f"<@{found.group(1)}|{person.name}>" if person else found.group()

    return re.sub(r"<@([A-Z0-9]+)>", with_name, wire)


def mentions(wire: str, user_id: str) -> bool:
    """Whether a text mentions this user."""
    return re.search(rf"<@{re.escape(user_id)}(?:\|[^>]*)?>", wire) is not None


def with_ids(blocks: Any, fresh: Any) -> Any:
    """Blocks with the block_ids and action_ids that Slack gives where the app gave none."""
    if not isinstance(blocks, list):
        return blocks
    return [_identified(block, fresh) for block in blocks]


def _identified(block: Json, fresh: Any) -> Json:
    done = dict(block)
    if not done.get("block_id") or done["type"] == "markdown":
        done["block_id"] = fresh()
    if "elements" in done and done["type"] in ("actions", "context_actions"):
        done["elements"] = [_named(element, fresh) for element in done["elements"]]
    for name in ("accessory", "element"):
        if isinstance(done.get(name), dict):
            done[name] = _named(done[name], fresh)
    if done["type"] == "card" and "actions" in done:
        done["actions"] = [_named(element, fresh) for element in done["actions"]]
    if done["type"] in ("container", "carousel"):
        inner = "child_blocks" if done["type"] == "container" else "elements"
        done[inner] = [_identified(child, fresh) for child in done[inner]]
    return done


def _named(element: Json, fresh: Any) -> Json:
    if element["type"] == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": fresh()}
