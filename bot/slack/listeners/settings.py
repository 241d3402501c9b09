"""Settings of a workspace, which admins can change and everybody can read, and everybody's own."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.choices import Choices, for_person, for_workspace
from bot.office.preferences import MOST_KEEP_DAYS
from bot.rulebook.models import Language
from bot.slack.blocks.modals import notice_view, state_of
from bot.slack.blocks.settings import mine_button, mine_view, settings_list, settings_view
from bot.slack.bot import Bot
from bot.slack.phrases import ui

Body = dict[str, Any]


def register(app: AsyncApp, bot: Bot) -> None:
    @app.action("open_settings")
    async def pressed(ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        await ack()
        await open_settings(bot, client, context.team_id or "", str(body["user"]["id"]), str(body["trigger_id"]))

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
        choices = for_workspace(state_of(view), await bot.office.preferences(team), bot.office.book)
        await _keep(bot, ack, team, user, choices, language)

    @app.view("my_settings")
    async def saved_mine(ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        team, user = context.team_id or "", str(body["user"]["id"])
        choices = for_person(state_of(view), user, bot.office.book)
        await _keep(bot, ack, team, user, choices, await bot.language(client, team, user))


async def _keep(bot: Bot, ack: AsyncAck, team: str, user: str, choices: Choices, language: Language) -> None:
    """Keeps what was filled in, or says at each field what is wrong with it."""
    if choices.errors:
        errors = {field: ui(name, language, most=MOST_KEEP_DAYS) for field, name in choices.errors.items()}
        await ack(response_action="errors", errors=errors)
        return
    await bot.office.settle(team, choices.values, user)
    await ack()
    bot.homes.changed(team)


async def open_settings(bot: Bot, client: AsyncWebClient, team: str, user: str, trigger: str) -> None:
    """Opens the form for an admin, and a page to read for everybody else."""
    profile = await bot.people.of(client, team, user)
    preferences, book = await bot.office.preferences(team), bot.office.book
    language = preferences.language(user) or profile.language
    if profile.admin:
        view = settings_view(preferences, book, bot.office.keep_days, language)
    else:
        blocks = [settings_list(preferences, book, bot.office.keep_days, language), mine_button(language)]
        view = notice_view(ui("settings_title", language), ui("settings_admins", language), blocks, language)
    await client.views_open(trigger_id=trigger, view=view)
