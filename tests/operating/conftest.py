"""The commands of whoever runs the bot, as they are called, over both databases."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from tests.slack.conftest import no_environment
from tests.store.conftest import clock, where

__all__ = ["clock", "no_environment", "where"]
Command = Callable[..., Result]


@pytest.fixture
def place(where: Path | str, monkeypatch: pytest.MonkeyPatch) -> Path | str:
    """A database that the settings name."""
    if isinstance(where, Path):
        monkeypatch.setenv("SELLERBOT_STORE", str(where))
    else:
        monkeypatch.setenv("DATABASE_URL", where)
    return where


@pytest.fixture
def command() -> Command:
    """Calls a command; what it prints and its exit code."""

    def call(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=answer, catch_exceptions=False)

    return call


def environment(place: Path | str, **more: str) -> dict[str, str]:
    """For processes over a database."""
    name = "SELLERBOT_STORE" if isinstance(place, Path) else "DATABASE_URL"
    return {**os.environ, name: str(place), **more}
