"""Messages: putting them into a conversation, changing and removing them, and telling everybody who should know."""

from __future__ import annotations

import uuid
from typing import Any

from bot.sandbox import wire
from bot.sandbox.events import Events
from bot.sandbox.world import Channel, Ephemeral, File, Install, Json, Person, World

_ONLY_STORED = ("reactions", "reply_count", "reply_users", "reply_users_count", "latest_reply", "subscribed", "pinned_to")
"""What a message gathers afterwards; an update keeps it."""
TEXT_LIMIT = 40_000
"""Characters after which Slack cuts a message's text, silently."""


class Posting:
    def __init__(self, world: World, events: Events) -> None:
        self._world = world
        self._events = events

    def from_person(self, person: Person, channel: Channel, text: str, thread_ts: str | None) -> Json:
        """A person's message as the client makes it, not yet in the conversation."""
        message: Json = {
            "type": "message",
            "user": person.id,
            "text": text[:TEXT_LIMIT],
            "ts": self._world.next_ts(),
            "client_msg_id": str(uuid.uuid4()),
            "team": channel.team_id,
        }
        if person.team_id != channel.team_id:
            message |= {"user_team": person.team_id, "source_team": person.team_id}
        blocks = wire.rich_text(text, self._fresh())
        if blocks:
            message["blocks"] = blocks
        self._into_thread(message, channel, thread_ts)
        return message

    def from_app(self, install: Install, channel: Channel, content: Json, thread_ts: str | None) -> Json:
        """The app's message, not yet in the conversation. `content`: text, blocks, attachments, metadata and the like."""
        bot = self._world.people[install.bot_user_id]
        message: Json = {
            "type": "message",
            "user": bot.id,
            "bot_id": install.bot_id,
            "app_id": self._world.app.id,
            "team": channel.team_id,
            "ts": self._world.next_ts(),
            "bot_profile": {
                "id": install.bot_id,
                "app_id": self._world.app.id,
                "name": bot.real_name,
                "team_id": channel.team_id,
                "deleted": False,
            },
            **self.content(content),
        }
        self._into_thread(message, channel, thread_ts)
        return message

    def content(self, content: Json) -> Json:
        """What an app writes, as Slack keeps it: text cut to length, ids given to blocks without any."""
        kept = {name: value for name, value in content.items() if value is not None}
        kept["text"] = str(kept.get("text", ""))[:TEXT_LIMIT]
        if kept.get("blocks"):
            kept["blocks"] = wire.with_ids(kept["blocks"], self._fresh)
        else:
            kept.pop("blocks", None)
        if kept.get("attachments"):
            kept["attachments"] = [
                {
                    "id": number,
                    **attachment,
                    **({"blocks": wire.with_ids(attachment["blocks"], self._fresh)} if "blocks" in attachment else {}),
                }
                for number, attachment in enumerate(kept["attachments"], start=1)
            ]
        else:
            kept.pop("attachments", None)
        return kept

    def post(self, channel: Channel, message: Json, *, copies: int = 1) -> Json:
        """Puts a message into its conversation and sends the events for it."""
        channel.messages[message["ts"]] = message
        self._count_reply(channel, message)
        for file in message.get("files", ()):
            self._share(file["id"], channel, message["ts"])
        if message.get("bot_id"):
            self._quieten(channel, message.get("thread_ts", ""))
        self._world.changed("message", channel=channel.id, ts=message["ts"], thread_ts=message.get("thread_ts"))
        self._events.message(channel, self.as_event(channel, message), copies=copies)
        for file in message.get("files", ()):
            self._events.file(self._world.files[file["id"]], channel)
        return message

    def change(self, channel: Channel, message: Json, content: Json, editor: str) -> Json:
        """Replaces a message's content and sends message_changed."""
        previous = dict(message)
        changed = {
            name: value
            for name, value in message.items()
            if name not in ("text", "blocks", "attachments", "edited", "metadata")
            or (name == "metadata" and "metadata" not in content)
        }
        changed |= self.content(content)
        changed["edited"] = {"user": editor, "ts": self._world.next_ts()}
        channel.messages[message["ts"]] = changed
        self._world.changed("message_changed", channel=channel.id, ts=message["ts"])
        self._hidden(channel, "message_changed", message=changed, previous_message=previous)
        return changed

    def unfurl(self, channel: Channel, message: Json) -> None:
        """Attaches a preview of each link of a message, which is a change of the message."""
        links = wire.links(message["text"])
        if not links:
            return
        previous = dict(message)
        previews = [{"id": n, "from_url": link, "fallback": link, "title": link} for n, link in enumerate(links, start=1)]
        changed = {**message, "attachments": [*message.get("attachments", ()), *previews]}
        channel.messages[message["ts"]] = changed
        self._world.changed("message_changed", channel=channel.id, ts=message["ts"])
        self._hidden(channel, "message_changed", message=changed, previous_message=previous)

    def edit_by_person(self, channel: Channel, message: Json, text: str) -> Json:
        return self.change(channel, message, {"text": text, "blocks": wire.rich_text(text, self._fresh())}, message["user"])

    def remove(self, channel: Channel, message: Json) -> None:
        """Removes a message. A parent with replies leaves a tombstone, as in Slack."""
        ts = message["ts"]
        if channel.replies(ts):
            channel.messages[ts] = {
                "type": "message",
                "subtype": "tombstone",
                "text": "This message was deleted.",
                "user": "USLACKBOT",
                "hidden": True,
                "ts": ts,
                "thread_ts": ts,
                **{name: message[name] for name in _ONLY_STORED if name in message},
            }
        else:
            del channel.messages[ts]
        parent = channel.messages.get(str(message.get("thread_ts", "")))
        if parent is not None and parent["ts"] != ts:
            self._recount(channel, parent)
        self._world.changed("message_deleted", channel=channel.id, ts=ts)
        self._hidden(channel, "message_deleted", deleted_ts=ts, previous_message=message)

    def show_to(self, channel: Channel, user: str, message: Json) -> Ephemeral:
        """An ephemeral message for one person."""
        shown = Ephemeral(message["ts"], user, message)
        channel.ephemerals.append(shown)
        self._world.changed("ephemeral", channel=channel.id, ts=shown.ts, user=user, thread_ts=message.get("thread_ts"))
        return shown

    def set_reaction(self, channel: Channel, message: Json, user: str, name: str, *, present: bool) -> bool:
        """Adds or removes a reaction; False if that changes nothing."""
        reactions = message.setdefault("reactions", [])
        found = next((r for r in reactions if r["name"] == name), None)
        if (found is not None and user in found["users"]) == present:
            return False
        if found is None:
            found = {"name": name, "users": [], "count": 0}
            reactions.append(found)
        if present:
            found["users"].append(user)
        else:
            found["users"].remove(user)
        found["count"] = len(found["users"])
        if not found["users"]:
            reactions.remove(found)
        self._world.changed("message_changed", channel=channel.id, ts=message["ts"])
        event = {
            "type": "reaction_added" if present else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "item_user": message.get("user"),
            "event_ts": self._world.next_ts(),
        }
        self._events.emit_inside(channel, event)
        return True

    def delete_file(self, file: File) -> None:
        """Removes a file; the messages that carry it show a tombstone."""
        file.deleted = True
        for channel_id, stamps in file.shares.items():
            channel = self._world.channels[channel_id]
            for message in (channel.messages[ts] for ts in stamps if ts in channel.messages):
                message["files"] = [
                    {"id": f["id"], "mode": "tombstone"} if f["id"] == file.id else f for f in message["files"]
                ]
                self._world.changed("message_changed", channel=channel_id, ts=message["ts"])
        self._events.emit(file.team_id, {"type": "file_deleted", "file_id": file.id, "event_ts": self._world.next_ts()})

    def as_event(self, channel: Channel, message: Json) -> Json:
        """A message as its event carries it."""
        event = {name: value for name, value in message.items() if name not in _ONLY_STORED}
        thread_ts = event.get("thread_ts")
        if thread_ts and thread_ts != event["ts"]:
            parent = channel.messages.get(thread_ts)
            if parent is not None and "user" in parent:
                event["parent_user_id"] = parent["user"]
        return event

    def _hidden(self, channel: Channel, subtype: str, **details: Any) -> None:
        ts = self._world.next_ts()
        self._events.message(
            channel, {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **details}
        )

    def _into_thread(self, message: Json, channel: Channel, thread_ts: str | None) -> None:
        if thread_ts:
            message["thread_ts"] = thread_ts
            parent = channel.messages.get(thread_ts)
            if parent is not None and "user" in parent:
                message["parent_user_id"] = parent["user"]

    def _count_reply(self, channel: Channel, message: Json) -> None:
        parent = channel.messages.get(str(message.get("thread_ts", "")))
        if parent is not None and parent["ts"] != message["ts"]:
            parent["thread_ts"] = parent["ts"]
            users = parent.setdefault("reply_users", [])
            if message["user"] not in users:
                users.append(message["user"])
            parent["reply_count"] = parent.get("reply_count", 0) + 1
            parent["reply_users_count"] = len(users)
            parent["latest_reply"] = message["ts"]

    def _recount(self, channel: Channel, parent: Json) -> None:
        replies = channel.replies(parent["ts"])
        users = list(dict.fromkeys(reply["user"] for reply in replies if "user" in reply))
        if replies:
            parent |= {
                "reply_count": len(replies),
                "reply_users": users,
                "reply_users_count": len(users),
                "latest_reply": replies[-1]["ts"],
            }
        else:
            for name in ("reply_count", "reply_users", "reply_users_count", "latest_reply", "thread_ts"):
                parent.pop(name, None)

    def _share(self, file_id: str, channel: Channel, ts: str) -> None:
        file = self._world.files[file_id]
        if channel.id not in file.channels:
            file.channels.append(channel.id)
        file.shares.setdefault(channel.id, []).append(ts)

    def _quieten(self, channel: Channel, thread_ts: str) -> None:
        """A message of the app ends the status of its thread."""
        if self._world.statuses.pop((channel.id, thread_ts), None) is not None:
            self._world.changed("status", channel=channel.id, thread_ts=thread_ts, text="")

    def _fresh(self) -> str:
        return self._world.new_id("b")[-6:]


_PRETTY = {
    "csv": ("text/csv", "CSV"),
    "tsv": ("text/tab-separated-values", "TSV"),
    "txt": ("text/plain", "Plain Text"),
    "text": ("text/plain", "Plain Text"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel Spreadsheet"),
    "zip": ("application/zip", "Zip"),
    "png": ("image/png", "PNG"),
    "jpg": ("image/jpeg", "JPEG"),
    "gif": ("image/gif", "GIF"),
    "pdf": ("application/pdf", "PDF"),
    "html": ("text/html", "HTML"),
    "json": ("application/json", "JSON"),
}


def file_type(name: str) -> tuple[str, str, str]:
    """(filetype, mimetype, pretty name) as Slack guesses them from a file's name."""
    ending = name.rpartition(".")[2].lower() if "." in name else "binary"
    mimetype, pretty = _PRETTY.get(ending, ("application/octet-stream", "Binary"))
    return (ending if ending in _PRETTY else "binary"), mimetype, pretty


def file_object(world: World, file: File) -> Json:
    """A file as messages and files.info show it."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    filetype, mimetype, pretty = file_type(file.name)
    base = f"{world.base_url}/files-pri/{file.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype,
        "filetype": filetype,
        "pretty_type": pretty,
        "user": file.user,
        "user_team": file.team_id,
        "editable": file.mode == "snippet",
        "size": len(file.content),
        "mode": file.mode,
        "is_external": False,
        "external_type": "",
        "is_public": any(world.channels[channel].kind == "public" for channel in file.channels),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{base}/{file.name}",
        "url_private_download": f"{base}/download/{file.name}",
        "permalink": f"{world.base_url}/files/{file.user}/{file.id}/{file.name}",
        "alt_txt": file.alt_txt,
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "channels": [c for c in file.channels if world.channels[c].kind == "public"],
        "groups": [c for c in file.channels if world.channels[c].kind == "private"],
        "ims": [c for c in file.channels if world.channels[c].kind == "im"],
        "shares": {
            scope: {
                c: [{"ts": ts} for ts in file.shares.get(c, [])]
                for c in file.channels
                if (world.channels[c].kind == "public") == public
            }
            for scope, public in (("public", True), ("private", False))
            if any((world.channels[c].kind == "public") == public for c in file.channels)
        },
    }
