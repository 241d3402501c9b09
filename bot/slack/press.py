"""A press under a message: who, where, on what, and how to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.office.work import Place

Body = dict[str, Any]


@dataclass(frozen=True)
class Press:
    """The parts of a block_actions payload that listeners need. `ref` names the answer that the pressed block belongs to."""

    team: str
    enterprise: str
    user: str
    channel: str
    message: str
    thread: str
    private: bool
    response_url: str
    trigger: str
    ref: str
    rest: str
    action: str
    value: str
    at: str

    @classmethod
    def of(cls, body: Body, team: str | None) -> Press:
        action = body["actions"][0]
        container = body.get("container", {})
        message = str(container.get("message_ts") or "")
        _, _, block = str(action.get("block_id") or "").partition(":")
        ref, _, rest = block.partition(":")
        return cls(
            team=team or "",
            enterprise=str((body.get("enterprise") or {}).get("id") or ""),
            user=str(body["user"]["id"]),
            channel=str(container.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
            message=message,
            thread=str(container.get("thread_ts") or message),
            private=bool(container.get("is_ephemeral")),
            response_url=str(body.get("response_url") or ""),
            trigger=str(body.get("trigger_id") or ""),
            ref=ref,
            rest=rest,
            action=str(action.get("action_id") or ""),
            value=_value(action),
            at=str(action.get("action_ts") or ""),
        )

    @property
    def notice_thread(self) -> str:
        """The thread in which a notice about this press is seen; empty where the message is in none."""
        return self.thread if self.thread != self.message and not self.private else ""

    def place(self, private_thread: str) -> Place:
        """Where the answer to this press belongs; a private message goes on with the conversation it came from."""
        return Place(self.team, self.channel, private_thread if self.private else self.thread, self.enterprise)


def _value(action: Body) -> str:
    selected = action.get("selected_option")
    if selected:
        return str(selected.get("value") or "")
    return str(action.get("value") or action.get("selected_date") or "")
