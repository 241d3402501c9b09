"""What people asked in vain, for those who write the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from bot.gaps import KeptQuestion
from bot.office.masking import masked
from bot.office.preferences import Preferences
from bot.settings import Settings
from bot.store import open_store


def questions_since(settings: Settings, day: date) -> tuple[KeptQuestion, ...]:
    """Questions without an answer and those with a disliked one, of workspaces that let them be kept; the oldest first.

    Raises `StoreError`.
    """
    store = open_store(settings.place, keys=settings.keys)
    try:
        start = int(datetime.combine(day, time(), UTC).timestamp())
        rows = store.answers.lacking(start)
        wanted = {team: Preferences(store.preferences.everything(team)).keep_questions for team, _, _ in rows}
        found: dict[tuple[str, str], list[str]] = {}
        for team, question, why in rows:
            if wanted[team]:
                found.setdefault((team, masked(question)), []).extend([why] if why else [])
        return tuple(KeptQuestion(text, team, tuple(reasons)) for (team, text), reasons in found.items())
    finally:
        store.close()
