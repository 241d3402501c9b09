"""The slash command: a question, or one of a few words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.work import Asked, Place, Work
from bot.slack.blocks.answers import Message
from bot.slack.blocks.notices import help_message
from bot.slack.blocks.rules import rules_message
from bot.slack.blocks.text import escape, rich, run, section
from bot.slack.bot import Bot
from bot.slack.incoming import words
from bot.slack.listeners.digests import open_digests
from bot.slack.listeners.reports import list_data
from bot.slack.listeners.settings import open_settings
from bot.slack.phrases import ui

Command = dict[str, Any]
Handler = Callable[[Bot, Command, str, AsyncBoltContext, AsyncWebClient], Awaitable[None]]


def register(app: AsyncApp, bot: Bot) -> None:
    @app.command(bot.command)
    async def command(ack: AsyncAck, command: Command, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        text = words(str(command.get("text") or ""))
        name, _, rest = text.partition(" ")
        handler = _HANDLERS.get(name.lower())
        if handler:
            await handler(bot, command, rest.strip(), context, client)
        elif text:
            await _ask(bot, command, text, context, client)
        else:
            await _help(bot, command, "", context, client)


async def _ask(bot: Bot, command: Command, text: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    if not text:
        await _help(bot, command, "", context, client)
        return
    key = f"command:{command['trigger_id']}"
    place = Place(context.team_id or "", str(command["channel_id"]), key, context.enterprise_id or "")
    await bot.take(Work(place, key, str(command["user_id"]), Asked(text), str(command["response_url"])))


async def _help(bot: Bot, command: Command, _: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    language = await bot.language(client, context.team_id or "", str(command["user_id"]))
    await bot.whisper(str(command["response_url"]), help_message(bot.command, language))


async def _rules(bot: Bot, command: Command, word: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    language = await bot.language(client, context.team_id or "", str(command["user_id"]))
    await bot.whisper(str(command["response_url"]), rules_message(bot.office.book, word, language))


async def _calendar(bot: Bot, command: Command, text: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    typed = str(command.get("text") or "").lstrip()
    await _ask(bot, command, f"{'政策日历' if typed.startswith('日历') else 'policy calendar'} {text}", context, client)


async def _settings(bot: Bot, command: Command, _: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    team, user = context.team_id or "", str(command["user_id"])
    await open_settings(bot, team, user, client, client.views_open, str(command["trigger_id"]))


async def _check(bot: Bot, command: Command, _: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    language = await bot.language(client, context.team_id or "", str(command["user_id"]))
    text = ui("check_how", language, command=bot.command, limit=bot.office.largest_file // 1_000_000)
    await bot.whisper(str(command["response_url"]), Message(escape(text), [rich([section([run(text)])])]))


async def _data(bot: Bot, command: Command, _: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    team, user, channel = context.team_id or "", str(command["user_id"]), str(command["channel_id"])
    await bot.whisper(str(command["response_url"]), await list_data(bot, client, team, user, channel))


async def _digest(bot: Bot, command: Command, _: str, context: AsyncBoltContext, client: AsyncWebClient) -> None:
    team, user, channel = context.team_id or "", str(command["user_id"]), str(command["channel_id"])
    await open_digests(bot, client, team, user, channel, str(command["trigger_id"]), str(command["response_url"]))


_HANDLERS: Mapping[str, Handler] = {
    "ask": _ask,
    "提问": _ask,
    "check": _check,
    "检查": _check,
    "data": _data,
    "数据": _data,
    "digest": _digest,
    "简报": _digest,
    "rules": _rules,
    "规则": _rules,
    "calendar": _calendar,
    "日历": _calendar,
    "settings": _settings,
    "设置": _settings,
    "help": _help,
    "帮助": _help,
}
