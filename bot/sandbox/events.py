"""Events: which the app is subscribed to and may see, and the envelope that they travel in."""

from __future__ import annotations

from bot.sandbox import wire
from bot.sandbox.delivery import Dispatcher
from bot.sandbox.world import Channel, File, Install, Json, World

_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "assistant_thread_started": ("assistant:write",),
    "assistant_thread_context_changed": ("assistant:write",),
    "channel_archive": ("channels:read",),
    "channel_created": ("channels:read",),
    "channel_left": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "file_deleted": ("files:read",),
    "file_shared": ("files:read",),
    "group_archive": ("groups:read",),
    "group_left": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "pin_added": ("pins:read",),
    "pin_removed": ("pins:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "user_change": ("users:read",),
}
_AFTER_THE_END = frozenset({"app_uninstalled", "tokens_revoked"})
"""What is still sent to an app that has no token any more."""
_OF_CHANNEL = {"public": "message.channels", "private": "message.groups", "im": "message.im", "mpim": "message.mpim"}


class Events:
    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world = world
        self._dispatcher = dispatcher

    def emit(self, team_id: str, event: Json, *, subscription: str = "", copies: int = 1) -> None:
        """Sends an event to the app if it is installed there, subscribed, and allowed to see it.

        `subscription`: the name it is subscribed by, where that is not the event's type.
        """
        name = subscription or event["type"]
        install = self._world.installs.get(team_id)
        if install is None or name not in self._world.app.bot_events:
            return
        if name not in _AFTER_THE_END and (not install.active or self._world.bot_token(team_id) is None):
            return
        scopes = _SCOPES.get(name, ())
        if scopes and not set(scopes) & set(install.scopes):
            return
        self._dispatcher.publish(self._outer(install, event), copies=copies)

    def emit_inside(self, channel: Channel, event: Json) -> None:
        """Sends an event that only those in the conversation learn of."""
        install = self._world.installs.get(channel.team_id)
        if install is not None and install.bot_user_id in channel.members:
            self.emit(channel.team_id, event)

    def _is_shared(self, channel_id: str) -> bool:
        """Whether people of another company are in the conversation, too."""
        channel = self._world.channels.get(channel_id)
        return channel is not None and any(self._world.people[m].team_id != channel.team_id for m in channel.members)

    def message(self, channel: Channel, event: Json, *, copies: int = 1) -> None:
        """A message event, and app_mention beside it where the app's user is mentioned: two events for one post."""
        install = self._world.installs.get(channel.team_id)
        if install is None or install.bot_user_id not in channel.members:
            return
        full = {
            **event,
            "channel": channel.id,
            "channel_type": channel.type_name,
            "event_ts": event.get("event_ts", event["ts"]),
        }
        self.emit(channel.team_id, full, subscription=_OF_CHANNEL[channel.kind], copies=copies)
        if channel.kind == "im" or event.get("subtype") not in (None, "file_share", "thread_broadcast"):
            return
        if event.get("files") and not self._world.app.mentions_in_file_comments:
            return
        if wire.mentions(event.get("text", ""), install.bot_user_id) and event.get("user") != install.bot_user_id:
            mention = {
                name: value
                for name, value in full.items()
                if name not in ("channel_type", "subtype", "parent_user_id", "root")
            }
            self.emit(channel.team_id, {**mention, "type": "app_mention"}, copies=copies)

    def file(self, file: File, channel: Channel) -> None:
        install = self._world.installs.get(channel.team_id)
        if install is not None and install.bot_user_id in channel.members:
            shared = {
                "type": "file_shared",
                "file_id": file.id,
                "user_id": file.user,
                "file": {"id": file.id},
                "channel_id": channel.id,
                "event_ts": self._world.next_ts(),
            }
            self.emit(channel.team_id, shared)

    def _outer(self, install: Install, event: Json) -> Json:
        world = self._world
        return {
            "token": world.app.verification_token,
            "team_id": install.team_id,
            "context_team_id": install.team_id,
            "context_enterprise_id": None,
            "api_app_id": world.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": world.new_id("Ev"),
            "event_time": int(world.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": install.team_id,
                    "user_id": install.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": self._is_shared(str(event.get("channel"))),
            "event_context": f"4-{world.new_id('ec')}",
        }
