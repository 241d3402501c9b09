"""Installations in many workspaces: tokens kept with everything else, refreshed one at a time."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot as Installed
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.office.office import Office
from bot.settings import SlackSettings
from bot.slack.clients import NotInstalled, revealed, webhook_like, with_token
from bot.slack.locks import KeyedLocks
from bot.slack.logs import log
from bot.slack.manifest import BOT_SCOPES, HEARING_SCOPES
from bot.slack.problems import LEFT
from bot.store.installs import Kind

STATE_SECONDS = 600
REFRESH_MINUTES = 120
KEPT_SECONDS = 60
"""Another process may have refreshed or removed an installation: it is looked up again after so long."""


class Workspaces:
    """The installations: who may use the bot, and with which token it answers."""

    def __init__(self, config: SlackSettings, client: AsyncWebClient, office: Office) -> None:
        self._office = office
        self._client = client
        self._rotator = AsyncTokenRotator(
            client_id=config.client_id or "", client_secret=revealed(config.client_secret) or "", client=client
        )
        self._locks = KeyedLocks()
        self._known: dict[tuple[str, str], tuple[float, Installed]] = {}
        self.store = InstallationStore(office, config.client_id or "")
        self.authorize = _Authorize(self)

    async def bot(self, team: str, enterprise: str) -> Installed | None:
        """The installation of a workspace with a token that is good for a while; None where there is none."""
        async with self._locks.hold((team, enterprise)):
            known = self._known.get((team, enterprise))
            if known and known[0] > time.monotonic():
                return known[1]
            installed = await self.store.async_find_bot(enterprise_id=enterprise or None, team_id=team or None)
            if installed is None:
                self._known.pop((team, enterprise), None)
                return None
            installed = await self._refreshed(installed)
            self._known[team, enterprise] = (time.monotonic() + KEPT_SECONDS, installed)
            return installed

    async def _refreshed(self, installed: Installed) -> Installed:
        """A token that runs out is exchanged, by one process alone: a refresh token is good once."""
        if installed.bot_refresh_token is None or not _runs_out(installed):
            return installed
        async with self._office.alone(installed.team_id or "", f"token {installed.enterprise_id or ''}") as is_mine:
            if not is_mine:
                return installed
            # Another process may have been faster.
            kept = await self.store.async_find_bot(enterprise_id=installed.enterprise_id, team_id=installed.team_id)
            current = kept or installed
            try:
                fresh = await self._rotator.perform_bot_token_rotation(
                    bot=current, minutes_before_expiration=REFRESH_MINUTES
                )
            except SlackTokenRotationError as error:
                log.error("token could not be refreshed", team=installed.team_id, error=str(error))
                return current
            if fresh is None:
                return current
            await self.store.async_save_bot(fresh)
            return fresh

    async def check(self) -> str | None:
        """Each workspace has a token of its own; a bad one concerns that workspace alone."""
        return None

    async def of(self, team: str, enterprise: str) -> AsyncWebClient:
        installed = await self.bot(team, enterprise)
        if installed is None:
            raise NotInstalled(team)
        return with_token(self._client, installed.bot_token)

    async def installer(self, team: str, enterprise: str) -> str | None:
        found = await self.store.async_find_installation(enterprise_id=enterprise or None, team_id=team or None)
        return found.user_id if found else None

    async def forget(self, team: str, enterprise: str) -> None:
        self._known.pop((team, enterprise), None)
        await self.store.async_delete_all(enterprise_id=enterprise or None, team_id=team or None)

    def webhook(self, url: str) -> AsyncWebhookClient:
        return webhook_like(self._client, url)


class _Authorize(AsyncAuthorize):
    """Tells Bolt whose request it is, from the installation alone: no call to Slack for each request."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,  # noqa: ARG002 - Bolt passes these by name
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,  # noqa: ARG002
        actor_enterprise_id: str | None = None,  # noqa: ARG002
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult | None:
        installed = await self._workspaces.bot(team_id or "", enterprise_id or "")
        if installed is None:
            return None
        return AuthorizeResult(
            enterprise_id=installed.enterprise_id,
            team_id=installed.team_id,
            bot_user_id=installed.bot_user_id,
            bot_id=installed.bot_id,
            bot_token=installed.bot_token,
            bot_scopes=list(installed.bot_scopes or ()),
        )


def _runs_out(installed: Installed) -> bool:
    return (installed.bot_token_expires_at or 0) < time.time() + REFRESH_MINUTES * 60


class InstallationStore(AsyncInstallationStore):
    """Installations as Bolt wants them, kept by the office."""

    def __init__(self, office: Office, client_id: str) -> None:
        self._office = office
        self._client = client_id

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger("sellerbot")

    async def async_save(self, installation: Installation) -> None:
        # First this: what is about to be deleted of a workspace that had left must not take the new token along.
        if await self._office.welcome(installation.team_id or "", LEFT):
            log.info("installed again within the days of grace", team=installation.team_id)
        # Of who installed the bot no token is kept: it works with its own alone.
        about = {"app_id": installation.app_id, "user_id": installation.user_id}
        await self._save("installation", installation.enterprise_id, installation.team_id, installation.user_id, about)
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Installed) -> None:
        if bot.bot_token is not None:
            document = {name: getattr(bot, name) for name in _BOT_FIELDS}
            await self._save("bot", bot.enterprise_id, bot.team_id, "", document)

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Installed | None:
        found = await self._find("bot", enterprise_id, None if is_enterprise_install else team_id, None)
        if found is None:
            return None
        fields = {name: value for name, value in found.items() if name in _BOT_FIELDS}
        return Installed(**{**fields, "bot_scopes": fields.get("bot_scopes") or ""})

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        team = None if is_enterprise_install else team_id
        found = await self._find("installation", enterprise_id, team, user_id)
        if found is None:
            return None
        return Installation(
            app_id=found.get("app_id"), enterprise_id=enterprise_id, team_id=team, user_id=str(found["user_id"])
        )

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._delete("bot", enterprise_id, team_id, None)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        await self._delete("installation", enterprise_id, team_id, user_id)

    async def _save(
        self, kind: Kind, enterprise: str | None, team: str | None, person: str, document: dict[str, Any]
    ) -> None:
        text = json.dumps(document)
        await self._office.installs(lambda kept: kept.save(self._client, enterprise or "", team or "", kind, person, text))

    async def _find(self, kind: Kind, enterprise: str | None, team: str | None, person: str | None) -> dict[str, Any] | None:
        text = await self._office.installs(lambda kept: kept.find(self._client, enterprise or "", team or "", kind, person))
        found: dict[str, Any] | None = json.loads(text) if text else None
        return found

    async def _delete(self, kind: Kind, enterprise: str | None, team: str | None, person: str | None) -> None:
        await self._office.installs(lambda kept: kept.delete(self._client, enterprise or "", team or "", kind, person))


_BOT_FIELDS = (
    "app_id",
    "enterprise_id",
    "enterprise_name",
    "team_id",
    "team_name",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "is_enterprise_install",
    "installed_at",
)


class StateStore(AsyncOAuthStateStore):
    """What whoever goes to Slack to install the bot has to bring back; any process may be the one they come back to."""

    def __init__(self, office: Office) -> None:
        self._office = office

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger("sellerbot")

    async def async_issue(self, *_: Any, **__: Any) -> str:
        return await self._office.installs(lambda kept: kept.begin(STATE_SECONDS))

    async def async_consume(self, state: str) -> bool:
        return await self._office.installs(lambda kept: kept.finish(state))


def oauth_settings(config: SlackSettings, installations: InstallationStore, office: Office) -> AsyncOAuthSettings:
    """The pages /slack/install and /slack/oauth_redirect."""
    return AsyncOAuthSettings(
        client_id=config.client_id,
        client_secret=revealed(config.client_secret),
        scopes=[*BOT_SCOPES, *(() if config.mentions_only else HEARING_SCOPES)],
        redirect_uri=config.redirect_url,
        authorization_url=config.authorization_url,
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=StateStore(office),
        state_validation_enabled=True,
    )
