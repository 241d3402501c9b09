"""The control API: acting as a person over HTTP, the stream of changes, and who may use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.control import ACTIONS, READS
from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import NotPossible, Sandbox
from bot.sandbox.world import BOARD, LIN, MAYA, OPS, TEAM
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]


@pytest.fixture
def do(http: aiohttp.ClientSession) -> Any:
    async def _do(action: str, **arguments: Any) -> tuple[int, Json]:
        async with http.post(f"/sandbox/do/{action}", json=arguments) as answer:
            return answer.status, await answer.json()

    return _do


@pytest.fixture
def read(http: aiohttp.ClientSession) -> Any:
    async def _read(what: str, **query: str) -> Any:
        async with http.get(f"/sandbox/{what}", params=query) as answer:
            return (await answer.json())["result"]

    return _read


async def test_a_conversation_over_http(do: Any, read: Any, app: SocketApp) -> None:
    status, posted = await do("post_message", user=LIN, channel=OPS, text="@sellerbot hello")
    assert (status, posted["ok"]) == (200, True)
    await eventually(lambda: len(app.requests) == 2)
    assert [m["text"] for m in await read("messages", user=LIN, channel=OPS)] == [posted["result"]["text"]]
    overview = await read("overview", user=LIN)
    assert overview["connections"] == 1
    assert BOARD not in [channel["id"] for channel in overview["channels"]]
    assert [d["outcome"] for d in await read("deliveries")] == ["acknowledged", "acknowledged"]
    assert await read("refusals") == []


@pytest.mark.parametrize(
    ("action", "arguments", "status"),
    [
        ("fly", {}, 404),
        ("close", {}, 404),
        ("post_message", {"user": LIN}, 400),
        ("post_message", {"user": LIN, "channel": OPS, "text": "x", "colour": "red"}, 400),
        ("post_message", {"user": LIN, "channel": BOARD, "text": "x"}, 409),
        ("run_command", {"user": LIN, "channel": OPS, "command": "/nope"}, 409),
        ("configure", {"colour": "red"}, 409),
    ],
)
async def test_what_can_not_be_done_says_why(action: str, arguments: Json, status: int, do: Any) -> None:
    answered, body = await do(action, **arguments)
    assert answered == status
    assert body["error"]


async def test_uploading_by_form_and_by_json(do: Any, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    form = aiohttp.FormData({"user": LIN, "channel": OPS, "comment": "see"}, quote_fields=False)
    form.add_field("file", b"a,b\n", filename="报告.csv")
    async with http.post("/sandbox/do/upload_files", data=form) as answer:
        assert (await answer.json())["result"]["files"][0]["name"] == "报告.csv"
    await do("upload_files", user=LIN, channel=OPS, files=[{"name": "b.csv", "text": "c,d\n"}])
    assert [file.content for file in sandbox.world.files.values()] == [b"a,b\n", b"c,d\n"]


async def test_changes_are_streamed(do: Any, http: aiohttp.ClientSession) -> None:
    async with http.get("/sandbox/stream") as stream:
        assert stream.content_type == "text/event-stream"
        assert (await stream.content.readline()).startswith(b":")
        _status, posted = await do("post_message", user=MAYA, channel=OPS, text="hello")
        async for line in stream.content:
            if line.startswith(b"data:"):
                change = json.loads(line.removeprefix(b"data:"))
                break
    assert (change["type"], change["channel"], change["ts"]) == ("message", OPS, posted["result"]["ts"])


async def test_the_clock(do: Any, sandbox: Sandbox) -> None:
    before = sandbox.world.now()
    _status, moved = await do("move_clock", seconds=3600)
    assert moved["result"] >= before + 3600
    await do("move_clock", to="2031-01-06T09:00:00+08:00")
    assert sandbox.world.now() == pytest.approx(1925427600, abs=5)
    assert (await do("move_clock", to="2020-01-01T00:00:00"))[0] == 409


@pytest.mark.parametrize("headers", [{"Host": "sandbox.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
async def test_no_other_site_may_use_it(headers: dict[str, str], http: aiohttp.ClientSession) -> None:
    async with http.post("/sandbox/do/uninstall", json={"team": TEAM}, headers=headers) as answer:
        assert answer.status == 403


async def test_it_listens_on_this_machine_only(running: RunningSandbox) -> None:
    assert running.address.startswith("http://127.0.0.1:")


MANIFEST: Json = {
    "display_information": {"name": "Policy"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
        "bot_user": {"display_name": "policy"},
        "agent_view": {"agent_description": "d", "suggested_prompts": [{"title": "t", "message": "m"}]},
        "slash_commands": [{"command": "/policy", "description": "d", "should_escape": True}],
        "shortcuts": [{"type": "message", "name": "Ask", "callback_id": "ask", "description": "d"}],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write"], "bot_optional": ["files:write"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["app_mention"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


async def test_a_manifest_configures_the_app(sandbox: Sandbox) -> None:
    await sandbox.configure(manifest=MANIFEST)
    app = sandbox.world.app
    assert (app.name, app.home_tab, app.messages_tab, app.bot_events) == ("Policy", True, False, ("app_mention",))
    assert sandbox.world.installs[TEAM].scopes == ("chat:write", "files:write")
    assert (await sandbox.post_message(LIN, OPS, "@policy hi"))["text"].startswith("<@U0SELLERB1>")


def _with(path: str, value: Any) -> Json:
    changed: Json = json.loads(json.dumps(MANIFEST))
    *above, last = path.split("/")
    part = changed
    for name in above:
        part = part[name]
    part[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("display_information/name", "n" * 36, "/display_information/name"),
        ("display_information/description", "d" * 141, "/display_information/description"),
        ("display_information/long_description", "d" * 174, "/display_information/long_description"),
        ("features/bot_user/display_name", "n" * 81, "/features/bot_user/display_name"),
        ("features/slash_commands", [{"command": "policy", "description": "d"}], "/features/slash_commands/0/command"),
        ("features/shortcuts", MANIFEST["features"]["shortcuts"] * 11, "/features/shortcuts"),
        (
            "features/agent_view/suggested_prompts",
            [{"title": "t", "message": "m"}] * 5,
            "/features/agent_view/suggested_prompts",
        ),
        ("features/agent_view/agent_description", "d" * 301, "/features/agent_view/agent_description"),
        ("features/assistant_view", {"assistant_description": "d"}, "/features"),
        ("settings/socket_mode_enabled", False, "/settings/event_subscriptions"),
        ("settings/event_subscriptions/bot_events", ["app_mention"] * 101, "/settings/event_subscriptions/bot_events"),
        ("colour", "red", ""),
    ],
)
async def test_a_manifest_that_slack_would_not_take(path: str, value: Any, pointer: str, sandbox: Sandbox) -> None:
    with pytest.raises(NotPossible) as refused:
        await sandbox.configure(manifest=_with(path, value))
    assert f"[json-pointer:{pointer}]" in str(refused.value)


def test_every_action_is_a_method_and_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    for name in ACTIONS | READS:
        assert callable(getattr(Sandbox, name))
        assert f"`{name}`" in text, f"docs/sandbox.md does not mention {name}"
