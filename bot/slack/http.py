"""The bot over HTTP: Slack's requests, installation, health and figures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from slack_bolt.adapter.starlette.async_handler import (
    AsyncSlackRequestHandler,
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.slack.bot import Bot

MAX_BODY = 1_000_000
"""Bytes of a request: Slack's are far smaller."""
GRACE_SECONDS = 5


def http_app(app: AsyncApp, bot: Bot, signing_secret: str, installs: bool) -> Starlette:
    """Slack's requests, installation where workspaces do that themselves, health and figures."""
    verifier = SignatureVerifier(signing_secret)

    async def events(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response(status_code=413)
        if not _is_signed(verifier, body, request):
            return Response(status_code=401)
        try:
            bolt_request = to_async_bolt_request(request, body)
        except (ValueError, TypeError, AttributeError):
            # What Bolt raises over JSON that is not a payload of Slack's.
            return Response("not a payload of Slack's", status_code=400)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    routes = [Route("/slack/events", events, methods=["POST"])]
    if installs and app.oauth_flow is not None:
        handler = AsyncSlackRequestHandler(app)
        routes += [
            Route(app.oauth_flow.install_path, handler.handle, methods=["GET"]),
            Route(app.oauth_flow.redirect_uri_path, handler.handle, methods=["GET"]),
        ]
    return Starlette(routes=[*routes, *_side_routes(bot)])


def side_app(bot: Bot) -> Starlette:
    """Health and figures alone, beside Socket Mode."""
    return Starlette(routes=_side_routes(bot))


def _is_signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    """Whether Slack sent this, just now. slack_sdk's check stumbles over what Slack would never send."""
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body=body, timestamp=stamp, signature=signature)
    except UnicodeDecodeError:
        return False


async def _body(request: Request) -> bytes | None:
    """The request's body; None where it is too large, whatever its header says."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


def _side_routes(bot: Bot) -> list[Route]:
    async def health(_: Request) -> Response:
        sound = await bot.office.is_sound()
        return JSONResponse({"ok": sound, "pages": len(bot.office.book.active_pages)}, 200 if sound else 503)

    async def metrics(_: Request) -> Response:
        return Response(bot.metrics.text(), media_type="text/plain; version=0.0.4")

    return [Route("/healthz", health), Route("/metrics", metrics)]


class _Server(uvicorn.Server):
    """Leaves signals to us: they also finish the work under way."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def listen(app: Starlette, host: str, port: int, stop: asyncio.Event) -> None:
    """Serves `app` until `stop`, or until the server ends by itself (the port is taken)."""
    server = _Server(
        uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_SECONDS)
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
