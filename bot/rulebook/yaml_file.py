"""Reads one YAML file as data and remembers where each value stands.

Only plain YAML is accepted: no tags, no anchors or aliases (so nothing can be executed and no file can grow while it is
read), no key twice. Decimal numbers come out as `Decimal`, days as `date`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from bot.rulebook.problems import Path, Problem, key_of

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
_PLAIN = "tag:yaml.org,2002:"
# libyaml where PyYAML was built with it: ten times as fast, the same events.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class YamlFile:
    """A file's data with the place (line and column from 1) of every value, and what is wrong with it."""

    name: str
    data: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> tuple[int, int]:
        """Where the value at `path` stands, or the nearest value around it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def problem(self, path: Path, message: str) -> None:
        line, column = self.place(path)
        self.problems.append(Problem(self.name, line, column, key_of(path), message))


class _Refused(Exception):
    def __init__(self, mark: Any, message: str) -> None:
        super().__init__(message)
        self.place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.message = message


def read_yaml(name: str, content: bytes) -> YamlFile:
    """Bytes of a file -> its data and places; never raises, problems are listed in the result."""
    file = YamlFile(name)
    try:
        node = _compose(content)
        if node is not None:
            file.data = _value(node, (), file)
    except _Refused as refused:
        line, column = refused.place
        file.problems.append(Problem(name, line, column, "", refused.message))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        file.problems.append(Problem(name, line, column, "", f"not valid YAML: {reason}"))
    except (UnicodeDecodeError, ValueError) as error:
        file.problems.append(Problem(name, 1, 1, "", f"not readable as UTF-8 text: {error}"))
    return file


def _compose(content: bytes) -> yaml.Node | None:
    if len(content) > MAX_BYTES:
        raise _Refused(None, f"larger than {MAX_BYTES:,} bytes; split it")
    text = content.decode("utf-8-sig")
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(event.start_mark, "anchors and aliases (& and *) are not used here; write the text out")
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                raise _Refused(event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
    return yaml.compose(text, Loader=_Loader)


def _value(node: yaml.Node, path: Path, file: YamlFile) -> Any:
    file.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if not node.tag.startswith(_PLAIN) or "python" in node.tag:
        raise _Refused(node.start_mark, f"the tag {node.tag} is not allowed; content is plain data")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, number), file) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, path, file)
    raise _Refused(node.start_mark, "is neither a text nor a list nor a mapping")


def _mapping(node: yaml.MappingNode, path: Path, file: YamlFile) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(key_node.start_mark, "a key must be a plain word")
        if key in result:
            file.places[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            file.problem((*path, key), f"the key {key} stands twice in the same place")
        result[key] = _value(value_node, (*path, key), file)
    return result


def _scalar(node: yaml.ScalarNode, path: Path, file: YamlFile) -> Any:
    kind, text = node.tag.removeprefix(_PLAIN), node.value
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("yes", "true", "on")
        if kind == "int":
            return int(text.replace("_", ""))
        if kind == "float":
            return Decimal(text.replace("_", ""))
        if kind == "timestamp":
            return date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        file.problem(path, f"cannot read {text!r} as {kind}; put it in quotes if it is text")
        return None
    if kind == "str":
        return text
    raise _Refused(node.start_mark, f"the tag {node.tag} is not allowed; content is plain data")
