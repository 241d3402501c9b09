"""Who is in a channel: what decides whose reports may be shown to whom."""

from __future__ import annotations

from collections.abc import Collection

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.clients import LOST, error_of
from bot.slack.logs import log

PAGE = 1000
PAGE_OF_CHANNELS = 200
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


async def joined_of(client: AsyncWebClient, person: str, channels: Collection[str]) -> frozenset[str]:
    """Those of `channels` that a person is in now, as far as the bot may know; none where Slack does not say.

    Whose membership is not known sees nothing: too little is better than what is not theirs.
    """
    found: set[str] = set()
    cursor = ""
    while found != set(channels):
        try:
            page = await client.users_conversations(
                user=person, types="public_channel,private_channel", limit=PAGE_OF_CHANNELS, cursor=cursor or None
            )
        except (SlackApiError, *LOST) as error:
            log.warning("cannot see who is in which channel", error=str(error))
            return frozenset()
        found |= {one["id"] for one in page["channels"]} & set(channels)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return frozenset(found)


async def is_joined(client: AsyncWebClient, channel: str) -> bool:
    """Whether the bot is in a channel that is still in use. Raises what Slack says against looking."""
    try:
        found = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError as error:
        if error_of(error) in _OUTSIDE:
            return False
        raise
    return bool(found.get("is_member")) and not found.get("is_archived")
