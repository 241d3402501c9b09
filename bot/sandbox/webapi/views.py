"""views.*: modals and Home tabs."""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Json


def _view(call: Call) -> Any:
    view = call.args.json("view")
    if view is None:
        raise missing("view")
    if _asks_for_files(view):
        call.scoped("files:read")
    return view


def _asks_for_files(view: Any) -> bool:
    blocks = view.get("blocks") if isinstance(view, dict) else None
    elements = [block.get("element") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return any(isinstance(element, dict) and element.get("type") == "file_input" for element in elements)


def _trigger(call: Call) -> str:
    if not call.args.text("trigger_id") and call.args.has("interactivity_pointer"):
        raise SlackError("invalid_trigger_id", pointers=("/interactivity_pointer",))
    return call.args.needed("trigger_id")


@method("views.open", tier=4)
async def views_open(call: Call) -> Json:
    opened = call.sandbox.modals.open(_trigger(call), _view(call), call.team_id)
    return {"view": call.sandbox.modals.as_json(opened)}


@method("views.push", tier=4)
async def views_push(call: Call) -> Json:
    pushed = call.sandbox.modals.push(_trigger(call), _view(call), call.team_id)
    return {"view": call.sandbox.modals.as_json(pushed)}


@method("views.update", tier=4)
async def views_update(call: Call) -> Json:
    args = call.args
    updated = call.sandbox.modals.update(
        _view(call),
        call.team_id,
        view_id=args.text("view_id"),
        external_id=args.text("external_id"),
        hash_=args.text("hash"),
    )
    return {"view": call.sandbox.modals.as_json(updated)}


@method("views.publish", tier=4)
async def views_publish(call: Call) -> Json:
    if not call.args.has("user_id"):
        raise missing("user_id")
    person = call.person("user_id")
    published = call.sandbox.modals.publish(person.id, _view(call), call.team_id, hash_=call.args.text("hash"))
    return {"view": call.sandbox.modals.as_json(published)}
