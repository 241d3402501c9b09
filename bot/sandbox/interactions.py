"""Buttons, menus, modals, commands and shortcuts: the payloads that a person's action sends, and what the answer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox import inputs, wire
from bot.sandbox.delivery import Dispatcher, Reply
from bot.sandbox.errors import NotPossible, SlackError
from bot.sandbox.hooks import Hook, ResponseUrls
from bot.sandbox.modals import Modals, Triggers
from bot.sandbox.posting import file_object
from bot.sandbox.validate.objects import OPTION_GROUP, PLAIN_OPTION
from bot.sandbox.validate.schema import Scope, array
from bot.sandbox.world import Channel, Json, Person, Refusal, View, World

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass
class Place:
    """Where an element stands: in a message, an ephemeral one, or a view."""

    blocks: list[Json]
    container: Json
    key: str
    channel: Channel | None = None
    message: Json | None = None
    view: View | None = None
    ephemeral: bool = False


class Interactions:
    def __init__(
        self, world: World, dispatcher: Dispatcher, modals: Modals, triggers: Triggers, hooks: ResponseUrls
    ) -> None:
        self._world = world
        self._dispatcher = dispatcher
        self._modals = modals
        self._triggers = triggers
        self._hooks = hooks
        self._chosen: dict[tuple[str, str], dict[str, dict[str, Json]]] = {}
        """(place, person) -> what they chose in a message; a view keeps its own."""

    def place(self, person: Person, channel: str | None, ts: str | None, view_id: str | None) -> Place:
        """What is meant by (channel, ts) or by a view's id, if this person can see it."""
        if view_id is not None:
            view = self._world.views.get(view_id)
            if view is None or view.user != person.id or not view.open:
                raise NotPossible("this view is not open")
            return Place(view.payload["blocks"], {"type": "view", "view_id": view.id}, view.id, view=view)
        found = self._world.channels.get(channel or "")
        if found is None or ts is None or (found.kind != "public" and person.id not in found.members):
            raise NotPossible("there is no such message")
        container: Json = {"type": "message", "message_ts": ts, "channel_id": found.id, "is_ephemeral": False}
        message = found.messages.get(ts)
        shown = next((e for e in found.ephemerals if e.ts == ts and e.user == person.id and not e.deleted), None)
        if message is None and shown is None:
            raise NotPossible("there is no such message")
        if message is None and shown is not None:
            message = shown.message
            container["is_ephemeral"] = True
        content: Json = message or {}
        if content.get("thread_ts"):
            container["thread_ts"] = content["thread_ts"]
        blocks = [*content.get("blocks", ())]
        for attachment in content.get("attachments", ()):
            blocks += attachment.get("blocks", ())
        return Place(blocks, container, f"{found.id}:{ts}", found, content, ephemeral=container["is_ephemeral"])

    async def act(self, person: Person, place: Place, action_id: str, block_id: str | None, value: Any) -> Json:
        """Uses an element; an input that dispatches no actions only keeps what was entered."""
        block, element = inputs.find(place.blocks, action_id, block_id)
        sent = self._used(person, element, value)
        if inputs.is_stateful(element):
            self._choices(place, person).setdefault(block["block_id"], {})[action_id] = {"type": element["type"], **sent}
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"ok": True, "sent": False}
        self._needs_interactivity()
        action = {
            "type": element["type"],
            "action_id": action_id,
            "block_id": block["block_id"],
            **sent,
            "action_ts": self._world.next_ts(),
        }
        payload: Json = {
            **self._head("block_actions", person),
            "container": place.container,
            "trigger_id": self._trigger(person, place),
            "state": {"values": inputs.state(place.blocks, self._choices(place, person))},
            "actions": [action],
        }
        self._add_place(payload, person, place)
        return self._told(person, await self._dispatcher.ask("interactive", payload))

    async def suggest(self, person: Person, place: Place, action_id: str, block_id: str | None, query: str) -> list[Json]:
        """What the app offers in an external select."""
        block, element = inputs.find(place.blocks, action_id, block_id)
        if element["type"] not in ("external_select", "multi_external_select"):
            raise NotPossible(f"{action_id!r} does not ask the app for options")
        if len(query) < element.get("min_query_length", 3):
            return []
        payload: Json = {
            **self._head("block_suggestion", person),
            "container": place.container,
            "action_id": action_id,
            "block_id": block["block_id"],
            "value": query,
        }
        self._add_place(payload, person, place, response_url=False)
        reply = await self._dispatcher.ask("options", payload)
        body = reply.body or {}
        scope = Scope(None)
        if "option_groups" in body:
            array(OPTION_GROUP, fewest=0, most=100)(body["option_groups"], "/option_groups", scope)
        else:
            array(PLAIN_OPTION, fewest=0, most=100)(body.get("options"), "/options", scope)
        if not reply.ok or scope.problems:
            self._refused("block_suggestion", reply.failure or "invalid_options", scope, body)
            return []
        return list(body.get("options") or [option for group in body["option_groups"] for option in group["options"]])

    async def submit(self, person: Person, view_id: str, values: dict[str, dict[str, Any]]) -> Json:
        """Submits a modal and does what the app answers."""
        place = self.place(person, None, None, view_id)
        view = self._top(place)
        for block_id, inner in values.items():
            for action_id, value in inner.items():
                _block, element = inputs.find(place.blocks, action_id, block_id)
                view.state.setdefault(block_id, {})[action_id] = {
                    "type": element["type"],
                    **self._used(person, element, value),
                }
        state = inputs.state(place.blocks, view.state)
        wrong = inputs.faults(place.blocks, state)
        if wrong:
            return {"ok": False, "errors": wrong}
        for handed in (
            file for values_of in state.values() for value in values_of.values() for file in value.get("files", ())
        ):
            self._world.files[handed["id"]].handed_in = True
        self._needs_interactivity()
        payload: Json = {
            **self._head("view_submission", person),
            "trigger_id": self._trigger(person, place),
            "view": self._view_json(view),
            "response_urls": self._response_urls(person, view, state),
        }
        reply = await self._dispatcher.ask("interactive", payload)
        if not reply.ok:
            return self._told(person, reply)
        try:
            return self._after_submission(view, reply.body or {})
        except SlackError as error:
            self._world.refuse(
                Refusal(
                    self._world.now(),
                    "view_submission",
                    error.error,
                    view.team_id,
                    error.messages,
                    error.pointers,
                    request=reply.body or {},
                )
            )
            return self._told(person, Reply(error.error))

    async def close(self, person: Person, view_id: str, *, clear: bool) -> Json:
        """Closes a modal, or its whole stack, telling the app where it asked to be told."""
        view = self._top(self.place(person, None, None, view_id))
        closing = (
            list(reversed(self._world.view_stack(person.id))) if clear or view.payload.get("clear_on_close") else [view]
        )
        for one in closing:
            self._modals.close(one)
            if one.payload.get("notify_on_close"):
                payload = {**self._head("view_closed", person), "view": self._view_json(one), "is_cleared": clear}
                await self._dispatcher.ask("interactive", payload)
        return {"ok": True, **self._now_on_top(person.id)}

    async def command(self, person: Person, channel: Channel, command: str, text: str) -> Json:
        """Runs a slash command and shows the answer that came with its acknowledgement."""
        known = next((c for c in self._world.app.commands if c.command == command), None)
        if known is None:
            raise NotPossible(f"{command} is not a valid command")
        team = self._world.teams[channel.team_id]
        payload: Json = {
            "token": self._world.app.verification_token,
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": channel.id,
            "channel_name": _channel_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": wire.command_text(self._world, team.id, text) if known.should_escape else text,
            "api_app_id": self._world.app.id,
            "is_enterprise_install": "false",
            "response_url": self._hooks.mint(channel, person.id),
            "trigger_id": self._triggers.mint(person.id, channel=channel.id),
        }
        reply = await self._dispatcher.ask("slash_commands", payload)
        if not reply.ok:
            failure = "operation_timeout" if "timeout" in reply.failure else "dispatch_failed"
            return self._told(person, reply, f'{command} failed with the error "{failure}"')
        if reply.body:
            hook = Hook(channel.team_id, channel.id, person.id, self._world.now(), None, None)
            try:
                self._hooks.answer(hook, reply.body)
            except SlackError as error:
                self._refused("slash_command", error.error, None, reply.body, error)
                return self._told(person, Reply(error.error), f'{command} failed with the error "invalid_command_response"')
        return {"ok": True}

    async def shortcut(self, person: Person, callback_id: str, place: Place | None) -> Json:
        """Uses a message shortcut on the message at `place`, or a global one."""
        kind = "message" if place else "global"
        if not any(s.callback_id == callback_id and s.kind == kind for s in self._world.app.shortcuts):
            raise NotPossible(f"there is no {kind} shortcut {callback_id!r}")
        self._needs_interactivity()
        payload = {**self._head("message_action" if place else "shortcut", person), "callback_id": callback_id}
        payload |= {"action_ts": self._world.next_ts(), "trigger_id": self._triggers.mint(person.id)}
        if place is not None and place.channel is not None and place.message is not None:
            if place.ephemeral:
                raise NotPossible("an ephemeral message has no shortcuts")
            payload |= {
                "trigger_id": self._triggers.mint(person.id, channel=place.channel.id),
                "channel": {"id": place.channel.id, "name": _channel_name(place.channel)},
                "message": place.message,
                "message_ts": place.message["ts"],
                "response_url": self._hooks.mint(place.channel, person.id),
            }
        return self._told(person, await self._dispatcher.ask("interactive", payload))

    def _used(self, person: Person, element: Json, value: Any) -> Json:
        """What an element sends; ids of own files become the files."""
        if element["type"] == "file_input":
            found = [self._world.files.get(str(one)) for one in value or ()]
            if any(file is None or file.user != person.id for file in found):
                raise NotPossible("only an own file can be handed in")
            value = [file_object(self._world, file) for file in found if file is not None]
        return inputs.used(element, value)

    # Parts of payloads.

    def _head(self, kind: str, person: Person) -> Json:
        team = self._world.teams[person.team_id]
        return {
            "type": kind,
            "token": self._world.app.verification_token,
            "api_app_id": self._world.app.id,
            "team": {"id": team.id, "domain": team.domain},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _add_place(self, payload: Json, person: Person, place: Place, *, response_url: bool = True) -> None:
        if place.view is not None:
            payload["view"] = self._view_json(place.view)
        if place.channel is not None:
            payload["channel"] = {"id": place.channel.id, "name": _channel_name(place.channel)}
            # The payload of an ephemeral message does not carry the message.
            if not place.ephemeral:
                payload["message"] = place.message
            if response_url:
                payload["response_url"] = self._hooks.mint(place.channel, person.id, original=place.container["message_ts"])

    def _view_json(self, view: View) -> Json:
        return {**self._modals.as_json(view), "state": {"values": inputs.state(view.payload["blocks"], view.state)}}

    def _trigger(self, person: Person, place: Place) -> str:
        channel = place.channel.id if place.channel else place.view.origin_channel if place.view else ""
        modal = place.view.id if place.view and place.view.kind == "modal" else ""
        return self._triggers.mint(person.id, view=modal, channel=channel)

    def _choices(self, place: Place, person: Person) -> dict[str, dict[str, Json]]:
        if place.view is not None:
            return place.view.state
        return self._chosen.setdefault((place.key, person.id), {})

    def _response_urls(self, person: Person, view: View, state: dict[str, dict[str, Json]]) -> list[Json]:
        minted: list[Json] = []
        for block, element in inputs.elements(view.payload["blocks"]):
            if not element.get("response_url_enabled"):
                continue
            chosen = state[block["block_id"]][element["action_id"]].get(inputs.field(element["type"]))
            channel = self._world.channels.get(str(chosen))
            if channel is not None:
                minted.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": self._hooks.mint(channel, person.id),
                    }
                )
        return minted

    # What follows.

    def _top(self, place: Place) -> View:
        view = place.view
        if view is None or view.kind != "modal" or self._world.view_stack(view.user)[-1] is not view:
            raise NotPossible("only the modal on top can be submitted or closed")
        return view

    def _after_submission(self, view: View, body: Json) -> Json:
        action = body.get("response_action")
        if action is None:
            if body:
                raise SlackError("invalid_response_action")
            self._modals.close(view)
        elif action == "errors":
            return {"ok": False, "errors": self._errors(view, body), **self._now_on_top(view.user)}
        elif action == "clear":
            for one in reversed(self._world.view_stack(view.user)):
                self._modals.close(one)
        elif action in ("update", "push"):
            if not isinstance(body.get("view"), dict):
                raise SlackError(
                    "invalid_arguments", messages=("[ERROR] missing required field: view",), pointers=("/view",)
                )
            self._modals.check(body["view"], view.team_id, view if action == "update" else None)
            if action == "update":
                self._modals.replace(view, body["view"])
            else:
                self._modals.stack(view, body["view"])
        else:
            raise SlackError("invalid_response_action")
        return {"ok": True, **self._now_on_top(view.user)}

    def _errors(self, view: View, body: Json) -> dict[str, str]:
        errors = body.get("errors")
        blocks = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors:
            raise SlackError("invalid_response_errors", pointers=("/errors",))
        for block_id, text in errors.items():
            if block_id not in blocks or not isinstance(text, str) or not text:
                raise SlackError("invalid_response_errors", pointers=(f"/errors/{block_id}",))
        return errors

    def _now_on_top(self, user: str) -> Json:
        stack = self._world.view_stack(user)
        return {"view_id": stack[-1].id} if stack else {}

    def _told(self, person: Person, reply: Reply, text: str = TROUBLE) -> Json:
        """The outcome for the person; where the app did not answer in time the client says so."""
        if reply.ok:
            return {"ok": True}
        self._world.changed("notice", user=person.id, text=text)
        return {"ok": False, "error": reply.failure, "text": text}

    def _needs_interactivity(self) -> None:
        if not self._world.app.interactivity:
            raise NotPossible("interactivity is switched off in the app's configuration")

    def _refused(self, method: str, error: str, scope: Scope | None, body: Json, cause: SlackError | None = None) -> None:
        messages = tuple(str(p) for p in scope.problems) if scope else cause.messages if cause else ()
        pointers = tuple(p.pointer for p in scope.problems) if scope else cause.pointers if cause else ()
        self._world.refuse(Refusal(self._world.now(), method, error, "", messages, pointers, request=body))


def _channel_name(channel: Channel) -> str:
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)
