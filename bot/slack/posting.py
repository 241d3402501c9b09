"""Posting a message once, whatever happens to the connection, and finding out afterwards whether it was posted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks.uploads import CHART
from bot.slack.clients import LOST, error_of
from bot.slack.logs import log
from bot.slack.problems import RATE_LIMITED, TEMPORARY

REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_attachments", "only_one_table_allowed"})
MOST_PAGES = 10
"""So many pages of a conversation are searched at most, the newest messages first."""
PAGE = 100
Outbox = dict[str, Any]
Pages = Callable[[str | None], Awaitable[AsyncSlackResponse]]
"""A cursor (None: the beginning) -> that page of a conversation."""


class Undelivered(Exception):
    """Slack could not be reached for as long as somebody was willing to try: the message stays kept."""


async def post_once(
    client: AsyncWebClient,
    outbox: Outbox,
    find: Callable[[], Awaitable[str | None]],
    pauses: Sequence[float],
    allowed: Callable[[], Awaitable[None]] | None = None,
) -> str:
    """Posts a message once, however often the connection breaks; its ts.

    `find` looks for it in the conversation, before another attempt where the last one may have arrived. `pauses` are the
    seconds between attempts; `allowed` raises where the message is no longer this process's to send. Raises `Undelivered`
    after the last attempt, and what Slack refuses for good.
    """
    unclear = False
    for pause in pauses:
        try:
            if unclear:
                sent = await find()
                if sent:
                    return sent
                unclear = False
            if allowed:
                await allowed()
            return str((await client.chat_postMessage(**outbox))["ts"])
        except SlackApiError as error:
            code = error_of(error)
            if code in REFUSED_BLOCKS and any(block["type"] == CHART for block in outbox["blocks"]):
                # Not every workspace draws charts yet; the rows say the same.
                log.warning("chart refused", error=code)
                outbox = {**outbox, "blocks": [block for block in outbox["blocks"] if block["type"] != CHART]}
                continue
            if code not in TEMPORARY:
                raise
            wait = float(error.response.headers.get("Retry-After", pause))
            log.warning("slack asks to wait", error=code, seconds=wait)
            await asyncio.sleep(wait)
            unclear = unclear or code not in RATE_LIMITED
        except LOST as error:
            log.warning("connection to slack lost while posting", error=str(error), seconds=pause)
            await asyncio.sleep(pause)
            unclear = True
    raise Undelivered


async def find_marked(pages: Pages, event_type: str, payload: dict[str, str], most: int | None = None) -> str | None:
    """The ts of the message whose metadata is this; None where there is none among `most` pages, or none can be seen.

    Raises what is worth another attempt: a lost connection, or Slack's own trouble.
    """
    cursor, seen = "", 0
    while True:
        try:
            page = await pages(cursor or None)
        except SlackApiError as error:
            if error_of(error) in TEMPORARY:
                raise
            # Without the permission to read the channel it cannot be known; a second message beats none.
            log.warning("cannot look for an earlier message", error=error_of(error))
            return None
        for message in page["messages"]:
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == event_type and metadata.get("event_payload") == payload:
                return str(message["ts"])
        cursor, seen = (page.get("response_metadata") or {}).get("next_cursor") or "", seen + 1
        if not cursor or seen == most:
            return None
