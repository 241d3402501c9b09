"""Socket Mode: hello, envelopes, acknowledgements, retries, reconnects."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.sandbox.world import BOT_USER, LIN, MAYA, OPS, OTHER_TEAM, RANDOM, REPORTS, STRANGER, TEAM
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]


async def _connect(running: RunningSandbox, http: aiohttp.ClientSession, query: str = "") -> aiohttp.ClientWebSocketResponse:
    headers = {"Authorization": f"Bearer {running.settings['SLACK_APP_TOKEN']}"}
    async with http.post("/api/apps.connections.open", headers=headers) as answer:
        url = (await answer.json())["url"]
    return await http.ws_connect(url + query)


async def test_hello_comes_first_and_pings_are_answered(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    socket = await _connect(running, http)
    hello = await socket.receive_json()
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 1
    assert hello["connection_info"]["app_id"] == running.sandbox.world.app.id
    await socket.close()
    raw = await _connect(running, http, "&debug_reconnects=true")
    assert (await raw.receive_json())["debug_info"]["approximate_connection_time"] == 360
    await raw.close()


async def test_a_ticket_opens_one_connection(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {running.settings['SLACK_APP_TOKEN']}"}
    async with http.post("/api/apps.connections.open", headers=headers) as answer:
        url = (await answer.json())["url"]
    first = await http.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)
    await first.close()


async def test_the_client_stays_connected_by_ping_and_pong(app: SocketApp) -> None:
    await asyncio.sleep(1.2)
    assert await app.client.is_connected()
    assert app.client.last_ping_pong_time is not None


async def test_one_post_with_a_mention_is_two_events(sandbox: Sandbox, app: SocketApp) -> None:
    message = await sandbox.post_message(LIN, OPS, "@sellerbot 还要贴标吗？A & B <tag>")
    await eventually(lambda: len(app.requests) == 2)
    outer = [request.payload for request in app.requests]
    mention, posted = app.events("app_mention")[0], app.events("message")[0]
    assert mention["ts"] == posted["ts"] == message["ts"]
    assert mention["client_msg_id"] == posted["client_msg_id"]
    assert outer[0]["event_id"] != outer[1]["event_id"]
    assert posted["text"] == f"<@{BOT_USER}> 还要贴标吗？A &amp; B &lt;tag&gt;"
    assert posted["channel_type"] == "channel"
    assert {o["type"] for o in outer} == {"event_callback"}
    assert outer[0]["authorizations"][0] == {
        "enterprise_id": None,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }


async def test_a_direct_message_is_one_event(sandbox: Sandbox, app: SocketApp) -> None:
    dm = await sandbox.open_dm(LIN)
    await sandbox.post_message(LIN, dm.id, "@sellerbot hi")
    await eventually(lambda: app.requests)
    assert [(e["type"], e["channel_type"]) for e in app.events()] == [("message", "im")]
    assert "thread_ts" not in app.events()[0]


async def test_what_the_app_does_not_hear(sandbox: Sandbox, app: SocketApp) -> None:
    await sandbox.post_message(MAYA, RANDOM, "@sellerbot it is not a member here")
    sandbox.world.app.bot_events = ("app_mention",)
    await sandbox.post_message(MAYA, OPS, "no mention")
    sandbox.world.installs[TEAM].scopes = ("chat:write",)
    await sandbox.post_message(MAYA, OPS, "@sellerbot without the scope")
    sandbox.world.installs[TEAM].scopes = ("app_mentions:read",)
    await sandbox.post_message(MAYA, OPS, "@sellerbot heard")
    await sandbox.settled()
    assert [e["text"] for e in app.events()] == [f"<@{BOT_USER}> heard"]


async def test_its_own_messages_and_other_bots_come_too(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    await call("chat.postMessage", channel=OPS, text="mine")
    await sandbox.post_as_bot(OPS, "another bot's")
    await eventually(lambda: len(app.events("message")) == 2)
    assert [e["text"] for e in app.events() if e.get("bot_id")] == ["mine", "another bot's"]


async def test_each_event_goes_to_one_of_several_connections(
    running: RunningSandbox, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sockets = [await _connect(running, http) for _ in range(2)]
    for socket in sockets:
        await socket.receive_json()
    for number in range(4):
        await sandbox.post_message(LIN, OPS, f"message {number}")
    seen = []
    for socket in sockets:
        for _ in range(2):
            envelope = await socket.receive_json(timeout=2)
            await socket.send_json({"envelope_id": envelope["envelope_id"]})
            seen.append(envelope["payload"]["event"]["text"])
    assert sorted(seen) == [f"message {number}" for number in range(4)]
    for socket in sockets:
        await socket.close()


async def test_no_more_than_ten_connections(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    sockets = [await _connect(running, http) for _ in range(11)]
    assert (await sockets[9].receive_json())["type"] == "hello"
    assert (await sockets[10].receive_json())["reason"] == "too_many_websockets"
    for socket in sockets:
        await socket.close()


async def test_an_event_that_is_not_acknowledged_comes_again(sandbox: Sandbox, app: SocketApp) -> None:
    app.silent.add("events_api")
    await sandbox.post_message(LIN, OPS, "hello")
    await sandbox.settled()
    assert [(r.retry_attempt, r.retry_reason) for r in app.requests] == [(0, ""), (1, "timeout")]
    assert len({r.payload["event_id"] for r in app.requests}) == 1
    assert len({r.envelope_id for r in app.requests}) == 2
    await sandbox.move_clock(seconds=61)
    await eventually(lambda: len(app.requests) == 3)
    await sandbox.settled()
    app.silent.clear()
    await sandbox.move_clock(seconds=301)
    await eventually(lambda: len(app.requests) == 4)
    await sandbox.settled()
    assert [(d["attempt"], d["outcome"]) for d in sandbox.deliveries()] == [
        (0, "timeout"),
        (1, "timeout"),
        (2, "timeout"),
        (3, "acknowledged"),
    ]


async def test_what_a_lost_connection_had_goes_to_the_next(
    running: RunningSandbox, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    lost = await _connect(running, http)
    await lost.receive_json()
    await sandbox.post_message(LIN, OPS, "not acknowledged")
    first = await lost.receive_json(timeout=2)
    await lost.close()
    new = await _connect(running, http)
    await new.receive_json()
    again = await new.receive_json(timeout=2)
    assert again["payload"]["event_id"] == first["payload"]["event_id"]
    assert again["retry_attempt"] == 1
    await new.close()


async def test_events_wait_for_an_app_that_reconnects(sandbox: Sandbox, app: SocketApp) -> None:
    assert await sandbox.disconnect("refresh_requested") == 1
    await sandbox.post_message(LIN, OPS, "while it was away")
    await eventually(lambda: app.events("message"))
    assert app.events("message")[0]["text"] == "while it was away"


async def test_a_warning_leaves_the_connection_for_a_while(
    running: RunningSandbox, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    old = await _connect(running, http)
    await old.receive_json()
    await sandbox.disconnect("warning")
    assert await old.receive_json() == {"type": "disconnect", "reason": "warning", "debug_info": {"host": "sandbox"}}
    await sandbox.post_message(LIN, OPS, "first")
    assert (await old.receive_json(timeout=2))["payload"]["event"]["text"] == "first"
    new = await _connect(running, http)
    await new.receive_json()
    await sandbox.post_message(LIN, REPORTS, "second")
    assert (await new.receive_json(timeout=2))["payload"]["event"]["text"] == "second"
    await old.close()
    await new.close()


async def test_an_unknown_envelope_and_a_payload_nobody_wants_are_noted(
    running: RunningSandbox, sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    socket = await _connect(running, http)
    await socket.receive_json()
    await socket.send_json({"envelope_id": "made-up"})
    await sandbox.post_message(LIN, OPS, "x")
    envelope = await socket.receive_json(timeout=2)
    assert envelope["accepts_response_payload"] is False
    await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}})
    await eventually(lambda: len(sandbox.refusals()) == 2)
    assert [r["error"] for r in sandbox.refusals()] == ["unknown_envelope_id", "response_payload_not_accepted"]
    await socket.close()


async def test_events_are_delivered_twice_on_request(sandbox: Sandbox, app: SocketApp) -> None:
    await sandbox.post_message(LIN, OPS, "@sellerbot twice", copies=2)
    await eventually(lambda: len(app.requests) == 4)
    assert len({r.payload["event_id"] for r in app.requests}) == 2
    await sandbox.redeliver(app.requests[0].payload["event_id"])
    assert app.requests[-1].retry_attempt == 1


async def test_edits_and_deletions_by_people(sandbox: Sandbox, app: SocketApp) -> None:
    message = await sandbox.post_message(LIN, OPS, "frist")
    await sandbox.edit_message(LIN, OPS, message["ts"], "first")
    await sandbox.delete_message(LIN, OPS, message["ts"])
    await eventually(lambda: len(app.events("message")) == 3)
    kinds = {event.get("subtype"): event for event in app.events("message")}
    assert kinds["message_changed"]["message"]["text"] == "first"
    assert kinds["message_deleted"]["deleted_ts"] == message["ts"]


async def test_the_bot_is_invited_and_removed(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    sandbox.world.app.bot_events += ("member_joined_channel", "channel_left")
    await sandbox.invite(MAYA, RANDOM, BOT_USER)
    assert (await eventually(lambda: app.events("member_joined_channel")))[0]["inviter"] == MAYA
    await sandbox.remove(MAYA, RANDOM, BOT_USER)
    assert (await eventually(lambda: app.events("channel_left")))[0]["channel"] == RANDOM
    assert (await call("chat.postMessage", channel=RANDOM, text="x"))["error"] == "not_in_channel"


async def test_somebody_of_another_company(sandbox: Sandbox, app: SocketApp) -> None:
    sandbox.world.channels[OPS].members.append(STRANGER)
    await sandbox.post_message(STRANGER, OPS, "@sellerbot hello")
    await sandbox.settled()
    event, outer = app.events("app_mention")[0], app.requests[0].payload
    assert (event["user_team"], event["team"]) == (OTHER_TEAM, TEAM)
    assert (outer["team_id"], outer["is_ext_shared_channel"]) == (TEAM, True)


async def test_a_person_changes_zone_and_language(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    sandbox.world.app.bot_events += ("user_change",)
    await sandbox.change_person(MAYA, tz="Europe/Berlin", locale="de-DE")
    assert (await eventually(lambda: app.events("user_change")))[0]["user"]["tz"] == "Europe/Berlin"
    assert (await call("users.info", user=MAYA, include_locale=True))["user"]["locale"] == "de-DE"


async def test_reactions_are_heard_where_the_bot_is(sandbox: Sandbox, app: SocketApp) -> None:
    sandbox.world.app.bot_events += ("reaction_added",)
    for channel in (RANDOM, OPS):
        message = await sandbox.post_message(LIN, channel, "x")
        await sandbox.react(MAYA, channel, message["ts"], "eyes")
    await sandbox.settled()
    assert [event["item"]["channel"] for event in app.events("reaction_added")] == [OPS]
