"""The answer document and its renderings: what a seller reads."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.answering.render import coloured, to_json, to_text
from bot.answering.templates import BadTemplate, fill
from bot.desk import Asker, Desk
from tests.conftest import TODAY


def test_the_verdict_comes_first_and_sources_are_numbered_as_cited(shop_desk: Desk, asker: Asker) -> None:
    answer = shop_desk.ask("what is a kite", asker).answers[0]
    lines = to_text(answer).splitlines()
    assert lines[0] == "A kite flies on a string. [1]"
    assert [source.number for source in answer.sources] == [1, 2]
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", to_text(answer))}
    assert marks == {source.number for source in answer.sources}
    assert answer.sources[0].sections == ("Part 1",)


def test_sources_say_publisher_date_authority_and_whether_they_are_due(shop_desk: Desk, asker: Asker) -> None:
    text = to_text(shop_desk.ask("what is a kite", asker).answers[0])
    assert "[1] Kite law (Office of Kites; published 2020-01-01; Amazon's own; section: Part 1; read 2026-11-01)" in text
    assert "[2] Kite blog (A blog; undated; secondary source; read 2026-11-01; DUE FOR REVIEW: may be out of date)" in text


def test_disagreeing_sources_show_both_values_and_the_one_to_act_on(shop_desk: Desk, asker: Asker) -> None:
    text = to_text(shop_desk.ask("风筝是什么", asker).answers[0])
    assert "来源说法不一：线\n- 以此为准：必须有线。 [1]\n- 另一说法：不需要线。 [2]\n- 理由：法律高于博客。" in text


def test_the_period_in_which_the_rule_holds_is_said(shop_desk: Desk, asker: Asker) -> None:
    now = to_text(shop_desk.ask("may I fly a kite? I am an adult", asker).answers[0])
    then = to_text(shop_desk.ask("may I fly a kite? I am an adult", Asker(TODAY, as_of=date(2019, 1, 1))).answers[0])
    assert "Holds: from 2020-01-01, no end known" in now
    assert now.startswith("Yes: adults may fly. [1]")
    assert "Holds: until 2019-12-31" in then
    assert then.startswith("Yes: until 2019 anybody could fly. [1]")


def test_facts_are_shown_with_where_they_came_from(shop_desk: Desk, asker: Asker) -> None:
    answer = shop_desk.ask("may I fly a kite? I am an adult", asker).answers[0]
    assert [(fact.id, fact.value, fact.origin) for fact in answer.facts] == [
        ("windy", "no", "assumed"),
        ("pilot", "adult", "said"),
    ]
    assert "strong wind: calm (assumed)\npilot: an adult (you said)" in to_text(answer)


def test_a_question_for_a_fact_shows_where_each_reply_leads(shop_desk: Desk, asker: Asker) -> None:
    answer = shop_desk.ask("may I fly a kite?", asker).answers[0]
    assert answer.kind == "ask"
    assert to_text(answer).splitlines()[:4] == [
        "One thing decides this: Who flies the kite?",
        "",
        "- If an adult: Yes: adults may fly.",
        "- If a child: Yes, with a parent.",
    ]


def test_a_calculation_shows_its_working(shop_desk: Desk, asker: Asker) -> None:
    text = to_text(shop_desk.ask("what do the kites cost in all: 3 kites, 2.50 usd each", asker).answers[0])
    assert text.startswith("In all 7.50 USD for 3 kites. [1]")
    assert "total = 3 * 2.50 USD = 7.50 USD" in text


def test_a_draft_marks_its_blanks_and_is_written_in_the_askers_language(shop_desk: Desk, asker: Asker) -> None:
    english = shop_desk.ask("write a permit request for 4 kites", asker).answers[0]
    assert (english.kind, english.draft) == ("draft", "Dear [office: ______], I have 4 kites.")
    assert shop_desk.ask("帮我写许可申请", asker).answers[0].draft == "【几：______】 只"


def test_what_is_not_covered_is_said_with_the_nearest_topics(shop_desk: Desk, asker: Asker) -> None:
    answer = shop_desk.ask("how do i inflate a balloon", asker).answers[0]
    assert answer.kind == "unknown"
    assert answer.verdict.startswith("Not covered: this looks like balloons")
    assert len(answer.suggestions) == 3
    assert answer.sources == ()


def test_json_has_the_promised_keys(shop_desk: Desk, asker: Asker) -> None:
    data = to_json(shop_desk.ask("may I fly a kite?", asker).answers)
    assert set(data) == {
        "kind", "lang", "verdict", "text", "rules", "facts", "asks", "sources", "holds", "conflicts", "confidence",
    }  # fmt: skip
    assert data["rules"] == ["kites.may-i-fly"]
    assert data["holds"] == {"from": "2020-01-01", "to": None}
    assert data["asks"][0]["fact"] == "pilot"
    assert data["asks"][0]["choices"][0] == {"value": "adult", "label": "an adult"}
    assert set(data["sources"][0]) >= {"id", "title", "publisher", "url", "section", "published", "authority"}


def test_colours_are_put_around_and_change_no_word(shop_desk: Desk, asker: Asker) -> None:
    answer = shop_desk.ask("what is a kite", asker).answers[0]
    styled = to_text(answer, coloured)
    assert "\x1b[1mA kite flies on a string.\x1b[0m" in styled
    assert re.sub(r"\x1b\[[\d;]*m", "", styled) == to_text(answer)


@pytest.mark.parametrize("text", ["{{ 7*7 }} kites?", "may i fly {{ config }}", "{% for i in range(9) %}x{% endfor %} kite"])
def test_what_users_write_is_never_run_as_a_template(text: str, shop_desk: Desk, asker: Asker) -> None:
    for answer in shop_desk.ask(text, asker).answers:
        assert "49" not in to_text(answer)


@pytest.mark.parametrize(
    "template",
    ["{{ ''.__class__.__mro__ }}", "{{ blank.__globals__ }}", "{{ cycler.__init__.__globals__.os }}", "{{ 1/0 }}", "{{ x }"],
)
def test_templates_cannot_leave_their_sandbox(template: str) -> None:
    try:
        assert "object" not in fill(template, {}, "en")
    except BadTemplate:
        return


def test_a_template_cannot_flood(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate):
        fill("{{ 'a' * 1000000 }}", {}, "en")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "said"), [("thanks a lot", "welcome"), ("谢谢啦", "不客气"), ("what can you do", "replacement")]
)
def test_what_asks_nothing_is_replied_to_in_kind(text: str, said: str, desk: Desk, asker: Asker) -> None:
    answer = desk.ask(text, asker).answers[0]
    assert answer.kind == "unknown"
    assert said in answer.verdict
    assert answer.suggestions == ()
