"""Settings from the environment (and `.env`), read once."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _content_root() -> Path:
    """The content beside the checkout, or the copy that an installed package carries."""
    package = Path(__file__).resolve().parent
    return package.parent if (package.parent / "rules").is_dir() else package / "content"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SELLERBOT_", env_file=".env", extra="ignore", frozen=True)

    content: Path = Field(default_factory=_content_root, description="Folder with rules/ and knowledge/.")
    cache: Path = Field(
        default_factory=lambda: user_cache_path("sellerbot", appauthor=False),
        description="Folder for compiled content; may be deleted at any time.",
    )
    encoder: bool = Field(default=True, description="Use the sentence encoder where it is installed.")
    store: Path = Field(
        default_factory=lambda: user_data_path("sellerbot", appauthor=False) / "sellerbot.db",
        description="SQLite file with threads, answers, uploads, settings and installations.",
    )
    database_url: SecretStr | None = Field(
        default=None, validation_alias="DATABASE_URL", description="PostgreSQL database to use instead of the SQLite file."
    )
    key: SecretStr | None = Field(
        default=None,
        description="Encrypts tokens of workspaces; of several, comma-separated, the first is in use.",
    )
    keep_days: int = Field(default=30, ge=1, description="Days after which threads, answers and uploads are deleted.")
    grace_days: int = Field(
        default=7,
        ge=0,
        description="Days that everything but tokens is kept of a workspace that removed the bot; 0: nothing is kept.",
    )
    workers: int = Field(
        default=0, ge=0, le=64, description="Processes that answer questions; 0: a thread of the bot's own process."
    )
    max_upload_mb: int = Field(default=100, ge=1, description="Largest file that is taken in Slack, in MB.")
    max_file_mb: int = Field(default=1_000, ge=1, description="Largest file that `sellerbot check` reads, in MB.")
    max_rows: int = Field(default=2_000_000, ge=1, description="Most rows of a report.")

    @property
    def place(self) -> Path | str:
        """Where everything is kept: a SQLite file, or the address of a PostgreSQL database."""
        return self.database_url.get_secret_value() if self.database_url else self.store

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that encrypt, the one in use first."""
        text = self.key.get_secret_value() if self.key else ""
        return tuple(key.strip() for key in text.split(",") if key.strip())

    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written anywhere."""
        if not self.database_url:
            return self.keys
        url = self.database_url.get_secret_value()
        # A driver may name the password alone, as it stands in the address or as it is meant.
        password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
        return (*self.keys, url, *((password, unquote(password)) if password else ()))


class SlackSettings(BaseSettings):
    """How Sellerbot reaches Slack. Secrets come from here alone and are never shown."""

    model_config = SettingsConfigDict(env_prefix="SLACK_", env_file=".env", extra="ignore", frozen=True)

    bot_token: SecretStr | None = Field(default=None, description="Bot token (xoxb-) of the one workspace.")
    app_token: SecretStr | None = Field(default=None, description="App-level token (xapp-): Socket Mode.")
    signing_secret: SecretStr | None = Field(default=None, description="Proves that a request over HTTP is Slack's.")
    client_id: str | None = Field(default=None, description="With the client secret: installs into many workspaces.")
    client_secret: SecretStr | None = Field(default=None, description="See client_id.")
    redirect_url: str | None = Field(default=None, description="Public address of /slack/oauth_redirect.")
    api_url: str = Field(default="https://slack.com/api/", description="Address of the Web API.")
    mentions_only: bool = Field(default=False, description="Never ask to read channels.")
    command: str = Field(default="/seller", pattern=r"^/[a-z0-9_-]{1,31}$", description="Name of the slash command.")

    @property
    def is_distributed(self) -> bool:
        """Whether workspaces install the bot themselves; a bot token means that there is just the one."""
        return bool(self.client_id and self.client_secret) and self.bot_token is None

    @property
    def authorization_url(self) -> str:
        """Slack's page on which an installation is agreed to; beside the Web API."""
        return self.api_url.rstrip("/").removesuffix("/api") + "/oauth/v2/authorize"

    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be written anywhere."""
        values = (self.bot_token, self.app_token, self.signing_secret, self.client_secret)
        return tuple(value.get_secret_value() for value in values if value)
