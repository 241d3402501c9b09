"""A page is somebody's contribution: whatever stands in its texts is refused by lint, and does nothing if it is filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering.templates import MAX_LENGTH, BadTemplate, fill, names_in
from bot.lint import lint
from tests.test_content_errors import *  # noqa: F403 - replaced below

ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ pilot.__class__ }}",
    "{{ blank.__globals__['__builtins__'] }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ '{0.__class__}'.format(pilot) }}",
    "{{ pilot|attr('__class__') }}",
    "{{ lipsum(n=100000) }}",
    "{{ range(10**9) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ 'x'|center(1000000000) }}",
    "{% for a in 'ab' %}{% for b in 'ab' %}{{ a }}{% endfor %}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% extends 'x' %}",
)


@pytest.mark.parametrize("text", ESCAPES)
def test_what_leads_out_of_a_text_does_nothing(text: str) -> None:
    try:
        filled = fill(text, {"pilot": "adult"}, "en")
    except BadTemplate:
        return
    assert "class" not in filled
    assert "root:" not in filled
    assert len(filled) < 100


def test_a_text_that_grows_is_cut_off() -> None:
    growing = "{{ 'a'" + "|replace('a', 'aaaaaaaaaa')" * 30 + " }}"
    with pytest.raises(BadTemplate, match=str(MAX_LENGTH)):
        fill(growing, {}, "en")
