"""Urgent findings told at once, to those who want them elsewhere than where the report was uploaded."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.office.digests import Alert
from bot.office.examiner import NewUpload
from bot.office.office import Given, Office
from bot.office.work import Place
from bot.slack.blocks.answers import answer_message
from bot.slack.clients import LOST, error_of
from bot.slack.locks import KeyedLocks
from bot.slack.logs import log
from bot.slack.members import is_member
from bot.slack.posting import MOST_PAGES, PAGE, Undelivered, find_marked, post_once

EVENT_TYPE = "sellerbot_alert"
PAUSES = (1, 2, 5, 10)
"""Seconds between attempts; what cannot be told now is in the next digest."""


async def tell_urgent(
    office: Office, client: AsyncWebClient, channels: KeyedLocks, place: Place, uploads: Sequence[NewUpload]
) -> None:
    """Posts an alert, once, for each schedule that wants it. What Slack refuses is logged: the reply stands without it."""
    for alert in await office.digests.alerts(place.team, place.channel, uploads):
        try:
            if await is_member(client, place.channel, alert.schedule.owner):
                await _post(client, channels, alert)
        except (SlackApiError, Undelivered, *LOST) as error:
            reason = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.error("alert could not be sent", error=reason, digest=alert.schedule.id)


async def _post(client: AsyncWebClient, channels: KeyedLocks, alert: Alert) -> None:
    schedule = alert.schedule
    mark = {"digest": schedule.id, "about": alert.key}
    place = Place(schedule.team, schedule.channel, "", schedule.enterprise)
    message = answer_message(Given(alert.ref, (alert.answer,), place, schedule.owner, ""))

    async def pages(cursor: str | None) -> AsyncSlackResponse:
        return await client.conversations_history(
            channel=schedule.channel, include_all_metadata=True, limit=PAGE, cursor=cursor
        )

    outbox = {
        "channel": schedule.channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": mark},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    async with channels.hold((schedule.team, schedule.channel)):
        await post_once(client, outbox, lambda: find_marked(pages, EVENT_TYPE, mark, MOST_PAGES), PAUSES)
