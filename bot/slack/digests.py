"""The clock: sends each digest when it is due, once.

What is due is claimed in the store, so that several processes share it. Just before a digest is posted it is kept, marked
as being posted; what a dead process left so may have been posted: only then the conversation is searched for it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.digests.in_vain import InVain
from bot.digests.schedule import Schedule
from bot.office.digests import LEASE, Due, new_id
from bot.office.office import Given
from bot.office.work import Place
from bot.slack.blocks.answers import Message, answer_message
from bot.slack.blocks.digests import paused_text, skipped_message, timed
from bot.slack.blocks.in_vain import in_vain_message
from bot.slack.blocks.text import escape
from bot.slack.bot import Bot
from bot.slack.clients import LOST, NotInstalled, error_of, needed_by
from bot.slack.logs import bind, log
from bot.slack.members import is_member
from bot.slack.phrases import ui
from bot.slack.posting import MOST_PAGES, PAGE, Outbox, Undelivered, find_marked, post_once
from bot.slack.problems import CHANNEL, GONE, LEFT, NOT_INSTALLED, TEMPORARY, reason_of

if TYPE_CHECKING:
    from bot.digests.compose import Composed

EVENT_TYPE = "sellerbot_digest"
LOOK_EVERY = 1.0
"""Seconds between looks at what is due."""
TOGETHER = 100
"""So many digests are under way at once."""
PAUSES = (1, 2, 5)
"""Seconds between attempts while Slack cannot be reached; after the last one a digest is given back."""
AGAIN_AFTER = 60
"""Seconds after which a digest that was given back is tried again."""
PERSON_GONE = frozenset({"user_disabled", "user_not_found", "messages_tab_disabled", "cannot_dm_bot", "account_inactive"})
PERMANENT = frozenset(CHANNEL) | GONE | PERSON_GONE
"""What will be refused tomorrow as well."""


class NotTheirs(Exception):
    """The owner is no longer in the channel whose reports their digest is made of."""


class DigestClock:
    """Sends what is due from tasks of its own. `worker` names this process among several on one store."""

    def __init__(self, bot: Bot, worker: str | None = None) -> None:
        self._bot = bot
        self._digests = bot.office.digests
        self._worker = worker or secrets.token_hex(8)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        renewing = asyncio.create_task(self._renew())
        try:
            while True:
                try:
                    found = await self.tick()
                except Exception:  # noqa: BLE001 - a store that is busy for once must not end all digests
                    log.exception("what is due could not be claimed")
                    found = 0
                if not found:
                    await asyncio.sleep(LOOK_EVERY)
        finally:
            renewing.cancel()
            await self.stop()

    async def tick(self) -> int:
        """Claims what is due and starts to send it; how much that was."""
        free = TOGETHER - len(self._tasks)
        if free <= 0:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
            return 1
        claimed = await self._digests.claim(self._worker, free)
        for one in claimed:
            if one.schedule.id not in self._tasks:
                self._tasks[one.schedule.id] = asyncio.create_task(self._attended(one))
        return len(claimed)

    async def settled(self) -> None:
        """Waits until everything that was claimed is finished or given back."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self, seconds: float = 5.0) -> None:
        """Finishes what is under way, for a while; the rest is taken up when its lease is over."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in tuple(self._tasks.values()):
            task.cancel()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE / 4)
            try:
                await self._digests.renew(self._worker)
            except Exception:  # noqa: BLE001 - the lease is long enough for the next try
                log.exception("lease could not be renewed")

    # ------------------------------------------------------------ one digest

    async def _attended(self, one: Due) -> None:
        try:
            await self._guarded(one)
        finally:
            del self._tasks[one.schedule.id]

    async def _guarded(self, one: Due) -> None:
        """Whatever goes wrong with one digest is logged, told to its owner, and stays with it."""
        schedule = one.schedule
        bind(team=schedule.team, channel=schedule.channel, digest=schedule.id, day=one.run.day)
        try:
            await self._send(one)
        except (Undelivered, *LOST) as error:
            log.warning("slack cannot be reached; the digest is tried again", error=str(error), seconds=AGAIN_AFTER)
            await self._digests.release(self._worker, one, AGAIN_AFTER)
        except NotInstalled:
            await self._pause(one, NOT_INSTALLED, None)
        except NotTheirs:
            await self._pause(one, "left", None)
        except SlackApiError as error:
            await self._refused(one, error)
        except Exception:  # noqa: BLE001 - one broken digest must not stop the others; it is logged and told
            reference = secrets.token_hex(4)
            log.exception("digest failed", reference=reference)
            await self._digests.failed(self._worker, one, f"error {reference}")
            await self._tell(schedule, "digest_trouble", reference=reference)

    async def _refused(self, one: Due, error: SlackApiError) -> None:
        code = error_of(error)
        if code in TEMPORARY:
            log.warning("slack has trouble; the digest is tried again", error=code, seconds=AGAIN_AFTER)
            await self._digests.release(self._worker, one, AGAIN_AFTER)
        elif code in PERMANENT:
            await self._pause(one, code, error)
        else:
            log.error("digest refused", error=code)
            await self._digests.failed(self._worker, one, code)
            await self._tell(one.schedule, "digest_refused", reason=code)

    async def _pause(self, one: Due, reason: str, error: SlackApiError | None) -> None:
        """Stops a schedule that cannot go on, and says so to its owner, if anybody can be told anything."""
        log.error("digest paused", reason=reason, needed=needed_by(error) if error else "")
        await self._digests.pause(one.schedule, reason)
        await self._digests.failed(self._worker, one, reason)
        if reason in LEFT:
            return
        try:
            client = await self._clients_of(one.schedule)
            language = await self._bot.language(client, one.schedule.team, one.schedule.owner)
            why = reason_of(error, language) if error else ui(f"digest_{reason}", language)
            await self._write(client, one.schedule, paused_text(one.schedule, why, self._bot.command, language))
        except (SlackApiError, NotInstalled, *LOST) as second:
            log.error("owner could not be told", error=str(second))

    async def _tell(self, schedule: Schedule, name: str, **values: object) -> None:
        try:
            client = await self._clients_of(schedule)
            language = await self._bot.language(client, schedule.team, schedule.owner)
            await self._write(client, schedule, escape(ui(name, language, **values)))
        except (SlackApiError, NotInstalled, *LOST) as error:
            log.error("owner could not be told", notice=name, error=str(error))

    async def _write(self, client: AsyncWebClient, schedule: Schedule, text: str) -> None:
        await client.chat_postMessage(channel=schedule.owner, text=text, unfurl_links=False, unfurl_media=False)

    async def _clients_of(self, schedule: Schedule) -> AsyncWebClient:
        return await self._bot.clients.of(schedule.team, schedule.enterprise)

    async def _send(self, one: Due) -> None:
        schedule = one.schedule
        client = await self._clients_of(schedule)
        for run in one.unclear:
            await self._digests.cleared(run, await self._find(client, schedule, run.day))
        if one.run.state == "posting":
            sent = await self._find(client, schedule, one.run.day)
            if sent:
                await self._digests.done(self._worker, one, sent, skipped=not one.run.snapshot)
                return
        if schedule.about != schedule.channel and not await is_member(client, schedule.about, schedule.owner):
            raise NotTheirs
        ref = new_id()
        owner = await self._bot.people.of(client, schedule.team, schedule.owner)
        composed = None if one.skips else await self._digests.compose(schedule, owner.guest)
        outbox = _outbox(one, skipped_message(one) if composed is None else self._message(ref, one, composed))
        async with self._bot.delivery.channels.hold((schedule.team, schedule.channel)):
            kept = json.dumps(outbox, ensure_ascii=False)
            if not await self._digests.posting(self._worker, one, ref, composed, kept):
                log.warning("digest is no longer ours to send")
                return
            sent = await post_once(client, outbox, lambda: self._find(client, schedule, one.run.day), PAUSES)
        await self._digests.done(self._worker, one, sent, skipped=one.skips)
        self._bot.metrics.digests.labels("skipped" if one.skips else "late" if one.late else "sent").inc()

    def _message(self, ref: str, one: Due, composed: Composed | InVain) -> Message:
        schedule = one.schedule
        if isinstance(composed, InVain):
            book, language = self._bot.office.book, schedule.options.language
            return timed(in_vain_message(composed, book, self._bot.command, language), one)
        place = Place(schedule.team, schedule.channel, "", schedule.enterprise)
        return timed(answer_message(Given(ref, (composed.answer,), place, schedule.owner, "")), one)

    async def _find(self, client: AsyncWebClient, schedule: Schedule, day: str) -> str | None:
        """The message with the digest for a local date, if it was posted."""

        async def pages(cursor: str | None) -> AsyncSlackResponse:
            return await client.conversations_history(
                channel=schedule.channel, include_all_metadata=True, limit=PAGE, cursor=cursor
            )

        return await find_marked(pages, EVENT_TYPE, _mark(schedule, day), MOST_PAGES)


def _mark(schedule: Schedule, day: str) -> dict[str, str]:
    return {"digest": schedule.id, "day": day}


def _outbox(one: Due, message: Message) -> Outbox:
    return {
        "channel": one.schedule.channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": _mark(one.schedule, one.run.day)},
        "unfurl_links": False,
        "unfurl_media": False,
    }
