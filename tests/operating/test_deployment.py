"""Dockerfile, compose file, unit and Procfile call commands that exist, set what is a setting, and leave time to finish."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from bot.cli import main
from bot.settings import Settings, SlackSettings
from bot.slack.http import GRACE_SECONDS
from bot.slack.serve import FINISH_SECONDS

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
UNIT_FILE = ROOT / "deploy" / "sellerbot@.service"
UNIT = UNIT_FILE.read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
ROLES = ("serve", "web", "worker", "clock")
BOTS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "sellerbot"}
OTHERS = {"PATH", "PYTHONUNBUFFERED", "POSTGRES_PASSWORD"}
"""Of the system, Python and PostgreSQL's image."""


def commands() -> Iterator[str]:
    """Every call of `sellerbot` in the files, without its name."""
    for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines():
        yield line.partition(": sellerbot ")[2]
    for service in BOTS.values():
        yield service["command"]
    [entry] = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)
    assert json.loads(entry) == ["sellerbot"]
    yield from (shlex.join(json.loads(found)) for found in re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE))
    yield from (found.partition(" >")[0] for found in re.findall(r"^RUN sellerbot (.*)$", DOCKERFILE, re.MULTILINE))
    [start] = re.findall(r"^ExecStart=/opt/sellerbot/bin/sellerbot (.*)$", UNIT, re.MULTILINE)
    yield from (start.replace("%i", role) for role in ROLES)
    yield from re.findall(r"`(?:DATABASE_URL=\S+ )?sellerbot ([^`]+)`", PAGE)


@pytest.mark.parametrize("called", sorted(set(commands())))
def test_every_command_is_one_of_ours_with_its_options(called: str) -> None:
    words = shlex.split(called)
    command: click.Command = main
    with click.Context(main) as context:
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, called
            command = found
        command.make_context("sellerbot", words)


def names_of_settings() -> set[str]:
    names = {f"SLACK_{name.upper()}" for name in SlackSettings.model_fields}
    names |= {str(field.validation_alias or f"SELLERBOT_{name.upper()}") for name, field in Settings.model_fields.items()}
    pending: list[click.Command] = [main]
    while pending:
        command = pending.pop()
        pending += command.commands.values() if isinstance(command, click.Group) else []
        names |= {str(option.envvar) for option in command.params if isinstance(option, click.Option) and option.envvar}
    return names


def test_every_variable_is_a_setting() -> None:
    [block] = re.findall(r"^ENV (.*?[^\\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    used = set(re.findall(r"(\w+)=", block))
    used |= set(re.findall(r"^Environment=(\w+)=", UNIT, re.MULTILINE))
    used |= {name for service in BOTS.values() for name in service["environment"]}
    used |= set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    used |= set(re.findall(r"\b((?:SELLERBOT|SLACK|POSTGRES)_[A-Z_]+|DATABASE_URL)\b", PAGE))
    assert used - names_of_settings() - OTHERS == set()
    assert {"SELLERBOT_STORE", "SELLERBOT_CACHE", "DATABASE_URL"} <= used


def test_a_process_that_is_told_to_stop_has_the_time_to_finish() -> None:
    needed = FINISH_SECONDS + GRACE_SECONDS + 10
    [unit] = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert int(unit) >= needed
    for service in BOTS.values():
        assert int(service["stop_grace_period"].removesuffix("s")) >= needed


def test_services_wait_for_what_they_need_and_are_watched() -> None:
    assert set(BOTS) == {"migrate", "web", "worker", "clock"}
    for name, service in BOTS.items():
        assert set(service["depends_on"]) <= set(COMPOSE["services"])
        assert ("healthcheck" in service) == (name != "migrate")
        port = service["command"].rpartition(" ")[2]
        assert name == "migrate" or f"127.0.0.1:{port}/healthz" in " ".join(service["healthcheck"]["test"])


def test_the_image_holds_what_the_wheel_is_made_of_and_no_secret() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert all((ROOT / name).exists() for name in copied)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == copied
    assert re.search(r"^USER sellerbot$", DOCKERFILE, re.MULTILINE)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed here")
    unit = tmp_path / "sellerbot@worker.service"
    # The program is not installed where the unit looks for it.
    unit.write_text(UNIT.replace("/opt/sellerbot/bin/sellerbot", "/bin/true"), encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "sellerbot" not in checked.stderr, checked.stderr
