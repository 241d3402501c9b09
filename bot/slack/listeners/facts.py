"""Facts by press: picking one, filling in a form, changing what an answer rests on."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.answering.answer import Answer
from bot.office.office import Given, Gone, number_of
from bot.office.work import Place, Told, Work
from bot.rulebook.models import Language
from bot.rulebook.parsing import BadValue
from bot.slack.blocks.answers import Message
from bot.slack.blocks.modals import facts_view, metadata_of, notice_view, state_of
from bot.slack.blocks.text import context as small_print
from bot.slack.blocks.text import escape, mention
from bot.slack.bot import Bot
from bot.slack.phrases import ui
from bot.slack.press import Press
from bot.store.answers import Pick

Body = dict[str, Any]
HINTS = {"money": "bad_money", "percent": "bad_percent", "number": "bad_number", "days": "bad_number"}


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action(re.compile(r"^pick_(\d+|from_list|day)$"))
    async def picked(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        try:
            given = await bot.given(press)
            work = _told(press.place(given.place.thread), press, {press.rest: press.value}, f"pick:{press.ref}:{press.rest}")
            taken = await bot.office.pick(work)
        except (Gone, BadValue):
            await _notice(bot, press, "gone", await bot.language(client, press.team, press.user))
            return
        if taken.work:
            bot.metrics.received.labels("told").inc()
            bot.delivery.put(taken.work)
        elif taken.before:
            await _picked_before(bot, press, given, taken.before)

    @app.action("enter")
    async def enter(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _open_form(bot, client, Press.of(body, context.team_id), "first")

    @app.action("fill_in")
    async def fill_in(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _open_form(bot, client, Press.of(body, context.team_id), "open")

    @app.action("change_facts")
    async def change(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _open_form(bot, client, Press.of(body, context.team_id), "used")

    @app.view("facts")
    async def filled(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        metadata = metadata_of(view)
        values = {name: value for name, value in state_of(view).items() if value}
        language: Language = "zh" if metadata.get("language") == "zh" else "en"
        errors = _errors(bot, values, language)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        if values:
            await _submit(bot, body, view, metadata, values, context)


def _told(place: Place, press: Press, values: dict[str, str], key: str) -> Work:
    reply_to = press.response_url if press.private else ""
    return Work(place, key, press.user, Told(press.ref, values, "" if press.private else press.message), reply_to)


async def _open_form(bot: Bot, client: AsyncWebClient, press: Press, which: str) -> None:
    try:
        given = await bot.given(press)
    except Gone:
        language = await bot.language(client, press.team, press.user)
        await client.views_open(trigger_id=press.trigger, view=notice_view("Sellerbot", ui("gone", language), [], language))
        return
    answer = given.answers[number_of(press.ref)]
    names, values = _fields(answer, which)
    questions = bot.office.questions(names, answer.language)
    if not questions:
        view = notice_view("Sellerbot", ui("gone", answer.language), [], answer.language)
        await client.views_open(trigger_id=press.trigger, view=view)
        return
    metadata = {
        "ref": press.ref,
        "which": which,
        "language": answer.language,
        "channel": press.channel,
        "thread": press.place(given.place.thread).thread,
        "message": "" if press.private else press.message,
        "reply_to": press.response_url if press.private else "",
    }
    view = facts_view(questions, values, metadata, answer.language)
    await client.views_open(trigger_id=press.trigger, view=bot.stamps.stamped(view, press.team, press.user))


def _fields(answer: Answer, which: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The facts of a form, and the values that they have now."""
    asked = tuple(question.fact for question in answer.asks)
    if which == "first":
        return asked[:1], {}
    if which == "open":
        return asked, {}
    # A share is kept as 0.04 and written as 4%.
    values = {fact.id: fact.shown if fact.shown.endswith("%") else fact.value for fact in answer.facts}
    return tuple(values), values


def _errors(bot: Bot, values: dict[str, str], language: Language) -> dict[str, str]:
    """What cannot be read, by field, with what would be right."""
    errors = {}
    for name, text in values.items():
        try:
            bot.office.values({name: text})
        except BadValue:
            fact = bot.office.book.facts.get(name)
            errors[name] = ui(HINTS.get(fact.type, "bad_value") if fact else "bad_value", language)
    return errors


async def _submit(
    bot: Bot, body: Body, view: Body, metadata: dict[str, str], values: dict[str, str], context: AsyncBoltContext
) -> None:
    user = str(body["user"]["id"])
    place = Place(context.team_id or "", metadata["channel"], metadata["thread"], context.enterprise_id or "")
    if metadata["which"] == "used":
        # A change may be made as often as one likes; the same form counts once.
        changed = await _changed(bot, place, metadata["ref"], values)
        if changed:
            told = Told(metadata["ref"], changed)
            await bot.take(Work(place, f"change:{view['id']}", user, told, metadata["reply_to"]))
        return
    told = Told(metadata["ref"], values, metadata["message"])
    work = Work(place, f"form:{view['id']}", user, told, metadata["reply_to"])
    taken = await bot.office.pick(work)
    if taken.work:
        bot.metrics.received.labels("told").inc()
        bot.delivery.put(taken.work)
    elif taken.before:
        # Somebody was quicker with one of the facts: what this form says is a change then.
        await bot.take(Work(place, f"change:{view['id']}", user, told, metadata["reply_to"]))


async def _changed(bot: Bot, place: Place, ref: str, values: dict[str, str]) -> dict[str, str]:
    """What a form says otherwise than the answer that it was opened from: the rest need not count as said."""
    try:
        answer = (await bot.office.given(place.team, place.channel, ref)).answers[number_of(ref)]
    except Gone:
        return values
    before = {fact.id: (fact.value, fact.shown) for fact in answer.facts}
    return {name: value for name, value in values.items() if value not in before.get(name, ())}


async def _picked_before(bot: Bot, press: Press, given: Given, before: tuple[Pick, ...]) -> None:
    answer = given.answers[number_of(press.ref)]
    labels = {choice.value: choice.label for question in answer.asks for choice in question.choices}
    text = ui(
        "picked_before",
        answer.language,
        value=escape(labels.get(before[0].value, before[0].value)),
        person=mention(before[0].person),
        button=ui("change_facts", answer.language),
    )
    await bot.whisper(press.response_url, Message(text, [small_print([text])]), press.notice_thread)


async def _notice(bot: Bot, press: Press, name: str, language: Language) -> None:
    text = escape(ui(name, language))
    await bot.whisper(press.response_url, Message(text, [small_print([text])]), press.notice_thread)
