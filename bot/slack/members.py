"""Who is in a channel: what decides whose reports may be shown to whom."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.clients import error_of

PAGE = 1000
_OUTSIDE = frozenset({"channel_not_found", "not_in_channel"})


async def is_member(client: AsyncWebClient, channel: str, person: str) -> bool:
    """Whether a person is in a channel that the bot is in. Raises what Slack says against looking."""
    cursor = ""
    while True:
        page = await client.conversations_members(channel=channel, limit=PAGE, cursor=cursor or None)
        if person in page["members"]:
            return True
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return False


async def is_joined(client: AsyncWebClient, channel: str) -> bool:
    """Whether the bot is in a channel that is still in use. Raises what Slack says against looking."""
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError as error:
        if error_of(error) in _OUTSIDE:
            return False
        raise
    return bool(found.get("is_member")) and not found.get("is_archived")
