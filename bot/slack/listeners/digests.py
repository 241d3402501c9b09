"""Digests: the list, the form, and the buttons that pause, show and delete them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import time
from typing import Any, cast

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.digests.in_vain import InVain
from bot.digests.options import PARTS, Options
from bot.digests.schedule import BadSchedule, Late, Rhythm, Schedule
from bot.digests.zones import zone_like, zone_of
from bot.office.digests import new_id
from bot.office.office import Given
from bot.office.work import Place
from bot.rulebook.models import Language
from bot.slack.blocks.digests import digest_form, digests_view, noted, preview_message
from bot.slack.blocks.in_vain import in_vain_message
from bot.slack.blocks.modals import View, metadata_of, notice_view, state_of
from bot.slack.blocks.rules import domain_title
from bot.slack.bot import Bot
from bot.slack.clients import LOST, error_of
from bot.slack.listeners.settings import open_settings
from bot.slack.logs import log
from bot.slack.members import is_joined, is_member
from bot.slack.phrases import ui

Body = dict[str, Any]
LOOKING_SECONDS = 2.0
"""A form has to be answered within three seconds; looking who is in a channel may take so long."""


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action("open_digests")
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await open_digests(bot, client, context.team_id or "", str(body["user"]["id"]), "", body["trigger_id"])

    @app.action("digest_new")
    async def new(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await _push_form(bot, client, context.team_id or "", body, None)

    @app.action("digest_edit")
    async def edit(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        schedule = await _theirs(bot, client, context, body)
        if schedule:
            await _push_form(bot, client, context.team_id or "", body, schedule)

    @app.action(re.compile(r"^digest_(pause|resume|delete)$"))
    async def changed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        schedule = await _theirs(bot, client, context, body)
        if schedule is None:
            return
        name = str(body["actions"][0]["action_id"])
        if name == "digest_pause":
            await bot.office.digests.pause(schedule, "owner")
        elif name == "digest_resume":
            await bot.office.digests.resume(schedule)
        else:
            await bot.office.digests.delete(schedule, str(body["user"]["id"]))
        await _redraw(bot, client, context.team_id or "", str(body["user"]["id"]), body["view"])

    @app.action("digest_preview")
    async def preview(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        schedule = await _theirs(bot, client, context, body)
        if schedule:
            await _preview(bot, client, schedule, str(body["user"]["id"]), body["view"])

    @app.view("digest")
    async def saved(ack: AsyncAck, body: Body, view: View, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team, user, about = context.team_id or "", str(body["user"]["id"]), metadata_of(view)
        language = await bot.language(client, team, user)
        before = await bot.office.digests.find(team, about["id"]) if about["id"] else None
        if about["id"] and not await _may_fill_in(bot, client, before, user):
            name = "digest_not_yours" if before else "digest_gone"
            notice = notice_view(ui("digests_title", language), ui(name, language), [], language)
            await ack(response_action="update", view=notice)
            return
        try:
            async with asyncio.timeout(LOOKING_SECONDS):
                schedule = await _filled_in(bot, client, state_of(view), before, (team, user, context.enterprise_id or ""))
        except BadSchedule as error:
            await ack(response_action="errors", errors=_wrong(error.field, state_of(view), language))
            return
        except _Refused as error:
            await ack(response_action="errors", errors={"channel": ui(error.name, language, **error.values)})
            return
        except (SlackApiError, *LOST) as error:
            reason = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            await ack(response_action="errors", errors={"channel": ui("digest_cannot_look", language, reason=reason)})
            return
        await ack()
        await bot.office.digests.save(schedule)
        await _redraw(bot, client, team, user, {"id": about["list"], "private_metadata": view["private_metadata"]})


async def open_digests(
    bot: Bot, client: AsyncWebClient, team: str, user: str, channel: str, trigger: str, response_url: str = ""
) -> None:
    """Opens the list of a person's digests and of those in `channel` (empty: in none).

    Previews are shown through `response_url` where there is one, else in direct messages.
    """
    metadata = {"channel": channel, "url": response_url}
    await client.views_open(trigger_id=trigger, view=await _list(bot, client, team, user, metadata))


async def _list(bot: Bot, client: AsyncWebClient, team: str, user: str, metadata: dict[str, str], note: str = "") -> View:
    profile = await bot.people.of(client, team, user)
    language = await bot.language(client, team, user)
    listed = await bot.office.digests.seen_by(team, user, metadata["channel"])
    kept = {"channel": metadata["channel"], "url": metadata["url"]}
    view = digests_view(listed, user, profile.admin, kept, language, ui(note, language) if note else "")
    return bot.stamps.stamped(view, team, user)


async def _redraw(bot: Bot, client: AsyncWebClient, team: str, user: str, view: Body, note: str = "") -> None:
    """Brings an open list, and an open Home tab, up to date; somebody may have closed the list meanwhile."""
    bot.homes.changed(team, user)
    try:
        await client.views_update(view_id=view["id"], view=await _list(bot, client, team, user, metadata_of(view), note))
    except SlackApiError as error:
        if error_of(error) != "not_found":
            raise
        log.info("list is closed")


async def _may_change(bot: Bot, client: AsyncWebClient, schedule: Schedule, user: str) -> bool:
    return user == schedule.owner or (await bot.people.of(client, schedule.team, user)).admin


async def _may_fill_in(bot: Bot, client: AsyncWebClient, schedule: Schedule | None, user: str) -> bool:
    """Whether the form may change a digest; the maintainers' has another one."""
    return schedule is not None and not schedule.is_for_maintainers and await _may_change(bot, client, schedule, user)


async def _theirs(bot: Bot, client: AsyncWebClient, context: AsyncBoltContext, body: Body) -> Schedule | None:
    """The digest whose button was pressed; None, and they are told, where it is gone or not theirs to change."""
    team, user = context.team_id or "", str(body["user"]["id"])
    schedule = await bot.office.digests.find(team, str(body["actions"][0].get("value") or ""))
    if schedule and await _may_change(bot, client, schedule, user):
        return schedule
    await _redraw(bot, client, team, user, body["view"], "digest_not_yours" if schedule else "digest_gone")
    return None


# ------------------------------------------------------------ the form


async def _push_form(bot: Bot, client: AsyncWebClient, team: str, body: Body, schedule: Schedule | None) -> None:
    user, view = str(body["user"]["id"]), body["view"]
    if schedule and schedule.is_for_maintainers:
        await open_settings(bot, team, user, client, client.views_push, str(body["trigger_id"]))
        return
    profile = await bot.people.of(client, team, user)
    preferences = await bot.office.preferences(team)
    language = await bot.language(client, team, user)
    metadata = metadata_of(view)
    channel = metadata["channel"] if metadata["channel"][:1] in ("C", "G") else ""
    book = bot.office.book
    domains = {name: domain_title(name, book, language) for name in sorted({page.domain for page in book.active_pages})}
    form = digest_form(
        schedule,
        profile.zone or preferences.zone or "UTC",
        channel,
        language,
        domains,
        {**metadata, "id": schedule.id if schedule else "", "list": str(view["id"])},
        language,
    )
    await client.views_push(trigger_id=body["trigger_id"], view=bot.stamps.stamped(form, team, user))


class _Refused(Exception):
    """The channel cannot be taken; `name` is the phrase that says why."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(name)
        self.name, self.values = name, values


async def _filled_in(
    bot: Bot, client: AsyncWebClient, filled: dict[str, str], before: Schedule | None, who: tuple[str, str, str]
) -> Schedule:
    """What a form says, checked. `who`: team, person, enterprise. Raises `BadSchedule`, `_Refused`, what Slack says."""
    team, user, enterprise = who
    owner = before.owner if before else user
    known = {page.domain for page in bot.office.book.active_pages}
    language: Language = "zh" if filled.get("language") == "zh" else "en"
    options = Options(
        frozenset(part for part in PARTS if part in filled.get("parts", "").split(",")),
        frozenset(filled.get("domains", "").split(",")) & known,
        language,
    )
    rhythm, _, day = filled.get("rhythm", "").partition(":")
    zone = zone_of(filled.get("zone", ""))
    if zone is None:
        raise BadSchedule("zone")
    try:
        at = time.fromisoformat(filled.get("at", ""))
    except ValueError as error:
        raise BadSchedule("at") from error
    schedule = Schedule(
        before.id if before else new_id(),
        team,
        owner,
        "",
        "",
        options,
        cast(Rhythm, rhythm),
        at,
        zone,
        int(day) if day.isdecimal() else 0,
        cast(Late, filled.get("late", "send")),
        filled.get("alerts") == "on",
        before.paused if before else "",
        enterprise,
    )
    return await _placed(client, schedule, filled.get("place") == "direct", filled.get("channel", ""))


async def _placed(client: AsyncWebClient, schedule: Schedule, direct: bool, channel: str) -> Schedule:
    """The schedule with its channels: the owner and the bot have to be in the one whose reports it is made of."""
    if channel:
        await _checked(client, channel, schedule.owner)
    elif not direct:
        raise _Refused("digest_channel_needed")
    if not direct:
        return replace(schedule, channel=channel, about=channel)
    opened = await client.conversations_open(users=schedule.owner)
    conversation = str(opened["channel"]["id"])
    return replace(schedule, channel=conversation, about=channel or conversation)


async def _checked(client: AsyncWebClient, channel: str, person: str) -> None:
    if channel[:1] not in ("C", "G"):
        raise _Refused("digest_channel_shared")
    if not await is_joined(client, channel):
        raise _Refused("digest_bot_outside")
    if not await is_member(client, channel, person):
        raise _Refused("digest_not_member")


def _wrong(field: str, filled: dict[str, str], language: Language) -> dict[str, str]:
    """What to say at the field that cannot be."""
    example = zone_like(filled.get("zone", "")) if field == "zone" else ""
    return {field: ui(f"digest_bad_{field}", language, example=example)}


# ------------------------------------------------------------ the preview


async def _preview(bot: Bot, client: AsyncWebClient, schedule: Schedule, user: str, view: Body) -> None:
    """Shows to whoever asks what the digest would say now. An admin does not see what is not theirs to see."""
    team, url = schedule.team, metadata_of(view)["url"]
    direct = schedule.about.startswith("D")
    if user != schedule.owner if direct else not await is_member(client, schedule.about, user):
        await _redraw(bot, client, team, user, view, "digest_not_member")
        return
    owner = await bot.people.of(client, team, schedule.owner)
    composed = await bot.office.digests.compose(schedule, owner.guest)
    language = schedule.options.language
    if isinstance(composed, InVain):
        message = noted(
            in_vain_message(composed, bot.office.book, bot.command, language), [ui("digest_preview_note", language)]
        )
    else:
        given = Given("preview", (composed.answer,), Place(team, schedule.channel, ""), user, "")
        message = preview_message(given, language)
    if url and await bot.whisper(url, message):
        await _redraw(bot, client, team, user, view, "digest_previewed")
        return
    await client.chat_postMessage(
        channel=user, text=message.text, blocks=message.blocks, unfurl_links=False, unfurl_media=False
    )
    await _redraw(bot, client, team, user, view, "digest_preview_sent")
