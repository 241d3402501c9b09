"""The HTTP application: Web API, sockets, uploads and downloads, response URLs, the install page, the control API."""

from __future__ import annotations

import html
import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aiohttp import web

from bot.sandbox import control
from bot.sandbox.errors import SlackError
from bot.sandbox.posting import file_type
from bot.sandbox.server import Sandbox
from bot.sandbox.webapi.http import handle, usable_token
from bot.sandbox.world import File, Refusal

_BODY_LIMIT = 1024 * 1024 * 1024
_LOGIN = """<!DOCTYPE html>
<html lang="en"><head><title>Sign in</title></head>
<body><h1>Sign in to your workspace</h1><p>You need to sign in to see this page.</p></body></html>
"""
_CONSENT = """<!DOCTYPE html>
<html lang="en"><head><title>{app} is requesting permission</title></head>
<body><h1>{app} is requesting permission to access a workspace</h1><ul>{scopes}</ul>
<form method="post" action="/oauth/v2/authorize?{query}">
<label>Allow as <select name="user">{people}</select></label>
<button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Cancel</button>
</form></body></html>
"""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _from_here_only(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Nothing but this machine, and no page of another site, may talk to the sandbox."""
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not _is_loopback(host) or (origin is not None and not _is_loopback(urlsplit(origin).hostname or "")):
        return web.Response(status=403, text="the sandbox serves this machine only")
    return await handler(request)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def application(sandbox: Sandbox) -> web.Application:
    """All routes of the sandbox."""
    app = web.Application(middlewares=[_from_here_only], client_max_size=_BODY_LIMIT)

    async def api(request: web.Request) -> web.StreamResponse:
        return await handle(sandbox, request)

    async def upload(request: web.Request) -> web.StreamResponse:
        return await _upload(sandbox, request)

    async def download(request: web.Request) -> web.StreamResponse:
        return _download(sandbox, request)

    async def respond(request: web.Request) -> web.StreamResponse:
        return await _respond(sandbox, request)

    async def consent(request: web.Request) -> web.StreamResponse:
        return await _consent(sandbox, request)

    app.add_routes(
        [
            web.route("*", "/api/{method}", api),
            web.get("/link", sandbox.hub.handle),
            web.route("*", "/upload/v1/{secret}", upload),
            web.get("/files-pri/{key}/{name}", download),
            web.get("/files-pri/{key}/download/{name}", download),
            web.get("/signin", _signin),
            web.post("/actions/{team}/{secret}", respond),
            web.get("/oauth/v2/authorize", consent),
            web.post("/oauth/v2/authorize", consent),
            *control.routes(sandbox),
        ]
    )
    return app


async def _upload(sandbox: Sandbox, request: web.Request) -> web.Response:
    """The second step of an upload: the bytes, raw or as a form."""
    secret = request.match_info["secret"]
    file = next((f for f in sandbox.world.files.values() if f.upload_secret == secret), None)
    if file is None or file.complete or request.method not in ("POST", "PUT"):
        return web.Response(status=404, text="upload URL not found")
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            file.content = bytes(await part.read())  # type: ignore[union-attr]
    else:
        file.content = await request.read()
    return web.Response(text=f"OK - {len(file.content)}")


def _download(sandbox: Sandbox, request: web.Request) -> web.Response:
    """A file's bytes for a token that may read it; anybody else is led to a login page, which answers 200."""
    _team, _, file_id = request.match_info["key"].partition("-")
    file = sandbox.world.files.get(file_id)
    header = request.headers.get("Authorization", "")
    if file is None or file.deleted:
        return web.Response(status=404, text=_LOGIN, content_type="text/html")
    if not _may_read(sandbox, file, header.removeprefix("Bearer ") if header.startswith("Bearer ") else ""):
        sandbox.world.refuse(
            Refusal(sandbox.world.now(), "files.download", "not_authorised", file.team_id, request={"file": file.id})
        )
        raise web.HTTPFound(f"/signin?{urlencode({'redir': request.path})}")
    disposition = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return web.Response(
        body=file.content, content_type=file_type(file.name)[1], headers={"Content-Disposition": disposition}
    )


def _may_read(sandbox: Sandbox, file: File, value: str) -> bool:
    try:
        token = usable_token(sandbox, value)
    except SlackError:
        return False
    allowed = token.team_id == file.team_id and "files:read" in token.scopes
    return allowed and sandbox.world.may_see_file(file, token.user_id)


async def _signin(_request: web.Request) -> web.Response:
    return web.Response(text=_LOGIN, content_type="text/html")


async def _respond(sandbox: Sandbox, request: web.Request) -> web.Response:
    """A response_url: `ok`, or why not."""
    raw = await request.read()
    if request.content_type == "application/x-www-form-urlencoded":
        raw = dict(parse_qsl(raw.decode(errors="replace"))).get("payload", "").encode()
    try:
        sandbox.hooks.use(request.match_info["secret"], raw)
    except SlackError as error:
        world = sandbox.world
        text = raw.decode(errors="replace")
        world.refuse(
            Refusal(
                world.now(),
                "response_url",
                error.error,
                request.match_info["team"],
                error.messages,
                error.pointers,
                request={"body": text},
            )
        )
        body = {"ok": False, "error": error.error}
        if error.messages:
            body |= {"response_metadata": {"messages": list(error.messages)}}
        return web.json_response(body, status=error.status)
    return web.Response(text="ok")


async def _consent(sandbox: Sandbox, request: web.Request) -> web.StreamResponse:
    """The page that asks for consent to an install, and the way back to the app with a code."""
    query = request.query
    world = sandbox.world
    scopes = tuple(s for s in query.get("scope", "").replace(" ", ",").split(",") if s)
    user_scopes = tuple(s for s in query.get("user_scope", "").replace(" ", ",").split(",") if s)
    redirect = query.get("redirect_uri", "") or next(iter(world.app.redirect_urls), "")
    try:
        sandbox.oauth.check_request(query.get("client_id", ""), scopes, user_scopes, redirect)
        if not redirect:
            raise SlackError("bad_redirect_uri")
    except SlackError as error:
        world.refuse(Refusal(world.now(), "oauth.v2.authorize", error.error, messages=error.messages, request=dict(query)))
        text = html.escape(f"{error.error} {' '.join(error.messages)}")
        return web.Response(status=400, text=f"<!DOCTYPE html><title>Error</title><p>{text}</p>", content_type="text/html")
    if request.method == "GET":
        everybody = [p for p in world.people.values() if not p.is_bot]
        people = "".join(
            f'<option value="{p.id}">{html.escape(p.real_name)} ({html.escape(world.teams[p.team_id].name)})</option>'
            for p in everybody
        )
        listed = "".join(f"<li>{html.escape(scope)}</li>" for scope in (*scopes, *user_scopes))
        page = _CONSENT.format(
            app=html.escape(world.app.name), scopes=listed, query=html.escape(urlencode(dict(query))), people=people
        )
        return web.Response(text=page, content_type="text/html")
    form = await request.post()
    person = world.people.get(str(form.get("user")))
    back = {"state": query.get("state", "")}
    if person is None or form.get("answer") != "allow":
        back["error"] = "access_denied"
    else:
        back["code"] = sandbox.oauth.new_code(person, scopes, user_scopes, query.get("redirect_uri", ""))
    joint = "&" if urlsplit(redirect).query else "?"
    return web.Response(status=302, headers={"Location": f"{redirect}{joint}{urlencode(back)}"})
