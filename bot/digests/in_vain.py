"""The maintainers' digest: what a workspace asked in vain since the last one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.gaps import Gap

FIRST = timedelta(days=7)
"""So far back the first one looks."""
SHOWN = 10
"""So many groups are shown, the largest."""
MOST = 200
"""So many questions are put into groups at most, the newest: others wait for answers meanwhile."""


@dataclass(frozen=True)
class InVain:
    """What was asked in vain: `total` questions since a moment in the digest's zone, the largest groups of them.

    `is_kept` is False where the workspace lets no questions be kept; `snapshot` (JSON) says where the next one goes on.
    """

    team: str
    since: datetime
    total: int
    gaps: tuple[Gap, ...]
    is_kept: bool
    snapshot: str


def snapshot_at(moment: int) -> str:
    """What the next digest needs to go on from here (seconds since 1970)."""
    return json.dumps({"until": moment})


def since_of(snapshot: str, now: int) -> int:
    """From when on a digest tells: where the last one ended; a week back where there was none."""
    return int(json.loads(snapshot)["until"]) if snapshot else now - int(FIRST.total_seconds())
