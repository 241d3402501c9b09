"""Skeletons of new pages: `sellerbot new rule labelling.some-name`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

Kind = Literal["entry", "rule", "calculation", "draft"]

_CARD = """\
id: {id}
kind: {kind}
status: draft  # active once lint is content and somebody has read it
author: TODO
modified: {today}
title: {{en: TODO, zh: TODO}}
questions:  # at least 12 in each language, as different as people are
  en:
  - TODO
  zh:
  - TODO
tests:
- {test}
versions:
"""
_CITE = "cite:\n{indent}- {{source: TODO, section: TODO}}\n"
_BODIES: dict[Kind, tuple[str, str, str]] = {
    "entry": (
        "reference",
        "{ask: TODO a question that is no example, says: [TODO]}",
        "- verdict: {en: TODO, zh: TODO}\n  " + _CITE.format(indent="  "),
    ),
    "rule": (
        "decision",
        "{facts: {}, expect: otherwise}",
        "- ask: []\n  assume: {}\n  cases:\n  - id: otherwise\n    verdict: {en: TODO, zh: TODO}\n    "
        + _CITE.format(indent="    "),
    ),
    "calculation": (
        "calculation",
        "{facts: {units: 10}, expect: result}",
        "- ask: [units]\n  compute:\n  - {id: doubled, label: {en: TODO, zh: TODO}, unit: number, formula: units * 2}\n"
        '  cases:\n  - id: result\n    verdict: {en: "TODO {{ doubled }}", zh: "TODO {{ doubled }}"}\n    '
        + _CITE.format(indent="    "),
    ),
    "draft": (
        "draft",
        "{ask: TODO a question that is no example}",
        "- verdict: {en: TODO, zh: TODO}\n  ask: []\n  body:\n    en: |\n      TODO {{ blank(\"name\") }}\n"
        "    zh: |\n      TODO {{ blank(\"name\") }}\n",
    ),
}  # fmt: skip


def entry_stub(page_id: str, english: Sequence[str], chinese: Sequence[str], today: date) -> str:
    """The text of a new entry that begins with these example questions."""
    page_kind, test, body = _BODIES["entry"]
    card = _CARD.format(id=page_id, kind=page_kind, today=today, test=test)
    head, _, rest = card.partition("  en:\n")
    return head + _examples(english, chinese) + "tests:" + rest.partition("tests:")[2] + body


def examples_stub(page_id: str, english: Sequence[str], chinese: Sequence[str]) -> str:
    """Example questions to add to a page that exists, each to be said in other words first."""
    return f"# add to {page_id}, in other words\nquestions:\n{_examples(english, chinese)}"


def _examples(english: Sequence[str], chinese: Sequence[str]) -> str:
    # JSON strings are YAML strings, whatever the question holds.
    return "".join(
        f"  {language}:\n" + "".join(f"  - {json.dumps(text, ensure_ascii=False)}\n" for text in texts or ("TODO",))
        for language, texts in (("en", english), ("zh", chinese))
    )


def scaffold(kind: Kind, page_id: str, root: Path, today: date) -> Path:
    """Writes the skeleton of page `page_id` and returns its path; raises `FileExistsError` rather than overwrite."""
    domain, name = page_id.split(".")
    folder = "knowledge" if kind == "entry" else "rules"
    path = root / folder / domain / f"{name}.yaml"
    page_kind, test, body = _BODIES[kind]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(_CARD.format(id=page_id, kind=page_kind, today=today, test=test) + body)
    return path
