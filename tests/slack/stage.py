"""A stage for the bot: the sandbox on a real socket, the real app connected to it, and people who talk to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.office.office import Office
from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.settings import SlackSettings
from bot.slack.bot import Bot
from bot.slack.manifest import manifest
from bot.slack.serve import running

Json = dict[str, Any]
PATIENCE = 60.0


async def until(condition: Callable[[], Any], what: str = "that") -> Any:
    """Waits for `condition` to become true, and returns its value."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        value = condition()
        if value:
            return value
        await asyncio.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {PATIENCE} seconds")


@dataclass
class Stage:
    """The sandbox and the bot; methods act as people and read what they see."""

    sandbox: Sandbox
    bot: Bot

    async def ask(self, user: str, channel: str, text: str, thread: str | None = None, copies: int = 1) -> Json:
        """Posts a message and returns it once the bot is done with it."""
        message = await self.sandbox.post_message(user, channel, text, thread_ts=thread, copies=copies)
        await self.quiet()
        return message

    async def quiet(self) -> None:
        """Waits until every delivery was acknowledged and all work is finished."""
        await until(lambda: not self.sandbox.dispatcher._tasks, "an acknowledgement of everything")
        await until(lambda: not _listening(), "the end of every listener")
        await self.bot.delivery.settled()

    def answers(self, user: str, channel: str, thread: str) -> list[Json]:
        """The bot's messages in a thread."""
        shown = self.sandbox.messages(user, channel, thread_ts=thread)
        return [one for one in shown if one.get("bot_id") and one["ts"] != thread and not one.get("_ephemeral")]

    def private(self, user: str, channel: str) -> list[Json]:
        """The messages that only this person sees."""
        return [one for one in self.sandbox.messages(user, channel) if one.get("_ephemeral")]

    async def press(self, user: str, channel: str, message: Json, label: str) -> Json:
        """Presses the button called `label` under a message."""
        block, element = find(message, lambda one: one.get("type") == "button" and one["text"]["text"] == label)
        result = await self.sandbox.act(
            user, element["action_id"], block_id=block["block_id"], channel=channel, ts=message["ts"]
        )
        await self.quiet()
        return result

    async def modal(self, user: str) -> Json:
        """The modal that a person has before them."""
        return await until(lambda: (self.sandbox.views(user)["modals"] or [None])[-1], "a modal")


def _listening() -> list[asyncio.Task[Any]]:
    """Listeners that go on after their acknowledgement."""
    return [task for task in asyncio.all_tasks() if "run_ack_function" in repr(task.get_coro())]


def find(message: Json, wanted: Callable[[Json], bool]) -> tuple[Json, Json]:
    """The first element that is wanted, with its block."""
    for block in message["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {}), block.get("element", {})]:
            if wanted(element):
                return block, element
    raise AssertionError(f"no such element in {labels(message)}")


def labels(message: Json) -> list[str]:
    """The labels of all buttons."""
    return [
        element["text"]["text"]
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


def text_of(view: Json) -> str:
    """Everything that is written in a message or modal."""
    words: list[str] = []
    stack: list[Any] = [view.get("blocks", [])]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                words.append(value["text"])
            stack += reversed([part for part in value.values() if isinstance(part, (dict, list))])
        elif isinstance(value, list):
            stack += reversed(value)
    return " ".join(" ".join(words).split())


def config_for(running_sandbox: RunningSandbox, **more: Any) -> SlackSettings:
    """Settings with which the bot reaches the sandbox over Socket Mode."""
    known = running_sandbox.settings
    values = {
        "bot_token": known["SLACK_BOT_TOKEN"],
        "app_token": known["SLACK_APP_TOKEN"],
        "signing_secret": known["SLACK_SIGNING_SECRET"],
        "api_url": known["SLACK_API_URL"],
    }
    return SlackSettings(_env_file=None, **(values | more))


@asynccontextmanager
async def staged(office: Office) -> AsyncIterator[Stage]:
    """The bot on stage, connected over Socket Mode. At the end Slack must not have refused anything."""
    async with RunningSandbox(rate_limits=False) as sandbox:
        await sandbox.sandbox.configure(manifest=json.loads(json.dumps(manifest(None, True, "/seller"))))
        config = config_for(sandbox)
        async with running(config, office) as (app, bot):
            handler = AsyncSocketModeHandler(app, config.app_token.get_secret_value())  # type: ignore[union-attr]
            await handler.connect_async()
            try:
                yield Stage(sandbox.sandbox, bot)
            finally:
                await handler.close_async()
        # Whoever removed the bot refuses everything from then on.
        assert [one for one in sandbox.sandbox.refusals() if one["error"] != "account_inactive"] == []
