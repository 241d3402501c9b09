"""What the tables need of a database, whichever it is. SQL is written once, in what SQLite and PostgreSQL both speak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Values = Mapping[str, Any]


class Rows(Protocol):
    """What came of a statement. Rows are tuples."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Database(Protocol):
    """A database with named parameters (`:name`). Outside `atomic` each statement is kept by itself."""

    @property
    def width(self) -> int:
        """How many threads may use it at the same time."""
        ...

    def execute(self, sql: str, parameters: Values | None = None, /) -> Rows:
        """Carries out a statement. Raises `StoreError`, or `StoreLost` where trying again may help."""
        ...

    def query(self, sql: str, parameters: Values | None = None, /) -> Iterable[dict[str, Any]]:
        """The rows of a statement that returns some."""
        ...

    def atomic(self) -> AbstractContextManager[None]:
        """Everything that this thread does inside is kept whole or not at all; may be nested."""
        ...

    def has_table(self, name: str) -> bool: ...

    def noted_steps(self, steps: str) -> tuple[str, ...]:
        """The names of the steps of a set that were applied, in their order."""
        ...

    def size_of(self, column: str) -> str:
        """SQL for the bytes that a text or a BLOB takes."""
        ...

    def ring(self) -> None:
        """Tells the other processes that there is something to do, once what this thread writes is kept."""
        ...

    def was_rung(self) -> bool:
        """Whether another process may have rung since this was asked last. Quick: for asking often."""
        ...

    def close(self) -> None: ...
