"""Installing by OAuth, and tokens that rotate."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.sandbox.world import BOT_USER, MAYA, OTHER_TEAM, STRANGER, TEAM

Json = dict[str, Any]
BACK = "https://bot.example/slack/oauth_redirect"


@pytest.fixture
def credentials(sandbox: Sandbox) -> dict[str, str]:
    return {"client_id": sandbox.world.app.client_id, "client_secret": sandbox.world.app.client_secret}


async def _consent(
    http: aiohttp.ClientSession, sandbox: Sandbox, user: str, answer: str = "allow", **query: str
) -> dict[str, str]:
    asked = {
        "client_id": sandbox.world.app.client_id,
        "scope": "chat:write,commands",
        "state": "s1",
        "redirect_uri": BACK,
        **query,
    }
    async with http.get("/oauth/v2/authorize", params=asked) as page:
        assert page.status == 200
        assert "chat:write" in await page.text()
    async with http.post(
        "/oauth/v2/authorize", params=asked, data={"user": user, "answer": answer}, allow_redirects=False
    ) as back:
        location = urlsplit(back.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == BACK
    return {name: values[0] for name, values in parse_qs(location.query).items()}


async def test_a_second_team_installs(
    running: RunningSandbox, sandbox: Sandbox, http: aiohttp.ClientSession, credentials: Json
) -> None:
    back = await _consent(http, sandbox, STRANGER, user_scope="search:read")
    assert back["state"] == "s1"
    web = AsyncWebClient(base_url=running.settings["SLACK_API_URL"])
    granted = await web.oauth_v2_access(**credentials, code=back["code"], redirect_uri=BACK)
    assert (granted["team"]["id"], granted["token_type"], granted["scope"]) == (OTHER_TEAM, "bot", "chat:write,commands")
    assert granted["authed_user"]["id"] == STRANGER
    assert granted["authed_user"]["access_token"].startswith("xoxp-")
    assert granted["bot_user_id"] != BOT_USER
    test = await AsyncWebClient(granted["access_token"], base_url=running.settings["SLACK_API_URL"]).auth_test()
    assert test["team_id"] == OTHER_TEAM


async def test_refusals(sandbox: Sandbox, http: aiohttp.ClientSession, call: Any, credentials: Json) -> None:
    code = (await _consent(http, sandbox, MAYA))["code"]
    access = {**credentials, "redirect_uri": BACK}
    assert (await call("oauth.v2.access", token="", code=code))["error"] == "invalid_arguments"
    assert (await call("oauth.v2.access", token="", code=code, **{**access, "client_id": "1.2"}))[
        "error"
    ] == "invalid_client_id"
    assert (await call("oauth.v2.access", token="", code=code, **{**access, "client_secret": "x"}))[
        "error"
    ] == "bad_client_secret"
    assert (await call("oauth.v2.access", token="", code="made-up", **access))["error"] == "invalid_code"
    assert (await call("oauth.v2.access", token="", code=code, **{**access, "redirect_uri": "https://b.example"}))[
        "error"
    ] == "bad_redirect_uri"
    assert (await call("oauth.v2.access", token="", code=code, **access))["ok"]
    assert (await call("oauth.v2.access", token="", code=code, **access))["error"] == "code_already_used"
    late = (await _consent(http, sandbox, MAYA))["code"]
    await sandbox.move_clock(seconds=601)
    assert (await call("oauth.v2.access", token="", code=late, **access))["error"] == "invalid_code"


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "1.2"}, {"scope": "chat:shout"}, {"scope": ""}, {"redirect_uri": "https://evil.example/"}],
    ids=["client", "scope", "no scope", "redirect"],
)
async def test_the_page_refuses(wrong: Json, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.world.app.redirect_urls = ("https://bot.example/",)
    asked = {"client_id": sandbox.world.app.client_id, "scope": "chat:write", "redirect_uri": BACK, **wrong}
    async with http.get("/oauth/v2/authorize", params=asked) as page:
        assert page.status == 400


async def test_saying_no(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    back = await _consent(http, sandbox, MAYA, answer="deny")
    assert back == {"state": "s1", "error": "access_denied"}


async def test_tokens_rotate(
    running: RunningSandbox, sandbox: Sandbox, call: Any, http: aiohttp.ClientSession, credentials: Json
) -> None:
    sandbox.world.app.token_rotation = True
    code = (await _consent(http, sandbox, MAYA))["code"]
    granted = await call("oauth.v2.access", token="", code=code, **credentials)
    assert granted["access_token"].startswith("xoxe.xoxb-")
    assert granted["refresh_token"].startswith("xoxe-1-")
    assert granted["expires_in"] == 43_200
    await sandbox.move_clock(seconds=43_201)
    assert (await call("auth.test", token=granted["access_token"]))["error"] == "token_expired"
    installation = Installation(
        user_id=MAYA,
        team_id=TEAM,
        bot_token=granted["access_token"],
        bot_refresh_token=granted["refresh_token"],
        bot_token_expires_in=0,
        bot_token_expires_at=1,
    )
    rotator = AsyncTokenRotator(**credentials, client=AsyncWebClient(base_url=running.settings["SLACK_API_URL"]))
    renewed = await rotator.perform_token_rotation(installation=installation)
    assert renewed is not None
    assert (await call("auth.test", token=renewed.bot_token))["ok"]
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"], **credentials}
    assert (await call("oauth.v2.access", token="", **again))["error"] == "invalid_refresh_token"


async def test_a_token_that_lives_for_ever_is_exchanged(sandbox: Sandbox, call: Any, credentials: Json) -> None:
    token = sandbox.world.bot_token(TEAM)
    assert token is not None
    assert (await call("oauth.v2.exchange", token=token.value, **credentials))["error"] == "rotation_not_enabled"
    sandbox.world.app.token_rotation = True
    exchanged = await call("oauth.v2.exchange", token=token.value, **credentials)
    assert exchanged["refresh_token"]
    assert (await call("auth.test", token=token.value))["error"] == "token_revoked"
    assert (await call("auth.test", token=exchanged["access_token"]))["ok"]
