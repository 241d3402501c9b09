"""The blocks, and the surfaces on which each may stand."""

from __future__ import annotations

from typing import Any

from bot.sandbox.validate.elements import ELEMENTS, IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from bot.sandbox.validate.markdown import translated_blocks
from bot.sandbox.validate.objects import ALT_TEXT, ID, IMAGE_ELEMENT, IMAGE_URL, SLACK_FILE, URL, mrkdwn, plain_text, text
from bot.sandbox.validate.rich_text import ELEMENTS as RICH_TEXT_ELEMENTS
from bot.sandbox.validate.rich_text import RICH_TEXT
from bot.sandbox.validate.schema import (
    Check,
    Scope,
    Surface,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    integer,
    nullable,
    number,
    obj,
    one_of,
    string,
)

MARKDOWN_LIMIT = 12_000
"""Characters of all markdown blocks of a payload together."""
TABLE_LIMIT = 10_000
"""Characters of all cells of a table together."""

_IMAGE_SOURCE = {"image_url": IMAGE_URL, "slack_file": SLACK_FILE}


def _counting(check: Check) -> Check:
    def counted(value: Any, pointer: str, scope: Scope) -> None:
        check(value, pointer, scope)
        if isinstance(value, str):
            scope.characters += len(value)

    return counted


def _markdown(value: Any, pointer: str, scope: Scope) -> None:
    written = value.get("text")
    if not isinstance(written, str):
        return
    scope.characters += len(written)
    before = scope.markdown_characters
    scope.markdown_characters += len(written)
    if before and len(written) <= MARKDOWN_LIMIT < scope.markdown_characters:
        scope.note(
            f"{pointer}/text", f"the markdown blocks of a payload must be less than {MARKDOWN_LIMIT + 1} characters together"
        )
    kinds = translated_blocks(written)
    scope.extra_blocks += max(len(kinds) - 1, 0)
    scope.tables += [pointer] * kinds.count("table")


def _table(value: Any, pointer: str, scope: Scope) -> None:
    scope.tables.append(pointer)
    rows = value.get("rows")
    if isinstance(rows, list) and sum(_cell_length(c) for row in rows if isinstance(row, list) for c in row) > TABLE_LIMIT:
        scope.note(f"{pointer}/rows", f"the cells of a table must be less than {TABLE_LIMIT + 1} characters together")


def _cell_length(cell: Any) -> int:
    """The text of a cell, whatever it is made of."""
    if isinstance(cell, list):
        return sum(_cell_length(one) for one in cell)
    if not isinstance(cell, dict):
        return 0
    own = cell.get("text")
    return (len(own) if isinstance(own, str) else 0) + _cell_length(cell.get("elements"))


def _header_without_rich_text(value: Any, pointer: str, scope: Scope) -> None:
    rows = value.get("rows")
    header = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    for index, cell in enumerate(header):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            scope.note(f"{pointer}/rows/0/{index}/type", "unsupported type: rich_text", "unsupported_type")
    column = value.get("row_header_column_index")
    if isinstance(column, int) and column >= len(header):
        scope.note(f"{pointer}/row_header_column_index", "must be the index of a column")


def _input(value: Any, pointer: str, scope: Scope) -> None:
    scope.inputs.append(pointer)
    element = value.get("element")
    if not isinstance(element, dict):
        return
    if element.get("type") == "file_input":
        if scope.surface not in (None, "modal"):
            scope.note(f"{pointer}/element/type", "unsupported type: file_input", "unsupported_type")
        if value.get("dispatch_action") is True:
            scope.note(f"{pointer}/dispatch_action", "dispatch_action is not allowed with file_input")


def _no_response_url(value: Any, pointer: str, scope: Scope) -> None:
    """response_url_enabled belongs to a select of an input block of a modal."""
    elements = [value.get("accessory"), value.get("element"), *_list(value.get("elements"))]
    wrong_place = value.get("type") != "input" or scope.surface not in (None, "modal")
    if wrong_place and any(isinstance(element, dict) and element.get("response_url_enabled") for element in elements):
        scope.note(pointer, "response_url_enabled is only allowed in input blocks of modals")


def _alert_length(value: Any, pointer: str, scope: Scope) -> None:
    inner = value.get("text")
    if isinstance(inner, dict) and isinstance(inner.get("text"), str) and len(inner["text"]) > 200:
        scope.note(f"{pointer}/text/text", "must be less than 201 characters")


def _collapsed_only_if_collapsible(value: Any, pointer: str, scope: Scope) -> None:
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        scope.note(f"{pointer}/default_collapsed", "default_collapsed requires is_collapsible")


def _pie_or_axes(value: Any, pointer: str, scope: Scope) -> None:
    pie = value.get("type") == "pie"
    needed, foreign = (("segments",), ("series", "axis_config")) if pie else (("series", "axis_config"), ("segments",))
    for name in needed:
        if value.get(name) is None:
            scope.note(pointer, f"missing required field: {name}", "missing_field")
    for name in foreign:
        if name in value:
            scope.note(pointer, f"invalid additional property: {name}", "additional_property")


def _points_on_axis(value: Any, pointer: str, scope: Scope) -> None:
    """Each series has one point for each category; a slice of a pie is more than nothing."""
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    for index, one in enumerate(_list(value.get("series"))):
        labels = (
            [point.get("label") for point in _list(one.get("data")) if isinstance(point, dict)]
            if isinstance(one, dict)
            else []
        )
        if isinstance(categories, list) and sorted(map(str, labels)) != sorted(map(str, categories)):
            scope.note(f"{pointer}/series/{index}/data", "must have one data point for each category")
    for index, one in enumerate(_list(value.get("segments"))):
        amount = one.get("value") if isinstance(one, dict) else None
        if isinstance(amount, int | float) and amount <= 0:
            scope.note(f"{pointer}/segments/{index}/value", "must be greater than 0")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _chart(_value: Any, pointer: str, scope: Scope) -> None:
    scope.charts.append(pointer)
    if len(scope.charts) > 2:
        scope.note(pointer, "no more than 2 data_visualization blocks allowed")


_RAW_TEXT = obj({"text": _counting(string())}, kind="raw_text")
_RAW_NUMBER = obj({"value": number()}, {"text": _counting(string())}, kind="raw_number")
_RICH_CELL = obj({"elements": RICH_TEXT_ELEMENTS}, {"block_id": ID}, kind="rich_text")


def _rich_cell(value: Any, pointer: str, scope: Scope) -> None:
    _RICH_CELL(value, pointer, scope)
    if (
        isinstance(value, dict)
        and isinstance(value.get("elements"), list)
        and not _cell_length(value)
        and not _holds_symbol(value)
    ):
        scope.note(f"{pointer}/elements", "must be more than 0 characters")


def _holds_symbol(value: Any) -> bool:
    """Whether a rich_text cell shows something without text of its own: an emoji, a person, a link, a date."""
    if isinstance(value, list):
        return any(_holds_symbol(one) for one in value)
    if not isinstance(value, dict):
        return False
    return value.get("type") in ("emoji", "user", "channel", "link", "date", "broadcast", "usergroup") or _holds_symbol(
        value.get("elements")
    )


_POINT = obj({"label": string(20), "value": number()})
_CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": _rich_cell})
_COLUMN = nullable(obj({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean()}))
_ROW = array(_CELL, most=20)

_TASK = {
    "task_id": string(255),
    "title": string(),
}
_TASK_MORE = {
    "details": RICH_TEXT,
    "output": RICH_TEXT,
    "sources": array(obj({"url": URL, "text": string()}, kind="url"), fewest=0),
    "status": one_of("pending", "in_progress", "complete", "error"),
}


def _block(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None, *rules: Check) -> Check:
    inner = obj(required, {"block_id": ID, **(optional or {})}, *rules, kind=kind)

    def check(value: Any, pointer: str, scope: Scope) -> None:
        scope.action_ids = set()
        name = value.get("block_id")
        if isinstance(name, str) and name:
            if name in scope.block_ids:
                scope.note(f"{pointer}/block_id", f"block_id `{name}` already exists")
            scope.block_ids.add(name)
        inner(value, pointer, scope)

    return check


def _plan_title(value: Any, pointer: str, scope: Scope) -> None:
    (plain_text() if isinstance(value, dict) else string())(value, pointer, scope)


def _plan_task(value: Any, pointer: str, scope: Scope) -> None:
    """A task card, whose type may be left out here."""
    _TASK_CARD({"type": "task_card", **value} if isinstance(value, dict) else value, pointer, scope)


_TASK_CARD = _block("task_card", _TASK, _TASK_MORE)
_CARD = _block(
    "card",
    {},
    {
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "actions": array(by_type(ELEMENTS, {"button"}), most=3),
    },
    at_least_one("title", "hero_image", "body", "actions"),
)

_PLAIN_BLOCKS: dict[str, Check] = {
    "section": _block(
        "section",
        {},
        {
            "text": text(),
            "fields": array(text(2000), most=10),
            "accessory": by_type(ELEMENTS, IN_SECTION),
            "expand": boolean(),
        },
        at_least_one("text", "fields"),
        _no_response_url,
    ),
    "divider": _block("divider", {}),
    "header": _block("header", {"text": plain_text(150)}, {"level": integer(1, 6)}),
    "context": _block(
        "context",
        {"elements": array(by_type({"image": IMAGE_ELEMENT, "plain_text": plain_text(), "mrkdwn": mrkdwn()}), most=10)},
    ),
    "actions": _block("actions", {"elements": array(by_type(ELEMENTS, IN_ACTIONS), most=25)}, {}, _no_response_url),
    "image": _block(
        "image", {"alt_text": ALT_TEXT}, {**_IMAGE_SOURCE, "title": plain_text(2000)}, exactly_one("image_url", "slack_file")
    ),
    "input": _block(
        "input",
        {"label": plain_text(2000), "element": by_type(ELEMENTS, IN_INPUT)},
        {"hint": plain_text(2000), "optional": boolean(), "dispatch_action": boolean()},
        _input,
        _no_response_url,
    ),
    "rich_text": _block("rich_text", {"elements": RICH_TEXT_ELEMENTS}),
    "table": _block(
        "table",
        {"rows": array(_ROW, most=100)},
        {"column_settings": array(_COLUMN, fewest=0, most=20)},
        _table,
    ),
    "file": _block("file", {"external_id": string(255), "source": one_of("remote")}),
    "video": _block(
        "video",
        {
            "alt_text": ALT_TEXT,
            "title": plain_text(199),
            "thumbnail_url": IMAGE_URL,
            "video_url": string(3000, pattern=r"https://\S+", wrong="must be a valid HTTPS URL"),
        },
        {
            "author_name": string(49),
            "description": plain_text(),
            "provider_icon_url": IMAGE_URL,
            "provider_name": string(),
            "title_url": URL,
        },
    ),
}

BLOCKS: dict[str, Check] = {
    **_PLAIN_BLOCKS,
    "markdown": _block("markdown", {"text": string(MARKDOWN_LIMIT)}, {}, _markdown),
    "context_actions": _block("context_actions", {"elements": array(by_type(ELEMENTS, IN_CONTEXT_ACTIONS), most=5)}),
    "alert": _block(
        "alert", {"text": text()}, {"level": one_of("default", "info", "warning", "error", "success")}, _alert_length
    ),
    "card": _CARD,
    "carousel": _block("carousel", {"elements": array(by_type({"card": _CARD}), most=10)}),
    "container": _block(
        "container",
        {"child_blocks": array(by_type(_PLAIN_BLOCKS), most=10)},
        {
            "title": plain_text(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": plain_text(150),
            "icon": IMAGE_ELEMENT,
            "width": one_of("narrow", "standard", "wide", "full"),
            "is_collapsible": boolean(),
            "default_collapsed": boolean(),
            "has_header_divider": boolean(),
        },
        exactly_one("title", "rich_text_title"),
        _collapsed_only_if_collapsible,
    ),
    "task_card": _TASK_CARD,
    "plan": _block("plan", {"title": _plan_title}, {"tasks": array(_plan_task)}),
    "data_table": _block(
        "data_table",
        {"caption": string(), "rows": array(_ROW, fewest=2, most=101)},
        {"page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
        _table,
        _header_without_rich_text,
    ),
    "data_visualization": _block(
        "data_visualization",
        {
            "title": string(50),
            "chart": obj(
                {"type": one_of("line", "bar", "area", "pie")},
                {
                    "series": array(obj({"name": string(20), "data": array(_POINT, most=20)}), most=6),
                    "segments": array(_POINT, most=6),
                    "axis_config": obj(
                        {"categories": array(string(20), most=20)}, {"x_label": string(50), "y_label": string(50)}
                    ),
                },
                _pie_or_axes,
                _points_on_axis,
            ),
        },
        {},
        _chart,
    ),
}

_EVERYWHERE = {"section", "divider", "header", "context", "actions", "image", "input", "rich_text", "video"}
SURFACES: dict[Surface, frozenset[str]] = {
    "message": frozenset(
        _EVERYWHERE
        | {
            "markdown",
            "table",
            "file",
            "context_actions",
            "card",
            "carousel",
            "container",
            "task_card",
            "plan",
            "data_table",
            "data_visualization",
        }
    ),
    "modal": frozenset(_EVERYWHERE | {"alert"}),
    "home": frozenset(_EVERYWHERE),
}
BLOCK_LIMITS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}


def blocks(surface: Surface | None, *, fewest: int = 0) -> Check:
    """A payload's blocks on a surface; None checks them for no surface in particular."""
    most = BLOCK_LIMITS.get(surface, 100) if surface else 100
    return array(by_type(BLOCKS, SURFACES[surface] if surface else None), fewest=fewest, most=most)
