"""Whether a question asks what changes on the policy calendar, in which time and for which domains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.data_questions import CLOSER, closeness
from bot.rulebook.book import Rulebook
from bot.rulebook.values import LAST_DAY, Period
from bot.understanding.normalise import HAN
from bot.understanding.reading import Reading

LIKE = 0.72
"""A question is about the calendar if it is at least so much like one of the example questions."""
_UNITS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "天": 1, "日": 1, "周": 7, "星期": 7, "月": 30}
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "six": 6,
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
}
_SPAN = re.compile(
    r"\b(?P<way>next|coming|following|last|past) (?:(?P<n>\d+|one|two|three|four|six) )?(?P<unit>day|week|month)s\b"
    r"|(?P<way_zh>未来|接下来|今后|往后|过去|最近|近)(?P<n_zh>\d+|[一两二三四五六])\s*个?(?P<unit_zh>天|日|周|星期|月)(?P<inside>内)?"
)
_QUARTER = re.compile(r"\b(?P<which>this|next|last) quarter\b|(?P<which_zh>这个?|本|下个?|上个?)季度")
_SINCE_ZH = re.compile(r"(?:以来|以后|之后|开始|起|至今|到现在)")
_WORD = re.compile(rf"[{HAN}]|[a-z]{{3,}}")
_GAP = re.compile(r"(?:\b(?:between|from|and|to|until|in|on|over|within|during|of|the)\b|[到至和与在的，,?？!！。]|\s)+")


@dataclass(frozen=True)
class CalendarQuestion:
    """The days and the domains that are asked about; no domain means all."""

    period: Period
    domains: frozenset[str]


def calendar_question(reading: Reading, book: Rulebook, today: date) -> CalendarQuestion | None:
    """What a question asks of the policy calendar; None where it asks about one topic or something else."""
    domain_of = {concept.id: domain for domain, concept in book.domains.items() if concept}
    hits = [hit for hit in reading.concepts if hit.concept in domain_of]
    times = _times(reading, today)
    rest = _without(reading.text, [(hit.start, hit.end) for hit in hits] + [(start, end) for start, end, _ in times])
    best, likeness = None, LIKE
    for entry in book.content.calendar:
        like = closeness(rest, entry.questions.all())
        if like >= likeness and (times or entry.days is not None):
            best, likeness = entry, like
    if best is None or _names_more(rest, book) or _is_topic(reading, likeness, book):
        return None
    domains = frozenset(domain_of[hit.concept] for hit in hits)
    if times:
        period = Period(min(one.start for *_, one in times), max(one.end for *_, one in times))
        return CalendarQuestion(period, domains)
    day = today + timedelta(days=best.days or 0)
    return CalendarQuestion(Period(min(day, today), max(day, today)), domains)


def _names_more(rest: str, book: Rulebook) -> bool:
    """Whether a word stands in the question that none of the examples has: then that is what it is about."""
    known = {word for entry in book.content.calendar for text in entry.questions.all() for word in _words(text)}
    return bool(_words(rest) - known)


def _words(text: str) -> set[str]:
    """Latin words of three letters and more, and Chinese characters."""
    return set(_WORD.findall(text.lower()))


def _is_topic(reading: Reading, likeness: float, book: Rulebook) -> bool:
    """Whether the page that the question would lead to is asked for in just these words."""
    page = book.pages.get(reading.ranking.best or "")
    if page is None:
        return False
    own = (*page.questions.all(), page.title.en, page.title.zh)
    return likeness < closeness(reading.text, own) + CLOSER


def _times(reading: Reading, today: date) -> list[tuple[int, int, Period]]:
    """The times in a question: where they stand and which days they are."""
    text = reading.text
    found = [(match.start(), match.end(), _span(match, today)) for match in _SPAN.finditer(text)]
    found += [(match.start(), match.end(), _quarter(match, today)) for match in _QUARTER.finditer(text)]
    for entity in reading.entities:
        taken = any(start < entity.end and entity.start < end for start, end, _ in found)
        if entity.kind == "date" and isinstance(entity.value, Period) and not taken:
            since = _SINCE_ZH.match(text, entity.end)
            period = Period(entity.value.start, LAST_DAY) if since else entity.value
            found.append((entity.start, since.end() if since else entity.end, period))
    return found


def _span(match: re.Match[str], today: date) -> Period:
    number, unit, way = (match[name] or match[f"{name}_zh"] for name in ("n", "unit", "way"))
    count = _NUMBERS.get(number or "", 0) or (int(number) if number else 3)
    reach = timedelta(days=min(count, 999) * _UNITS[unit])
    if way in ("last", "past", "过去", "最近", "近"):
        return Period(today - reach, today)
    return Period(today, today + reach)


def _quarter(match: re.Match[str], today: date) -> Period:
    which = match["which"] or match["which_zh"]
    step = 1 if which[0] in "n下" else -1 if which[0] in "l上" else 0
    first = today.year * 4 + (today.month - 1) // 3 + step
    return Period(_month(first * 3), _month((first + 1) * 3) - timedelta(days=1))


def _month(months: int) -> date:
    """The first day of a month, counted from year 0."""
    return date(months // 12, months % 12 + 1, 1)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """A text without some of its parts and the small words that led to them."""
    kept, last = [], 0
    for start, end in sorted(spans):
        if start >= last:
            kept.append(text[last:start])
        last = max(last, end)
    parts = [_GAP.sub(" ", f" {part} ").strip() for part in (*kept, text[last:])]
    return " ".join(part for part in parts if part)
