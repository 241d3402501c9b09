"""Dates and numbers in the forms that Amazon, spreadsheets and people write them in."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.reports.values import date_style, read_time

EIGHT = datetime(2026, 11, 2, 8)


@pytest.mark.parametrize(
    "text",
    [
        "Mon Nov 02 08:00:00 UTC 2026",
        "Mon Nov  2 00:00:00 PST 2026",
        "Mon, 02 Nov 2026 08:00:00 GMT",
        "Mon, 2 Nov 2026 16:00:00 +0800",
        "2026-11-02T08:00:00+00:00",
        "2026-11-02T08:00:00.123Z",
        "2026-11-02T00:00:00-0800",
        "2026-11-02T08:00:00+00:00[UTC]",
        "2026-11-02 00:00:00 America/Los_Angeles",
        "2026/11/02 17:00:00 JST",
        "20261102T080000Z",
        "02-Nov-2026 08:00:00",
        "02 nov. 2026, 09:00 CET",
        "Nov 2, 2026 8:00:00 AM",
        "Nov 2, 2026 at 8:00 a.m.",
        "2 de noviembre de 2026 08:00",
        "2 nov. 2026 à 08:00",
        "2026年11月2日 上午8:00",
        "2026年11月2日 8时0分",
        "星期一 2026/11/02 8:00",
        "46328.3333333",
    ],
)
def test_a_moment_is_read_in_every_form(text: str) -> None:
    assert (read_time(text, "month_first"), read_time(text, "day_first")) == (EIGHT, EIGHT)


@pytest.mark.parametrize(
    "text", ["Monday, November 2, 2026", "2nd November 2026", "2026-Nov-02", "2. November 2026", "20261102", "46328"]
)
def test_a_day_is_its_midnight(text: str) -> None:
    assert read_time(text, "month_first") == datetime(2026, 11, 2)


@pytest.mark.parametrize(
    "text", ["tomorrow", "31/02/2026", "Mon Foo 02 08:00:00 UTC 2026", "2026-11-02 08:00 Mars/Olympus", "99999", "May"]
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_time(text, "day_first") is None


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["04/07/2026", "Tue 13/07/2026"], "day_first"),
        (["04/07/2026 08:00:00 PST"], "month_first"),
        (["04/07/2026 08:00:00 BST"], "day_first"),
        (["04/07/2026"], None),
    ],
)
def test_the_order_of_day_and_month_is_proved_or_unknown(texts: list[str], order: str | None) -> None:
    assert date_style(texts).order == order
