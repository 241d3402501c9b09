"""Handing events, interactions and commands to the app: one attempt for what a person waits for, retries for events."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.sandbox.world import Delivery, Json, World

Kind = Literal["events_api", "interactive", "slash_commands", "options"]
RETRY_AFTER = (0.0, 60.0, 300.0)
"""Seconds from one attempt at an event to the next: at once, a minute, five minutes."""
_REMEMBERED_EVENTS = 20_000


@dataclass(frozen=True)
class Reply:
    """What came back: the app's payload, or why there is none. `no_retry`: the app asked to be left alone."""

    failure: str = ""
    body: Json | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return not self.failure


class Transport(Protocol):
    """One way to the app: Socket Mode, or signed HTTP requests."""

    name: str

    async def send(self, kind: Kind, payload: Json, *, attempt: int, reason: str, timeout: float) -> Reply: ...


class Dispatcher:
    """Delivers through whichever transport the app is configured for, and records every attempt."""

    def __init__(self, world: World, socket: Transport, http: Transport, *, ack_timeout: float) -> None:
        self._world = world
        self._socket = socket
        self._http = http
        self.ack_timeout = ack_timeout
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: OrderedDict[str, Json] = OrderedDict()
        self._due = 0
        self._changed = asyncio.Condition()

    def publish(self, payload: Json, *, copies: int = 1) -> None:
        """Sends an event in the background, `copies` times, with Slack's retries until it is acknowledged."""
        self._events[payload["event_id"]] = payload
        while len(self._events) > _REMEMBERED_EVENTS:
            self._events.popitem(last=False)
        self._due += copies
        for _ in range(copies):
            self.background(self._deliver(payload))

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work that ends with the sandbox at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Returns once no event is due: all have been acknowledged, given up, or wait for a later retry."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._due == 0)

    async def again(self, event_id: str) -> bool:
        """One more delivery of an event, marked as a retry; False if there is no such event."""
        payload = self._events.get(event_id)
        if payload is None:
            return False
        await self._attempt("events_api", payload, 1, "http_timeout")
        return True

    async def ask(self, kind: Kind, payload: Json) -> Reply:
        """One attempt at an interaction or a command, and the app's answer."""
        return await self._attempt(kind, payload, 0, "")

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, payload: Json) -> None:
        reply = await self._attempt("events_api", payload, 0, "")
        for number, wait in enumerate(RETRY_AFTER, start=1):
            if reply.ok or reply.no_retry:
                break
            if wait:
                await self._no_longer_due()
                await self._world.clock.sleep_until(self._world.now() + wait)
                self._due += 1
            reply = await self._attempt("events_api", payload, number, reply.failure)
        await self._no_longer_due()

    async def _no_longer_due(self) -> None:
        self._due -= 1
        async with self._changed:
            self._changed.notify_all()

    async def _attempt(self, kind: Kind, payload: Json, attempt: int, reason: str) -> Reply:
        transport = self._socket if self._world.app.socket_mode else self._http
        began = time.monotonic()
        reply = await transport.send(kind, payload, attempt=attempt, reason=reason, timeout=self.ack_timeout)
        self._world.delivered(
            Delivery(
                self._world.now(),
                kind,
                str(payload.get("event_id") or payload.get("trigger_id") or payload.get("action_id") or ""),
                attempt,
                transport.name,
                reply.failure or "acknowledged",
                round(time.monotonic() - began, 4),
                payload,
            )
        )
        return reply
