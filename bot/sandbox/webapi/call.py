"""One call of a Web API method: its arguments, its token, and the look-ups that every method makes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.world import Channel, File, Install, Json, Person, Token, World

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

TS = re.compile(r"\d{1,12}\.\d{6}")
_FALSE = frozenset({"false", "0", "", "no"})


class Args:
    """Arguments, whether they came as a form, a query or JSON."""

    def __init__(self, values: Json) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers are taken as their digits, anything else is refused."""
        value = self._values.get(name)
        if value is None:
            return default
        if isinstance(value, bool | list | dict):
            raise _wrong(name, "must provide a string")
        return str(value)

    def needed(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        return value if isinstance(value, bool) else str(value).lower() not in _FALSE

    def number(self, name: str, default: int) -> int:
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(str(value))
        except ValueError as exc:
            raise _wrong(name, "must provide a number") from exc

    def json(self, name: str, error: str = "invalid_arguments") -> Any:
        """A structured value, given as such or as JSON text; None if it is absent or empty."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError as exc:
            raise SlackError(error, pointers=(f"/{name}",)) from exc

    def names(self, name: str) -> list[str]:
        """A list of words, given as a list or separated by commas."""
        value = self._values.get(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [word for word in (part.strip() for part in self.text(name).split(",")) if word]

    def shown(self) -> Json:
        """The arguments for the record of refusals, without the token."""
        return {name: value for name, value in self._values.items() if name not in ("token", "client_secret")}


def _wrong(name: str, message: str) -> SlackError:
    return SlackError("invalid_arguments", messages=(f"[ERROR] {message} [json-pointer:/{name}]",), pointers=(f"/{name}",))


@dataclass
class Call:
    """What a method gets: the arguments and the token that was shown, if the method wants one."""

    sandbox: Sandbox
    method: str
    args: Args
    token: Token | None = None
    credentials: tuple[str, str] | None = None
    """Client id and secret, from the Authorization header or the arguments."""

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def bearer(self) -> Token:
        if self.token is None:
            raise SlackError("not_authed")
        return self.token

    @property
    def team_id(self) -> str:
        return self.bearer.team_id

    @property
    def user(self) -> Person:
        """Who acts: the bot's user, or the person whose token it is."""
        return self.world.people[self.bearer.user_id]

    @property
    def install(self) -> Install:
        return self.world.installs[self.team_id]

    def scoped(self, *scopes: str) -> None:
        """Refuses unless the token has one of these scopes."""
        if not set(scopes) & set(self.bearer.scopes):
            raise missing_scope(scopes, self.bearer)

    # Look-ups, with Slack's answers for what is not there.

    def sees(self, channel: Channel) -> bool:
        return channel.team_id == self.team_id and (channel.kind == "public" or self.bearer.user_id in channel.members)

    def channel(self, name: str = "channel", error: str = "channel_not_found") -> Channel:
        """The conversation of an argument: an id that this token can see."""
        channel = self.world.channels.get(self.args.needed(name))
        if channel is None or not self.sees(channel):
            raise SlackError(error, pointers=(f"/{name}",))
        return channel

    def member_channel(self, name: str = "channel") -> Channel:
        """A conversation that the caller is in."""
        channel = self.channel(name)
        if self.bearer.user_id not in channel.members:
            raise SlackError("not_in_channel", pointers=(f"/{name}",))
        return channel

    def target(self, name: str = "channel") -> Channel:
        """Where a message goes: a conversation's id or name, or a person's id for the direct conversation."""
        wanted = self.args.needed(name)
        found: Channel | None
        if re.fullmatch(r"[UW][A-Z0-9]+", wanted):
            person = self.world.people.get(wanted)
            if person is None or person.team_id != self.team_id or person.deleted or person.id == self.bearer.user_id:
                raise SlackError("channel_not_found", pointers=(f"/{name}",))
            found = self.world.dm(self.bearer.user_id, person.id)
        else:
            found = self.world.channels.get(wanted) or self.world.channel_named(self.team_id, wanted)
        if found is None or not self.sees(found):
            raise SlackError("channel_not_found", pointers=(f"/{name}",))
        return found

    def postable(self, channel: Channel) -> Channel:
        """Refuses where this token may not post."""
        if channel.archived:
            raise SlackError("is_archived")
        if self.bearer.user_id not in channel.members and (
            channel.kind != "public" or "chat:write.public" not in self.bearer.scopes
        ):
            raise SlackError("not_in_channel")
        if channel.kind == "im" and self.user.is_bot and not self.world.app.messages_tab:
            raise SlackError("messages_tab_disabled")
        if channel.read_only:
            raise SlackError("restricted_action_read_only_channel")
        return channel

    def thread(self, channel: Channel, name: str = "thread_ts") -> str | None:
        """The root of the thread that an argument names. A reply's ts leads to its thread's."""
        ts = self.args.text(name)
        if not ts:
            return None
        if not TS.fullmatch(ts):
            raise SlackError("invalid_thread_ts", pointers=(f"/{name}",))
        parent = channel.messages.get(ts)
        if parent is None and not channel.replies(ts):
            raise SlackError("cannot_reply_to_message", pointers=(f"/{name}",))
        if parent is None:
            return ts
        return str(parent.get("thread_ts", ts))

    def message(self, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Json:
        message = channel.messages.get(self.args.needed(name))
        if message is None:
            raise SlackError(error, pointers=(f"/{name}",))
        return message

    def person(self, name: str = "user", error: str = "user_not_found") -> Person:
        person = self.world.people.get(self.args.needed(name))
        if person is None or person.team_id != self.team_id:
            raise SlackError(error, pointers=(f"/{name}",))
        return person

    def file(self, name: str = "file") -> File:
        file = self.world.files.get(self.args.needed(name))
        if file is None or file.team_id != self.team_id or not self.world.may_see_file(file, self.bearer.user_id):
            raise SlackError("file_not_found", pointers=(f"/{name}",))
        if file.deleted:
            raise SlackError("file_deleted", pointers=(f"/{name}",))
        return file

    def page(self, items: list[Any], default: int, most: int) -> tuple[list[Any], Json]:
        """One page of a list by `cursor` and `limit`, and its response_metadata."""
        limit = self.args.number("limit", default)
        if limit < 1 or limit > most:
            raise SlackError("invalid_limit", pointers=("/limit",))
        cursor = self.args.text("cursor")
        start = 0
        if cursor:
            if not re.fullmatch(r"next:\d+", cursor):
                raise SlackError("invalid_cursor", pointers=("/cursor",))
            start = int(cursor.removeprefix("next:"))
        end = start + limit
        return items[start:end], {"next_cursor": f"next:{end}" if end < len(items) else ""}


def missing_scope(scopes: tuple[str, ...], token: Token) -> SlackError:
    return SlackError("missing_scope", body={"needed": ",".join(scopes), "provided": ",".join(token.scopes)})
