"""Skeletons of new pages, reports and checks: `sellerbot new rule labelling.some-name`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

PageKind = Literal["entry", "rule", "calculation", "draft"]
Kind = PageKind | Literal["report", "check"]

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
_BODIES: dict[PageKind, tuple[str, str, str]] = {
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


_REPORT = """\
- id: {id}
  title: {{en: TODO, zh: TODO}}
  kind: snapshot  # how things stand; or events, upload, sheet
  signature: [sku, TODO]  # columns that no other report has together; a list inside stands for one of these
  key: [sku]  # a row that is cut off before one of these is refused
  dropped: []  # headings of buyers' names, addresses, phones, mails and comments
  columns:  # what checks need; everything else is dropped while reading
  - {{name: sku, also: [seller-sku], type: id}}  # `also`: older and localised headings
  - {{name: TODO, also: [], type: integer}}  # id, text, integer, number, ratio, time, flag or channel
  where: {{en: TODO, zh: TODO}}  # the way through Seller Central's menus
  fresh_days: 7  # after so many days it is too old to answer from
"""
_CHECK = """\
- kind: check
  id: {id}
  title: {{en: TODO, zh: TODO}}
  needs: [TODO]  # ids of reports; a list inside stands for one of these
  sql: |  # `report` is the first of them, $today the day of the check; a row found is a row that is wrong
    SELECT sku FROM report WHERE TODO
  severity: info  # or warning; urgent where harm is days away
  rule: TODO  # the page that says so
  advice: {{en: TODO, zh: TODO}}
  questions: {{en: [TODO], zh: [TODO]}}
"""


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


def id_of(kind: Kind, name: str) -> str:
    """The id of what `name` names: a check ``stranded.some-name`` is ``stranded-some-name``."""
    return name.replace(".", "-") if kind == "check" else name


def scaffold(kind: Kind, name: str, root: Path, today: date) -> Path:
    """Writes the skeleton of `name` and returns its path; raises `FileExistsError` rather than overwrite.

    `name` is ``domain.name``, of a report its id.
    """
    if kind == "report":
        path, text = root / "knowledge" / "reports" / f"{name}.yaml", _REPORT.format(id=name)
    else:
        domain, bare = name.split(".")
        if kind == "check":
            path, text = root / "rules" / domain / f"checks-{bare}.yaml", _CHECK.format(id=id_of(kind, name))
        else:
            page_kind, test, body = _BODIES[kind]
            path = root / ("knowledge" if kind == "entry" else "rules") / domain / f"{bare}.yaml"
            text = _CARD.format(id=name, kind=page_kind, today=today, test=test) + body
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path
