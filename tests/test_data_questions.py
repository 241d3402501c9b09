"""Questions about one's own reports, told apart from questions about the rules; without uploads the report is named."""

from __future__ import annotations

import pytest

from bot.data_questions import data_question
from bot.desk import Asker, Desk
from tests.conftest import TODAY


@pytest.mark.parametrize(
    ("question", "needs"),
    [
        ("which SKUs get auto-removed this week?", "Stranded inventory"),
        ("what's my late shipment rate", "Shipping confirmation"),
        ("why is LAMP-BED-03 stranded", "Stranded inventory"),
        ("这周哪些sku会被自动移除", "无在售信息的亚马逊库存报告"),
        ("哪些SKU滞留了", "无在售信息的亚马逊库存报告"),
        ("我的迟发率多少", "发货确认文件"),
    ],
)
def test_without_uploads_the_answer_is_which_report_to_upload_and_where(
    question: str, needs: str, desk: Desk, asker: Asker
) -> None:
    answer = desk.ask(question, asker).answers[0]
    assert answer.kind == "data"
    assert needs in answer.verdict
    assert any("Seller Central >" in line or "卖家平台 >" in line for line in answer.text)


def test_what_hardly_asks_for_data_gets_the_rule_first_and_then_the_report(desk: Desk, asker: Asker) -> None:
    rule, *_, report = desk.ask("typed the wrong tracking number yesterday, can I still change it", asker).answers
    assert "until the parcel is delivered" in rule.verdict
    assert report.kind == "data"


def test_a_case_that_is_told_is_decided_and_not_looked_up(desk: Desk, asker: Asker) -> None:
    first, *_, report = desk.ask("order from last friday, what is my ship by date", asker).answers
    assert [question.fact for question in first.asks] == ["handling_days"]
    assert report.kind == "data"
    talk = desk.ask("那批转售的保温袋二月底发的，要补标吗", asker)
    further = desk.ask("翻了下提单，是四月二号才发走的。那现在怎么说", asker, talk.thread)
    assert all(answer.kind != "data" for answer in further.answers)


def test_no_example_question_of_a_page_is_taken_for_one_about_data(desk: Desk) -> None:
    taken = [
        (page.id, question)
        for page in desk.book.active_pages
        for question in page.questions.all()
        if data_question(question, page.id, desk.book, TODAY)
    ]
    assert taken == []


@pytest.mark.parametrize(
    "question", ["what is the late shipment rate limit", "my late shipment rate is 6 %, what now", "滞留库存是什么"]
)
def test_questions_about_rules_stay_with_the_rules(question: str, desk: Desk, asker: Asker) -> None:
    assert desk.ask(question, asker).answers[0].kind != "data"
