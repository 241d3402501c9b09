"""From accepted work to the one message that answers it, whatever happens in between.

Work is kept before it is acknowledged. Its reply is kept, marked as being sent, just before it is sent, and marked as
done after. What a dead process left marked as being sent may have been sent: only then the thread is searched for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.office.examiner import ToRead
from bot.office.office import Given, Gone, Office, Pending, Person, TakenOver
from bot.office.work import Asked, Sent, Told, Work
from bot.reports.report import Progress
from bot.rulebook.models import Language
from bot.slack.alerts import tell_urgent
from bot.slack.blocks.answers import Message, answer_message
from bot.slack.blocks.text import escape
from bot.slack.clients import LOST, Clients, NotInstalled, error_of
from bot.slack.files import NotFetched, fetch
from bot.slack.locks import KeyedLocks
from bot.slack.logs import bind, log
from bot.slack.metrics import Metrics
from bot.slack.people import People, Profile
from bot.slack.phrases import ui
from bot.slack.posting import PAGE, Outbox, Undelivered, find_marked, post_once
from bot.slack.problems import QUESTION_GONE, TEMPORARY, Problems
from bot.store import StoreError
from bot.understanding.language import detect
from bot.understanding.normalise import has_words, normalise

EVENT_TYPE = "sellerbot_answer"
PAUSES = (1, 2, 5, 10, 30, 60, 120)
"""Seconds between attempts while Slack cannot be reached."""
SHEET_PAUSES = (1, 2, 5, 10)
"""The same for the file with all findings, without which an answer is nearly as good."""
STATUS_AFTER = 0.8
"""Seconds after which somebody who waits in a direct message is shown that work goes on."""
PROGRESS_EVERY = 1.0
"""Seconds between updates of the progress of a file."""
SHEET_NAME = "findings.csv"
QUESTIONS_AT_ONCE = 32
"""What waits beyond these is left to whichever process is free first."""
REPORTS_AT_ONCE = 2
"""One is read while another is fetched."""
TAKEN_AT_ONCE = 32
LISTEN_SECONDS = 0.1
"""Between two looks whether another process has rung."""
LOOK_SECONDS = 1.0
"""Between two looks for work, rung or not."""
STORE_PAUSE = 2.0
"""Seconds before another attempt while the store fails."""
MOST_DEATHS = 3
"""Work over which so many processes died is given up, before it takes all of them along."""


class _Deadly(Exception):
    """Processes died over a piece of work, again and again."""

    def __init__(self, deaths: int) -> None:
        super().__init__(f"{deaths} processes died over it")


@dataclass
class Seen:
    """How far the reading of a file is; written by the thread that reads."""

    text: str = ""

    def progress(self, language: Language) -> Progress:
        def note(stage: str, share: float) -> None:
            self.text = ui(f"status_{stage}", language, share=int(share * 100))

        return note


class Delivery:
    """Answers work in tasks of its own: a thread's in order, a channel's messages one at a time."""

    def __init__(
        self, office: Office, clients: Clients, people: People, metrics: Metrics, answered: Callable[[Work], None]
    ) -> None:
        """`answered` is told of each piece of work that is over."""
        self._office = office
        self._clients = clients
        self._people = people
        self._metrics = metrics
        self._over = answered
        self._problems = Problems(office, clients)
        self._threads = KeyedLocks()
        self.channels = KeyedLocks()
        """Whoever posts into a channel holds it meanwhile."""
        self._slots = {True: asyncio.Semaphore(REPORTS_AT_ONCE), False: asyncio.Semaphore(QUESTIONS_AT_ONCE)}
        self._tasks: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        self._more = asyncio.Event()
        self._ending = False

    async def attend(self) -> None:
        """Takes up what waits, until it is cancelled: what was left by others, and what had to wait for its turn."""
        looked = 0.0
        while True:
            try:
                rung = await self._office.was_rung()
                if rung or self._more.is_set() or time.monotonic() - looked > LOOK_SECONDS:
                    looked = time.monotonic()
                    self._more.clear()
                    await self.resume()
            except StoreError as error:
                log.error("cannot look for work", error=str(error))
                await asyncio.sleep(STORE_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), LISTEN_SECONDS)

    async def resume(self) -> int:
        """Takes up what waits; how much that was."""
        if not self._office.role.answers:
            return 0
        pending = await self._office.pending(len(self._tasks) + TAKEN_AT_ONCE)
        fresh = [one for one in pending if _key(one.work) not in self._tasks]
        for one in fresh:
            self.put(one.work)
        return len(fresh)

    def put(self, work: Work) -> None:
        """Answers accepted work as soon as its turn comes; reports only where that is this process's business."""
        if self._ending or _key(work) in self._tasks or (isinstance(work.task, Sent) and not self._office.role.reads):
            return
        task = asyncio.create_task(self._answered(work))
        self._tasks[_key(work)] = task
        self._metrics.open.inc()
        task.add_done_callback(lambda _: self._finished(work))

    def _finished(self, work: Work) -> None:
        del self._tasks[_key(work)]
        self._metrics.open.dec()

    async def settled(self) -> None:
        """Waits until everything that was put, and what waits for it, is finished."""
        while self._tasks or await self._office.pending(1):
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            await asyncio.sleep(0.005)

    async def stop(self, seconds: float = 5.0) -> None:
        """Finishes what is under way, for a while; the rest is taken up by others, or by the next run."""
        self._ending = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # ------------------------------------------------------------ one piece of work

    async def _answered(self, work: Work) -> None:
        started = time.monotonic()
        place = work.place
        bind(team=place.team, channel=place.channel, work=work.key)
        async with (
            self._threads.hold((place.team, place.channel, place.thread)),
            self._slots[isinstance(work.task, Sent)],
        ):
            if self._ending:
                return
            try:
                pending = await self._office.begin(work)
                if pending is None:
                    # Another process has it, or its turn has not come.
                    return
                await self._guarded(work, lambda: self._step(pending))
                self._over(work)
                if await self._office.let_go(work):
                    self._more.set()
            except StoreError as error:
                log.error("the store fails; the work stays kept", error=str(error))
                await asyncio.sleep(STORE_PAUSE)
            except TakenOver:
                log.warning("another process took this work over")
        self._metrics.seconds.observe(time.monotonic() - started)

    async def _step(self, pending: Pending) -> None:
        """Answers, or sends again what an earlier run may have sent."""
        if pending.deaths >= MOST_DEATHS:
            raise _Deadly(pending.deaths)
        if pending.outbox:
            await self._send_again(pending.work, json.loads(pending.outbox))
        else:
            await self._answer(pending.work)

    async def _guarded(self, work: Work, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Whatever goes wrong with one piece of work is logged, told, and stays with it."""
        try:
            await self._reaching(step)
        except (StoreError, TakenOver):
            # Nothing is wrong with the work itself.
            raise
        except Undelivered:
            log.error("slack cannot be reached; the reply is kept for later")
        except NotInstalled:
            log.error("no installation for this workspace; its work is dropped")
            await self._give_up(work, "not installed")
        except Gone:
            await self._give_up(work, "gone")
            await self._tell(work, "gone")
        except NotFetched as error:
            log.warning("file not fetched", reason=error.name)
            await self._give_up(work, error.name)
            await self._tell(work, error.name, **error.values)
        except SlackApiError as error:
            await self._give_up(work, error_of(error))
            if error_of(error) in QUESTION_GONE:
                log.info("the question was deleted before it was answered")
                return
            await self._refused(work, error)
        except Exception:  # noqa: BLE001 - one broken question must not stop the others; it is logged and told
            reference = secrets.token_hex(4)
            log.exception("work failed", reference=reference)
            await self._give_up(work, f"error {reference}")
            await self._tell(work, "trouble", reference=reference)

    async def _reaching(self, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does a step, again after a while where nothing has been sent yet and Slack cannot be reached or has trouble."""
        for pause in PAUSES:
            try:
                await step()
            except (SlackApiError, *LOST) as error:
                if isinstance(error, SlackApiError) and error_of(error) not in TEMPORARY:
                    raise
                log.warning("connection to slack lost", error=str(error), seconds=pause)
                await asyncio.sleep(pause)
            else:
                return
        raise Undelivered

    async def _refused(self, work: Work, error: SlackApiError) -> None:
        """Slack does not want the reply: whoever can do something about it is told."""
        try:
            client = await self._client(work)
            await self._problems.cannot_post(client, work, error, await self._language(work))
        except (NotInstalled, *LOST) as second:
            log.error("nobody could be told", error=str(second))

    async def _give_up(self, work: Work, reason: str) -> None:
        self._metrics.failures.labels(reason.split(" ", maxsplit=1)[0]).inc()
        await self._office.failed(work, reason)

    async def _answer(self, work: Work) -> None:
        client = await self._client(work)
        waiting = asyncio.create_task(self._show_status(client, work)) if _is_direct(work) else None
        given: Given | None
        try:
            profile = await self._people.of(client, work.place.team, work.person)
            person = Person(profile.id, profile.zone, profile.guest)
            if isinstance(work.task, Sent):
                given = await self._examine(client, work, work.task, person)
            else:
                given = await self._office.answer(work, person)
        finally:
            if waiting:
                waiting.cancel()
        if given is None:
            self._metrics.silent.inc()
            await self._office.done(work)
            return
        for answer in given.answers:
            self._metrics.answers.labels(answer.kind).inc()
        if work.reply_to:
            await self._whisper(work, given)
        else:
            await self._redraw(client, work)
            await self._post(client, work, given)

    # ------------------------------------------------------------ into the thread

    async def _post(self, client: AsyncWebClient, work: Work, given: Given) -> None:
        place = work.place
        outbox = _outbox(work, answer_message(given))
        # One at a time for each channel: that is what Slack allows, and what a crash can leave unclear stays small.
        async with self.channels.hold((place.team, place.channel)):
            await self._office.posting(work, given, json.dumps(outbox, ensure_ascii=False))
            sent = await self._send(client, work, outbox)
        await self._share_sheet(client, work, given, sent)
        if given.examined:
            await tell_urgent(self._office, client, self.channels, place, given.examined.uploads)
        await self._office.done(work, sent)

    # ------------------------------------------------------------ reports

    async def _examine(self, client: AsyncWebClient, work: Work, task: Sent, person: Person) -> Given:
        """Fetches files and has them checked, with the progress under the message that brought them."""
        chosen = (await self._office.preferences(work.place.team)).language(work.person)
        language = chosen or _written_in(task.comment) or await self._language(work)
        seen = Seen()
        showing = asyncio.create_task(self._show_progress(client, work, seen))
        try:
            with tempfile.TemporaryDirectory(prefix=f"sellerbot-{os.getpid()}-") as folder:
                files: list[ToRead] = []
                failed: list[NotFetched] = []
                for number, file in enumerate(task.files):
                    seen.text = ui("status_fetch", language, file=file.name)
                    path = Path(folder) / str(number)
                    try:
                        name = await fetch(client, file, path, self._office.largest_file)
                    except NotFetched as error:
                        failed.append(error)
                    else:
                        files.append(ToRead(path, name, file.id))
                if failed and not files:
                    raise failed[0]
                for missing in failed:
                    # The others are checked all the same.
                    log.warning("file not fetched", reason=missing.name)
                    await self._tell(work, missing.name, **missing.values)
                return await self._office.examine(work, files, person, language, seen.progress(language))
        finally:
            showing.cancel()

    async def _show_progress(self, client: AsyncWebClient, work: Work, seen: Seen) -> None:
        """Keeps the status in the thread up to date; Slack takes it away when the answer is posted."""
        shown = ""
        while True:
            if seen.text != shown:
                shown = seen.text
                await self._set_status(client, work, shown)
            await asyncio.sleep(PROGRESS_EVERY)

    async def _share_sheet(self, client: AsyncWebClient, work: Work, given: Given, summary: str) -> None:
        """All findings as a file below the summary, which stands without it; once, whatever Slack answers."""
        sheet = given.examined.sheet if given.examined else None
        if sheet is None:
            return
        title = ui("sheet_title", given.answers[0].language)
        unclear, reason = False, ""
        for pause in SHEET_PAUSES:
            try:
                if unclear and await self._has_sheet(client, work, summary):
                    return
                unclear = False
                await client.files_upload_v2(
                    channel=work.place.channel, thread_ts=work.place.thread, filename=SHEET_NAME, title=title, file=sheet
                )
            except (SlackApiError, SlackRequestError, *LOST) as error:
                reason = error_of(error) if isinstance(error, SlackApiError) else type(error).__name__
                log.error("findings could not be shared as a file", error=reason, seconds=pause)
                if isinstance(error, SlackApiError) and reason not in TEMPORARY:
                    break
                # It may have arrived all the same.
                unclear = True
                await asyncio.sleep(pause)
            else:
                return
        await self._tell(work, "sheet_failed", reason=reason)

    # ------------------------------------------------------------ sending

    async def _send_again(self, work: Work, outbox: Outbox) -> None:
        """A reply that an earlier run may have sent."""
        client = await self._client(work)
        if "url" in outbox:
            await self._send_whisper(outbox)
            await self._office.done(work)
            return
        sent = await self._find(client, work) or await self._send(client, work, outbox)
        if isinstance(work.task, Sent) and not await self._has_sheet(client, work, sent):
            # What it held died with that run: the files are read once more, for the sheet alone.
            profile = await self._people.of(client, work.place.team, work.person)
            person = Person(profile.id, profile.zone, profile.guest)
            given = await self._examine(client, work, work.task, person)
            await self._share_sheet(client, work, given, sent)
        await self._office.done(work, sent)

    async def _has_sheet(self, client: AsyncWebClient, work: Work, summary: str) -> bool:
        """Whether the findings hang below a summary already, as far as can be seen."""
        cursor: str | None = None
        while True:
            try:
                page = await client.conversations_replies(
                    channel=work.place.channel, ts=work.place.thread, oldest=summary, limit=PAGE, cursor=cursor
                )
            except SlackApiError as error:
                if error_of(error) in TEMPORARY:
                    raise
                log.warning("cannot look for the findings", error=error_of(error))
                return True
            shared = (file for one in page["messages"] if one["ts"] > summary for file in one.get("files") or ())
            if any(file.get("name") == SHEET_NAME for file in shared):
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return False

    async def _send(self, client: AsyncWebClient, work: Work, outbox: Outbox) -> str:
        """Posts the reply once, however often the connection breaks; its ts."""
        return await post_once(client, outbox, lambda: self._find(client, work), PAUSES, lambda: self._make_sure(work))

    async def _make_sure(self, work: Work) -> None:
        """That nobody has taken this over, after a stop of the whole machine for example. Raises `TakenOver`."""
        if not self._office.is_sure:
            await self._office.beat()
            if not await self._office.still_has(work):
                raise TakenOver

    async def _find(self, client: AsyncWebClient, work: Work) -> str | None:
        """The reply to this work among the messages of its thread; None where it was not posted or cannot be seen."""

        async def pages(cursor: str | None) -> AsyncSlackResponse:
            return await client.conversations_replies(
                channel=work.place.channel, ts=work.place.thread, include_all_metadata=True, limit=PAGE, cursor=cursor
            )

        return await find_marked(pages, EVENT_TYPE, {"work": work.key})

    async def _redraw(self, client: AsyncWebClient, work: Work) -> None:
        """Shows in the message that asked what was picked, and by whom."""
        task = work.task
        if not isinstance(task, Told) or not task.message:
            return
        given = await self._office.given(work.place.team, work.place.channel, task.answer)
        if not any((given.picks or {}).values()):
            return
        message = answer_message(given)
        try:
            await client.chat_update(channel=work.place.channel, ts=task.message, text=message.text, blocks=message.blocks)
        except (SlackApiError, *LOST) as error:
            # The answer itself matters more than the look of the question.
            log.warning("message could not be updated", error=str(error))

    # ------------------------------------------------------------ to one person

    async def _whisper(self, work: Work, given: Given) -> None:
        outbox = _private_outbox(work, answer_message(given, private=True))
        await self._office.posting(work, given, json.dumps(outbox, ensure_ascii=False))
        await self._send_whisper(outbox)
        await self._office.done(work)

    async def _send_whisper(self, outbox: Outbox) -> None:
        response = await self._clients.webhook(outbox["url"]).send_dict(outbox["body"])
        if response.status_code != 200:
            log.error("private answer refused", status=response.status_code, body=response.body[:200])

    async def _tell(self, work: Work, name: str, **values: object) -> None:
        """A notice to whoever asked, where they asked."""
        place = work.place
        try:
            text = escape(ui(name, await self._language(work), **values))
            if work.reply_to:
                body = {"text": text, "response_type": "ephemeral", "replace_original": False}
                await self._clients.webhook(work.reply_to).send_dict(body)
            else:
                client = await self._client(work)
                # Under a message that nobody has replied to yet there is no thread in which it would be seen.
                thread = None if work.key == place.thread else place.thread
                await client.chat_postEphemeral(channel=place.channel, user=work.person, text=text, thread_ts=thread)
        except (SlackApiError, NotInstalled, *LOST) as error:
            log.error("notice could not be sent", notice=name, error=str(error))

    async def _show_status(self, client: AsyncWebClient, work: Work) -> None:
        await asyncio.sleep(STATUS_AFTER)
        await self._set_status(client, work, "…")

    async def _set_status(self, client: AsyncWebClient, work: Work, status: str) -> None:
        place = work.place
        try:
            await client.assistant_threads_setStatus(channel_id=place.channel, thread_ts=place.thread, status=status)
        except (SlackApiError, *LOST) as error:
            log.info("status not shown", error=str(error))

    async def _client(self, work: Work) -> AsyncWebClient:
        return await self._clients.of(work.place.team, work.place.enterprise)

    async def _language(self, work: Work) -> Language:
        client = await self._client(work)
        profile: Profile = await self._people.of(client, work.place.team, work.person)
        return profile.language


def _key(work: Work) -> tuple[str, str, str]:
    return work.place.team, work.place.channel, work.key


def _written_in(comment: str) -> Language | None:
    """The language that somebody wrote beside files; None where they wrote nothing."""
    text = normalise(comment)
    return detect(text).answer if has_words(text) else None


def _is_direct(work: Work) -> bool:
    return work.place.channel.startswith("D") and isinstance(work.task, Asked) and not work.reply_to


def _outbox(work: Work, message: Message) -> Outbox:
    return {
        "channel": work.place.channel,
        "thread_ts": work.place.thread,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"work": work.key}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _private_outbox(work: Work, message: Message) -> Outbox:
    """A private answer; what was picked under one replaces it."""
    return {
        "url": work.reply_to,
        "body": {
            "text": message.text,
            "blocks": message.blocks,
            "response_type": "ephemeral",
            "replace_original": not isinstance(work.task, Asked),
            "unfurl_links": False,
            "unfurl_media": False,
        },
    }
