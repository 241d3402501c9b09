"""The commands as people and programs call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.console import Console
from bot.desk import Asker, Desk
from tests.conftest import TODAY

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


def test_ask_json_prints_one_object_and_the_desk_understands_both_languages() -> None:
    result = run("ask", "--json", "we are an authorised reseller, UPC on every box, shipping in May. labels?")
    data = json.loads(result.stdout)
    assert result.exit_code == 0
    assert data["kind"] == "decision"
    assert data["lang"] == "en"
    assert {"id": "brand_role", "value": "authorised_reseller", "origin": "said"} in data["facts"]
    assert any(source["id"] == "xinmei-commingling-ends" for source in data["sources"])
    chinese = json.loads(run("ask", "--json", "品牌代表，有UPC，5月发的货要贴标吗").stdout)
    assert chinese["lang"] == "zh"
    assert "不用贴" in chinese["verdict"]


def test_facts_days_and_language_can_be_given() -> None:
    result = run(
        "ask", "--json", "--as-of", "2026-02-01", "--today", "2026-02-01", "--lang", "zh", "--fact",
        "brand_role=other_seller", "--fact", "barcode_setting=manufacturer", "do i need stickers with a upc",
    )  # fmt: skip
    data = json.loads(result.stdout)
    assert data["lang"] == "zh"
    assert data["holds"]["to"] == "2026-03-30"
    assert {"id": "brand_role", "value": "other_seller", "origin": "given"} in data["facts"]


def test_batch_answers_line_by_line_in_order() -> None:
    lines = [
        {"id": "a", "text": "what is commingling"},
        {"id": "b", "turns": ["do i need fnsku labels?", "we are an authorised reseller"], "today": "2026-11-22"},
        {"id": "c", "text": "how do i lower my acos", "lang": "zh"},
    ]
    result = run("ask", "--batch", stdin="\n".join(json.dumps(line) for line in lines))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", "b", "c"]
    assert [turn["kind"] for turn in answers[1]["turns"]] == ["ask", "decision"]
    assert answers[1]["kind"] == "decision"
    assert (answers[2]["kind"], answers[2]["lang"]) == ("unknown", "zh")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask"], "give a question"),
        (["ask", "--batch", "x"], "give a question"),
        (["ask", "x", "--fact", "brand_role=king"], "is not one of"),
        (["ask", "x", "--fact", "nonsense=1"], "known facts"),
        (["ask", "x", "--as-of", "yesterday"], "is not a day such as 2026-03-31"),
        (["new", "rule", "Bad Name"], "write it as domain.name"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_bad_batch_line_is_named() -> None:
    result = run("ask", "--batch", stdin='{"id": "a", "text": "what is an fnsku"}\n{"id": 2}\n')
    assert result.exit_code == 2
    assert "line 2" in result.output


def test_explain_shows_every_step() -> None:
    output = run("explain", "do we need stickers as an authorised reseller, shipped 2 April 2026").output
    for part in ("language   en", "fact       brand_role = authorised_reseller", "candidate", "confidence", "decided"):
        assert part in output


def test_schema_is_json_schema_for_editors() -> None:
    schema = json.loads(run("schema", "rule").stdout)
    assert {"id", "kind", "versions", "questions"} <= set(schema["properties"])


def test_a_scaffold_is_a_sound_draft_once_its_gaps_are_filled(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    for kind in ("entry", "rule", "calculation", "draft"):
        assert run("new", kind, f"kites.new-{kind}").exit_code == 0
        assert run("new", kind, f"kites.new-{kind}").exit_code == 1
    for path in shop.rglob("new-*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("source: TODO", "source: kite-law"), encoding="utf-8")
    result = run("lint", "--structure-only")
    assert result.exit_code == 0, result.output


def test_the_skeletons_of_a_report_and_a_check_are_sound_once_filled(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    report, check = shop / "knowledge/reports/kite-stock.yaml", shop / "rules/kites/checks-torn.yaml"
    assert run("new", "report", "kite-stock").exit_code == 0
    assert run("new", "check", "kites.torn").exit_code == 0
    unfilled = run("lint", "--structure-only").output
    assert "kite-stock.yaml:4" in unfilled
    assert "checks-torn.yaml:4" in unfilled
    report.write_text(report.read_text(encoding="utf-8").replace("TODO", "torn-kites"), encoding="utf-8")
    filled = check.read_text(encoding="utf-8").replace("needs: [TODO]", "needs: [kite-stock]")
    filled = filled.replace("WHERE TODO", "WHERE torn_kites > 0").replace("rule: TODO", "rule: kites.may-i-fly")
    check.write_text(filled, encoding="utf-8")
    result = run("lint", "--structure-only")
    assert result.exit_code == 0, result.output
    stock = shop / "stock.csv"
    stock.write_text("sku,torn-kites\nA,1\nB,0\n")
    found = json.loads(run("check", str(stock), "--json").stdout)
    assert [(one["check"], one["count"]) for one in found["findings"]] == [("kites-torn", 1)]


def test_a_skeleton_takes_no_name_that_is_used(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is a report own-stock already" in run("new", "report", "own-stock").output
    assert "there is a check stranded-removal-due already" in run("new", "check", "stranded.removal-due").output
    assert run("new", "report", "kites.stock").exit_code == 2
    assert run("new", "check", "torn").exit_code == 2


def test_every_command_is_described_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in main.commands if f"sellerbot {name}" not in readme] == []


def test_the_console_keeps_a_thread_and_takes_numbers(desk: Desk) -> None:
    lines: list[str] = []
    talk = Console(desk, Asker(TODAY), lambda _, text: text, lines.append)
    for line in ("do i still need fnsku labels?", "2", "/facts", "/as-of 2026-02-01", "/as-of soon", "/help", "/new"):
        assert talk.handle(line)
    text = "\n".join(lines)
    assert "1. Brand Representative" in text
    assert "FNSKU label needed" in text
    assert "brand_role = authorised_reseller (said)" in text
    assert "Rules of 2026-02-01." in text
    assert "'soon' is not a day" in text
    assert not talk.handle("/quit")


def test_an_installed_wheel_carries_its_content_and_answers_elsewhere(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    wheel = next(tmp_path.glob("sellerbot-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "site"),
        "SELLERBOT_ENCODER": "false",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    code = "import bot; print(bot.__file__); from bot.cli import main; main(['ask', 'what is an fnsku'])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert result.stdout.startswith(str(tmp_path / "site"))
    assert "FNSKU" in result.stdout
