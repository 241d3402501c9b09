"""What is wrong with content, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""


@dataclass(frozen=True)
class Problem:
    """One thing to mend. `line` and `column` count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    key: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        return f"{place}: {self.severity}:{key} {self.message}"


def is_broken(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def key_of(path: Path) -> str:
    """`("cases", 0, "when")` -> `cases[0].when`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text
