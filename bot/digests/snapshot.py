"""What a digest has said, kept as JSON for the next one to compare with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from bot.checks.changes import Cases

History = tuple[tuple[str, float], ...]
"""Values of a metric by ISO day, the oldest first."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that a digest told, by keys."""

    day: date
    cases: Cases | None = None
    """Check -> key -> units; None where findings were no part of the digest."""
    metrics: Mapping[str, History] = field(default_factory=dict)
    overdue: frozenset[str] = frozenset()
    calendar: frozenset[str] = frozenset()
    """Changes of policy, and sources past their review."""
    stale: frozenset[str] = frozenset()
    asked_for_report: bool = False

    def to_json(self) -> str:
        kept = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(self).items()}
        return json.dumps({**kept, "day": self.day.isoformat()}, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str | None) -> Snapshot | None:
    """The snapshot in `text`; None where there is none. Raises `ValueError` for anything else."""
    if not text:
        return None
    try:
        kept = json.loads(text)
        return Snapshot(
            date.fromisoformat(kept["day"]),
            kept["cases"],
            {name: tuple((day, float(value)) for day, value in values) for name, values in kept["metrics"].items()},
            frozenset(kept["overdue"]),
            frozenset(kept["calendar"]),
            frozenset(kept["stale"]),
            bool(kept["asked_for_report"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no snapshot of a digest: {error!r}") from error
