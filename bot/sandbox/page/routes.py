"""The page's addresses: the page itself, its style and script, files to look at, and what has been read."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.sandbox.page.render import environment
from bot.sandbox.page.scene import ReadMarks, Scenes
from bot.sandbox.posting import file_type
from bot.sandbox.server import Sandbox
from bot.sandbox.world import File

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STATIC = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "elements.js": "text/javascript",
    "composer.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif"})
_THEMES = frozenset({"light", "dark"})


def add_page(app: web.Application, sandbox: Sandbox) -> None:
    """Adds the page to the sandbox's application: `/` and everything under `/page/`.

    What a person does on it goes to the control API, and changes come from its stream.
    """
    marks = ReadMarks()
    scenes = Scenes(sandbox, marks)

    async def page(request: web.Request) -> web.Response:
        place = await scenes.place(request.query)
        theme = request.cookies.get("theme", "")
        values = scenes.scene(place, request.query.get("since"))
        html = environment().get_template("page.html").render(values, theme=theme if theme in _THEMES else "")
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def static(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _STATIC:
            raise web.HTTPNotFound
        body = files("bot.sandbox.page").joinpath("static", name).read_bytes()
        return web.Response(
            body=body, content_type=_STATIC[name], charset="utf-8", headers={**_HEADERS, "Cache-Control": "no-cache"}
        )

    async def file(request: web.Request) -> web.Response:
        found = sandbox.world.files.get(request.match_info["id"])
        if found is None or found.deleted or not _may_see(sandbox, found, request.query.get("as", "")):
            raise web.HTTPNotFound(text="there is no such file for this person")
        kind = file_type(found.name)[1]
        shown = kind in _SHOWN_IMAGES
        headers = dict(_HEADERS)
        if not shown:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
        return web.Response(body=found.content, content_type=kind if shown else "application/octet-stream", headers=headers)

    async def read(request: web.Request) -> web.Response:
        try:
            body: Any = json.loads(await request.read())
        except ValueError:
            body = None
        whole = isinstance(body, dict) and all(isinstance(body.get(name), str) for name in ("user", "channel", "ts"))
        if request.content_type != "application/json" or not whole:
            raise web.HTTPBadRequest(text="send user, channel and ts as JSON")
        marks.read(body["user"], body["channel"], body["ts"])
        return web.json_response({"ok": True})

    app.add_routes(
        [
            web.get("/", page),
            web.get("/page/static/{name}", static),
            web.get("/page/file/{id}/{name}", file),
            web.post("/page/read", read),
        ]
    )


def _may_see(sandbox: Sandbox, file: File, user: str) -> bool:
    channels = (sandbox.world.channels[channel] for channel in file.channels)
    return file.user == user or any(channel.kind == "public" or user in channel.members for channel in channels)
