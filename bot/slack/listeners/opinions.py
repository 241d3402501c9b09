"""What people think of an answer, and questions that a person should take over."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Given, Gone, number_of
from bot.slack.blocks.answers import Message
from bot.slack.blocks.modals import feedback_view, metadata_of, state_of
from bot.slack.blocks.notices import hand_over_message
from bot.slack.blocks.text import context as small_print
from bot.slack.blocks.text import escape, mention
from bot.slack.bot import Bot
from bot.slack.phrases import ui
from bot.slack.press import Press
from bot.slack.problems import reason_of

Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action("feedback")
    async def judged(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        verdict = "up" if press.value.startswith("up") else "down"
        language = await bot.language(client, press.team, press.user)
        try:
            await bot.given(press)
        except Gone:
            await _say(bot, press, ui("gone", language))
            return
        await bot.office.judge(press.team, press.ref, press.user, verdict)
        if verdict == "down":
            view = bot.stamps.stamped(feedback_view(press.ref, language), press.team, press.user)
            await client.views_open(trigger_id=press.trigger, view=view)
        else:
            await _say(bot, press, ui("thanks_up", language))

    @app.view("reason")
    async def reasoned(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        await ack()
        filled = state_of(view)
        await bot.office.judge(
            context.team_id or "",
            metadata_of(view)["ref"],
            str(body["user"]["id"]),
            "down",
            filled.get("reason", ""),
            filled.get("comment", ""),
        )

    @app.action("ask_person")
    async def hand_over(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        language = await bot.language(client, press.team, press.user)
        try:
            given = await bot.given(press)
        except Gone:
            await _say(bot, press, ui("gone", language))
            return
        target = (await bot.office.preferences(press.team)).hand_over
        if not target:
            await _say(bot, press, ui("no_target", language, command=bot.command))
        elif not await bot.office.hand_over(press.team, press.ref, press.user, target):
            await _say_escaped(bot, press, ui("handed_over_before", language, target=mention(target)))
        else:
            await _pass_on(bot, client, press, given, target)


async def _pass_on(bot: Bot, client: AsyncWebClient, press: Press, given: Given, target: str) -> None:
    language = given.answers[number_of(press.ref)].language
    link = None if press.private else await _permalink(client, press)
    message = hand_over_message(given, number_of(press.ref), press.user, link)
    try:
        await client.chat_postMessage(
            channel=target, text=message.text, blocks=message.blocks, unfurl_links=False, unfurl_media=False
        )
    except SlackApiError as error:
        await bot.office.take_back_hand_over(press.team, press.ref)
        reason = escape(reason_of(error, language))
        await _say_escaped(
            bot,
            press,
            ui("target_unreachable", language, target=mention(target), reason=reason, command=bot.command),
        )
        return
    await _say_escaped(bot, press, ui("handed_over", language, target=mention(target)))


async def _permalink(client: AsyncWebClient, press: Press) -> str | None:
    try:
        return str((await client.chat_getPermalink(channel=press.channel, message_ts=press.message))["permalink"])
    except SlackApiError:
        return None  # the question itself is passed on; the link is a convenience


async def _say(bot: Bot, press: Press, text: str) -> None:
    await _say_escaped(bot, press, escape(text))


async def _say_escaped(bot: Bot, press: Press, text: str) -> None:
    await bot.whisper(press.response_url, Message(text, [small_print([text])]), press.notice_thread)
