"""The small vocabulary in which Slack's payloads are described: a check looks at a value and notes what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]


@dataclass(frozen=True)
class Problem:
    """One fault: Slack's wording, and the JSON pointer of the value."""

    pointer: str
    message: str
    code: str = "failed_constraint"

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"


@dataclass
class Scope:
    """What is known while a payload is walked through: where it will be shown, and what has been met so far."""

    surface: Surface | None
    problems: list[Problem] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[str] = field(default_factory=set)
    tables: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    focused: list[str] = field(default_factory=list)
    markdown_characters: int = 0
    extra_blocks: int = 0
    """How many blocks more than were sent the message has once its markdown is translated."""
    characters: int = 0

    def note(self, pointer: str, message: str, code: str = "failed_constraint") -> None:
        self.problems.append(Problem(pointer, message, code))


Check = Callable[[Any, str, Scope], None]


def string(longest: int | None = None, *, shortest: int = 1, pattern: str = "", wrong: str = "") -> Check:
    """A string of so many characters (code points), matching `pattern` as a whole if there is one."""
    expression = re.compile(pattern) if pattern else None

    def check(value: Any, pointer: str, scope: Scope) -> None:
        if not isinstance(value, str):
            scope.note(pointer, "must provide a string", "invalid_type")
        elif len(value) < shortest:
            scope.note(pointer, f"must be more than {shortest - 1} characters")
        elif longest is not None and len(value) > longest:
            scope.note(pointer, f"must be less than {longest + 1} characters")
        elif expression is not None and not expression.fullmatch(value):
            scope.note(pointer, wrong or "failed to match the expected pattern")

    return check


def integer(lowest: int | None = None, highest: int | None = None) -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            scope.note(pointer, "must provide a number", "invalid_type")
        elif lowest is not None and value < lowest:
            scope.note(pointer, f"must be greater than or equal to {lowest}")
        elif highest is not None and value > highest:
            scope.note(pointer, f"must be less than or equal to {highest}")

    return check


def number() -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            scope.note(pointer, "must provide a number", "invalid_type")

    return check


def boolean() -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if not isinstance(value, bool):
            scope.note(pointer, "must provide a boolean", "invalid_type")

    return check


def one_of(*values: Any) -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if value not in values or isinstance(value, bool):
            scope.note(pointer, "must be a valid enum value")

    return check


def array(item: Check, *, fewest: int = 1, most: int | None = None) -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if not isinstance(value, list):
            scope.note(pointer, "must provide an array", "invalid_type")
            return
        if len(value) < fewest:
            scope.note(pointer, f"no fewer than {fewest} items allowed" if fewest > 1 else "no less than 1 items allowed")
        if most is not None and len(value) > most:
            scope.note(pointer, f"no more than {most} items allowed")
        for index, one in enumerate(value):
            item(one, f"{pointer}/{index}", scope)

    return check


def nullable(inner: Check) -> Check:
    def check(value: Any, pointer: str, scope: Scope) -> None:
        if value is not None:
            inner(value, pointer, scope)

    return check


def obj(
    required: dict[str, Check] | None = None,
    optional: dict[str, Check] | None = None,
    *rules: Check,
    kind: str | None = None,
) -> Check:
    """An object with exactly these keys; `kind` is the value of its `type`; `rules` look at it as a whole."""
    needed, allowed = required or {}, optional or {}

    def check(value: Any, pointer: str, scope: Scope) -> None:
        if not isinstance(value, dict):
            scope.note(pointer, "must provide an object", "invalid_type")
            return
        names = set(needed) | set(allowed) | ({"type"} if kind else set())
        if kind and "type" not in value:
            scope.note(pointer, "missing required field: type", "missing_field")
        elif kind and value["type"] != kind:
            scope.note(f"{pointer}/type", f"unsupported type: {value['type']}", "unsupported_type")
            return
        for name in needed:
            if value.get(name) is None:
                scope.note(pointer, f"missing required field: {name}", "missing_field")
        for name, inner in value.items():
            if name not in names:
                scope.note(pointer, f"invalid additional property: {name}", "additional_property")
            elif name in needed and inner is not None:
                needed[name](inner, f"{pointer}/{name}", scope)
            elif name in allowed:
                allowed[name](inner, f"{pointer}/{name}", scope)
        for rule in rules:
            rule(value, pointer, scope)

    return check


def by_type(kinds: dict[str, Check], only: Collection[str] | None = None) -> Check:
    """Chooses the check by the object's `type`; of `kinds`, only those in `only` are allowed here."""
    allowed = set(kinds if only is None else only)

    def check(value: Any, pointer: str, scope: Scope) -> None:
        if not isinstance(value, dict):
            scope.note(pointer, "must provide an object", "invalid_type")
        elif "type" not in value:
            scope.note(pointer, "missing required field: type", "missing_field")
        elif not isinstance(value["type"], str) or value["type"] not in kinds or value["type"] not in allowed:
            scope.note(f"{pointer}/type", f"unsupported type: {value['type']}", "unsupported_type")
        else:
            kinds[value["type"]](value, pointer, scope)

    return check


def exactly_one(*names: str) -> Check:
    """Rule: one of these keys, and not two."""

    def check(value: Any, pointer: str, scope: Scope) -> None:
        given = [name for name in names if value.get(name) is not None]
        if not given:
            scope.note(pointer, f"missing required field: {names[0]}", "missing_field")
        elif len(given) > 1:
            scope.note(pointer, f"only one of {', '.join(names)} is allowed")

    return check


def at_least_one(*names: str) -> Check:
    """Rule: one or more of these keys."""

    def check(value: Any, pointer: str, scope: Scope) -> None:
        if all(value.get(name) is None for name in names):
            scope.note(pointer, f"missing required field: {names[0]}", "missing_field")

    return check
