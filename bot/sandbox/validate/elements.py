"""Interactive elements, and in which block each may stand."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from bot.sandbox.validate.objects import (
    CHANNEL,
    CONFIRM,
    CONVERSATION,
    CONVERSATION_FILTER,
    DISPATCH_CONFIG,
    ID,
    IMAGE_ELEMENT,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    PLACEHOLDER,
    PLAIN_OPTION,
    RICH_OPTION,
    STYLE,
    URL,
    USER,
    plain_text,
)
from bot.sandbox.validate.rich_text import RICH_TEXT
from bot.sandbox.validate.schema import Check, Scope, array, boolean, exactly_one, integer, obj, one_of, string

_FOCUS = {"focus_on_load": boolean()}
_COMMON = {"confirm": CONFIRM, **_FOCUS}
_PLACED = {"placeholder": PLACEHOLDER}
_TYPED = {"dispatch_action_config": DISPATCH_CONFIG, **_FOCUS, **_PLACED}
_TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d", wrong="must be a valid time in the format HH:mm")
_DECIMAL = string()


def _date(value: Any, pointer: str, scope: Scope) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        scope.note(pointer, "must be a valid date in the format YYYY-MM-DD")
        return
    try:
        date.fromisoformat(value)
    except ValueError:
        scope.note(pointer, "must be a valid date in the format YYYY-MM-DD")


def _unix_time(value: Any, pointer: str, scope: Scope) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or len(str(value)) != 10:
        scope.note(pointer, "must be a UNIX timestamp of 10 digits in seconds")


def _zone(value: Any, pointer: str, scope: Scope) -> None:
    if not isinstance(value, str) or value not in available_timezones():
        scope.note(pointer, "must be a valid IANA time zone")


def _known_values(value: Any) -> list[Any]:
    options = list(value.get("options") or []) if isinstance(value.get("options"), list) else []
    groups = value.get("option_groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict) and isinstance(group.get("options"), list):
            options += group["options"]
    return options


def _initial_among_options(value: Any, pointer: str, scope: Scope) -> None:
    """What is chosen from the start must be one of the options, text and value alike."""
    options = _known_values(value)
    if "initial_option" in value and value["initial_option"] not in options:
        scope.note(f"{pointer}/initial_option", "initial_option must match one of the options")
    chosen = value.get("initial_options")
    for index, one in enumerate(chosen if isinstance(chosen, list) else []):
        if one not in options:
            scope.note(f"{pointer}/initial_options/{index}", "initial_options must match the options")


def _lengths_in_order(value: Any, pointer: str, scope: Scope) -> None:
    shortest, longest = value.get("min_length"), value.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        scope.note(f"{pointer}/min_length", "min_length must be less than or equal to max_length")
    initial = value.get("initial_value")
    if isinstance(initial, str) and isinstance(longest, int) and len(initial) > longest:
        scope.note(f"{pointer}/initial_value", f"must be less than {longest + 1} characters")


def _numbers_in_order(value: Any, pointer: str, scope: Scope) -> None:
    read: dict[str, Decimal] = {}
    for name in ("min_value", "max_value", "initial_value"):
        if name in value:
            try:
                read[name] = Decimal(str(value[name]))
            except InvalidOperation:
                scope.note(f"{pointer}/{name}", "must be a valid number")
    if "min_value" in read and "max_value" in read and read["min_value"] > read["max_value"]:
        scope.note(f"{pointer}/min_value", "min_value must be less than or equal to max_value")


def _lines_in_order(value: Any, pointer: str, scope: Scope) -> None:
    fewest, most = value.get("min_lines"), value.get("max_lines")
    if isinstance(fewest, int) and isinstance(most, int) and fewest > most:
        scope.note(f"{pointer}/min_lines", "min_lines must be less than or equal to max_lines")


def _within_selection_limit(value: Any, pointer: str, scope: Scope) -> None:
    most = value.get("max_selected_items")
    for name in ("initial_options", "initial_users", "initial_conversations", "initial_channels"):
        chosen = value.get(name)
        if isinstance(most, int) and isinstance(chosen, list) and len(chosen) > most:
            scope.note(f"{pointer}/{name}", f"no more than {most} items allowed")


def _element(kind: str, required: dict[str, Check], optional: dict[str, Check], *rules: Check) -> Check:
    """An interactive element: its action_id is unique within its block, and one element of a payload may have the focus."""

    def identified(value: Any, pointer: str, scope: Scope) -> None:
        name = value.get("action_id")
        if isinstance(name, str):
            if name in scope.action_ids:
                scope.note(f"{pointer}/action_id", f"action_id `{name}` already exists")
            scope.action_ids.add(name)
        if value.get("focus_on_load") is True:
            scope.focused.append(pointer)
            if len(scope.focused) > 1:
                scope.note(f"{pointer}/focus_on_load", "only one element can have focus_on_load set to true")

    return obj(required, {"action_id": ID, **optional}, identified, *rules, kind=kind)


def _select(source: str, initial: dict[str, Check], *rules: Check, required: dict[str, Check] | None = None) -> Check:
    return _element(source, required or {}, {**_COMMON, **_PLACED, **initial}, *rules)


_OPTIONS = {"options": array(PLAIN_OPTION, most=100), "option_groups": array(OPTION_GROUP, most=100)}
_MOST = {"max_selected_items": integer(1)}
_QUERY = {"min_query_length": integer(0)}
_FEEDBACK = obj({"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)})

ELEMENTS: dict[str, Check] = {
    "image": IMAGE_ELEMENT,
    "button": _element(
        "button",
        {"text": plain_text(75)},
        {"url": URL, "value": string(2000), "style": STYLE, "confirm": CONFIRM, "accessibility_label": string(75)},
    ),
    "workflow_button": _element(
        "workflow_button",
        {
            "text": plain_text(75),
            "workflow": obj(
                {
                    "trigger": obj(
                        {"url": URL},
                        {"customizable_input_parameters": array(obj({"name": string(), "value": string()}), fewest=0)},
                    )
                }
            ),
        },
        {"style": STYLE, "accessibility_label": string(75)},
    ),
    "overflow": _element("overflow", {"options": array(OVERFLOW_OPTION, most=5)}, {"confirm": CONFIRM}),
    "checkboxes": _element(
        "checkboxes",
        {"options": array(RICH_OPTION, most=10)},
        {"initial_options": array(RICH_OPTION), **_COMMON},
        _initial_among_options,
    ),
    "radio_buttons": _element(
        "radio_buttons",
        {"options": array(RICH_OPTION, most=10)},
        {"initial_option": RICH_OPTION, **_COMMON},
        _initial_among_options,
    ),
    "datepicker": _element("datepicker", {}, {"initial_date": _date, **_COMMON, **_PLACED}),
    "timepicker": _element("timepicker", {}, {"initial_time": _TIME, "timezone": _zone, **_COMMON, **_PLACED}),
    "datetimepicker": _element("datetimepicker", {}, {"initial_date_time": _unix_time, **_COMMON}),
    "static_select": _select(
        "static_select",
        {**_OPTIONS, "initial_option": PLAIN_OPTION},
        exactly_one("options", "option_groups"),
        _initial_among_options,
    ),
    "external_select": _select("external_select", {"initial_option": PLAIN_OPTION, **_QUERY}),
    "users_select": _select("users_select", {"initial_user": USER}),
    "conversations_select": _select(
        "conversations_select",
        {
            "initial_conversation": CONVERSATION,
            "default_to_current_conversation": boolean(),
            "response_url_enabled": boolean(),
            "filter": CONVERSATION_FILTER,
        },
    ),
    "channels_select": _select("channels_select", {"initial_channel": CHANNEL, "response_url_enabled": boolean()}),
    "multi_static_select": _select(
        "multi_static_select",
        {**_OPTIONS, **_MOST, "initial_options": array(PLAIN_OPTION)},
        exactly_one("options", "option_groups"),
        _initial_among_options,
        _within_selection_limit,
    ),
    "multi_external_select": _select(
        "multi_external_select", {**_MOST, **_QUERY, "initial_options": array(PLAIN_OPTION)}, _within_selection_limit
    ),
    "multi_users_select": _select("multi_users_select", {**_MOST, "initial_users": array(USER)}, _within_selection_limit),
    "multi_conversations_select": _select(
        "multi_conversations_select",
        {
            **_MOST,
            "initial_conversations": array(CONVERSATION),
            "default_to_current_conversation": boolean(),
            "filter": CONVERSATION_FILTER,
        },
        _within_selection_limit,
    ),
    "multi_channels_select": _select(
        "multi_channels_select", {**_MOST, "initial_channels": array(CHANNEL)}, _within_selection_limit
    ),
    "plain_text_input": _element(
        "plain_text_input",
        {},
        {
            "initial_value": string(3000, shortest=0),
            "multiline": boolean(),
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
            **_TYPED,
        },
        _lengths_in_order,
    ),
    "rich_text_input": _element(
        "rich_text_input",
        {},
        {"initial_value": RICH_TEXT, "min_lines": integer(1, 100), "max_lines": integer(1, 100), **_TYPED},
        _lines_in_order,
    ),
    "email_text_input": _element("email_text_input", {}, {"initial_value": string(shortest=0), **_TYPED}),
    "url_text_input": _element("url_text_input", {}, {"initial_value": string(shortest=0), **_TYPED}),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": boolean()},
        {"initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL, **_TYPED},
        _numbers_in_order,
    ),
    "file_input": _element("file_input", {}, {"filetypes": array(string()), "max_files": integer(1, 10)}),
    "feedback_buttons": _element("feedback_buttons", {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {}),
    "icon_button": _element(
        "icon_button",
        {"icon": one_of("trash"), "text": plain_text(75)},
        {
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": array(USER, most=10),
        },
    ),
}

_MENUS = frozenset(name for name in ELEMENTS if name.endswith("_select"))
_CHOICES = frozenset({"checkboxes", "radio_buttons", "datepicker", "timepicker"})
IN_SECTION = _MENUS | _CHOICES | {"button", "workflow_button", "overflow", "image"}
IN_ACTIONS = _MENUS | _CHOICES | {"button", "workflow_button", "overflow", "datetimepicker"}
IN_INPUT = (
    _MENUS
    | _CHOICES
    | {
        "datetimepicker",
        "plain_text_input",
        "rich_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
    }
)
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
