"""Channels and who is in them, and telling everybody who should know."""

from __future__ import annotations

from bot.sandbox.events import Events
from bot.sandbox.world import Channel, ChannelKind, Json, Person, World


class Membership:
    def __init__(self, world: World, events: Events) -> None:
        self._world = world
        self._events = events

    def create(self, creator: Person, name: str, *, private: bool) -> Channel:
        """A new channel with its creator in it."""
        kind: ChannelKind = "private" if private else "public"
        created = int(self._world.now())
        channel = Channel(self._world.new_id("C"), creator.team_id, name, kind, creator.id, created, [creator.id])
        self._world.channels[channel.id] = channel
        self._world.changed("channel", channel=channel.id, team=channel.team_id)
        shown = {"id": channel.id, "name": name, "created": created, "creator": creator.id}
        if not private:
            self._events.emit(
                creator.team_id, {"type": "channel_created", "channel": shown, "event_ts": self._world.next_ts()}
            )
        return channel

    def set_archived(self, channel: Channel, user: str, *, archived: bool) -> None:
        """Archives a channel, or brings it back."""
        channel.archived = archived
        self._world.changed("channel", channel=channel.id, team=channel.team_id)
        kind = "group" if channel.kind == "private" else "channel"
        event = {"type": f"{kind}_{'archive' if archived else 'unarchive'}", "channel": channel.id, "user": user}
        self._events.emit(channel.team_id, {**event, "is_moved": 0, "event_ts": self._world.next_ts()})

    def joined(self, channel: Channel, person: Person, inviter: str | None = None) -> None:
        """Somebody is now in a channel: the event, and the line in the conversation."""
        joined: Json = {
            "type": "member_joined_channel",
            "user": person.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": channel.team_id,
            "event_ts": self._world.next_ts(),
        }
        if inviter:
            joined["inviter"] = inviter
        self._events.emit_inside(channel, joined)
        self._line(
            channel,
            person,
            "channel_join" if channel.kind == "public" else "group_join",
            f"<@{person.id}> has joined the channel",
        )

    def left(self, channel: Channel, person: Person, *, by: str | None = None) -> None:
        """Somebody is no longer in a channel. The app itself is told with channel_left or group_left."""
        gone: Json = {
            "type": "member_left_channel",
            "user": person.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": channel.team_id,
            "event_ts": self._world.next_ts(),
        }
        self._events.emit_inside(channel, gone)
        install = self._world.install_of_bot(person.id)
        if install is not None:
            kind = "channel_left" if channel.kind == "public" else "group_left"
            self._events.emit(
                channel.team_id,
                {"type": kind, "channel": channel.id, "actor_id": by or person.id, "event_ts": self._world.next_ts()},
            )
        self._line(
            channel,
            person,
            "channel_leave" if channel.kind == "public" else "group_leave",
            f"<@{person.id}> has left the channel",
        )

    def _line(self, channel: Channel, person: Person, subtype: str, text: str) -> None:
        message = {"type": "message", "subtype": subtype, "user": person.id, "text": text, "ts": self._world.next_ts()}
        channel.messages[message["ts"]] = message
        self._world.changed("message", channel=channel.id, ts=message["ts"], thread_ts=None)
        self._events.message(channel, message)
