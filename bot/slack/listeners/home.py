"""App Home: its tab, the prompts above the messages, questions to try, one's own language."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Person
from bot.office.work import Asked, Place, Work
from bot.rulebook.models import Language
from bot.slack.blocks.home import examples_of, finding_view
from bot.slack.blocks.modals import notice_view
from bot.slack.blocks.text import escape
from bot.slack.bot import Bot
from bot.slack.clients import error_of
from bot.slack.logs import log
from bot.slack.members import joined_of
from bot.slack.phrases import ui
from bot.slack.press import Press

PROMPTS = 4
Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    @app.event("app_home_opened")
    async def opened(event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team, user = context.team_id or "", str(event["user"])
        if event.get("tab") == "home":
            bot.homes.opened(team, context.enterprise_id or "", user)
        elif event.get("tab") == "messages":
            await _prompt(bot, client, str(event["channel"]), await bot.language(client, team, user))

    @app.action(re.compile(r"^try_\d+$"))
    async def tried(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        question = str(body["actions"][0]["text"]["text"])
        # The answer needs a message to hang on: the question, in the direct messages of whoever pressed.
        posted = await client.chat_postMessage(channel=press.user, text=escape(question))
        place = Place(press.team, str(posted["channel"]), str(posted["ts"]), press.enterprise)
        await bot.take(Work(place, f"try:{posted['ts']}", press.user, Asked(question)))

    @app.action("my_language")
    async def language_chosen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        value = press.value if press.value in ("en", "zh") else ""
        await bot.office.prefer(press.team, press.user, "language", value, press.user)
        bot.homes.opened(press.team, press.enterprise, press.user)

    @app.action("finding")
    async def finding(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        profile = await bot.people.of(client, press.team, press.user)
        person = Person(press.user, profile.zone, profile.guest)
        language = await bot.language(client, press.team, press.user)
        channels = await joined_of(client, press.user, await bot.office.channels_with_uploads(press.team))
        found = await bot.office.finding(press.team, person, channels, press.value)
        if found is None:
            view = notice_view(ui("finding_title", language), ui("finding_gone", language), [], language)
        else:
            answer = await bot.office.opened(found.check.rule, press.team, person, language)
            view = finding_view(found, bot.office.rule(answer), answer)
        await client.views_open(trigger_id=press.trigger, view=view)


async def _prompt(bot: Bot, client: AsyncWebClient, channel: str, language: Language) -> None:
    prompts = [{"title": text, "message": text} for _, text in examples_of(bot.office.book, language)[:PROMPTS]]
    try:
        await client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
    except SlackApiError as error:
        # Prompts are an offer of some workspaces' plans; everything else works without them.
        log.info("prompts not shown", error=error_of(error))
