"""Numbers and dates as people and spreadsheets write them, read with the evidence of their whole column.

Files from Amazon's interface need none of this: point decimals and ISO stamps are read in SQL. What is left comes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BLANK = frozenset(
    {"", "-", "--", "---", "--?", "–", "—", "n/a", "#n/a", "na", "none", "null", "nan", "#value!", "#ref!", "#div/0!"}
)
"""What stands for 'unknown' in a cell of numbers, dates or ids."""

_CURRENCIES = {"€": "EUR", "£": "GBP", "₹": "INR", "zł": "PLN", "₺": "TRY", "us$": "USD", "r$": "BRL"}
_CODES = re.compile(
    r"\b(USD|EUR|GBP|JPY|CNY|RMB|CAD|AUD|MXN|BRL|INR|SEK|PLN|TRY|AED|SAR|SGD|EGP|CHF|ZAR|DKK|NOK|CZK)\b", re.IGNORECASE
)
_STRIP = re.compile(r"[\s\u00a0\u202f'’]|(us|ca|c|cdn|mx|au?|s|r)\$|zł|kr\.?|[$€£¥￥₹₺元円]", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}([.,]\d{3})+)?([.,]\d*)?")
_THOUSANDS_ONLY = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


@dataclass(frozen=True)
class NumberStyle:
    """How a column writes numbers. `decimal` is None where nothing in the column tells."""

    decimal: Literal[".", ",", None]
    currency: str | None


def number_style(values: Iterable[str], *, point_seen: bool = False) -> NumberStyle:
    """The style of a column from its unusual values; `point_seen`: its usual ones have point decimals."""
    votes = {".": 5 if point_seen else 0, ",": 0}
    currencies: set[str] = set()
    for value in values:
        text, currency = _bare(value)
        if currency:
            currencies.add(currency)
        mark = _decimal_mark(text)
        if mark:
            votes[mark] += 1
    decimal: Literal[".", ",", None] = None
    if votes["."] != votes[","]:
        decimal = "." if votes["."] > votes[","] else ","
    return NumberStyle(decimal, currencies.pop() if len(currencies) == 1 else None)


def _bare(value: str) -> tuple[str, str | None]:
    """A number without currency and blanks, and the currency if it is certain."""
    text = value.strip()
    code = _CODES.search(text)
    currency = code[1].upper().replace("RMB", "CNY") if code else None
    if code:
        text = text.replace(code[0], "")
    if currency is None:
        currency = next((name for sign, name in _CURRENCIES.items() if sign in text.lower()), None)
    text = _STRIP.sub("", text)
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    return text.replace("−", "-"), currency


def _decimal_mark(text: str) -> Literal[".", ",", None]:
    """The decimal mark that this number proves: the last of two kinds, or one not followed by exactly three digits."""
    text = text.removesuffix("%")
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return None
    mark: Literal[".", ","] = "." if text[last] == "." else ","
    other: Literal[".", ","] = "," if mark == "." else "."
    if other in text:
        return mark
    if text.count(mark) > 1:
        return other
    digits = len(text) - last - 1
    if digits != 3 or text[:last].lstrip("+-") in ("", "0"):
        return mark
    return None


def read_number(value: str, style: NumberStyle, *, whole: bool = False) -> Decimal | Literal["ambiguous"] | None:
    """A number in the style of its column; None where it is none.

    `whole`: the column holds whole numbers, as amounts in yen do; a group of three digits is then thousands. (Nor does an
    amount in yuan ever have three decimals.)
    """
    text, currency = _bare(value)
    whole = whole or currency == "JPY" or style.currency == "JPY" or any(sign in value for sign in "¥￥円元")
    share = text.endswith("%")
    text = text.removesuffix("%")
    mark = _decimal_mark(text) or style.decimal
    if mark is None and _THOUSANDS_ONLY.fullmatch(text):
        if not whole:
            return "ambiguous"
        mark = "," if "." in text else "."
    text = text.replace(".", "").replace(",", ".") if mark == "," else text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", text, re.IGNORECASE):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number / 100 if share else number


# ---------------------------------------------------------------- dates

_ZONES: Mapping[str, float] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "WEST": 1, "IST": 5.5, "CET": 1, "MEZ": 1, "MET": 1,
    "CEST": 2, "MESZ": 2, "MEST": 2, "EET": 2, "EEST": 3, "TRT": 3,
    "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4,
    "JST": 9, "AEST": 10, "AEDT": 11, "SGT": 8, "GST": 4, "AST": 3, "BRT": -3, "CCT": 8,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio ene gen janv janeiro",
            "feb february februar février fevrier febrero febbraio févr fevereiro fev",
            "mar march märz maerz mars marzo mrz mär março",
            "apr april avril abril aprile avr abr",
            "may mai mayo maggio mag maio",
            "jun june juni juin junio giugno giu junho",
            "jul july juli juillet julio luglio lug juil julho",
            "aug august août aout agosto ago",
            "sep september septembre septiembre settembre sept set setembro",
            "oct october oktober octobre octubre ottobre okt ott outubro out",
            "nov november novembre noviembre novembro",
            "dec december dezember décembre decembre diciembre dicembre dez dic déc dezembro",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAYS = re.compile(
    r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch"
    r"|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves"
    r"|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|(?:周|星期|週)[一二三四五六日天])"
    r"[.,，]*\s+",
    re.IGNORECASE,
)
_CHINESE_TIME = re.compile(r"(\d{1,2})\s*[时時点點]\s*(\d{1,2})\s*分(?:\s*(\d{1,2})\s*秒)?")
_TIME = (
    r"(?:(?:[T\s,]|\s(?:at|um|à|alle|a las)\s)+(?P<half>上午|下午|午前|午後)?\s*"
    r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<ap>[ap]\.?m\b\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|[A-Z]{2,5}|[A-Z][a-z]+/[A-Za-z_/]+|(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d{2})?)?(?:\[[\w/]+\])?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[-/.年](?P<a>\d{1,2})[-/.月](?P<b>\d{1,2})日?" + _TIME + _ZONE, re.IGNORECASE)
_COMPACT = re.compile(r"(?P<y>20\d{2})(?P<a>\d{2})(?P<b>\d{2})(?:T?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})(?P<zone>Z)?)?")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<y>\d{4}|\d{2})" + _TIME + _ZONE, re.IGNORECASE)
_NAMED = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th|er|º)?[-. /]+(?:de )?(?P<m>[^\W\d_]+)\.?"
    r"|(?P<m2>[^\W\d_]+)\.?[- ]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?)(?: de |[-,. /])+(?P<y>\d{4}|\d{2})" + _TIME + _ZONE,
    re.IGNORECASE,
)
_NAMED_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[- ](?P<m>[^\W\d_]+)\.?[- ](?P<d>\d{1,2})" + _TIME + _ZONE, re.IGNORECASE)
_UNIX = re.compile(
    # As programs print a moment: Mon Nov 02 08:00:00 UTC 2026, here without the weekday.
    r"(?P<m>[a-z]{3}) +(?P<d>\d{1,2}) (?P<h>\d{2}):(?P<mi>\d{2}):(?P<s>\d{2})"
    r"(?: (?P<zone>[A-Z]{1,5}|[+-]\d{4}))? (?P<y>\d{4})",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"4\d{4}(\.\d+)?")
DateOrder = Literal["day_first", "month_first"]


@dataclass(frozen=True)
class DateStyle:
    """Whether 4/7 is the fourth of July or the seventh of April. `order` is None where nothing tells."""

    order: DateOrder | None


def date_style(values: Iterable[str]) -> DateStyle:
    """What the dates of a column (or of a whole file) prove about the order of day and month."""
    day = month = dotted = american = 0
    for value in values:
        match = _YEAR_LAST.fullmatch(_plain_date(value))
        if match is None:
            continue
        first, second = int(match["a"]), int(match["b"])
        day += first > 12 >= second
        month += second > 12 >= first
        zone = (match["zone"] or "").upper()
        dotted += "." in value.split(" ")[0] or zone in ("BST", "CET", "CEST", "MEZ", "MESZ")
        american += zone in ("PST", "PDT", "EST", "EDT", "MST", "MDT", "CDT")
    if day != month:
        return DateStyle("day_first" if day > month else "month_first")
    if american and not dotted:
        return DateStyle("month_first")
    return DateStyle("day_first" if dotted else None)


def _plain_date(value: str) -> str:
    """A date without the name of its weekday, its time with colons."""
    text = _WEEKDAYS.sub("", value.strip(), count=1) if value.strip()[:1].isalpha() else value.strip()
    return _CHINESE_TIME.sub(lambda found: f"{found[1]}:{found[2]:0>2}:{found[3] or '0':0>2}", text)


def read_time(value: str, order: DateOrder) -> datetime | None:
    """A moment in UTC without zone mark; a date alone is its midnight. None where it is no date."""
    try:
        return _read_time(_plain_date(value), order)
    except (ValueError, OverflowError):
        return None


def _read_time(text: str, order: DateOrder) -> datetime | None:
    match = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _moment(int(match["y"]), int(match["a"]), int(match["b"]), match)
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, second = int(match["a"]), int(match["b"])
        day_first = order == "day_first" if max(first, second) <= 12 else first > 12
        day, month = (first, second) if day_first else (second, first)
        return _moment(_full_year(match["y"]), month, day, match)
    match = _NAMED.fullmatch(text) or _NAMED_YEAR_FIRST.fullmatch(text) or _UNIX.fullmatch(text)
    if match:
        parts = match.groupdict()
        named = _MONTHS.get((parts["m"] or parts["m2"]).lower())
        if named:
            return _moment(_full_year(match["y"]), named, int(parts["d"] or parts["d2"]), match)
    if _SERIAL.fullmatch(text):
        # A spreadsheet's day number: days since the end of 1899. Its fraction of a day is not exact to the second.
        seconds = round(float(text) * 86_400)
        return datetime(1899, 12, 30) + timedelta(seconds=seconds)  # noqa: DTZ001 - all moments here are UTC
    return None


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _moment(year: int, month: int, day: int, match: re.Match[str]) -> datetime | None:
    parts = match.groupdict()
    hour = int(parts.get("h") or 0)
    half = (parts.get("ap") or parts.get("half") or "").lower().replace(".", "")
    if half in ("pm", "下午", "午後") and hour < 12:
        hour += 12
    elif half in ("am", "上午", "午前") and hour == 12:
        hour = 0
    moment = datetime(year, month, day, hour, int(parts.get("mi") or 0), int(parts.get("s") or 0))  # noqa: DTZ001
    if not 1990 <= year <= 2100:
        return None
    zone = (parts.get("zone") or "").strip()
    if not zone:
        return moment
    if "/" in zone:
        try:
            return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
        except ZoneInfoNotFoundError:
            return None
    offset = _offset(zone.upper())
    if offset is None:
        return None
    return moment.replace(tzinfo=timezone(offset)).astimezone(UTC).replace(tzinfo=None)


def _offset(zone: str) -> timedelta | None:
    if zone in _ZONES:
        return timedelta(hours=_ZONES[zone])
    match = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?", zone)
    if match is None or int(match[2]) > 23:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return size if match[1] == "+" else -size
