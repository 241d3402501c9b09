"""`python -m benchmarks.slack_stub PORT`: a Web API that says yes to everything, and how often it was asked to post."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from aiohttp import web

ME = {"ok": True, "user_id": "U0BOT00001", "bot_id": "B0BOT00001", "team_id": "T0BENCH001", "user": "bot", "team": "bench"}
PERSON = {"ok": True, "user": {"id": "U0PERSON01", "tz": "Asia/Shanghai", "locale": "zh-CN"}}


def application() -> web.Application:
    posted: dict[str, float] = {}

    async def call(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "auth.test":
            return web.json_response(ME)
        if method == "users.info":
            return web.json_response(PERSON)
        body: Any = await request.json() if request.content_type == "application/json" else await request.post()
        if method == "chat.postMessage":
            posted[f"{body.get('thread_ts')}:{len(posted) if body.get('thread_ts') in posted else ''}"] = time.time()
        return web.json_response({"ok": True, "ts": f"{time.time():.6f}", "channel": body.get("channel", "")})

    async def seen(_: web.Request) -> web.Response:
        return web.Response(text=json.dumps(posted), content_type="application/json")

    app = web.Application()
    app.router.add_get("/posted", seen)
    app.router.add_route("*", "/api/{method}", call)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
