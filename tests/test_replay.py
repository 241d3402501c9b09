"""Questions that are asked again after the content was edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main

QUESTIONS = [
    {"text": "what is a kite"},
    {"text": "风筝是什么"},
    {"turns": ["may i fly a kite", "i am an adult"], "today": "2026-11-22"},
    {"text": "how do i inflate a balloon"},
]


@pytest.fixture
def recorded(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The questions with the answers that the shop's content gives."""
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    monkeypatch.setenv("SELLERBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SELLERBOT_ENCODER", "false")
    asked, answered = tmp_path / "questions.jsonl", tmp_path / "before.jsonl"
    asked.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in QUESTIONS), encoding="utf-8")
    assert run(asked, "--record", str(answered)).exit_code == 0
    return answered


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)], catch_exceptions=False)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_has_changed_while_nobody_edits(recorded: Path) -> None:
    result = run(recorded)
    assert result.stdout == "4 questions, 0 changed\n"
    assert result.exit_code == 0


def test_a_title_or_an_author_is_no_change(recorded: Path, shop: Path) -> None:
    edit(shop / "rules/kites/may-i-fly.yaml", "author: test", "author: somebody else")
    edit(shop / "rules/kites/may-i-fly.yaml", "May I fly a kite?", "May I fly my kite?")
    assert run(recorded).stdout == "4 questions, 0 changed\n"


def test_another_verdict_is_shown_beside_the_old_one(recorded: Path, shop: Path) -> None:
    edit(shop / "rules/kites/may-i-fly.yaml", "Yes: adults may fly.", "No: adults may not fly.")
    result = run(recorded)
    assert result.stdout.splitlines() == [
        "verdict: may i fly a kite / i am an adult",
        "  - kites.may-i-fly (allowed): Yes: adults may fly.",
        "  + kites.may-i-fly (allowed): No: adults may not fly.",
        "4 questions, 1 changed",
    ]
    assert result.exit_code == 0


def test_what_explains_a_verdict_counts_too(recorded: Path, shop: Path) -> None:
    edit(shop / "knowledge/kites/what-is-a-kite.yaml", "- It needs wind.", "- It needs 10 knots of wind.")
    changes = [json.loads(line) for line in run(recorded, "--json").stdout.splitlines()]
    assert [(one["how"], one["turns"]) for one in changes] == [("text", ["what is a kite"])]


def test_a_question_that_lost_its_answer_ends_with_an_error(recorded: Path, shop: Path) -> None:
    edit(shop / "knowledge/kites/what-is-a-kite.yaml", "- verdict:", "- to: 2020-01-01\n  verdict:")
    result = run(recorded, "--json")
    changes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["how"], one["turns"][0]) for one in changes] == [("lost", "what is a kite"), ("lost", "风筝是什么")]
    assert changes[0]["after"][0]["kind"] == "unknown"
    assert result.exit_code == 1


def test_a_question_that_found_an_answer_is_good_news(recorded: Path, shop: Path) -> None:
    page = (shop / "knowledge/kites/what-is-a-kite.yaml").read_text(encoding="utf-8")
    page = page.replace("kites.what-is-a-kite", "kites.balloons").replace("what is a kite", "how do i inflate a balloon")
    page = page.replace(
        "[how do i inflate a balloon, define kite, kite meaning, whats a flyer]", "[how do i inflate a balloon]"
    )
    page = page.replace("[风筝是什么, 什么叫纸鸢, 风筝啥意思]", "[气球怎么充气]").replace(
        "What a kite is", "Inflating balloons"
    )
    page = page.replace("什么是风筝", "给气球充气").replace("A kite flies on a string.", "With a pump.")
    (shop / "knowledge/kites/balloons.yaml").write_text(page, encoding="utf-8")
    edit(shop / "knowledge/outside.yaml", "how do i inflate a balloon, ", "")
    edit(shop / "knowledge/outside.yaml", "气球怎么充气, ", "")
    result = run(recorded, "--json")
    found = [json.loads(line) for line in result.stdout.splitlines() if json.loads(line)["how"] == "found"]
    assert [(one["turns"], one["after"][0]["verdict"]) for one in found] == [
        (["how do i inflate a balloon"], "With a pump.")
    ]
    assert result.exit_code == 0


def test_questions_must_be_recorded_first_and_no_record_is_overwritten(recorded: Path, tmp_path: Path) -> None:
    assert "4 questions have no recorded answer; begin with --record" in run(tmp_path / "questions.jsonl").output
    again = run(tmp_path / "questions.jsonl", "--record", recorded)
    assert again.exit_code == 1
    assert "exists already" in again.output


@pytest.mark.parametrize("line", ["{", '{"question": "x"}', '{"turns": []}', '{"text": "x", "today": "soon"}', "[]"])
def test_a_line_that_is_no_question_is_named(recorded: Path, tmp_path: Path, line: str) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(f'{{"text": "fine"}}\n{line}\n', encoding="utf-8")
    result = run(broken)
    assert result.exit_code == 1
    assert "line 2: expected" in result.output


def test_what_was_picked_and_what_held_by_default_is_part_of_a_record(recorded: Path, shop: Path, tmp_path: Path) -> None:
    asked, answered = tmp_path / "picked.jsonl", tmp_path / "picked-before.jsonl"
    talks = [
        {"turns": ["may i fly a kite", {"picked": {"pilot": "child"}}]},
        {"turns": [{"opened": "kites.what-is-a-kite"}], "lang": "zh"},
        {"text": "may i fly a kite, i am an adult", "defaults": {"windy": "yes"}},
        {"turns": ["what is a kite", {"opened": "no.page"}]},
    ]
    asked.write_text("\n".join(json.dumps(one) for one in talks), encoding="utf-8")
    assert run(asked, "--record", answered).exit_code == 0
    said = [json.loads(line)["said"] for line in answered.read_text(encoding="utf-8").splitlines()]
    assert [one[0]["case"] if one else None for one in said] == ["with_parent", None, "too_windy", None]
    assert said[1][0]["verdict"] == "风筝是用线牵着飞的。"
    assert run(answered).stdout == "4 questions, 0 changed\n"


def test_a_file_and_kept_questions_are_two_things(recorded: Path) -> None:
    assert "--since and --team are for kept questions; leave the file out" in run(recorded, "--team", "T1").output
