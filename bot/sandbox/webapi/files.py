"""files.*: the three steps of an upload, and looking files up."""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.posting import file_object
from bot.sandbox.validate.payloads import check_message_blocks
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, File, Json

UPLOAD_LIMIT = 1_073_741_824
SNIPPET_LIMIT = 1024 * 1024
ALT_TEXT_LIMIT = 1000
MOST_CHANNELS = 100


@method("files.getUploadURLExternal", tier=4, scopes=("files:write",))
async def get_upload_url(call: Call) -> Json:
    name, length = call.args.text("filename"), call.args.number("length", 0)
    if not name or length <= 0:
        raise SlackError("missing_argument", pointers=("/filename" if not name else "/length",))
    if length > UPLOAD_LIMIT:
        raise SlackError("file_upload_size_restricted")
    snippet_type, alt_text = call.args.text("snippet_type"), call.args.text("alt_txt") or call.args.text("alt_text")
    if snippet_type and length > SNIPPET_LIMIT:
        raise SlackError("snippet_too_large")
    if len(alt_text) > ALT_TEXT_LIMIT:
        raise SlackError("alt_txt_too_large")
    world = call.world
    file = File(
        world.new_id("F"),
        call.team_id,
        call.bearer.user_id,
        name,
        name,
        b"",
        int(world.now()),
        mode="snippet" if snippet_type else "hosted",
        alt_txt=alt_text,
        snippet_type=snippet_type,
        complete=False,
        upload_secret=secrets.token_urlsafe(18),
        expected_length=length,
    )
    world.files[file.id] = file
    return {"upload_url": f"{world.base_url}/upload/v1/{file.upload_secret}", "file_id": file.id}


@method("files.completeUploadExternal", tier=4, scopes=("files:write",))
async def complete_upload(call: Call) -> Json:
    listed: Any = call.args.json("files")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) and one.get("id") for one in listed):
        raise missing("files")
    files: list[File] = []
    for one in listed:
        file = call.world.files.get(str(one["id"]))
        if file is None or file.user != call.bearer.user_id or file.complete or not file.content:
            raise SlackError("file_not_found", pointers=("/files",))
        files.append(file)
    channels = _channels(call)
    blocks = call.args.json("blocks", "invalid_blocks_format")
    if blocks:
        check_message_blocks(blocks)
    if call.args.has("thread_ts") and len(channels) > 1:
        raise SlackError("invalid_arguments", pointers=("/thread_ts",))
    thread_ts = call.thread(channels[0]) if channels else None
    for one, file in zip(listed, files, strict=True):
        file.complete, file.title = True, str(one.get("title") or file.name)
    shown = [file_object(call.world, file) for file in files]
    for channel in channels:
        comment = call.args.text("initial_comment")
        # Blocks beside a comment are ignored.
        content = {"text": comment, "blocks": None if comment else blocks}
        message = call.sandbox.posting.from_app(call.install, channel, content, thread_ts)
        call.sandbox.posting.post(channel, {**message, "subtype": "file_share", "files": shown, "upload": True})
    return {"files": [file_object(call.world, file) for file in files]}


def _channels(call: Call) -> list[Channel]:
    people = [one for one in call.args.names("channels") if one.startswith(("U", "W")) and one in call.world.people]
    named = [
        call.world.dm(call.bearer.user_id, one).id if one in people else one
        for one in call.args.names("channels") or call.args.names("channel_id")
    ]
    if len(named) > MOST_CHANNELS:
        raise SlackError("too_many_channels")
    channels: list[Channel] = []
    for one in named:
        channel = call.world.channels.get(one)
        if channel is None:
            # Names, which chat.postMessage takes, are refused here; people's ids are taken in `channels` alone.
            raise SlackError(
                "invalid_channel" if not one.startswith(("C", "G", "D")) else "channel_not_found", pointers=("/channel_id",)
            )
        if not call.sees(channel):
            raise SlackError("channel_not_found", pointers=("/channel_id",))
        channels.append(call.postable(channel))
    return channels


@method("files.info", tier=4, scopes=("files:read",))
async def files_info(call: Call) -> Json:
    file = call.file()
    return {"file": file_object(call.world, file), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.list", tier=3, scopes=("files:read",))
async def files_list(call: Call) -> Json:
    seen = [
        file
        for file in call.world.files.values()
        if file.team_id == call.team_id
        and file.complete
        and not file.deleted
        and call.world.may_see_file(file, call.bearer.user_id)
        and call.args.text("channel") in ("", *file.channels)
        and call.args.text("user") in ("", file.user)
    ]
    count = call.args.number("count", 100)
    page = max(1, call.args.number("page", 1))
    return {
        "files": [file_object(call.world, file) for file in seen[(page - 1) * count : page * count]],
        "paging": {"count": count, "total": len(seen), "page": page, "pages": -(-len(seen) // count) if count else 0},
    }


@method("files.delete", tier=3, scopes=("files:write",))
async def files_delete(call: Call) -> Json:
    file = call.file()
    if file.user != call.bearer.user_id:
        raise SlackError("cant_delete_file")
    call.sandbox.posting.delete_file(file)
    return {}


@method("files.upload", tier=2, scopes=("files:write",))
async def files_upload(_call: Call) -> Json:
    raise SlackError("method_deprecated")
