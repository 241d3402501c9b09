"""How often what may be called: Slack's tiers per method, workspace and app, and its special rule for posting."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

POSTS_PER_CHANNEL = 1.0
"""Messages a second into one channel."""
POST_BURST = 5
"""How many may come at once; Slack publishes no figure beyond "short bursts"."""
POSTS_PER_TEAM = 300
"""Messages a minute into one workspace: "several hundred"."""


@dataclass
class _Bucket:
    level: float
    at: float


class RateLimits:
    """Token buckets that refill with the sandbox's clock. Without `enabled` nothing is ever refused."""

    def __init__(self, now: Callable[[], float], *, enabled: bool = True) -> None:
        self._now = now
        self.enabled = enabled
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def take(self, key: tuple[str, ...], per_minute: float, burst: float | None = None) -> int:
        """Counts one call; 0 if it may be made, else after how many whole seconds it may."""
        if not self.enabled:
            return 0
        capacity = burst if burst is not None else per_minute
        rate = per_minute / 60
        now = self._now()
        bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
        bucket.level = min(capacity, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.level >= 1:
            bucket.level -= 1
            return 0
        return max(1, math.ceil((1 - bucket.level) / rate))
