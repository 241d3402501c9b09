"""Who people are: their time zone, language and whether they may change settings; asked once a day."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.rulebook.models import Language
from bot.slack.clients import LOST, error_of
from bot.slack.logs import log
from bot.slack.phrases import language_of

KEPT_SECONDS = 24 * 3600
FORGOTTEN_AFTER = 10_000
UNKNOWN_KEPT_SECONDS = 300
PATIENCE_SECONDS = 3
"""Longer than this nobody waits for a profile, also where Slack asks to call later."""

_GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger")


@dataclass(frozen=True)
class Profile:
    id: str
    zone: str | None = None
    locale: str | None = None
    admin: bool = False
    guest: bool = False
    """Here for some channels only: a guest, or somebody of another workspace."""

    @property
    def language(self) -> Language:
        return language_of(self.locale)


class People:
    """Profiles by workspace and person."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Profile]] = {}

    async def of(self, client: AsyncWebClient, team: str, user: str) -> Profile:
        """A person's profile; a bare one where Slack does not tell (a missing permission must not cost an answer)."""
        known = self._known.get((team, user))
        if known and known[0] > self._clock():
            return known[1]
        kept = KEPT_SECONDS
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                response = await client.users_info(user=user, include_locale=True)
            found = response["user"]
            profile = Profile(
                user,
                found.get("tz"),
                found.get("locale"),
                bool(found.get("is_admin") or found.get("is_owner")),
                any(found.get(name) for name in _GUEST),
            )
        except (SlackApiError, *LOST) as error:
            reason = error_of(error) if isinstance(error, SlackApiError) else str(error)
            log.warning("profile not available", team=team, error=reason)
            # Whoever may be a guest is taken for one.
            profile, kept = Profile(user, guest=True), UNKNOWN_KEPT_SECONDS
        if len(self._known) >= FORGOTTEN_AFTER:
            self._known.clear()
        self._known[team, user] = (self._clock() + kept, profile)
        return profile
