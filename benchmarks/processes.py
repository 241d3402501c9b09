"""Processes under test: what they take, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Used:
    """Wall and CPU seconds and peak memory (MB) of a process that has ended, and what it printed."""

    wall: float
    cpu: float
    megabytes: float
    printed: str


def measured(command: Sequence[str]) -> Used:
    """Runs a command to its end. SystemExit if it fails."""
    # A process starts with the peak of the one that forks it: the one between is small.
    between = [sys.executable, "-m", "benchmarks.processes", *command]
    done = subprocess.run(between, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise SystemExit(f"{command[0]} failed under test")
    return Used(**json.loads(done.stdout))


def _measure(command: Sequence[str]) -> Used:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None  # noqa: S101
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(1)
    return Used(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)


def peak_megabytes(command: Sequence[str]) -> float:
    return measured(command).megabytes


def resting_megabytes(command: Sequence[str]) -> float:
    """What a process holds once it has printed a line and waits for input."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101
        process.stdout.readline()
        pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
        process.communicate("\n")
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(sys.argv[1:]))))
