"""How the sandbox says no."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """A refusal with Slack's error code; `messages` go into response_metadata, `body` beside the code."""

    def __init__(
        self,
        error: str,
        *,
        messages: tuple[str, ...] = (),
        pointers: tuple[str, ...] = (),
        body: dict[str, Any] | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        injected: bool = False,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.pointers = pointers
        self.body = body or {}
        self.status = status
        self.headers = headers or {}
        self.injected = injected


class NotPossible(Exception):
    """What a person tried can't be done in the client; the text says why."""


def missing(*names: str) -> SlackError:
    """A call without arguments that it needs."""
    return SlackError(
        "invalid_arguments",
        messages=tuple(f"[ERROR] missing required field: {name}" for name in names),
        pointers=tuple(f"/{name}" for name in names),
    )
