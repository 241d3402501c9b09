"""Pages: picking one of several, showing the rule behind an answer, showing an answer whole, sharing it."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Gone, number_of
from bot.office.work import Opened, Work
from bot.slack.blocks.answers import answer_message
from bot.slack.blocks.modals import View, notice_view, rule_view, whole_view
from bot.slack.blocks.text import person, rich, run, section
from bot.slack.bot import Bot
from bot.slack.logs import log
from bot.slack.phrases import ui
from bot.slack.press import Press

Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action(re.compile(r"^open_(\d+|related|topic)$"))
    async def opened(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        if press.value not in bot.office.book.pages or not press.channel:
            return
        place = press.place(await _private_thread(bot, press))
        # Each press of a list counts: a topic may be looked at twice. A press that Slack repeats has the same time.
        key = f"open:{press.message}:{press.at}"
        reply_to = press.response_url if press.private else ""
        await bot.take(Work(place, key, press.user, Opened(press.value, press.ref), reply_to))

    @app.action("show_rule")
    async def show_rule(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _show(bot, client, Press.of(body, context.team_id), whole=False)

    @app.action("show_all")
    async def show_all(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _show(bot, client, Press.of(body, context.team_id), whole=True)

    @app.action("share")
    async def share(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        try:
            given = await bot.office.share(await bot.given(press))
        except Gone:
            return
        language = given.answers[0].language
        message = answer_message(given)
        by = rich([section([run(ui("shared_by", language) + " "), person(press.user)])])
        # The press's own address works in channels that the bot is not in, too.
        response = await bot.clients.webhook(press.response_url).send_dict(
            {
                "text": message.text,
                "blocks": [by, *message.blocks],
                "response_type": "in_channel",
                "replace_original": False,
            }
        )
        if response.status_code != 200:
            log.error("answer could not be shared", status=response.status_code, body=response.body[:200])
            return
        await bot.clients.webhook(press.response_url).send_dict({"delete_original": True})


async def _private_thread(bot: Bot, press: Press) -> str:
    try:
        return (await bot.given(press)).place.thread
    except Gone:
        return f"list:{press.message}"


async def _show(bot: Bot, client: AsyncWebClient, press: Press, whole: bool) -> None:
    view: View | None = None
    try:
        answer = (await bot.given(press)).answers[number_of(press.ref)]
        page = None if whole else bot.office.rule(answer)
        view = rule_view(page, answer) if page else whole_view(answer)
    except Gone:
        language = await bot.language(client, press.team, press.user)
        view = notice_view(ui("rule_title", language), ui("gone", language), [], language)
    await client.views_open(trigger_id=press.trigger, view=view)
