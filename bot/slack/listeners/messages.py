"""Messages: mentions, direct messages, replies in threads that the bot takes part in, channels that it reads.

They are kept before Slack is told that they arrived: the listeners' middleware runs before the acknowledgement, so that a
message whose keeping failed is delivered again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.office.work import Asked, Manner, Place, Sent, Work
from bot.slack.bot import Bot
from bot.slack.files import sent_files
from bot.slack.incoming import is_for_somebody_else, is_from_a_person, mentions, words
from bot.understanding.normalise import normalise
from bot.understanding.segments import is_asking

Event = dict[str, Any]
Next = Callable[[], Awaitable[None]]


def register(app: AsyncApp, bot: Bot) -> None:
    async def keep(body: Event, event: Event, context: AsyncBoltContext, next: Next) -> None:
        if is_from_a_person(event):
            work = await _work(event, context, bot)
            if work is not None:
                await bot.take(work, body.get("event_id"))
                asked = _question_beside(work)
                if asked is not None:
                    await bot.take(asked)
        await next()

    app.event("app_mention", middleware=[keep])(_nothing_left)
    app.event("message", middleware=[keep])(_nothing_left)


async def _nothing_left() -> None:
    """All there was to do is done before the acknowledgement."""


async def _work(event: Event, context: AsyncBoltContext, bot: Bot) -> Work | None:
    ts = str(event["ts"])
    place = Place(
        context.team_id or "", str(event["channel"]), str(event.get("thread_ts") or ts), context.enterprise_id or ""
    )
    text = event.get("text")
    text = text if isinstance(text, str) else ""
    files = sent_files(event)
    if files and await _takes_files(event, text, place, context.bot_user_id, bot):
        return Work(place, ts, str(event["user"]), Sent(files, comment=words(text)))
    manner = await _manner(event, text, place, context.bot_user_id, bot)
    return Work(place, ts, str(event["user"]), Asked(words(text), manner)) if manner else None


def _question_beside(work: Work) -> Work | None:
    """What somebody asked together with files: answered after them, in the same thread."""
    task = work.task
    if not isinstance(task, Sent) or not is_asking(normalise(task.comment)):
        return None
    return Work(work.place, f"{work.key}:comment", work.person, Asked(task.comment, "if_sure"))


async def _takes_files(event: Event, text: str, place: Place, bot_user: str | None, bot: Bot) -> bool:
    """Whether the files of a message are for the bot: a direct message, a mention, or a channel for reports."""
    if event["type"] == "app_mention" or event.get("channel_type") == "im" or mentions(text, bot_user):
        return True
    return (await bot.office.preferences(place.team)).takes_files(place.channel)


async def _manner(event: Event, text: str, place: Place, bot_user: str | None, bot: Bot) -> Manner | None:
    """How to answer a message; None where it is not for the bot."""
    if event["type"] == "app_mention" or event.get("channel_type") == "im" or mentions(text, bot_user):
        return "always"
    if is_for_somebody_else(text, bot_user):
        return None
    if event.get("thread_ts"):
        return "follow_up" if await bot.office.takes_part(place) else None
    preferences = await bot.office.preferences(place.team)
    return "if_sure" if preferences.answers_unasked(place.channel) else None
