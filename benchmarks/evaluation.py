"""Asks the labelled questions in tests/questions and judges the answers by the facts that their texts must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.answering.answer import Answer
from bot.answering.render import many_to_text
from bot.desk import Asker, Desk

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions"
TODAY = date(2026, 11, 22)
ASKED = {
    "role": ("brand_role",),
    "barcode": ("manufacturer_barcode", "barcode_setting"),
    "ship_date": ("ship_date", "shipment_created"),
    "marketplace": ("marketplace", "fee_store", "tracking_lane", "prime_programme"),
    "goods": ("goods", "fee_category", "fba_weight", "size_group", "stock_value", "dated_goods"),
    "stock": ("stock_place",),
}
"""A label's word for what must be asked for, and the facts that are this; any fact may be asked for with other words."""


@dataclass(frozen=True)
class Item:
    """One labelled question or conversation; see docs/evaluation.md."""

    id: str
    lang: str
    group: str
    turns: tuple[str, ...]
    today: date
    kind: str
    needs: tuple[tuple[str, ...], ...]
    asks: tuple[str, ...]
    facts: tuple[str, ...]
    domain: str


@dataclass(frozen=True)
class Judged:
    item: Item
    right: bool
    answers: tuple[Answer, ...]
    text: str


def items(pattern: str = "*.jsonl") -> Iterator[Item]:
    for path in sorted(QUESTIONS.glob(pattern)):
        for line in path.read_text(encoding="utf-8").splitlines():
            data = json.loads(line)
            yield Item(
                data["id"],
                data["lang"],
                data["group"],
                tuple(data.get("turns") or [data["text"]]),
                date.fromisoformat(data["today"]) if data.get("today") else TODAY,
                data["kind"],
                tuple(tuple(group) for group in data["needs"]),
                tuple(data.get("asks", ())),
                tuple(data.get("facts", ())),
                path.stem.rpartition("-")[0],
            )


Ask = Callable[[Item], tuple[tuple[Answer, ...], str]]


def ask_desk(desk: Desk) -> Ask:
    def ask(item: Item) -> tuple[tuple[Answer, ...], str]:
        thread = None
        answers: tuple[Answer, ...] = ()
        for turn in item.turns:
            reply = desk.ask(turn, Asker(item.today), thread)
            thread, answers = reply.thread, reply.answers
        return answers, many_to_text(answers)

    return ask


def judge(item: Item, answers: tuple[Answer, ...], text: str) -> bool:
    """Whether the answer is what the label wants."""
    kinds = {answer.kind for answer in answers}
    if item.kind == "unknown":
        return kinds == {"unknown"}
    if item.kind == "ask":
        asked = {question.fact for answer in answers for question in answer.asks}
        wanted = {fact for word in item.asks for fact in ASKED.get(word, ())}
        return bool(asked) and (not set(item.asks) <= ASKED.keys() or bool(asked & wanted))
    if kinds == {"unknown"} or any(answer.language != item.lang for answer in answers):
        return False
    return all(any(re.search(pattern, text, re.IGNORECASE) for pattern in group) for group in item.needs)


def run(ask: Ask, pattern: str = "*.jsonl") -> list[Judged]:
    judged = []
    for item in items(pattern):
        answers, text = ask(item)
        judged.append(Judged(item, judge(item, answers, text), answers, text))
    return judged


def shares(judged: list[Judged]) -> dict[tuple[str, str], tuple[int, int]]:
    """(group, language) -> right and all."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for one in judged:
        key = (one.item.group, one.item.lang)
        right, total = counts.get(key, (0, 0))
        counts[key] = (right + one.right, total + 1)
    return counts
