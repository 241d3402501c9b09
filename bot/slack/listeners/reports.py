"""Uploaded reports: saying that a file is something else, and deleting or sharing what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.answering.answer import FileRead
from bot.office.office import Gone, number_of
from bot.office.work import Place, Sent, SentFile, Work
from bot.reports.report import LEFT_OUT
from bot.rulebook.models import Language
from bot.slack.blocks.answers import Message
from bot.slack.blocks.data import data_message
from bot.slack.blocks.modals import columns_view, metadata_of, notice_view, state_of, taken_for_view
from bot.slack.bot import Bot
from bot.slack.phrases import ui
from bot.slack.press import Press

Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    _register_files(app, bot)
    _register_kept(app, bot)


def _register_files(app: AsyncApp, bot: Bot) -> None:
    """What is said about a file that was read: that it is something else, and what its headings mean."""

    @app.action(re.compile(r"^something_else_\d+$"))
    async def something_else(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        language = await bot.language(client, press.team, press.user)
        titles = {name: layout.title.of(language) for name, layout in bot.office.book.reports.items()}
        if press.value not in {file.source for file in await _files(bot, press.team, press.channel, press.ref)}:
            notice = notice_view(ui("taken_title", language), ui("gone", language), [], language)
            await client.views_open(trigger_id=press.trigger, view=notice)
            return
        view = taken_for_view(titles, _metadata(press), language)
        await client.views_open(trigger_id=press.trigger, view=bot.stamps.stamped(view, press.team, press.user))

    @app.action(re.compile(r"^check_columns_\d+$"))
    async def check_columns(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        language = await bot.language(client, press.team, press.user)
        number = int(press.action.rpartition("_")[2])
        files = await _files(bot, press.team, press.channel, press.ref)
        layout = bot.office.book.reports.get(files[number].asked or "") if number < len(files) else None
        if layout is None:
            notice = notice_view(ui("columns_title", language), ui("gone", language), [], language)
            await client.views_open(trigger_id=press.trigger, view=notice)
            return
        about = {**_metadata(press), "number": str(number), "language": language}
        view = columns_view(files[number].headings, layout, about, language)
        await client.views_open(trigger_id=press.trigger, view=bot.stamps.stamped(view, press.team, press.user))

    @app.view("columns")
    async def columns(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        team, about, filled = context.team_id or "", metadata_of(view), state_of(view)
        language: Language = "zh" if about["language"] == "zh" else "en"
        twice = _twice(filled)
        if twice:
            await ack(response_action="errors", errors=dict.fromkeys(twice, ui("column_twice", language)))
            return
        await ack()
        number, files = int(about["number"]), await _files(bot, team, about["channel"], about["ref"])
        file = files[number] if number < len(files) else None
        if file is None or file.asked is None:
            return
        confirmed = {
            heading: filled[f"heading_{number}"]
            for number, (heading, _) in enumerate(file.headings)
            if filled.get(f"heading_{number}")
        }
        await bot.office.confirm_headings(team, file.asked, confirmed, str(body["user"]["id"]))
        is_alone = sum(one.source == file.source for one in files) == 1
        await bot.take(_again(team, about, str(body["user"]["id"]), file.asked if is_alone else ""))

    @app.view("taken_for")
    async def taken_for(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        await ack()
        wanted = state_of(view).get("report", "")
        if wanted in bot.office.book.reports:
            await bot.take(_again(context.team_id or "", metadata_of(view), str(body["user"]["id"]), wanted))


def _register_kept(app: AsyncApp, bot: Bot) -> None:
    """What is done with an upload that is kept."""

    @app.action(re.compile(r"^data_(delete|share|unshare)$"))
    async def changed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        press = Press.of(body, context.team_id)
        profile = await bot.people.of(client, press.team, press.user)
        known = {one.id: one for one in await bot.office.uploads(press.team, press.channel, profile.guest)}
        upload, admin = known.get(press.value), profile.admin
        if upload is not None and press.action == "data_delete" and upload.channel == press.channel:
            await bot.office.delete_upload(press.team, upload.id)
        elif upload is not None and press.action != "data_delete" and admin:
            await bot.office.share_upload(press.team, upload.id, press.action == "data_share")
        bot.homes.changed(press.team)
        if not press.response_url:
            return
        message = await list_data(bot, client, press.team, press.user, press.channel)
        await bot.clients.webhook(press.response_url).send_dict(
            {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral", "replace_original": True}
        )


def _metadata(press: Press) -> dict[str, str]:
    """What a modal about a file has to know when it comes back."""
    return {
        "file": press.value,
        "ref": press.ref,
        "channel": press.channel,
        "thread": press.thread,
        "enterprise": press.enterprise,
        "key": f"taken:{press.message}:{press.at}",
    }


def _again(team: str, about: Mapping[str, str], person: str, wanted: str) -> Work:
    """Reading a file once more, as the report `wanted`. It is fetched again: only its cleaned rows were kept."""
    place = Place(team, about["channel"], about["thread"], about["enterprise"])
    return Work(place, about["key"], person, Sent((SentFile(about["file"], about["file"]),), wanted))


def _twice(filled: Mapping[str, str]) -> list[str]:
    """The headings, by their blocks, that are said to be a column which another heading is already."""
    seen: set[str] = set()
    twice = []
    for block, column in filled.items():
        if column != LEFT_OUT and column in seen:
            twice.append(block)
        seen.add(column)
    return twice


async def _files(bot: Bot, team: str, channel: str, ref: str) -> tuple[FileRead, ...]:
    """The files as an answer in a channel described them; none where that answer is gone."""
    try:
        return (await bot.office.given(team, channel, ref)).answers[number_of(ref)].files
    except Gone:
        return ()


async def list_data(bot: Bot, client: AsyncWebClient, team: str, user: str, channel: str) -> Message:
    """What may be used in a channel, as this person may change it."""
    profile = await bot.people.of(client, team, user)
    listed = await bot.office.uploads(team, channel, profile.guest)
    keep_days = (await bot.office.preferences(team)).keep_days or bot.office.keep_days
    language = await bot.language(client, team, user)
    return data_message(listed, channel, profile.admin, keep_days, bot.office.book, language)
