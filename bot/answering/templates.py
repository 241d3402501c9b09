"""Fills the texts of rules. Templates come from content files, values from facts; both stay inside a sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from bot.answering.phrases import phrase
from bot.rulebook.models import Language

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_LENGTH = 20_000


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
    except TemplateSyntaxError as error:
        raise BadTemplate(f"{error.message} (line {error.lineno} of the text)") from error
    return frozenset(meta.find_undeclared_variables(tree)) - {"blank"}


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Imported late: most answers are plain text and need no template engine.
    from jinja2 import ChainableUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Answers are documents; every medium escapes them for itself.
    return ImmutableSandboxedEnvironment(
        autoescape=False, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
