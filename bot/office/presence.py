"""This process among those that share the store: it shows that it lives, and gives up those that do not.

The others' beats are watched with the monotonic clock, so that a clock that is set makes nobody look dead.
"""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from bot.store import StoreError
from bot.store.claims import Claims, Process

BEAT_SECONDS = 2.0
"""Between two beats, which is also how soon a process that died on this machine is noticed."""
DEAD_SECONDS = 30.0
"""Without a beat for so long a process on another machine counts as dead."""
MARGIN_SECONDS = 10.0
"""Who could not beat for almost so long as makes a process dead does not send anything before the next beat."""


class Presence:
    """Called from one thread at a time."""

    def __init__(self, claims: Claims, role: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = f"{role}-{secrets.token_hex(4)}"
        self._claims = claims
        self._role = role
        self._monotonic = monotonic
        self._beaten = monotonic()
        self._seen: dict[str, tuple[int, float]] = {}

    def join(self) -> None:
        self._claims.join(self.name, self._role, machine(), this_process())
        self._beaten = self._monotonic()
        self._bury(self._claims.present())

    def beat(self) -> bool:
        """Shows that this process lives, and gives up the dead; False where the others had given up this one."""
        started = self._monotonic()
        try:
            alive = self._claims.beat(self.name)
            if not alive:
                self._claims.join(self.name, self._role, machine(), this_process())
            self._beaten = started
            self._bury(self._claims.present())
        except StoreError:
            # Who cannot look must not conclude anything from what it saw before.
            self._seen.clear()
            raise
        return alive

    def leave(self) -> None:
        self._claims.leave(self.name)

    @property
    def is_sure(self) -> bool:
        """Whether nobody can have given this process up yet."""
        return self._monotonic() - self._beaten < DEAD_SECONDS - MARGIN_SECONDS

    def _bury(self, present: tuple[Process, ...]) -> None:
        now = self._monotonic()
        before, self._seen = self._seen, {}
        for one in present:
            if one.name == self.name:
                continue
            beat, since = before.get(one.name, (one.beat, now))
            if beat != one.beat:
                beat, since = one.beat, now
            if is_gone(one) or now - since >= DEAD_SECONDS:
                self._claims.bury(one.name, one.beat)
            else:
                self._seen[one.name] = (beat, since)


def machine() -> str:
    """This machine since it was started, and the namespace in which process numbers count."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def this_process() -> str:
    return _identity(os.getpid())


def is_here(process: Process) -> bool:
    """Whether a process is one of this machine's, so that it can be told at once whether it runs."""
    return process.machine == machine()


def is_gone(process: Process) -> bool:
    """Whether a process surely does not run any longer: it was one of this machine's and is not there."""
    if not is_here(process):
        return False
    pid = int(process.process.partition(" ")[0])
    return not _exists(pid) or _identity(pid) != process.process


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _identity(pid: int) -> str:
    """The process's number and when it was started: numbers are used again."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return str(pid)
    # After the command's name, which may hold spaces: state is field 3, the start time field 22.
    fields = status.rpartition(")")[2].split()
    return f"{pid} {'ended' if fields[0] in 'ZX' else fields[19]}"
