"""Typed values of facts: money with its currency, and stretches of days.

Numbers are `Decimal`, yes/no facts are the choices ``yes`` and ``no``, marketplaces are two-letter codes such as
``US``. A date that was said loosely ("in March", "before the cut-off") is kept as the stretch of days that it can mean,
so that a decision can tell when it has to ask for the exact day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

FIRST_DAY = date(1, 1, 1)
LAST_DAY = date(9999, 12, 31)


@dataclass(frozen=True, order=True)
class Money:
    """An amount with its ISO 4217 currency, e.g. ``Money(Decimal("0.55"), "USD")``."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@dataclass(frozen=True, order=True)
class Period:
    """The days `start` to `end`, both included. A known day is a period of one day."""

    start: date = FIRST_DAY
    end: date = LAST_DAY

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"period ends ({self.end}) before it starts ({self.start})")

    @classmethod
    def day(cls, day: date) -> Period:
        return cls(day, day)

    @property
    def is_day(self) -> bool:
        return self.start == self.end

    def overlaps(self, other: Period) -> bool:
        return self.start <= other.end and other.start <= self.end

    def within(self, other: Period) -> bool:
        return other.start <= self.start and self.end <= other.end

    def __str__(self) -> str:
        if self.is_day:
            return self.start.isoformat()
        start = "" if self.start == FIRST_DAY else self.start.isoformat()
        end = "" if self.end == LAST_DAY else self.end.isoformat()
        return f"{start}..{end}"


def day_before(day: date) -> date:
    return day if day == FIRST_DAY else day - timedelta(days=1)


def day_after(day: date) -> date:
    return day if day == LAST_DAY else day + timedelta(days=1)


Value = str | Decimal | Money | Period


def value_to_text(value: Value) -> str:
    """The form in which `--fact k=v`, JSON output and the thread store write a value; `parse_value` reads it back."""
    return str(value)
