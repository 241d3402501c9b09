"""Dates, amounts, numbers, languages, spellings and facts in what people write."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rulebook.book import Rulebook
from bot.rulebook.models import Examples
from bot.rulebook.values import Money, Period
from bot.understanding.concepts import build_spellings, find_concepts, mend, spellings_by_concept
from bot.understanding.entities import find_entities
from bot.understanding.facts import anchors_of, build_recogniser, find_facts, read_reply
from bot.understanding.language import detect
from bot.understanding.normalise import normalise
from bot.understanding.patterns import BadPattern, compile_pattern
from bot.understanding.segments import focus_of, questions_in

TODAY = date(2026, 11, 22)


def entities(text: str) -> list[str]:
    return [f"{entity.kind} {entity.value}" for entity in find_entities(normalise(text), TODAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 31 March 2026", ["date 2026-03-31"]),
        ("March 31st, 2026", ["date 2026-03-31"]),
        ("２０２６年３月３１日", ["date 2026-03-31"]),
        ("三月三十一号", ["date 2026-03-31"]),
        ("thursday evening", ["date 2026-11-19"]),
        ("案子5号判的", ["date 2026-11-05"]),
        ("29.03.2026", ["date 2026-03-29"]),
        ("3/31", ["date 2026-03-31"]),
        ("31/3", ["date 2026-03-31"]),
        ("last February", ["date 2026-02-01..2026-02-28"]),
        ("in December", ["date 2026-12-01..2026-12-31"]),
        ("去年底", ["date 2025-12-01..2025-12-31"]),
        ("3月底", ["date 2026-03-21..2026-03-31"]),
        ("上周三", ["date 2026-11-11"]),
        ("day before yesterday", ["date 2026-11-20"]),
        ("前天", ["date 2026-11-20"]),
        ("3 weeks ago", ["date 2026-11-01"]),
        ("两周前", ["date 2026-11-08"]),
        ("before March 2026", ["date ..2026-02-28"]),
        ("3月之前", ["date ..2026-02-28"]),
        ("since 31 March", ["date 2026-03-31.."]),
        ("3月30还是31号", ["date 2026-03-30..2026-03-31"]),
        ("30 February 2026", ["date 2026-02-01..2026-02-28", "number 30"]),
        ("您的库存将于12月3日被移除", ["date 2026-12-03"]),
        ("2000 units", ["number 2000"]),
        ("may i use a upc", []),
        ("34.9刀", ["money 34.9 USD"]),
        ("80块人民币", ["money 80 CNY"]),
        ("$1,234.50", ["money 1234.50 USD"]),
        ("20 cents each", ["money 0.2 USD"]),
        ("5 quid", ["money 5 GBP"]),
        ("佣金15%", ["percent 0.15"]),
        ("百分之四", ["percent 0.04"]),
        ("7 late of 120 orders", ["number 7", "number 120"]),
        ("5k units", ["number 5000"]),
        ("2万个", ["number 20000"]),
        ("三天了", ["days 3"]),
        ("mail came on Friday", ["date 2026-11-20"]),
        ("we will ship on Friday", ["date 2026-11-27"]),
        ("周五收到的", ["date 2026-11-20"]),
        ("stranded since 1 november, when will they throw it away", ["date 2026-11-01.."]),
        ("shipped 2 nov and they say it will count as late", ["date 2026-11-02"]),
        ("buyer got it on friday, when will the window end", ["date 2026-11-20"]),
        ("we will send it on 5 march", ["date 2027-03-05"]),
        ("11月3日到的，什么时候将被移除", ["date 2026-11-03"]),
        ("form mail of last wednesday (11/18)", ["date 2026-11-18"]),
        ("1月14日(2026)收到", ["date 2026-01-14"]),
        ("三件", ["number 3"]),
        ("10d: 26 orders", ["days 10", "number 26"]),
        ("the JAN on the box", []),
        ("2 weeks", ["days 14"]),
        ("X00ABC123", []),
        ("1688", ["number 1688"]),
    ],
)
def test_values_are_read_as_people_write_them(text: str, expected: list[str]) -> None:
    assert sorted(entities(text)) == sorted(expected)


@given(st.dates(date(2010, 1, 1), date(2039, 12, 31)))
def test_every_day_is_read_in_three_spellings(day: date) -> None:
    wanted = f"date {day}"
    assert entities(day.isoformat()) == [wanted]
    assert entities(f"{day.year}年{day.month}月{day.day}日") == [wanted]
    assert entities(f"{day.day} {day:%B} {day.year}") == [wanted]


@given(st.decimals(min_value=0, max_value=10**6, places=2, allow_nan=False))
def test_every_amount_is_read(amount: object) -> None:
    assert entities(f"{amount} usd") == [f"money {amount} USD"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("do i need labels", "en"),
        ("还要贴标吗", "zh"),
        ("我们 brand registry 过了但 selling role 是 reseller,要 sticker 吗", "zh"),
        ("what does 滞留 mean", "en"),
        ("X00 label?", "en"),
        ("無貨源還能做嗎", "zh"),
        ("FNSKU 标签", "zh"),
    ],
)
def test_the_answer_is_in_the_askers_language(text: str, answer: str) -> None:
    assert detect(normalise(text)).answer == answer


def test_spelling_differences_vanish() -> None:
    assert normalise("ＦＮＳＫＵ 要貼在\u200b哪裡\u202e") == "fnsku要贴在哪里"
    assert normalise("Brand-Representative") == "brand representative"


def test_misspelt_words_are_mended_only_towards_the_glossary(shop_book: Rulebook) -> None:
    spellings = build_spellings(shop_book.content.concepts, ["what does it cost"])
    assert mend("my licnse for a flyr", spellings, lambda _: False) == "my license for a flyer"
    assert mend("my leasing", spellings, lambda _: False) == "my leasing"
    assert mend("my pemit", spellings, lambda _: False) == "my permit"
    assert mend("my pemit", spellings, lambda word: word == "pemit") == "my pemit"


def test_a_word_that_a_fact_looks_for_is_not_mended_away(shop_book: Rulebook) -> None:
    spellings = build_spellings(shop_book.content.concepts, (), ["(pemit|parmesan) [cheese]"])
    assert mend("my pemit", spellings, lambda _: False) == "my pemit"


def test_concepts_are_found_in_both_languages_and_not_inside_words(shop_book: Rulebook) -> None:
    spellings = build_spellings(shop_book.content.concepts, [])
    assert [hit.concept for hit in find_concepts("kites 和许可证", spellings)] == ["kite", "licence"]
    assert find_concepts("kitesurfing", spellings) == ()


def said(text: str, book: Rulebook) -> dict[str, object]:
    parts = (book.content.facts, book.content.marketplaces, spellings_by_concept(book.content.concepts))
    recogniser = build_recogniser(*parts, anchors_of(*parts))
    plain = normalise(text)
    facts = find_facts(plain, find_entities(plain, TODAY), recogniser).said
    return {fact.fact: fact.value for fact in facts}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'm an adult", {"pilot": "adult"}),
        ("I'm not an adult", {}),
        ("not grown up yet", {"pilot": "child"}),
        ("不是成年人", {"pilot": "child"}),
        ("是不是成年人才能放", {}),
        ("may adults fly", {"pilot": "adult"}),
        ("adult or my kid?", {"pilot": "child"}),
        ("it isn't windy", {"windy": "no"}),
        ("没有大风", {"windy": "no"}),
        ("on the German store", {"store": "DE"}),
        ("美站", {"store": "US"}),
        ("I fly on 3 May 2026", {"flight_day": Period.day(date(2026, 5, 3))}),
        ("12 kites at $2.50 each", {"kites": 12, "price": Money(250, "USD")}),
    ],
)
def test_facts_are_read_with_their_negations(text: str, expected: dict[str, object], shop_book: Rulebook) -> None:
    found = said(text, shop_book)
    if "price" in found:
        found["price"] = Money(found["price"].amount * 100, "USD")  # type: ignore[attr-defined]
    assert found == expected


def test_a_longer_pattern_takes_a_value_from_a_shorter_one_of_the_same_rule(shop_book: Rulebook) -> None:
    price = shop_book.facts["price"].model_copy(update={"said": Examples(en=("price {money}",))})
    cost = price.model_copy(update={"id": "cost", "said": Examples(en=("purchase price {money}",))})
    text = "purchase price $11, price $30"
    for groups, expected in (
        ([frozenset({"price", "cost"})], {"cost": "11 USD", "price": "30 USD"}),
        ([], {"cost": "11 USD"}),
    ):
        recogniser = build_recogniser([price, cost], [], {}, anchors_of([price, cost], [], {}), groups)
        facts = find_facts(text, find_entities(text, TODAY), recogniser).said
        assert {fact.fact: str(fact.value) for fact in facts} == expected


@pytest.mark.parametrize(
    ("fact", "reply", "value"),
    [("windy", "Yes!", "yes"), ("windy", "没有", "no"), ("pilot", "an adult", "adult"), ("pilot", "儿童", "child"),
     ("pilot", "who knows", None), ("store", "DE", "DE"), ("kites", "7", 7)],
)  # fmt: skip
def test_short_replies_answer_the_question_that_was_asked(fact: str, reply: str, value: object, shop_book: Rulebook) -> None:
    plain = normalise(reply)
    stores = shop_book.content.marketplaces
    assert read_reply(plain, shop_book.facts[fact], stores, find_entities(plain, TODAY)) == value


@pytest.mark.parametrize("source", ["(a|b", "a)", "<nothing>", "{colour}", "", "a ] b"])
def test_patterns_that_make_no_sense_are_refused(source: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(source, {})


def test_several_questions_are_separated() -> None:
    assert len(questions_in("1) who pays the postage 2) can they return the lamp 3) does it hit my odr")) == 3
    assert len(questions_in("滞留要多久被扔?扔了赔不赔?能不能退回国内?")) == 3
    assert questions_in("it broke??? what now") == ("it broke??? what now",)


def test_a_date_at_the_end_of_a_sentence_is_no_number_of_a_list() -> None:
    for text in ("the claim was granted on nov 3. how long do i have to appeal", "lsr was 4.1 on 12. what now then please"):
        assert questions_in(text) == (text,)


def test_the_asking_sentence_of_a_story_is_found() -> None:
    story = "we switched factory in june. the boxes left on the 2nd and the partner is away. do i have to relabel?"
    assert focus_of(story) == "do i have to relabel?"
    assert focus_of("do i have to relabel?") is None
