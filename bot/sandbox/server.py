"""`Sandbox`: everything that a person can do in it, and everything that can be done to it, as async methods.

The control API and the web page call these methods and nothing else. What the real client would not let a person do
(press a button that is not there, leave a required field empty) raises `NotPossible` with a line to show.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from bot.sandbox import wire
from bot.sandbox.delivery import Dispatcher
from bot.sandbox.errors import NotPossible, SlackError
from bot.sandbox.events import Events
from bot.sandbox.hooks import ResponseUrls
from bot.sandbox.http_delivery import HttpTransport
from bot.sandbox.interactions import Interactions
from bot.sandbox.limits import RateLimits
from bot.sandbox.membership import Membership
from bot.sandbox.modals import Modals, Triggers
from bot.sandbox.oauth import OAuth
from bot.sandbox.posting import Posting, file_object
from bot.sandbox.schedule import Schedule
from bot.sandbox.socket_mode import SocketHub
from bot.sandbox.validate.manifest import manifest_problems
from bot.sandbox.world import App, Channel, File, Json, Person, World, apply_manifest

__all__ = ["NotPossible", "Sandbox"]

FILE_INPUT_BYTES = 10 * 1024 * 1024


class Sandbox:
    """`rate_limits`: whether Slack's limits are enforced. `ack_timeout`: seconds that the app has to acknowledge."""

    def __init__(self, world: World, *, rate_limits: bool = True, ack_timeout: float = 3.0) -> None:
        self.world = world
        self.limits = RateLimits(world.now, enabled=rate_limits)
        self.hub = SocketHub(world)
        self.http = HttpTransport(world)
        self.dispatcher = Dispatcher(world, self.hub, self.http, ack_timeout=ack_timeout)
        self.events = Events(world, self.dispatcher)
        self.posting = Posting(world, self.events)
        self.membership = Membership(world, self.events)
        self.triggers = Triggers(world)
        self.modals = Modals(world, self.triggers)
        self.hooks = ResponseUrls(world, self.posting)
        self.oauth = OAuth(world)
        self.schedule = Schedule(world, self.posting, self.dispatcher)
        self.interactions = Interactions(world, self.dispatcher, self.modals, self.triggers, self.hooks)
        self._faults: dict[str, deque[SlackError]] = {}

    async def close(self) -> None:
        """Ends every connection, stream and pending delivery."""
        self.world.changed("closed")
        await self.dispatcher.close()
        await self.hub.close()
        await self.http.close()

    # Conversations, as a person.

    async def post_message(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        copies: int = 1,
    ) -> Json:
        """Posts as typed: `@name`, `#name` and bare links become Slack's control forms, the rest is escaped.

        `copies`: how often each event is delivered. Returns the message.
        """
        person, found = self._writable(user, channel)
        if not text.strip():
            raise NotPossible("there is nothing to send")
        sent = wire.typed(self.world, found.team_id, text)
        message = self.posting.from_person(person, found, sent, self._root(found, thread_ts))
        if broadcast and "thread_ts" in message:
            message |= {"subtype": "thread_broadcast", "root": found.messages[message["thread_ts"]]}
        self.posting.post(found, message, copies=copies)
        self.posting.unfurl(found, message)
        install = self.world.installs.get(found.team_id)
        if install is not None and wire.mentions(sent, install.bot_user_id) and install.bot_user_id not in found.members:
            self.world.changed(
                "notice", user=user, text=f"{self.world.app.name} is not in this channel. Invite it to be answered."
            )
        return message

    async def post_as_bot(self, channel: str, text: str, *, name: str = "otherbot", thread_ts: str | None = None) -> Json:
        """A message of some other app's bot, to see that bots don't answer each other."""
        found = self._channel(channel)
        bot_id = "B0OTHERBOT"
        message: Json = {
            "type": "message",
            "subtype": "bot_message",
            "text": wire.typed(self.world, found.team_id, text),
            "ts": self.world.next_ts(),
            "bot_id": bot_id,
            "user": "U0OTHERBOT",
            "username": name,
        }
        root = self._root(found, thread_ts)
        if root:
            message["thread_ts"] = root
        return self.posting.post(found, message)

    async def edit_message(self, user: str, channel: str, ts: str, text: str) -> Json:
        """Changes an own message; returns it as it is now."""
        person, found = self._writable(user, channel)
        message = self._own(person, found, ts)
        return self.posting.edit_by_person(found, message, wire.typed(self.world, person.team_id, text))

    async def delete_message(self, user: str, channel: str, ts: str) -> None:
        person, found = self._writable(user, channel)
        shown = next((e for e in found.ephemerals if e.ts == ts and e.user == user), None)
        if shown is not None:
            shown.deleted = True
            self.world.changed("ephemeral", channel=found.id, ts=ts, user=user, deleted=True)
        else:
            self.posting.remove(found, self._own(person, found, ts))

    async def upload_files(
        self,
        user: str,
        channel: str,
        files: list[tuple[str, bytes]],
        *,
        comment: str = "",
        thread_ts: str | None = None,
        mode: str = "hosted",
        copies: int = 1,
    ) -> Json:
        """Shares files (name, content) in one message with an optional comment.

        `mode`: hosted; snippet; or file_access, for a file of another company of which only files.info tells more.
        """
        person, found = self._writable(user, channel)
        if not files:
            raise NotPossible("there is no file to share")
        if mode not in ("hosted", "snippet", "file_access"):
            raise NotPossible(f"a file is hosted, snippet or file_access, not {mode}")
        elsewhere = mode == "file_access"
        kept = [self._new_file(person, name, content, "hosted" if elsewhere else mode) for name, content in files]
        text = wire.typed(self.world, person.team_id, comment)
        message = self.posting.from_person(person, found, text, self._root(found, thread_ts))
        # The client sends no client_msg_id with an upload.
        message.pop("client_msg_id")
        for file in kept:
            file.channels.append(found.id)
        message |= {
            "subtype": "file_share",
            "files": [_unknown_file(file) if elsewhere else file_object(self.world, file) for file in kept],
            "upload": False,
            "display_as_bot": False,
        }
        return self.posting.post(found, message, copies=copies)

    async def attach_files(self, user: str, files: list[tuple[str, bytes]]) -> list[str]:
        """Files for a modal's file_input, in no conversation yet; their ids are the value of that element."""
        person = self._person(user)
        if any(len(content) > FILE_INPUT_BYTES for _name, content in files):
            raise NotPossible("a file of a modal may have 10 MB")
        return [self._new_file(person, name, content, "hosted").id for name, content in files]

    async def delete_upload(self, user: str, file: str) -> None:
        """Deletes an own file: it becomes a tombstone."""
        found = self.world.files.get(file)
        if found is None or found.user != user:
            raise NotPossible("only an own file can be deleted")
        self.posting.delete_file(found)

    async def react(self, user: str, channel: str, ts: str, name: str, *, remove: bool = False) -> None:
        _person, found = self._writable(user, channel)
        if not self.posting.set_reaction(found, self._message(found, ts), user, name, present=not remove):
            raise NotPossible("there is no such reaction" if remove else "this reaction is already there")

    async def open_dm(self, user: str) -> Channel:
        """The person's direct conversation with the app."""
        person = self._person(user)
        install = self.world.installs.get(person.team_id)
        if install is None:
            raise NotPossible(f"{self.world.app.name} is not installed in this team")
        return self.world.dm(person.id, install.bot_user_id)

    # Interactivity, as a person. All return {"ok": bool, "error"?: why, "text"?: what the client shows}.

    async def act(
        self,
        user: str,
        action_id: str,
        *,
        value: Any = None,
        block_id: str | None = None,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
    ) -> Json:
        """Uses an interactive element of a message (`channel`, `ts`; ephemeral ones too) or of a view (`view_id`).

        `value` depends on the element: nothing for a button; the option's value (or a list of values) for selects,
        radio buttons, checkboxes and overflow menus; ids from `attach_files` for files; a user or channel id,
        "2026-11-29", "09:30", a Unix time, or text for the others; "positive"/"negative" or the button's own value for
        feedback buttons. An input that dispatches no actions only keeps the value.
        """
        person = self._person(user)
        place = self.interactions.place(person, channel, ts, view_id)
        return await self.interactions.act(person, place, action_id, block_id, value)

    async def suggest_options(
        self,
        user: str,
        action_id: str,
        query: str,
        *,
        block_id: str | None = None,
        channel: str | None = None,
        ts: str | None = None,
        view_id: str | None = None,
    ) -> list[Json]:
        """What the app offers in an external select for what has been typed."""
        person = self._person(user)
        place = self.interactions.place(person, channel, ts, view_id)
        return await self.interactions.suggest(person, place, action_id, block_id, query)

    async def submit_view(self, user: str, view_id: str, values: dict[str, dict[str, Any]] | None = None) -> Json:
        """Submits a modal. `values`: block_id -> action_id -> value, over what was filled in before.

        Returns {"ok", "errors"?: {block_id: text}, "view_id"?: what is on top afterwards}.
        """
        return await self.interactions.submit(self._person(user), view_id, values or {})

    async def close_view(self, user: str, view_id: str, *, clear: bool = False) -> Json:
        """Closes a modal; `clear` closes all of its stack."""
        return await self.interactions.close(self._person(user), view_id, clear=clear)

    async def run_command(self, user: str, channel: str, command: str, text: str = "") -> Json:
        """Runs a slash command, also where the app is not a member."""
        person, found = self._writable(user, channel)
        return await self.interactions.command(person, found, command, text)

    async def use_shortcut(self, user: str, callback_id: str, *, channel: str | None = None, ts: str | None = None) -> Json:
        """A message shortcut (with `channel` and `ts`) or a global one."""
        person = self._person(user)
        place = self.interactions.place(person, channel, ts, None) if channel else None
        return await self.interactions.shortcut(person, callback_id, place)

    async def open_home(self, user: str, tab: str = "home") -> Json | None:
        """Opens the app's `home` or `messages` tab; returns the Home view that is published now, if any."""
        person = self._person(user)
        dm = await self.open_dm(user)
        if tab not in ("home", "messages") or not (
            self.world.app.home_tab if tab == "home" else self.world.app.messages_tab
        ):
            raise NotPossible(f"the app has no {tab} tab")
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": dm.id,
            "tab": tab,
            "event_ts": self.world.next_ts(),
        }
        home = self.world.homes.get((person.team_id, person.id))
        if tab == "home" and home is not None:
            event["view"] = self.modals.as_json(home)
        self.events.emit(person.team_id, event)
        if tab == "messages" and self.world.app.assistant_view:
            self._start_assistant_thread(person, dm)
        return self.modals.as_json(home) if home else None

    async def use_prompt(self, user: str, index: int, *, thread_ts: str | None = None) -> Json:
        """Sends a suggested prompt as the person's message in the app's direct conversation."""
        dm = await self.open_dm(user)
        known = self.prompts(dm.id, thread_ts)
        if not 0 <= index < len(known):
            raise NotPossible(f"there is no prompt number {index}")
        return await self.post_message(user, dm.id, known[index]["message"], thread_ts=thread_ts)

    async def stop_session(self, user: str, channel: str, thread_ts: str) -> None:
        """Presses the stop button of a working agent: shown only to apps that listen to agent_session_stopped."""
        person, found = self._writable(user, channel)
        status = self.world.status(found.id, thread_ts)
        streaming = [m for m in found.replies(thread_ts) if m.get("streaming") == "in_progress"]
        if "agent_session_stopped" not in self.world.app.bot_events or not (status or streaming):
            raise NotPossible("there is nothing to stop here")
        for message in streaming:
            message["streaming"] = "stopped"
        self.events.emit(
            person.team_id,
            {
                "type": "agent_session_stopped",
                "user": person.id,
                "channel": found.id,
                "thread_ts": thread_ts,
                "event_ts": self.world.next_ts(),
            },
        )

    # Membership and administration.

    async def change_person(
        self, user: str, *, locale: str | None = None, tz: str | None = None, real_name: str | None = None
    ) -> Person:
        """Changes what somebody says of themselves; the app hears user_change."""
        person = self._person(user)
        if tz is not None and tz not in available_timezones():
            raise NotPossible(f"there is no time zone {tz}")
        person.locale, person.tz = locale or person.locale, tz or person.tz
        person.real_name = real_name or person.real_name
        shown: Json = {"id": person.id, "team_id": person.team_id, "name": person.name, "real_name": person.real_name}
        shown |= {"tz": person.tz, "locale": person.locale, "is_bot": person.is_bot, "deleted": person.deleted}
        self.events.emit(person.team_id, {"type": "user_change", "user": shown, "event_ts": self.world.next_ts()})
        self.world.changed("person", user=person.id)
        return person

    async def create_channel(self, user: str, name: str, *, private: bool = False) -> Channel:
        person = self._person(user)
        if self.world.channel_named(person.team_id, name):
            raise NotPossible(f"there is a channel {name} already")
        return self.membership.create(person, name, private=private)

    async def join(self, user: str, channel: str) -> None:
        person, found = self._person(user), self._channel(channel)
        if found.kind != "public" or found.archived or found.team_id != person.team_id:
            raise NotPossible("this channel can't be joined")
        if user not in found.members:
            found.members.append(user)
            self.membership.joined(found, person)

    async def leave(self, user: str, channel: str) -> None:
        await self.remove(user, channel, user)

    async def invite(self, user: str, channel: str, invited: str) -> None:
        """Brings somebody, also the app's bot user, into a channel."""
        _person, found = self._writable(user, channel)
        guest = self._person(invited)
        if guest.team_id != found.team_id or found.kind not in ("public", "private"):
            raise NotPossible("this person can't be invited here")
        if invited not in found.members:
            found.members.append(invited)
            self.membership.joined(found, guest, user)

    async def remove(self, user: str, channel: str, removed: str) -> None:
        found = self._channel(channel)
        if removed not in found.members or found.kind not in ("public", "private"):
            raise NotPossible("this person is not in the channel")
        found.members.remove(removed)
        self.membership.left(found, self._person(removed), by=user)

    async def archive(self, user: str, channel: str, *, archived: bool = True) -> None:
        self.membership.set_archived(self._channel(channel), user, archived=archived)

    async def install(self, user: str, *, scopes: list[str] | None = None) -> Json:
        """Installs the app in the person's team without the OAuth pages; returns team, bot user and bot token."""
        person = self._person(user)
        install = self.oauth.install(
            person.team_id, person.id, tuple(scopes) if scopes is not None else self.world.app.scopes
        )
        bot, refresh = self.oauth.issue(install)
        return {
            "team": install.team_id,
            "bot_user": install.bot_user_id,
            "bot": install.bot_id,
            "token": bot.value,
            "refresh_token": refresh.value if refresh else None,
        }

    async def uninstall(self, team: str) -> None:
        """Removes the app from a team: tokens_revoked and app_uninstalled are sent, every later call is refused."""
        install = self.world.installs.get(team)
        if install is None or not install.active:
            raise NotPossible("the app is not installed there")
        users: set[str] = set()
        for token in self.world.tokens.values():
            if token.team_id == team and not token.revoked:
                token.revoked = True
                users |= {token.user_id} if token.kind == "user" else set()
        install.active = False
        ts = self.world.next_ts()
        tokens = {"oauth": sorted(users), "bot": [install.bot_user_id]}
        self.events.emit(team, {"type": "tokens_revoked", "tokens": tokens, "event_ts": ts})
        self.events.emit(team, {"type": "app_uninstalled", "event_ts": ts})
        self.world.changed("install", team=team)

    async def revoke_token(self, token: str) -> None:
        found = self.world.tokens.get(token)
        if found is None or found.revoked:
            raise NotPossible("there is no such token")
        found.revoked = True
        if found.kind in ("bot", "user"):
            tokens: Json = {
                "oauth": [found.user_id] if found.kind == "user" else [],
                "bot": [found.user_id] if found.kind == "bot" else [],
            }
            self.events.emit(found.team_id, {"type": "tokens_revoked", "tokens": tokens, "event_ts": self.world.next_ts()})

    # The platform's own moods.

    async def disconnect(self, reason: str = "refresh_requested") -> int:
        """Asks every Socket Mode connection to reconnect (`warning`, `refresh_requested`, `link_disabled`); how many."""
        if reason not in ("warning", "refresh_requested", "link_disabled"):
            raise NotPossible(f"{reason!r} is no reason to disconnect")
        return await self.hub.disconnect(reason)

    async def settled(self) -> None:
        """Returns once the app has acknowledged, or failed, everything that was due to be delivered until now."""
        await self.dispatcher.settled()

    async def redeliver(self, event_id: str) -> None:
        """Delivers an event once more, as a retry."""
        if not await self.dispatcher.again(event_id):
            raise NotPossible(f"there is no event {event_id}")

    async def fail_next(
        self, method: str, *, error: str = "", status: int = 200, retry_after: int | None = None, times: int = 1
    ) -> None:
        """Makes the next calls of a Web API method (or `*`) fail with an error code, an HTTP status, or a 429."""
        if retry_after is not None:
            error, status = "ratelimited", 429
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        fault = SlackError(error or "internal_error", status=status, headers=headers, injected=True)
        self._faults.setdefault(method, deque()).extend([fault] * times)

    async def configure(self, **settings: Any) -> None:
        """Changes settings of the app (any field of `App`; the events URL is verified first), its `manifest`,
        `rate_limits` or `ack_timeout`."""
        known = {one.name for one in fields(App)}
        unknown = set(settings) - known - {"manifest", "rate_limits", "ack_timeout"}
        if unknown:
            raise NotPossible(f"unknown setting: {', '.join(sorted(unknown))}")
        if "manifest" in settings:
            manifest = settings.pop("manifest")
            problems = manifest_problems(manifest)
            if problems:
                raise NotPossible("Slack would not take this manifest: " + "; ".join(str(problem) for problem in problems))
            apply_manifest(self.world, manifest)
        self.limits.enabled = bool(settings.pop("rate_limits", self.limits.enabled))
        self.dispatcher.ack_timeout = float(settings.pop("ack_timeout", self.dispatcher.ack_timeout))
        if settings.get("events_url"):
            await self.http.verify_url(settings["events_url"], timeout=self.dispatcher.ack_timeout)
        for name, value in settings.items():
            setattr(self.world.app, name, tuple(value) if isinstance(value, list) else value)
        self.world.changed("app")

    async def move_clock(self, *, seconds: float | None = None, to: str | None = None) -> float:
        """Moves the clock ahead by seconds or to an ISO date-time; what falls due on the way happens. The new time."""
        if to is not None:
            moment = datetime.fromisoformat(to)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - self.world.now()
        try:
            now = await self.world.clock.move(seconds or 0.0)
        except ValueError as exc:
            raise NotPossible(str(exc)) from exc
        self.world.changed("clock", now=now)
        return now

    # Reading.

    def overview(self, user: str) -> Json:
        """What a person sees: team, people, their channels, app, clock, connections."""
        person = self._person(user)
        team_id = person.team_id
        install = self.world.installs.get(team_id)
        app = self.world.app
        return {
            "now": self.world.now(),
            "user": asdict(person),
            "team": asdict(self.world.teams[team_id]),
            "people": [asdict(one) for one in self.world.team_people(team_id)],
            "channels": [
                {
                    **{name: value for name, value in asdict(c).items() if name not in ("messages", "ephemerals")},
                    "joined": user in c.members,
                }
                for c in self.world.team_channels(team_id)
                if c.kind == "public" or user in c.members
            ],
            "app": {
                "id": app.id,
                "name": app.name,
                "installed": install is not None and install.active,
                "bot_user": install.bot_user_id if install else None,
                "commands": [asdict(command) for command in app.commands],
                "shortcuts": [asdict(shortcut) for shortcut in app.shortcuts],
                "home_tab": app.home_tab,
                "messages_tab": app.messages_tab,
                "agent_view": app.agent_view,
                "socket_mode": app.socket_mode,
            },
            "connections": len(self.hub.open_connections),
            "refusals": len(self.refusals()),
        }

    def messages(self, user: str, channel: str, *, thread_ts: str | None = None) -> list[Json]:
        """A conversation, or one thread of it, as a person sees it, oldest first.

        Ephemeral messages for them are among the others, marked `"_ephemeral": true`; in a thread without any
        reply they are not shown, as in Slack. Outside threads, replies are left out unless they were broadcast.
        """
        person, found = self._person(user), self._channel(channel)
        if found.team_id != person.team_id or (found.kind != "public" and user not in found.members):
            raise NotPossible("this conversation is not theirs to see")
        shown = [e.message | {"_ephemeral": True} for e in found.ephemerals if e.user == user and not e.deleted]
        everything = sorted([*found.messages.values(), *shown], key=lambda m: m["ts"])
        if thread_ts is not None:
            parent = found.messages.get(thread_ts, {})
            seen = [m for m in everything if thread_ts in (m["ts"], m.get("thread_ts"))]
            return [m for m in seen if parent.get("reply_count") or not m.get("_ephemeral")]
        return [m for m in everything if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"]

    def views(self, user: str) -> Json:
        """A person's open modals, the lowest first, and their Home tab."""
        person = self._person(user)
        home = self.world.homes.get((person.team_id, person.id))
        return {
            "modals": [self.modals.as_json(view) for view in self.world.view_stack(user)],
            "home": self.modals.as_json(home) if home else None,
        }

    def assistant(self, channel: str, thread_ts: str) -> Json:
        """What an agent shows in a thread: status, loading messages, title, prompts."""
        status = self.world.status(channel, thread_ts)
        return {
            "status": status.text if status else "",
            "session": self.world.statuses[channel, thread_ts].session
            if (channel, thread_ts) in self.world.statuses
            else "active",
            "loading_messages": status.loading_messages if status else [],
            "title": self.world.titles.get((channel, thread_ts), ""),
            "prompts": self.prompts(channel, thread_ts),
        }

    def prompts(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """The suggested prompts of a thread, else those pinned to the tab, else the manifest's."""
        for key in (thread_ts or "", ""):
            if (channel, key) in self.world.prompts:
                return list(self.world.prompts[channel, key]["prompts"])
        return list(self.world.app.suggested_prompts)

    def refusals(self, *, injected: bool = False) -> list[Json]:
        """Every refusal, oldest first; those asked for with `fail_next` only when `injected`."""
        return [asdict(refusal) for refusal in self.world.refusals if injected or not refusal.injected]

    def deliveries(self) -> list[Json]:
        """Every attempt to hand something to the app, oldest first."""
        return [asdict(delivery) for delivery in self.world.deliveries]

    def subscribe(self) -> asyncio.Queue[Json]:
        """A queue of changes from now on: see docs/sandbox.md for their types."""
        return self.world.subscribe()

    def unsubscribe(self, queue: asyncio.Queue[Json]) -> None:
        self.world.unsubscribe(queue)

    def next_fault(self, method: str) -> SlackError | None:
        """The failure that was asked for, for a call of this method."""
        for key in (method, "*"):
            if self._faults.get(key):
                return self._faults[key].popleft()
        return None

    # Look-ups.

    def _person(self, user: str) -> Person:
        if user not in self.world.people:
            raise NotPossible(f"there is nobody with the id {user}")
        return self.world.people[user]

    def _channel(self, channel: str) -> Channel:
        if channel not in self.world.channels:
            raise NotPossible(f"there is no conversation {channel}")
        return self.world.channels[channel]

    def _writable(self, user: str, channel: str) -> tuple[Person, Channel]:
        person, found = self._person(user), self._channel(channel)
        if user not in found.members:
            raise NotPossible(f"{person.name} is not in this conversation")
        if found.archived:
            raise NotPossible("this channel is archived")
        with_bot = found.kind == "im" and any(self.world.people[member].is_bot for member in found.members)
        if with_bot and not self.world.app.messages_tab:
            raise NotPossible("sending messages to this app has been turned off")
        return person, found

    def _message(self, channel: Channel, ts: str) -> Json:
        if ts not in channel.messages:
            raise NotPossible("there is no such message")
        return channel.messages[ts]

    def _own(self, person: Person, channel: Channel, ts: str) -> Json:
        message = self._message(channel, ts)
        if message.get("user") != person.id:
            raise NotPossible("only an own message can be changed")
        return message

    def _root(self, channel: Channel, thread_ts: str | None) -> str | None:
        if thread_ts is None:
            return None
        return str(self._message(channel, thread_ts).get("thread_ts", thread_ts))

    def _new_file(self, person: Person, name: str, content: bytes, mode: str) -> File:
        file = File(self.world.new_id("F"), person.team_id, person.id, name, name, content, int(self.world.now()), mode)
        self.world.files[file.id] = file
        return file

    def _start_assistant_thread(self, person: Person, dm: Channel) -> None:
        """The older assistant view: a thread under a message of the app, opened with the tab."""
        install = self.world.installs[person.team_id]
        root = self.posting.from_app(install, dm, {"text": "New Assistant Thread"}, None)
        root |= {"subtype": "assistant_app_thread", "thread_ts": root["ts"]}
        self.posting.post(dm, root)
        thread = {
            "user_id": person.id,
            "context": {"team_id": person.team_id, "enterprise_id": None},
            "channel_id": dm.id,
            "thread_ts": root["ts"],
        }
        self.events.emit(
            person.team_id,
            {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": self.world.next_ts()},
        )


def _unknown_file(file: File) -> Json:
    """What a message shows of a file from another company before files.info is asked."""
    return {"id": file.id, "created": 0, "timestamp": 0, "mode": "file_access", "file_access": "check_file_info", "user": ""}
