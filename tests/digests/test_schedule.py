"""When digests are due: every rhythm, in zones that change their clocks at different hours and by different amounts."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.digests.options import PARTS, Options
from bot.digests.schedule import BadSchedule, Occurrence, Schedule, due, next_occurrence, occurrences
from bot.digests.zones import zone_like, zone_of

ALL = Options(frozenset(PARTS), frozenset(), "en")
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)


def schedule(at: str = "09:00", zone: str = "Europe/Berlin", **more: Any) -> Schedule:
    values = {"rhythm": "daily", **more}
    return Schedule("s", "T1", "U1", "C1", "C1", ALL, at=time.fromisoformat(at), zone=zone, **values)


def of_year(one: Schedule, start: datetime = START, end: datetime = END) -> list[Occurrence]:
    return list(takewhile(lambda found: found.moment < end, occurrences(one, start)))


ZONES = ("America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["00:00", "01:30", "02:00", "02:15", "02:30", "03:00", "09:00", "23:59"])
def test_every_local_date_of_a_year_has_one_occurrence_at_its_time(zone: str, at: str) -> None:
    found = of_year(schedule(at, zone), datetime(2025, 12, 31, tzinfo=UTC))
    days = [one.day for one in found]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert len(days) in (365, 366, 367)
    wanted = time.fromisoformat(at)
    for one in found:
        local = one.moment.astimezone(ZoneInfo(zone))
        if local.time() != wanted:
            # Only a time that the clocks skipped is moved, to the moment when they go on.
            assert local.date() == one.day
            before = (one.moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            assert before < datetime.combine(one.day, wanted) < local.replace(tzinfo=None)
        assert local.fold == 0


GAPS = [
    # zone, local time, date, UTC: the first moment after the gap
    ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00"),
    ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00"),
    ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30"),
    ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00"),
    # Greenland's clocks skip the last hour of a Saturday: still Saturday's digest.
    ("America/Nuuk", "23:30", "2026-03-28", "2026-03-29T01:00"),
    # Folds: the first of both.
    ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30"),
    ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),
    ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45"),
    ("America/Sao_Paulo", "23:30", "2018-02-17", "2018-02-18T01:30"),
    # Around them.
    ("Asia/Shanghai", "02:30", "2026-03-29", "2026-03-28T18:30"),
    ("America/Sao_Paulo", "00:00", "2026-11-01", "2026-11-01T03:00"),
]


@pytest.mark.parametrize(("zone", "at", "day", "moment"), GAPS)
def test_skipped_times_and_times_that_come_twice(zone: str, at: str, day: str, moment: str) -> None:
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    found = of_year(schedule(at, zone), expected - timedelta(days=3), expected + timedelta(days=3))
    on_that_day = [one for one in found if one.day == date.fromisoformat(day)]
    assert on_that_day == [Occurrence(date.fromisoformat(day), expected)]
    assert len({one.day for one in found}) == len(found)
    # Asked at any moment around it: the same occurrence, never a second one.
    for minutes in range(-150, 150, 10):
        after = expected + timedelta(minutes=minutes)
        following = next_occurrence(schedule(at, zone), after)
        assert following.moment > after
        assert (following.day == date.fromisoformat(day)) == (minutes < 0)


def test_weekdays_leave_the_weekend_out() -> None:
    days = [one.day for one in of_year(schedule(rhythm="weekdays"))]
    assert {day.isoweekday() for day in days} == {1, 2, 3, 4, 5}
    assert len(days) == 261


@pytest.mark.parametrize("day", range(1, 8))
def test_weekly(day: int) -> None:
    days = [one.day for one in of_year(schedule(rhythm="weekly", day=day))]
    assert {one.isoweekday() for one in days} == {day}
    assert len(days) in (52, 53)


@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
@pytest.mark.parametrize("year", [2027, 2028])
def test_monthly_takes_the_last_day_of_a_shorter_month(day: int, year: int) -> None:
    found = of_year(
        schedule(rhythm="monthly", day=day), datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    )
    expected = [date(year, month, min(day, calendar.monthrange(year, month)[1])) for month in range(1, 13)]
    assert [one.day for one in found] == expected


def test_what_was_due_includes_both_ends() -> None:
    one = schedule("09:00", "UTC")
    since, now = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert [found.day.day for found in due(one, since, now)] == [1, 2, 3, 4]
    assert due(one, since + timedelta(seconds=1), now - timedelta(days=3)) == ()


def test_a_schedule_is_kept_as_text() -> None:
    one = schedule(rhythm="monthly", day=31, late="skip", alerts=True, paused="is_archived")
    assert Schedule.from_json(one.to_json()) == one


BAD = [
    ({"zone": "Mars/Olympus"}, "zone"),
    ({"zone": "../etc/passwd"}, "zone"),
    ({"zone": ""}, "zone"),
    ({"rhythm": "weekly"}, "rhythm"),
    ({"rhythm": "weekly", "day": 8}, "rhythm"),
    ({"rhythm": "monthly", "day": 32}, "rhythm"),
    ({"rhythm": "daily", "day": 3}, "rhythm"),
    ({"rhythm": "hourly"}, "rhythm"),
    ({"late": "never"}, "late"),
    ({"at": "09:00:30"}, "at"),
]


@pytest.mark.parametrize(("values", "field"), BAD)
def test_what_cannot_be_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(BadSchedule) as caught:
        schedule(**values)
    assert caught.value.field == field


def test_a_digest_of_nothing_is_refused() -> None:
    with pytest.raises(BadSchedule) as caught:
        replace(schedule(), options=Options(frozenset(), frozenset(), "zh"))
    assert caught.value.field == "parts"


def test_far_ahead_and_quickly() -> None:
    assert len(list(islice(occurrences(schedule(rhythm="monthly", day=30), START), 240))) == 240


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("new york", "America/New_York"),
        ("  Berlin ", "Europe/Berlin"),
        ("lord howe", "Australia/Lord_Howe"),
        ("UTC", "UTC"),
        ("Mars", None),
        ("", None),
        ("../../etc/passwd", None),
    ],
)
def test_zones_as_people_write_them(text: str, zone: str | None) -> None:
    assert zone_of(text) == zone


def test_a_misspelt_zone_has_a_likely_one() -> None:
    assert zone_like("Shanghia") == "Asia/Shanghai"
    assert zone_like("Berln") == "Europe/Berlin"
