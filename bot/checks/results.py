"""What a check gives out. Frozen values, free of any medium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.reports.report import Report
from bot.rulebook.check_models import Check, DueDates, Metric, ReportedMetrics, Severity
from bot.rulebook.models import Text

SUSPECT_SHARE = Decimal("0.9")
SUSPECT_ROWS = 20


@dataclass(frozen=True)
class Amount:
    """Money; `currency` is None where the report does not say."""

    currency: str | None
    amount: Decimal


@dataclass(frozen=True)
class Group:
    """Rows of a finding that share something, e.g. the reason."""

    names: tuple[tuple[str, Any], ...]
    """Column -> value."""
    count: int
    units: int | None
    money: tuple[Amount, ...]


@dataclass(frozen=True)
class Finding:
    """Rows that a check found."""

    check: Check
    report: str
    """Id of the report format."""
    count: int
    """Distinct SKUs, or whatever the check counts."""
    units: int | None
    money: tuple[Amount, ...]
    groups: tuple[Group, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_suspect: bool
    """Whether nearly every row of the report is affected, which points at the file or the check rather than the shop."""

    @property
    def severity(self) -> Severity:
        return self.check.severity

    def column(self, name: str) -> tuple[Any, ...]:
        """The values of one column over all rows."""
        place = self.columns.index(name)
        return tuple(row[place] for row in self.rows)


@dataclass(frozen=True)
class Measured:
    """A metric with its target."""

    test: Metric | ReportedMetrics
    id: str
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    window: tuple[date, date] | None
    target: Fraction | None
    comparison: Literal["below", "at_least"] | None
    status: str
    """good, bad, unknown, or the report's own word."""
    headroom: int | None
    """How many more cases are allowed before the target is missed; negative: by how many it is missed."""
    recovery: int | None = None
    """How many more good cases bring a missed target back."""
    marketplace: str | None = None


@dataclass(frozen=True)
class NotComputable:
    """A metric or check that these reports do not allow: why, and the reports that would."""

    id: str
    why: Text
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Due:
    """Something that a report says has to be done by a day."""

    test: DueDates
    report: str
    """Id of the report format."""
    key: str
    """What it is about: a SKU, an order."""
    at: date | datetime
    """A calendar day, or a moment in UTC."""

    def day(self, zone: ZoneInfo) -> date:
        """The day in the reader's zone. A moment at midnight UTC is a calendar day, as reports write those."""
        if not isinstance(self.at, datetime):
            return self.at
        if (self.at.hour, self.at.minute, self.at.second) == (0, 0, 0):
            return self.at.date()
        return self.at.replace(tzinfo=UTC).astimezone(zone).date()


@dataclass(frozen=True)
class Checked:
    """Everything about the files of one call."""

    today: date
    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]
    metrics: tuple[Measured, ...]
    not_computable: tuple[NotComputable, ...]
    due: tuple[Due, ...] = ()
    """Only where it was asked for."""

    @property
    def is_urgent(self) -> bool:
        return any(finding.severity == "urgent" for finding in self.findings) or any(
            metric.status == "bad" and isinstance(metric.test, Metric) and metric.test.severity == "urgent"
            for metric in self.metrics
        )

    def finding(self, check: str) -> Finding | None:
        return next((finding for finding in self.findings if finding.check.id == check), None)

    def metric(self, name: str) -> Measured | None:
        return next((metric for metric in self.metrics if metric.id == name), None)


def plain(value: Any) -> Any:
    """A cell as JSON takes it: days and moments in ISO form, amounts as numbers."""
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, Fraction)):
        return int(value) if value == int(value) else float(value)
    return value


def total(rows: Sequence[tuple[Any, Any, Any]]) -> tuple[Amount, ...]:
    """Money of rows (price, units, currency) that carry a price, by currency."""
    sums: dict[str | None, Decimal] = {}
    for price, units, currency in rows:
        if price is not None and units is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(price) * Decimal(units)
    return tuple(
        Amount(currency, amount.quantize(Decimal("0.01")))
        for currency, amount in sorted(sums.items(), key=lambda s: s[0] or "")
    )
