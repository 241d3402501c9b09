"""Installations that end, and everything that Slack sends and nobody listens to."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.slack.bot import Bot
from bot.slack.logs import log


def register(app: AsyncApp, bot: Bot) -> None:
    @app.event("app_uninstalled")
    async def uninstalled(context: AsyncBoltContext) -> None:
        team, enterprise = context.team_id or "", context.enterprise_id or ""
        await bot.clients.forget(team, enterprise)
        await bot.office.let_go_of(team)
        log.info("uninstalled; everything of the workspace is deleted once its days of grace are over", team=team)

    @app.event("tokens_revoked")
    async def revoked(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if (event.get("tokens") or {}).get("bot"):
            await bot.clients.forget(context.team_id or "", context.enterprise_id or "")
            log.info("token revoked", team=context.team_id)


def register_rest(app: AsyncApp) -> None:
    """Acknowledges what nothing else matched: an event without an acknowledgement comes again."""
    everything = re.compile(".*")

    @app.event(everything)
    async def other_event() -> None:
        pass

    @app.action(everything)
    async def other_action(ack: AsyncAck) -> None:
        await ack()

    @app.view(everything)
    async def other_view(ack: AsyncAck) -> None:
        await ack()

    @app.view_closed(everything)
    async def other_closed(ack: AsyncAck) -> None:
        await ack()

    @app.shortcut(everything)
    async def other_shortcut(ack: AsyncAck) -> None:
        await ack()

    @app.command(everything)
    async def other_command(ack: AsyncAck) -> None:
        await ack()
