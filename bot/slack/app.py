"""The Bolt app: one function puts it together for both transports, for one workspace or many."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Office
from bot.rulebook.models import Language
from bot.settings import SlackSettings
from bot.slack.blocks.modals import notice_view
from bot.slack.bot import Bot
from bot.slack.clients import Clients, OneWorkspace, make_client, revealed, with_token
from bot.slack.delivery import Delivery
from bot.slack.homes import Homes
from bot.slack.installs import Workspaces, oauth_settings
from bot.slack.listeners import (
    commands,
    digests,
    facts,
    home,
    lifecycle,
    messages,
    opinions,
    pages,
    reports,
    settings,
    shortcuts,
)
from bot.slack.logs import bind, log
from bot.slack.metrics import Metrics
from bot.slack.people import People
from bot.slack.phrases import ui
from bot.slack.stamps import Forged, Stamps

BOLT_LOGGER = "sellerbot.bolt"
"""Bolt sets the level of the logger with its app's name; ours must not be it."""

NOT_INSTALLED = f"{ui('not_installed', 'en')} {ui('not_installed', 'zh')}"
"""What a person reads who calls the bot where it has no token any more; nobody's language can be looked up there."""


class App(AsyncApp):
    """Bolt's app, which answers nothing in words but a command where the installation is no longer there."""

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Acknowledges a request. Only a command's acknowledgement may say something; Bolt would say it to an event, too."""
        response = await super().async_dispatch(req)
        if response.body == NOT_INSTALLED and "command" not in req.body:
            response.body = ""
        return response


def build_app(
    config: SlackSettings, office: Office, session: aiohttp.ClientSession, metrics: Metrics | None = None
) -> tuple[AsyncApp, Bot]:
    """The app with all its listeners, and what they work with. Call it on the running event loop."""
    metrics = metrics or Metrics()
    client = make_client(None, config.api_url, session)
    app, clients = _many_workspaces(config, client, office) if config.is_distributed else _one_workspace(config, client)
    people = People()
    homes = Homes(office, clients, people, config.command)
    delivery = Delivery(office, clients, people, metrics, homes.answered)
    bot = Bot(office, clients, people, delivery, homes, metrics, config.command, Stamps(_secrets(config)))
    app.use(_name_request)
    app.use(_only_stamped(bot))
    for surface in (messages, commands, shortcuts, facts, pages, opinions, home, settings, reports, digests, lifecycle):
        surface.register(app, bot)
    lifecycle.register_rest(app)
    return app, bot


async def _name_request(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:
    """Gives every line that is logged about a request its id."""
    bind(request=body.get("event_id") or secrets.token_hex(6), kind=body.get("type") or body.get("command"))
    await next()


def _only_stamped(bot: Bot) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Stops what comes from a modal whose metadata somebody changed, and takes the stamps off the others."""

    async def check(
        body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        view = body.get("view")
        if isinstance(view, dict):
            team, user = context.team_id or "", str((body.get("user") or {}).get("id") or "")
            try:
                view["private_metadata"] = bot.stamps.checked(view, team, user)
            except Forged:
                log.error("modal with another's or changed metadata refused", team=team)
                return _outdated(body, await bot.language(client, team, user))
        return await next()

    return check


def _outdated(body: dict[str, Any], language: Language) -> BoltResponse:
    """Acknowledges what comes from a modal that is not good any longer; whoever sent the form is told to open it anew."""
    if body.get("type") != "view_submission":
        return BoltResponse(status=200, body="")
    notice = notice_view("Sellerbot", ui("form_outdated", language), [], language)
    return BoltResponse(status=200, body={"response_action": "update", "view": notice})


def _secrets(config: SlackSettings) -> list[str]:
    """What all processes of one installation know and nobody else does."""
    known = (config.signing_secret, config.client_secret, config.app_token, config.bot_token)
    return [revealed(secret) or "" for secret in known]


def _one_workspace(config: SlackSettings, client: AsyncWebClient) -> tuple[AsyncApp, Clients]:
    workspace = OneWorkspace(with_token(client, revealed(config.bot_token)))
    app = App(
        name=BOLT_LOGGER,
        client=client,
        # Signatures are checked where requests arrive, in `http`; a socket needs none.
        request_verification_enabled=False,
        authorize=workspace,
        user_facing_authorize_error_message=NOT_INSTALLED,
    )
    return app, workspace


def _many_workspaces(config: SlackSettings, client: AsyncWebClient, office: Office) -> tuple[AsyncApp, Clients]:
    workspaces = Workspaces(config, client, office)
    app = App(
        name=BOLT_LOGGER,
        client=client,
        # Signatures are checked where requests arrive, in `http`; a socket needs none.
        request_verification_enabled=False,
        installation_store=workspaces.store,
        authorize=workspaces.authorize,  # type: ignore[arg-type] # Bolt takes its own class, too
        oauth_settings=oauth_settings(config, workspaces.store, office),
        user_facing_authorize_error_message=NOT_INSTALLED,
    )
    return app, workspaces
