"""response_urls: five uses within thirty minutes, for one conversation and one person."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.posting import Posting
from bot.sandbox.validate.payloads import check_attachments, check_message_blocks, check_metadata
from bot.sandbox.world import Channel, Ephemeral, Json, World

MOST_USES = 5
LIFETIME = 30 * 60.0
_KNOWN = frozenset(
    {
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "mrkdwn",
        "unfurl_links",
        "unfurl_media",
        "metadata",
        "parse",
        "link_names",
    }
)


@dataclass
class Hook:
    """`original`: the message whose element was used; None for a command."""

    team_id: str
    channel: str
    user: str
    until: float
    original: str | None
    thread_ts: str | None
    uses: int = 0


class ResponseUrls:
    def __init__(self, world: World, posting: Posting) -> None:
        self._world = world
        self._posting = posting
        self._hooks: dict[str, Hook] = {}

    def mint(self, channel: Channel, user: str, *, original: str | None = None, thread_ts: str | None = None) -> str:
        """A response_url for an interaction in a conversation."""
        secret = secrets.token_urlsafe(18)
        self._hooks[secret] = Hook(channel.team_id, channel.id, user, self._world.now() + LIFETIME, original, thread_ts)
        return f"{self._world.base_url}/actions/{channel.team_id}/{secret}"

    def use(self, secret: str, raw: bytes) -> None:
        """Does what is posted to a response_url; SlackError with the HTTP status where it is refused."""
        hook = self._hooks.get(secret)
        if hook is None or not self._installed(hook):
            raise SlackError("invalid_url", status=404)
        if self._world.now() > hook.until:
            raise SlackError("expired_url", status=404)
        if hook.uses >= MOST_USES:
            raise SlackError("used_url", status=404)
        body = _read(raw)
        hook.uses += 1
        self._respond(hook, body)

    def answer(self, hook: Hook, body: Json) -> None:
        """Shows what came back with the acknowledgement of a command; an empty answer shows nothing."""
        if set(body) - {"response_type"} and body != {"text": ""}:
            self._respond(hook, body)

    def _respond(self, hook: Hook, body: Json) -> None:
        """Posts, replaces or deletes as a body says."""
        channel = self._world.channels[hook.channel]
        if body.get("delete_original"):
            return self._delete(channel, hook)
        content = _content(body)
        kind = body.get("response_type", "ephemeral")
        if kind not in ("ephemeral", "in_channel"):
            raise SlackError("invalid_response_type", status=400)
        if body.get("replace_original") and hook.original is not None:
            return self._replace(channel, hook, content)
        install = self._world.installs[hook.team_id]
        thread_ts = str(body["thread_ts"]) if body.get("thread_ts") else None
        message = self._posting.from_app(install, channel, content, thread_ts)
        if kind == "in_channel":
            self._posting.post(channel, message)
        else:
            self._posting.show_to(channel, hook.user, message)
        return None

    def _installed(self, hook: Hook) -> bool:
        install = self._world.installs.get(hook.team_id)
        return install is not None and install.active

    def _delete(self, channel: Channel, hook: Hook) -> None:
        if hook.original is None:
            raise SlackError("cant_delete_message", status=400)
        shown = self._ephemeral(channel, hook)
        if shown is not None:
            shown.deleted = True
            self._world.changed("ephemeral", channel=channel.id, ts=shown.ts, user=shown.user, deleted=True)
        elif hook.original in channel.messages:
            self._posting.remove(channel, channel.messages[hook.original])
        else:
            raise SlackError("message_not_found", status=404)

    def _replace(self, channel: Channel, hook: Hook, content: Json) -> None:
        shown = self._ephemeral(channel, hook)
        if shown is not None:
            kept = {name: value for name, value in shown.message.items() if name not in ("text", "blocks", "attachments")}
            shown.message = {**kept, **self._posting.content(content)}
            self._world.changed("ephemeral", channel=channel.id, ts=shown.ts, user=shown.user)
        elif hook.original in channel.messages:
            install = self._world.installs[hook.team_id]
            self._posting.change(channel, channel.messages[str(hook.original)], content, install.bot_user_id)
        else:
            raise SlackError("message_not_found", status=404)

    def _ephemeral(self, channel: Channel, hook: Hook) -> Ephemeral | None:
        return next((e for e in channel.ephemerals if e.ts == hook.original and not e.deleted), None)


def _read(raw: bytes) -> Json:
    try:
        body: Any = json.loads(raw)
    except ValueError as exc:
        raise SlackError("invalid_payload", status=400) from exc
    if not isinstance(body, dict):
        raise SlackError("invalid_payload", status=400)
    return body


def _content(body: Json) -> Json:
    """The message in a response, checked as chat.postMessage checks it, refused with HTTP 400."""
    if set(body) - _KNOWN:
        raise SlackError(
            "invalid_payload", status=400, messages=(f"[ERROR] unknown: {', '.join(sorted(set(body) - _KNOWN))}",)
        )
    content: Json = {"text": body.get("text", "")}
    try:
        if not isinstance(content["text"], str):
            raise SlackError("invalid_payload")
        for name, check in (
            ("blocks", check_message_blocks),
            ("attachments", check_attachments),
            ("metadata", check_metadata),
        ):
            value = body.get(name)
            if isinstance(value, str):
                value = json.loads(value)
            if value:
                check(value)
                content[name] = value
        if not content["text"] and not content.get("blocks") and not content.get("attachments"):
            raise SlackError("no_text")
    except SlackError as error:
        error.status = 400
        raise
    except ValueError as exc:
        raise SlackError("invalid_payload", status=400) from exc
    return content
