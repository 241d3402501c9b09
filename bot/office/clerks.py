"""Asks the desk away from the event loop, so that acknowledgements never wait for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import date
from typing import Any, Protocol, TypeVar

from bot.conversation import Thread
from bot.desk import Asker, Desk, Reply
from bot.gaps import Gap, KeptQuestion, gaps
from bot.rulebook.book import Rulebook
from bot.rulebook.values import Value

T = TypeVar("T")


class Clerks(Protocol):
    """Whoever answers questions."""

    @property
    def book(self) -> Rulebook:
        """The rulebook in use. Never waits for content that is being prepared."""
        ...

    async def ask(self, text: str, asker: Asker, thread: Thread) -> Reply: ...

    async def tell(self, values: Mapping[str, Value], asker: Asker, thread: Thread) -> Reply: ...

    async def open(self, page_id: str, asker: Asker, thread: Thread) -> Reply: ...

    async def gaps(self, kept: Sequence[KeptQuestion], today: date, limit: int) -> tuple[Gap, ...]:
        """Kept questions in groups of what they are about, the largest `limit` of these."""
        ...

    async def refresh(self) -> None:
        """Takes changed content into use, for those who look at `book` without asking."""
        ...

    def close(self) -> None: ...


class Shelf:
    """The rulebook of a desk for those who must not wait while changed content is being prepared."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.book = desk.book

    def refresh(self) -> None:
        """Looks whether the content has changed; may take long, so call it where the desk is asked."""
        self.book = self._desk.book


class ThreadClerks:
    """One desk, asked from the threads of `executor`."""

    def __init__(self, desk: Desk, executor: Executor) -> None:
        self._desk = desk
        self._executor = executor
        self._shelf = Shelf(desk)

    @property
    def book(self) -> Rulebook:
        return self._shelf.book

    async def ask(self, text: str, asker: Asker, thread: Thread) -> Reply:
        return await self._call(self._desk.ask, text, asker, thread)

    async def tell(self, values: Mapping[str, Value], asker: Asker, thread: Thread) -> Reply:
        return await self._call(self._desk.tell, values, asker, thread)

    async def open(self, page_id: str, asker: Asker, thread: Thread) -> Reply:
        return await self._call(self._desk.open, page_id, asker, thread)

    async def gaps(self, kept: Sequence[KeptQuestion], today: date, limit: int) -> tuple[Gap, ...]:
        return await self._call(gaps, kept, self._desk, today, limit)

    async def refresh(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._executor, self._shelf.refresh)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _call(self, method: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: self._asked(method, arguments))

    def _asked(self, method: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        reply = method(*arguments)
        self._shelf.refresh()
        return reply
