"""What a process does among those that share a store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """`listens` to Slack, `answers` what was accepted, slow work too where `reads` (reports), and `keeps_time`."""

    name: str
    listens: bool = False
    answers: bool = False
    reads: bool = False
    keeps_time: bool = False


SERVE = Role("serve", listens=True, answers=True, reads=True, keeps_time=True)
"""Everything in one process."""
WEB = Role("web", listens=True, answers=True)
"""Answers questions itself, which takes milliseconds, and leaves reports, which take minutes, to workers."""
WORKER = Role("worker", answers=True, reads=True)
CLOCK = Role("clock", keeps_time=True)
