"""A measured figure beside its baseline, and the one table of `make bench`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Growth = Literal["content", "rows", "workspaces"]
GROWTHS: tuple[Growth, ...] = ("content", "rows", "workspaces")


@dataclass(frozen=True)
class Figure:
    """What something costs, what a named baseline cost in the same run, and how many times that ours is.

    `grown` says how many times its own figure ours is with ten times as much content, rows or workspaces.
    """

    area: str
    what: str
    ours: float
    unit: str
    baseline: str
    theirs: float
    grown: Mapping[Growth, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs if self.theirs else float("inf")


HEADINGS = ("area", "measured", "ours", "baseline", "its", "ratio", *(f"10x {one}" for one in GROWTHS))


def print_table(figures: Iterable[Figure]) -> None:
    rows = [HEADINGS, *(_row(one) for one in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADINGS))]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(one: Figure) -> tuple[str, ...]:
    growths = (f"{one.grown[kind]:.2f}" if kind in one.grown else "-" for kind in GROWTHS)
    return (
        one.area,
        one.what,
        f"{_rounded(one.ours)} {one.unit}",
        one.baseline,
        f"{_rounded(one.theirs)} {one.unit}",
        f"{one.ratio:.2f}",
        *growths,
    )


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
