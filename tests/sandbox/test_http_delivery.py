"""Signed HTTP delivery: what arrives at the app's URLs, and what happens when they fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.server import NotPossible, Sandbox
from bot.sandbox.world import LIN, OPS
from tests.sandbox.conftest import eventually

Json = dict[str, Any]
BUTTON = {"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "x"}}]}


@dataclass
class HttpApp:
    """An app behind a request URL; answers with the first of `answers`, else 200."""

    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    delay: float = 0.0

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.content_type == "application/json" and json.loads(body).get("type") == "url_verification":
            return web.json_response({"challenge": json.loads(body)["challenge"]})
        self.requests.append((dict(request.headers), body))
        await asyncio.sleep(self.delay)
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[HttpApp]:
    made = HttpApp()
    site = web.Application()
    site.router.add_post("/slack/events", made.handle)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await sandbox.configure(socket_mode=False, events_url=made.url, interactivity_url=made.url)
    yield made
    await runner.cleanup()


async def test_requests_are_signed(sandbox: Sandbox, app: HttpApp) -> None:
    await sandbox.post_message(LIN, OPS, "你好")
    headers, body = (await eventually(lambda: app.requests))[0]
    assert SignatureVerifier(sandbox.world.app.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)
    assert json.loads(body)["event"]["text"] == "你好"
    assert "X-Slack-Retry-Num" not in headers


async def test_the_signature_stays_fresh_when_the_clock_is_moved(sandbox: Sandbox, app: HttpApp) -> None:
    await sandbox.move_clock(seconds=86400)
    await sandbox.post_message(LIN, OPS, "tomorrow")
    headers, body = (await eventually(lambda: app.requests))[0]
    assert SignatureVerifier(sandbox.world.app.signing_secret).is_valid_request(body, headers)


async def test_an_url_that_does_not_know_the_challenge_is_not_taken(sandbox: Sandbox, app: HttpApp) -> None:
    with pytest.raises(NotPossible, match="challenge"):
        await sandbox.configure(events_url=app.url.replace("/slack/events", "/elsewhere"))
    assert sandbox.world.app.events_url == app.url


@pytest.mark.parametrize(
    ("answers", "delay", "reason"),
    [([web.Response(status=500)], 0.0, "http_error"), ([], 0.6, "http_timeout")],
)
async def test_failures_are_retried_with_their_reason(
    answers: list[web.Response], delay: float, reason: str, sandbox: Sandbox, app: HttpApp
) -> None:
    app.answers, app.delay = list(answers), delay
    await sandbox.post_message(LIN, OPS, "x")
    await eventually(lambda: len(app.requests) == 2)
    again = app.requests[1][0]
    assert (again["X-Slack-Retry-Num"], again["X-Slack-Retry-Reason"]) == ("1", reason)
    assert json.loads(app.requests[0][1])["event_id"] == json.loads(app.requests[1][1])["event_id"]


async def test_redirects_are_followed_twice(sandbox: Sandbox, app: HttpApp) -> None:
    moved = {"Location": app.url}
    app.answers = [web.Response(status=307, headers=moved) for _ in range(3)]
    await sandbox.post_message(LIN, OPS, "x")
    await eventually(lambda: len(sandbox.deliveries()) >= 2)
    assert [d["outcome"] for d in sandbox.deliveries()[:2]] == ["too_many_redirects", "acknowledged"]


async def test_nobody_there(sandbox: Sandbox, app: HttpApp) -> None:
    sandbox.world.app.events_url = "http://127.0.0.1:9/"
    await sandbox.post_message(LIN, OPS, "x")
    await eventually(sandbox.deliveries)
    assert sandbox.deliveries()[0]["outcome"] == "connection_failed"


async def test_the_app_may_ask_for_no_retry(sandbox: Sandbox, app: HttpApp) -> None:
    app.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await sandbox.post_message(LIN, OPS, "no more")
    await eventually(sandbox.deliveries)
    await sandbox.post_message(LIN, OPS, "next")
    await eventually(lambda: len(app.requests) == 2)
    await sandbox.move_clock(seconds=1000)
    assert [json.loads(body)["event"]["text"] for _headers, body in app.requests] == ["no more", "next"]


async def test_interactions_are_forms_and_not_retried(sandbox: Sandbox, app: HttpApp, call: Any) -> None:
    app.answers = [web.Response(), web.Response(status=500)]
    posted = await call("chat.postMessage", channel=OPS, text="x", blocks=[BUTTON])
    await eventually(lambda: app.requests)
    result = await sandbox.act(LIN, "a", channel=OPS, ts=posted["ts"])
    assert result["error"] == "http_error"
    payload = json.loads(parse_qs(app.requests[-1][1].decode())["payload"][0])
    assert payload["type"] == "block_actions"
    assert len(app.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [{"text": "plain answer"}, {"body": json.dumps({"text": "plain answer"}).encode(), "content_type": "application/json"}],
    ids=["text", "json"],
)
async def test_a_command_is_a_form_and_its_answer_is_shown(answer: Json, sandbox: Sandbox, app: HttpApp) -> None:
    app.answers = [web.Response(**answer)]
    assert (await sandbox.run_command(LIN, OPS, "/seller", "help @maya & #general"))["ok"]
    form = {name: values[0] for name, values in parse_qs(app.requests[0][1].decode()).items()}
    assert form["command"] == "/seller"
    assert form["text"] == "help <@U0MAYAORT1|maya> &amp; <#C0GENERAL1|general>"
    assert form["is_enterprise_install"] == "false"
    assert "thread_ts" not in form
    assert [m["text"] for m in sandbox.messages(LIN, OPS) if m.get("_ephemeral")] == ["plain answer"]
