"""Fills the texts of rules. Templates come from content files, values from facts; both stay inside a sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from bot.answering.phrases import phrase
from bot.rulebook.models import Language

if TYPE_CHECKING:
    from jinja2.nodes import Node
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_LENGTH = 20_000
FILTERS = ("default", "float", "int", "length", "lower", "max", "min", "round", "string", "trim", "upper")
_PATTERN = re.compile(r"[^%]*%(?:\.[0-9]{1,2})?[dfs][^%]*")
METHODS = frozenset({"split"})


class BadTemplate(ValueError):
    """A text that cannot be filled; the message says why."""


def fill(text: str, values: Mapping[str, str], language: Language) -> str:
    """`text` with its ``{{ }}`` filled from `values`; raises `BadTemplate`."""
    if "{" not in text:
        return text
    from jinja2 import TemplateError

    try:
        filled = _environment().from_string(text).render(values, blank=lambda name: blank(str(name), language))
    except (TemplateError, TypeError, ArithmeticError, MemoryError, RecursionError) as error:
        raise BadTemplate(str(error)) from error
    if len(filled) > MAX_LENGTH:
        raise BadTemplate(f"comes out longer than {MAX_LENGTH} characters")
    return filled


def blank(name: str, language: Language) -> str:
    """A gap for the asker to fill."""
    return phrase("blank", language, name=name)


def names_in(text: str) -> frozenset[str]:
    """The facts and values that a text shows; raises `BadTemplate` where it is no template."""
    if "{" not in text:
        return frozenset()
    from jinja2 import TemplateSyntaxError, meta

    try:
        tree = _environment().parse(text)
        _environment().from_string(text)
    except TemplateSyntaxError as error:
        raise BadTemplate(f"{error.message} (line {error.lineno} of the text)") from error
    for node in tree.find_all(_refused_nodes()):
        if getattr(node, "attr", "") in METHODS:
            continue
        raise BadTemplate(f"{type(node).__name__} is not used in texts (line {node.lineno} of the text)")
    return frozenset(meta.find_undeclared_variables(tree)) - {"blank"}


def _format(pattern: str, value: object) -> str:
    """`value` with so many places, such as ``'%.2f'|format(x)``; a width could make it as long as the memory."""
    if not _PATTERN.fullmatch(pattern):
        raise BadTemplate(f"format takes a pattern such as %.2f, not {pattern}")
    return pattern % value


def _replace(text: str, old: str, new: str) -> str:
    replaced = str(text).replace(old, new)
    if len(replaced) > MAX_LENGTH:
        raise BadTemplate(f"comes out longer than {MAX_LENGTH} characters")
    return replaced


@cache
def _refused_nodes() -> tuple[type[Node], ...]:
    """What could go on without end, or leads out of a text."""
    from jinja2 import nodes

    return (
        nodes.For,
        nodes.Macro,
        nodes.CallBlock,
        nodes.Extends,
        nodes.Include,
        nodes.Import,
        nodes.FromImport,
        nodes.Pow,
        nodes.Getattr,
    )


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Imported late: most answers are plain text and need no template engine.
    from jinja2 import ChainableUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Texts(ImmutableSandboxedEnvironment):
        """What a text needs and nothing else: a page is somebody's contribution, and every answer is made here."""

        intercepted_binops = frozenset({"*", "**"})

        def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:  # noqa: ARG002 - Jinja2's
            return isinstance(obj, str) and attr in METHODS

        def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
            numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
            if operator == "**" or not numbers:
                raise SecurityError(f"{operator} is for numbers only, and without powers")
            return super().call_binop(context, operator, left, right)

    # Answers are documents; every medium escapes them for itself.
    environment = Texts(autoescape=False, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    environment.filters |= {"format": _format, "replace": _replace}
    return environment
