"""The sandbox's clock: runs with the machine's, and can be moved ahead to try lifetimes, retries and schedules."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Seconds since the epoch, shifted by as much as somebody moved the clock ahead."""

    def __init__(self, start: float | None = None) -> None:
        self._offset = 0.0 if start is None else start - time.time()
        self._moved = asyncio.Condition()

    def now(self) -> float:
        """The sandbox's time, in seconds since the epoch."""
        return time.time() + self._offset

    async def move(self, seconds: float) -> float:
        """Moves ahead and wakes what waits; returns the new time. Time runs one way: a negative step is a ValueError."""
        if seconds < 0:
            raise ValueError("the clock only moves ahead: message timestamps must keep growing")
        self._offset += seconds
        async with self._moved:
            self._moved.notify_all()
        return self.now()

    async def sleep_until(self, when: float) -> None:
        """Returns once the sandbox's time has reached `when`, by waiting or because the clock was moved."""
        while (left := when - self.now()) > 0:
            try:
                async with asyncio.timeout(left), self._moved:
                    await self._moved.wait()
            except TimeoutError:
                continue
