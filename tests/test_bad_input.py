"""Whatever is sent, a clear line comes back: never a stack trace, never something executed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.answering.render import many_to_text, to_json
from bot.conversation import Thread
from bot.desk import Asker, Desk
from tests.conftest import TODAY

ASKER = Asker(TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "There is no question in this message"),
        ("   \n\t ", "There is no question in this message"),
        ("🙂🙂🎉", "There is no question in this message"),
        ("\u202e\u200f\u0000\u0007", "There is no question in this message"),
        ("https://example.com/some/page?x=1", "I can't open links"),
        ("a" * 40_000, "Your message has 40,000 characters; I read up to 4,000"),
        ("贴" * 40_000, "您的消息有 40,000 个字符"),
    ],
)
def test_what_is_no_question_gets_a_clear_line(text: str, expected: str, desk: Desk) -> None:
    answer = desk.ask(text, ASKER).answers[0]
    assert answer.kind == "unknown"
    assert expected in answer.verdict


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}", "{% include '/etc/passwd' %}", "'; drop table rules; --", "$(rm -rf /)", "<script>alert(1)</script>",
        "\u202eknalb a si siht \u202c do i need labels", "%s %d {0} {verdict}", "((((((((((",
        "[[[[{number}{date}",
        "9" * 3000, "1/1/1/1/1/1/1", "3月3月3月3月", "0000-00-00 99:99", "二二二二二二二二二千千千万万", "$" * 500,
        "9" * 20 + " usd",
    ],
)  # fmt: skip
def test_hostile_text_is_only_text(text: str, desk: Desk) -> None:
    reply = desk.ask(text, ASKER)
    output = many_to_text(reply.answers)
    assert output
    assert "49" not in output.split("Sources")[0] or "49" in text
    assert "Traceback" not in output


PIECES = st.sampled_from(
    [
        "do i need labels", "贴标", "FNSKU", "brand representative", "不是", "品牌方", "shipped", "3月31日", "31 March 2026",
        "{{", "}}", "{%", "?", "？", "\n", "1)", "2)", "and if", "那要是", "$", "0.5 usd", "20 units",
        "99999999999999999999", "\u202e", "\x00", "🙂", "reseller", "经销商", "2026-02-30", "13/13/2026", "last", "ago",
        "前", "(", "[", "*", "\\", "before", "之前", "GTIN",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_conversation_is_answered(plain_desk: Desk, turns: list[str]) -> None:
    thread: Thread | None = None
    for turn in turns:
        reply = plain_desk.ask(turn, ASKER, thread)
        thread = reply.thread
        data = to_json(reply.answers)
        assert data["verdict"].strip()
        assert data["text"].startswith(data["verdict"]) or len(reply.answers) > 1
        assert data["kind"] in ("reference", "decision", "calculation", "draft", "ask", "unknown")
        for answer in reply.answers:
            assert (answer.kind == "unknown") == (answer.page is None)
            assert answer.kind in ("unknown", "draft", "ask") or answer.sources
