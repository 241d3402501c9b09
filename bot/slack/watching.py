"""Policy watch: tells whoever asked, in the thread, that the rule of their answer has changed; once for each change.

What has changed is claimed in the store, so that several processes share it. Just before a notice is posted it is kept as
pending; for what a dead process left so the thread is searched before anything else is done.
"""

from __future__ import annotations

import asyncio
import json
import secrets

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.office.watching import Notice
from bot.slack.blocks.answers import Message
from bot.slack.blocks.watching import watch_message
from bot.slack.bot import Bot
from bot.slack.clients import LOST, NotInstalled, error_of
from bot.slack.logs import bind, log
from bot.slack.members import is_member
from bot.slack.posting import PAGE, Outbox, Undelivered, find_marked, post_once
from bot.slack.problems import TEMPORARY
from bot.store.watched import Watched

EVENT_TYPE = "sellerbot_policy"
LOOK_EVERY = 60.0
"""Seconds between looks: so soon after content was reloaded, or a day began, it is compared."""
TOGETHER = 20
"""So many are claimed at once; they are told one after the other, because nobody waits for them."""
PAUSES = (1, 2, 5)
"""Seconds between attempts while Slack cannot be reached; after the last one a notice is given back."""
AGAIN_AFTER = 60
"""Seconds after which what was given back is tried again."""


class _TakenOver(Exception):
    """Another process, or a newer answer in the thread, took the place of a notice."""


class WatchClock:
    """`worker` names this process among several on one store."""

    def __init__(self, bot: Bot, worker: str | None = None) -> None:
        self._bot = bot
        self._watch = bot.office.watch
        self._worker = worker or secrets.token_hex(8)

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - a store that is busy for once must not end the watch
                log.exception("answers could not be compared with the rules")
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Compares what was told with the rules of today, and tells what has changed."""
        await self._bot.office.refresh()
        while claimed := await self._watch.claim(self._worker, TOGETHER):
            for one in claimed:
                await self._guarded(one)

    async def _guarded(self, one: Watched) -> None:
        """Whatever goes wrong with one answer is logged and stays with it."""
        bind(team=one.team, channel=one.channel, page=one.page)
        try:
            await self._attend(one)
        except (Undelivered, *LOST) as error:
            log.warning("slack cannot be reached; the change is told later", error=str(error), seconds=AGAIN_AFTER)
            await self._watch.release(self._worker, one, AGAIN_AFTER)
        except _TakenOver:
            log.warning("another answer, or another process, was faster")
        except NotInstalled:
            log.warning("no installation for this workspace; nobody is told of a change")
            await self._watch.drop(self._worker, one)
        except SlackApiError as error:
            if error_of(error) in TEMPORARY:
                log.warning("slack has trouble; the change is told later", error=error_of(error), seconds=AGAIN_AFTER)
                await self._watch.release(self._worker, one, AGAIN_AFTER)
            else:
                # The thread, the channel or the bot in it is gone: so is whoever would read it.
                log.error("change could not be told", error=error_of(error))
                await self._watch.drop(self._worker, one)
        except Exception:  # noqa: BLE001 - one broken answer must not stop the others; it is logged
            log.exception("change could not be told", reference=secrets.token_hex(4))
            await self._watch.drop(self._worker, one)

    async def _attend(self, one: Watched) -> None:
        client = await self._bot.clients.of(one.team, one.enterprise)
        if one.pending:
            sent = await self._find(client, one, _ref(one.pending))
            if sent:
                await self._watch.told(self._worker, one, one.pending, sent)
                return
        notice = await self._watch.judge(self._worker, one)
        if notice is None:
            return
        if not one.channel.startswith("D") and not await is_member(client, one.channel, one.person):
            log.info("whoever asked has left the channel; nobody is told of a change")
            await self._watch.drop(self._worker, one)
            return
        await self._tell(client, notice)

    async def _tell(self, client: AsyncWebClient, notice: Notice) -> None:
        one = notice.watched
        outbox = _outbox(notice, watch_message(notice, await self._address(client, one)))
        async with self._bot.delivery.channels.hold((one.team, one.channel)):
            pending = await self._watch.posting(self._worker, notice)
            if not pending:
                raise _TakenOver
            sent = await post_once(
                client,
                outbox,
                lambda: self._find(client, one, _ref(pending)),
                PAUSES,
                lambda: self._make_sure(one, pending),
            )
        await self._watch.told(self._worker, one, pending, sent)
        log.info("change told", answer=one.answer)
        self._bot.homes.changed(one.team, one.person)

    async def _make_sure(self, one: Watched, pending: str) -> None:
        """That nobody has taken this over while Slack made it wait. Raises `_TakenOver`."""
        if not await self._watch.still_has(self._worker, one, pending):
            raise _TakenOver

    async def _address(self, client: AsyncWebClient, one: Watched) -> str:
        """Where the earlier answer can be read; empty where it is gone."""
        reply = await self._watch.reply_of(one)
        if not reply:
            return ""
        try:
            return str((await client.chat_getPermalink(channel=one.channel, message_ts=reply))["permalink"])
        except SlackApiError as error:
            if error_of(error) in TEMPORARY:
                raise
            log.info("earlier answer is gone", error=error_of(error))
            return ""

    async def _find(self, client: AsyncWebClient, one: Watched, ref: str) -> str | None:
        """The notice in its thread, if it was posted."""

        async def pages(cursor: str | None) -> AsyncSlackResponse:
            return await client.conversations_replies(
                channel=one.channel, ts=one.thread, include_all_metadata=True, limit=PAGE, cursor=cursor
            )

        return await find_marked(pages, EVENT_TYPE, {"answer": ref})


def _ref(pending: str) -> str:
    return str(json.loads(pending)["answer"])


def _outbox(notice: Notice, message: Message) -> Outbox:
    return {
        "channel": notice.watched.channel,
        "thread_ts": notice.watched.thread,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"answer": f"{notice.ref}.0"}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
