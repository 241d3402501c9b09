"""Answers as Block Kit: within every limit, literal whatever people write, the same from day to day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given as given_examples
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.answering.answer import Answer, Choice, Pointer, Question
from bot.answering.rulepage import rule_page
from bot.desk import Asker, Desk
from bot.office.home import Home
from bot.office.office import Given
from bot.office.preferences import Preferences
from bot.office.work import Place
from bot.rulebook.models import Language
from bot.sandbox.validate.payloads import check_message_blocks, check_view, walk_blocks, walk_view
from bot.slack.blocks.answers import BUDGET, answer_message
from bot.slack.blocks.home import home_view
from bot.slack.blocks.modals import facts_view, feedback_view, rule_view, whole_view
from bot.slack.blocks.notices import hand_over_message, help_message
from bot.slack.blocks.rules import rules_message
from bot.slack.blocks.settings import mine_view, settings_view
from bot.slack.blocks.text import escape, escaped_length, shorten, size
from bot.store.answers import Pick

TODAY = date(2026, 11, 22)
EMPTY = Home(Preferences({}), (), (), (), TODAY)
LANGUAGES: tuple[Language, ...] = ("en", "zh")
QUESTIONS = {
    "reference": ("what is a kite", "风筝是什么"),
    "ask": ("may I fly a kite?", "可以放风筝吗？"),
    "decision": ("may I fly a kite? I am an adult", "可以放风筝吗？我是成年人"),
    "calculation": ("what do the kites cost in all: 3 kites, 2.50 usd each", "风筝一共多少钱：3只，每只2.5美元"),
    "draft": ("write a permit request for 4 kites", "帮我写许可申请，4只"),
    "unknown": ("how do i inflate a balloon", "气球怎么充气"),
    "several": ("1. what is a kite? 2. may I fly a kite?", "1. 风筝是什么？ 2. 可以放风筝吗？"),
}


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def answered(desk: Desk, text: str) -> Given:
    reply = desk.ask(text, Asker(TODAY))
    return Given("answer", reply.answers, Place("T1", "C0CHANNEL1", "1.1"), "U0PERSON01", text, reply.thread)


def check(message: Any) -> None:
    """Slack would take the message, and its texts leave a margin below the limit."""
    scope = walk_blocks(message.blocks, "message")
    assert scope.problems == []
    check_message_blocks(message.blocks)
    assert sum(size(block) for block in message.blocks) <= BUDGET * 1.05
    assert 0 < len(message.text) <= 400


def fits(view: Any, kinds: tuple[str, ...]) -> None:
    """Slack would open the view."""
    assert walk_view(view, kinds).problems == []
    check_view(view, kinds)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", QUESTIONS)
def test_an_answer_looks_as_it_did(kind: str, language: Language, shop_desk: Desk, snapshot: SnapshotAssertion) -> None:
    message = answer_message(answered(shop_desk, QUESTIONS[kind][language == "zh"]))
    check(message)
    assert {"text": message.text, "blocks": message.blocks} == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_picked_takes_the_place_of_the_buttons(
    language: Language, shop_desk: Desk, snapshot: SnapshotAssertion
) -> None:
    asked = answered(shop_desk, QUESTIONS["ask"][language == "zh"])
    message = answer_message(replace(asked, picks={0: (Pick("pilot", "child", "U0PERSON02"),)}))
    check(message)
    assert message.blocks == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_modals_look_as_they_did(language: Language, shop_desk: Desk, snapshot: SnapshotAssertion) -> None:
    book = shop_desk.book
    answer = answered(shop_desk, QUESTIONS["decision"][language == "zh"]).answers[0]
    asks = answered(shop_desk, ("cost with postage", "加邮费多少钱")[language == "zh"]).answers[0].asks
    views = {
        "rule": rule_view(rule_page(book.pages[answer.page or ""], answer, book, TODAY), answer),
        "whole": whole_view(answer),
        "facts": facts_view(asks, {"price": "2.50 USD"}, {"ref": "answer.0"}, language),
        "feedback": feedback_view("answer.0", language),
        "settings": settings_view(
            Preferences({("", "hand_over"): "C0CHANNEL2", ("", "keep_days"): "7", ("", "maintainers"): "C0CHANNEL3"}),
            book,
            30,
            "Asia/Shanghai",
            language,
        ),
        "mine": mine_view(Preferences({("U0PERSON01", "fact:store"): "DE"}), "U0PERSON01", book, language),
        "home": home_view(EMPTY, (), book, "U0PERSON01", "/seller", 30, language),
    }
    for view in views.values():
        fits(view, ("modal", "home"))
    assert views == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_look_as_they_did(language: Language, shop_desk: Desk, snapshot: SnapshotAssertion) -> None:
    unknown = answered(shop_desk, QUESTIONS["unknown"][language == "zh"])
    messages = [
        hand_over_message(unknown, 0, "U0PERSON01", "https://team.slack.com/archives/C1/p1"),
        help_message("/seller", language),
        rules_message(shop_desk.book, "", language),
        rules_message(shop_desk.book, "nothing <@U0PERSON01>", language),
    ]
    for message in messages:
        check(message)
    assert [{"text": message.text, "blocks": message.blocks} for message in messages] == snapshot


def test_every_page_of_the_rulebook_fits_into_a_message(desk: Desk) -> None:
    for page in desk.book.active_pages:
        for language in LANGUAGES:
            reply = desk.open(page.id, Asker(TODAY, language), answered_thread())
            given = Given("answer", reply.answers, Place("T1", "C0CHANNEL1", "1.1"), "U0PERSON01", page.title.of(language))
            check(answer_message(given))
            check(answer_message(given, private=True))
            check(hand_over_message(given, 0, "U0PERSON01", None))
            for answer in reply.answers:
                fits(whole_view(answer), ("modal",))
                shown = rule_page(desk.book.pages[page.id], answer, desk.book, TODAY)
                fits(rule_view(shown, answer), ("modal",))
                if answer.asks:
                    fits(facts_view(answer.asks, {}, {}, language), ("modal",))


def answered_thread() -> Any:
    from bot.conversation import Thread

    return Thread()


def test_the_rulebooks_own_lists_fit(desk: Desk) -> None:
    for language in LANGUAGES:
        check(rules_message(desk.book, "", language))
        fits(home_view(EMPTY, (), desk.book, "U0PERSON01", "/seller", 30, language), ("home",))
        fits(settings_view(Preferences({}), desk.book, 30, "UTC", language), ("modal",))
        fits(mine_view(Preferences({}), "U0PERSON01", desk.book, language), ("modal",))


def test_four_long_answers_share_a_message(desk: Desk) -> None:
    longest = max(
        (desk.open(page.id, Asker(TODAY, "zh"), answered_thread()).answers[0] for page in desk.book.active_pages),
        key=lambda answer: len("".join((*answer.text, *answer.steps))),
    )
    given = Given("answer", (longest,) * 4, Place("T1", "C0CHANNEL1", "1.1"), "U0PERSON01", "?")
    message = answer_message(given)
    check(message)
    assert "查看完整内容" in json.dumps(message.blocks, ensure_ascii=False)


HOSTILE = st.text(alphabet=st.sampled_from("<>&*_~`|@!#\u202e\u200b\n 中a😀"), max_size=400)


@given_examples(HOSTILE)
def test_what_people_write_stays_text(text: str) -> None:
    answer = Answer(
        "ask",
        "zh",
        text,
        page="a.b",
        text=(text, f"- {text}"),
        asks=(Question("fact", "choice", text, (Choice("a", text), Choice("b", "b"))),),
        related=(Pointer("c.d", text),),
    )
    message = answer_message(Given("answer", (answer,), Place("T1", "C0CHANNEL1", "1.1"), "U0PERSON01", text))
    written = json.dumps(message.blocks, ensure_ascii=False)
    assert "\u202e" not in written
    assert "\u200b" not in written
    for block in message.blocks:
        for element in block.get("elements", []):
            if element.get("type") == "mrkdwn":
                assert "<" not in element["text"].replace("&lt;", "")
    assert "<" not in message.text


@given_examples(HOSTILE, st.integers(1, 200))
def test_shortened_text_fits_as_slack_counts(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert escaped_length(short) <= limit
    assert escape(short) == escape(text) or short.endswith("…")
