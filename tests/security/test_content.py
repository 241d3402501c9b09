"""A page is somebody's contribution: whatever stands in its texts is refused by lint, and does nothing if it is filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answering.templates import MAX_LENGTH, BadTemplate, fill
from bot.settings import Settings
from tests.test_content_errors import problems_after

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


@pytest.mark.parametrize("text", [one for one in ESCAPES if "lipsum" not in one])
def test_lint_refuses_a_page_with_such_a_text(text: str, shop: Path) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    found = problems_after(shop, "rules/kites/may-i-fly.yaml", '"No: not in a strong wind."', f'"No: {quoted}"')
    assert found
    assert all("may-i-fly.yaml" in line for line in found)


def test_settings_are_no_yaml_and_run_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SELLERBOT_CONTENT=$(touch pwned)\nSELLERBOT_MAX_ROWS=!!python/object:x\n")
    with pytest.raises(ValueError, match="max_rows"):
        Settings()
    assert not (tmp_path / "pwned").exists()
