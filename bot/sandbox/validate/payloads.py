"""Whole payloads: the blocks of a message, a view, attachments; what is wrong becomes Slack's error code."""

from __future__ import annotations

import json
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.validate.blocks import BLOCK_LIMITS, blocks
from bot.sandbox.validate.objects import plain_text
from bot.sandbox.validate.schema import Check, Problem, Scope, Surface, boolean, obj, string

VIEW_BYTES = 250 * 1024
ATTACHMENT_LIMIT = 100
METADATA_BYTES = 16 * 1024
TEXT_BUDGET = 13_200
"""Characters of all blocks of a message together. Slack publishes no figure; beyond about this many it refuses."""

_ATTACHMENT_KEYS = frozenset(
    {
        "actions",
        "attachment_type",
        "author_icon",
        "author_link",
        "author_name",
        "author_subname",
        "blocks",
        "callback_id",
        "color",
        "fallback",
        "fields",
        "footer",
        "footer_icon",
        "from_url",
        "id",
        "image_height",
        "image_url",
        "image_width",
        "mrkdwn_in",
        "original_url",
        "pretext",
        "service_icon",
        "service_name",
        "text",
        "thumb_height",
        "thumb_url",
        "thumb_width",
        "title",
        "title_link",
        "ts",
        "video_html",
        "video_html_height",
        "video_html_width",
    }
)


def walk_blocks(value: Any, surface: Surface | None, pointer: str = "/blocks") -> Scope:
    """Every fault of a list of blocks."""
    scope = Scope(surface)
    blocks(surface)(value, pointer, scope)
    return scope


def check_message_blocks(value: Any, pointer: str = "/blocks") -> Scope:
    """Raises what chat.postMessage and its neighbours would answer for these blocks."""
    if not isinstance(value, list) or not all(isinstance(block, dict) for block in value):
        raise SlackError("invalid_blocks_format")
    scope = walk_blocks(value, "message", pointer)
    if scope.problems:
        raise invalid("invalid_blocks", scope.problems)
    if len(value) + scope.extra_blocks > BLOCK_LIMITS["message"]:
        raise invalid("invalid_blocks", [Problem(pointer, f"no more than {BLOCK_LIMITS['message']} items allowed")])
    one_table(scope.tables)
    if scope.characters > TEXT_BUDGET:
        raise SlackError("msg_blocks_too_long")
    return scope


def one_table(tables: list[str]) -> None:
    if len(tables) > 1:
        raise SlackError("invalid_attachments", messages=("[ERROR] only_one_table_allowed",), pointers=tuple(tables[1:]))


def check_attachments(value: Any) -> list[str]:
    """Raises what is wrong with a message's attachments; the blocks in them are checked as blocks.

    Returns where its tables are, for the rule that a message has one.
    """
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise SlackError("invalid_attachments")
    if len(value) > ATTACHMENT_LIMIT:
        raise SlackError("too_many_attachments")
    tables: list[str] = []
    for index, attachment in enumerate(value):
        if set(attachment) - _ATTACHMENT_KEYS:
            raise SlackError("invalid_attachments", messages=("[ERROR] invalid_keys",), pointers=(f"/attachments/{index}",))
        inner = attachment.get("blocks")
        if isinstance(inner, str):
            inner = _json(inner, "invalid_attachments")
        if inner is not None:
            tables += check_message_blocks(inner, f"/attachments/{index}/blocks").tables
    one_table(tables)
    return tables


def check_metadata(value: Any) -> None:
    """Raises what is wrong with a message's metadata."""
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if (
        not isinstance(value.get("event_type"), str)
        or not value["event_type"]
        or not isinstance(value.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value, ensure_ascii=False).encode()) > METADATA_BYTES:
        raise SlackError("metadata_too_large")


_SHARED: dict[str, Check] = {
    "private_metadata": string(3000, shortest=0),
    "callback_id": string(255, shortest=0),
    "external_id": string(255, shortest=0),
}
_MODAL: dict[str, Check] = {
    "submit": plain_text(24),
    "close": plain_text(24),
    "clear_on_close": boolean(),
    "notify_on_close": boolean(),
    "submit_disabled": boolean(),
}


def _submit_for_inputs(value: Any, pointer: str, scope: Scope) -> None:
    if scope.inputs and not value.get("submit"):
        scope.note(pointer, "missing required field: submit", "missing_field")


def walk_view(view: Any, kinds: tuple[str, ...] = ("modal", "home"), pointer: str = "/view") -> Scope:
    """Every fault of a view."""
    kind = view.get("type") if isinstance(view, dict) else None
    scope = Scope("home" if kind == "home" else "modal")
    if not isinstance(view, dict):
        scope.note(pointer, "must provide an object", "invalid_type")
    elif kind is None:
        scope.note(pointer, "missing required field: type", "missing_field")
    elif kind not in kinds:
        scope.note(f"{pointer}/type", f"unsupported type: {kind}", "unsupported_type")
    elif kind == "modal":
        check = obj(
            {"title": plain_text(24), "blocks": blocks("modal")}, {**_SHARED, **_MODAL}, _submit_for_inputs, kind="modal"
        )
        check(view, pointer, scope)
    else:
        obj({"blocks": blocks("home")}, _SHARED, kind="home")(view, pointer, scope)
    return scope


def check_view(view: Any, kinds: tuple[str, ...]) -> None:
    """Raises what views.open and its neighbours would answer for this view."""
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    scope = walk_view(view, kinds)
    if scope.problems:
        raise invalid("invalid_arguments", scope.problems)


def invalid(error: str, problems: list[Problem]) -> SlackError:
    """A refusal that lists faults as Slack does: in `errors` and in response_metadata.messages."""
    return SlackError(
        error,
        messages=tuple(f"[ERROR] {problem}" for problem in problems),
        pointers=tuple(problem.pointer for problem in problems),
        body={"errors": [str(problem) for problem in problems]},
    )


def _json(written: str, error: str) -> Any:
    try:
        return json.loads(written)
    except ValueError as exc:
        raise SlackError(error) from exc
