"""Into how many blocks Slack translates a markdown block: they count toward a message's limits."""

from __future__ import annotations

import re

_HEADING = re.compile(r" {0,3}#{1,6}\s+\S")
_RULE = re.compile(r" {0,3}([-*_])( *\1){2,}\s*$")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def translated_blocks(written: str) -> list[str]:
    """The kinds of the blocks that a markdown text becomes, in order: header, divider, table, rich_text."""
    kinds: list[str] = []
    lines = written.split("\n")
    fenced = in_table = False
    for index, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if in_table and "|" not in line:
            in_table = False
        if fenced or in_table:
            kind = "table" if in_table else "rich_text"
        elif "|" in line and _TABLE_RULE.match(following):
            in_table, kind = True, "table"
            kinds.append(kind)
            continue
        elif _HEADING.match(line):
            kinds.append("header")
            continue
        elif _RULE.match(line):
            kinds.append("divider")
            continue
        elif not line.strip():
            continue
        else:
            kind = "rich_text"
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return kinds
