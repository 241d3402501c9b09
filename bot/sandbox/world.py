"""The sandbox's world as plain data: teams, people, conversations, the app and what it is allowed, files, views.

Everything here is state and look-up; what may be done with it is decided in `methods` and `server`.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.sandbox.clock import Clock

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im", "mpim"]
TokenKind = Literal["bot", "user", "app", "refresh"]

STATUS_LIFETIME = 120.0
"""Seconds after which an assistant's status lapses by itself."""
_REMEMBERED = 5000
"""How many refusals and deliveries are kept for reading back."""


@dataclass
class Team:
    id: str
    name: str
    domain: str


@dataclass
class Person:
    """A member of a team: a human, or the user behind a bot."""

    id: str
    team_id: str
    name: str
    real_name: str
    locale: str = "en-US"
    tz: str | None = "America/New_York"
    email: str = ""
    is_admin: bool = False
    is_guest: bool = False
    is_bot: bool = False
    bot_id: str = ""
    deleted: bool = False


@dataclass
class Ephemeral:
    """A message that one person sees and that nobody can read back."""

    ts: str
    user: str
    message: Json
    deleted: bool = False


@dataclass
class Channel:
    id: str
    team_id: str
    name: str
    kind: ChannelKind
    creator: str
    created: int
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    read_only: bool = False
    messages: dict[str, Json] = field(default_factory=dict)
    """Slack's own message objects by ts, oldest first."""
    ephemerals: list[Ephemeral] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)

    @property
    def type_name(self) -> str:
        """`channel_type` as events spell it."""
        return {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}[self.kind]

    def replies(self, thread_ts: str) -> list[Json]:
        """The replies of a thread, without its parent, oldest first."""
        return [m for m in self.messages.values() if m.get("thread_ts") == thread_ts and m["ts"] != thread_ts]


@dataclass
class File:
    id: str
    team_id: str
    user: str
    name: str
    title: str
    content: bytes
    created: int
    mode: str = "hosted"
    alt_txt: str = ""
    snippet_type: str = ""
    channels: list[str] = field(default_factory=list)
    shares: dict[str, list[str]] = field(default_factory=dict)
    """Channel id -> timestamps of the messages that carry the file."""
    complete: bool = True
    handed_in: bool = False
    """Given to the app in a modal's file_input: it may read the file though it is in no conversation."""
    deleted: bool = False
    upload_secret: str = ""
    expected_length: int = 0


@dataclass
class View:
    """A modal or a Home tab as the app last set it, with what its user has filled in."""

    id: str
    team_id: str
    user: str
    kind: Literal["modal", "home"]
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    open: bool = True
    origin_channel: str = ""

    @property
    def external_id(self) -> str:
        return str(self.payload.get("external_id") or "")


@dataclass
class Token:
    value: str
    kind: TokenKind
    team_id: str
    user_id: str
    scopes: tuple[str, ...] = ()
    expires_at: float | None = None
    revoked: bool = False


@dataclass
class Install:
    """The app in one team."""

    team_id: str
    bot_user_id: str
    bot_id: str
    scopes: tuple[str, ...]
    installed_by: str
    active: bool = True


@dataclass
class Command:
    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass
class Shortcut:
    callback_id: str
    name: str
    kind: Literal["message", "global"] = "message"
    description: str = ""


@dataclass
class App:
    """The app's configuration, as its manifest gives it."""

    id: str
    name: str
    client_id: str
    client_secret: str
    signing_secret: str
    verification_token: str
    scopes: tuple[str, ...]
    user_scopes: tuple[str, ...] = ()
    bot_events: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    redirect_urls: tuple[str, ...] = ()
    suggested_prompts: tuple[Json, ...] = ()
    socket_mode: bool = True
    interactivity: bool = True
    events_url: str = ""
    interactivity_url: str = ""
    options_url: str = ""
    commands_url: str = ""
    home_tab: bool = True
    messages_tab: bool = True
    agent_view: bool = True
    assistant_view: bool = False
    token_rotation: bool = False
    commercial: bool = False
    """Distributed outside the Marketplace: conversations.history and .replies are cut to 1 a minute and 15 messages."""
    mentions_in_file_comments: bool = False
    """Whether a mention in an upload's comment raises app_mention; it has been reported that it does not."""


@dataclass
class Status:
    """What an assistant shows under a thread while it works."""

    text: str
    loading_messages: list[str]
    at: float
    session: str = "active"


@dataclass(frozen=True)
class Refusal:
    """A call that was refused, with what was wrong and where."""

    at: float
    method: str
    error: str
    team_id: str = ""
    messages: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    injected: bool = False
    request: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """One attempt to hand something to the app."""

    at: float
    kind: str
    id: str
    attempt: int
    transport: str
    outcome: str
    seconds: float
    payload: Json = field(default_factory=dict)


class World:
    """All state, with look-ups, fresh identifiers, and a stream of changes for whoever watches."""

    def __init__(self, app: App, clock: Clock | None = None) -> None:
        self.app = app
        self.clock = clock or Clock()
        self.base_url = ""
        """Where the sandbox listens; what it mints (downloads, response URLs) begins with it."""
        self.teams: dict[str, Team] = {}
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.homes: dict[tuple[str, str], View] = {}
        """(team, user) -> the Home tab published for them."""
        self.installs: dict[str, Install] = {}
        self.tokens: dict[str, Token] = {}
        self.statuses: dict[tuple[str, str], Status] = {}
        """(channel, thread ts) -> the assistant's status."""
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], Json] = {}
        """(channel, thread ts or "") -> title and prompts."""
        self.refusals: deque[Refusal] = deque(maxlen=_REMEMBERED)
        self.deliveries: deque[Delivery] = deque(maxlen=_REMEMBERED)
        self._watchers: set[asyncio.Queue[Json]] = set()
        self._numbers = itertools.count(1)
        self._last_ts = 0

    # What others watch.

    def subscribe(self) -> asyncio.Queue[Json]:
        """A queue that gets every change from now on as {"type", ...}; hand it back to `unsubscribe`."""
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._watchers.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[Json]) -> None:
        self._watchers.discard(queue)

    def changed(self, kind: str, **details: Any) -> None:
        """Tells every watcher that something is different now."""
        change = {"type": kind, "at": self.now(), **details}
        for queue in self._watchers:
            queue.put_nowait(change)

    # Fresh values.

    def now(self) -> float:
        return self.clock.now()

    def new_id(self, prefix: str) -> str:
        """An id in Slack's shape, such as C0000000042 for `C`."""
        return f"{prefix}0{next(self._numbers):09X}"

    def next_ts(self) -> str:
        """A message timestamp, later than every one before it."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_token(
        self, kind: TokenKind, team_id: str, user_id: str, scopes: tuple[str, ...], *, lives: float | None = None
    ) -> Token:
        """A token in Slack's shape; `lives` seconds for one that is rotated."""
        secret = secrets.token_hex(12)
        number = next(self._numbers)
        value = {
            "bot": f"xoxb-{number}-{secret}",
            "user": f"xoxp-{number}-{secret}",
            "app": f"xapp-1-{self.app.id}-{number}-{secret}",
            "refresh": f"xoxe-1-{number}-{secret}",
        }[kind]
        if lives is not None:
            value = f"xoxe.{value}"
        token = Token(value, kind, team_id, user_id, scopes, None if lives is None else self.now() + lives)
        self.tokens[value] = token
        return token

    # Look-ups.

    def team_people(self, team_id: str) -> list[Person]:
        return [person for person in self.people.values() if person.team_id == team_id]

    def team_channels(self, team_id: str) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.team_id == team_id]

    def channel_named(self, team_id: str, name: str) -> Channel | None:
        wanted = name.removeprefix("#")
        named = (
            c
            for c in self.channels.values()
            if c.team_id == team_id and c.name == wanted and c.kind in ("public", "private")
        )
        return next(named, None)

    def dm(self, first: str, second: str) -> Channel:
        """The direct conversation of two people, made when it is first needed."""
        pair = {first, second}
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == pair:
                return channel
        team_id = self.people[first].team_id
        channel = Channel(self.new_id("D"), team_id, "", "im", first, int(self.now()), members=[first, second])
        self.channels[channel.id] = channel
        self.changed("channel", channel=channel.id, team=team_id)
        return channel

    def install_of_bot(self, user_id: str) -> Install | None:
        return next((i for i in self.installs.values() if i.bot_user_id == user_id), None)

    def bot_token(self, team_id: str) -> Token | None:
        """The newest working bot token of a team."""
        usable = [t for t in self.tokens.values() if t.kind == "bot" and t.team_id == team_id and not t.revoked]
        return usable[-1] if usable else None

    def app_token(self) -> Token:
        return next(t for t in self.tokens.values() if t.kind == "app" and not t.revoked)

    def may_see_file(self, file: File, user_id: str) -> bool:
        """Whether somebody may read a file: their own, handed in to the app, or in a conversation that they see."""
        if file.user == user_id or (file.handed_in and self.people[user_id].is_bot):
            return True
        shared = (self.channels[channel] for channel in file.channels)
        return any(channel.kind == "public" or user_id in channel.members for channel in shared)

    def view_stack(self, user_id: str) -> list[View]:
        """A person's open modals, the lowest first."""
        return [v for v in self.views.values() if v.kind == "modal" and v.user == user_id and v.open]

    def status(self, channel_id: str, thread_ts: str) -> Status | None:
        """The status shown in a thread, unless it has lapsed."""
        status = self.statuses.get((channel_id, thread_ts))
        if status is None or not status.text or self.now() - status.at > STATUS_LIFETIME:
            return None
        return status

    def offset_seconds(self, zone: str) -> int:
        """A zone's distance from UTC right now, daylight saving included."""
        offset = datetime.fromtimestamp(self.now(), ZoneInfo(zone)).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    # What is kept for reading back.

    def refuse(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        self.changed("refusal", refusal=asdict(refusal))

    def delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.changed("delivery", what=delivery.kind, id=delivery.id, attempt=delivery.attempt, outcome=delivery.outcome)


BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "im:history",
    "users:read",
)
BOT_EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)

TEAM = "T0HARBOUR1"
OTHER_TEAM = "T0OTHERCO1"
LIN, MAYA, CHEN, TOM = "U0LINXIAO1", "U0MAYAORT1", "U0CHENWEI1", "U0TOMBECK1"
GUEST = "U0GUESTNZ1"
STRANGER = "U0STRANGR1"
BOT_USER, BOT = "U0SELLERB1", "B0SELLERB1"
GENERAL, OPS, REPORTS, RANDOM = "C0GENERAL1", "C0SELLOPS1", "C0REPORTS1", "C0RANDOM01"
FINANCE, BOARD, ARCHIVED = "C0FINANCE1", "C0BOARD001", "C0OLDLNCH1"


def default_world(*, start: float | None = None) -> World:
    """One trading company with people in four places, a few channels and the installed app; and a second, empty team.

    `start`: seconds since the epoch at which the sandbox's clock begins; the machine's time when left out.
    """
    app = App(
        id="A0SELLERB1",
        name="Sellerbot",
        client_id="1111111111.2222222222",
        client_secret="sandbox-client-secret",  # noqa: S106 - made up, and of use on this machine only
        signing_secret="sandbox-signing-secret-0123456789",  # noqa: S106
        verification_token="sandbox-verification-token",  # noqa: S106
        scopes=BOT_SCOPES,
        bot_events=BOT_EVENTS,
        commands=(Command("/seller", "Policy answers and report checks", "[question | help]", should_escape=True),),
        shortcuts=(Shortcut("ask_about_message", "Ask about this message"),),
    )
    world = World(app, Clock(start))
    world.teams = {
        TEAM: Team(TEAM, "Harbour Goods 港湾贸易", "harbour-goods"),
        OTHER_TEAM: Team(OTHER_TEAM, "Other Company", "other-company"),
    }
    people = (
        Person(LIN, TEAM, "lin.xiao", "林晓", "zh-CN", "Asia/Shanghai", "lin.xiao@harbour.example"),
        Person(MAYA, TEAM, "maya", "Maya Ortiz", "en-US", "America/Los_Angeles", "maya@harbour.example", is_admin=True),
        Person(CHEN, TEAM, "chen.wei", "陈伟", "zh-CN", "Asia/Shanghai", "chen.wei@harbour.example"),
        Person(TOM, TEAM, "tom", "Tom Becker", "en-GB", "Europe/Berlin", "tom@harbour.example"),
        Person(GUEST, TEAM, "guest", "Guest without a zone", "en-US", None, "guest@supplier.example", is_guest=True),
        Person(
            STRANGER, OTHER_TEAM, "stranger", "Sam Stranger", "en-US", "America/New_York", "sam@other.example", is_admin=True
        ),
        Person(BOT_USER, TEAM, "sellerbot", "Sellerbot", tz=None, is_bot=True, bot_id=BOT),
    )
    world.people = {person.id: person for person in people}
    created = int(world.now()) - 90 * 86400
    everyone = [LIN, MAYA, CHEN, TOM]
    channels = (
        Channel(
            GENERAL, TEAM, "general", "public", MAYA, created, [*everyone, GUEST, BOT_USER], "Company news", "For everybody"
        ),
        Channel(
            OPS,
            TEAM,
            "seller-ops",
            "public",
            MAYA,
            created,
            [*everyone, BOT_USER],
            "FBA & FBM 日常",
            "Daily work in the shops",
        ),
        Channel(REPORTS, TEAM, "reports", "public", LIN, created, [LIN, MAYA, BOT_USER], "", "Reports from Seller Central"),
        Channel(RANDOM, TEAM, "random", "public", TOM, created, everyone, "", "Anything else"),
        Channel(FINANCE, TEAM, "finance", "private", MAYA, created, [LIN, MAYA, BOT_USER], "", "Fees and payouts"),
        Channel(BOARD, TEAM, "board", "private", MAYA, created, [MAYA, TOM], "", ""),
        Channel(ARCHIVED, TEAM, "old-launch", "public", TOM, created, [LIN, TOM, BOT_USER], archived=True),
    )
    world.channels = {channel.id: channel for channel in channels}
    world.installs[TEAM] = Install(TEAM, BOT_USER, BOT, app.scopes, MAYA)
    world.new_token("bot", TEAM, BOT_USER, app.scopes)
    world.new_token("app", "", "", ("connections:write", "authorizations:read"))
    return world


def apply_manifest(world: World, manifest: Json) -> None:
    """Configures the app, and what its installs are allowed, from a manifest in Slack's format."""
    app, features = world.app, manifest.get("features", {})
    settings, oauth = manifest.get("settings", {}), manifest.get("oauth_config", {})
    home = features.get("app_home", {})
    scopes = oauth.get("scopes", {})
    app.name = manifest.get("display_information", {}).get("name", app.name)
    app.home_tab = bool(home.get("home_tab_enabled", False))
    app.messages_tab = bool(home.get("messages_tab_enabled", False)) and not home.get(
        "messages_tab_read_only_enabled", False
    )
    app.agent_view, app.assistant_view = "agent_view" in features, "assistant_view" in features
    view = features.get("agent_view") or features.get("assistant_view") or {}
    app.suggested_prompts = tuple(view.get("suggested_prompts", ()))
    app.commands = tuple(
        Command(c["command"], c.get("description", ""), c.get("usage_hint", ""), bool(c.get("should_escape", False)))
        for c in features.get("slash_commands", ())
    )
    app.shortcuts = tuple(
        Shortcut(s["callback_id"], s["name"], s.get("type", "message"), s.get("description", ""))
        for s in features.get("shortcuts", ())
    )
    app.scopes = (*scopes.get("bot", ()), *scopes.get("bot_optional", ()))
    app.user_scopes = (*scopes.get("user", ()), *scopes.get("user_optional", ()))
    app.redirect_urls = tuple(oauth.get("redirect_urls", ()))
    app.bot_events = tuple(settings.get("event_subscriptions", {}).get("bot_events", ()))
    app.interactivity = bool(settings.get("interactivity", {}).get("is_enabled", False))
    app.token_rotation = bool(settings.get("token_rotation_enabled", False))
    name = features.get("bot_user", {}).get("display_name")
    for install in world.installs.values():
        install.scopes = app.scopes
        if name:
            world.people[install.bot_user_id].name = name
    for token in world.tokens.values():
        if token.kind == "bot":
            token.scopes = app.scopes
    world.changed("app")
