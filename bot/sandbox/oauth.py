"""Installing: codes that live ten minutes and are used once, tokens, and their rotation."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from bot.sandbox.errors import SlackError
from bot.sandbox.world import Install, Person, Token, World

CODE_LIFETIME = 600.0
ROTATED_LIFETIME = 43_200.0
_SCOPE_NAMES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "bookmarks:read",
        "bookmarks:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "emoji:read",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "incoming-webhook",
        "links:read",
        "links:write",
        "metadata.message:read",
        "mpim:history",
        "mpim:read",
        "mpim:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "reminders:read",
        "reminders:write",
        "team:read",
        "usergroups:read",
        "users.profile:read",
        "users:read",
        "users:read.email",
        "users:write",
        "search:read",
        "calls:read",
        "calls:write",
        "canvases:read",
        "canvases:write",
        "channels:write.invites",
        "channels:write.topic",
        "dnd:read",
        "identify",
        "links.embed:write",
        "lists:read",
        "lists:write",
        "mpim:write.topic",
        "remote_files:read",
        "remote_files:share",
        "remote_files:write",
        "team.preferences:read",
        "usergroups:write",
        "workflow.steps:execute",
    }
)


@dataclass(frozen=True)
class Code:
    user: str
    team_id: str
    scopes: tuple[str, ...]
    user_scopes: tuple[str, ...]
    redirect_uri: str
    until: float


@dataclass(frozen=True)
class Grant:
    """What a redeemed code, or a refresh, gives."""

    user: str
    bot: Token
    refresh: Token | None = None
    user_token: Token | None = None


class OAuth:
    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Code] = {}
        self._used: set[str] = set()
        self._refreshes: dict[str, Token] = {}

    def check_request(self, client_id: str, scopes: Iterable[str], user_scopes: Iterable[str], redirect_uri: str) -> None:
        """Raises what the authorisation page would show instead of asking for consent."""
        if client_id != self._world.app.client_id:
            raise SlackError("invalid_client_id")
        wanted = [*scopes, *user_scopes]
        if not wanted:
            raise SlackError("invalid_scope", messages=("no scopes requested",))
        unknown = [scope for scope in wanted if scope not in _SCOPE_NAMES]
        if unknown:
            raise SlackError("invalid_scope", messages=(f"invalid permissions requested: {', '.join(unknown)}",))
        allowed = self._world.app.redirect_urls
        if redirect_uri and allowed and not any(redirect_uri.startswith(url) for url in allowed):
            raise SlackError("bad_redirect_uri")

    def new_code(self, person: Person, scopes: tuple[str, ...], user_scopes: tuple[str, ...], redirect_uri: str) -> str:
        """The code for somebody who agreed to the install."""
        code = f"{self._world.new_id('')}.{secrets.token_hex(16)}"
        self._codes[code] = Code(
            person.id, person.team_id, scopes, user_scopes, redirect_uri, self._world.now() + CODE_LIFETIME
        )
        return code

    def redeem(self, code: str, redirect_uri: str) -> Grant:
        if code in self._used:
            raise SlackError("code_already_used")
        known = self._codes.get(code)
        if known is None or self._world.now() > known.until:
            raise SlackError("invalid_code")
        if known.redirect_uri and redirect_uri and redirect_uri != known.redirect_uri:
            raise SlackError("bad_redirect_uri")
        self._used.add(code)
        install = self.install(known.team_id, known.user, known.scopes)
        user_token = (
            self._world.new_token("user", known.team_id, known.user, known.user_scopes) if known.user_scopes else None
        )
        bot, refresh = self.issue(install)
        return Grant(known.user, bot, refresh, user_token)

    def install(self, team_id: str, installer: str, scopes: tuple[str, ...]) -> Install:
        """The app in a team; a second install adds scopes and keeps the bot's user."""
        world = self._world
        old = world.installs.get(team_id)
        if old is not None:
            scopes = tuple(dict.fromkeys((*old.scopes, *scopes))) if old.active else scopes
            old.scopes, old.installed_by, old.active = scopes, installer, True
            world.people[old.bot_user_id].deleted = False
            world.changed("install", team=team_id)
            return old
        bot_id = world.new_id("B")
        bot = Person(
            world.new_id("U"),
            team_id,
            world.app.name.lower().replace(" ", "-"),
            world.app.name,
            tz=None,
            is_bot=True,
            bot_id=bot_id,
        )
        world.people[bot.id] = bot
        world.installs[team_id] = install = Install(team_id, bot.id, bot_id, scopes, installer)
        world.changed("install", team=team_id)
        return install

    def issue(self, install: Install) -> tuple[Token, Token | None]:
        """A bot token, and a refresh token where tokens rotate."""
        lives = ROTATED_LIFETIME if self._world.app.token_rotation else None
        bot = self._world.new_token("bot", install.team_id, install.bot_user_id, install.scopes, lives=lives)
        return bot, self._new_refresh(bot) if lives else None

    def refresh(self, value: str) -> Grant:
        """A new pair for a refresh token, which is used up."""
        old = self._refreshes.pop(value, None)
        install = self._world.installs.get(old.team_id) if old else None
        if old is None or old.revoked or install is None or not install.active:
            raise SlackError("invalid_refresh_token")
        return self._rotated(install)

    def exchange(self, token: Token) -> Grant:
        """A rotating pair for a token that lives for ever, which is revoked."""
        if not self._world.app.token_rotation:
            raise SlackError("rotation_not_enabled")
        if token.expires_at is not None:
            raise SlackError("token_already_rotated")
        token.revoked = True
        return self._rotated(self._world.installs[token.team_id])

    def _rotated(self, install: Install) -> Grant:
        bot = self._world.new_token("bot", install.team_id, install.bot_user_id, install.scopes, lives=ROTATED_LIFETIME)
        return Grant(install.installed_by, bot, self._new_refresh(bot))

    def _new_refresh(self, bot: Token) -> Token:
        refresh = self._world.new_token("refresh", bot.team_id, bot.user_id, ())
        self._refreshes[refresh.value] = bot
        return refresh
