"""The bot over HTTP: signed requests, and what is not Slack's."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.office.office import Office
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import LIN, MAYA, OPS
from tests.slack.http_stage import free_address, staged_over_http
from tests.slack.stage import Stage, config_for, labels, until


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
async def stage(office: Office, tmp_path: Path, address: str) -> AsyncIterator[Stage]:
    async with RunningSandbox(rate_limits=False) as sandbox:
        config = config_for(sandbox, app_token=None)
        async with staged_over_http(sandbox, config, office, address) as made:
            yield made


async def _post(url: str, body: bytes, secret: str, **headers: str) -> int:
    stamp = str(int(time.time()))
    signed = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or "",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers={**signed, **headers}) as response,
    ):
        return response.status


def _event(**more: Any) -> bytes:
    event = {"type": "app_mention", "channel": OPS, "user": MAYA, "ts": "1.1", "text": "what is a kite", **more}
    return json.dumps({"type": "event_callback", "team_id": "T0HARBOUR1", "event_id": "Ev1", "event": event}).encode()


async def test_a_conversation_over_http(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?", copies=2)
    question = stage.answers(MAYA, OPS, asked["ts"])[0]
    assert "an adult" in labels(question)
    await stage.press(LIN, OPS, question, "an adult")
    assert [one["text"] for one in stage.answers(MAYA, OPS, asked["ts"])][1:] == ["Yes: adults may fly."]
    await stage.sandbox.run_command(LIN, OPS, "/seller", "what is a kite")
    await until(lambda: stage.private(LIN, OPS), "a private answer")


async def test_what_is_not_signed_by_slack_is_refused(stage: Stage, address: str) -> None:
    url, secret = f"{address}/slack/events", stage.sandbox.world.app.signing_secret
    assert await _post(url, _event(), "another-secret") == 401
    assert await _post(url, _event(), secret, **{"X-Slack-Request-Timestamp": "1500000000"}) == 401
    assert await _post(url, _event(), secret, **{"X-Slack-Request-Timestamp": "soon"}) == 401
    assert await _post(url, _event(), secret, **{"X-Slack-Signature": "v0=é".encode().decode("latin-1")}) == 401
    await stage.bot.delivery.settled()
    assert await stage.bot.office.pending() == ()


async def test_bytes_that_are_no_text_are_refused(stage: Stage, address: str) -> None:
    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=0"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}/slack/events", data=b"\xff\xfe", headers=headers) as response,
    ):
        assert response.status == 401


async def test_malformed_and_giant_bodies_are_refused(stage: Stage, address: str) -> None:
    url, secret = f"{address}/slack/events", stage.sandbox.world.app.signing_secret
    assert await _post(url, b"{", secret) == 400
    assert await _post(url, b"token=1", secret) == 400
    assert await _post(url, b" " * 2_000_000, secret) == 413


async def test_signed_nonsense_does_not_stop_the_bot(stage: Stage, address: str) -> None:
    url, secret = f"{address}/slack/events", stage.sandbox.world.app.signing_secret
    for event in ({"channel": None}, {"ts": {"a": 1}}, {"user": 5}, {"user": None}, {"ts": ""}):
        assert await _post(url, _event(**event), secret) in (200, 400)
    for body in (b"[]", b"{}", b'"text"', b"null", b'{"type": "block_actions", "actions": []}'):
        await _post(url, body, secret)
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_health_and_figures(stage: Stage, address: str) -> None:
    await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/healthz") as health:
            assert (health.status, await health.json()) == (200, {"ok": True, "pages": 5})
        async with session.get(f"{address}/metrics") as metrics:
            assert 'sellerbot_answers_total{kind="reference"} 1.0' in await metrics.text()
