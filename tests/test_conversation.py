"""Threads: facts are kept, a reply fills the open one, a what-if changes one, a new question is a new question."""

from __future__ import annotations

from datetime import date

import pytest

from bot.conversation import Thread
from bot.desk import Asker, Desk
from tests.conftest import TODAY

ASKER = Asker(TODAY)


def talk(desk: Desk, *turns: str) -> list[tuple[str, str | None]]:
    """Kind (or case) of each turn's answer, and its page."""
    thread: Thread | None = None
    found = []
    for turn in turns:
        reply = desk.ask(turn, ASKER, thread)
        thread = reply.thread
        answer = reply.answers[0]
        found.append((answer.case or answer.kind, answer.page))
    return found


def test_a_reply_fills_the_fact_that_was_asked_for(shop_desk: Desk) -> None:
    assert talk(shop_desk, "may I fly a kite?", "an adult") == [
        ("ask", "kites.may-i-fly"),
        ("allowed", "kites.may-i-fly"),
    ]


def test_a_what_if_changes_one_fact_and_keeps_the_others(shop_desk: Desk) -> None:
    turns = ("may I fly a kite? I am an adult", "and if it is windy?", "ok but calm and a child?")
    assert [case for case, _ in talk(shop_desk, *turns)] == ["allowed", "too_windy", "with_parent"]


def test_another_date_changes_the_regime(shop_desk: Desk) -> None:
    turns = ("may I fly a kite? I am an adult", "and if I fly on 3 May 2019?")
    assert [case for case, _ in talk(shop_desk, *turns)] == ["allowed", "old_free"]


def test_a_new_question_is_answered_as_one(shop_desk: Desk) -> None:
    assert talk(shop_desk, "may I fly a kite?", "what is a kite, define it") == [
        ("ask", "kites.may-i-fly"),
        ("reference", "kites.what-is-a-kite"),
    ]


def test_a_definition_does_not_make_the_asker_one(shop_desk: Desk) -> None:
    reply = shop_desk.ask("what is a kite for adults", ASKER)
    assert reply.answers[0].kind == "reference"
    assert "pilot" not in reply.thread.facts


def test_what_a_rule_assumed_is_not_remembered_as_said(shop_desk: Desk) -> None:
    first = shop_desk.ask("may I fly a kite? I am an adult", ASKER)
    assert set(first.thread.facts) == {"pilot"}


def test_a_picked_value_and_a_picked_page_go_on(shop_desk: Desk) -> None:
    asked = shop_desk.ask("may I fly a kite?", ASKER)
    told = shop_desk.tell({"pilot": "child"}, ASKER, asked.thread)
    assert told.answers[0].case == "with_parent"
    opened = shop_desk.open("kites.what-is-a-kite", ASKER, told.thread)
    assert opened.answers[0].verdict == "A kite flies on a string."


@pytest.mark.parametrize(
    ("turns", "cases"),
    [
        (
            ("We resell branded mugs with a UPC, shipping next week. Stickers?", "and if I were the brand representative?"),
            ["needs_fnsku", "manufacturer_barcode_enough"],
        ),
        (
            ("我们是授权经销商,货有 UPC,下周发,要贴标吗", "那要是今年 2 月发的呢?后台设的是制造商条码"),
            ["needs_fnsku", "old_no_sticker"],
        ),
        (
            ("do i need fnsku stickers on my next shipment?", "we are the brand representative", "yes"),
            ["ask", "ask", "manufacturer_barcode_enough"],
        ),
    ],
)
def test_labelling_conversations_end_in_the_right_outcome(turns: tuple[str, ...], cases: list[str], desk: Desk) -> None:
    assert [case for case, _ in talk(desk, *turns)] == cases


def test_several_questions_in_one_message_get_an_answer_each(desk: Desk) -> None:
    reply = desk.ask(
        "1) what is an FNSKU 2) what size must the label have 3) can Amazon still put the labels on in the US?", ASKER
    )
    pages = [answer.page for answer in reply.answers]
    assert len(pages) >= 2
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize(
    ("first", "then", "page"),
    [
        ("Is drop shipping permitted on Amazon?", "and in Canada?", "dropshipping.is-dropshipping-allowed"),
        ("迟发率要求多少", "那澳洲站呢", "fbm.late-shipment-rate"),
        ("premium shipping on-time target in the uk", "and for japan?", "fbm.premium-shipping"),
    ],
)
def test_a_follow_up_that_only_names_a_store_keeps_its_question(first: str, then: str, page: str, desk: Desk) -> None:
    opening = desk.ask(first, ASKER)
    assert desk.ask(then, ASKER, opening.thread).answers[0].page == page


@pytest.mark.parametrize(
    "question", ["is on-time delivery enforced in the UK and Germany?", "英国站和德国站的准时送达率什么时候开始处罚"]
)
def test_stores_that_are_named_side_by_side_are_answered_one_by_one(question: str, desk: Desk) -> None:
    answers = desk.ask(question, ASKER).answers
    assert [answer.page for answer in answers] == ["fbm.otdr-by-store"] * 2
    assert "2026" in answers[0].verdict
    assert answers[0].verdict != answers[1].verdict


@pytest.mark.parametrize(
    ("first", "then", "share"),
    [
        ("22 late of 600 orders this month, fine?", "and if it was 25?", "25 of 600 is 4.17%"),
        ("22 late of 600 orders this month, fine?", "what if orders were 500", "22 of 500 is 4.4%"),
        ("10天140单迟发4单，有事吗", "要是6单呢", "6/140 = 4.29%"),
    ],
)
def test_a_bare_figure_takes_the_place_of_the_one_it_is_nearest_to(first: str, then: str, share: str, desk: Desk) -> None:
    opening = desk.ask(first, ASKER)
    assert share in desk.ask(then, ASKER, opening.thread).answers[0].verdict


@pytest.mark.parametrize(
    ("question", "day", "passed"),
    [
        ("a-to-z claim was decided against me on 10 October 2026, can I still appeal", "2026-11-09", True),
        ("a-to-z claim was decided against me on 10 November 2026, can I still appeal", "2026-12-10", False),
        ("美国站的退货11月9号寄到，买家自己寄的，最晚哪天退款", "2026-11-13", True),
    ],
)
def test_a_last_day_that_is_over_is_said_to_be_over(question: str, day: str, passed: bool, desk: Desk) -> None:
    answer = desk.ask(question, ASKER).answers[0]
    assert day in answer.verdict
    first = answer.text[0]
    assert ("has passed" in first or "已经过了" in first) is passed


def test_a_date_that_belongs_to_the_rule_is_not_taken_for_the_case(desk: Desk) -> None:
    answer = desk.ask("is the 4 day refund rule from 26 January 2026 still in force?", ASKER).answers[0]
    assert answer.page == "fbm.refund-clock"
    assert "2026-01-30" not in answer.verdict


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("price 30, cost 9, freight 1.5, postage 4.5, what profit is left", ("8.10 USD", "21.90 USD")),
        ("成本6+2+3刀，卖22刀，佣金15%，一单赚多少", ("5.94 USD",)),
        ("sell at 26, supplier charges 12 shipped, what is my profit", ("8.02 USD",)),
        ("referral fee amazon.com garden lamp 41.20", ("6.18 USD",)),
    ],
)
def test_amounts_are_read_as_sellers_list_them(question: str, figures: tuple[str, ...], desk: Desk) -> None:
    verdict = desk.ask(question, ASKER).answers[0].verdict
    assert all(figure in verdict for figure in figures), verdict


def test_a_bare_day_of_the_month_is_a_date(desk: Desk) -> None:
    today = Asker(date(2026, 11, 27))
    opening = desk.ask("refund deadline for a US return without Amazon's label that arrived on 20 November", today)
    then = desk.ask("and if it had arrived on the 23rd?", today, opening.thread).answers[0]
    assert "2026-11-27" in then.verdict
    assert "2026-11-27" in desk.ask("退货23号到的，美国站，买家自己寄的，最晚哪天退款", today).answers[0].verdict
