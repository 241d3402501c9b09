"""Days, ages and ranks that a question about data names: "in the next 5 days", "over 20 days", "top 3"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.rulebook.values import Period
from bot.understanding.dates import find_dates
from bot.understanding.numerals import CHINESE_NUMBER, read_number

_N = rf"(?P<n>\d{{1,4}}|{CHINESE_NUMBER}|a|an|one|two|three|four|five|six|seven|ten)"
_ENGLISH = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_DAYS = r"(?P<u>days?|weeks?|months?|d\b|天|日|个?星期|个?礼拜|周|个?月)"
_UNITS = r"(?P<u>days?|weeks?|months?|d\b|天|个?星期|个?礼拜|周|个?月|units?|pcs|pieces|件|个)"
_AHEAD = (
    re.compile(rf"\b(?:in|inside|within)(?: the)?(?: next| coming)? {_N}[ -]?{_DAYS}"),
    re.compile(rf"\b(?:the )?(?:next|coming) {_N}[ -]?{_DAYS}"),
    re.compile(rf"(?:未来|接下来|今后|以后)的?{_N}{_DAYS}"),
    re.compile(rf"{_N}{_DAYS}(?:之|以)?内(?!没|未|回)"),
)
_BEHIND = (
    re.compile(rf"\b(?:in |over |during |for )?(?:the )?(?:last|past|previous) {_N}[ -]?{_DAYS}"),
    re.compile(rf"(?:最近|近|过去|前|这)的?{_N}{_DAYS}"),
)
_OVER = re.compile(
    r"(?P<w>\b(?:over|more than|longer than|above|older than|exceeding|at least|under|less than|fewer than|below)"
    rf"|超过|大于|多于|至少|不到|少于|低于) ?{_N} ?{_UNITS}"
)
_TRAILING = re.compile(
    rf"{_N} ?{_UNITS}(?P<w>(?: or more|\+)|以上|多天|以下|以内)|(?P<n2>\d{{1,4}})\+ ?(?P<u2>days?|天|units?|件)"
)
_TOP = re.compile(
    r"\b(?:top|first|worst|best|biggest) (?P<n>\d{1,2}|two|three|four|five|six|seven|ten)\b"
    rf"|前(?P<z>\d{{1,2}}|{CHINESE_NUMBER})(?=个|名|位|款|的|大|sku|$)"
)
_DAY_OF_MONTH = re.compile(
    r"(?<![\d月])(?P<d>3[01]|[12]\d|0?[1-9])[号日](?!\d)|\bon the (?P<e>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b"
)
_WEEKDAY = re.compile(r"\b(?<!last )(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|(?<!上)(?:周|星期|礼拜)[一二三四五六日天]")
_THIS_WEEK = re.compile(r"\bthis week\b|本周|这周|这个?星期|这个?礼拜")
_SOON = re.compile(r"\b(?:soon|next few days|coming days|upcoming|coming week)\b|即将|快要|马上|这几天|近期|快被|快到")
SOON_DAYS = 7
_UNDER = ("under", "less than", "fewer than", "below", "不到", "少于", "低于", "以下", "以内")
_AT_LEAST = ("at least", "至少", "以上", " or more", "+")


@dataclass(frozen=True)
class Bound:
    """More or less than a number of days or units; the number itself counts with `closed`."""

    of: Literal["days", "units"]
    under: bool
    number: int
    closed: bool

    def holds(self, value: float) -> bool:
        if self.closed and value == self.number:
            return True
        return value < self.number if self.under else value > self.number


@dataclass(frozen=True)
class Stretches:
    """What a question says of days and numbers; `taken` is where it says so."""

    period: Period | None
    bounds: tuple[Bound, ...]
    top: int | None
    taken: tuple[tuple[int, int], ...]


def find_stretches(text: str, today: date) -> Stretches:
    """Days, bounds and ranks in a normalised question; `today` is the asker's."""
    taken: list[tuple[int, int]] = []
    bounds = []
    for pattern in (_OVER, _TRAILING):
        for match in pattern.finditer(text):
            if _free(match.span(), taken):
                bounds.append(_bound(match))
                taken.append(match.span())
    top = None
    for match in _TOP.finditer(text):
        top = _number(match["n"] or match["z"])
        taken.append(match.span())
    period = None
    for found, span in (_ahead(text, today), _behind(text, today), _day_of_month(text, today), _named(text, today)):
        if found is not None and span is not None and _free(span, taken):
            taken.append(span)
            period = period or found
    return Stretches(period, tuple(bounds), top, tuple(taken))


def coming(period: Period | None, text: str, today: date) -> Period | None:
    """Days that are meant to come: of "this week" those that are left; the next weekday of that name, not the last."""
    week = timedelta(days=7)
    if period is not None and _THIS_WEEK.search(text) and period.start < today <= period.end:
        return Period(today, period.end)
    if period is None or not (period.is_day and today - week <= period.end < today) or not _WEEKDAY.search(text):
        return period
    return Period.day(period.end + week)


Found = tuple[Period | None, tuple[int, int] | None]


def _free(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return not any(span[0] < end and start < span[1] for start, end in taken)


def _number(text: str) -> int:
    known = _ENGLISH.get(text)
    return known if known is not None else int(read_number(text) or 0)


def _days(count: int, unit: str) -> int:
    if unit.startswith(("week", "周", "个星期", "星期", "礼拜", "个礼拜")):
        return count * 7
    return count * 30 if unit.startswith(("month", "月", "个月")) else count


def _bound(match: re.Match[str]) -> Bound:
    groups = match.groupdict()
    word = groups.get("w") or "+"
    unit = groups.get("u") or groups.get("u2") or ""
    number = _number(groups.get("n") or groups.get("n2") or "0")
    if unit.startswith(("unit", "pcs", "piece", "件")) or unit == "个":
        return Bound("units", word in _UNDER, number, word in _AT_LEAST)
    # "Over two weeks" means more than 14 days; "20+ days" and "20 天以上" take in the 20th.
    return Bound("days", word in _UNDER, _days(number, unit), word in _AT_LEAST)


def _ahead(text: str, today: date) -> Found:
    for pattern in _AHEAD:
        match = pattern.search(text)
        if match:
            return Period(today, today + timedelta(days=_days(_number(match["n"]), match["u"]))), match.span()
    return None, None


def _behind(text: str, today: date) -> Found:
    for pattern in _BEHIND:
        match = pattern.search(text)
        if match:
            days = _days(_number(match["n"]), match["u"])
            return Period(today - timedelta(days=max(days - 1, 0)), today), match.span()
    return None, None


def _day_of_month(text: str, today: date) -> Found:
    """ "The 26th": of this month, or of the next where it has passed by more than two weeks."""
    match = _DAY_OF_MONTH.search(text)
    if not match:
        return None, None
    for months in (0, 1):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        try:
            day = date(year, month + 1, int(match["d"] or match["e"]))
        except ValueError:
            continue
        if day >= today - timedelta(days=14):
            return Period.day(day), match.span()
    return None, None


def _named(text: str, today: date) -> Found:
    dates = find_dates(text, today)
    if dates:
        start, end, period = dates[0]
        if _THIS_WEEK.search(text[start:end]):
            # Asked on a Sunday too, "this week" is about what comes, not about the day that is left of it.
            period = Period(period.start, max(period.end, today + timedelta(days=SOON_DAYS)))
        return period, (start, end)
    match = _SOON.search(text)
    return (Period(today, today + timedelta(days=SOON_DAYS)), match.span()) if match else (None, None)
