"""Questions about the policy calendar are answered from the rules' dates; questions about one topic stay with its page."""

from __future__ import annotations

from datetime import date

import pytest

from bot.calendar_questions import calendar_question
from bot.desk import Asker, Desk
from bot.understanding.concepts import find_concepts
from bot.understanding.entities import find_entities
from bot.understanding.language import detect
from bot.understanding.normalise import normalise
from bot.understanding.reading import Candidate, Ranking, Reading

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("question", "period", "domains"),
    [
        ("what changes next month?", "2026-12-01..2026-12-31", ()),
        ("what's new in December", "2026-12-01..2026-12-31", ()),
        ("下个月有什么政策变化", "2026-12-01..2026-12-31", ()),
        ("any policy changes coming up for FBM?", "2026-11-29..2026-12-29", ("fbm",)),
        ("what changed since October", "2026-10-01..", ()),
        ("which rules change next week", "2026-11-30..2026-12-06", ()),
        ("what changes in the next 30 days", "2026-11-29..2026-12-29", ()),
        ("本季度有哪些规则变化", "2026-10-01..2026-12-31", ()),
        ("what rules change next quarter for stranded inventory", "2027-01-01..2027-03-31", ("stranded",)),
        ("贴标今年有什么政策变化", "2026-01-01..2026-12-31", ("labelling",)),
        ("2026年3月以来有什么变化", "2026-03-01..", ()),
        ("what changed between January and March 2026 for labels", "2026-01-01..2026-03-31", ("labelling",)),
        ("最近有什么政策变化", "2026-08-31..2026-11-29", ()),
        ("政策日历", "2026-11-29..2026-12-29", ()),
    ],
)
def test_time_and_domains_are_read_from_the_question(
    question: str, period: str, domains: tuple[str, ...], desk: Desk
) -> None:
    asked = calendar_question(desk.read(normalise(question), Asker(TODAY)).whole, desk.book, TODAY)
    assert asked is not None
    assert (str(asked.period), tuple(sorted(asked.domains))) == (period, domains)


@pytest.mark.parametrize(
    "question",
    [
        "when did commingling end?",
        "what changed for us otdr in february 2026",
        "what changed on 31 March 2026",
        "上个月退货有什么政策变化",
        "is there a new dropship rule this year",
        "what's new",
        "which SKUs get auto-removed this week?",
    ],
)
def test_questions_about_a_topic_are_left_alone(question: str, desk: Desk) -> None:
    assert calendar_question(desk.read(normalise(question), Asker(TODAY)).whole, desk.book, TODAY) is None


def test_the_desk_answers_with_day_title_change_and_source(desk: Desk) -> None:
    [answer] = desk.ask("what changed in September 2026 for FBM?", Asker(TODAY)).answers
    assert (answer.kind, answer.page) == ("reference", None)
    assert answer.verdict == "One policy change, 2026-09-01 to 2026-09-30 (FBM (seller-fulfilled))."
    assert answer.text == (
        "- **2026-09-01** My OTDR is x per cent, what happens in this store: Germany: 90% announced → enforced [1]",
    )
    assert [source.number for source in answer.sources] == [1]
    [chinese] = desk.ask("自发货 2026 年 9 月有什么新规", Asker(TODAY)).answers
    assert chinese.verdict == "2026-09-01 至 2026-09-30（FBM(自发货)）：1 项政策变更。"


def test_no_example_question_of_a_page_or_a_check_is_taken_for_the_calendar(desk: Desk) -> None:
    book, spellings = desk.book, desk._library.current().trained.spellings

    def is_taken(text: str, page: str) -> bool:
        plain = normalise(text)
        ranking = Ranking((Candidate(page, 1.0),), 1.0, "sure", None, 0.0)
        entities = find_entities(plain, TODAY)
        reading = Reading(plain, detect(plain), find_concepts(plain, spellings), (), frozenset(), entities, (), ranking)
        return calendar_question(reading, book, TODAY) is not None

    # Only what is at all like an example of the calendar can be taken: the others need not be read.
    words = ("chang", "new", "rule", "polic", "effect", "expire", "update", "变", "新", "规", "政策", "生效", "改", "更新")
    owners = [(page.id, page.questions.all()) for page in book.active_pages]
    owners += [(test.rule, test.questions.all()) for test in book.checks.values()]
    taken = [
        (owner, question)
        for owner, questions in owners
        for question in questions
        if any(word in question.lower() for word in words) and is_taken(question, owner)
    ]
    assert taken == []


def test_a_year_before_which_something_was_is_no_number_of_years_ago(desk: Desk) -> None:
    [answer] = desk.ask("2026年以前买家能单独要零件吗", Asker(date(2026, 11, 22))).answers
    assert answer.page is not None
