"""`python -m benchmarks.slack_bots NAME PORT`: the bots that `slack_path` compares."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.compiled import Workshop
from bot.conversation import Thread
from bot.desk import Asker, Desk, Reply
from bot.gaps import Gap, KeptQuestion
from bot.library import Library
from bot.office.office import Given, Office
from bot.office.work import Place
from bot.rulebook.book import Rulebook
from bot.rulebook.values import Value
from bot.settings import Settings, SlackSettings
from bot.slack.blocks.answers import answer_message
from bot.slack.clients import make_client
from bot.slack.http import http_app
from bot.slack.serve import running
from bot.store import open_store
from tests.shop import write_shop

QUESTION = "may I fly a kite?"


class Prepared:
    """Clerks whose answer is ready: what is left is the way through Slack."""

    def __init__(self, desk: Desk) -> None:
        self.book: Rulebook = desk.book
        self.reply: Reply = desk.ask(QUESTION, Asker(date(2026, 11, 22)))

    async def ask(self, text: str, asker: Asker, thread: Thread) -> Reply:
        return self.reply

    async def tell(self, values: Mapping[str, Value], asker: Asker, thread: Thread) -> Reply:
        return self.reply

    async def open(self, page_id: str, asker: Asker, thread: Thread) -> Reply:
        return self.reply

    async def gaps(self, kept: Sequence[KeptQuestion], today: date, limit: int) -> tuple[Gap, ...]:
        return ()

    async def refresh(self) -> None:
        """Nothing changes here."""

    def close(self) -> None:
        """Nothing to close."""


def plain_app(posts: dict[str, Any] | None, session: aiohttp.ClientSession) -> Starlette:
    """A bot of Bolt's alone: its handlers are empty, or post the same message again and again."""
    client = make_client(os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"], session)
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], client: Any) -> None:
        if posts is not None:
            await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], **posts)

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


async def main(name: str, port: int) -> None:
    with TemporaryDirectory() as folder:
        clerks = Prepared(Desk(Library(write_shop(Path(folder) / "shop"), Workshop(None, None))))
        if name == "sellerbot":
            store = Settings().store
            office = Office(clerks, open_store(store))
            async with running(SlackSettings(), office) as (app, bot):
                await _serve(http_app(app, bot, os.environ["SLACK_SIGNING_SECRET"], installs=False), port)
            return
        given = Given("answer", clerks.reply.answers, Place("T1", "C1", "1.1"), "U1", QUESTION)
        message = answer_message(given)
        posts = {"text": message.text, "blocks": message.blocks} if name == "fixed" else None
        async with aiohttp.ClientSession() as session:
            await _serve(plain_app(posts, session), port)


async def _serve(app: Starlette, port: int) -> None:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
