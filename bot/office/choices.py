"""What somebody filled into a form of settings -> what to keep of it, or what is wrong with which field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.digests.zones import zone_of
from bot.office.preferences import MOST_KEEP_DAYS, Name, Preferences, default_of
from bot.rulebook.book import Rulebook
from bot.store.preferences import KEEP_DAYS, POLICY_WATCH, WORKSPACE

MOST_CHANNELS = 50
"""So many channels at most are answered unasked, and so many are for reports."""
NOTHING = "none"
"""Stands for no choice in a list, which has to have one."""
_CHANNEL = re.compile(r"^[CG][A-Z0-9]{2,20}$")
_TARGET = re.compile(r"^[CGDUW][A-Z0-9]{2,20}$")
_DAYS = re.compile(r"^[0-9]{1,4}$")
_TIME = re.compile(r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
_WEEKDAYS = frozenset("1234567")
Filled = Mapping[str, str]
"""Field -> what was filled in; several values are separated by commas."""


@dataclass
class Choices:
    """`values`: (scope, name) -> value, empty to take a setting back; `errors`: field -> what is wrong with it."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def for_workspace(filled: Filled, before: Preferences, book: Rulebook) -> Choices:
    """The settings of a workspace from its form; nothing of it is trusted."""
    choices = Choices()
    _language(filled, WORKSPACE, choices)
    _one(filled, "hand_over", _TARGET, choices)
    _one(filled, "maintainers", _CHANNEL, choices)
    _when(filled, choices)
    _channels(filled, "auto_answer", before.auto_answer_channels, choices)
    _channels(filled, "data_channel", before.data_channels, choices)
    days = filled.get(KEEP_DAYS, "").strip()
    if days and not (_DAYS.match(days) and 1 <= int(days) <= MOST_KEEP_DAYS):
        choices.errors[KEEP_DAYS] = "bad_keep_days"
    choices.values[WORKSPACE, KEEP_DAYS] = days
    choices.values[WORKSPACE, "keep_questions"] = "" if filled.get("keep_questions") == "on" else "off"
    choices.values[WORKSPACE, POLICY_WATCH] = "on" if filled.get(POLICY_WATCH) == "on" else ""
    _defaults(filled, WORKSPACE, ("workspace", "person"), book, choices)
    return choices


def for_person(filled: Filled, person: str, book: Rulebook) -> Choices:
    """A person's own settings from their form."""
    choices = Choices()
    _language(filled, person, choices)
    _defaults(filled, person, ("person",), book, choices)
    return choices


def _language(filled: Filled, scope: str, choices: Choices) -> None:
    value = filled.get("language", NOTHING)
    if value not in (NOTHING, "en", "zh"):
        choices.errors["language"] = "bad_value"
    choices.values[scope, "language"] = "" if value == NOTHING else value


def _when(filled: Filled, choices: Choices) -> None:
    """When the maintainers' digest comes, and in which zone."""
    day, at, written = filled.get("maintainers_day", ""), filled.get("maintainers_at", ""), filled.get("zone", "").strip()
    if day and day not in _WEEKDAYS:
        choices.errors["maintainers_day"] = "bad_value"
    if at and not _TIME.match(at):
        choices.errors["maintainers_at"] = "digest_bad_at"
    zone = zone_of(written) if written else ""
    if zone is None:
        choices.errors["zone"] = "digest_bad_zone"
    choices.values |= {
        (WORKSPACE, "maintainers_day"): day,
        (WORKSPACE, "maintainers_at"): at,
        (WORKSPACE, "zone"): zone or "",
    }


def _one(filled: Filled, name: str, allowed: re.Pattern[str], choices: Choices) -> None:
    target = filled.get(name, "")
    if target and not allowed.match(target):
        choices.errors[name] = "bad_value"
    choices.values[WORKSPACE, name] = target


def _channels(filled: Filled, name: Name, before: tuple[str, ...], choices: Choices) -> None:
    wanted = [channel for channel in filled.get(name, "").split(",") if channel]
    if len(wanted) > MOST_CHANNELS:
        choices.errors[name] = "bad_channels_many"
    elif not all(_CHANNEL.match(channel) for channel in wanted):
        choices.errors[name] = "bad_channels"
    for channel in {*wanted, *before}:
        choices.values[channel, name] = "on" if channel in wanted else ""


def _defaults(filled: Filled, scope: str, allowed: tuple[str, ...], book: Rulebook, choices: Choices) -> None:
    for fact in book.content.facts:
        if fact.default_by not in allowed:
            continue
        name = default_of(fact.id)
        value = filled.get(name, NOTHING)
        if value != NOTHING and value not in book.choices(fact.id):
            choices.errors[name] = "bad_value"
        choices.values[scope, name] = "" if value == NOTHING else value
