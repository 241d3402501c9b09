"""What a workspace, a channel or a person has set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Literal

from bot.deciding.decide import Known
from bot.reports.report import Meaning
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Fact, Language
from bot.rulebook.parsing import BadValue, parse_value
from bot.rulebook.values import Value
from bot.store.preferences import KEEP_DAYS, POLICY_WATCH, WORKSPACE

Name = Literal[
    "language",
    "zone",
    "hand_over",
    "auto_answer",
    "data_channel",
    "keep_questions",
    "maintainers",
    "maintainers_day",
    "maintainers_at",
    "policy_watch",
]


HEADINGS = "headings"
"""The scope of what the headings of own tables mean; the names are those of `heading_of`."""
MOST_KEEP_DAYS = 365
"""What is uploaded may be kept so long at most; the least is a day."""
_FACT = "fact:"


def default_of(fact: str) -> str:
    """The name under which a default for a fact is kept."""
    return _FACT + fact


def heading_of(layout: str, heading: str) -> str:
    """The name under which it is kept what a heading means in one report format."""
    return f"{layout}/{heading}"


@dataclass(frozen=True)
class Preferences:
    """The settings of one workspace, read at one moment."""

    values: Mapping[tuple[str, str], str]

    def language(self, person: str = "") -> Language | None:
        """The language to answer in; None: the question's."""
        text = self.values.get((person, "language")) or self.values.get((WORKSPACE, "language"))
        return "zh" if text == "zh" else "en" if text == "en" else None

    def default(self, fact: str, person: str = WORKSPACE) -> str:
        """The default that a person set for a fact, or the workspace; empty where there is none."""
        return self.values.get((person, default_of(fact)), "")

    def facts(self, person: str, book: Rulebook) -> dict[str, Known]:
        """What holds for a person's questions unless they say otherwise: their own defaults, else the workspace's.

        A default that the rulebook no longer allows, or whose value it no longer knows, counts for nothing.
        """
        found: dict[str, Known] = {}
        for fact in book.content.facts:
            if fact.default_by is not None:
                known = self._own(fact, person, book) or self._shared(fact, book)
                found |= {fact.id: known} if known else {}
        return found

    def _own(self, fact: Fact, person: str, book: Rulebook) -> Known | None:
        value = _parsed(fact, self.default(fact.id, person), book) if fact.default_by == "person" else None
        return Known(value, "personal") if value is not None else None

    def _shared(self, fact: Fact, book: Rulebook) -> Known | None:
        value = _parsed(fact, self.default(fact.id), book)
        return Known(value, "workspace") if value is not None else None

    @property
    def zone(self) -> str | None:
        """IANA zone of the maintainers' digest, and for people whose own zone is not known."""
        return self.values.get((WORKSPACE, "zone"))

    @property
    def hand_over(self) -> str | None:
        """The channel or person who is told of questions that the bot could not answer."""
        return self.values.get((WORKSPACE, "hand_over"))

    @property
    def maintainers(self) -> str | None:
        """The channel that is told every week what was asked in vain."""
        return self.values.get((WORKSPACE, "maintainers"))

    @property
    def maintainers_day(self) -> int:
        """The day of the week on which it is told, 1 (Monday) to 7."""
        return int(self.values.get((WORKSPACE, "maintainers_day"), "1"))

    @property
    def maintainers_at(self) -> time:
        """The local time, in the workspace's zone, at which it is told."""
        return time.fromisoformat(self.values.get((WORKSPACE, "maintainers_at"), "09:00"))

    @property
    def keep_days(self) -> int | None:
        """Days after which uploads and conversations are deleted; None: as the whole program does."""
        text = self.values.get((WORKSPACE, KEEP_DAYS), "")
        return int(text) if text else None

    @property
    def keep_questions(self) -> bool:
        """Whether questions without an answer are kept for the people who write the rules."""
        return self.values.get((WORKSPACE, "keep_questions")) != "off"

    @property
    def policy_watch(self) -> bool:
        """Whether whoever asked is told when the rule of an answer has changed."""
        return self.values.get((WORKSPACE, POLICY_WATCH)) == "on"

    def answers_unasked(self, channel: str) -> bool:
        """Whether the channel wants questions answered that nobody put to the bot."""
        return self.values.get((channel, "auto_answer")) == "on"

    def takes_files(self, channel: str) -> bool:
        """Whether every report that somebody puts into the channel is checked, without a mention."""
        return self.values.get((channel, "data_channel")) == "on"

    @property
    def headings(self) -> tuple[Meaning, ...]:
        """What the headings of the workspace's own tables mean, as somebody confirmed it."""
        kept = [(*name.split("/", 1), value) for (scope, name), value in self.values.items() if scope == HEADINGS]
        return tuple(Meaning(heading, column, layout) for layout, heading, column in kept)

    @property
    def auto_answer_channels(self) -> tuple[str, ...]:
        return self._channels("auto_answer")

    @property
    def data_channels(self) -> tuple[str, ...]:
        """Channels where every report is checked."""
        return self._channels("data_channel")

    def _channels(self, wanted: Name) -> tuple[str, ...]:
        return tuple(sorted(scope for (scope, name), value in self.values.items() if name == wanted and value == "on"))


def _parsed(fact: Fact, text: str, book: Rulebook) -> Value | None:
    try:
        return parse_value(fact, text, book)
    except BadValue:
        return None
