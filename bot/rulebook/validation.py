"""Data of a YAML file -> models, with every error named by line, column and key."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.rulebook import check_models, models, report_models
from bot.rulebook.problems import Path
from bot.rulebook.yaml_file import YamlFile

T = TypeVar("T")

_PAGE_KINDS = "reference, decision, calculation, draft"
_CONDITION_HELP = (
    "must be a choice, a list of choices, {not: [choices]}, or limits such as {at_least: 5} or {below: 2026-03-31}"
)


def validate(file: YamlFile, model: TypeAdapter[T], data: Any, path: Path = ()) -> T | None:
    """`data`, found at `path` of `file`, as `model`; or None, with the problems added to `file`."""
    try:
        return model.validate_python(data)
    except ValidationError as error:
        said: set[tuple[Path, str]] = set()
        for detail in error.errors(include_url=False):
            where, message = _explain(detail, data)
            if (where, message) not in said:
                said.add((where, message))
                file.problem((*path, *where), message)
        return None


def _explain(detail: ErrorDetails, data: Any) -> tuple[Path, str]:
    where, rest = _walk(detail["loc"], data)
    kind, given = detail["type"], detail.get("input")
    if "when" in where[:-1]:
        return where[: where.index("when") + 2], _CONDITION_HELP
    if kind == "extra_forbidden":
        return where, f"unknown key {where[-1]}{_nearest(str(where[-1]))}"
    if kind == "missing":
        return where, f"the key {rest[-1] if rest else '?'} is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        # Without any kind pydantic doesn't list the choices; a page is what is most often meant.
        expected = str(detail["ctx"].get("expected_tags", _PAGE_KINDS)).replace("'", "")
        return where, f"kind must be one of {expected}"
    if kind == "literal_error":
        return where, f"{given!r} is not allowed here; expected {detail['ctx']['expected']}"
    if kind == "string_pattern_mismatch":
        return where, f"{given!r} has the wrong form; expected {detail['ctx']['pattern']}"
    message = detail["msg"].removeprefix("Value error, ")
    return where, message[0].lower() + message[1:]


def _walk(location: tuple[int | str, ...], data: Any) -> tuple[Path, Path]:
    """Pydantic's location -> the part that exists in the data, and what follows it.

    Pydantic puts the names of union members into the location; they are no keys of ours and are left out.
    """
    where: list[str | int] = []
    rest: list[str | int] = []
    part: Any
    for part in location:
        known = isinstance(data, dict) and part in data
        numbered = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if known or numbered:
            data = data[part]
            where.append(part)
        else:
            rest.append(part)
    return tuple(where), tuple(rest)


def _nearest(key: str) -> str:
    close = difflib.get_close_matches(key, _known_keys(), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


@cache
def _known_keys() -> tuple[str, ...]:
    keys: set[str] = set()
    for model in (value for module in (models, check_models, report_models) for value in vars(module).values()):
        if isinstance(model, type) and issubclass(model, BaseModel):
            keys.update(field.alias or name for name, field in model.model_fields.items())
    return tuple(sorted(keys))
