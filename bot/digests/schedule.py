"""When a digest is due: on which local dates, and at which moments these are."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim
from pydantic import TypeAdapter

from bot.digests.options import Options

Rhythm = Literal["daily", "weekdays", "weekly", "monthly"]
Late = Literal["send", "skip"]
_DAYS = {"daily": range(1), "weekdays": range(1), "weekly": range(1, 8), "monthly": range(1, 32)}
_WIDEST_GAP = timedelta(days=1)
"""No zone has skipped more of its local time than that."""


class BadSchedule(ValueError):
    """Something of a schedule cannot be; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Schedule:
    """A digest that somebody wants. Raises `BadSchedule`.

    `channel` is where it is posted (for a direct message the conversation with the owner), `about` the channel whose
    reports it is made of. `day` is 1 (Monday) to 7 for a weekly digest, the day of the month for a monthly one (the last
    day of a shorter month), else 0. `at` and `zone` are local time and IANA zone. `late` says what to do when it could
    not be sent in time. With `alerts` urgent findings are told at once. `paused` is empty, or why it is paused: "owner",
    or Slack's error.
    """

    id: str
    team: str
    owner: str
    channel: str
    about: str
    options: Options
    rhythm: Rhythm
    at: time
    zone: str
    day: int = 0
    late: Late = "send"
    alerts: bool = False
    paused: str = ""
    enterprise: str = ""

    def __post_init__(self) -> None:
        if not self.options.parts:
            raise BadSchedule("parts")
        if self.rhythm not in _DAYS or self.day not in _DAYS[self.rhythm]:
            raise BadSchedule("rhythm")
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise BadSchedule("at")
        if self.late not in ("send", "skip"):
            raise BadSchedule("late")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadSchedule("zone") from error

    @property
    def is_for_maintainers(self) -> bool:
        """Whether it tells what was asked in vain; there is one of these at most, and the workspace's settings govern it."""
        return "in_vain" in self.options.parts

    def to_json(self) -> str:
        return _SCHEDULE.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        return _SCHEDULE.validate_json(text)


_SCHEDULE = TypeAdapter(Schedule)


@dataclass(frozen=True)
class Occurrence:
    """One time that a digest is due: the local date that it is for, and the moment in UTC."""

    day: date
    moment: datetime


def occurrences(schedule: Schedule, after: datetime) -> Iterator[Occurrence]:
    """What is due after a moment, without end: once for each local date that the rhythm names.

    A local time that the clocks skip is due at the first moment after it, one that they show twice at the first of both.
    """
    zone = ZoneInfo(schedule.zone)
    # A little earlier, in local time: around a change of the clocks local order is not the order of moments.
    start = after.astimezone(zone).replace(tzinfo=None) - _WIDEST_GAP - timedelta(minutes=1)
    for local in heapq.merge(*(CronSim(expression, start) for expression in _cron(schedule))):
        moment = _moment(local, zone)
        if moment > after:
            yield Occurrence(local.date(), moment)


def next_occurrence(schedule: Schedule, after: datetime) -> Occurrence:
    return next(occurrences(schedule, after))


def due(schedule: Schedule, since: datetime, now: datetime) -> tuple[Occurrence, ...]:
    """What was due from `since` to `now`, both included, the oldest first."""
    found = []
    for one in occurrences(schedule, since - timedelta(microseconds=1)):
        if one.moment > now:
            break
        found.append(one)
    return tuple(found)


def _cron(schedule: Schedule) -> tuple[str, ...]:
    """The rhythm as cron expressions; their dates don't overlap."""
    time_of_day = f"{schedule.at.minute} {schedule.at.hour}"
    if schedule.rhythm == "daily":
        return (f"{time_of_day} * * *",)
    if schedule.rhythm == "weekdays":
        return (f"{time_of_day} * * 1-5",)
    if schedule.rhythm == "weekly":
        return (f"{time_of_day} * * {schedule.day}",)
    if schedule.day <= 28:
        return (f"{time_of_day} {schedule.day} * *",)
    if schedule.day == 31:
        return (f"{time_of_day} L * *",)
    return f"{time_of_day} {schedule.day} 1,3-12 *", f"{time_of_day} L 2 *"


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which clocks show `local`, or, where they skip it, the first one after."""
    while True:
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        local += timedelta(minutes=1)
