"""The content in use: loaded, checked and indexed, reloaded when its files change, the last good one kept."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.compiled import Workshop
from bot.rulebook.loader import load
from bot.rulebook.problems import Problem, is_broken
from bot.understanding.index import Index

Notice = Callable[[str], None]


class BrokenContent(Exception):
    """There is no good content to start from; `problems` says what is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Refused:
    """A change of content that was not taken over."""

    problems: tuple[Problem, ...]


class Library:
    """Gives out the current index; looks for changed files at most every `interval` seconds. Thread-safe."""

    def __init__(self, root: Path, workshop: Workshop, notice: Notice = lambda _: None, interval: float = 1.0) -> None:
        self._root = root
        self._workshop = workshop
        self._notice = notice
        self._interval = interval
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._looked = 0.0
        self.refused: Refused | None = None

    def current(self) -> Index:
        """The newest content that is sound; raises `BrokenContent` where there never was any."""
        with self._lock:
            if self._index is None or time.monotonic() - self._looked >= self._interval:
                self._looked = time.monotonic()
                self._refresh()
            if self._index is None:
                raise BrokenContent(self.refused.problems if self.refused else ())
            return self._index

    def _refresh(self) -> None:
        seen = self._stamps()
        if seen == self._seen and (self._index is not None or self.refused is not None):
            return
        self._seen = seen
        loaded = load(self._root, self._workshop.cache)
        if loaded.rulebook is None:
            self.refused = Refused(loaded.problems)
            return
        if self._index is not None and loaded.rulebook.digest == self._index.book.digest:
            return
        ready = self._workshop.has_index(loaded.rulebook)
        if not ready:
            self._notice("Content has changed; preparing it (seconds, or a minute or two the very first time) ...")
            # What is in the cache was checked before it was put there; then the checks need not even be imported.
            from bot.lint import lint

            problems = lint(loaded.rulebook, self._root)
            if is_broken(problems):
                self.refused = Refused(tuple(problems))
                return
        self._index = self._workshop.index(loaded.rulebook)
        self.refused = None

    def _stamps(self) -> tuple[tuple[str, int, int], ...]:
        """Path, time and size of each file: looked at each second, so by `scandir`, ten times as quick as `rglob`."""
        stamps: list[tuple[str, int, int]] = []
        folders = [str(folder) for name in ("rules", "knowledge") if (folder := self._root / name).is_dir()]
        while folders:
            with os.scandir(folders.pop()) as found:
                for one in found:
                    if one.is_dir():
                        folders.append(one.path)
                    elif one.name.endswith(".yaml"):
                        stat = one.stat()
                        stamps.append((one.path, stat.st_mtime_ns, stat.st_size))
        return tuple(sorted(stamps))
