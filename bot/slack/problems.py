"""What Slack refuses: sorted by who can do something about it, and told to them once."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Office
from bot.office.work import Work
from bot.rulebook.models import Language
from bot.slack.blocks.text import escape, mention
from bot.slack.clients import Clients, error_of, needed_by
from bot.slack.logs import log
from bot.slack.phrases import ui

GONE = frozenset({"account_inactive", "token_revoked", "invalid_auth", "token_expired", "not_authed", "team_not_found"})
"""The installation is no more: there is nobody to tell."""
NOT_INSTALLED = "not_installed"
"""Why a digest is paused whose workspace has no token."""
LEFT = GONE | {NOT_INSTALLED}
"""Why digests are paused of a workspace that removed the bot."""
QUESTION_GONE = frozenset({"thread_not_found", "invalid_thread_ts", "message_not_found"})
"""Whoever asked has taken the question back."""
RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
TEMPORARY = RATE_LIMITED | {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
"""Slack's own trouble: worth another attempt."""
CHANNEL = {
    "not_in_channel": "reason_not_in_channel",
    "channel_not_found": "reason_not_in_channel",
    "is_archived": "reason_is_archived",
    "restricted_action": "reason_restricted_action",
    "restricted_action_read_only_channel": "reason_restricted_action",
    "restricted_action_thread_only_channel": "reason_restricted_action",
    "restricted_action_non_threadable_channel": "reason_restricted_action",
    "missing_scope": "reason_missing_scope",
}


def reason_of(error: SlackApiError, language: Language) -> str:
    """Why Slack refused, for people."""
    code = error_of(error)
    name = CHANNEL.get(code, "reason_other")
    return ui(name, language, error=code, needed=needed_by(error))


@dataclass(frozen=True)
class Problems:
    """Tells the person who can act, once for each channel and reason."""

    office: Office
    clients: Clients

    async def cannot_post(self, client: AsyncWebClient, work: Work, error: SlackApiError, language: Language) -> None:
        """An answer could not be posted: its asker hears why, or, if a permission is missing, who installed the bot."""
        code, place = error_of(error), work.place
        log.error("answer refused", error=code, needed=needed_by(error), channel=place.channel)
        if code in GONE:
            return
        if not await self.office.tell_once(place.team, f"{code}:{place.channel}"):
            return
        who = work.person
        if code == "missing_scope":
            who = await self.clients.installer(place.team, place.enterprise) or work.person
        text = ui("cannot_post", language, channel=mention(place.channel), reason=escape(reason_of(error, language)))
        try:
            await client.chat_postMessage(channel=who, text=text, unfurl_links=False, unfurl_media=False)
        except SlackApiError as second:
            log.error("person could not be told", error=error_of(second), person=who)
