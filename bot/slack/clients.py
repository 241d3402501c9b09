"""Web API clients: one connection pool, the right token for each workspace, every call to the configured address."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import aiohttp
from pydantic import SecretStr
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

RATE_LIMIT_RETRIES = 3
TIMEOUT_SECONDS = 20


def make_client(token: str | None, base_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that waits when Slack says so.

    It does not repeat a call whose connection broke: a message may have been posted all the same.
    """
    return AsyncWebClient(
        token=token,
        base_url=base_url,
        timeout=TIMEOUT_SECONDS,
        session=session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_LIMIT_RETRIES)],
    )


def with_token(client: AsyncWebClient, token: str | None) -> AsyncWebClient:
    """The same client for another workspace."""
    return AsyncWebClient(
        token=token,
        base_url=client.base_url,
        timeout=client.timeout,
        session=client.session,
        retry_handlers=client.retry_handlers,
    )


def revealed(secret: SecretStr | None) -> str | None:
    """The secret itself, for the one who needs it."""
    return secret.get_secret_value() if secret else None


def error_of(error: SlackApiError) -> str:
    """Slack's error code; what is no answer of the Web API (a page, nothing at all) is a trouble of the service."""
    data = error.response.data if hasattr(error.response, "data") else error.response
    return str((data.get("error") if isinstance(data, dict) else "") or "service_unavailable")


def needed_by(error: SlackApiError) -> str:
    """The permission that was missing, or a question mark."""
    data = error.response.data if hasattr(error.response, "data") else error.response
    return str(data.get("needed") or "?") if isinstance(data, dict) else "?"


LOST = (aiohttp.ClientError, asyncio.TimeoutError, ConnectionError)
"""The connection broke: what was sent may have arrived."""


class NotInstalled(Exception):
    """There is no token for this workspace (any longer)."""


class Clients(Protocol):
    """Whoever knows the tokens."""

    async def check(self) -> str | None:
        """The workspace, where there is just one; raises what Slack says against its token."""
        ...

    async def of(self, team: str, enterprise: str) -> AsyncWebClient:
        """The client of a workspace, its token fresh. Raises `NotInstalled`."""
        ...

    async def installer(self, team: str, enterprise: str) -> str | None:
        """Who installed the bot there, if that is known."""
        ...

    async def forget(self, team: str, enterprise: str) -> None:
        """The token of a workspace is no longer good."""
        ...

    def webhook(self, url: str) -> AsyncWebhookClient:
        """Answers to a press or a command, which carry their own address."""
        ...


class OneWorkspace(AsyncAuthorize):
    """A single token from the settings; whose it is, is asked once.

    Bolt could do this itself, but not while SLACK_CLIENT_ID is in the environment.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._result: AuthorizeResult | None = None

    async def __call__(self, **_: Any) -> AuthorizeResult:
        if self._result is None:
            response = await self._client.auth_test()
            self._result = AuthorizeResult.from_auth_test_response(bot_token=self._client.token, auth_test_response=response)
        return self._result

    async def check(self) -> str | None:
        return (await self()).team_id

    async def of(self, team: str, enterprise: str) -> AsyncWebClient:  # noqa: ARG002 - one token for all
        return self._client

    async def installer(self, team: str, enterprise: str) -> str | None:  # noqa: ARG002
        return None

    async def forget(self, team: str, enterprise: str) -> None:
        """The only token is in the settings; whoever runs the bot replaces it there."""

    def webhook(self, url: str) -> AsyncWebhookClient:
        return webhook_like(self._client, url)


def webhook_like(client: AsyncWebClient, url: str) -> AsyncWebhookClient:
    """A client for `url` over the same connections."""
    return AsyncWebhookClient(url, timeout=TIMEOUT_SECONDS, session=client.session, retry_handlers=client.retry_handlers)
