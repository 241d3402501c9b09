"""Numbers, amounts, shares, days and dates in a normalised question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from bot.rulebook.values import Money, Period, Value
from bot.understanding.dates import find_dates
from bot.understanding.normalise import HAN
from bot.understanding.numerals import CHINESE_NUMBER, NUMBER, read_number

Kind = Literal["date", "money", "percent", "days", "number"]
KINDS: tuple[Kind, ...] = ("date", "money", "percent", "days", "number")


@dataclass(frozen=True)
class Entity:
    """A value at ``text[start:end]``."""

    kind: Kind
    start: int
    end: int
    value: Value


_BEFORE = {
    "us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "hk$": "HKD", "s$": "SGD", "r$": "BRL", "$": "USD",
    "£": "GBP", "€": "EUR", "¥": "CNY", "rmb": "CNY", "usd": "USD", "eur": "EUR", "gbp": "GBP", "cny": "CNY",
    "jpy": "JPY", "cad": "CAD", "aud": "AUD",
}  # fmt: skip
_AFTER = {
    "美元": "USD", "美金": "USD", "刀": "USD", "usd": "USD", "dollars": "USD", "dollar": "USD", "bucks": "USD",
    "buck": "USD", "us$": "USD", "$": "USD", "人民币": "CNY", "元人民币": "CNY", "块人民币": "CNY", "块钱人民币": "CNY",
    "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "块钱": "CNY", "块": "CNY", "元": "CNY", "毛": "CNY/10", "欧元": "EUR",
    "欧": "EUR", "eur": "EUR", "euros": "EUR", "euro": "EUR", "€": "EUR", "英镑": "GBP", "镑": "GBP", "gbp": "GBP",
    "pounds": "GBP", "pound": "GBP", "quid": "GBP", "£": "GBP", "日元": "JPY", "日币": "JPY", "円": "JPY", "jpy": "JPY",
    "yen": "JPY", "加元": "CAD", "加币": "CAD", "cad": "CAD", "澳元": "AUD", "aud": "AUD", "cents": "USD/100",
    "cent": "USD/100", "美分": "USD/100", "分钱": "CNY/100",
}  # fmt: skip


def _any(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NOT_INSIDE = r"(?<![a-z0-9.])"
_WORD_END = r"(?![a-z])"
_MONEY = re.compile(
    rf"(?:{_NOT_INSIDE}(?P<sign>{_any(_BEFORE)})\s?(?P<a>{NUMBER}))"
    rf"|(?:{_NOT_INSIDE}(?P<b>{NUMBER}|{CHINESE_NUMBER})\s?(?P<unit>{_any(_AFTER)})(?!切|两断){_WORD_END})"
)
_PERCENT = re.compile(rf"(?<![0-9.])(?P<a>{NUMBER})\s?(?:%|percent|per cent|个点)|百分之(?P<b>{NUMBER}|{CHINESE_NUMBER})")
_DAYS = re.compile(
    rf"{_NOT_INSIDE}(?P<n>{NUMBER}|{CHINESE_NUMBER}|an?|one|two|three|four|five|six|seven|ten|half a)[\s-]?"
    r"(?P<unit>(?:business |working |calendar )?days?|(?<=\d)d(?=[\s:,]|$)|weeks?|months?"
    r"|个?(?:工作日|自然日|星期|礼拜)|天|周|个月|个半月)"
    rf"{_WORD_END}"
)
_ENGLISH_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10,
}  # fmt: skip
_NUMBER = re.compile(
    rf"{_NOT_INSIDE}(?P<n>{NUMBER})(?P<scale>k|w|万|千)?(?:(?=(?:pcs|pc|units?|orders?|ea|x|sku|skus)\b)|(?![a-z0-9%]))"
    # The stars of a rating are its name, not a count.
    r"(?!(?:[ -]?(?:or|to|and)?[ -]?[1-5])?[ -]?stars?\b|-[1-5][ -]?stars?\b|星(?!期))"
)
_COUNTED = re.compile(
    rf"(?<![{HAN}a-z0-9第每])(?P<n>{CHINESE_NUMBER})(?=个(?!月|星期|礼拜|工作日|自然日)|件|单|箱|台|套|条|笔|次|票|封|份)"
    # After what was counted before ("101单一个AZ"); not "第一个", "另一单", "同一单".
    rf"|(?<=[有共了卖出单件票笔评诉付赔迟晚消砍中里加和到吃星z])(?P<m>{CHINESE_NUMBER})"
    r"(?=个(?!月|星期|礼拜|工作日|自然日)|件|单|箱|台|套|条|笔|次|票|封)"
    rf"|(?<![{HAN}a-z0-9])(?P<d>{CHINESE_NUMBER}|俩|仨)(?=中?差评|负评|索赔|拒付|缺陷|迟发|晚发|取消|a to z|atoz|az|投诉)"
    r"|(?<![他她你们这那咱哥姐])(?P<p>俩|仨)(?=[^吗呢都?]|$)"
    r"|\b(?P<w>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred)\b"
    r"(?=\s+(?:late|cancel(?:s|led|ed|lations?|ations?)?|orders?|units?|pieces?|parcels?|packages?|claims?|defects?|defective"
    r"|returns?|negatives?|bad|low|open|lost|skus?|asins?|chargebacks?|feedbacks?|a to zs?|atozs?|disputes?|reviews?"
    r"|of (?:them|these|those|the (?:orders|claims|parcels|packages|units|late|cancell?ed))|shipments?|sales|labels?"
    r"|(?:went|goes|was|were|got|is|are) (?:sent |shipped |out |confirmed |delivered |dispatched )?(?:too )?"
    r"(?:late|missing|cancell?ed)"
    r"|invalid|untracked|unscanned|missing|without|one stars?|[12][ -]stars?|out of|in \d)\b)"
)
"""A count in words before what is counted: "三件", "one late order"."""
_WORDS = _ENGLISH_NUMBERS | {"eight": 8, "nine": 9, "eleven": 11, "twelve": 12, "fifteen": 15} | {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "俩": 2, "仨": 3,
}  # fmt: skip
_SCALES = {"k": 1000, "千": 1000, "w": 10000, "万": 10000, None: 1}


def find_entities(text: str, today: date) -> tuple[Entity, ...]:
    """All values in a normalised question, in order and without overlaps; relative dates count from `today`."""
    taken: list[Entity] = []
    for found in (_dates(text, today), _money(text), _percents(text), _days(text), _numbers(text)):
        for entity in found:
            if not any(entity.start < other.end and other.start < entity.end for other in taken):
                taken.append(entity)
    return tuple(sorted(taken, key=lambda entity: entity.start))


# What may follow a date and belongs to it: its weekday and the time of day.
_WEEKDAY_AFTER = re.compile(
    r"\s?[,(]?\s?(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat|sun)(?:day)?\b\.?|(?:周|星期|礼拜)[一二三四五六日天])\s?\)?"
)
_TIME_AFTER = re.compile(
    r",?\s?(?:(?:at|around|about|@)\s)?\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)(?![a-z])"
    r"|,?\s?(?:at\s)?\d{1,2}:\d\d(?!\d)"
    r"|(?:凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)(?:(?:\d{1,2}|十[一二]?|[一二两三四五六七八九])(?:[:点](?:\d{1,2}分?|半|一刻|三刻)?)"
    r"(?:钟|左右|多)?)?"
)


def _with_time(entity: Entity, text: str) -> Entity:
    end = entity.end
    for form in (_WEEKDAY_AFTER, _TIME_AFTER):
        match = form.match(text, end)
        end = match.end() if match else end
    return replace(entity, end=end)


def _dates(text: str, today: date) -> Iterator[Entity]:
    plain = [Entity("date", start, end, period) for start, end, period in find_dates(text, today)]
    # A weekday that is a date of its own beside the day ("11月9日周一") goes into it.
    found: list[Entity] = []
    for entity in plain:
        if found and entity.start < found[-1].end:
            continue
        found.append(_with_time(entity, text))
    # "Last Wednesday (11/18)", "28 December (Monday)", "14 January (2026)": one day said twice.
    last = None
    for entity in found:
        if last is not None and text[last.end : entity.start].strip() == "(" and text[entity.end : entity.end + 1] == ")":
            exact = min((last, entity), key=lambda one: _looseness(one, text))
            last = Entity("date", last.start, entity.end + 1, exact.value)
            continue
        if last is not None:
            yield last
        last = entity
    if last is not None:
        yield last


def _looseness(entity: Entity, text: str) -> tuple[int, bool]:
    """How exact a date is: the days that it leaves open, and of single days whether it is told without digits."""
    period = entity.value
    days = (period.end - period.start).days if isinstance(period, Period) else 0
    return days, not any(char.isdigit() for char in text[entity.start : entity.end])


def _money(text: str) -> Iterator[Entity]:
    for match in _MONEY.finditer(text):
        amount = read_number(match["a"] or match["b"])
        currency = _BEFORE[match["sign"]] if match["sign"] else _AFTER[match["unit"]]
        code, _, part = currency.partition("/")
        if amount is not None:
            yield Entity("money", *match.span(), Money(amount / Decimal(part or 1), code))


def _percents(text: str) -> Iterator[Entity]:
    for match in _PERCENT.finditer(text):
        number = read_number(match["a"] or match["b"])
        if number is not None:
            yield Entity("percent", *match.span(), number / 100)


def _days(text: str) -> Iterator[Entity]:
    for match in _DAYS.finditer(text):
        word = match["n"]
        number = Decimal(_ENGLISH_NUMBERS[word]) if word in _ENGLISH_NUMBERS else read_number(word)
        if number is None:
            continue
        unit = match["unit"]
        if "week" in unit or unit.endswith(("星期", "礼拜", "周")):
            number *= 7
        elif "month" in unit or unit.endswith("月"):
            number *= 30
        yield Entity("days", *match.span(), number)


def _numbers(text: str) -> Iterator[Entity]:
    for match in _NUMBER.finditer(text):
        number = read_number(match["n"])
        if number is not None:
            yield Entity("number", *match.span(), number * _SCALES[match["scale"]])
    for match in _COUNTED.finditer(text):
        word = next(text for text in match.groups() if text)
        number = Decimal(_WORDS[word]) if word in _WORDS else read_number(word)
        if number is not None:
            yield Entity("number", *match.span(), number)
