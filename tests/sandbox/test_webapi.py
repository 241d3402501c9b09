"""What holds for every method: tokens, scopes, encodings, paging, limits; and who and where things are."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import NotPossible, Sandbox
from bot.sandbox.world import BOARD, BOT_USER, FINANCE, GUEST, LIN, MAYA, OPS, RANDOM, REPORTS, STRANGER, TEAM
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]


async def test_who_am_i(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == (BOT_USER, TEAM)
    assert answer["bot_id"].startswith("B")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("chat.postMassage", None, "unknown_method"),
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-made-up", "invalid_auth"),
        ("apps.connections.open", None, "not_allowed_token_type"),
    ],
)
async def test_tokens(method: str, token: str | None, error: str, call: Any, sandbox: Sandbox) -> None:
    assert (await call(method, token=token))["error"] == error
    assert sandbox.refusals()[-1]["method"] == method


async def test_an_app_token_must_come_in_the_header(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    token = running.settings["SLACK_APP_TOKEN"]
    async with http.post("/api/apps.connections.open", data={"token": token}) as answer:
        assert (await answer.json())["error"] == "not_authed"
    async with http.post("/api/apps.connections.open", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (await answer.json())["url"].startswith("ws://127.0.0.1:")


async def test_missing_scope_names_what_is_needed(call: Any, sandbox: Sandbox) -> None:
    token = sandbox.world.bot_token(TEAM)
    assert token is not None
    token.scopes = ("commands",)
    answer = await call("chat.postMessage", channel=OPS, text="x")
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")


async def test_form_query_and_json_are_the_same(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    token = running.settings["SLACK_BOT_TOKEN"]
    blocks = '[{"type": "divider"}]'
    async with http.post(
        "/api/chat.postMessage", data={"token": token, "channel": OPS, "text": "x", "blocks": blocks}
    ) as answer:
        assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"
    async with http.get("/api/users.info", params={"token": token, "user": LIN}) as answer:
        assert (await answer.json())["user"]["id"] == LIN


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json; charset=utf-8", b"{", "invalid_json"),
        ("application/json; charset=utf-8", b"[]", "json_not_object"),
        ("application/json; charset=latin-1", b"{}", "invalid_charset"),
        ("application/xml", b"<text/>", "invalid_post_type"),
        ("application/x-www-form-urlencoded", b"text[]=x", "invalid_array_arg"),
        ("application/x-www-form-urlencoded", b"te-xt=x", "invalid_arg_name"),
        ("application/x-www-form-urlencoded", b"text=\xff\xfe", "invalid_form_data"),
    ],
)
async def test_bodies_that_are_refused(kind: str, body: bytes, error: str, http: aiohttp.ClientSession) -> None:
    async with http.post("/api/chat.postMessage", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 200
        assert (await answer.json())["error"] == error


async def test_json_without_a_charset_is_warned_about(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {running.settings['SLACK_BOT_TOKEN']}", "Content-Type": "application/json"}
    async with http.post("/api/auth.test", data=b"{}", headers=headers) as answer:
        assert (await answer.json())["warning"] == "missing_charset"


async def test_429_with_retry_after_until_the_clock_moves_on(call: Any, client: AsyncWebClient, sandbox: Sandbox) -> None:
    sandbox.limits.enabled = True
    for _ in range(5):
        await client.chat_postMessage(channel=OPS, text="burst")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=OPS, text="one more")
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    assert int(refused.value.response.headers["Retry-After"]) >= 1
    assert (await call("chat.postMessage", channel=REPORTS, text="elsewhere"))["ok"]
    await sandbox.move_clock(seconds=2)
    await client.chat_postMessage(channel=OPS, text="now")


async def test_a_tier_is_counted_per_method(call: Any, sandbox: Sandbox) -> None:
    sandbox.limits.enabled = True
    answers = [await call("users.list") for _ in range(21)]
    assert [answer["ok"] for answer in answers] == [True] * 20 + [False]
    assert (await call("users.info", user=LIN))["ok"]


async def test_history_for_apps_sold_outside_the_marketplace(call: Any, sandbox: Sandbox) -> None:
    for number in range(20):
        await sandbox.post_message(LIN, OPS, f"message {number}")
    assert len((await call("conversations.history", channel=OPS))["messages"]) == 20
    sandbox.limits.enabled = sandbox.world.app.commercial = True
    assert len((await call("conversations.history", channel=OPS, limit=100))["messages"]) == 15
    assert (await call("conversations.history", channel=OPS))["error"] == "ratelimited"


async def test_failures_on_demand_are_not_counted_as_refusals(client: AsyncWebClient, sandbox: Sandbox) -> None:
    await sandbox.fail_next("chat.postMessage", error="restricted_action")
    await sandbox.fail_next("chat.postMessage", retry_after=7)
    await sandbox.fail_next("chat.postMessage", status=503)
    answers = []
    for _ in range(4):
        try:
            answers.append((await client.chat_postMessage(channel=OPS, text="x")).status_code)
        except SlackApiError as error:
            answers.append(error.response.status_code)
    assert answers == [200, 429, 503, 200]
    assert sandbox.refusals() == []
    assert len(sandbox.refusals(injected=True)) == 3


async def test_people_have_zones_and_locales(call: Any) -> None:
    lin = (await call("users.info", user=LIN, include_locale=True))["user"]
    assert (lin["locale"], lin["tz"], lin["tz_offset"]) == ("zh-CN", "Asia/Shanghai", 8 * 3600)
    assert "locale" not in (await call("users.info", user=LIN))["user"]
    assert (await call("users.info", user=GUEST))["user"]["tz"] is None
    assert (await call("users.info", user=STRANGER))["error"] == "user_not_found"


async def test_the_offset_follows_daylight_saving(call: Any, sandbox: Sandbox) -> None:
    async def offset() -> int:
        value: int = (await call("users.info", user=MAYA))["user"]["tz_offset"]
        return value

    seen = {await offset()}
    await sandbox.move_clock(seconds=182 * 86400)
    seen.add(await offset())
    assert seen == {-8 * 3600, -7 * 3600}


async def test_what_the_bot_sees_of_channels(call: Any) -> None:
    listed = (await call("conversations.list", types="public_channel,private_channel", limit=1000))["channels"]
    ids = {channel["id"]: channel for channel in listed}
    assert BOARD not in ids
    assert ids[FINANCE]["is_private"]
    assert ids[RANDOM]["is_member"] is False
    assert (await call("conversations.info", channel=BOARD))["error"] == "channel_not_found"
    assert (await call("conversations.history", channel=RANDOM))["error"] == "not_in_channel"
    assert (await call("conversations.list", types="secret"))["error"] == "invalid_types"


async def test_paging(call: Any) -> None:
    names, cursor = [], ""
    while True:
        page = await call("users.list", limit=2, cursor=cursor)
        names += [member["id"] for member in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert len(names) == len(set(names)) == 6
    assert (await call("users.list", cursor="bogus"))["error"] == "invalid_cursor"
    assert (await call("users.list", limit=1001))["error"] == "invalid_limit"


async def test_threads_are_read_from_any_of_their_messages(call: Any, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "question")
    reply = await sandbox.post_message(MAYA, OPS, "reply", thread_ts=parent["ts"])
    for ts in (parent["ts"], reply["ts"]):
        assert [m["text"] for m in (await call("conversations.replies", channel=OPS, ts=ts))["messages"]] == [
            "question",
            "reply",
        ]
    assert [m["text"] for m in (await call("conversations.history", channel=OPS))["messages"]] == ["question"]
    assert (await call("conversations.replies", channel=OPS, ts="1.000000"))["error"] == "thread_not_found"


async def test_direct_conversations(call: Any) -> None:
    opened = await call("conversations.open", users=LIN)
    assert opened["channel"]["id"].startswith("D")
    assert (await call("chat.postMessage", channel=LIN, text="x"))["channel"] == opened["channel"]["id"]
    assert (await call("conversations.open", users=[LIN, MAYA]))["channel"]["id"].startswith("G")
    assert (await call("conversations.open"))["error"] == "users_list_not_supplied"
    assert (await call("conversations.open", users="U0NOBODY1"))["error"] == "user_not_found"


async def test_joining_and_leaving(call: Any, sandbox: Sandbox) -> None:
    assert (await call("conversations.join", channel=RANDOM))["ok"]
    assert (await call("chat.postMessage", channel=RANDOM, text="x"))["ok"]
    assert (await call("conversations.leave", channel=RANDOM))["ok"]
    assert (await call("chat.postMessage", channel=RANDOM, text="x"))["error"] == "not_in_channel"
    created = await call("conversations.create", name="新频道")
    assert (await call("conversations.invite", channel=created["channel"]["id"], users=LIN))["ok"]
    assert LIN in sandbox.world.channels[created["channel"]["id"]].members
    assert (await call("conversations.create", name="seller-ops"))["error"] == "name_taken"
    assert (await call("conversations.create", name="Upper Case"))["error"] == "invalid_name_specials"


async def test_reactions_and_pins(call: Any, sandbox: Sandbox) -> None:
    ts = (await sandbox.post_message(LIN, OPS, "x"))["ts"]
    mark = {"channel": OPS, "timestamp": ts}
    assert (await call("reactions.add", name="eyes", **mark))["ok"]
    assert (await call("reactions.add", name="eyes", **mark))["error"] == "already_reacted"
    assert (await call("reactions.add", name="eyes"))["error"] == "no_item_specified"
    assert (await call("reactions.get", **mark))["message"]["reactions"][0]["users"] == [BOT_USER]
    assert (await call("reactions.remove", name="eyes", **mark))["ok"]
    assert (await call("reactions.remove", name="eyes", **mark))["error"] == "no_reaction"
    assert (await call("pins.add", **mark))["ok"]
    assert len((await call("pins.list", channel=OPS))["items"]) == 1


async def test_permalinks_team_and_bots(call: Any, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "x")
    reply = await sandbox.post_message(LIN, OPS, "y", thread_ts=parent["ts"])
    link = (await call("chat.getPermalink", channel=OPS, message_ts=reply["ts"]))["permalink"]
    assert f"/archives/{OPS}/p{reply['ts'].replace('.', '')}?thread_ts={parent['ts']}" in link
    assert (await call("team.info"))["team"]["id"] == TEAM
    assert (await call("bots.info"))["bot"]["user_id"] == BOT_USER
    assert (await call("users.lookupByEmail", email="maya@harbour.example"))["user"]["id"] == MAYA


async def test_uninstalling_ends_everything(call: Any, sandbox: Sandbox, app: SocketApp) -> None:
    await sandbox.uninstall(TEAM)
    await eventually(lambda: app.events("app_uninstalled") and app.events("tokens_revoked"))
    assert app.events("tokens_revoked")[0]["tokens"]["bot"] == [BOT_USER]
    assert (await call("chat.postMessage", channel=OPS, text="x"))["error"] == "account_inactive"
    await sandbox.post_message(LIN, OPS, "@sellerbot hello?")
    await sandbox.install(MAYA)
    await sandbox.post_message(LIN, OPS, "@sellerbot and now?")
    mentions = await eventually(lambda: app.events("app_mention"))
    assert [m["text"] for m in mentions] == [f"<@{BOT_USER}> and now?"]


async def test_a_revoked_token(call: Any, sandbox: Sandbox, app: SocketApp) -> None:
    assert (await call("auth.revoke", test=True))["revoked"] is False
    assert (await call("auth.revoke"))["revoked"] is True
    assert (await call("auth.test"))["error"] == "token_revoked"
    assert await eventually(lambda: app.events("tokens_revoked"))


async def test_apps_uninstall_wants_the_apps_own_credentials(call: Any, sandbox: Sandbox) -> None:
    app = sandbox.world.app
    assert (await call("apps.uninstall"))["error"] == "invalid_arguments"
    assert (await call("apps.uninstall", client_id=app.client_id, client_secret="wrong"))["error"] == "bad_client_secret"
    assert (await call("apps.uninstall", client_id=app.client_id, client_secret=app.client_secret))["ok"]


async def test_people_can_only_do_what_the_client_lets_them(sandbox: Sandbox) -> None:
    message = await sandbox.post_message(LIN, OPS, "mine")
    with pytest.raises(NotPossible):
        await sandbox.edit_message(MAYA, OPS, message["ts"], "yours")
    with pytest.raises(NotPossible):
        await sandbox.post_message(LIN, BOARD, "not a member")
    with pytest.raises(NotPossible):
        await sandbox.move_clock(seconds=-1)
    await sandbox.archive(MAYA, OPS)
    with pytest.raises(NotPossible):
        await sandbox.post_message(LIN, OPS, "too late")
