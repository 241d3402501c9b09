"""What listeners work with."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.office.office import Given, Gone, Office
from bot.office.work import Work
from bot.rulebook.models import Language
from bot.slack.blocks.answers import Message
from bot.slack.clients import Clients
from bot.slack.delivery import Delivery
from bot.slack.homes import Homes
from bot.slack.logs import log
from bot.slack.metrics import Metrics
from bot.slack.people import People
from bot.slack.press import Press
from bot.slack.stamps import Stamps


@dataclass(frozen=True)
class Bot:
    """The office and the ways to people; `command` is the slash command's name."""

    office: Office
    clients: Clients
    people: People
    delivery: Delivery
    homes: Homes
    metrics: Metrics
    command: str
    stamps: Stamps

    async def take(self, work: Work, event_id: str | None = None) -> bool:
        """Keeps work and has it answered; False where it was taken before. When this returns, no crash can lose it."""
        fresh = await self.office.accept(work, event_id)
        if not fresh:
            self.metrics.repeated.inc()
            return False
        self.metrics.received.labels(work.task.kind).inc()
        self.delivery.put(work)
        return True

    async def given(self, press: Press) -> Given:
        """The message that gave the answer which a press belongs to. Raises `Gone`.

        An answer is for those who could see it: in its channel, under a private message for one person, on a Home tab for
        whoever it was given to. What a press says of itself proves nothing else.
        """
        if not press.channel:
            return await self.office.given_to(press.team, press.user, press.ref)
        given = await self.office.given(press.team, press.channel, press.ref)
        if given.place.is_private and given.person != press.user:
            raise Gone
        return given

    async def whisper(self, url: str, message: Message, thread: str = "") -> bool:
        """Shows something to one person, at the address that their press or command brought along, in that thread.

        False where Slack did not take it: such an address is good for half an hour and five messages. A press in a modal
        or on a Home tab brings none.
        """
        if not url:
            log.warning("nowhere to show a private message")
            return False
        body = {
            "text": message.text,
            "blocks": message.blocks,
            "response_type": "ephemeral",
            "replace_original": False,
            **({"thread_ts": thread} if thread else {}),
        }
        response = await self.clients.webhook(url).send_dict(body)
        if response.status_code != 200:
            log.error("private message refused", status=response.status_code, body=response.body[:200])
        return response.status_code == 200

    async def language(self, client: AsyncWebClient, team: str, user: str) -> Language:
        """The language of a person's surfaces: their choice, else their Slack's."""
        chosen = (await self.office.preferences(team)).language(user)
        return chosen or (await self.people.of(client, team, user)).language
