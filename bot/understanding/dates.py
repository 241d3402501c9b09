"""Dates in a normalised question, absolute and relative to the asker's today, as stretches of days.

"31 March", "3月底", "last week" and "before April" all come out as the days that they can mean. A day or month without a
year is the latest one that has passed, unless it lies in the next weeks or the words beside it speak of the future.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bot.rulebook.values import Period, day_after, day_before
from bot.understanding.numerals import CHINESE_NUMBER, read_number

Found = tuple[int, int, Period]
NEAR_FUTURE_DAYS = 45
"""A date without a year that is at most this far ahead is taken as ahead."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb febuary", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tue tues", "wednesday wed", "thursday thu thur thurs", "friday fri", "saturday sat",
         "sunday sun")
    )
    for name in names.split()
}  # fmt: skip
_ZH_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_ZH_MONTH = r"(?:1[0-2]|0?[1-9]|十一|十二|十|[一二三四五六七八九])"
_ZH_DAY = (
    r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九](?=[日号]))"
)
_YEAR = r"(?:20\d\d)"
_FUTURE = re.compile(
    r"\b(?:will|going to|gonna|plan(?:ning)? to|next|upcoming|leav(?:es|ing))\b|将|计划|打算|准备|下个?月|明年|以后要|即将"
)
_PAST = re.compile(
    r"\b(?:since|ago|was|were|came|arrived|landed|received|got|had|delivered|shipped|sent|left|bought|ordered|dated|started)\b"
    r"|收到|到的|到了|发的|发了|发出|寄了|寄出|送达|签收|买的|下单|开始|以来|起[,就]?"
)
_CLAUSE_END = re.compile(r"[,.;?!\n]")
_ENGLISH_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "a couple of": 2,
    "couple of": 2, "a few": 3,
}  # fmt: skip


class _Calendar:
    """What words mean on a given day."""

    def __init__(self, today: date, future: bool) -> None:
        self.today = today
        self.future = future

    def month(self, month: int, year: int | None) -> Period:
        year = year or self._year_for(lambda y: Period(date(y, month, 1), date(y, month, monthrange(y, month)[1])))
        return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))

    def day(self, month: int, day: int, year: int | None) -> Period | None:
        try:
            year = year or self._year_for(lambda y: Period.day(date(y, month, min(day, monthrange(y, month)[1]))))
            return Period.day(date(year, month, day))
        except ValueError:
            return None

    def day_of_month(self, day: int) -> Period | None:
        """ "On the 23rd": of this month, unless that is still to come and nothing speaks of the future."""
        if day > self.today.day and not self.future:
            return None
        try:
            return Period.day(self.today.replace(day=day))
        except ValueError:
            return None

    def _year_for(self, make: Callable[[int], Period]) -> int:
        this = self.today.year
        if make(this).start > self.today:
            near = make(this).start - self.today <= timedelta(days=NEAR_FUTURE_DAYS)
            return this if near or self.future else this - 1
        # Of a date that has just passed nobody means the one in a year, whatever the question is about.
        passed, ahead = self.today - make(this).end, make(this + 1).start - self.today
        return this + 1 if self.future and ahead < passed else this

    def ago(self, count: int, unit: str) -> Period:
        if unit.startswith(("month", "个月", "月")):
            return self.shifted_month(-count)
        if unit.startswith(("year", "年")):
            year = self.today.year - min(count, 1_000)
            return Period(date(year, 1, 1), date(year, 12, 31))
        days = count * 7 if unit.startswith(("week", "周", "星期", "礼拜", "个星期", "个礼拜")) else count
        return Period.day(self.today - timedelta(days=min(days, 20_000)))

    def shifted_month(self, months: int) -> Period:
        index = self.today.year * 12 + self.today.month - 1 + max(-1_200, min(months, 1_200))
        return self.month(index % 12 + 1, index // 12)

    def week(self, weeks: int) -> Period:
        monday = self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=weeks)
        return Period(monday, monday + timedelta(days=6))

    def weekday(self, weekday: int, weeks: int) -> Period:
        return Period.day(self.week(weeks).start + timedelta(days=weekday))

    def last_weekday(self, weekday: int) -> Period:
        back = (self.today.weekday() - weekday) % 7 or 7
        return Period.day(self.today - timedelta(days=back))

    def plain_weekday(self, weekday: int) -> Period:
        """ "On Friday": the last one, or the next where the sentence speaks of the future."""
        ahead = (weekday - self.today.weekday()) % 7 or 7
        return Period.day(self.today + timedelta(days=ahead)) if self.future else self.last_weekday(weekday)

    def year(self, offset: int) -> Period:
        return Period(date(self.today.year + offset, 1, 1), date(self.today.year + offset, 12, 31))


def _part(period: Period, part: str) -> Period:
    """The beginning, middle or end of a month or year."""
    length = (period.end - period.start).days + 1
    third = length // 3
    if part in ("early", "beginning of", "start of", "初", "上旬", "月初"):
        return Period(period.start, period.start + timedelta(days=third - 1))
    if part in ("mid", "middle of", "中旬", "中"):
        return Period(period.start + timedelta(days=third), period.start + timedelta(days=2 * third - 1))
    return Period(period.start + timedelta(days=2 * third), period.end)


Maker = Callable[[re.Match[str], _Calendar], Period | None]


def _zh(text: str | None) -> int:
    number = read_number(text or "")
    return int(number) if number is not None else 0


def _year(text: str | None, calendar: _Calendar) -> int | None:
    if not text:
        return None
    words = {"去年": -1, "今年": 0, "明年": 1, "前年": -2, "last year": -1, "this year": 0, "next year": 1}
    if text in words:
        return calendar.today.year + words[text]
    return int(text) + (2000 if len(text) == 2 else 0)


def _english_day(m: re.Match[str], c: _Calendar) -> Period | None:
    return c.day(_MONTHS[m["m"]], int(m["d"]), _year(m["y"], c))


def _english_month(m: re.Match[str], c: _Calendar) -> Period | None:
    if m["m"] in ("may", "mar", "jan") and m[0] == m["m"] and not _IN.search(m.string[: m.start()]):
        return None
    year = _year(m["y"], c)
    if m["rel"] and not year:
        past = c.month(_MONTHS[m["m"]], None)
        year = past.start.year if past.start <= c.today else past.start.year - 1
        if m["rel"] == "next":
            year = c.today.year if date(c.today.year, _MONTHS[m["m"]], 1) > c.today else c.today.year + 1
    month = c.month(_MONTHS[m["m"]], year)
    return _part(month, m["part"]) if m["part"] else month


def _slashes(m: re.Match[str], c: _Calendar) -> Period | None:
    first, second = int(m["a"]), int(m["b"])
    month, day = (second, first) if first > 12 else (first, second)
    year = int(m["y"]) if m["y"] else None
    return c.day(month, day, year + 2000 if year and year < 100 else year) if 1 <= month <= 12 else None


def _chinese_month(m: re.Match[str], c: _Calendar) -> Period | None:
    month = c.month(_zh(m["m"]), _year(m["y"] and m["y"].rstrip("年") if m["y"] not in _ZH_YEARS else m["y"], c))
    return _part(month, m["part"].removeprefix("月").removeprefix("份")) if m["part"] else month


_ZH_YEARS = ("去年", "今年", "明年", "前年")


def _chinese_day(m: re.Match[str], c: _Calendar) -> Period | None:
    year = _year(m["y"] if m["y"] in _ZH_YEARS else (m["y"] or "").rstrip("年"), c)
    first = c.day(_zh(m["m"]), _zh(m["d"]), year)
    last = c.day(_zh(m["m"]), _zh(m["d2"]), year) if m["d2"] else first
    return Period(first.start, last.end) if first and last and first.start <= last.end else first


def _english_ago(m: re.Match[str], c: _Calendar) -> Period:
    count = _ENGLISH_COUNTS[m["n"]] if m["n"] in _ENGLISH_COUNTS else int(m["n"])
    return c.ago(count, m["u"])


def _chinese_ago(m: re.Match[str], c: _Calendar) -> Period:
    if m["n"] == "半":
        return c.shifted_month(-6) if m["u"] == "年" else Period.day(c.today - timedelta(days=15))
    count = _zh(m["n"])
    if count > 1_000 and m["u"] == "年":
        return Period(end=date(min(count, 9_999), 1, 1) - timedelta(days=1))  # "2026 年以前": before that year
    return c.ago(count, m["u"])


def _relative_day(m: re.Match[str], c: _Calendar) -> Period:
    offsets = {
        "today": 0, "yesterday": -1, "day before yesterday": -2, "tomorrow": 1, "今天": 0, "今日": 0, "昨天": -1,
        "昨日": -1, "前天": -2, "大前天": -3, "明天": 1, "后天": 2,
    }  # fmt: skip
    return Period.day(c.today + timedelta(days=offsets[m["w"]]))


def _english_span(m: re.Match[str], c: _Calendar) -> Period:
    offset = {"last": -1, "this": 0, "next": 1}[m["rel"]]
    if m["u"] == "week":
        return c.week(offset)
    return c.shifted_month(offset) if m["u"] == "month" else c.year(offset)


def _chinese_span(m: re.Match[str], c: _Calendar) -> Period:
    offset = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1}[m["rel"]]
    if m["u"].endswith("月"):
        month = c.shifted_month(offset)
        return _part(month, m["part"]) if m["part"] else month
    weekday = m["d"]
    return c.weekday(_ZH_WEEKDAYS[weekday], offset) if weekday else c.week(offset)


def _chinese_year(m: re.Match[str], c: _Calendar) -> Period:
    year = c.year(_year(m["y"], c) - c.today.year if m["y"] in _ZH_YEARS else 0)  # type: ignore[operator]
    if not m["part"]:
        return year
    if m["part"] in ("上半年", "下半年"):
        half = date(year.start.year, 7, 1)
        return Period(year.start, day_before(half)) if m["part"] == "上半年" else Period(half, year.end)
    edge = {"初": 2, "年初": 2, "底": 12, "年底": 12, "末": 12}[m["part"]]
    if edge == 2:
        return Period(year.start, date(year.start.year, 2, monthrange(year.start.year, 2)[1]))
    return Period(date(year.start.year, 12, 1), year.end)


def _bare_year(m: re.Match[str], _: _Calendar) -> Period:
    return Period(date(int(m["y"]), 1, 1), date(int(m["y"]), 12, 31))


def _quarter(m: re.Match[str], c: _Calendar) -> Period:
    quarter = int(m["q"])
    year = int(m["y"]) if m["y"] else c.today.year
    first = date(year, 3 * quarter - 2, 1)
    return Period(first, date(year, 3 * quarter, monthrange(year, 3 * quarter)[1]))


# 2000 units are no year.
_COUNTED = (
    r"units?|pcs|pieces?|orders?|boxes|labels?|stickers?|items?|skus?|copies|sets?|dollars?|usd|rmb|per|each"
    r"|件|张|个|单|箱|套|条|只|块|元|刀|美|套|片|本|份|家|人|公斤|kg|g\b|ml"
)
_REL_YEAR = r"(?:last year|this year|next year|20\d\d)"
_FORMS: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (
            rf"(?<!\d)(?P<y>{_YEAR})[-/.](?P<m>0?[1-9]|1[0-2])[-/.](?P<d>3[01]|[12]\d|0?[1-9])(?!\d)",
            lambda m, c: c.day(int(m["m"]), int(m["d"]), int(m["y"])),
        ),
        (
            r"(?<![\d.])(?P<d>3[01]|[12]\d|0?[1-9])\.(?P<m>0?[1-9]|1[0-2])\.(?P<y>20\d\d)(?!\d)",
            lambda m, c: c.day(int(m["m"]), int(m["d"]), int(m["y"])),
        ),
        (
            rf"(?P<y>{_YEAR}年|(?<!\d)2\d年|去年|今年|明年|前年)?(?P<m>{_ZH_MONTH})月(?:份)?(?P<d>{_ZH_DAY})(?:日|号)?"
            rf"(?:(?:还是|或者?|到|至|-)(?P<d2>{_ZH_DAY})(?:日|号))?(?!\d|个|件|天|单|%)",
            _chinese_day,
        ),
        (
            rf"(?P<y>{_YEAR}年|(?<!\d)2\d年|去年|今年|明年|前年)?(?P<m>{_ZH_MONTH})月(?:份)?(?P<part>初|上旬|中旬|中|下旬|底|末)?",
            _chinese_month,
        ),
        (
            rf"\b(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? (?P<m>{_MONTH})\b\.?(?:,? (?P<y>{_REL_YEAR}))?",
            _english_day,
        ),
        (
            rf"\b(?P<m>{_MONTH})\.? (?:the )?(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d%])(?:,? (?P<y>{_REL_YEAR}))?",
            _english_day,
        ),
        (
            rf"\b(?:(?P<part>early|mid|late|beginning of|start of|middle of|end of)[ -])?(?:(?P<rel>last|this|next) )?"
            rf"(?P<m>{_MONTH})\b\.?(?: (?:of )?(?P<y>{_REL_YEAR}))?",
            _english_month,
        ),
        (r"(?<![\d/.$])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>20\d\d|\d\d))?(?![\d/%])", _slashes),
        (
            r"(?P<w>day before yesterday|today|yesterday|tomorrow|大前天|今天|今日|昨天|昨日|前天|明天|后天)",
            _relative_day,
        ),
        (
            r"\b(?P<n>\d{1,4}|a couple of|couple of|a few|an?|one|two|three|four|five|six)"
            r" (?P<u>days?|weeks?|months?|years?) ago\b",
            _english_ago,
        ),
        (
            r"\b(?:on|since|by|until|till|before|after|from) the (?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)\b"
            r"(?=\s*(?:[,.;?!)]|$|of this month|and\b|but\b|with\b|without\b|by\b|when\b|what\b|how\b|so\b))",
            lambda m, c: c.day_of_month(int(m["d"])),
        ),
        (
            r"(?<![\d月年第每.,])(?P<d>3[01]|[12]\d|[1-9])号(?=[到收签发的前之那下扣退被早晚提来开付停送寄判批裁输,。?!]|$)",
            lambda m, c: c.day_of_month(int(m["d"])),
        ),
        (rf"(?P<n>\d{{1,4}}|{CHINESE_NUMBER})(?P<u>天|周|个?星期|个?礼拜|个?月|年)(?:之|以)?前(?!置)", _chinese_ago),
        (r"\b(?P<rel>last|this|next) (?P<u>week|month|year)\b", _english_span),
        (rf"\blast (?P<d>{_WEEKDAY})\b", lambda m, c: c.last_weekday(_WEEKDAYS[m["d"]])),
        (
            rf"\b(?P<d>{_WEEKDAY}) (?=(?:morning|noon|afternoon|evening|night)\b)",
            lambda m, c: c.plain_weekday(_WEEKDAYS[m["d"]]),
        ),
        (
            rf"\b(?:on|this|next) (?P<d>{_WEEKDAY})\b(?!,? (?:the )?(?:\d|{_MONTH}))",
            lambda m, c: c.plain_weekday(_WEEKDAYS[m["d"]]),
        ),
        (
            r"(?P<rel>上上|上|这|本|下)(?P<u>个?(?:周|星期|礼拜)|个?月)(?P<d>(?<!月)[一二三四五六日天])?(?P<part>(?<=月)(?:初|中旬|底|末))?",
            _chinese_span,
        ),
        (
            r"(?<![每日号])(?:周|星期|礼拜)(?P<d>[一二三四五六日天])(?!到|至|天|[,(]?\d)",
            lambda m, c: c.plain_weekday(_ZH_WEEKDAYS[m["d"]]),
        ),
        (r"(?P<y>去年|今年|明年|前年)(?P<part>年初|年底|初|底|末|上半年|下半年)?", _chinese_year),
        (r"(?P<y>)(?P<part>年初|年底)", _chinese_year),
        (r"(?:(?P<y>20\d\d)年?)?(?:\bq|第?)(?P<q>[1-4])(?:季度|(?<=q\d)\b)(?: ?(?:of )?)", _quarter),
        (rf"(?<![\d.,$-])(?P<y>20[1-3]\d)(?:年|(?![\d.,%-])(?! ?(?:{_COUNTED})))", _bare_year),
    )
)
# "may", "mar" and "jan" (a Japanese barcode) are months only after such a word.
_IN = re.compile(r"\b(?:in|since|before|after|until|till|by|from|of|during|and|or) $")
_JOIN = re.compile(r"\s?(?:还是|或者?|到|至|or|to|-|~)\s?(?:the )?")
_LEAD = re.compile(
    r"(?:(?P<before>before|prior to|earlier than)|(?P<until>until|till|up to|by)|(?P<after>after|later than)"
    r"|(?P<since>since|starting(?: from| on)?|on or after|from|as of))(?: the)?(?: (?:end|start) of)? $"
)
_TRAIL = re.compile(
    r"^(?P<before>之前|以前|前(?!台|端|置|后))|^(?P<after>之后|以后|过后|后(?!台|端|续|面|来|天))|^(?P<since>起|开始|当天及以后)"
)


def find_dates(text: str, today: date) -> tuple[Found, ...]:
    """Start, end and meaning of every date in `text`; `today` is the asker's. "30 or 31 March" is one stretch."""
    found = sorted(_find(text, today))
    joined: list[Found] = []
    for start, end, period in found:
        if joined and _JOIN.fullmatch(text[joined[-1][1] : start]) and joined[-1][2].start <= period.end:
            first = joined.pop()
            joined.append((first[0], end, Period(first[2].start, period.end)))
        else:
            joined.append((start, end, period))
    return tuple(joined)


def _find(text: str, today: date) -> Iterator[Found]:
    past, future = _Calendar(today, future=False), _Calendar(today, future=True)
    taken: list[tuple[int, int]] = []
    for pattern, make in _FORMS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < e and s < end for s, e in taken):
                continue
            period = make(match, future if _speaks_of_future(text, start, end) else past)
            if period is None:
                continue
            taken.append((start, end))
            yield _widen(text, start, end, period)


def _speaks_of_future(text: str, start: int, end: int) -> bool:
    """Whether of the words in its clause that tell the time the one nearest to the date at `start` to `end` is ahead."""
    first = max((match.end() for match in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, end)
    last = stop.start() if stop else len(text)

    def distance(words: re.Pattern[str]) -> int:
        spans = [match.span() for match in words.finditer(text, first, last)]
        return min((start - e if e <= start else max(s - end, 0) for s, e in spans), default=len(text) + 1)

    return distance(_FUTURE) < distance(_PAST)


def _widen(text: str, start: int, end: int, period: Period) -> Found:
    """Takes in "before", "since" and the like around a date."""
    lead = _LEAD.search(text[:start])
    if lead:
        start = lead.start()
        return start, end, _bound(period, lead.lastgroup)
    trail = _TRAIL.search(text[end:])
    if trail:
        return start, end + trail.end(), _bound(period, trail.lastgroup)
    return start, end, period


def _bound(period: Period, word: str | None) -> Period:
    if word == "before":
        return Period(end=day_before(period.start))
    if word == "until":
        return Period(end=period.end)
    if word == "after":
        return Period(start=day_after(period.end))
    return Period(start=period.start)
