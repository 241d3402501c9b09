"""Stands in for what a digest says, where a test is about when and where it goes: numbered, and it counts its turns."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.answering.answer import Answer
from bot.digests.options import Options


@dataclass(frozen=True)
class Composed:
    answer: Answer
    snapshot: str
    is_quiet: bool


@dataclass
class Composing:
    """`befores` are the snapshots that were handed in, one for each digest that was composed."""

    befores: list[str | None]
    seen: list[tuple[str, ...]]
    error: Exception | None = None

    def __call__(
        self, book: Any, uploads: Sequence[Any], before: str | None, options: Options, now: datetime, zone: ZoneInfo
    ) -> Composed:
        if self.error:
            raise self.error
        self.befores.append(before)
        self.seen.append(tuple(one.about.id for one in uploads))
        number = json.loads(before)["number"] + 1 if before else 1
        verdict = f"简报 {number}" if options.language == "zh" else f"Digest {number}"
        return Composed(Answer("data", options.language, verdict), json.dumps({"number": number}), False)


@pytest.fixture
def composing(monkeypatch: pytest.MonkeyPatch) -> Composing:
    made = Composing([], [])
    module = types.ModuleType("bot.digests.compose")
    vars(module).update(compose=made, Composed=Composed)
    monkeypatch.setitem(sys.modules, "bot.digests.compose", module)
    return made
