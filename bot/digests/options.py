"""What a digest is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from bot.rulebook.models import Language

_OfReports = Literal["deadlines", "changes", "calendar", "metrics", "freshness"]
PARTS: tuple[_OfReports, ...] = get_args(_OfReports)
"""What people choose from."""
Part = _OfReports | Literal["in_vain"]
"""Questions asked in vain are what the maintainers' digest is about, and nothing else is."""


@dataclass(frozen=True)
class Options:
    """The choices of one digest; `domains` are ids of the rulebook's domains, none means all of them."""

    parts: frozenset[Part]
    domains: frozenset[str]
    language: Language
