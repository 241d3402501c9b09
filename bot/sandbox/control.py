"""The control API under /sandbox: acting as a person, moving the clock, reading what happened. Thin over `Sandbox`."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.errors import NotPossible
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Json

ACTIONS = frozenset(
    {
        "act",
        "archive",
        "attach_files",
        "change_person",
        "close_view",
        "configure",
        "create_channel",
        "delete_message",
        "delete_upload",
        "disconnect",
        "edit_message",
        "fail_next",
        "install",
        "invite",
        "join",
        "leave",
        "move_clock",
        "open_dm",
        "open_home",
        "post_as_bot",
        "post_message",
        "react",
        "redeliver",
        "remove",
        "revoke_token",
        "run_command",
        "settled",
        "stop_session",
        "submit_view",
        "suggest_options",
        "uninstall",
        "upload_files",
        "use_prompt",
        "use_shortcut",
    }
)
READS = frozenset({"assistant", "deliveries", "messages", "overview", "prompts", "refusals", "views"})
_HEARTBEAT = 15.0


def routes(sandbox: Sandbox) -> list[web.RouteDef]:
    """The routes of the control API."""

    async def act(request: web.Request) -> web.Response:
        name = request.match_info["action"]
        if name not in ACTIONS:
            return _no(404, f"there is no action {name}: see docs/sandbox.md")
        if request.content_type == "multipart/form-data" and name in ("upload_files", "attach_files"):
            arguments = await _form(request)
        else:
            arguments = await _body(request)
        return await _call(getattr(sandbox, name), arguments)

    async def read(request: web.Request) -> web.Response:
        name = request.match_info["what"]
        if name not in READS:
            return _no(404, f"there is nothing called {name} to read: see docs/sandbox.md")
        arguments: Json = dict(request.query)
        if "injected" in arguments:
            arguments["injected"] = arguments["injected"] == "true"
        return await _call(getattr(sandbox, name), arguments)

    async def stream(request: web.Request) -> web.StreamResponse:
        return await _stream(sandbox, request)

    async def credentials(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": connection_settings(sandbox)})

    return [
        web.post("/sandbox/do/{action}", act),
        web.get("/sandbox/stream", stream),
        web.get("/sandbox/settings", credentials),
        web.get("/sandbox/{what}", read),
    ]


def connection_settings(sandbox: Sandbox) -> dict[str, str]:
    """The environment with which an app connects to the sandbox."""
    world = sandbox.world
    team = next((team for team, install in world.installs.items() if install.active), "")
    bot = world.bot_token(team)
    return {
        "SLACK_API_URL": f"{world.base_url}/api/",
        "SLACK_BOT_TOKEN": bot.value if bot else "",
        "SLACK_APP_TOKEN": world.app_token().value,
        "SLACK_SIGNING_SECRET": world.app.signing_secret,
        "SLACK_CLIENT_ID": world.app.client_id,
        "SLACK_CLIENT_SECRET": world.app.client_secret,
    }


async def _body(request: web.Request) -> Json:
    raw = await request.read()
    if request.content_type != "application/json" and raw:
        raise _bad("send the arguments as a JSON object")
    try:
        body = json.loads(raw or b"{}")
    except ValueError as exc:
        raise _bad(f"the body is not JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise _bad("send the arguments as a JSON object")
    if "files" in body:
        body["files"] = [(one["name"], one["text"].encode()) for one in body["files"]]
    return body


async def _form(request: web.Request) -> Json:
    """Multipart fields as arguments; each part with a file name is a file."""
    arguments: Json = {"files": []}
    async for part in await request.multipart():
        name = getattr(part, "name", None)
        if getattr(part, "filename", None):
            arguments["files"].append((part.filename, bytes(await part.read())))  # type: ignore[union-attr]
        elif name:
            arguments[name] = (await part.read()).decode()  # type: ignore[union-attr]
    return arguments


async def _call(method: Callable[..., Any], arguments: Json) -> web.Response:
    try:
        inspect.signature(method).bind(**arguments)
    except TypeError as exc:
        return _no(400, f"{method.__name__}: {exc}")
    try:
        result = method(**arguments)
        if isinstance(result, Awaitable):
            result = await result
    except NotPossible as exc:
        return _no(409, str(exc))
    return web.json_response(
        {"ok": True, "result": asdict(result) if is_dataclass(result) and not isinstance(result, type) else result}
    )


async def _stream(sandbox: Sandbox, request: web.Request) -> web.StreamResponse:
    """Changes as server-sent events, with a comment now and then so that a dead reader is noticed."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    queue = sandbox.subscribe()
    try:
        await response.write(b": connected\n\n")
        while True:
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    change = await queue.get()
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            await response.write(f"data: {json.dumps(change, ensure_ascii=False)}\n\n".encode())
            if change["type"] == "closed":
                return response
    except ConnectionError:
        return response
    finally:
        sandbox.unsubscribe(queue)


def _no(status: int, error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)


def _bad(error: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"ok": False, "error": error}), content_type="application/json")
