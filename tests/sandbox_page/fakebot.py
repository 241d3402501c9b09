"""A tiny app of slack_sdk alone, to have something behind the page: it answers mentions, buttons, commands and Home."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def bold(text: str) -> Json:
    return {"type": "text", "text": text, "style": {"bold": True}}


def choice(text: str, value: str) -> Json:
    return {"text": plain(text), "value": value}


def button(action_id: str, text: str) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": action_id}


def question(zh: bool) -> list[Json]:
    """Asks for a missing fact."""
    ask = "你是品牌方，还是经销商？" if zh else "Are you the brand owner or a reseller?"
    return [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold(ask)]}]},
        {
            "type": "actions",
            "block_id": "fact",
            "elements": [
                button("owner", "品牌方" if zh else "Brand owner"),
                button("reseller", "经销商" if zh else "Reseller"),
                button("more", "填写全部" if zh else "Fill in everything") | {"style": "primary"},
            ],
        },
        {"type": "context", "elements": [mrkdwn("还差 1 项信息" if zh else "One fact is missing")]},
    ]


def verdict(zh: bool) -> list[Json]:
    """An answer once the fact is known."""
    line = "需要贴 FNSKU 标签。" if zh else "Yes, every unit needs an FNSKU label."
    steps = (
        ("打印标签", "贴在外箱条码上方", "发货前抽检")
        if zh
        else ("Print the labels", "Cover the old barcode", "Check a sample")
    )
    return [
        {"type": "header", "text": plain(line)},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": step}]} for step in steps
                    ],
                }
            ],
        },
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "useful",
                    "positive_button": {"text": plain("Good"), "value": "good"},
                    "negative_button": {"text": plain("Bad"), "value": "bad"},
                }
            ],
        },
    ]


def form(title: str = "More about it") -> Json:
    return {
        "type": "modal",
        "callback_id": "facts",
        "title": plain(title),
        "submit": plain("Save"),
        "close": plain("Not now"),
        "blocks": [
            {"type": "section", "text": mrkdwn("All of these can change the answer.")},
            {
                "type": "input",
                "block_id": "units",
                "label": plain("Units"),
                "hint": plain("How many you send in"),
                "element": {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "1"},
            },
            {
                "type": "input",
                "block_id": "market",
                "label": plain("Marketplace"),
                "element": {
                    "type": "static_select",
                    "action_id": "m",
                    "placeholder": plain("Choose a marketplace"),
                    "options": [choice("United States", "us"), choice("Germany", "de"), choice("日本", "jp")],
                },
            },
            {
                "type": "input",
                "block_id": "day",
                "optional": True,
                "label": plain("Ship date"),
                "element": {"type": "datepicker", "action_id": "d"},
            },
            {
                "type": "input",
                "block_id": "note",
                "optional": True,
                "label": plain("Note"),
                "element": {"type": "plain_text_input", "action_id": "t", "multiline": True},
            },
        ],
    }


def home(zh: bool) -> Json:
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("店铺概览" if zh else "Your shop")},
            {
                "type": "section",
                "text": mrkdwn("*3* 个待处理问题" if zh else "*3* open findings"),
                "accessory": {"type": "button", "action_id": "refresh", "text": plain("刷新" if zh else "Refresh")},
            },
            {"type": "divider"},
            {
                "type": "actions",
                "block_id": "lang",
                "elements": [
                    {
                        "type": "static_select",
                        "action_id": "language",
                        "placeholder": plain("Language"),
                        "options": [choice("English", "en"), choice("中文", "zh")],
                    }
                ],
            },
        ],
    }


class FakeBot:
    """Connects to a sandbox; `actions` are the block_actions and submissions it got."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.web = AsyncWebClient(settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"])
        self.socket = SocketModeClient(settings["SLACK_APP_TOKEN"], web_client=self.web)
        self.socket.socket_mode_request_listeners.append(self._listen)  # type: ignore[arg-type]
        self.actions: list[Json] = []
        self.arrived = asyncio.Event()

    async def start(self) -> None:
        await self.socket.connect()

    async def stop(self) -> None:
        await self.socket.close()

    async def _listen(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        payload, answer = request.payload, None
        if payload.get("type") == "view_submission":
            answer = self._submitted(payload)
        if payload.get("type") == "block_suggestion":
            answer = {"options": [choice(f"SKU {payload['value'].upper()}-{n}", f"sku-{n}") for n in (1, 2)]}
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))
        try:
            if request.type == "events_api":
                await self._event(payload["event"])
            elif request.type == "slash_commands":
                await self._command(payload)
            elif request.type == "interactive":
                await self._pressed(payload)
        except SlackApiError as refused:
            print("refused", refused.response.data)

    async def _event(self, event: Json) -> None:
        if event["type"] == "app_home_opened" and event["tab"] == "home":
            person = await self.web.users_info(user=event["user"], include_locale=True)
            await self.web.views_publish(user_id=event["user"], view=home(person["user"]["locale"].startswith("zh")))
        asked = event["type"] == "app_mention" or event.get("channel_type") == "im"
        if asked and not event.get("bot_id") and not event.get("subtype"):
            zh = any("一" <= letter <= "鿿" for letter in event["text"])
            await self.web.chat_postMessage(
                channel=event["channel"], thread_ts=event.get("thread_ts") or event["ts"], text="?", blocks=question(zh)
            )

    async def _command(self, payload: Json) -> None:
        await self.web.chat_postEphemeral(
            channel=payload["channel_id"], user=payload["user_id"], text=f"You asked: {payload['text']}"
        )

    async def got(self, action_id: str) -> Json:
        """The action of this id, once it has been used."""
        while True:
            for payload in self.actions:
                for action in payload.get("actions", ()):
                    if action["action_id"] == action_id:
                        return dict(action)
            self.arrived.clear()
            await self.arrived.wait()

    async def _pressed(self, payload: Json) -> None:
        if payload["type"] == "block_suggestion":
            return
        self.actions.append(payload)
        self.arrived.set()
        if payload["type"] != "block_actions" or "message" not in payload:
            return
        action = payload["actions"][0]
        if action["action_id"] == "more":
            await self.web.views_open(trigger_id=payload["trigger_id"], view=form())
        elif action["action_id"] in ("owner", "reseller"):
            zh = "品牌方" in str(payload["message"]["blocks"])
            await self.web.chat_update(
                channel=payload["channel"]["id"], ts=payload["message"]["ts"], text="verdict", blocks=verdict(zh)
            )

    def _submitted(self, payload: Json) -> Json | None:
        units = payload["view"]["state"]["values"].get("units")
        if units and int(units["n"]["value"]) > 1000:
            return {"response_action": "errors", "errors": {"units": "At most 1000 for now."}}
        return None
