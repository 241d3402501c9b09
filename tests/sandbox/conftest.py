"""A sandbox on a real socket, and Slack's own client libraries talking to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.sandbox.world import BOT_SCOPES, default_world

Json = dict[str, Any]
MORE_SCOPES = (
    "channels:join",
    "channels:manage",
    "channels:read",
    "groups:read",
    "groups:write",
    "im:read",
    "im:write",
    "links:write",
    "mpim:read",
    "mpim:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users.profile:read",
    "users:read.email",
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk takes proxies from the environment, even for this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def running() -> AsyncIterator[RunningSandbox]:
    """A sandbox with every scope that the tests need, short acknowledgement times and no rate limits."""
    world = default_world()
    world.app.scopes = (*BOT_SCOPES, *MORE_SCOPES)
    for install in world.installs.values():
        install.scopes = world.app.scopes
    for token in world.tokens.values():
        if token.kind == "bot":
            token.scopes = world.app.scopes
    async with RunningSandbox(world, rate_limits=False, ack_timeout=0.5) as running:
        yield running


@pytest.fixture
def sandbox(running: RunningSandbox) -> Sandbox:
    return running.sandbox


@pytest.fixture
async def http(running: RunningSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Bare HTTP, for what no client library would send."""
    async with aiohttp.ClientSession(running.address) as session:
        yield session


@pytest.fixture
def client(running: RunningSandbox) -> AsyncWebClient:
    return AsyncWebClient(running.settings["SLACK_BOT_TOKEN"], base_url=running.settings["SLACK_API_URL"])


@pytest.fixture
def call(running: RunningSandbox, http: aiohttp.ClientSession) -> Callable[..., Any]:
    """Calls a method with the bot's token and JSON, and returns the whole answer."""

    own = running.settings["SLACK_BOT_TOKEN"]

    async def _call(method: str, *, token: str | None = None, **arguments: Any) -> Json:
        shown = own if token is None else token
        headers = {"Authorization": f"Bearer {shown}", "Content-Type": "application/json; charset=utf-8"}
        async with http.post(f"/api/{method}", json=arguments, headers=headers) as answer:
            body: Json = await answer.json()
            return body

    return _call


@dataclass
class SocketApp:
    """An app on Socket Mode: keeps what it gets, and acknowledges with what it is told to."""

    client: SocketModeClient
    requests: list[SocketModeRequest] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)
    """Type of the payload, or the command -> what goes with the acknowledgement."""
    silent: set[str] = field(default_factory=set)
    """Envelope types that are not acknowledged."""
    reactions: dict[str, Callable[[Json], Any]] = field(default_factory=dict)
    """Type of the payload -> what is done before it is acknowledged."""

    async def handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        kind = str(request.payload.get("command") or request.payload.get("type"))
        if kind in self.reactions:
            await self.reactions[kind](request.payload)
        if request.type not in self.silent:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answers.get(kind)))

    def events(self, kind: str | None = None) -> list[Json]:
        """The events that came, without their envelopes."""
        events = [request.payload["event"] for request in self.requests if request.type == "events_api"]
        return [event for event in events if kind in (None, event["type"])]

    def payloads(self, kind: str) -> list[Json]:
        return [r.payload for r in self.requests if kind in (r.payload.get("type"), r.payload.get("command"))]


@pytest.fixture
async def app(running: RunningSandbox) -> AsyncIterator[SocketApp]:
    client = SocketModeClient(
        running.settings["SLACK_APP_TOKEN"],
        web_client=AsyncWebClient(base_url=running.settings["SLACK_API_URL"]),
        ping_interval=0.2,
    )
    made = SocketApp(client)
    client.socket_mode_request_listeners.append(made.handle)
    await client.connect()
    yield made
    await client.close()


async def eventually(condition: Callable[[], Any], *, within: float = 5.0) -> Any:
    """The first true value of `condition`; the test fails if there is none."""
    async with asyncio.timeout(within):
        while not (value := condition()):
            await asyncio.sleep(0.01)
        return value
