"""The app's manifest: what Slack is asked for, and no more."""

from __future__ import annotations

from typing import Any

from bot.slack.listeners.shortcuts import CALLBACK

BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:read",
    "im:history",
    "im:write",
    "users:read",
)
HEARING_SCOPES = ("channels:history", "groups:history")
"""Needed to follow a thread without being mentioned again, and for channels that are answered unasked."""
BOT_EVENTS = ("app_mention", "app_home_opened", "message.im", "tokens_revoked", "app_uninstalled")
HEARING_EVENTS = ("message.channels", "message.groups")


def manifest(url: str | None, hears_channels: bool, command: str) -> dict[str, Any]:
    """The manifest for Socket Mode (`url` None) or for HTTP at the public address `url`.

    With `hears_channels` the bot may read the channels that it is in; people can decline that when they install it.
    """
    request_url = f"{url.rstrip('/')}/slack/events" if url else None
    events = [*BOT_EVENTS, *(HEARING_EVENTS if hears_channels else ())]
    scopes: dict[str, Any] = {"bot": list(BOT_SCOPES)}
    if hears_channels:
        scopes["bot_optional"] = list(HEARING_SCOPES)
    oauth: dict[str, Any] = {"scopes": scopes}
    if url:
        oauth["redirect_urls"] = [f"{url.rstrip('/')}/slack/oauth_redirect"]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Sellerbot",
            "description": "Amazon policy answers with source and date · 亚马逊政策问答，有出处有日期",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "sellerbot", "always_online": True},
            "agent_view": {
                "agent_description": "Answers Amazon sellers' policy questions from dated, cited rules, in two languages."
                " 用中英文回答亚马逊卖家的政策问题，注明规则、出处和日期。",
            },
            "slash_commands": [
                {
                    "command": command,
                    "description": "Ask a policy question · 政策提问",
                    "usage_hint": "[question | check | data | digest | rules | settings | help]",
                    "should_escape": True,
                    **({"url": request_url} if request_url else {}),
                }
            ],
            "shortcuts": [
                {
                    "type": "message",
                    "name": "Ask Sellerbot 问规则",
                    "callback_id": CALLBACK,
                    "description": "Ask Sellerbot about this message, for your eyes only · 就这条消息提问，仅自己可见",
                }
            ],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {"bot_events": events, **({"request_url": request_url} if request_url else {})},
            "interactivity": {"is_enabled": True, **({"request_url": request_url} if request_url else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
