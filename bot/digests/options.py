"""What a digest is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from bot.rulebook.models import Language

Part = Literal["deadlines", "changes", "calendar", "metrics", "freshness"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class Options:
    """The choices of one digest; `domains` are ids of the rulebook's domains, none means all of them."""

    parts: frozenset[Part]
    domains: frozenset[str]
    language: Language
