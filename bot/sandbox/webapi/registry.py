"""The table of methods: what each needs and how often it may be called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sandbox.webapi.call import Call
from bot.sandbox.world import Json, TokenKind

Handler = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    """`scopes`: one of them is enough. `tier`: calls a minute, or None where special rules hold."""

    name: str
    handler: Handler
    tier: int | None
    scopes: tuple[str, ...] = ()
    tokens: tuple[TokenKind, ...] = ("bot", "user")
    anonymous: bool = False
    header_only: bool = False


METHODS: dict[str, Method] = {}
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Slack's tiers, in calls a minute."""


def method(
    name: str,
    *,
    tier: int | None,
    scopes: tuple[str, ...] = (),
    tokens: tuple[TokenKind, ...] = ("bot", "user"),
    anonymous: bool = False,
    header_only: bool = False,
) -> Callable[[Handler], Handler]:
    """Enters a handler into the table.

    `anonymous`: no token is wanted. `header_only`: the token must come in the Authorization header.
    """

    def enter(handler: Handler) -> Handler:
        rate = None if tier is None else TIERS[tier]
        METHODS[name] = Method(name, handler, rate, scopes, tokens, anonymous, header_only)
        return handler

    return enter
