"""Work that the office takes in: what was asked, where, by whom, and how the answer goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

Manner = Literal["always", "follow_up", "if_sure"]
"""When to answer: whatever it is; unasked in a thread that the bot takes part in; unasked in a channel that it reads."""


@dataclass(frozen=True)
class Place:
    """A conversation of a workspace: `thread` is the id of its first message, or made up where there is none."""

    team: str
    channel: str
    thread: str
    enterprise: str = ""

    @property
    def is_private(self) -> bool:
        """Whether only one person sees what is said there: its thread is made up, such as ``command:`` and a number."""
        return ":" in self.thread


@dataclass(frozen=True)
class Asked:
    """Somebody wrote something."""

    text: str
    manner: Manner = "always"
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True)
class Told:
    """Somebody picked values for facts under an answer; `message` is the message that showed it."""

    answer: str
    values: Mapping[str, str]
    message: str = ""
    kind: Literal["told"] = "told"


@dataclass(frozen=True)
class Opened:
    """Somebody picked a page from several offered ones; `answer` offered it, if there was one."""

    page: str
    answer: str = ""
    kind: Literal["opened"] = "opened"


@dataclass(frozen=True)
class SentFile:
    """A file in Slack."""

    id: str
    name: str


@dataclass(frozen=True)
class Sent:
    """Somebody sent files to be checked; `wanted` is the report that they say these are, or empty; `comment` came along."""

    files: tuple[SentFile, ...]
    wanted: str = ""
    comment: str = ""
    kind: Literal["sent"] = "sent"


@dataclass(frozen=True)
class Work:
    """One thing to answer, once. `key` is unique within a channel: a message's id, or what a press was."""

    place: Place
    key: str
    person: str
    task: Asked | Told | Opened | Sent = field(metadata={"discriminator": "kind"})
    reply_to: str = ""
    """Return address for an answer that only the asker sees; empty: the answer goes into the thread."""

    def to_json(self) -> str:
        return _WORK.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Work:
        return _WORK.validate_json(text)


_WORK = TypeAdapter(Work)
