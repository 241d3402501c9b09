"""What a person does with an element: its value in actions and state, as Slack sends it, and what the client checks."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.errors import NotPossible
from bot.sandbox.world import Json

_STATELESS = frozenset({"button", "workflow_button", "overflow", "feedback_buttons", "icon_button", "image"})
_FIELD = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
_INITIAL = {
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
    "rich_text_value": "initial_value",
    "value": "initial_value",
}
REQUIRED = "Please complete this required field."


def elements(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """(block, element) for every interactive element, those in containers and cards included."""
    found: list[tuple[Json, Json]] = []
    for block in blocks:
        inner = [block.get("accessory"), block.get("element")]
        if block["type"] in ("actions", "context_actions"):
            inner += block["elements"]
        elif block["type"] == "card":
            inner += block.get("actions", [])
        elif block["type"] in ("container", "carousel"):
            found += elements(block.get("child_blocks") or block.get("elements") or [])
        found += [(block, element) for element in inner if element and element.get("action_id")]
    return found


def find(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """The element with this action_id, in this block if one is named; NotPossible if it is not on show."""
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    raise NotPossible(f"there is no element {action_id!r} here")


def field(kind: str) -> str:
    """The name under which an element's value is sent."""
    return _FIELD.get(kind, "value")


def used(element: Json, value: Any) -> Json:
    """What an element sends when it is used with `value`; NotPossible if it does not offer that."""
    kind = element["type"]
    if kind in ("button", "icon_button"):
        return {name: element[name] for name in ("text", "value", "style") if name in element}
    if kind == "workflow_button":
        return {"text": element["text"]}
    if kind == "feedback_buttons":
        chosen = _feedback(element, value)
        return {"text": chosen["text"], "value": chosen["value"]}
    name = field(kind)
    if name in ("selected_option", "selected_options") and kind not in ("external_select", "multi_external_select"):
        value = _chosen(element, value, several=name == "selected_options")
    elif kind == "external_select" and isinstance(value, str):
        value = {"text": {"type": "plain_text", "text": value}, "value": value}
    elif name == "value" and value is not None:
        value = str(value)
    extra = {"timezone": element["timezone"]} if "timezone" in element else {}
    return {name: value, **extra}


def _feedback(element: Json, value: Any) -> Json:
    for name in ("positive_button", "negative_button"):
        chosen: Json = element[name]
        if value in (name.removesuffix("_button"), chosen["value"]):
            return chosen
    raise NotPossible("feedback is positive or negative")


def _chosen(element: Json, value: Any, *, several: bool) -> Any:
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(option for group in groups for option in group["options"])]
    by_value = {option["value"]: option for option in options}
    wanted = value if isinstance(value, list) else [] if value is None else [value]
    missing = [one for one in wanted if one not in by_value]
    if missing:
        raise NotPossible(f"{missing[0]!r} is not among the options")
    most = element.get("max_selected_items")
    if most is not None and len(wanted) > most:
        raise NotPossible(f"no more than {most} can be chosen")
    chosen = [by_value[one] for one in wanted]
    if several:
        return chosen
    return chosen[0] if chosen else None


def is_stateful(element: Json) -> bool:
    return element["type"] not in _STATELESS


def state(blocks: list[Json], chosen: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """`state.values`: what was chosen, else what was there from the start, else null (an empty list where several fit)."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in elements(blocks):
        if not is_stateful(element):
            continue
        known = chosen.get(block["block_id"], {}).get(element["action_id"])
        if known is None:
            name = field(element["type"])
            empty: Any = [] if name.endswith("s") else None
            known = {"type": element["type"], name: element.get(_INITIAL.get(name, ""), empty)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = known
    return values


def faults(blocks: list[Json], values: dict[str, dict[str, Json]]) -> dict[str, str]:
    """What the client finds wrong before it submits: block_id -> text to show."""
    wrong: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] != "input":
            continue
        value = values[block["block_id"]][element["action_id"]].get(field(element["type"]))
        if value in (None, "", []):
            if not block.get("optional"):
                wrong[block["block_id"]] = REQUIRED
        elif (fault := _fault(element, value)) is not None:
            wrong[block["block_id"]] = fault
    return wrong


def _fault(element: Json, value: Any) -> str | None:
    kind = element["type"]
    if kind == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > element.get("max_length", 3000):
            return f"Please enter at most {element.get('max_length', 3000)} characters."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter a valid email."
    if kind == "url_text_input" and not re.fullmatch(r"https?://\S+", value):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _number_fault(element, value)
    if kind == "file_input":
        allowed = element.get("filetypes")
        if len(value) > element.get("max_files", 10):
            return f"Please choose at most {element.get('max_files', 10)} files."
        if allowed and any(file["filetype"] not in allowed for file in value):
            return "This type of file is not allowed here."
    return None


def _number_fault(element: Json, value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(str(element["min_value"])):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > Decimal(str(element["max_value"])):
        return f"Please enter a number of at most {element['max_value']}."
    return None
