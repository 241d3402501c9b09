"""Views: opening, updating, stacking and closing modals, and publishing Home tabs."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox import wire
from bot.sandbox.errors import SlackError, missing
from bot.sandbox.validate.payloads import check_view
from bot.sandbox.world import Json, View, World

MOST_STACKED = 3
TRIGGER_LIFETIME = 3.0


class Triggers:
    """trigger_ids: each opens one view, within three seconds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, tuple[str, float, str, str]] = {}
        self._used: set[str] = set()

    def mint(self, user: str, *, view: str = "", channel: str = "") -> str:
        """A trigger_id for an interaction of `user`, made inside a view or a channel."""
        number = self._world.new_id("")
        trigger = f"{int(number, 16)}.{int(self._world.now())}.{number.lower()}{'0' * 22}"
        self._known[trigger] = (user, self._world.now() + TRIGGER_LIFETIME, view, channel)
        return trigger

    def exchange(self, trigger: str, team_id: str) -> tuple[str, str, str]:
        """(user, view, channel) of a trigger_id, which is used up by this."""
        if trigger not in self._known:
            raise SlackError("invalid_trigger_id", pointers=("/trigger_id",))
        user, until, view, channel = self._known[trigger]
        if self._world.people[user].team_id != team_id:
            raise SlackError("invalid_trigger_id", pointers=("/trigger_id",))
        if trigger in self._used:
            raise SlackError("exchanged_trigger_id", pointers=("/trigger_id",))
        if self._world.now() > until:
            raise SlackError("expired_trigger_id", pointers=("/trigger_id",))
        self._used.add(trigger)
        return user, view, channel


class Modals:
    def __init__(self, world: World, triggers: Triggers) -> None:
        self._world = world
        self._triggers = triggers

    def open(self, trigger: str, view: Any, team_id: str) -> View:
        """views.open: a new stack for the person whose interaction this answers."""
        self._checked(view, team_id, ("modal",))
        user, _view, channel = self._triggers.exchange(trigger, team_id)
        for old in self._world.view_stack(user):
            self.close(old)
        return self._add(user, team_id, view, None, channel)

    def push(self, trigger: str, view: Any, team_id: str) -> View:
        """views.push: one more on the stack from which the interaction came."""
        self._checked(view, team_id, ("modal",))
        user, below, channel = self._triggers.exchange(trigger, team_id)
        stack = self._world.view_stack(user)
        if not below or not stack:
            raise SlackError("not_found")
        return self.stack(stack[-1], view, channel)

    def stack(self, below: View, view: Any, channel: str = "") -> View:
        """Puts a view that has been checked on top of another."""
        if len(self._world.view_stack(below.user)) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        return self._add(below.user, below.team_id, view, below, channel or below.origin_channel)

    def update(self, view: Any, team_id: str, *, view_id: str = "", external_id: str = "", hash_: str = "") -> View:
        """views.update: replaces an open view, if `hash_` is still its hash."""
        if not view_id and not external_id:
            raise missing("view_id")
        known = self._world.views.values()
        found = (
            self._world.views.get(view_id)
            if view_id
            else next((v for v in known if v.external_id == external_id and v.open), None)
        )
        if found is None or found.team_id != team_id or not found.open:
            raise SlackError("not_found")
        self._checked(view, team_id, ("modal",) if found.kind == "modal" else ("home",), beside=found)
        if hash_ and hash_ != found.hash:
            raise SlackError("hash_conflict")
        self.replace(found, view)
        return found

    def replace(self, found: View, view: Json) -> None:
        """New content for a view that has been checked; what was typed into blocks that are still there is kept."""
        found.payload = self._stored(view)
        found.hash = self._new_hash()
        kept = {
            (b.get("block_id"), (b.get("element") or b.get("accessory") or {}).get("action_id"))
            for b in found.payload["blocks"]
        }
        found.state = {
            block_id: values
            for block_id, values in found.state.items()
            if any((block_id, action_id) in kept for action_id in values)
        }
        self._world.changed("view", view=found.id, user=found.user, kind_of_view=found.kind)

    def publish(self, user: str, view: Any, team_id: str, *, hash_: str = "") -> View:
        """views.publish: the Home tab of one person."""
        if not self._world.app.home_tab:
            raise SlackError("not_enabled")
        old = self._world.homes.get((team_id, user))
        self._checked(view, team_id, ("home",), beside=old)
        if hash_ and (old is None or hash_ != old.hash):
            raise SlackError("hash_conflict")
        if old is not None:
            self.replace(old, view)
            return old
        view_id = self._world.new_id("V")
        home = View(view_id, team_id, user, "home", self._stored(view), self._new_hash(), view_id)
        self._world.views[view_id] = self._world.homes[team_id, user] = home
        self._world.changed("view", view=home.id, user=user, kind_of_view="home")
        return home

    def close(self, view: View) -> None:
        view.open = False
        self._world.changed("view_closed", view=view.id, user=view.user)

    def check(self, view: Any, team_id: str, beside: View | None = None) -> None:
        """Raises what is wrong with a modal that would replace `beside` or join its stack."""
        self._checked(view, team_id, ("modal",), beside=beside)

    def as_json(self, view: View) -> Json:
        """A view as methods and payloads show it."""
        app, install = self._world.app, self._world.installs[view.team_id]
        defaults: Json = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": {"type": "plain_text", "text": "View Title"} if view.kind == "home" else None,
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
        }
        return {
            "id": view.id,
            "team_id": view.team_id,
            **defaults,
            **view.payload,
            "state": {"values": view.state},
            "hash": view.hash,
            "previous_view_id": view.previous_view_id,
            "root_view_id": view.root_view_id,
            "app_id": app.id,
            "app_installed_team_id": view.team_id,
            "bot_id": install.bot_id,
        }

    def _checked(self, view: Any, team_id: str, kinds: tuple[str, ...], beside: View | None = None) -> None:
        check_view(view, kinds)
        external_id = view.get("external_id")
        for other in self._world.views.values():
            if (
                external_id
                and other.open
                and other is not beside
                and other.team_id == team_id
                and other.external_id == external_id
            ):
                raise SlackError("duplicate_external_id")

    def _add(self, user: str, team_id: str, view: Json, below: View | None, channel: str) -> View:
        view_id = self._world.new_id("V")
        added = View(
            view_id,
            team_id,
            user,
            "modal",
            self._stored(view),
            self._new_hash(),
            below.root_view_id if below else view_id,
            below.id if below else None,
            origin_channel=channel,
        )
        self._world.views[view_id] = added
        self._world.changed("view", view=view_id, user=user, kind_of_view="modal")
        return added

    def _stored(self, view: Json) -> Json:
        copied: Json = json.loads(json.dumps(view))
        copied["blocks"] = wire.with_ids(copied["blocks"], lambda: self._world.new_id("b")[-6:])
        return copied

    def _new_hash(self) -> str:
        return f"{int(self._world.now())}.{self._world.new_id('')[-8:].lower()}"
