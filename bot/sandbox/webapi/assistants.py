"""assistant.threads.* and agents.sessions.*: status, title and suggested prompts of an agent's thread."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Channel, Json, Status

SESSION_STATUSES = frozenset({"processing", "active", "suspended", "closed"})
MOST_PROMPTS = 4
MOST_LOADING_MESSAGES = 10


def _where(call: Call, *, thread_needed: bool = True) -> tuple[Channel, str]:
    channel = call.channel("channel_id")
    if call.bearer.user_id not in channel.members:
        raise SlackError("not_in_channel")
    if thread_needed:
        call.args.needed("thread_ts")
    thread_ts = call.args.text("thread_ts")
    if thread_ts and thread_ts not in channel.messages:
        raise SlackError("invalid_thread_ts", pointers=("/thread_ts",))
    return channel, thread_ts


def _show(call: Call, channel: Channel, thread_ts: str, status: Status) -> None:
    call.world.statuses[channel.id, thread_ts] = status
    call.world.changed("status", channel=channel.id, thread_ts=thread_ts, text=status.text, session=status.session)


@method("assistant.threads.setStatus", tier=None, scopes=("chat:write", "assistant:write"))
async def set_status(call: Call) -> Json:
    channel, thread_ts = _where(call)
    if not call.args.has("status"):
        raise SlackError("invalid_arguments", messages=("[ERROR] missing required field: status",), pointers=("/status",))
    loading = call.args.json("loading_messages") or []
    if (
        not isinstance(loading, list)
        or len(loading) > MOST_LOADING_MESSAGES
        or not all(isinstance(one, str) for one in loading)
    ):
        raise SlackError(
            "invalid_arguments",
            messages=(f"[ERROR] no more than {MOST_LOADING_MESSAGES} items allowed [json-pointer:/loading_messages]",),
            pointers=("/loading_messages",),
        )
    text = call.args.text("status")
    _show(call, channel, thread_ts, Status(text, loading, call.world.now(), "processing" if text else "active"))
    return {}


@method("assistant.threads.setTitle", tier=4, scopes=("assistant:write",))
async def set_title(call: Call) -> Json:
    channel, thread_ts = _where(call)
    call.world.titles[channel.id, thread_ts] = call.args.needed("title")
    call.world.changed("title", channel=channel.id, thread_ts=thread_ts)
    return {}


@method("assistant.threads.setSuggestedPrompts", tier=4, scopes=("assistant:write",))
async def set_suggested_prompts(call: Call) -> Json:
    channel, thread_ts = _where(call, thread_needed=call.world.app.assistant_view)
    prompts = call.args.json("prompts")
    whole = isinstance(prompts, list) and all(
        isinstance(p, dict)
        and isinstance(p.get("title"), str)
        and isinstance(p.get("message"), str)
        and p["title"]
        and p["message"]
        for p in prompts
    )
    if not whole or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise SlackError(
            "invalid_arguments",
            messages=("[ERROR] must provide 1 to 4 prompts [json-pointer:/prompts]",),
            pointers=("/prompts",),
        )
    call.world.prompts[channel.id, thread_ts] = {"title": call.args.text("title"), "prompts": prompts}
    call.world.changed("prompts", channel=channel.id, thread_ts=thread_ts)
    return {}


@method("agents.sessions.setStatus", tier=None, scopes=("chat:write", "assistant:write"))
async def sessions_set_status(call: Call) -> Json:
    channel, thread_ts = _where(call, thread_needed=False)
    status = call.args.needed("status")
    if status not in SESSION_STATUSES:
        raise SlackError(
            "invalid_arguments",
            messages=("[ERROR] must be a valid enum value [json-pointer:/status]",),
            pointers=("/status",),
        )
    if call.args.has("title"):
        call.world.titles[channel.id, thread_ts] = call.args.text("title")
    _show(call, channel, thread_ts, Status("processing" if status == "processing" else "", [], call.world.now(), status))
    return {}


@method("agents.sessions.rename", tier=None, scopes=("chat:write", "assistant:write"))
async def sessions_rename(call: Call) -> Json:
    channel, thread_ts = _where(call, thread_needed=False)
    call.world.titles[channel.id, thread_ts] = call.args.needed("title")
    call.world.changed("title", channel=channel.id, thread_ts=thread_ts)
    return {}
