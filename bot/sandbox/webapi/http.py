"""From an HTTP request to a method and back, as slack.com/api does it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from aiohttp import web

from bot.sandbox.errors import SlackError
from bot.sandbox.webapi.call import Args, Call, missing_scope
from bot.sandbox.webapi.registry import METHODS, Method
from bot.sandbox.world import Json, Refusal, Token

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

_BODY_LIMIT = 4 * 1024 * 1024
_ARGUMENT_NAME = re.compile(r"\w{1,80}", re.ASCII)


async def handle(sandbox: Sandbox, request: web.Request) -> web.Response:
    """Answers a request for /api/<method>."""
    name = request.match_info["method"]
    warnings: list[str] = []
    call = Call(sandbox, name, Args({}))
    try:
        found = METHODS.get(name)
        if found is None:
            raise SlackError("unknown_method", body={"req_method": name})
        call.args = Args(_well_named(await _arguments(request, warnings)))
        _injected(sandbox, name)
        _authorise(call, found, request)
        _limit(call, found)
        body: Json = {"ok": True, **await found.handler(call)}
        if warnings:
            body["warning"] = ",".join(warnings)
            body.setdefault("response_metadata", {})["warnings"] = warnings
        return _answer(body, call, METHODS[name])
    except SlackError as error:
        return _refuse(sandbox, call, error, warnings)


async def _arguments(request: web.Request, warnings: list[str]) -> Json:
    values: Json = dict(request.query)
    if request.method != "POST":
        return values
    raw = await request.read()
    if len(raw) > _BODY_LIMIT:
        raise SlackError("request_too_large", status=413)
    if not raw:
        return values
    if "Content-Type" not in request.headers:
        raise SlackError("missing_post_type")
    kind = request.content_type
    if kind == "multipart/form-data":
        form = await request.post()
        return {**values, **{key: value for key, value in form.items() if isinstance(value, str)}}
    if kind in ("application/x-www-form-urlencoded", "text/plain"):
        try:
            return {**values, **dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True))}
        except UnicodeDecodeError as exc:
            raise SlackError("invalid_form_data") from exc
    if kind != "application/json":
        raise SlackError("invalid_post_type")
    return {**values, **_json_body(raw, request.charset, warnings)}


def _json_body(raw: bytes, charset: str | None, warnings: list[str]) -> Json:
    if charset is None:
        warnings.append("missing_charset")
    elif charset.lower() not in ("utf-8", "iso-8859-1"):
        raise SlackError("invalid_charset")
    try:
        body = json.loads(raw.decode(charset or "utf-8"))
    except ValueError as exc:
        raise SlackError("invalid_json") from exc
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    # A token in a JSON body is not looked at.
    body.pop("token", None)
    return body


def _well_named(values: Json) -> Json:
    for name in values:
        if name.endswith("[]"):
            raise SlackError("invalid_array_arg")
        if not _ARGUMENT_NAME.fullmatch(name):
            raise SlackError("invalid_arg_name")
    return values


def _injected(sandbox: Sandbox, name: str) -> None:
    fault = sandbox.next_fault(name)
    if fault is not None:
        raise fault


def _basic(header: str) -> tuple[str, str] | None:
    try:
        user, _, password = base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _authorise(call: Call, method: Method, request: web.Request) -> None:
    header = request.headers.get("Authorization", "")
    if header.startswith("Basic "):
        call.credentials = _basic(header)
    elif call.args.has("client_id"):
        call.credentials = (call.args.text("client_id"), call.args.text("client_secret"))
    value = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else ""
    if not value and not method.header_only:
        value = call.args.text("token")
    if method.anonymous:
        call.token = call.world.tokens.get(value)
        return
    if not value:
        raise SlackError("not_authed")
    call.token = usable_token(call.sandbox, value)
    if call.token.kind not in method.tokens:
        raise SlackError("not_allowed_token_type")
    if method.scopes and not set(method.scopes) & set(call.token.scopes):
        raise missing_scope(method.scopes, call.token)


def usable_token(sandbox: Sandbox, value: str) -> Token:
    """The token of this value, or why it no longer is one."""
    world = sandbox.world
    token = world.tokens.get(value)
    if token is None or token.kind == "refresh":
        raise SlackError("invalid_auth")
    if token.kind == "app":
        if token.revoked:
            raise SlackError("token_revoked")
        return token
    install = world.installs.get(token.team_id)
    if install is None or not install.active or world.people[token.user_id].deleted:
        raise SlackError("account_inactive")
    if token.revoked:
        raise SlackError("token_revoked")
    if token.expires_at is not None and world.now() >= token.expires_at:
        raise SlackError("token_expired")
    return token


def _limit(call: Call, method: Method) -> None:
    if method.tier is None:
        return
    team = call.token.team_id if call.token else ""
    too_many(call.sandbox.limits.take((method.name, team), method.tier))


def too_many(wait: int) -> None:
    """Refuses with 429 if there is anything to wait for, in seconds."""
    if wait:
        raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})


def _answer(body: Json, call: Call, method: Method) -> web.Response:
    headers = {"X-Slack-Req-Id": call.world.new_id("R")}
    if call.token is not None:
        headers["X-OAuth-Scopes"] = ",".join(call.token.scopes)
        headers["X-Accepted-OAuth-Scopes"] = ",".join(method.scopes)
    return web.json_response(body, headers=headers)


def _refuse(sandbox: Sandbox, call: Call, error: SlackError, warnings: list[str]) -> web.Response:
    world = sandbox.world
    world.refuse(
        Refusal(
            world.now(),
            call.method,
            error.error,
            call.token.team_id if call.token else "",
            error.messages,
            error.pointers,
            error.injected,
            call.args.shown(),
        )
    )
    if error.injected and error.status >= 500:
        return web.Response(status=error.status, text="internal error", headers=error.headers)
    body: Json = {"ok": False, "error": error.error, **error.body}
    metadata: Json = {}
    if error.messages:
        metadata["messages"] = list(error.messages)
    if warnings:
        body["warning"] = ",".join(warnings)
        metadata["warnings"] = warnings
    if metadata:
        body["response_metadata"] = metadata
    return web.json_response(body, status=error.status, headers=error.headers)
