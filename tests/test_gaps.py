"""What people asked in vain, in groups, with a start for a page."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import yaml
from click.testing import CliRunner, Result

from bot.cli import main
from bot.desk import Desk
from bot.gaps import KeptQuestion, gaps
from bot.store import open_store
from bot.store.answers import Row

TODAY = date(2026, 11, 29)
KEPT = [
    KeptQuestion("how do I register a trademark in Brazil", "T1"),
    KeptQuestion("trademark registration in brazil, what does it cost", "T2"),
    KeptQuestion("where can I register my trademark in Brazil?", "T1"),
    KeptQuestion("巴西商标怎么注册", "T3"),
    KeptQuestion("亚马逊广告竞价怎么调", "T1"),
    KeptQuestion("which colour should my logo have", "T2", ("wrong", "outdated")),
]


def test_questions_about_one_thing_come_together_whatever_their_language(desk: Desk) -> None:
    first, *others = gaps(KEPT, desk, TODAY, 20)
    assert first.count >= 3
    assert {"how do I register a trademark in Brazil", "巴西商标怎么注册"} <= set(first.questions)
    assert first.teams >= 2
    assert all("竞价" not in text for text in first.questions)
    assert sum(gap.count for gap in (first, *others)) == len(KEPT)
    [disliked] = [gap for gap in others if gap.reasons]
    assert dict(disliked.reasons) == {"wrong": 1, "outdated": 1}
    assert gaps(KEPT, desk, TODAY, 20) == (first, *others)


def test_without_the_encoder_the_letters_decide(shop_desk: Desk) -> None:
    found = gaps([KeptQuestion("paint a door green", "T"), KeptQuestion("paint the door green", "T")], shop_desk, TODAY, 20)
    assert [gap.count for gap in found] == [2]


def test_a_start_is_yaml_that_holds_the_questions(desk: Desk) -> None:
    tricky = 'what: "quotes", {braces} & #hashes of brazilian trademarks'
    [gap] = gaps([KeptQuestion(tricky, "T")], desk, TODAY, 20)
    read = yaml.safe_load(gap.stub)
    assert read["questions"]["en"] == [tricky]


def test_the_command_reads_the_store_and_leaves_out_whoever_wants_nothing_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = open_store(path)
    store.answers.gap("T1", "a.0", "can my parrot sell on amazon", "en", "")
    store.answers.gap("T2", "b.0", "may a parrot list things on amazon", "en", "")
    store.answers.save(Row("abc", "T1", "C", "1", "U", "is this fine, jane@example.com?", "[]"))
    store.answers.judge("T1", "abc.0", "U", "down", "wrong", "")
    store.preferences.set("T2", "", "keep_questions", "off", "U")
    store.close()
    result = CliRunner().invoke(main, ["gaps"], env={"SELLERBOT_STORE": str(path)}, catch_exceptions=False)
    assert result.exit_code == 0
    assert "can my parrot sell on amazon" in result.output
    assert "may a parrot" not in result.output
    assert "disliked: wrong (1)" in result.output
    assert "jane@" not in result.output
    assert sqlite3.connect(path).execute("SELECT COUNT(*) FROM gaps").fetchone() == (2,)


def test_what_was_asked_more_often_counts_more_and_a_workspace_can_be_picked(desk: Desk) -> None:
    first, second = gaps(
        [KeptQuestion("亚马逊广告竞价怎么调", "T"), KeptQuestion(KEPT[0].text, "T", times=3)], desk, TODAY, 20
    )
    assert (first.count, first.questions, second.count) == (3, (KEPT[0].text,), 1)


def test_each_start_is_written_into_a_file_and_none_is_written_over(tmp_path: Path) -> None:
    path, folder = tmp_path / "store.db", tmp_path / "starts" / "here"
    store = open_store(path)
    store.answers.gap("T1", "a.0", "can my parrot sell on amazon", "en", "")
    store.answers.gap("T1", "b.0", "哪种颜色的 logo 好看", "zh", "")
    store.answers.gap("T2", "c.0", "how do I register a trademark in Brazil", "en", "")
    store.close()

    def run(*arguments: str) -> Result:
        command = ["gaps", *arguments, "--write", str(folder)]
        return CliRunner().invoke(main, command, env={"SELLERBOT_STORE": str(path)}, catch_exceptions=False)

    assert run("--team", "T1").exit_code == 0
    written = sorted(folder.iterdir())
    assert len(written) == 2
    questions = [yaml.safe_load(one.read_text(encoding="utf-8"))["questions"] for one in written]
    assert ["can my parrot sell on amazon"] in [one["en"] for one in questions]
    written[0].write_text("mine", encoding="utf-8")
    again = run()
    assert again.output.count("is there already and stays as it is") == 2
    assert written[0].read_text(encoding="utf-8") == "mine"
    assert len(list(folder.iterdir())) == 3
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = tmp_path / "file" / "below"
    refused = run()
    assert refused.exit_code == 1
    assert "name another folder with --write" in refused.output
