"""Reads the content folders into a `Rulebook`, or says everything that is wrong with them.

A compiled copy (JSON, never pickles) is kept in the cache folder under the digest of all content files, so that an
unchanged rulebook loads in a fraction of the time; when some files change only those are read anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bot.rulebook import check_models, data_models, models, report_models
from bot.rulebook.book import Content, Rulebook
from bot.rulebook.problems import Problem, is_broken
from bot.rulebook.validation import validate
from bot.rulebook.yaml_file import YamlFile, read_yaml

# Part of every digest: compiled content of an older program is not read by a newer one.
FORMAT = "7"

_LISTS: dict[str, tuple[str, TypeAdapter[Any]]] = {
    "sources": ("sources", TypeAdapter(models.Source)),
    "glossary": ("concepts", TypeAdapter(models.Concept)),
    "facts": ("facts", TypeAdapter(models.Fact)),
    "marketplaces": ("marketplaces", TypeAdapter(models.Marketplace)),
    "calendar": ("calendar", TypeAdapter(models.CalendarQuestions)),
    "outside": ("outside", TypeAdapter(models.OutsideTopic)),
    "reports": ("reports", TypeAdapter(report_models.ReportFormat)),
    "checks": ("checks", TypeAdapter(check_models.AnyCheck)),
    "labels": ("labels", TypeAdapter(data_models.Label)),
    "columns": ("columns", TypeAdapter(data_models.Column)),
    "data-words": ("words", TypeAdapter(data_models.WordGroup)),
    "topics": ("topics", TypeAdapter(data_models.Topic)),
}
"""``knowledge/<name>.yaml``, or any files in ``knowledge/<name>/`` where one file would grow too long; checks stand
beside the rules that they apply, in ``rules/<domain>/checks*.yaml``."""
_PAGE: TypeAdapter[Any] = TypeAdapter(models.AnyPage)
_PIECE: TypeAdapter[models.Piece] = TypeAdapter(models.Piece)
_KINDS = {"rules": ("decision", "calculation", "draft"), "knowledge": ("reference", "piece")}


@dataclass(frozen=True)
class Loaded:
    """The outcome of loading: a rulebook unless there are errors, and all problems found."""

    rulebook: Rulebook | None
    problems: tuple[Problem, ...]
    compiled: bool
    """Whether files had to be read (False: taken whole from the cache)."""


@dataclass(frozen=True)
class _Part:
    """What one file holds, as plain data ready for JSON."""

    digest: str
    group: str
    items: list[Any]


def content_files(root: Path) -> dict[str, bytes]:
    """Relative name -> bytes of every YAML file under ``rules`` and ``knowledge``, sorted by name."""
    names = sorted(path for folder in ("rules", "knowledge") for path in (root / folder).rglob("*.yaml"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in names}


def list_of(name: str) -> str | None:
    """The list that a file belongs to (``facts`` for ``knowledge/facts/labelling.yaml``); None for a page."""
    folder, *inner = name.removesuffix(".yaml").split("/")
    if folder == "rules":
        return "checks" if len(inner) == 2 and inner[1].startswith("checks") else None
    return inner[0] if inner and inner[0] in _LISTS and inner[0] != "checks" and len(inner) <= 2 else None


def digest_of(files: dict[str, bytes]) -> str:
    whole = hashlib.blake2b(FORMAT.encode(), digest_size=16)
    for name, content in files.items():
        whole.update(f"\0{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def load(root: Path, cache: Path | None = None) -> Loaded:
    """The content below `root`; `cache` is the folder of compiled copies (None: don't use any)."""
    files = content_files(root)
    digest = digest_of(files)
    compiled = cache / f"content-{digest}.json" if cache else None
    if compiled and compiled.exists():
        return Loaded(Rulebook(Content.model_validate_json(compiled.read_bytes()), digest), (), compiled=False)
    if not files:
        problem = Problem(str(root), 0, 0, "", "no content here: the folders rules and knowledge are missing or empty")
        return Loaded(None, (problem,), compiled=True)
    parts, problems = _read_parts(files, _known_parts(cache))
    if is_broken(problems):
        return Loaded(None, tuple(problems), compiled=True)
    groups: dict[str, list[Any]] = {}
    for part in parts.values():
        groups.setdefault(part.group, []).extend(part.items)
    content = Content.model_validate(groups)
    if cache and compiled:
        write_atomically(compiled, content.model_dump_json(by_alias=True).encode())
        kept = {name: [part.digest, part.group, part.items] for name, part in parts.items()}
        write_atomically(cache / "parts.json", json.dumps([FORMAT, kept]).encode())
        _forget_old(cache, "content-*.json", keep=8)
    return Loaded(Rulebook(content, digest), tuple(problems), compiled=True)


def _read_parts(files: dict[str, bytes], known: dict[str, _Part]) -> tuple[dict[str, _Part], list[Problem]]:
    parts: dict[str, _Part] = {}
    problems: list[Problem] = []
    for name, content in files.items():
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        if name in known and known[name].digest == digest:
            parts[name] = known[name]
            continue
        file = read_yaml(name, content)
        if not is_broken(file.problems):
            group, items = _items(file)
            parts[name] = _Part(digest, group, [item.model_dump(mode="json", by_alias=True) for item in items])
        problems += file.problems
    return parts, problems + _doubles(parts, files)


def _items(file: YamlFile) -> tuple[str, list[Any]]:
    listed = list_of(file.name)
    if listed:
        group, model = _LISTS[listed]
        if not isinstance(file.data, list):
            file.problem((), "must be a list (lines that begin with '- id: ...')")
            return group, []
        found = [validate(file, model, item, (number,)) for number, item in enumerate(file.data)]
        return group, [item for item in found if item is not None]
    return _page_items(file)


def _page_items(file: YamlFile) -> tuple[str, list[Any]]:
    folder, *inner = file.name.removesuffix(".yaml").split("/")
    if len(inner) != 2:
        file.problem((), f"belongs into a domain folder: {folder}/<domain>/<name>.yaml")
        return "pages", []
    if not isinstance(file.data, dict):
        file.problem((), "must be one page: keys and values, beginning with id and kind")
        return "pages", []
    group, model = ("pieces", _PIECE) if inner[1].startswith("_") else ("pages", _PAGE)
    if file.data.get("id") != ".".join(inner):
        file.problem(("id",), f"must be {'.'.join(inner)}, after the folder and the file name")
    if "kind" in file.data and file.data["kind"] not in _KINDS[folder]:
        file.problem(("kind",), f"{file.data['kind']} does not belong under {folder}/; expected {_KINDS[folder]}")
        return group, []
    page = validate(file, model, file.data)
    return group, [page] if page is not None else []


def _doubles(parts: dict[str, _Part], files: dict[str, bytes]) -> list[Problem]:
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for name, part in parts.items():
        for number, item in enumerate(part.items):
            first = seen.setdefault((part.group, item["id"]), name)
            if first != name or [other["id"] for other in part.items].index(item["id"]) != number:
                file = read_yaml(name, files[name])
                file.problem((number, "id"), f"{item['id']} stands twice (also in {first})")
                problems += file.problems
    return problems


def _known_parts(cache: Path | None) -> dict[str, _Part]:
    if cache is None:
        return {}
    # A missing or damaged cache only costs time: everything is read anew.
    with contextlib.suppress(OSError, ValueError, TypeError):
        version, kept = json.loads((cache / "parts.json").read_bytes())
        if version == FORMAT:
            return {name: _Part(*entry) for name, entry in kept.items()}
    return {}


def write_atomically(path: Path, content: bytes) -> None:
    """Writes the whole file or nothing, also when two processes do it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _forget_old(cache: Path, pattern: str, keep: int) -> None:
    for path in sorted(cache.glob(pattern), key=lambda p: p.stat().st_mtime, reverse=True)[keep:]:
        path.unlink(missing_ok=True)
