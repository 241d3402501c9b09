"""Posting, changing, deleting and scheduling messages, and what Slack refuses of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.world import ARCHIVED, BOARD, BOT_USER, FINANCE, GUEST, LIN, MAYA, OPS, RANDOM, STRANGER
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}
DIVIDER = {"type": "divider"}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "invalid_arguments"),
        ({"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
        ({"channel": BOARD, "text": "x"}, "channel_not_found"),
        ({"channel": STRANGER, "text": "x"}, "channel_not_found"),
        ({"channel": BOT_USER, "text": "x"}, "channel_not_found"),
        ({"channel": RANDOM, "text": "x"}, "not_in_channel"),
        ({"channel": ARCHIVED, "text": "x"}, "is_archived"),
        ({"channel": OPS}, "no_text"),
        ({"channel": OPS, "text": "", "blocks": []}, "no_text"),
        ({"channel": OPS, "text": {"a": 1}}, "invalid_arguments"),
        ({"channel": OPS, "text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        ({"channel": OPS, "text": "x", "thread_ts": "1700000000.000100"}, "cannot_reply_to_message"),
        ({"channel": OPS, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": OPS, "blocks": [DIVIDER], "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": OPS, "markdown_text": "y" * 12_001}, "msg_too_long"),
        ({"channel": OPS, "text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"channel": OPS, "text": "x", "attachments": [{"texts": "a"}]}, "invalid_attachments"),
        ({"channel": OPS, "text": "x", "attachments": [{"blocks": [{"type": "banner"}]}]}, "invalid_blocks"),
        ({"channel": OPS, "text": "x", "metadata": "no"}, "invalid_metadata_format"),
        ({"channel": OPS, "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
        (
            {"channel": OPS, "text": "x", "metadata": {"event_type": "a", "event_payload": {"b": "c" * 20_000}}},
            "metadata_too_large",
        ),
        ({"channel": OPS, "text": "x", "username": "Somebody"}, "missing_scope"),
    ],
)
async def test_refused_posts(arguments: Json, error: str, call: Any, sandbox: Sandbox) -> None:
    answer = await call("chat.postMessage", **arguments)
    assert answer["ok"] is False
    assert answer["error"] == error
    assert sandbox.refusals()[-1]["error"] == error


@pytest.mark.parametrize("channel", [OPS, "#seller-ops", "seller-ops", FINANCE, LIN])
async def test_where_a_message_may_go(channel: str, call: Any, sandbox: Sandbox) -> None:
    answer = await call("chat.postMessage", channel=channel, text="hello")
    assert answer["ok"], answer
    assert sandbox.world.channels[answer["channel"]].messages[answer["ts"]]["text"] == "hello"
    assert sandbox.refusals() == []


async def test_a_long_text_is_cut_silently(call: Any) -> None:
    answer = await call("chat.postMessage", channel=OPS, text="长" * 40_001)
    assert len(answer["message"]["text"]) == 40_000


async def test_markdown_text_of_full_length_is_taken(call: Any) -> None:
    assert (await call("chat.postMessage", channel=OPS, markdown_text="长" * 12_000))["ok"]


async def test_a_reply_is_counted_at_its_parent_and_a_replys_ts_leads_there(call: Any, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "question")
    first = await call("chat.postMessage", channel=OPS, text="one", thread_ts=parent["ts"])
    second = await call("chat.postMessage", channel=OPS, text="two", thread_ts=first["ts"])
    assert second["message"]["thread_ts"] == parent["ts"]
    assert sandbox.world.channels[OPS].messages[parent["ts"]]["reply_count"] == 2
    assert [m["text"] for m in sandbox.messages(LIN, OPS)] == ["question"]
    assert [m["text"] for m in sandbox.messages(LIN, OPS, thread_ts=parent["ts"])] == ["question", "one", "two"]


async def test_links_unfurl_unless_that_is_switched_off(call: Any, app: SocketApp) -> None:
    await call("chat.postMessage", channel=OPS, text="<https://a.example/1>", unfurl_links=False, unfurl_media=False)
    await call("chat.postMessage", channel=OPS, text="<https://a.example/2>")
    changed = await eventually(lambda: [e for e in app.events("message") if e.get("subtype") == "message_changed"])
    assert [a["from_url"] for a in changed[0]["message"]["attachments"]] == ["https://a.example/2"]
    assert len(changed) == 1


@pytest.mark.parametrize("how", [{"link_names": True}, {"parse": "full"}])
async def test_names_come_alive_only_on_request(how: Json, call: Any) -> None:
    text = "@here look at #reports, @maya: a@maya.example <https://a.example/@here>"
    plain = await call("chat.postMessage", channel=OPS, text=text)
    alive = await call("chat.postMessage", channel=OPS, text=text, **how)
    assert plain["message"]["text"] == text
    assert (
        alive["message"]["text"]
        == "<!here> look at <#C0REPORTS1|reports>, <@U0MAYAORT1>: a@maya.example <https://a.example/@here>"
    )


@pytest.mark.parametrize(("length", "error"), [(4000, None), (4001, "msg_too_long")])
async def test_the_text_of_an_update(length: int, error: str | None, call: Any) -> None:
    posted = await call("chat.postMessage", channel=OPS, text="x")
    answer = await call("chat.update", channel=OPS, ts=posted["ts"], text="y" * length)
    assert answer.get("error") == error


async def test_text_alone_removes_the_blocks_and_keeps_the_attachments(call: Any, sandbox: Sandbox) -> None:
    posted = await call("chat.postMessage", channel=OPS, text="x", blocks=[DIVIDER], attachments=[{"text": "a"}])
    await call("chat.update", channel=OPS, ts=posted["ts"], text="y")
    message = sandbox.world.channels[OPS].messages[posted["ts"]]
    assert "blocks" not in message
    assert message["attachments"][0]["text"] == "a"
    assert message["edited"]["user"] == BOT_USER


async def test_an_empty_object_removes_the_metadata(call: Any, sandbox: Sandbox) -> None:
    posted = await call("chat.postMessage", channel=OPS, text="x", metadata={"event_type": "a", "event_payload": {}})
    messages = sandbox.world.channels[OPS].messages
    await call("chat.update", channel=OPS, ts=posted["ts"], text="y")
    assert messages[posted["ts"]]["metadata"]["event_type"] == "a"
    await call("chat.update", channel=OPS, ts=posted["ts"], text="z", metadata={})
    assert "metadata" not in messages[posted["ts"]]


async def test_what_can_not_be_updated(call: Any, sandbox: Sandbox) -> None:
    other = await sandbox.post_message(LIN, OPS, "mine")
    rich = await call("chat.postMessage", channel=OPS, text="x", blocks=[RICH])
    assert (await call("chat.update", channel=OPS, ts=other["ts"], text="y"))["error"] == "cant_update_message"
    assert (await call("chat.update", channel=OPS, ts="1.000000", text="y"))["error"] == "message_not_found"
    assert (await call("chat.update", channel=OPS, ts=rich["ts"], text="y", blocks=[DIVIDER]))["error"] == "block_mismatch"
    assert (await call("chat.update", channel=OPS, ts=rich["ts"], text="y", blocks=[RICH, DIVIDER]))["ok"]
    await sandbox.archive(MAYA, OPS)
    assert (await call("chat.update", channel=OPS, ts=rich["ts"], text="y"))["error"] == "is_inactive"


async def test_an_update_is_told_as_message_changed(call: Any, app: SocketApp) -> None:
    posted = await call("chat.postMessage", channel=OPS, text="before")
    await call("chat.update", channel=OPS, ts=posted["ts"], text="after")
    changed = await eventually(lambda: [e for e in app.events("message") if e.get("subtype") == "message_changed"])
    event = changed[0]
    assert event["hidden"] is True
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("after", "before")
    assert event["ts"] != posted["ts"] == event["message"]["ts"]


async def test_deleting(call: Any, sandbox: Sandbox, app: SocketApp) -> None:
    other = await sandbox.post_message(LIN, OPS, "mine")
    posted = await call("chat.postMessage", channel=OPS, text="x")
    await call("chat.postMessage", channel=OPS, text="reply", thread_ts=posted["ts"])
    assert (await call("chat.delete", channel=OPS, ts=other["ts"]))["error"] == "cant_delete_message"
    assert (await call("chat.delete", channel=OPS, ts=posted["ts"]))["ok"]
    assert sandbox.world.channels[OPS].messages[posted["ts"]]["subtype"] == "tombstone"
    deleted = await eventually(lambda: [e for e in app.events("message") if e.get("subtype") == "message_deleted"])
    assert deleted[0]["deleted_ts"] == posted["ts"]


async def test_ephemeral_messages(call: Any, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "question")
    assert (await call("chat.postEphemeral", channel=OPS, user=GUEST, text="x"))["error"] == "user_not_in_channel"
    shown = await call("chat.postEphemeral", channel=OPS, user=LIN, text="only you")
    assert [m["text"] for m in sandbox.messages(LIN, OPS) if m.get("_ephemeral")] == ["only you"]
    assert [m for m in sandbox.messages(MAYA, OPS) if m.get("_ephemeral")] == []
    assert (await call("chat.update", channel=OPS, ts=shown["message_ts"], text="y"))["error"] == "message_not_found"
    await call("chat.postEphemeral", channel=OPS, user=LIN, text="in the thread", thread_ts=parent["ts"])
    assert [m["text"] for m in sandbox.messages(LIN, OPS, thread_ts=parent["ts"])] == ["question"]
    await call("chat.postMessage", channel=OPS, text="reply", thread_ts=parent["ts"])
    assert [m["text"] for m in sandbox.messages(LIN, OPS, thread_ts=parent["ts"])] == ["question", "in the thread", "reply"]


@pytest.mark.parametrize(
    ("seconds", "error"), [(-1, "time_in_past"), (120 * 86400 - 60, None), (120 * 86400 + 60, "time_too_far")]
)
async def test_how_far_ahead_a_message_can_be_scheduled(
    seconds: int, error: str | None, call: Any, sandbox: Sandbox
) -> None:
    answer = await call("chat.scheduleMessage", channel=OPS, text="x", post_at=int(sandbox.world.now()) + seconds)
    assert answer.get("error") == error


async def test_a_scheduled_message_is_posted_when_the_clock_gets_there(call: Any, sandbox: Sandbox) -> None:
    at = int(sandbox.world.now()) + 3600
    await call("chat.scheduleMessage", channel=OPS, text="due", post_at=at)
    await call(
        "chat.scheduleMessage", channel=OPS, text="never", post_at=at, metadata={"event_type": "a", "event_payload": {}}
    )
    await sandbox.move_clock(seconds=3601)
    await eventually(lambda: "due" in [m["text"] for m in sandbox.messages(LIN, OPS)])
    assert "never" not in [m["text"] for m in sandbox.messages(LIN, OPS)]


async def test_thirty_scheduled_messages_in_five_minutes(call: Any, sandbox: Sandbox) -> None:
    at = int(sandbox.world.now()) + 3600
    made = [await call("chat.scheduleMessage", channel=OPS, text="x", post_at=at + n) for n in range(30)]
    assert all(one["ok"] for one in made)
    assert (await call("chat.scheduleMessage", channel=OPS, text="x", post_at=at))["error"] == "restricted_too_many"
    assert (await call("chat.deleteScheduledMessage", channel=OPS, scheduled_message_id=made[0]["scheduled_message_id"]))[
        "ok"
    ]
    assert len((await call("chat.scheduledMessages.list"))["scheduled_messages"]) == 29
    await sandbox.move_clock(seconds=3570)
    refused = await call("chat.deleteScheduledMessage", channel=OPS, scheduled_message_id=made[1]["scheduled_message_id"])
    assert refused["error"] == "cant_delete_message"


async def test_a_stream(call: Any, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "question")
    where = {"channel": OPS, "thread_ts": parent["ts"]}
    whom = {"recipient_team_id": sandbox.world.people[LIN].team_id, "recipient_user_id": LIN}
    assert (await call("chat.startStream", **where))["error"] == "missing_recipient_team_id"
    assert (await call("chat.startStream", channel=OPS, **whom))["error"] == "invalid_arguments"
    ts = (await call("chat.startStream", **where, **whom, markdown_text="one "))["ts"]
    assert (await call("chat.appendStream", channel=OPS, ts=ts, markdown_text="y" * 12_001))["error"] == "msg_too_long"
    await call("chat.appendStream", channel=OPS, ts=ts, chunks=[{"type": "markdown_text", "text": "two"}])
    assert (await call("chat.update", channel=OPS, ts=ts, text="y"))["error"] == "streaming_state_conflict"
    assert (await call("chat.stopStream", channel=OPS, ts=ts, blocks=[DIVIDER] * 51))["error"] == "msg_blocks_too_many"
    stopped = await call("chat.stopStream", channel=OPS, ts=ts, blocks=[DIVIDER])
    assert stopped["message"]["text"] == "one two"
    assert [b["type"] for b in stopped["message"]["blocks"]] == ["markdown", "divider"]
    assert (await call("chat.appendStream", channel=OPS, ts=ts, markdown_text="x"))[
        "error"
    ] == "message_not_in_streaming_state"


async def test_a_stream_that_the_person_stops(call: Any, sandbox: Sandbox, app: SocketApp) -> None:
    dm = await sandbox.open_dm(LIN)
    parent = await sandbox.post_message(LIN, dm.id, "question")
    ts = (await call("chat.startStream", channel=dm.id, thread_ts=parent["ts"]))["ts"]
    await sandbox.stop_session(LIN, dm.id, parent["ts"])
    assert (await call("chat.appendStream", channel=dm.id, ts=ts, markdown_text="x"))["error"] == "stopped_by_user"
    assert (await eventually(lambda: app.events("agent_session_stopped")))[0]["thread_ts"] == parent["ts"]


async def test_status_lapses_and_ends_with_an_answer(call: Any, sandbox: Sandbox) -> None:
    dm = await sandbox.open_dm(LIN)
    ts = (await sandbox.post_message(LIN, dm.id, "question"))["ts"]
    status = {"channel_id": dm.id, "thread_ts": ts, "status": "is thinking"}
    assert (await call("assistant.threads.setStatus", **status, loading_messages=["a"] * 11))["error"] == "invalid_arguments"
    assert (await call("assistant.threads.setStatus", **status, loading_messages=["a"] * 10))["ok"]
    assert sandbox.assistant(dm.id, ts)["status"] == "is thinking"
    await sandbox.move_clock(seconds=121)
    assert sandbox.assistant(dm.id, ts)["status"] == ""
    await call("assistant.threads.setStatus", **status)
    await call("chat.postMessage", channel=dm.id, thread_ts=ts, text="done")
    assert sandbox.assistant(dm.id, ts)["status"] == ""


@pytest.mark.parametrize(("count", "error"), [(0, "invalid_arguments"), (4, None), (5, "invalid_arguments")])
async def test_suggested_prompts(count: int, error: str | None, call: Any, sandbox: Sandbox) -> None:
    dm = await sandbox.open_dm(LIN)
    prompts = [{"title": f"t{n}", "message": f"m{n}"} for n in range(count)]
    answer = await call("assistant.threads.setSuggestedPrompts", channel_id=dm.id, prompts=prompts)
    assert answer.get("error") == error
    if error is None:
        assert (await sandbox.use_prompt(LIN, 1))["text"] == "m1"
