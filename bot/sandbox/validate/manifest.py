"""App manifests, as far as their schema is published: an app is not configured from one that Slack would not take."""

from __future__ import annotations

from typing import Any

from bot.sandbox.validate.objects import ID
from bot.sandbox.validate.schema import Check, Problem, Scope, array, boolean, integer, obj, one_of, string

_URL = string(pattern=r"https?://\S+", wrong="must be a valid URL")
_NAMES = array(string(), fewest=0, most=255)
_PROMPTS = array(obj({"title": string(), "message": string()}), fewest=0, most=4)
_COMMAND = obj(
    {
        "command": string(32, pattern=r"/[^\sA-Z]+", wrong="must start with a slash and hold no capitals"),
        "description": string(2000),
    },
    {"usage_hint": string(1000), "should_escape": boolean(), "url": _URL},
)
_SHORTCUT = obj({"type": one_of("message", "global"), "name": string(24), "callback_id": ID, "description": string(150)})
_HOME = ("home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled")


def _one_experience(value: Any, pointer: str, scope: Scope) -> None:
    if "agent_view" in value and "assistant_view" in value:
        scope.note(pointer, "agent_view and assistant_view exclude each other")


def _urls_without_socket_mode(value: Any, pointer: str, scope: Scope) -> None:
    """What Slack calls over HTTP needs an address; with Socket Mode there is none."""
    settings, features = _part(value, "settings"), _part(value, "features")
    if settings.get("socket_mode_enabled"):
        return
    for name in ("event_subscriptions", "interactivity"):
        part = _part(settings, name)
        wanted = part.get("is_enabled", False) if name == "interactivity" else bool(part)
        if wanted and not part.get("request_url"):
            scope.note(f"{pointer}/settings/{name}", "missing required field: request_url", "missing_field")
    commands = features.get("slash_commands")
    for index, command in enumerate(commands if isinstance(commands, list) else []):
        if isinstance(command, dict) and not command.get("url"):
            scope.note(f"{pointer}/features/slash_commands/{index}", "missing required field: url", "missing_field")


def _part(value: Any, name: str) -> dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


_FEATURES: dict[str, Check] = {
    "app_home": obj({}, {name: boolean() for name in _HOME}),
    "bot_user": obj({"display_name": string(80)}, {"always_online": boolean()}),
    "agent_view": obj({"agent_description": string(300)}, {"suggested_prompts": _PROMPTS}),
    "assistant_view": obj({"assistant_description": string(300)}, {"suggested_prompts": _PROMPTS}),
    "slash_commands": array(_COMMAND, fewest=0, most=50),
    "shortcuts": array(_SHORTCUT, fewest=0, most=10),
    "unfurl_domains": array(string(), fewest=0, most=5),
}
_SETTINGS: dict[str, Check] = {
    "event_subscriptions": obj(
        {}, {"request_url": _URL, "bot_events": array(string(), fewest=0, most=100), "user_events": _NAMES}
    ),
    "interactivity": obj({"is_enabled": boolean()}, {"request_url": _URL, "message_menu_options_url": _URL}),
    "org_deploy_enabled": boolean(),
    "socket_mode_enabled": boolean(),
    "token_rotation_enabled": boolean(),
    "allowed_ip_address_ranges": _NAMES,
}
_MANIFEST = obj(
    {
        "display_information": obj(
            {"name": string(35)},
            {
                "description": string(140),
                "long_description": string(4000, shortest=175),
                "background_color": string(pattern="#[0-9A-Fa-f]{3}([0-9A-Fa-f]{3})?", wrong="must be a valid hex color"),
            },
        )
    },
    {
        "_metadata": obj({}, {"major_version": integer(1), "minor_version": integer(0)}),
        "features": obj({}, _FEATURES, _one_experience),
        "oauth_config": obj(
            {},
            {
                "redirect_urls": array(_URL, fewest=0, most=1000),
                "scopes": obj({}, dict.fromkeys(("bot", "user", "bot_optional", "user_optional"), _NAMES)),
            },
        ),
        "settings": obj({}, _SETTINGS),
    },
    _urls_without_socket_mode,
)


def manifest_problems(manifest: Any) -> list[Problem]:
    """Every fault of a manifest, with JSON pointers."""
    scope = Scope(None)
    _MANIFEST(manifest, "", scope)
    return scope.problems
