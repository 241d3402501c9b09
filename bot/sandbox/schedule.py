"""Scheduled messages: kept until their time on the sandbox's clock, then posted."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.delivery import Dispatcher
from bot.sandbox.posting import Posting
from bot.sandbox.world import Json, World


@dataclass
class Scheduled:
    id: str
    channel: str
    post_at: int
    message: Json
    token: str
    created: int
    posts: bool
    """False for a message with metadata, which Slack accepts and never posts."""


class Schedule:
    def __init__(self, world: World, posting: Posting, dispatcher: Dispatcher) -> None:
        self._world = world
        self._posting = posting
        self._dispatcher = dispatcher
        self._waiting: dict[str, Scheduled] = {}

    def add(self, channel: str, post_at: int, message: Json, token: str, *, posts: bool) -> Scheduled:
        scheduled = Scheduled(self._world.new_id("Q"), channel, post_at, message, token, int(self._world.now()), posts)
        self._waiting[scheduled.id] = scheduled
        self._dispatcher.background(self._wait(scheduled))
        return scheduled

    def get(self, scheduled_id: str) -> Scheduled | None:
        return self._waiting.get(scheduled_id)

    def of(self, token: str) -> list[Scheduled]:
        """What this token has scheduled; other tokens' messages are not listed."""
        return [scheduled for scheduled in self._waiting.values() if scheduled.token == token]

    def near(self, channel: str, post_at: int, window: int) -> int:
        """How many messages of a channel are due within `window` seconds of a time."""
        return sum(1 for s in self._waiting.values() if s.channel == channel and abs(s.post_at - post_at) < window)

    def remove(self, scheduled_id: str) -> None:
        self._waiting.pop(scheduled_id, None)

    async def _wait(self, scheduled: Scheduled) -> None:
        await self._world.clock.sleep_until(scheduled.post_at)
        channel = self._world.channels[scheduled.channel]
        if self._waiting.pop(scheduled.id, None) is None or not scheduled.posts or channel.archived:
            return
        self._posting.post(channel, {**scheduled.message, "ts": self._world.next_ts()})
