"""What `rules/<domain>/checks*.yaml` means: checks, metrics, due dates and shared views over uploaded reports.

The SQL is DuckDB's. Every report is a table named after it with underscores (``stranded_inventory``) with its canonical
columns (``fulfillable_qty``); a report that was not uploaded is an empty table. ``report`` is the report that the test is
about, ``$report`` its id, ``$today`` the day of the check; every key of ``parameters`` is a parameter too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.rulebook.models import Examples, Identifier, Model, PageId, Sentence, Slug, Text


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


OneOfReports = Annotated[tuple[Slug, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""One report, or several of which one is enough; the first that is there is used."""
Severity = Literal["urgent", "warning", "info"]


class View(Model):
    """A query that several checks build on; they name it like a table."""

    kind: Literal["view"]
    id: Identifier
    about: Sentence = Field(description="What a row of it is, for those who write checks.")
    sql: Sentence


class _Test(Model):
    id: Slug
    title: Text
    needs: tuple[OneOfReports, ...] = Field(
        min_length=1, description="Reports without which it can't be computed; the first is the one that it is about."
    )
    columns: tuple[Slug, ...] = Field(
        default=(), description="Columns of the first report without which it can't be computed (they vary)."
    )
    parameters: dict[Identifier, Decimal] = Field(
        default_factory=dict, description="Thresholds, named after the rule that they come from."
    )
    sql: Sentence
    rule: PageId = Field(description="The page of the rulebook that says so.")
    questions: Examples = Field(default=Examples(), description="What people ask whom this test answers from an upload.")


class Money(Model):
    """How money is summed: unit price times units over the rows that carry a price."""

    price: Identifier
    units: Identifier
    currency: Identifier | None = None


class Check(_Test):
    """Finds the rows that are wrong. Each row of its query is one row found."""

    kind: Literal["check"]
    severity: Severity
    each: bool = Field(default=False, description="Run for every report of the first group that is there, one by one.")
    count: tuple[Identifier, ...] = Field(
        default=("sku",), description="Columns of the query whose distinct combinations are counted."
    )
    units: Identifier | None = Field(default=None, description="Column of the query that is added up as units.")
    money: Money | None = None
    group: tuple[Identifier, ...] = Field(default=(), description="Columns of the query by which it is grouped.")
    advice: Text
    clean: bool = Field(default=True, description="False for checks that describe rather than find faults.")
    asked_only: bool = Field(
        default=False, description="Run for questions alone: rows to count and to look up, not something that was found."
    )


class Target(Model):
    """What a rate must be; the comparison is made on the unrounded numbers."""

    below: Decimal | None = None
    at_least: Decimal | None = None

    @model_validator(mode="after")
    def one_limit(self) -> Target:
        if (self.below is None) == (self.at_least is None):
            raise ValueError("needs either below or at_least")
        return self


class Metric(_Test):
    """A share. Its query gives one row: numerator, denominator and, where it has one, window_from and window_to."""

    kind: Literal["metric"]
    target: Target | None = None
    severity: Severity = Field(default="warning", description="How bad it is to miss the target.")
    expected_from: tuple[Slug, ...] = Field(
        default=(), description="Reports whose reader may look for it; where it can't be computed from them, that is said."
    )
    why_not: Text | None = Field(default=None, description="Why these reports alone don't give it.")
    note: Text | None = Field(default=None, description="What the number is not, e.g. 'an upper bound'.")


class ReportedMetrics(_Test):
    """Metrics that a report already holds; a row each.

    The query gives id, marketplace, value, numerator, denominator, window_from, window_to, target, comparison
    ('below' or 'at_least') and status.
    """

    kind: Literal["reported-metrics"]


class DueDates(_Test):
    """Days by which the seller must have done something. Each row of its query is one."""

    kind: Literal["due-dates"]
    severity: Severity = Field(description="How bad it is to miss the day.")
    due: Identifier = Field(
        description="Column of the query that is the day: a DATE, or a TIMESTAMP in UTC, a day in the reader's zone."
    )
    key: tuple[Identifier, ...] = Field(
        default=("sku",), min_length=1, description="Columns of the query that say what it is about: a SKU, an order."
    )


AnyTest = Check | Metric | ReportedMetrics
Query = AnyTest | DueDates
"""Everything that is run over reports."""
AnyCheck = Annotated[View | Check | Metric | ReportedMetrics | DueDates, Field(discriminator="kind")]
