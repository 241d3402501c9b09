"""The message shortcut: asks with somebody's message, for one's own eyes."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.office.work import Asked, Place, Work
from bot.slack.bot import Bot
from bot.slack.incoming import words

CALLBACK = "ask_about_message"


def register(app: AsyncApp, bot: Bot) -> None:
    @app.message_shortcut(CALLBACK)
    async def ask(ack: AsyncAck, shortcut: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        key = f"shortcut:{shortcut['trigger_id']}"
        place = Place(context.team_id or "", shortcut["channel"]["id"], key, context.enterprise_id or "")
        text = words(str(shortcut["message"].get("text") or ""))
        await bot.take(Work(place, key, shortcut["user"]["id"], Asked(text), shortcut["response_url"]))
