"""Home tabs: published when somebody opens theirs, and again when something on it changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.digests.deadlines import Deadline
from bot.office.home import Home
from bot.office.office import Office, Person
from bot.office.work import Sent, Work
from bot.rulebook.models import Language
from bot.slack.blocks.home import home_view
from bot.slack.blocks.modals import View
from bot.slack.clients import LOST, Clients, NotInstalled
from bot.slack.logs import log
from bot.slack.members import joined_of
from bot.slack.people import People

OPEN_SECONDS = 3600.0
"""So long after it was opened a tab is kept up to date; whoever comes back to it opens it anew."""
MOST_OPEN = 1000
PATIENCE_SECONDS = 1.0
"""Nobody waits longer for deadlines, which need their reports read: they follow."""
Who = tuple[str, str]
"""Workspace and person."""


@dataclass
class _Tab:
    enterprise: str
    until: float
    stale: bool = False
    task: asyncio.Task[None] | None = None


class Homes:
    """The tabs that were opened here lately. One task at a time publishes a tab, so that the last state stands."""

    def __init__(
        self,
        office: Office,
        clients: Clients,
        people: People,
        command: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._office = office
        self._clients = clients
        self._people = people
        self._command = command
        self._clock = clock
        self._tabs: dict[Who, _Tab] = {}

    def opened(self, team: str, enterprise: str, user: str) -> None:
        """Somebody looks at their tab."""
        tab = self._tabs.pop((team, user), None) or _Tab(enterprise, 0.0)
        tab.until = self._clock() + OPEN_SECONDS
        self._tabs[team, user] = tab
        while len(self._tabs) > MOST_OPEN:
            self._tabs.pop(next(iter(self._tabs)))
        self._publish((team, user), tab)

    def changed(self, team: str, user: str = "") -> None:
        """Something changed for a person, or for a whole workspace: open tabs follow."""
        now = self._clock()
        self._tabs = {who: tab for who, tab in self._tabs.items() if tab.until > now}
        for who, tab in self._tabs.items():
            if who[0] == team and user in ("", who[1]):
                self._publish(who, tab)

    def answered(self, work: Work) -> None:
        """Work is finished: its answer is seen on the asker's tab, what was uploaded on those of all in the channel."""
        self.changed(work.place.team, "" if isinstance(work.task, Sent) else work.person)

    async def stop(self) -> None:
        tasks = [tab.task for tab in self._tabs.values() if tab.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _publish(self, who: Who, tab: _Tab) -> None:
        tab.stale = True
        if tab.task is None or tab.task.done():
            tab.task = asyncio.create_task(self._published(who, tab))

    async def _published(self, who: Who, tab: _Tab) -> None:
        while tab.stale:
            tab.stale = False
            try:
                await self._show(who, tab)
            except (SlackApiError, NotInstalled, *LOST) as error:
                log.warning("home tab not shown", error=str(error))
            except Exception:  # noqa: BLE001 - a tab that can't be drawn must not cost anything else; it is logged
                log.exception("home tab failed")

    async def _show(self, who: Who, tab: _Tab) -> None:
        team, user = who
        client = await self._clients.of(team, tab.enterprise)
        profile = await self._people.of(client, team, user)
        person = Person(user, profile.zone, profile.guest)
        channels = await joined_of(client, user, await self._office.channels_with_uploads(team))
        home = await self._office.home(team, person, channels)
        language = home.preferences.language(user) or profile.language
        working = asyncio.create_task(self._office.deadlines(team, person, channels))
        try:
            await asyncio.wait({working}, timeout=PATIENCE_SECONDS)
            if not working.done():
                await client.views_publish(user_id=user, view=self._view(home, None, user, language))
            view = self._view(home, await working, user, language)
            await client.views_publish(user_id=user, view=view)
        finally:
            working.cancel()

    def _view(self, home: Home, deadlines: Sequence[Deadline] | None, user: str, language: Language) -> View:
        office = self._office
        return home_view(home, deadlines, office.book, user, self._command, office.keep_days, language)
