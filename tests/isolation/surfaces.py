"""Everything that the app listens to, as its listeners register it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from bot.slack.bot import Bot
from bot.slack.listeners import (
    commands,
    digests,
    facts,
    home,
    lifecycle,
    messages,
    opinions,
    pages,
    reports,
    settings,
    shortcuts,
)

Decorator = Callable[[Any], Any]


@dataclass
class Recorder:
    """Stands where the app does while listeners are registered; notes what they listen to, and does nothing."""

    heard: dict[str, list[str]] = field(default_factory=dict)

    def __getattr__(self, kind: str) -> Callable[..., Decorator]:
        def register(constraint: str | re.Pattern[str], **_: Any) -> Decorator:
            name = constraint.pattern if isinstance(constraint, re.Pattern) else constraint
            self.heard.setdefault(kind, []).append(name)
            return lambda listener: listener

        return register


def heard() -> dict[str, list[str]]:
    """What the app listens to: action, view, command, event, message_shortcut -> names or patterns."""
    recorder = Recorder()
    bot = cast(Bot, SimpleNamespace(command="/seller"))
    for surface in (messages, commands, shortcuts, facts, pages, opinions, home, settings, reports, digests, lifecycle):
        surface.register(cast(Any, recorder), bot)
    return recorder.heard
