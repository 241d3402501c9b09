"""reactions.* and pins.*."""

from __future__ import annotations

import re

from bot.sandbox.errors import SlackError
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, Json

_EMOJI = re.compile(r"[^\s:]{1,100}(::skin-tone-[2-6])?")


def _marked(call: Call, name: str = "timestamp") -> tuple[Channel, Json]:
    if not call.args.has("channel") or not call.args.has(name):
        raise SlackError("no_item_specified")
    channel = call.channel()
    return channel, call.message(channel, name)


def _emoji(call: Call) -> str:
    name = call.args.needed("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    return name


@method("reactions.add", tier=3, scopes=("reactions:write",))
async def reactions_add(call: Call) -> Json:
    name = _emoji(call)
    channel, message = _marked(call)
    if channel.archived:
        raise SlackError("is_archived")
    if call.bearer.user_id not in channel.members:
        raise SlackError("not_in_channel")
    if not call.sandbox.posting.set_reaction(channel, message, call.bearer.user_id, name, present=True):
        raise SlackError("already_reacted")
    return {}


@method("reactions.remove", tier=2, scopes=("reactions:write",))
async def reactions_remove(call: Call) -> Json:
    name = _emoji(call)
    channel, message = _marked(call)
    if not call.sandbox.posting.set_reaction(channel, message, call.bearer.user_id, name, present=False):
        raise SlackError("no_reaction")
    return {}


@method("reactions.get", tier=3, scopes=("reactions:read",))
async def reactions_get(call: Call) -> Json:
    channel, message = _marked(call)
    return {"type": "message", "channel": channel.id, "message": message}


@method("reactions.list", tier=2, scopes=("reactions:read",))
async def reactions_list(call: Call) -> Json:
    user = call.person().id if call.args.has("user") else call.bearer.user_id
    items = [
        {"type": "message", "channel": channel.id, "message": message}
        for channel in call.world.team_channels(call.team_id)
        if call.sees(channel)
        for message in channel.messages.values()
        if any(user in reaction["users"] for reaction in message.get("reactions", ()))
    ]
    page, metadata = call.page(items, 100, 1000)
    return {"items": page, "response_metadata": metadata}


@method("pins.add", tier=2, scopes=("pins:write",))
async def pins_add(call: Call) -> Json:
    channel, message = _marked(call)
    if message["ts"] in channel.pins:
        raise SlackError("already_pinned")
    channel.pins.append(message["ts"])
    return {}


@method("pins.remove", tier=2, scopes=("pins:write",))
async def pins_remove(call: Call) -> Json:
    channel, message = _marked(call)
    if message["ts"] not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(message["ts"])
    return {}


@method("pins.list", tier=2, scopes=("pins:read",))
async def pins_list(call: Call) -> Json:
    channel = call.member_channel()
    return {
        "items": [
            {"type": "message", "channel": channel.id, "message": channel.messages[ts]}
            for ts in channel.pins
            if ts in channel.messages
        ]
    }
