"""What one person sees at one address of the page, gathered from the sandbox for the template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from bot.sandbox import wire
from bot.sandbox.errors import NotPossible
from bot.sandbox.page import render
from bot.sandbox.page.elements import Json
from bot.sandbox.page.labels import all_labels, label
from bot.sandbox.page.reader import Reader
from bot.sandbox.server import Sandbox
from bot.sandbox.world import Channel, Person

_TOGETHER = 300.0
"""Seconds within which messages of one author stand under one name."""
_SHOWN = 80
"""Messages of a conversation that are drawn at first, the newest."""
_MORE = 200
"""How many more are drawn when earlier ones are wanted."""
_CACHED = 4000
"""Messages whose HTML is kept."""
_LISTED = 200


class ReadMarks:
    """Up to which message each person has read each conversation."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], str] = {}

    def of(self, user: str, channel: str) -> str:
        return self._read.get((user, channel), "0")

    def read(self, user: str, channel: str, ts: str) -> None:
        self._read[user, channel] = max(ts, self.of(user, channel))


@dataclass(frozen=True)
class Place:
    """An address of the page: whose eyes, which conversation, thread, tab of the app, and panel."""

    user: str
    channel: str
    thread: str = ""
    tab: str = "messages"
    panel: str = ""
    item: str = ""
    count: str = ""

    def url(self, **changes: str) -> str:
        """The address of this place with some of it changed."""
        values = {
            "as": self.user,
            "in": self.channel,
            "thread": self.thread,
            "tab": self.tab if self.tab != "messages" else "",
            "panel": self.panel,
            "item": self.item,
            "count": self.count,
            **{name.removesuffix("_"): value for name, value in changes.items()},
        }
        return "/?" + urlencode({name: value for name, value in values.items() if value})


@dataclass
class Line:
    """A message, or a divider before it, in a list of them."""

    message: Json
    html: Markup
    name: str
    letters: str
    colour: int
    time: str
    moment: str
    is_app: bool
    is_own: bool
    follows: bool
    day: str = ""
    is_new: bool = False
    system: bool = False
    last_reply: str = ""
    repliers: list[tuple[str, int, bool]] = field(default_factory=list)
    """(letters, colour, whether it is a bot)"""
    reactions: list[Json] = field(default_factory=list)
    plain: str = ""


class Scenes:
    """Everything that the page's template needs."""

    def __init__(self, sandbox: Sandbox, marks: ReadMarks) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world
        self._marks = marks
        self._contents: dict[tuple[str, str, str], tuple[str, Markup]] = {}

    async def place(self, query: Mapping[str, str]) -> Place:
        """The place that an address means; what it leaves out, or what isn't there, is filled in sensibly."""
        people = [p for p in self._world.people.values() if not p.is_bot and not p.deleted]
        person = next((p for p in people if p.id == query.get("as")), people[0])
        channels = self._visible(person)
        wanted = query.get("in", "")
        if wanted == "app":
            try:
                wanted = (await self._sandbox.open_dm(person.id)).id
            except NotPossible:
                wanted = ""
        if wanted not in {c.id for c in channels} and not self._is_dm_of(person, wanted):
            joined = [c for c in channels if person.id in c.members and c.kind != "im" and not c.archived]
            # Most of the work happens in the busiest channel that has the app in it.
            joined.sort(key=lambda c: (not self._has_app(c), -len(c.members), c.created))
            wanted = joined[0].id if joined else (channels[0].id if channels else "")
        return Place(
            person.id,
            wanted,
            query.get("thread", ""),
            query.get("tab", "messages"),
            query.get("panel", ""),
            query.get("item", ""),
            query.get("count", "") if query.get("count", "").isdecimal() else "",
        )

    def scene(self, place: Place, since: str | None = None) -> dict[str, Any]:
        """The template's values. `since`: what the divider "New" stands after; as read by now if left out."""
        person = self._world.people[place.user]
        reader = self._reader(person)
        app = self._app(person)
        channel = self._world.channels.get(place.channel)
        bot_user = app["bot_user"]
        app_dm = channel is not None and channel.kind == "im" and bot_user in channel.members
        since = since if since is not None else self._marks.of(person.id, place.channel)
        values: dict[str, Any] = {
            "place": place,
            "person": person,
            "reader": reader,
            "team": self._world.teams[person.team_id],
            "app": app,
            "app_dm": app_dm,
            "connections": len(self._sandbox.hub.open_connections),
            "refused": sum(1 for refusal in self._world.refusals if not refusal.injected),
            "people": self._people(),
            "channel": channel,
            "joined": channel is not None and person.id in channel.members,
            "has_app": channel is not None and self._has_app(channel),
            "lines": self._lines(place, reader, since) if channel is not None else [],
            "since": since,
            "earlier": self._earlier(place) if channel is not None else "",
            "thread": self._thread(place, reader) if channel is not None and place.thread else None,
            "modals": self._modals(person, reader),
            "home": self._home(place, person, reader) if app_dm else None,
            "prompts": self._sandbox.prompts(place.channel) if app_dm else [],
            "statuses": self._statuses(place),
            "panel": self._panel(place, reader),
            "now": reader.moment(self._world.now()),
            "labels": all_labels(reader.language),
            "L": lambda name, /, **places: label(name, reader.language, **places),
            **self._sidebar(person, bot_user),
        }
        values["client"] = json.dumps(self._client(values), ensure_ascii=False)
        return values

    # Who.

    def _app(self, person: Person) -> Json:
        """The app as it is installed in a person's team."""
        app, install = self._world.app, self._world.installs.get(person.team_id)
        return {
            "name": app.name,
            "installed": install is not None and install.active,
            "bot_user": install.bot_user_id if install else None,
            "commands": [asdict(command) for command in app.commands],
            "shortcuts": app.shortcuts,
            "home_tab": app.home_tab,
            "messages_tab": app.messages_tab,
            "socket_mode": app.socket_mode,
        }

    def _reader(self, person: Person) -> Reader:
        team = person.team_id
        seen = self._visible(person)
        files = {
            file.id: f"/page/file/{file.id}/{quote(file.name, safe='')}?{urlencode({'as': person.id})}"
            for file in self._world.files.values()
            if file.team_id == team and file.complete and not file.deleted
        }
        return Reader(
            person.id,
            "zh" if person.locale.startswith("zh") else "en",
            person.tz,
            {one.id: one.real_name or one.name for one in self._world.team_people(team)},
            {c.id: c.name for c in seen if c.name},
            files,
            self._world.now(),
            self._world.base_url,
        )

    def _people(self) -> list[tuple[str, list[Person]]]:
        """Everybody whom one can be, by team."""
        grouped = [
            (team.name, [p for p in self._world.team_people(team.id) if not p.is_bot and not p.deleted])
            for team in self._world.teams.values()
        ]
        return [(name, people) for name, people in grouped if people]

    # Where.

    def _visible(self, person: Person) -> list[Channel]:
        return [c for c in self._world.team_channels(person.team_id) if c.kind == "public" or person.id in c.members]

    def _is_dm_of(self, person: Person, channel: str) -> bool:
        found = self._world.channels.get(channel)
        return found is not None and found.kind in ("im", "mpim") and person.id in found.members

    def _has_app(self, channel: Channel) -> bool:
        return any(self._world.people[member].is_bot for member in channel.members if member in self._world.people)

    def _sidebar(self, person: Person, bot_user: str | None) -> dict[str, Any]:
        seen = self._visible(person)
        rooms = sorted((c for c in seen if c.kind in ("public", "private") and not c.archived), key=lambda c: c.name)
        dms = [c for c in seen if c.kind in ("im", "mpim") and bot_user not in c.members]
        app_dm = next((c for c in seen if c.kind == "im" and bot_user in c.members), None)
        return {
            "rooms": [(c, self._unread(person, c)) for c in rooms if person.id in c.members],
            "other_rooms": [c for c in rooms if person.id not in c.members],
            "archived": [c for c in seen if c.archived],
            "dms": [(c, self.title(person, c), self._unread(person, c)) for c in dms],
            "app_channel": app_dm,
            "app_unread": self._unread(person, app_dm) if app_dm else (0, 0),
        }

    def title(self, person: Person, channel: Channel) -> str:
        """A conversation's name as this person knows it."""
        if channel.name:
            return channel.name
        others = [self._world.people[m].real_name for m in channel.members if m != person.id and m in self._world.people]
        return ", ".join(others) or person.real_name

    def _unread(self, person: Person, channel: Channel) -> tuple[int, int]:
        """(messages, mentions among them) that this person has not read."""
        mark = self._marks.of(person.id, channel.id)
        unread = mentions = 0
        for message in reversed(self._sandbox.messages(person.id, channel.id)):
            if message["ts"] <= mark:
                break
            if message.get("user") != person.id and message.get("subtype") not in ("channel_join", "channel_leave"):
                unread += 1
                mentions += channel.kind == "im" or wire.mentions(message.get("text", ""), person.id)
        return unread, mentions

    # Messages.

    def _lines(self, place: Place, reader: Reader, since: str) -> list[Line]:
        messages = self._sandbox.messages(place.user, place.channel)[-self._count(place) :]
        return self._drawn(messages, place, reader, since)

    def _earlier(self, place: Place) -> str:
        """The address that shows earlier messages as well; empty if all are on show."""
        count = self._count(place)
        if len(self._sandbox.messages(place.user, place.channel)) <= count:
            return ""
        return place.url(count=str(count + _MORE))

    def _count(self, place: Place) -> int:
        return int(place.count or _SHOWN)

    def _content(self, message: Json, place: Place, reader: Reader) -> Markup:
        """What a message says, drawn again only if it, the choices in it, or the day have changed."""
        # The sandbox keeps what was chosen in a message where only its interactions see it.
        chosen = self._sandbox.interactions._chosen.get((f"{place.channel}:{message['ts']}", place.user), {})
        key = (place.user, place.channel, message["ts"])
        imprint = json.dumps([message, chosen, str(reader.local(reader.now).date())], ensure_ascii=False)
        known = self._contents.get(key)
        if known is not None and known[0] == imprint:
            return known[1]
        if len(self._contents) >= _CACHED:
            self._contents.clear()
        drawn = render.content(message, reader, chosen)
        self._contents[key] = (imprint, drawn)
        return drawn

    def _thread(self, place: Place, reader: Reader) -> dict[str, Any]:
        messages = self._sandbox.messages(place.user, place.channel, thread_ts=place.thread)
        lines = self._drawn(messages, place, reader, None)
        return {
            "ts": place.thread,
            "lines": lines,
            "title": self._world.titles.get((place.channel, place.thread), ""),
            "status": self._status(place.channel, place.thread),
        }

    def _drawn(self, messages: list[Json], place: Place, reader: Reader, since: str | None) -> list[Line]:
        lines: list[Line] = []
        before: Json | None = None
        marked = since is None or since == "0"
        for message in messages:
            line = self._line(message, place, reader, before)
            at = float(message["ts"])
            if since is not None and (before is None or reader.local(float(before["ts"])).date() != reader.local(at).date()):
                line.day, line.follows = reader.day(at), False
            if not marked and since is not None and message["ts"] > since and message.get("user") != place.user:
                line.is_new, line.follows, marked = True, False, True
            lines.append(line)
            before = message
        return lines

    def _line(self, message: Json, place: Place, reader: Reader, before: Json | None) -> Line:
        at = float(message["ts"])
        author = self._world.people.get(str(message.get("user")))
        name = str(message.get("username") or (author.real_name if author else message.get("user") or "?"))
        letters, colour = render.avatar(name, str(message.get("user")))
        system = message.get("subtype") in ("channel_join", "channel_leave", "group_join", "group_leave")
        follows = (
            before is not None
            and before.get("user") == message.get("user")
            and at - float(before["ts"]) < _TOGETHER
            and not system
            and before.get("subtype") not in ("channel_join", "channel_leave", "group_join", "group_leave")
            and bool(before.get("_ephemeral")) == bool(message.get("_ephemeral"))
            and message.get("subtype") != "thread_broadcast"
        )
        repliers = [
            (*render.avatar(self._world.people[user].real_name, user), self._world.people[user].is_bot)
            for user in message.get("reply_users", ())[:4]
            if user in self._world.people
        ]
        latest = message.get("latest_reply")
        reactions = [
            {**one, "mine": place.user in one["users"], "names": ", ".join(reader.people.get(u, u) for u in one["users"])}
            for one in message.get("reactions", ())
        ]
        return Line(
            message,
            self._content(message, place, reader),
            name,
            letters,
            colour,
            reader.time(at),
            reader.moment(at),
            bool(message.get("bot_id")),
            message.get("user") == place.user,
            follows,
            system=system,
            last_reply=reader.ago(float(latest)) if latest else "",
            repliers=repliers,
            reactions=reactions,
            plain=wire.unescape(str(message.get("text", ""))),
        )

    def _statuses(self, place: Place) -> dict[str, str]:
        """Thread (or "" for the conversation itself) -> what the app says it is doing there."""
        shown: dict[str, str] = {}
        for channel, thread_ts in list(self._world.statuses):
            if channel == place.channel and (text := self._status(channel, thread_ts)):
                shown[thread_ts] = text
        return shown

    def _status(self, channel: str, thread_ts: str) -> str:
        status = self._world.status(channel, thread_ts)
        if status is None:
            return ""
        return status.loading_messages[0] if status.loading_messages else status.text

    # Views.

    def _modals(self, person: Person, reader: Reader) -> list[dict[str, Any]]:
        stack = self._world.view_stack(person.id)
        return [
            {
                "view": view.payload,
                "id": view.id,
                "hash": view.hash,
                "html": render.blocks(view.payload["blocks"], reader, view.state),
                "top": view is stack[-1],
                "first": view is stack[0],
                "has_input": any(block["type"] == "input" for block in view.payload["blocks"]),
            }
            for view in stack
        ]

    def _home(self, place: Place, person: Person, reader: Reader) -> dict[str, Any] | None:
        view = self._world.homes.get((person.team_id, person.id))
        if place.tab != "home" or view is None:
            return None
        return {"id": view.id, "html": render.blocks(view.payload["blocks"], reader, view.state)}

    # The inspector.

    def _panel(self, place: Place, reader: Reader) -> dict[str, Any] | None:
        if place.panel == "refusals":
            refusals = reversed(list(self._world.refusals)[-_LISTED:])
            rows = [{"refusal": one, "time": reader.time(one.at)} for one in refusals]
            return {"kind": "refusals", "rows": rows}
        if place.panel == "deliveries":
            deliveries = reversed(list(self._world.deliveries)[-_LISTED:])
            return {"kind": "deliveries", "rows": [{"delivery": one, "time": reader.time(one.at)} for one in deliveries]}
        if place.panel == "json":
            return {"kind": "json", "json": self._inspected(place)}
        return None

    def _inspected(self, place: Place) -> Any:
        """The message or view that `item` names: a message's ts, a view's id, or `home`."""
        person = self._world.people[place.user]
        if place.item == "home":
            home = self._world.homes.get((person.team_id, person.id))
            return self._sandbox.modals.as_json(home) if home else None
        view = self._world.views.get(place.item)
        if view is not None and view.user == person.id:
            return self._sandbox.modals.as_json(view)
        channel = self._world.channels.get(place.channel)
        if channel is None:
            return None
        shown = (e.message for e in channel.ephemerals if e.ts == place.item and e.user == person.id)
        return channel.messages.get(place.item) or next(shown, None)

    # For the script.

    def _client(self, values: dict[str, Any]) -> Json:
        place, reader = values["place"], values["reader"]
        channel = values["channel"]
        members = set(channel.members) if channel else set()
        people = [
            {"id": p.id, "name": p.name, "label": p.real_name, "app": p.is_bot, "here": p.id in members}
            for p in self._world.team_people(values["person"].team_id)
            if not p.deleted
        ]
        return {
            "user": place.user,
            "channel": place.channel,
            "thread": place.thread,
            "tab": place.tab,
            "appDm": values["app_dm"],
            "zone": reader.zone or "UTC",
            "language": reader.language,
            "people": people,
            "channels": [{"id": id_, "name": name} for id_, name in reader.channels.items()],
            "commands": values["app"]["commands"] if values["app"]["installed"] else [],
            "shortcuts": [
                asdict(one) for one in values["app"]["shortcuts"] if one.kind == "global" and values["app"]["installed"]
            ],
            "emoji": [{"name": name, "symbol": render.emoji(name)} for name in _OFFERED],
            "latest": values["lines"][-1].message["ts"] if values["lines"] else "",
            "labels": values["labels"],
        }


_OFFERED = (
    *("+1", "-1", "white_check_mark", "x", "warning", "eyes", "tada", "heart", "thinking_face", "pray", "clap", "fire"),
    *("rocket", "bulb", "memo", "package", "question", "hourglass_flowing_sand", "calendar", "chart_with_upwards_trend"),
    *("slightly_smiling_face", "joy", "sob", "sweat_smile", "wave", "ok_hand", "muscle"),
)
