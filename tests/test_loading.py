"""Content is compiled once, read anew where it changed, and a broken change never replaces good content."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.compiled import Workshop
from bot.desk import Asker, Desk
from bot.library import BrokenContent, Library
from bot.rulebook.loader import load

DAY = date(2026, 11, 22)


def verdict(desk: Desk) -> str:
    return desk.ask("what is a kite", Asker(DAY)).answers[0].verdict


def test_unchanged_content_comes_from_the_cache_and_is_the_same(shop: Path, tmp_path: Path) -> None:
    first = load(shop, tmp_path / "cache")
    second = load(shop, tmp_path / "cache")
    assert (first.compiled, second.compiled) == (True, False)
    assert first.rulebook is not None
    assert second.rulebook is not None
    assert second.rulebook.content == first.rulebook.content


def test_a_damaged_cache_only_costs_time(shop: Path, tmp_path: Path) -> None:
    load(shop, tmp_path / "cache")
    (tmp_path / "cache" / "parts.json").write_text("{broken", encoding="utf-8")
    (shop / "rules/kites/cost.yaml").write_text(
        (shop / "rules/kites/cost.yaml").read_text(encoding="utf-8") + "# changed\n", encoding="utf-8"
    )
    assert load(shop, tmp_path / "cache").rulebook is not None


def test_changed_content_answers_at_once(shop: Path, shop_desk: Desk) -> None:
    assert verdict(shop_desk) == "A kite flies on a string."
    page = shop / "knowledge/kites/what-is-a-kite.yaml"
    page.write_text(page.read_text(encoding="utf-8").replace("flies on a string", "flies on a line"), encoding="utf-8")
    assert verdict(shop_desk) == "A kite flies on a line."


def test_a_broken_change_is_refused_and_the_last_good_content_keeps_answering(shop: Path) -> None:
    library = Library(shop, Workshop(None, None), interval=0)
    desk = Desk(library)
    assert verdict(desk) == "A kite flies on a string."
    page = shop / "rules/kites/may-i-fly.yaml"
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace("pilot: adult}\n    verdict", "pilot: grownup}\n    verdict"), encoding="utf-8")
    assert verdict(desk) == "A kite flies on a string."
    assert library.refused is not None
    assert "grownup is not a value of pilot" in str(library.refused.problems[0])
    page.write_text(good, encoding="utf-8")
    assert verdict(desk) == "A kite flies on a string."


def test_without_any_good_content_the_errors_are_told(tmp_path: Path) -> None:
    with pytest.raises(BrokenContent, match="the folders rules and knowledge are missing or empty"):
        Library(tmp_path, Workshop(None, None)).current()


def test_a_new_page_needs_no_other_file(shop: Path, shop_desk: Desk) -> None:
    (shop / "knowledge/kites/colours.yaml").write_text(
        (shop / "knowledge/kites/what-is-a-kite.yaml")
        .read_text(encoding="utf-8")
        .replace("kites.what-is-a-kite", "kites.colours")
        .replace(
            "[what is a kite, define kite, kite meaning, whats a flyer]", "[which colours exist, red or blue, colour list]"
        )
        .replace("[风筝是什么, 什么叫纸鸢, 风筝啥意思]", "[有哪些颜色, 红色还是蓝色]")
        .replace("A kite flies on a string.", "Red and blue."),
        encoding="utf-8",
    )
    assert shop_desk.ask("which colours are there", Asker(DAY)).answers[0].verdict == "Red and blue."
