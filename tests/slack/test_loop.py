"""What people ask in vain or dislike is kept so that it can be asked again once the content was edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.sandbox.world import LIN, MAYA, OPS, TEAM, TOM
from tests.slack.stage import Json, Stage, find, until

pytestmark = pytest.mark.usefixtures("command_line")


@pytest.fixture
def command_line(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work with the shop's content and the stage's store."""
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    monkeypatch.setenv("SELLERBOT_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("SELLERBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SELLERBOT_ENCODER", "false")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--since", "2000-01-01"], catch_exceptions=False)


def changes() -> list[Json]:
    return [json.loads(line) for line in run("replay", "--json").stdout.splitlines()]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


async def dislike(stage: Stage, user: str, message: Json, reason: str = "wrong", comment: str = "") -> None:
    block, element = find(message, lambda one: one.get("type") == "feedback_buttons")
    values: dict[str, Any] = {"block_id": block["block_id"], "channel": OPS, "ts": message["ts"]}
    await stage.sandbox.act(user, element["action_id"], value=element["negative_button"]["value"], **values)
    view = await stage.modal(user)
    await stage.sandbox.submit_view(user, view["id"], {"reason": {"value": reason}, "comment": {"value": comment}})
    await stage.quiet()


async def answer_to(stage: Stage, user: str, text: str, thread: str | None = None) -> Json:
    asked = await stage.ask(user, OPS, text, thread)
    return stage.answers(user, OPS, thread or asked["ts"])[-1]


async def test_a_question_without_an_answer_finds_one_after_an_edit(stage: Stage, shop: Path) -> None:
    await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon")
    await stage.ask(LIN, OPS, "@sellerbot 气球怎么充气")
    assert run("replay").stdout == "2 questions, 0 changed\n"
    edit(shop / "knowledge/kites/what-is-a-kite.yaml", "define kite", "how do i inflate a balloon, define kite")
    edit(shop / "knowledge/kites/what-is-a-kite.yaml", "什么叫纸鸢", "气球怎么充气, 什么叫纸鸢")
    edit(shop / "knowledge/outside.yaml", "how do i inflate a balloon, ", "")
    edit(shop / "knowledge/outside.yaml", "气球怎么充气, ", "")
    result = run("replay")
    assert sorted(line for line in result.stdout.splitlines() if not line.startswith("  - ")) == [
        "  + kites.what-is-a-kite: A kite flies on a string.",
        "  + kites.what-is-a-kite: 风筝是用线牵着飞的。",
        "2 questions, 2 changed",
        "found: how do i inflate a balloon",
        "found: 气球怎么充气",
    ]
    assert result.exit_code == 0


async def test_what_was_said_and_picked_before_is_said_and_picked_again(stage: Stage, shop: Path) -> None:
    first = await answer_to(stage, TOM, "@sellerbot may I fly a kite?")
    await stage.press(TOM, OPS, first, "a child")
    [_, second] = stage.answers(TOM, OPS, first["thread_ts"])
    await dislike(stage, TOM, second)
    assert changes() == []
    edit(shop / "rules/kites/may-i-fly.yaml", "with a parent", "with two parents")
    [change] = changes()
    assert change["how"] == "verdict"
    assert change["turns"] == ["may I fly a kite?", {"picked": {"pilot": "child"}}]
    assert "with a parent" in change["before"][0]["verdict"]
    assert "with two parents" in change["after"][0]["verdict"]
    assert "verdict: may I fly a kite? / pilot=child" in run("replay").stdout


async def test_earlier_messages_are_kept_only_where_the_answer_rests_on_them(stage: Stage) -> None:
    first = await stage.ask(MAYA, OPS, "@sellerbot what do 3 kites cost in all?")
    await stage.ask(MAYA, OPS, "2.50 usd", first["ts"])
    await dislike(stage, MAYA, stage.answers(MAYA, OPS, first["ts"])[-1])
    await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon", first["ts"])
    rows = stage.bot.office._store.answers.lacking(0)
    kept = {row.why: json.loads(row.asked) for row in rows}
    assert kept["wrong"]["turns"] == ["what do 3 kites cost in all?", "2.50 usd"]
    assert kept[""]["turns"] == ["how do i inflate a balloon"]
    assert kept["wrong"]["today"] == "2026-11-22"
    assert (kept["wrong"]["said"][0]["page"], kept["wrong"]["said"][0]["case"]) == ("kites.cost", "total_cost")


async def test_language_and_defaults_that_held_are_kept(stage: Stage, shop: Path) -> None:
    await stage.bot.office.settle(TEAM, {("", "fact:windy"): "yes", (MAYA, "language"): "zh"}, MAYA)
    await dislike(stage, MAYA, await answer_to(stage, MAYA, "@sellerbot may I fly a kite, I am an adult?"))
    [row] = stage.bot.office._store.answers.lacking(0)
    kept = json.loads(row.asked)
    assert (kept["lang"], kept["defaults"]) == ("zh", {"windy": "yes"})
    assert run("replay").stdout == "1 questions, 0 changed\n"


async def test_nothing_personal_is_kept_and_nothing_at_all_where_a_workspace_wants_that(stage: Stage) -> None:
    telling = "@sellerbot how do i inflate a balloon for jane@example.com, order 111-2222222-3333333"
    answer = await answer_to(stage, MAYA, telling)
    await dislike(stage, MAYA, answer, "other_question", "ask jane@example.com or call +49 30 1234567890")
    [(_, _, _, reason, comment)] = stage.bot.office._store.answers.opinions(TEAM)
    assert (reason, comment) == ("other_question", "ask [e-mail] or call [number]")
    rows = stage.bot.office._store.answers.lacking(0)
    assert {json.loads(row.asked)["turns"][0] for row in rows} == {"how do i inflate a balloon for [e-mail], order [order]"}
    memory = stage.bot.office._store.threads.load(TEAM, OPS, answer["thread_ts"]) or ""
    assert "jane" not in json.dumps(json.loads(memory)["turns"])
    await stage.bot.office.settle(TEAM, {("", "keep_questions"): "off"}, MAYA)
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    kept = "SELECT asked FROM answers ORDER BY created DESC, asked LIMIT 1"
    assert stage.bot.office._store.db.execute(kept).fetchone()[0] == ""
    memory = stage.bot.office._store.threads.load(TEAM, OPS, asked["ts"]) or ""
    assert json.loads(memory)["turns"] is None
    assert run("replay").stdout == "0 questions, 0 changed\n"


async def test_a_thread_that_is_not_all_known_is_counted_and_not_asked_again(stage: Stage) -> None:
    first = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?")
    store = stage.bot.office._store
    memory = json.loads(store.threads.load(TEAM, OPS, first["ts"]) or "")
    # As an earlier version kept it.
    del memory["turns"]
    store.threads.save(TEAM, OPS, first["ts"], json.dumps(memory))
    await stage.ask(MAYA, OPS, "I am an adult", first["ts"])
    await dislike(stage, MAYA, stage.answers(MAYA, OPS, first["ts"])[-1])
    result = run("replay")
    assert result.stdout == "0 questions, 0 changed\n"
    assert "1 more were kept without all that was said before them" in result.stderr


async def test_a_workspaces_own_questions_alone(stage: Stage) -> None:
    await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon")
    assert run("replay", "--team", TEAM).stdout == "1 questions, 0 changed\n"
    assert run("replay", "--team", "T0OTHERCO1").stdout == "0 questions, 0 changed\n"
    assert "how do i inflate a balloon" in run("gaps", "--team", TEAM).stdout
    assert "Nothing was asked in vain" in run("gaps", "--team", "T0OTHERCO1").stdout


async def test_a_removed_workspace_leaves_nothing_to_ask_again(stage: Stage) -> None:
    await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon")
    await stage.sandbox.uninstall(TEAM)
    office = stage.bot.office
    await until(lambda: office._store.db.execute("UPDATE departures SET departed = 0").rowcount, "the departure")
    assert await office.forget_departed() == (TEAM,)
    assert run("replay").stdout == "0 questions, 0 changed\n"


async def test_a_question_that_means_something_else_without_its_numbers_is_not_asked_again(stage: Stage) -> None:
    # Ten digits may be a telephone number, and are kept as none.
    await dislike(stage, MAYA, await answer_to(stage, MAYA, "@sellerbot what do 1234567890 kites cost in all, 2 usd each?"))
    [row] = stage.bot.office._store.answers.lacking(0)
    assert row.asked == ""
