"""PostgreSQL through psycopg and a pool of connections: for any number of processes on any number of machines."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, cast

import psycopg
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.store.connection import Values
from bot.store.errors import StoreError, StoreLost

WIDTH = 4
"""Connections, and threads that use them: statements wait for the server's disk, together."""
WAIT_SECONDS = 5.0
"""How long to wait for a connection before the database counts as gone for now."""
CHANNEL = "sellerbot"
STEPS_TABLE = "sellerbot_steps"
"""Where it is noted which steps were applied."""
_OPTIONS: dict[str, Any] = {"autocommit": True, "application_name": "sellerbot", "connect_timeout": 5}
_LOST = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
_PARTS = re.compile(
    r"""(?P<kept>'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | ::) | :(?P<name>[A-Za-z_]\w*) | (?P<percent>%)""",
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """SQL with `:name` parameters as psycopg wants it; what is quoted, a comment or a cast (`::`) stays as it is."""

    def part(found: re.Match[str]) -> str:
        if found["name"]:
            return f"%({found['name']})s"
        return "%%" if found["percent"] else found["kept"].replace("%", "%%")

    return _PARTS.sub(part, sql)


class Fetched(NamedTuple):
    """What came of a statement, away from its connection."""

    rows: list[Any]
    rowcount: int

    def fetchone(self) -> Any:
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Any]:
        return self.rows


class PostgresDatabase:
    """May be used from `width` threads at the same time; a transaction belongs to the thread that began it."""

    width = WIDTH

    def __init__(self, url: str) -> None:
        """The database at `url` (postgresql://...). Raises `psycopg.Error` and `PoolTimeout`."""
        self._url = url
        # Says at once what is wrong, where a pool would try again until its time is up.
        psycopg.connect(url, **_OPTIONS).close()
        self._pool = ConnectionPool(
            url, min_size=1, max_size=WIDTH, kwargs=_OPTIONS, timeout=WAIT_SECONDS, reconnect_timeout=0, open=False
        )
        self._pool.open(wait=True, timeout=WAIT_SECONDS)
        self._own = threading.local()
        self._bell: psycopg.Connection[Any] | None = None

    def execute(self, sql: str, parameters: Values | None = None, /) -> Fetched:
        return self._run(sql, parameters, tuple_row)

    def query(self, sql: str, parameters: Values | None = None, /) -> Iterable[dict[str, Any]]:
        return self._run(sql, parameters, dict_row).rows

    def _run(self, sql: str, parameters: Values | None, shape: Any) -> Fetched:
        with self._connection() as connection, _explained(), connection.cursor(row_factory=shape) as cursor:
            cursor.execute(cast(Any, translated(sql)), _clean(parameters or {}))
            return Fetched(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        outer = getattr(self._own, "connection", None)
        with self._connection() as connection:
            self._own.connection = connection
            try:
                with _explained(), connection.transaction():
                    yield
            finally:
                self._own.connection = outer

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """The connection of this thread's transaction, or one from the pool for now."""
        current = getattr(self._own, "connection", None)
        if current is not None:
            yield current
            return
        with _explained():
            connection = self._pool.getconn()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    @contextmanager
    def raw(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection itself, for loading in bulk."""
        with self._connection() as connection, _explained():
            yield connection

    def has_table(self, name: str) -> bool:
        # As rows, of which each statement sees what is kept by now; to_regclass may answer from before a wait for a lock.
        found = self.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname = ANY(current_schemas(false)) AND tablename = :name", {"name": name}
        )
        return found.fetchone() is not None

    def noted_steps(self, steps: str) -> tuple[str, ...]:  # noqa: ARG002 - there is one set
        if not self.has_table(STEPS_TABLE):
            return ()
        return tuple(name for (name,) in self.execute(f"SELECT name FROM {STEPS_TABLE} ORDER BY applied, name").fetchall())

    def size_of(self, column: str) -> str:
        return f"OCTET_LENGTH({column})"

    def ring(self) -> None:
        self.execute(f"NOTIFY {CHANNEL}")

    def was_rung(self) -> bool:
        try:
            if self._bell is None:
                self._bell = psycopg.connect(self._url, **_OPTIONS)
                self._bell.execute(f"LISTEN {CHANNEL}")
                return True
            return bool(list(self._bell.notifies(timeout=0)))
        except _LOST:
            if self._bell is not None:
                self._bell.close()
            self._bell = None
            return False

    def close(self) -> None:
        if self._bell is not None:
            self._bell.close()
        self._pool.close()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise StoreError(f"the store cannot be written: {str(error).strip()}") from error
    except _LOST as error:
        raise StoreLost(f"the database does not answer: {str(error).strip() or type(error).__name__}") from error


def _clean(values: Values) -> dict[str, Any]:
    """PostgreSQL keeps every character but NUL, which nobody means to write."""
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in values.items()}
