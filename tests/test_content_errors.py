"""A mistake in a content file is named with file, line and key, all mistakes at once, and nothing is executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.lint import lint
from bot.rulebook.loader import load
from bot.rulebook.yaml_file import read_yaml


def problems_after(shop: Path, name: str, old: str, new: str) -> list[str]:
    """Everything that is wrong once `old` is replaced by `new` in a file of the shop."""
    path = shop / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    loaded = load(shop)
    found = list(loaded.problems)
    if loaded.rulebook is not None:
        found += lint(loaded.rulebook, shop)
    return [str(problem) for problem in found if problem.severity == "error"]


def test_the_shop_itself_is_sound(shop: Path) -> None:
    loaded = load(shop)
    assert loaded.rulebook is not None
    assert [p for p in lint(loaded.rulebook, shop) if p.severity == "error"] == []


def test_an_unknown_key_is_named_with_the_nearest_known_one(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/may-i-fly.yaml", "dated_by: flight_day", "datedby: flight_day")
    assert any("may-i-fly.yaml:9:10: error: datedby: unknown key datedby; did you mean dated_by?" in line for line in found)


def test_all_mistakes_are_shown_at_once(shop: Path) -> None:
    path = shop / "rules/kites/cost.yaml"
    text = path.read_text(encoding="utf-8").replace("kind: calculation", "kind: sum").replace("author: test", "autor: test")
    path.write_text(text, encoding="utf-8")
    other = shop / "knowledge/kites/what-is-a-kite.yaml"
    other.write_text(other.read_text(encoding="utf-8").replace("modified: 2026-11-01", "modified: soon"), encoding="utf-8")
    files = {problem.file for problem in load(shop).problems}
    assert files == {"rules/kites/cost.yaml", "knowledge/kites/what-is-a-kite.yaml"}


def test_a_missing_language_is_an_error(shop: Path) -> None:
    found = problems_after(
        shop,
        "rules/kites/may-i-fly.yaml",
        '{en: "No: not in a strong wind.", zh: 不可以：风太大。}',
        '{en: "No: too windy."}',
    )
    assert any("verdict: the key zh is missing" in line for line in found)


def test_a_citation_without_its_source_is_an_error(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/cost.yaml", "source: kite-law", "source: kite-lore")
    assert found == ["rules/kites/cost.yaml:18:21: error: versions[0].cases[0].cite[0].source: there is no source kite-lore"]


def test_a_combination_without_a_case_is_an_error(shop: Path) -> None:
    found = problems_after(
        shop, "rules/kites/may-i-fly.yaml", "  - id: with_parent\n", '  - id: with_parent\n    when: {windy: "yes"}\n'
    )
    assert any("no case holds for windy=no, pilot=child" in line for line in found)


def test_a_case_that_is_never_reached_is_an_error(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/may-i-fly.yaml", '    when: {windy: "yes"}\n    verdict', "    verdict")
    assert any("case allowed is never reached" in line for line in found)


@pytest.mark.parametrize(
    ("start", "message"),
    [("2020-02-01", "leaves a gap: no version holds from 2020-01-01 until 2020-02-01"), ("2019-06-01", "overlaps")],
)
def test_versions_must_follow_each_other(shop: Path, start: str, message: str) -> None:
    found = problems_after(shop, "rules/kites/may-i-fly.yaml", "from: 2020-01-01", f"from: {start}")
    assert any(message in line for line in found)


def test_a_template_that_shows_an_unknown_value_is_an_error(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/cost.yaml", "{{ total }} for", "{{ totl }} for")
    assert any("shows totl, which this page neither asks for nor computes" in line for line in found)


def test_a_formula_may_only_be_arithmetic(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/cost.yaml", "kites * price", "__import__('os').getcwd()")
    assert any("the formula may call only min, max and round" in line for line in found)


def test_a_piece_that_includes_itself_is_an_error(shop: Path) -> None:
    (shop / "knowledge/kites/_circle.yaml").write_text(
        "id: kites._circle\nkind: piece\ntext: {en: [a], zh: [b]}\ninclude: [kites._circle]\n", encoding="utf-8"
    )
    loaded = load(shop)
    assert loaded.rulebook is not None
    found = [str(problem) for problem in lint(loaded.rulebook, shop)]
    assert any("goes round in a circle: kites._circle -> kites._circle" in line for line in found)


def test_a_question_on_two_pages_is_an_error(shop: Path) -> None:
    found = problems_after(shop, "rules/kites/cost.yaml", "what do the kites cost", "May I fly a kite")
    assert any("is also an example of" in line for line in found)


def test_a_pattern_that_cannot_be_read_is_an_error(shop: Path) -> None:
    found = problems_after(shop, "knowledge/facts.yaml", '"(i am|i\'m) [an] adult"', '"(i am|<kyte>"')
    assert any("error: [0].choices[0].said.en[0]: the pattern" in line for line in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!python/object/apply:os.system ['touch pwned']", "tag tag:yaml.org,2002:python/object/apply:os.system is not"),
        ("a: &x [1]\nb: *x", "anchors and aliases"),
        ("[" * 60 + "]" * 60, "nested deeper than 40 levels"),
        ("a: 1\na: 2", "the key a stands twice"),
        ("a: [1", "not valid YAML"),
        ("a: 2026-13-45", "cannot read"),
        ("? [1, 2]\n: 3", "a key must be a plain word"),
    ],
)
def test_yaml_that_is_more_than_plain_data_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = read_yaml("x.yaml", text.encode())
    assert [problem for problem in file.problems if message in problem.message], file.problems
    assert not (tmp_path / "pwned").exists()


def test_bytes_that_are_no_text_are_refused() -> None:
    assert "UTF-8" in read_yaml("x.yaml", b"\xff\xfe\x00a").problems[0].message
