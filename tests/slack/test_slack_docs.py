"""What docs/slack.md promises is so."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bot.cli import main
from bot.settings import SlackSettings
from bot.slack.manifest import BOT_SCOPES, HEARING_SCOPES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")


def test_every_setting_of_slack_is_described() -> None:
    assert [name for name in SlackSettings.model_fields if f"SLACK_{name.upper()}" not in PAGE] == []


def test_every_permission_has_a_reason() -> None:
    assert [scope for scope in (*BOT_SCOPES, *HEARING_SCOPES) if f"`{scope}`" not in PAGE] == []


def test_the_manifest_command_prints_what_the_page_says() -> None:
    made = json.loads(CliRunner().invoke(main, ["manifest"], catch_exceptions=False).stdout)
    assert made["settings"]["socket_mode_enabled"]
    over_http = CliRunner().invoke(main, ["manifest", "--url", "https://b.example", "--mentions-only"])
    made = json.loads(over_http.stdout)
    assert made["settings"]["event_subscriptions"]["request_url"] == "https://b.example/slack/events"
    assert "bot_optional" not in made["oauth_config"]["scopes"]


def test_serving_without_tokens_says_which_are_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve"], env={"SELLERBOT_STORE": str(tmp_path / "store.db")})
    assert result.exit_code == 1
    assert "set SLACK_BOT_TOKEN" in result.output
    assert "Traceback" not in result.output
