"""What `knowledge/reports/*.yaml` means: the formats of the files that sellers upload."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.rulebook.models import Language, Model, PageId, Sentence, Slug, Text

ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
"""A canonical column name, e.g. ``order-id``; checks write it with underscores."""
ColumnType = Literal["id", "text", "integer", "number", "ratio", "time", "flag", "channel"]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


OneOf = Annotated[tuple[ColumnName, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""One column, or several of which one is enough."""


class Column(Model):
    """A column that is kept. Every other column of a file is dropped while it is read."""

    name: ColumnName
    also: tuple[Sentence, ...] = Field(
        default=(),
        description="Older and localised headings. `*` stands for any characters; several columns that fit are added up.",
    )
    type: ColumnType = Field(
        default="text",
        description="id: text that must not be read as a number. integer, number (money), ratio: blank is unknown, never 0. "
        "time: a moment in UTC. channel: FBA, FBM or unknown.",
    )
    keep: bool = Field(default=True, description="False for a column that only helps to recognise the report.")
    required: bool = Field(default=False, description="Shown as needed in the template.")
    example: str = Field(default="", description="What the template shows in its example row.")

    @property
    def sql(self) -> str:
        """The column's name in the SQL of checks."""
        return self.name.replace("-", "_")

    @property
    def is_summed(self) -> bool:
        """Whether several columns of a file may be added up for this one."""
        return self.type in ("integer", "number") and any("*" in heading for heading in self.also)


class Preamble(Model):
    """A labelled cell above the table that fills a column where that is blank."""

    label: Sentence
    fills: ColumnName


class Rhythm(Model):
    """How often a report should be taken anew, as a page of the rulebook says."""

    days: int = Field(ge=1)
    rule: PageId


class ReportFormat(Model):
    """One kind of report."""

    id: Slug
    title: Text
    kind: Literal["snapshot", "events", "upload", "sheet"] = Field(
        description="snapshot: how things stand; events: what happened, several files add up; "
        "upload: a file that the seller is about to upload; sheet: the seller's own table, headings matched loosely."
    )
    document: Literal["table", "account-health"] = Field(
        default="table", description="account-health: Amazon's JSON (V2) or XML (V1) account health report."
    )
    signature: tuple[OneOf, ...] = Field(min_length=1, description="Columns that tell this report from every other.")
    without: tuple[ColumnName, ...] = Field(default=(), description="Columns that this report never has.")
    part_of: Slug | None = Field(
        default=None, description="A report that holds all rows of this one; where both are there, that one counts."
    )
    closed: bool = Field(default=False, description="Recognised only if every heading is one of its columns.")
    key: tuple[ColumnName, ...] = Field(min_length=1, description="Columns without which a cut row is not kept.")
    ends_at_gap: bool = Field(
        default=False,
        description="The table ends at the first line that is blank or lacks its key; a block about something else follows.",
    )
    preamble: tuple[Preamble, ...] = ()
    dropped: tuple[Sentence, ...] = Field(default=(), description="Headings of personal columns; they are never kept.")
    known: tuple[Sentence, ...] = Field(default=(), description="Further headings that belong to it and are not needed.")
    columns: tuple[Column, ...] = Field(min_length=1)
    where: Text = Field(description="Where to find it in Seller Central, or how to make it.")
    fresh_days: int = Field(ge=1, description="After so many days it is too old to answer from.")
    rhythm: Rhythm | None = Field(
        default=None, description="How often to upload it, where a page says so; without it, `fresh_days` counts."
    )

    @model_validator(mode="after")
    def columns_fit(self) -> ReportFormat:
        names = [column.name for column in self.columns]
        for double in {name for name in names if names.count(name) > 1}:
            raise ValueError(f"the column {double} is listed twice")
        used = [name for group in self.signature for name in group] + list(self.key)
        used += [preamble.fills for preamble in self.preamble]
        for name in used:
            if name not in names:
                raise ValueError(f"{name} is no column of this report")
        return self

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns of the report's table."""
        return tuple(column for column in self.columns if column.keep)

    @property
    def table(self) -> str:
        """The report's name in the SQL of checks."""
        return self.id.replace("-", "_")

    @property
    def has_bare_key(self) -> bool:
        """Whether a key with a blank or an @ in it tells that buyers' data slipped there. Own SKUs may hold blanks."""
        return bool(self.dropped) and self.kind != "sheet" and self.column(self.key[0]).type == "id"

    @property
    def renew_days(self) -> int:
        """Days after which a new one is wanted."""
        return self.rhythm.days if self.rhythm else self.fresh_days

    def heading(self, column: Column, language: Language) -> str:
        """What to call a column: own sheets have it in the user's language, Amazon's files have their own names."""
        if self.kind == "sheet" and language == "zh":
            return next((heading for heading in column.also if not heading.isascii()), column.name)
        is_named = self.kind != "sheet" and column.also and column.also[0].isascii()
        return column.also[0] if is_named else column.name

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)
