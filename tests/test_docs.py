"""What README and docs promise is so: the tour answers, examples are valid content, keys and settings are described."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from pydantic import BaseModel, TypeAdapter

from bot.cli import main
from bot.rulebook import models
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTENT = (ROOT / "docs" / "content.md").read_text(encoding="utf-8")
TOUR = re.findall(r"^\$ sellerbot (ask .*)$", README, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "expected"),
    zip(
        TOUR,
        [
            "FNSKU label needed",
            "不用贴 FNSKU",
            "One thing decides this",
            "移除",
            "No sticker needed: units dispatched by 30 March 2026",
            "Sources differ on",
            "不能",
            "1,200 units at 0.30 USD per label: 360.00 USD",
            "2,000",
            "Not covered: this looks like",
        ],
        strict=True,
    ),
)
def test_the_tour_answers_as_it_says(command: str, expected: str) -> None:
    result = CliRunner().invoke(main, [*shlex.split(command), "--today", "2026-11-22"], catch_exceptions=False)
    assert result.exit_code == 0
    assert expected in result.stdout, result.stdout


def test_every_file_named_in_the_docs_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_every_key_of_the_content_is_described() -> None:
    keys = {
        field.alias or name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not models.Model
        for name, field in model.model_fields.items()
    }
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", CONTENT)) == []


def test_every_setting_is_described() -> None:
    names = [field.validation_alias or f"SELLERBOT_{name.upper()}" for name, field in Settings.model_fields.items()]
    assert [name for name in names if str(name) not in README] == []


def test_the_fact_and_source_examples_are_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", CONTENT, re.DOTALL)
    facts = next(yaml.safe_load(block) for block in blocks if "type: choice" in block)
    facts[0]["choices"].append({"value": "other_seller", "label": {"en": "other", "zh": "其他"}})
    assert TypeAdapter(list[models.Fact]).validate_python(facts)
    sources = next(yaml.safe_load(block) for block in blocks if "reproduced: true" in block)
    sources[0]["url"] = "https://example.com"
    assert TypeAdapter(list[models.Source]).validate_python(sources)
