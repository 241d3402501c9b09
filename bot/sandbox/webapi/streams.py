"""Streamed messages: chat.startStream, appendStream, stopStream."""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.validate.blocks import BLOCKS
from bot.sandbox.validate.payloads import check_message_blocks, check_metadata, invalid
from bot.sandbox.validate.schema import Check, Scope, array, by_type, obj, string
from bot.sandbox.webapi.assistants import SESSION_STATUSES
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.chat import MARKDOWN_TEXT_LIMIT
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, Json

MOST_BLOCKS = 50
_TASK = {"id": string(255), "title": string()}
_SOURCES = array(obj({"url": string(3000), "text": string()}, kind="url"), fewest=0)
CHUNKS: dict[str, Check] = {
    "markdown_text": obj({"text": string(MARKDOWN_TEXT_LIMIT)}, kind="markdown_text"),
    "plan_update": obj({"title": string()}, kind="plan_update"),
    "task_update": obj(
        {**_TASK, "status": string(pattern="pending|in_progress|complete|error", wrong="must be a valid enum value")},
        {"details": string(), "output": string(), "sources": _SOURCES},
        kind="task_update",
    ),
    "blocks": obj({"blocks": array(by_type(BLOCKS))}, kind="blocks"),
}


def _chunks(call: Call) -> list[Json]:
    value: Any = call.args.json("chunks", "invalid_chunks")
    markdown = call.args.text("markdown_text")
    if len(markdown) > MARKDOWN_TEXT_LIMIT:
        raise SlackError("msg_too_long", pointers=("/markdown_text",))
    if value is None:
        return [{"type": "markdown_text", "text": markdown}] if markdown else []
    if markdown:
        raise SlackError("markdown_text_conflict")
    scope = Scope("message")
    array(by_type(CHUNKS), fewest=0)(value, "/chunks", scope)
    if scope.problems:
        raise invalid("invalid_chunks", scope.problems)
    return list(value)


def _append(message: Json, chunks: list[Json]) -> None:
    for chunk in chunks:
        if chunk["type"] == "markdown_text":
            message["text"] += chunk["text"]
        elif chunk["type"] == "blocks":
            message["blocks"] += chunk["blocks"]
            if len(message["blocks"]) > MOST_BLOCKS:
                raise SlackError("msg_blocks_too_many")
        else:
            message["progress"] = [*message.get("progress", ()), chunk]


@method("chat.startStream", tier=2, scopes=("chat:write",))
async def start_stream(call: Call) -> Json:
    channel = call.target()
    call.postable(channel)
    if not call.args.has("thread_ts"):
        raise missing("thread_ts")
    thread_ts = call.thread(channel)
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not call.args.text(name):
                raise SlackError(f"missing_{name}", pointers=(f"/{name}",))
        call.person("recipient_user_id")
    message = call.sandbox.posting.from_app(call.install, channel, {"text": ""}, thread_ts)
    message |= {"blocks": [], "streaming": "in_progress"}
    _append(message, _chunks(call))
    call.sandbox.posting.post(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def _streamed(call: Call) -> tuple[Channel, Json]:
    channel = call.channel()
    message = call.message(channel)
    if message.get("user") != call.bearer.user_id:
        raise SlackError("message_not_owned_by_app")
    if message.get("streaming") == "stopped":
        raise SlackError("stopped_by_user")
    if message.get("streaming") != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return channel, message


@method("chat.appendStream", tier=4, scopes=("chat:write",))
async def append_stream(call: Call) -> Json:
    channel, message = _streamed(call)
    chunks = _chunks(call)
    if not chunks:
        raise SlackError("no_text")
    _append(message, chunks)
    call.world.changed("message_changed", channel=channel.id, ts=message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


@method("chat.stopStream", tier=2, scopes=("chat:write",))
async def stop_stream(call: Call) -> Json:
    channel, message = _streamed(call)
    chunks = _chunks(call)
    blocks = call.args.json("blocks", "invalid_blocks_format")
    if blocks:
        if isinstance(blocks, list) and len(blocks) > MOST_BLOCKS:
            raise SlackError("msg_blocks_too_many")
        check_message_blocks(blocks)
    metadata = call.args.json("metadata", "invalid_metadata_format")
    if metadata is not None:
        check_metadata(metadata)
    status = call.args.text("session_status")
    if status and status not in SESSION_STATUSES:
        raise SlackError("invalid_arguments", pointers=("/session_status",))
    _append(message, chunks)
    done = {name: value for name, value in message.items() if name != "streaming"}
    text = [{"type": "markdown", "text": message["text"]}] if message["text"] else []
    content = {"text": message["text"], "blocks": [*text, *message["blocks"], *(blocks or [])], "metadata": metadata}
    changed = call.sandbox.posting.change(channel, done, content, call.bearer.user_id)
    return {"channel": channel.id, "ts": changed["ts"], "message": changed}
