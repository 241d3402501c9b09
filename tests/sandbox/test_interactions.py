"""Buttons, menus, modals, shortcuts, commands: their payloads, and how long trigger_id and response_url last."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.sandbox.server import NotPossible, Sandbox
from bot.sandbox.world import FINANCE, LIN, MAYA, OPS, TEAM
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]


def text(value: str) -> Json:
    return {"type": "plain_text", "text": value}


def option(value: str) -> Json:
    return {"text": text(value), "value": value}


CHOICES = [option("yes"), option("no")]
FIELD = {
    "type": "input",
    "block_id": "note",
    "label": text("Note"),
    "element": {"type": "plain_text_input", "action_id": "typed"},
}
MODAL = {
    "type": "modal",
    "callback_id": "form",
    "private_metadata": "meta",
    "title": text("Form"),
    "submit": text("Send"),
    "blocks": [FIELD],
}
PLAIN_MODAL = {"type": "modal", "title": text("Form"), "blocks": [{"type": "divider"}]}
BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [{"type": "button", "action_id": "go", "text": text("Go"), "value": "v1"}],
}


@pytest.fixture
def post(call: Any) -> Any:
    """Posts these elements in an actions block, or these blocks; returns where."""

    async def _post(*elements: Json, blocks: list[Json] | None = None, channel: str = OPS) -> Json:
        answer = await call(
            "chat.postMessage", channel=channel, text="x", blocks=blocks or [{"type": "actions", "elements": list(elements)}]
        )
        assert answer["ok"], answer
        return {"channel": answer["channel"], "ts": answer["ts"]}

    return _post


async def test_a_button_of_a_message(sandbox: Sandbox, app: SocketApp, post: Any) -> None:
    where = await post(blocks=[BUTTON])
    assert (await sandbox.act(LIN, "go", **where))["ok"]
    payload = app.payloads("block_actions")[0]
    action = payload["actions"][0]
    assert (action["type"], action["value"], action["block_id"], action["action_id"]) == ("button", "v1", "row", "go")
    assert payload["container"] == {"type": "message", "message_ts": where["ts"], "channel_id": OPS, "is_ephemeral": False}
    assert payload["message"]["ts"] == where["ts"]
    assert payload["channel"] == {"id": OPS, "name": "seller-ops"}
    assert payload["user"]["id"] == LIN
    assert payload["response_url"].startswith("http://127.0.0.1:")
    assert payload["trigger_id"]


ELEMENTS: list[tuple[Json, Any, str, Any]] = [
    ({"type": "static_select", "options": CHOICES}, "no", "selected_option", CHOICES[1]),
    ({"type": "multi_static_select", "options": CHOICES}, ["yes", "no"], "selected_options", CHOICES),
    ({"type": "radio_buttons", "options": CHOICES}, "yes", "selected_option", CHOICES[0]),
    ({"type": "checkboxes", "options": CHOICES}, ["no"], "selected_options", [CHOICES[1]]),
    ({"type": "users_select"}, MAYA, "selected_user", MAYA),
    ({"type": "multi_users_select"}, [MAYA], "selected_users", [MAYA]),
    ({"type": "conversations_select"}, OPS, "selected_conversation", OPS),
    ({"type": "channels_select"}, OPS, "selected_channel", OPS),
    ({"type": "datepicker"}, "2026-11-29", "selected_date", "2026-11-29"),
    ({"type": "timepicker"}, "09:30", "selected_time", "09:30"),
    ({"type": "datetimepicker"}, 1_764_400_000, "selected_date_time", 1_764_400_000),
]


@pytest.mark.parametrize(("element", "value", "field", "sent"), ELEMENTS, ids=[case[0]["type"] for case in ELEMENTS])
async def test_what_an_element_sends(
    element: Json, value: Any, field: str, sent: Any, sandbox: Sandbox, app: SocketApp, post: Any
) -> None:
    where = await post(
        {**element, "action_id": "pick"}, {"type": "datepicker", "action_id": "other", "initial_date": "2026-01-31"}
    )
    await sandbox.act(LIN, "pick", value=value, **where)
    payload = app.payloads("block_actions")[0]
    action = payload["actions"][0]
    assert action[field] == sent
    state = payload["state"]["values"][action["block_id"]]
    assert state["pick"] == {"type": element["type"], field: sent}
    assert state["other"] == {"type": "datepicker", "selected_date": "2026-01-31"}


async def test_overflow_and_feedback(sandbox: Sandbox, app: SocketApp, post: Any) -> None:
    side = {"text": text("x"), "value": "up"}
    feedback = {
        "type": "feedback_buttons",
        "action_id": "rate",
        "positive_button": side,
        "negative_button": {**side, "value": "down"},
    }
    where = await post(
        blocks=[
            {"type": "context_actions", "elements": [feedback]},
            {
                "type": "section",
                "text": text("x"),
                "accessory": {"type": "overflow", "action_id": "more", "options": CHOICES},
            },
        ]
    )
    await sandbox.act(LIN, "rate", value="negative", **where)
    await sandbox.act(LIN, "more", value="no", **where)
    actions = [payload["actions"][0] for payload in app.payloads("block_actions")]
    assert (actions[0]["type"], actions[0]["value"]) == ("feedback_buttons", "down")
    assert (actions[1]["type"], actions[1]["selected_option"]) == ("overflow", CHOICES[1])


async def test_only_what_is_on_show_can_be_used(sandbox: Sandbox, app: SocketApp, post: Any) -> None:
    where = await post({"type": "static_select", "action_id": "pick", "options": CHOICES})
    for wrong in ({"action_id": "pick", "value": "maybe"}, {"action_id": "other"}):
        with pytest.raises(NotPossible):
            await sandbox.act(LIN, **wrong, **where)
    assert app.payloads("block_actions") == []


async def test_an_app_that_does_not_answer_in_time(sandbox: Sandbox, app: SocketApp, post: Any) -> None:
    app.silent.add("interactive")
    changes = sandbox.subscribe()
    result = await sandbox.act(LIN, "go", **await post(blocks=[BUTTON]))
    assert result["ok"] is False
    seen = [changes.get_nowait() for _ in range(changes.qsize())]
    assert [c["text"] for c in seen if c["type"] == "notice" and c["user"] == LIN]
    assert len(app.payloads("block_actions")) == 1


async def _pressed(sandbox: Sandbox, app: SocketApp, post: Any) -> Json:
    await sandbox.act(LIN, "go", **await post(blocks=[BUTTON]))
    return app.payloads("block_actions")[-1]


async def test_a_trigger_opens_one_modal_within_three_seconds(
    sandbox: Sandbox, app: SocketApp, post: Any, call: Any
) -> None:
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    assert (await call("views.open", trigger_id=trigger, view=MODAL))["ok"]
    assert (await call("views.open", trigger_id=trigger, view=MODAL))["error"] == "exchanged_trigger_id"
    late = (await _pressed(sandbox, app, post))["trigger_id"]
    await sandbox.move_clock(seconds=3.1)
    assert (await call("views.open", trigger_id=late, view=MODAL))["error"] == "expired_trigger_id"
    assert (await call("views.open", trigger_id="made.up.1", view=MODAL))["error"] == "invalid_trigger_id"
    assert (await call("views.open", view=MODAL))["error"] == "invalid_arguments"


VIEW_LIMITS: list[tuple[str, int, Any]] = [
    ("blocks", 100, lambda n: {**PLAIN_MODAL, "blocks": [{"type": "divider"}] * n}),
    ("title", 24, lambda n: {**PLAIN_MODAL, "title": text("t" * n)}),
    ("submit", 24, lambda n: {**MODAL, "submit": text("t" * n)}),
    ("close", 24, lambda n: {**MODAL, "close": text("t" * n)}),
    ("private_metadata", 3000, lambda n: {**MODAL, "private_metadata": "m" * n}),
    ("callback_id", 255, lambda n: {**MODAL, "callback_id": "c" * n}),
    ("external_id", 255, lambda n: {**MODAL, "external_id": "e" * n}),
    ("alert", 200, lambda n: {**PLAIN_MODAL, "blocks": [{"type": "alert", "text": text("a" * n)}]}),
    ("max_files", 10, lambda n: {**MODAL, "blocks": [{**FIELD, "element": {"type": "file_input", "max_files": n}}]}),
]


@pytest.mark.parametrize(("limit", "make"), [case[1:] for case in VIEW_LIMITS], ids=[case[0] for case in VIEW_LIMITS])
async def test_limits_of_a_modal(limit: int, make: Any, sandbox: Sandbox, app: SocketApp, post: Any, call: Any) -> None:
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    refused = await call("views.open", trigger_id=trigger, view=make(limit + 1))
    assert refused["error"] == "invalid_arguments"
    assert "[json-pointer:/view/" in refused["response_metadata"]["messages"][0]
    # A refused view does not use the trigger up.
    assert (await call("views.open", trigger_id=trigger, view=make(limit)))["ok"]


@pytest.mark.parametrize(
    ("view", "error"),
    [
        ({**MODAL, "submit": None}, "invalid_arguments"),
        ({**MODAL, "type": "dialog"}, "invalid_arguments"),
        ({**MODAL, "type": "home"}, "invalid_arguments"),
        ({**MODAL, "colour": "red"}, "invalid_arguments"),
        ({**PLAIN_MODAL, "blocks": [{"type": "markdown", "text": "x"}]}, "invalid_arguments"),
        ({**PLAIN_MODAL, "blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}]}, "invalid_arguments"),
        ("not json", "invalid_arguments"),
        ({**PLAIN_MODAL, "blocks": [{"type": "section", "text": text("x" * 2999)}] * 90}, "view_too_large"),
    ],
)
async def test_refused_modals(view: Any, error: str, sandbox: Sandbox, app: SocketApp, post: Any, call: Any) -> None:
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    assert (await call("views.open", trigger_id=trigger, view=view))["error"] == error


async def test_a_file_input_needs_files_read(sandbox: Sandbox, app: SocketApp, post: Any, call: Any) -> None:
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    token = sandbox.world.bot_token(TEAM)
    assert token is not None
    token.scopes = ("chat:write",)
    answer = await call(
        "views.open", trigger_id=trigger, view={**MODAL, "blocks": [{**FIELD, "element": {"type": "file_input"}}]}
    )
    assert (answer["error"], answer["needed"]) == ("missing_scope", "files:read")


async def test_files_of_a_modal(sandbox: Sandbox, app: SocketApp, post: Any, call: Any, http: aiohttp.ClientSession) -> None:
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    element = {"type": "file_input", "action_id": "report", "filetypes": ["csv"], "max_files": 1}
    view = (await call("views.open", trigger_id=trigger, view={**MODAL, "blocks": [{**FIELD, "element": element}]}))["view"]
    mine = await sandbox.attach_files(LIN, [("a.csv", b"x"), ("b.csv", b"y"), ("c.png", b"z")])
    for wrong in ([], mine[:2], mine[2:]):
        assert (await sandbox.submit_view(LIN, view["id"], {"note": {"report": wrong}}))["errors"].keys() == {"note"}
    with pytest.raises(NotPossible):
        await sandbox.submit_view(LIN, view["id"], {"note": {"report": await sandbox.attach_files(MAYA, [("a.csv", b"x")])}})
    assert (await sandbox.submit_view(LIN, view["id"], {"note": {"report": mine[:1]}}))["ok"]
    sent = app.payloads("view_submission")[0]["view"]["state"]["values"]["note"]["report"]
    assert (sent["type"], [file["name"] for file in sent["files"]]) == ("file_input", ["a.csv"])
    token = sandbox.world.bot_token(TEAM)
    assert token is not None
    bearer = {"Authorization": f"Bearer {token.value}"}
    async with http.get(sent["files"][0]["url_private_download"], headers=bearer) as answer:
        assert await answer.read() == b"x"
    assert (await call("files.info", file=mine[1]))["error"] == "file_not_found"


@pytest.fixture
async def opened(sandbox: Sandbox, app: SocketApp, post: Any, call: Any) -> Json:
    """A modal that Lin has before her."""
    trigger = (await _pressed(sandbox, app, post))["trigger_id"]
    view: Json = (await call("views.open", trigger_id=trigger, view=MODAL))["view"]
    return view


async def test_submitting_closes(sandbox: Sandbox, app: SocketApp, opened: Json) -> None:
    assert await sandbox.submit_view(LIN, opened["id"], {"note": {"typed": "你好"}}) == {"ok": True}
    payload = app.payloads("view_submission")[0]
    assert payload["view"]["state"]["values"] == {"note": {"typed": {"type": "plain_text_input", "value": "你好"}}}
    assert (payload["view"]["private_metadata"], payload["view"]["callback_id"]) == ("meta", "form")
    assert "channel" not in payload
    assert sandbox.views(LIN)["modals"] == []


async def test_the_client_wants_required_fields(sandbox: Sandbox, app: SocketApp, opened: Json) -> None:
    result = await sandbox.submit_view(LIN, opened["id"])
    assert list(result["errors"]) == ["note"]
    assert app.payloads("view_submission") == []


async def test_errors_keep_the_modal_open(sandbox: Sandbox, app: SocketApp, opened: Json) -> None:
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"note": "Too short"}}
    assert (await sandbox.submit_view(LIN, opened["id"], {"note": {"typed": "x"}}))["errors"] == {"note": "Too short"}
    assert len(sandbox.views(LIN)["modals"]) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "errors", "errors": {"typed": "an action_id is no block_id"}}, "invalid_response_errors"),
        ({"response_action": "errors", "errors": {}}, "invalid_response_errors"),
        ({"response_action": "redirect"}, "invalid_response_action"),
        ({"response_action": "update"}, "invalid_arguments"),
        ({"response_action": "update", "view": {"type": "modal", "blocks": []}}, "invalid_arguments"),
        ({"text": "thanks"}, "invalid_response_action"),
    ],
)
async def test_answers_to_a_submission_that_are_refused(
    answer: Json, error: str, sandbox: Sandbox, app: SocketApp, opened: Json
) -> None:
    app.answers["view_submission"] = answer
    assert (await sandbox.submit_view(LIN, opened["id"], {"note": {"typed": "x"}}))["ok"] is False
    assert sandbox.refusals()[-1]["error"] == error


async def test_update_push_and_clear(sandbox: Sandbox, app: SocketApp, opened: Json) -> None:
    values = {"note": {"typed": "x"}}
    app.answers["view_submission"] = {"response_action": "update", "view": {**MODAL, "title": text("Second")}}
    assert (await sandbox.submit_view(LIN, opened["id"], values))["view_id"] == opened["id"]
    assert sandbox.views(LIN)["modals"][0]["title"]["text"] == "Second"
    app.answers["view_submission"] = {"response_action": "push", "view": {**MODAL, "title": text("Above")}}
    pushed = (await sandbox.submit_view(LIN, opened["id"], values))["view_id"]
    assert [v["title"]["text"] for v in sandbox.views(LIN)["modals"]] == ["Second", "Above"]
    app.answers["view_submission"] = {"response_action": "clear"}
    assert await sandbox.submit_view(LIN, pushed, values) == {"ok": True}
    assert sandbox.views(LIN)["modals"] == []


async def test_three_views_on_a_stack(sandbox: Sandbox, app: SocketApp, opened: Json, call: Any) -> None:
    with_button = {**PLAIN_MODAL, "blocks": [BUTTON]}
    await call("views.update", view_id=opened["id"], view=with_button)
    top, answers = opened["id"], []
    for _ in range(3):
        await sandbox.act(LIN, "go", view_id=top)
        answer = await call("views.push", trigger_id=app.payloads("block_actions")[-1]["trigger_id"], view=with_button)
        answers.append(answer.get("error"))
        top = answer["view"]["id"] if answer["ok"] else top
    assert answers == [None, None, "push_limit_reached"]
    assert sandbox.views(LIN)["modals"][2]["root_view_id"] == opened["id"]


async def test_updating_by_hash_and_external_id(sandbox: Sandbox, opened: Json, call: Any) -> None:
    named = await call("views.update", view_id=opened["id"], hash=opened["hash"], view={**MODAL, "external_id": "mine"})
    assert named["ok"]
    assert (await call("views.update", view_id=opened["id"], hash=opened["hash"], view=MODAL))["error"] == "hash_conflict"
    assert (await call("views.update", external_id="mine", view={**MODAL, "external_id": "mine"}))["ok"]
    assert (await call("views.update", view_id="V0NOWHERE", view=MODAL))["error"] == "not_found"
    assert (await call("views.update", view=MODAL))["error"] == "invalid_arguments"


async def test_what_was_typed_stays_under_the_same_block_id(
    sandbox: Sandbox, app: SocketApp, opened: Json, call: Any
) -> None:
    await sandbox.act(LIN, "typed", block_id="note", value="kept", view_id=opened["id"])
    await call("views.update", view_id=opened["id"], view={**MODAL, "title": text("Again")})
    assert sandbox.views(LIN)["modals"][0]["state"]["values"]["note"]["typed"]["value"] == "kept"
    await call("views.update", view_id=opened["id"], view={**MODAL, "blocks": [{**FIELD, "block_id": "fresh"}]})
    assert (await sandbox.submit_view(LIN, opened["id"]))["errors"].keys() == {"fresh"}


@pytest.mark.parametrize("notify", [True, False])
async def test_closing_is_told_only_where_asked(
    notify: bool, sandbox: Sandbox, app: SocketApp, opened: Json, call: Any
) -> None:
    await call("views.update", view_id=opened["id"], view={**MODAL, "notify_on_close": notify})
    assert (await sandbox.close_view(LIN, opened["id"]))["ok"]
    assert [p["is_cleared"] for p in app.payloads("view_closed")] == ([False] if notify else [])
    assert (await call("views.update", view_id=opened["id"], view=MODAL))["error"] == "not_found"


async def test_the_home_tab(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    home = {"type": "home", "blocks": [BUTTON]}
    published = await call("views.publish", user_id=LIN, view=home)
    assert (await call("views.publish", user_id=LIN, view=home, hash="1.old"))["error"] == "hash_conflict"
    assert (await call("views.publish", user_id=LIN, view=MODAL))["error"] == "invalid_arguments"
    assert (await call("views.publish", user_id="U0NOBODY1", view=home))["error"] == "user_not_found"
    shown = await sandbox.open_home(LIN)
    assert shown is not None
    assert shown["id"] == published["view"]["id"]
    event = (await eventually(lambda: app.events("app_home_opened")))[0]
    assert (event["tab"], event["view"]["id"]) == ("home", published["view"]["id"])
    await sandbox.act(LIN, "go", view_id=shown["id"])
    payload = app.payloads("block_actions")[0]
    assert payload["container"] == {"type": "view", "view_id": shown["id"]}
    assert "response_url" not in payload
    sandbox.world.app.home_tab = False
    assert (await call("views.publish", user_id=LIN, view=home))["error"] == "not_enabled"


async def test_a_hundred_blocks_of_a_home_tab(call: Any) -> None:
    for count, ok in ((100, True), (101, False)):
        answer = await call("views.publish", user_id=LIN, view={"type": "home", "blocks": [{"type": "divider"}] * count})
        assert answer["ok"] is ok


@pytest.mark.parametrize("body", [{"text": "answer"}, {"blocks": [{"type": "divider"}]}])
async def test_a_response_url_lasts_five_uses(
    body: Json, sandbox: Sandbox, app: SocketApp, post: Any, http: aiohttp.ClientSession
) -> None:
    url = (await _pressed(sandbox, app, post))["response_url"]
    statuses = []
    for _ in range(6):
        async with http.post(url, json=body) as answer:
            statuses.append((answer.status, await answer.text() if answer.status == 200 else (await answer.json())["error"]))
    assert statuses == [(200, "ok")] * 5 + [(404, "used_url")]
    assert len([m for m in sandbox.messages(LIN, OPS) if m.get("_ephemeral")]) == 5


@pytest.mark.parametrize(("seconds", "status"), [(29 * 60, 200), (31 * 60, 404)])
async def test_a_response_url_lasts_thirty_minutes(
    seconds: int, status: int, sandbox: Sandbox, app: SocketApp, post: Any, http: aiohttp.ClientSession
) -> None:
    url = (await _pressed(sandbox, app, post))["response_url"]
    await sandbox.move_clock(seconds=seconds)
    async with http.post(url, json={"text": "x"}) as answer:
        assert answer.status == status


async def test_replacing_and_deleting_the_original(
    sandbox: Sandbox, app: SocketApp, post: Any, http: aiohttp.ClientSession
) -> None:
    payload = await _pressed(sandbox, app, post)
    await http.post(payload["response_url"], json={"replace_original": True, "text": "replaced"})
    message = sandbox.world.channels[OPS].messages[payload["message"]["ts"]]
    assert message["text"] == "replaced"
    assert "blocks" not in message
    await http.post(payload["response_url"], json={"delete_original": True})
    assert payload["message"]["ts"] not in sandbox.world.channels[OPS].messages


async def test_an_ephemeral_original(sandbox: Sandbox, app: SocketApp, call: Any, http: aiohttp.ClientSession) -> None:
    shown = await call("chat.postEphemeral", channel=OPS, user=LIN, text="x", blocks=[BUTTON])
    await sandbox.act(LIN, "go", channel=OPS, ts=shown["message_ts"])
    payload = app.payloads("block_actions")[0]
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    await http.post(
        payload["response_url"], json={"replace_original": True, "text": "replaced", "response_type": "in_channel"}
    )
    assert [m["text"] for m in sandbox.messages(LIN, OPS)] == ["replaced"]
    assert sandbox.messages(MAYA, OPS) == []
    await http.post(payload["response_url"], json={"delete_original": True})
    assert sandbox.messages(LIN, OPS) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "colour": "red"}, "invalid_payload"),
        ({"text": "x", "response_type": "loud"}, "invalid_response_type"),
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ],
)
async def test_what_a_response_url_refuses(
    body: Json, error: str, sandbox: Sandbox, app: SocketApp, post: Any, http: aiohttp.ClientSession
) -> None:
    async with http.post((await _pressed(sandbox, app, post))["response_url"], json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == error
    assert sandbox.refusals()[-1]["method"] == "response_url"


async def test_commands_answer_where_the_app_is_no_member(
    sandbox: Sandbox, app: SocketApp, http: aiohttp.ClientSession
) -> None:
    app.answers["/seller"] = {"response_type": "in_channel", "text": "for all"}
    board = "C0BOARD001"
    assert (await sandbox.run_command(MAYA, board, "/seller", "help"))["ok"]
    payload = app.payloads("/seller")[0]
    assert (payload["channel_id"], payload["channel_name"], payload["user_id"]) == (board, "privategroup", MAYA)
    await http.post(payload["response_url"], json={"text": "for you"})
    assert [m["text"] for m in sandbox.messages(MAYA, board)] == ["for all", "for you"]
    with pytest.raises(NotPossible):
        await sandbox.run_command(MAYA, board, "/unknown")


async def test_a_command_without_an_answer_in_time(sandbox: Sandbox, app: SocketApp) -> None:
    app.silent.add("slash_commands")
    result = await sandbox.run_command(LIN, OPS, "/seller", "help")
    assert 'failed with the error "operation_timeout"' in result["text"]


async def test_a_message_shortcut(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    message = await sandbox.post_message(LIN, FINANCE, "what is this fee?")
    assert (await sandbox.use_shortcut(MAYA, "ask_about_message", channel=FINANCE, ts=message["ts"]))["ok"]
    payload = app.payloads("message_action")[0]
    assert payload["message"]["text"] == "what is this fee?"
    assert (payload["channel"]["id"], payload["user"]["id"], payload["callback_id"]) == (FINANCE, MAYA, "ask_about_message")
    assert payload["response_url"]
    assert (await call("views.open", trigger_id=payload["trigger_id"], view=MODAL))["ok"]


async def test_options_from_the_app(sandbox: Sandbox, app: SocketApp, post: Any) -> None:
    where = await post({"type": "external_select", "action_id": "find", "min_query_length": 2})
    app.answers["block_suggestion"] = {"options": CHOICES}
    assert await sandbox.suggest_options(LIN, "find", "y", **where) == []
    assert await sandbox.suggest_options(LIN, "find", "ye", **where) == CHOICES
    assert app.payloads("block_suggestion")[0]["value"] == "ye"
    app.answers["block_suggestion"] = {"options": CHOICES * 51}
    assert await sandbox.suggest_options(LIN, "find", "ye", **where) == []
    assert sandbox.refusals()[-1]["method"] == "block_suggestion"
