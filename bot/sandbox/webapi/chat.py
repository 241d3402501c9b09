"""chat.*: posting, changing, deleting, scheduling; and blocks.validate."""

from __future__ import annotations

from typing import Any

from bot.sandbox import wire
from bot.sandbox.errors import SlackError, missing
from bot.sandbox.limits import POST_BURST, POSTS_PER_CHANNEL, POSTS_PER_TEAM
from bot.sandbox.validate.objects import escaped_length
from bot.sandbox.validate.payloads import (
    check_attachments,
    check_message_blocks,
    check_metadata,
    one_table,
    walk_blocks,
    walk_view,
)
from bot.sandbox.validate.schema import Problem
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.http import too_many
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, Json

MARKDOWN_TEXT_LIMIT = 12_000
UPDATE_TEXT_LIMIT = 4_000
SCHEDULE_DAYS = 120
MOST_SCHEDULED = 30
SCHEDULE_WINDOW = 300


def message_content(call: Call) -> Json:
    """The content arguments of a message, checked; refused as chat.postMessage refuses them."""
    args = call.args
    content: Json = {}
    markdown = args.text("markdown_text")
    blocks = args.json("blocks", "invalid_blocks_format")
    attachments = args.json("attachments", "invalid_attachments")
    if markdown:
        if args.text("text") or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_TEXT_LIMIT:
            raise SlackError("msg_too_long", pointers=("/markdown_text",))
        blocks = [{"type": "markdown", "text": markdown}]
    content["text"] = args.text("text") or markdown
    if args.flag("link_names") or args.text("parse") == "full":
        content["text"] = wire.with_names(call.world, call.team_id, content["text"])
    tables: list[str] = []
    if blocks:
        tables = check_message_blocks(blocks).tables
        content["blocks"] = blocks
    elif blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if attachments:
        tables += check_attachments(attachments)
        content["attachments"] = attachments
    one_table(tables)
    metadata = args.json("metadata", "invalid_metadata_format")
    if metadata == {} and call.method == "chat.update":
        content["metadata"] = None
    elif metadata is not None:
        check_metadata(metadata)
        content["metadata"] = metadata
    _known_files(call, [*(content.get("blocks") or [])])
    return content


def _known_files(call: Call, blocks: list[Json]) -> None:
    """Images by slack_file must be files that the caller can see."""
    for index, block in enumerate(blocks):
        for image in [block, block.get("accessory") or {}, *(block.get("elements") or [])]:
            source = image.get("slack_file") if isinstance(image, dict) and image.get("type") == "image" else None
            if source and "id" in source:
                file = call.world.files.get(source["id"])
                if file is None or file.deleted or not call.world.may_see_file(file, call.bearer.user_id):
                    problem = Problem(f"/blocks/{index}/slack_file", "invalid slack file")
                    raise SlackError("invalid_blocks", messages=(f"[ERROR] {problem}",), pointers=(problem.pointer,))


def has_content(content: Json) -> bool:
    return bool(content.get("text") or content.get("blocks") or content.get("attachments"))


def author(call: Call, channel: Channel, content: Json, thread_ts: str | None) -> Json:
    """A message by whoever's token this is, with the author overrides that the scope allows."""
    if not call.user.is_bot:
        message = call.sandbox.posting.from_person(call.user, channel, content["text"], thread_ts)
        return {**message, **call.sandbox.posting.content(content)}
    message = call.sandbox.posting.from_app(call.install, channel, content, thread_ts)
    overrides = {name: call.args.text(name) for name in ("username", "icon_url", "icon_emoji") if call.args.has(name)}
    if overrides:
        call.scoped("chat:write.customize")
        message |= {"subtype": "bot_message", "username": overrides.get("username", call.user.real_name), "icons": overrides}
    return message


@method("chat.postMessage", tier=None, scopes=("chat:write",))
async def post_message(call: Call) -> Json:
    channel = call.target()
    call.postable(channel)
    if call.args.flag("as_user") and call.user.is_bot:
        raise SlackError("as_user_not_supported")
    content = message_content(call)
    if not has_content(content):
        raise SlackError("no_text")
    thread_ts = call.thread(channel)
    _posting_limit(call, channel)
    message = author(call, channel, content, thread_ts)
    if thread_ts and call.args.flag("reply_broadcast"):
        message |= {"subtype": "thread_broadcast", "root": channel.messages.get(thread_ts, {})}
    call.sandbox.posting.post(channel, message)
    if call.args.flag("unfurl_links", default=True) or call.args.flag("unfurl_media", default=True):
        call.sandbox.posting.unfurl(channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": _answered(message)}


def _posting_limit(call: Call, channel: Channel) -> None:
    limits = call.sandbox.limits
    too_many(limits.take(("chat.postMessage", channel.id), POSTS_PER_CHANNEL * 60, POST_BURST))
    too_many(limits.take(("chat.postMessage", call.team_id), POSTS_PER_TEAM))


def _answered(message: Json) -> Json:
    return {name: value for name, value in message.items() if name != "root"}


@method("chat.postEphemeral", tier=4, scopes=("chat:write",))
async def post_ephemeral(call: Call) -> Json:
    channel = call.target()
    if not call.args.has("user"):
        raise missing("user")
    user = call.world.people.get(call.args.text("user"))
    if user is None or user.team_id != call.team_id or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    call.postable(channel)
    content = message_content(call)
    if not has_content(content):
        raise SlackError("no_text")
    message = author(call, channel, content, call.thread(channel))
    call.sandbox.posting.show_to(channel, user.id, message)
    return {"message_ts": message["ts"]}


@method("chat.meMessage", tier=3, scopes=("chat:write",))
async def me_message(call: Call) -> Json:
    channel = call.postable(call.target())
    if not call.args.text("text"):
        raise SlackError("no_text")
    message = author(call, channel, {"text": call.args.text("text")}, None)
    call.sandbox.posting.post(channel, {**message, "subtype": "me_message"})
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.update", tier=3, scopes=("chat:write",))
async def update(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel)
    if message.get("user") != call.bearer.user_id or message.get("subtype") in ("tombstone", "channel_join", "group_join"):
        raise SlackError("cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    if message.get("streaming"):
        raise SlackError("streaming_state_conflict")
    content = message_content(call)
    if escaped_length(call.args.text("text"), forms=True) > UPDATE_TEXT_LIMIT:
        raise SlackError("msg_too_long", pointers=("/text",))
    if not has_content(content) and not call.args.has("metadata") and not call.args.has("file_ids"):
        raise SlackError("no_text")
    # Attachments stay unless they are given; text alone removes the blocks, blocks alone the text.
    kept = [] if call.args.has("attachments") else ["attachments"]
    if not content["text"] and not call.args.has("blocks"):
        kept += ["text", "blocks"]
    content |= {name: message[name] for name in kept if name in message}
    if _is_rich(message) and not _is_rich(content):
        raise SlackError("block_mismatch")
    changed = call.sandbox.posting.change(channel, message, content, call.bearer.user_id)
    return {"channel": channel.id, "ts": changed["ts"], "text": changed["text"], "message": changed}


def _is_rich(content: Json) -> bool:
    return any(block["type"] == "rich_text" for block in content.get("blocks", ()))


@method("chat.delete", tier=3, scopes=("chat:write",))
async def delete(call: Call) -> Json:
    channel = call.channel()
    message = channel.messages.get(call.args.needed("ts"))
    if message is None:
        if any(shown.ts == call.args.text("ts") for shown in channel.ephemerals):
            raise SlackError("cant_delete_message")
        raise SlackError("message_not_found")
    if message.get("user") != call.bearer.user_id:
        raise SlackError("cant_delete_message")
    call.sandbox.posting.remove(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.getPermalink", tier=None)
async def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    link = f"{call.world.base_url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    thread_ts = message.get("thread_ts")
    if thread_ts and thread_ts != message["ts"]:
        link += f"?thread_ts={thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


@method("chat.unfurl", tier=3, scopes=("links:write",))
async def unfurl(call: Call) -> Json:
    unfurls = call.args.json("unfurls", "invalid_unfurls_format")
    if not unfurls and not call.args.has("metadata"):
        raise SlackError("missing_unfurls")
    if unfurls and not (isinstance(unfurls, dict) and all(isinstance(content, dict) for content in unfurls.values())):
        raise SlackError("invalid_unfurls_format")
    channel = call.channel(error="cannot_unfurl_url")
    message = call.message(channel, error="cannot_find_message")
    for content in (unfurls or {}).values():
        if content.get("blocks"):
            check_message_blocks(content["blocks"])
    added = [{**content, "from_url": url} for url, content in (unfurls or {}).items()]
    call.sandbox.posting.change(
        channel,
        message,
        {"text": message["text"], "blocks": message.get("blocks"), "attachments": [*message.get("attachments", ()), *added]},
        message.get("user", ""),
    )
    return {}


@method("chat.scheduleMessage", tier=3, scopes=("chat:write",))
async def schedule_message(call: Call) -> Json:
    channel = call.target()
    call.postable(channel)
    post_at = call.args.number("post_at", 0)
    if not call.args.has("post_at"):
        raise SlackError("invalid_time")
    if post_at <= call.world.now():
        raise SlackError("time_in_past")
    if post_at > call.world.now() + SCHEDULE_DAYS * 86400:
        raise SlackError("time_too_far")
    content = message_content(call)
    if not has_content(content):
        raise SlackError("no_text")
    near = call.sandbox.schedule.near(channel.id, post_at, SCHEDULE_WINDOW)
    if near >= MOST_SCHEDULED:
        raise SlackError("restricted_too_many")
    message = author(call, channel, content, call.thread(channel))
    scheduled = call.sandbox.schedule.add(channel.id, post_at, message, call.bearer.value, posts="metadata" not in content)
    return {"channel": channel.id, "scheduled_message_id": scheduled.id, "post_at": post_at, "message": _answered(message)}


@method("chat.deleteScheduledMessage", tier=3, scopes=("chat:write",))
async def delete_scheduled_message(call: Call) -> Json:
    channel = call.channel()
    scheduled = call.sandbox.schedule.get(call.args.needed("scheduled_message_id"))
    if scheduled is None or scheduled.channel != channel.id or scheduled.token != call.bearer.value:
        raise SlackError("invalid_scheduled_message_id")
    if scheduled.post_at - call.world.now() < 60:
        raise SlackError("cant_delete_message")
    call.sandbox.schedule.remove(scheduled.id)
    return {}


@method("chat.scheduledMessages.list", tier=3)
async def scheduled_messages_list(call: Call) -> Json:
    if call.args.has("channel"):
        call.channel(error="invalid_channel")
    listed = [
        {"id": s.id, "channel_id": s.channel, "post_at": s.post_at, "date_created": s.created, "text": s.message["text"]}
        for s in call.sandbox.schedule.of(call.bearer.value)
        if call.args.text("channel") in ("", s.channel)
    ]
    page, metadata = call.page(listed, 100, 1000)
    return {"scheduled_messages": page, "response_metadata": metadata}


@method("blocks.validate", tier=None, anonymous=True)
async def blocks_validate(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if call.args.has(name)]
    if len(given) != 1:
        raise SlackError("invalid_arguments", messages=("[ERROR] provide exactly one of blocks, message, view",))
    name = given[0]
    value: Any = call.args.json(name, f"invalid_{name}")
    if name == "view":
        problems = walk_view(value, pointer="").problems
    elif name == "blocks":
        problems = walk_blocks(value, None, "").problems
    elif not isinstance(value, dict):
        problems = [Problem("", "must provide an object", "invalid_type")]
    else:
        problems = walk_blocks(value["blocks"], "message").problems if "blocks" in value else []
    if problems:
        faults = [{"pointer": p.pointer, "code": p.code, "message": p.message} for p in problems]
        raise SlackError(f"invalid_{name}", body={"errors": faults}, pointers=tuple(p.pointer for p in problems))
    return {}
