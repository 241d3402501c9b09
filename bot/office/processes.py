"""Desks in processes of their own, where one process cannot answer all that is asked."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import queue
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from multiprocessing.connection import Connection
from typing import Any

from bot.conversation import Thread
from bot.desk import Asker, Desk, Reply
from bot.gaps import Gap, KeptQuestion, gaps
from bot.office.clerks import Shelf
from bot.rulebook.book import Rulebook
from bot.rulebook.values import Value

NICENESS = 5
DeskMaker = Callable[[], Desk]
"""Makes the desk of one process; it has to be a function of a module, to be found again there."""


class DeskDied(Exception):
    """A process ended while it was answering, twice for the same question."""


class ProcessClerks:
    """`count` processes with a desk each. Each process loads and reloads the content for itself."""

    def __init__(self, desk: Desk, make_desk: DeskMaker, count: int) -> None:
        self._shelf = Shelf(desk)
        self._make_desk = make_desk
        self._waiters = ThreadPoolExecutor(count, "desk")
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        for _ in range(count):
            self._idle.put(_Process(make_desk))

    @property
    def book(self) -> Rulebook:
        return self._shelf.book

    async def ask(self, text: str, asker: Asker, thread: Thread) -> Reply:
        return await self._reply("ask", text, asker, thread)

    async def tell(self, values: Mapping[str, Value], asker: Asker, thread: Thread) -> Reply:
        return await self._reply("tell", values, asker, thread)

    async def open(self, page_id: str, asker: Asker, thread: Thread) -> Reply:
        return await self._reply("open", page_id, asker, thread)

    async def gaps(self, kept: Sequence[KeptQuestion], today: date, limit: int) -> tuple[Gap, ...]:
        found: tuple[Gap, ...] = await self._call("gaps", kept, today, limit)
        return found

    async def refresh(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._waiters, self._shelf.refresh)

    def close(self) -> None:
        self._waiters.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().end()

    async def _reply(self, method: str, *arguments: Any) -> Reply:
        reply: Reply = await self._call(method, *arguments)
        return reply

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._waiters, self._asked, method, arguments)

    def _asked(self, method: str, arguments: tuple[Any, ...]) -> Any:
        process = self._idle.get()
        try:
            for _ in range(2):
                try:
                    result = process.ask(method, arguments)
                except (EOFError, OSError):
                    process.end()
                    process = _Process(self._make_desk)
                else:
                    self._shelf.refresh()
                    return result
        finally:
            self._idle.put(process)
        raise DeskDied(f"a desk ended twice while answering with {method}")


class _Process:
    """One process and the pipe to it; used by one thread at a time."""

    def __init__(self, make_desk: DeskMaker) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_attend, args=(theirs, make_desk), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, method: str, arguments: tuple[Any, ...]) -> Any:
        """Raises what the desk raised; `EOFError` or `OSError` where the process has ended."""
        self._pipe.send((method, arguments))
        result = self._pipe.recv()
        if isinstance(result, Exception):
            raise result
        return result

    def end(self) -> None:
        self._pipe.close()
        self._process.join(timeout=2)
        if self._process.is_alive():
            self._process.terminate()


def _attend(pipe: Connection, make_desk: DeskMaker) -> None:
    """A process's life: answer until the pipe closes."""
    # Ctrl-C goes to the whole group; the process that holds the pipe decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Acknowledgements come first: the process that gives them must not wait for the ones that think.
    os.nice(NICENESS)
    desk = make_desk()
    methods: dict[str, Callable[..., Any]] = {
        "ask": desk.ask,
        "tell": desk.tell,
        "open": desk.open,
        "gaps": lambda kept, today, limit: gaps(kept, desk, today, limit),
    }
    while True:
        try:
            method, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(methods[method](*arguments))
        except Exception as error:  # noqa: BLE001 - it is raised again where the question came from
            pipe.send(error)
