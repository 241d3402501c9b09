"""conversations.*: finding, reading, joining and managing channels and direct conversations."""

from __future__ import annotations

import re

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.webapi.call import TS, Call, missing_scope
from bot.sandbox.webapi.http import too_many
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, ChannelKind, Json

_TYPES: dict[str, ChannelKind] = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
_PREFIX = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
_NAME = re.compile(r"[^\sA-Z.,!?#@/\\]{1,80}")
READ = tuple(f"{prefix}:read" for prefix in _PREFIX.values())
HISTORY = tuple(f"{prefix}:history" for prefix in _PREFIX.values())
MANAGE = ("channels:manage", "groups:write", "im:write", "mpim:write")
COMMERCIAL_LIMIT = 15
"""Messages a call for apps that are sold outside the Marketplace, once a minute."""


def _may(call: Call, channel: Channel, right: str) -> None:
    """Refuses unless the token has the scope for this kind of conversation, e.g. groups:history."""
    scope = f"{_PREFIX[channel.kind]}:{right}"
    if scope not in call.bearer.scopes:
        raise missing_scope((scope,), call.bearer)


def channel_json(call: Call, channel: Channel) -> Json:
    """A conversation as the methods show it."""
    common: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_org_shared": False,
        "context_team_id": channel.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        other = next((m for m in channel.members if m != call.bearer.user_id), call.bearer.user_id)
        return {**common, "user": other, "is_user_deleted": call.world.people[other].deleted, "priority": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind != "public",
        "is_general": channel.name == "general",
        "is_member": call.bearer.user_id in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_read_only": channel.read_only,
        "unlinked": 0,
        "creator": channel.creator,
        "shared_team_ids": [channel.team_id],
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": channel.created},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": channel.created},
        "num_members": len(channel.members),
        "previous_names": [],
    }


def _listed(call: Call, channels: list[Channel]) -> list[Channel]:
    wanted = call.args.names("types") or ["public_channel"]
    unknown = [name for name in wanted if name not in _TYPES]
    if unknown:
        raise SlackError("invalid_types", pointers=("/types",))
    for name in wanted:
        scope = f"{_PREFIX[_TYPES[name]]}:read"
        if scope not in call.bearer.scopes:
            raise missing_scope((scope,), call.bearer)
    kinds = {_TYPES[name] for name in wanted}
    return [c for c in channels if c.kind in kinds and not (c.archived and call.args.flag("exclude_archived"))]


@method("conversations.list", tier=2, scopes=READ)
async def conversations_list(call: Call) -> Json:
    seen = [channel for channel in call.world.team_channels(call.team_id) if call.sees(channel)]
    page, metadata = call.page(_listed(call, seen), 100, 1000)
    return {"channels": [channel_json(call, channel) for channel in page], "response_metadata": metadata}


@method("users.conversations", tier=3, scopes=READ)
async def users_conversations(call: Call) -> Json:
    user = call.person().id if call.args.has("user") else call.bearer.user_id
    joined = [c for c in call.world.team_channels(call.team_id) if user in c.members and call.sees(c)]
    page, metadata = call.page(_listed(call, joined), 100, 999)
    return {"channels": [channel_json(call, channel) for channel in page], "response_metadata": metadata}


@method("conversations.info", tier=3, scopes=READ)
async def conversations_info(call: Call) -> Json:
    channel = call.channel()
    _may(call, channel, "read")
    shown = channel_json(call, channel)
    if call.args.flag("include_locale"):
        shown["locale"] = "en-US"
    if not call.args.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


@method("conversations.members", tier=4, scopes=READ)
async def conversations_members(call: Call) -> Json:
    channel = call.channel()
    _may(call, channel, "read")
    page, metadata = call.page(channel.members, 100, 1000)
    return {"members": page, "response_metadata": metadata}


@method("conversations.open", tier=3, scopes=("im:write", "mpim:write"))
async def conversations_open(call: Call) -> Json:
    if call.args.has("channel"):
        channel = call.channel()
    else:
        users = call.args.names("users")
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > 8:
            raise SlackError("too_many_users")
        for user in users:
            person = call.world.people.get(user)
            if person is None or person.team_id != call.team_id:
                raise SlackError("user_not_found")
            if person.deleted:
                raise SlackError("user_disabled")
        if len(users) > 1:
            call.scoped("mpim:write")
            channel = _group(call, users)
        else:
            if users == [call.bearer.user_id]:
                raise SlackError("cannot_dm_bot" if call.user.is_bot else "invalid_user_combination")
            call.scoped("im:write")
            channel = call.world.dm(call.bearer.user_id, users[0])
    shown: Json = channel_json(call, channel) if call.args.flag("return_im") else {"id": channel.id}
    return {"channel": shown, "no_op": True, "already_open": True} if channel.messages else {"channel": shown}


def _group(call: Call, users: list[str]) -> Channel:
    members = sorted({call.bearer.user_id, *users})
    for channel in call.world.channels.values():
        if channel.kind == "mpim" and sorted(channel.members) == members:
            return channel
    name = "mpdm-" + "--".join(call.world.people[user].name for user in members) + "-1"
    made = Channel(call.world.new_id("G"), call.team_id, name, "mpim", call.bearer.user_id, int(call.world.now()), members)
    call.world.channels[made.id] = made
    return made


@method("conversations.close", tier=2, scopes=MANAGE)
async def conversations_close(call: Call) -> Json:
    channel = call.channel()
    if channel.kind not in ("im", "mpim"):
        raise SlackError("method_not_supported_for_channel_type")
    return {}


def _read_limit(call: Call) -> int:
    """How many messages a call may return; apps sold outside the Marketplace get 15, once a minute."""
    commercial = call.world.app.commercial and call.user.is_bot
    if commercial:
        too_many(call.sandbox.limits.take((call.method, call.team_id, "commercial"), 1))
    limit = call.args.number("limit", COMMERCIAL_LIMIT if commercial else 100)
    if not 1 <= limit <= 999:
        raise SlackError("invalid_limit", pointers=("/limit",))
    return min(limit, COMMERCIAL_LIMIT) if commercial else limit


def _window(call: Call, messages: list[Json]) -> list[Json]:
    args = call.args
    oldest, latest = args.text("oldest", "0"), args.text("latest") or "9999999999.999999"
    for name, value in (("oldest", oldest), ("latest", latest)):
        if not re.fullmatch(r"\d+(\.\d{1,6})?", value):
            raise SlackError(f"invalid_ts_{name}", pointers=(f"/{name}",))
    low, high, edge = _order(oldest), _order(latest), args.flag("inclusive")
    return [m for m in messages if (low < _order(m["ts"]) < high) or (edge and _order(m["ts"]) in (low, high))]


def _order(ts: str) -> tuple[int, int]:
    seconds, _, micro = ts.partition(".")
    return int(seconds), int((micro or "0").ljust(6, "0"))


@method("conversations.history", tier=3, scopes=HISTORY)
async def conversations_history(call: Call) -> Json:
    channel = call.member_channel()
    _may(call, channel, "history")
    limit = _read_limit(call)
    top = [
        m
        for m in channel.messages.values()
        if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"
    ]
    found = list(reversed(_window(call, top)))
    return _page_of_messages(call, found, limit)


@method("conversations.replies", tier=3, scopes=HISTORY)
async def conversations_replies(call: Call) -> Json:
    channel = call.member_channel()
    _may(call, channel, "history")
    limit = _read_limit(call)
    ts = call.args.needed("ts")
    asked = channel.messages.get(ts) if TS.fullmatch(ts) else None
    root = str(asked.get("thread_ts", ts)) if asked else ts
    parent = channel.messages.get(root)
    thread = [*([parent] if parent else []), *channel.replies(root)]
    if not thread:
        raise SlackError("thread_not_found", pointers=("/ts",))
    return _page_of_messages(call, [m for m in thread if m is parent or m in _window(call, thread)], limit)


def _page_of_messages(call: Call, found: list[Json], limit: int) -> Json:
    cursor = call.args.text("cursor")
    if cursor and not re.fullmatch(r"next:\d+", cursor):
        raise SlackError("invalid_cursor", pointers=("/cursor",))
    start = int(cursor.removeprefix("next:")) if cursor else 0
    end = start + limit
    answer: Json = {"messages": found[start:end], "has_more": end < len(found)}
    if answer["has_more"]:
        answer["response_metadata"] = {"next_cursor": f"next:{end}"}
    return answer


@method("conversations.mark", tier=3, scopes=MANAGE)
async def conversations_mark(call: Call) -> Json:
    call.member_channel()
    call.args.needed("ts")
    return {}


def _group_channel(call: Call) -> Channel:
    channel = call.channel()
    if channel.kind in ("im", "mpim"):
        raise SlackError("method_not_supported_for_channel_type")
    return channel


@method("conversations.join", tier=3, scopes=("channels:join",))
async def conversations_join(call: Call) -> Json:
    channel = _group_channel(call)
    if channel.archived:
        raise SlackError("is_archived")
    if call.bearer.user_id in channel.members:
        return {"channel": channel_json(call, channel), "warning": "already_in_channel"}
    channel.members.append(call.bearer.user_id)
    call.sandbox.membership.joined(channel, call.user)
    return {"channel": channel_json(call, channel)}


@method("conversations.leave", tier=3, scopes=("channels:manage", "groups:write", "channels:join"))
async def conversations_leave(call: Call) -> Json:
    channel = _group_channel(call)
    if channel.name == "general":
        raise SlackError("cant_leave_general")
    if call.bearer.user_id not in channel.members:
        return {"not_in_channel": True}
    channel.members.remove(call.bearer.user_id)
    call.sandbox.membership.left(channel, call.user)
    return {}


@method("conversations.invite", tier=3, scopes=("channels:manage", "channels:write.invites", "groups:write"))
async def conversations_invite(call: Call) -> Json:
    channel = _group_channel(call)
    users = call.args.names("users")
    if not users:
        raise SlackError("no_user")
    if channel.archived:
        raise SlackError("is_archived")
    if call.bearer.user_id not in channel.members:
        raise SlackError("not_in_channel")
    for user in users:
        person = call.world.people.get(user)
        if person is None or person.team_id != call.team_id:
            raise SlackError("user_not_found")
        if user == call.bearer.user_id:
            raise SlackError("cant_invite_self")
        if user in channel.members:
            raise SlackError("already_in_channel")
    for user in users:
        channel.members.append(user)
        call.sandbox.membership.joined(channel, call.world.people[user], call.bearer.user_id)
    return {"channel": channel_json(call, channel)}


@method("conversations.kick", tier=3, scopes=("channels:manage", "groups:write"))
async def conversations_kick(call: Call) -> Json:
    channel = _group_channel(call)
    person = call.person()
    if person.id == call.bearer.user_id:
        raise SlackError("cant_kick_self")
    if channel.name == "general":
        raise SlackError("cant_kick_from_general")
    if call.bearer.user_id not in channel.members or person.id not in channel.members:
        raise SlackError("not_in_channel")
    channel.members.remove(person.id)
    call.sandbox.membership.left(channel, person, by=call.bearer.user_id)
    return {"errors": {}}


@method("conversations.create", tier=2, scopes=("channels:manage", "groups:write"))
async def conversations_create(call: Call) -> Json:
    name = call.args.text("name")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > 80:
        raise SlackError("invalid_name_maxlength")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if call.world.channel_named(call.team_id, name):
        raise SlackError("name_taken")
    private = call.args.flag("is_private")
    call.scoped("groups:write" if private else "channels:manage")
    channel = call.sandbox.membership.create(call.user, name, private=private)
    return {"channel": channel_json(call, channel)}


@method("conversations.archive", tier=2, scopes=("channels:manage", "groups:write"))
async def conversations_archive(call: Call) -> Json:
    channel = _group_channel(call)
    if channel.archived:
        raise SlackError("already_archived")
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    if call.bearer.user_id not in channel.members:
        raise SlackError("not_in_channel")
    call.sandbox.membership.set_archived(channel, call.bearer.user_id, archived=True)
    return {}


@method("conversations.unarchive", tier=2, scopes=("channels:manage", "groups:write"))
async def conversations_unarchive(call: Call) -> Json:
    channel = _group_channel(call)
    if not channel.archived:
        raise SlackError("not_archived")
    call.sandbox.membership.set_archived(channel, call.bearer.user_id, archived=False)
    return {}


@method("conversations.rename", tier=2, scopes=("channels:manage", "groups:write"))
async def conversations_rename(call: Call) -> Json:
    channel = _group_channel(call)
    name = call.args.needed("name")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if call.world.channel_named(call.team_id, name):
        raise SlackError("name_taken")
    channel.name = name
    call.world.changed("channel", channel=channel.id, team=channel.team_id)
    return {"channel": channel_json(call, channel)}


async def _describe(call: Call, field: str) -> Json:
    channel = _group_channel(call)
    if call.bearer.user_id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    if not call.args.has(field):
        raise missing(field)
    value = call.args.text(field)
    if len(value) > 250:
        raise SlackError("too_long")
    setattr(channel, field, value)
    call.world.changed("channel", channel=channel.id, team=channel.team_id)
    return {"channel": channel_json(call, channel)}


@method("conversations.setTopic", tier=2, scopes=("channels:manage", "channels:write.topic", "groups:write"))
async def conversations_set_topic(call: Call) -> Json:
    return await _describe(call, "topic")


@method("conversations.setPurpose", tier=2, scopes=("channels:manage", "groups:write"))
async def conversations_set_purpose(call: Call) -> Json:
    return await _describe(call, "purpose")
