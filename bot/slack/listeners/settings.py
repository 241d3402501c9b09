"""Settings of a workspace, which admins can change and everybody can read, and everybody's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.digests.zones import zone_like
from bot.office.choices import Choices, Filled, for_person, for_workspace
from bot.office.digests import Admin
from bot.office.preferences import MOST_KEEP_DAYS
from bot.rulebook.models import Language
from bot.slack.blocks.modals import notice_view, state_of
from bot.slack.blocks.settings import mine_button, mine_view, settings_list, settings_view
from bot.slack.bot import Bot
from bot.slack.clients import LOST
from bot.slack.logs import log
from bot.slack.members import is_joined
from bot.slack.phrases import ui

Body = dict[str, Any]
LOOKING_SECONDS = 1.5
"""A form has to be answered within three seconds; looking into a channel may take so long."""


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action("open_settings")
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        team, user = context.team_id or "", str(body["user"]["id"])
        await open_settings(bot, team, user, client, client.views_open, str(body["trigger_id"]))

    @app.action("open_my_settings")
    async def mine(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        team, user = context.team_id or "", str(body["user"]["id"])
        language = await bot.language(client, team, user)
        view = mine_view(await bot.office.preferences(team), user, bot.office.book, language)
        # From the workspace's settings it is put on top of them, so that what was filled in there is still there.
        show = client.views_push if (body.get("view") or {}).get("type") == "modal" else client.views_open
        await show(trigger_id=str(body["trigger_id"]), view=view)

    @app.view("settings")
    async def saved(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team, user = context.team_id or "", str(body["user"]["id"])
        language = await bot.language(client, team, user)
        # The form was only shown to admins; that somebody is one is checked where it counts.
        if not (await bot.people.of(client, team, user)).admin:
            await ack(response_action="errors", errors={"language": ui("settings_admins", language)})
            return
        filled, before = state_of(view), await bot.office.preferences(team)
        choices = for_workspace(filled, before, bot.office.book)
        channel = filled.get("maintainers", "")
        if channel != (before.maintainers or "") and "maintainers" not in choices.errors:
            choices.errors |= await _unreachable(client, channel)
        if choices.errors:
            await ack(response_action="errors", errors=_said(choices, filled, language))
            return
        await bot.office.settle_workspace(team, choices.values, Admin(user, context.enterprise_id or "", language))
        # The list of digests may lie below, and would not show what has changed.
        await ack(response_action="clear")
        bot.homes.changed(team)

    @app.view("my_settings")
    async def saved_mine(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team, user = context.team_id or "", str(body["user"]["id"])
        filled = state_of(view)
        choices = for_person(filled, user, bot.office.book)
        if choices.errors:
            language = await bot.language(client, team, user)
            await ack(response_action="errors", errors=_said(choices, filled, language))
            return
        await bot.office.settle(team, choices.values, user)
        await ack()
        bot.homes.changed(team)


async def _unreachable(client: AsyncWebClient, channel: str) -> dict[str, str]:
    """What is wrong with the maintainers' channel: the bot has to be in it. Empty where it is, or Slack does not say."""
    try:
        async with asyncio.timeout(LOOKING_SECONDS):
            return {} if not channel or await is_joined(client, channel) else {"maintainers": "digest_bot_outside"}
    except (SlackApiError, *LOST) as error:
        # What cannot be seen now is seen when the digest is due, and told then.
        log.warning("cannot look into the maintainers' channel", error=str(error))
        return {}


def _said(choices: Choices, filled: Filled, language: Language) -> dict[str, str]:
    """What to say at each field that cannot be."""
    example = zone_like(filled.get("zone", "")) if "zone" in choices.errors else ""
    return {field: ui(name, language, most=MOST_KEEP_DAYS, example=example) for field, name in choices.errors.items()}


async def open_settings(
    bot: Bot, team: str, user: str, client: AsyncWebClient, show: Callable[..., Awaitable[Any]], trigger: str
) -> None:
    """Opens the form for an admin, and a page to read for everybody else; `show` opens a view, or puts it on top."""
    profile = await bot.people.of(client, team, user)
    preferences, book = await bot.office.preferences(team), bot.office.book
    language = preferences.language(user) or profile.language
    if profile.admin:
        view = settings_view(preferences, book, bot.office.keep_days, profile.zone or "UTC", language)
    else:
        blocks = [settings_list(preferences, book, bot.office.keep_days, language), mine_button(language)]
        view = notice_view(ui("settings_title", language), ui("settings_admins", language), blocks, language)
    await show(trigger_id=trigger, view=view)
