"""What ``knowledge/labels.yaml``, ``columns.yaml``, ``data-words.yaml`` and ``topics.yaml`` mean: how people name what
stands in reports, and how they ask for it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.rulebook.models import Identifier, Model, Sentence, Slug, Text


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = tuple[Sentence, ...]
"""Spellings; in Latin letters `*` at the end stands for any further letters of the word."""
OneOf = Annotated[tuple[Slug, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""Ids of groups of words, one of which is enough."""


class Label(Model):
    """A value that stands in reports: what it is called, and how people ask for it."""

    id: Slug
    columns: tuple[Identifier, ...] = Field(min_length=1, description="Columns in which it stands, as checks write them.")
    values: tuple[Sentence, ...] = Field(
        min_length=1,
        description="Its wordings in reports; case and signs don't matter, more words may follow.",
    )
    title: Text
    en: Words = ()
    zh: Words = ()


class Column(Model):
    """What a column of findings is called, and what its distinct values are counted as."""

    id: Identifier
    title: Text
    one: Text | None = Field(default=None, description="What one of its values is counted as: an order, a package.")
    many: Text | None = Field(default=None, description="What several of them are counted as.")
    key: bool = Field(default=False, description="Holds codes by which people name a row: a SKU, an order id.")
    name: bool = Field(default=False, description="Holds names by which people name a row: a part, a supplier.")
    hidden: bool = Field(default=False, description="Not shown to people.")


class WordGroup(Model):
    """Words that mean the same for telling what a question about data asks."""

    id: Slug
    strength: int = Field(default=0, description="How much it speaks for a question about one's own data; below 0: against.")
    en: Words = ()
    zh: Words = ()


class Topic(Model):
    """What of uploaded data a question is about: told by its words, answered by tests."""

    id: Slug
    tests: tuple[Slug, ...] = Field(min_length=1, description="Checks and metrics that answer it, the best first.")
    says: tuple[OneOf, ...] = Field(min_length=1, description="Groups of words; of each line one must be in the question.")
    unless: tuple[Slug, ...] = Field(default=(), description="Groups of words, none of which may be in the question.")
    metric: Slug | None = Field(default=None, description="Of a report that holds metrics the one that is meant.")
    date: Identifier | None = Field(default=None, description="The column that a date in the question is about.")
    ahead: bool = Field(default=False, description="Whether a weekday in the question is the next rather than the last one.")
    age: Identifier | None = Field(default=None, description="The column that a number of days in the question is about.")
    amount: Identifier | None = Field(default=None, description="The column by which there is most or least.")
