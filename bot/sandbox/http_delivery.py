"""Signed HTTP requests to the app's URLs, as Slack sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.delivery import Kind, Reply
from bot.sandbox.errors import NotPossible
from bot.sandbox.world import Json, World

_REDIRECTS = 2
_ANSWER_LIMIT = 512 * 1024
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "http_timeout"),
    (aiohttp.TooManyRedirects, "too_many_redirects"),
    (aiohttp.ClientSSLError, "ssl_error"),
    (aiohttp.ClientConnectionError, "connection_failed"),
    (aiohttp.ClientError, "unknown_error"),
)
"""Slack's names for what went wrong, the narrower error first."""


@dataclass(frozen=True)
class _Answer:
    status: int
    content_type: str
    text: str
    no_retry: bool


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The v0 signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpTransport:
    """Posts to the app's request URLs; the signature carries the machine's time, whatever the sandbox's clock says."""

    name = "http"

    def __init__(self, world: World) -> None:
        self._world = world
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def verify_url(self, url: str, *, timeout: float) -> None:
        """The url_verification handshake; NotPossible if the app does not answer with the challenge."""
        challenge = secrets.token_hex(16)
        payload = {"token": self._world.app.verification_token, "challenge": challenge, "type": "url_verification"}
        try:
            answer = await self._post(url, json.dumps(payload).encode(), "application/json", {}, timeout)
        except (TimeoutError, aiohttp.ClientError) as exc:
            raise NotPossible(f"{url} could not be reached for the url_verification challenge: {exc!r}") from exc
        answered = answer.text.strip()
        if answer.content_type == "application/json":
            answered = str((_object(answer.text) or {}).get("challenge", ""))
        if answer.status != 200 or answered != challenge:
            raise NotPossible(f"{url} did not answer the url_verification challenge (HTTP {answer.status})")

    async def send(self, kind: Kind, payload: Json, *, attempt: int, reason: str, timeout: float) -> Reply:
        app = self._world.app
        form = "application/x-www-form-urlencoded"
        if kind == "events_api":
            url, body, content = app.events_url, json.dumps(payload, ensure_ascii=False).encode(), "application/json"
        elif kind == "slash_commands":
            url, body, content = app.commands_url or app.interactivity_url, urlencode(payload).encode(), form
        else:
            url = (app.options_url if kind == "options" else "") or app.interactivity_url
            body, content = urlencode({"payload": json.dumps(payload, ensure_ascii=False)}).encode(), form
        if not url:
            return Reply("no_request_url")
        headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
        try:
            answer = await self._post(url, body, content, headers, timeout)
        except (TimeoutError, aiohttp.ClientError) as error:
            return Reply(next(reason for kinds, reason in _REASONS if isinstance(error, kinds)))
        if not 200 <= answer.status < 300:
            return Reply("http_error", no_retry=answer.no_retry)
        if kind == "events_api" or not answer.text.strip():
            return Reply()
        return Reply(body=_object(answer.text) if answer.content_type == "application/json" else {"text": answer.text})

    async def _post(self, url: str, body: bytes, content: str, headers: dict[str, str], timeout: float) -> _Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        timestamp = str(int(time.time()))
        signed = {
            "Content-Type": content,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._world.app.signing_secret, timestamp, body),
            **headers,
        }
        async with self._session.post(
            url, data=body, headers=signed, max_redirects=_REDIRECTS, timeout=aiohttp.ClientTimeout(total=timeout)
        ) as answer:
            text = (await answer.content.read(_ANSWER_LIMIT)).decode(errors="replace")
            return _Answer(answer.status, answer.content_type, text, answer.headers.get("X-Slack-No-Retry") == "1")


def _object(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
