"""Every limit of Block Kit: what is at the limit is taken, one beyond is refused with Slack's code and a pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox.world import OPS

Json = dict[str, Any]
Make = Callable[[int], Json | list[Json]]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "字" * length}


def option(text: int = 5, value: int = 5, **more: Any) -> Json:
    return {"text": plain(text), "value": "v" * value, **more}


def options(count: int) -> list[Json]:
    return [{"text": plain(5), "value": f"v{number}"} for number in range(count)]


def section(**parts: Any) -> Json:
    return {"type": "section", "text": mrkdwn(3), **parts}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**parts: Any) -> Json:
    return {"type": "button", "text": plain(3), **parts}


def buttons(count: int) -> Json:
    return actions(*(button(action_id=f"a{number}") for number in range(count)))


def select(**parts: Any) -> Json:
    return actions({"type": "static_select", **parts})


def image(**parts: Any) -> Json:
    return {"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x", **parts}


def confirm(**parts: int) -> Json:
    texts = {"title": 5, "text": 5, "confirm": 5, "deny": 5} | parts
    return button(confirm={name: plain(length) for name, length in texts.items()})


def input_block(element: Json | None = None, **parts: Any) -> Json:
    return {"type": "input", "label": plain(3), "element": element or {"type": "plain_text_input"}, **parts}


def table(rows: int = 1, cells: int = 1, text: str = "-", **parts: Any) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows, **parts}


def feedback(text: int = 3, value: int = 3) -> Json:
    side = {"text": plain(text), "value": "v" * value}
    return {
        "type": "context_actions",
        "elements": [{"type": "feedback_buttons", "positive_button": side, "negative_button": side}],
    }


def url(length: int) -> str:
    return "https://a.example/".ljust(length, "x")


def card(**parts: Any) -> Json:
    return {"type": "card", "title": plain(3), **parts}


def video(title: int = 3, author: int = 3) -> Json:
    return {
        "type": "video",
        "alt_text": "x",
        "title": plain(title),
        "author_name": "a" * author,
        "thumbnail_url": url(30),
        "video_url": url(30),
    }


def chart(drawn: Json, title: str = "t") -> Json:
    return {"type": "data_visualization", "title": title, "chart": drawn}


def bars(categories: list[str], *, points: list[str] | None = None) -> Json:
    data = [{"label": label, "value": -1.5} for label in points or categories]
    return {"type": "bar", "series": [{"name": "s", "data": data}], "axis_config": {"categories": categories}}


LIMITS: list[tuple[str, int, Make]] = [
    ("blocks in a message", 50, lambda n: [{"type": "divider"}] * n),
    ("block_id", 255, lambda n: {"type": "divider", "block_id": "b" * n}),
    ("action_id", 255, lambda n: actions(button(action_id="a" * n))),
    ("section text", 3000, lambda n: section(text=mrkdwn(n))),
    ("section fields", 10, lambda n: section(fields=[mrkdwn(3)] * n)),
    ("section field text", 2000, lambda n: section(fields=[mrkdwn(n)])),
    ("context text", 3000, lambda n: {"type": "context", "elements": [mrkdwn(n)]}),
    ("header", 150, lambda n: {"type": "header", "text": plain(n)}),
    ("context elements", 10, lambda n: {"type": "context", "elements": [plain(3)] * n}),
    ("context_actions elements", 5, lambda n: {"type": "context_actions", "elements": [feedback()["elements"][0]] * n}),
    ("actions elements", 25, buttons),
    ("button text", 75, lambda n: actions(button(text=plain(n)))),
    ("button value", 2000, lambda n: actions(button(value="v" * n))),
    ("button url", 3000, lambda n: actions(button(url=url(n)))),
    ("button accessibility_label", 75, lambda n: actions(button(accessibility_label="a" * n))),
    ("feedback text", 75, lambda n: feedback(text=n)),
    ("feedback value", 2000, lambda n: feedback(value=n)),
    ("select options", 100, lambda n: select(options=options(n))),
    ("option groups", 100, lambda n: select(option_groups=[{"label": plain(3), "options": options(1)}] * n)),
    ("options of a group", 100, lambda n: select(option_groups=[{"label": plain(3), "options": options(n)}])),
    ("option group label", 75, lambda n: select(option_groups=[{"label": plain(n), "options": options(1)}])),
    ("option text", 75, lambda n: select(options=[option(text=n)])),
    ("option value", 150, lambda n: select(options=[option(value=n)])),
    ("option description", 75, lambda n: select(options=[option(description=plain(n))])),
    ("checkboxes", 10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    ("radio buttons", 10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    ("overflow options", 5, lambda n: actions({"type": "overflow", "options": options(n)})),
    ("overflow url", 3000, lambda n: actions({"type": "overflow", "options": [option(url=url(n))]})),
    ("placeholder", 150, lambda n: select(options=options(1), placeholder=plain(n))),
    ("confirm title", 100, lambda n: actions(confirm(title=n))),
    ("confirm text", 300, lambda n: actions(confirm(text=n))),
    ("confirm yes", 30, lambda n: actions(confirm(confirm=n))),
    ("confirm no", 30, lambda n: actions(confirm(deny=n))),
    ("input label", 2000, lambda n: input_block(label=plain(n))),
    ("input hint", 2000, lambda n: input_block(hint=plain(n))),
    ("max_length", 3000, lambda n: input_block({"type": "plain_text_input", "max_length": n})),
    ("min_length", 3000, lambda n: input_block({"type": "plain_text_input", "min_length": n})),
    ("rich_text_input lines", 100, lambda n: input_block({"type": "rich_text_input", "max_lines": n})),
    ("image url", 3000, lambda n: image(image_url=url(n))),
    ("image alt_text", 2000, lambda n: image(alt_text="a" * n)),
    ("image title", 2000, lambda n: image(title=plain(n))),
    ("image element alt_text", 2000, lambda n: {"type": "context", "elements": [image(alt_text="a" * n)]}),
    ("markdown block", 12_000, lambda n: {"type": "markdown", "text": "m" * n}),
    (
        "markdown blocks together",
        12_000,
        lambda n: [{"type": "markdown", "text": "m" * (n - 6000)}, {"type": "markdown", "text": "m" * 6000}],
    ),
    ("table rows", 100, lambda n: table(rows=n)),
    ("table cells", 20, lambda n: table(cells=n)),
    ("table column settings", 20, lambda n: table(column_settings=[{"align": "right"}] * n)),
    ("table characters", 10_000, lambda n: table(rows=1, cells=1, text="x" * n)),
    ("card title", 150, lambda n: card(title=plain(n))),
    ("card subtitle", 150, lambda n: card(subtitle=plain(n))),
    ("card body", 200, lambda n: card(body=plain(n))),
    ("card buttons", 3, lambda n: card(actions=[button(action_id=f"a{i}") for i in range(n)])),
    ("carousel cards", 10, lambda n: {"type": "carousel", "elements": [card()] * n}),
    ("container blocks", 10, lambda n: {"type": "container", "title": plain(3), "child_blocks": [{"type": "divider"}] * n}),
    ("chart title", 50, lambda n: chart({"type": "pie", "segments": [{"label": "a", "value": 1}]}, title="t" * n)),
    ("chart label", 20, lambda n: chart({"type": "pie", "segments": [{"label": "l" * n, "value": 1}]})),
    ("chart points", 20, lambda n: chart(bars([f"c{i}" for i in range(n)]))),
    ("container title", 150, lambda n: {"type": "container", "title": plain(n), "child_blocks": [{"type": "divider"}]}),
    ("video title", 199, lambda n: video(title=n)),
    ("video author", 49, lambda n: video(author=n)),
    (
        "icon button visibility",
        10,
        lambda n: {
            "type": "context_actions",
            "elements": [
                {
                    "type": "icon_button",
                    "icon": "trash",
                    "text": plain(3),
                    "visible_to_user_ids": [f"U{i:03}" for i in range(n)],
                }
            ],
        },
    ),
]


@pytest.mark.parametrize(("limit", "make"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
async def test_at_the_limit_is_taken_and_beyond_is_refused(limit: int, make: Make, call: Any) -> None:
    def as_list(made: Json | list[Json]) -> list[Json]:
        return made if isinstance(made, list) else [made]

    taken = await call("chat.postMessage", channel=OPS, text="x", blocks=as_list(make(limit)))
    assert taken["ok"], taken
    refused = await call("chat.postMessage", channel=OPS, text="x", blocks=as_list(make(limit + 1)))
    assert refused["error"] == "invalid_blocks"
    assert refused["response_metadata"]["messages"][0].startswith("[ERROR] ")
    assert "[json-pointer:/blocks" in refused["response_metadata"]["messages"][0]


REFUSED: list[tuple[str, Json | list[Json], str]] = [
    ("empty text", section(text=plain(0)), "/blocks/0/text/text"),
    ("header in mrkdwn", {"type": "header", "text": mrkdwn(3)}, "/blocks/0/text/type"),
    ("markdown as a text object", section(text={"type": "markdown", "text": "x"}), "/blocks/0/text/type"),
    ("unknown block", {"type": "banner"}, "/blocks/0/type"),
    ("no type", {"text": plain(3)}, "/blocks/0"),
    ("unknown property", {"type": "divider", "colour": "red"}, "/blocks/0"),
    ("a disabled button", actions(button(disabled=True)), "/blocks/0/elements/0"),
    ("emoji on mrkdwn", section(text={"type": "mrkdwn", "text": "x", "emoji": True}), "/blocks/0/text"),
    ("section without text and fields", {"type": "section"}, "/blocks/0"),
    ("no elements", actions(), "/blocks/0/elements"),
    ("same block_id twice", [{"type": "divider", "block_id": "b"}] * 2, "/blocks/1/block_id"),
    (
        "same action_id twice in a block",
        actions(button(action_id="a"), button(action_id="a")),
        "/blocks/0/elements/1/action_id",
    ),
    (
        "options and option_groups",
        select(options=options(1), option_groups=[{"label": plain(3), "options": options(1)}]),
        "/blocks/0/elements/0",
    ),
    ("neither options nor groups", select(), "/blocks/0/elements/0"),
    ("no options", select(options=[]), "/blocks/0/elements/0/options"),
    (
        "initial option that is not offered",
        select(options=options(1), initial_option=option()),
        "/blocks/0/elements/0/initial_option",
    ),
    (
        "option with mrkdwn in a select",
        select(options=[{"text": mrkdwn(3), "value": "v"}]),
        "/blocks/0/elements/0/options/0/text/type",
    ),
    ("url in a select's option", select(options=[option(url=url(20))]), "/blocks/0/elements/0/options/0"),
    ("image without alt_text", {"type": "image", "image_url": url(20)}, "/blocks/0"),
    ("image without a source", {"type": "image", "alt_text": "x"}, "/blocks/0"),
    ("text input in actions", actions({"type": "plain_text_input"}), "/blocks/0/elements/0/type"),
    ("button in input", input_block(button()), "/blocks/0/element/type"),
    ("datetimepicker as accessory", section(accessory={"type": "datetimepicker"}), "/blocks/0/accessory/type"),
    ("button in context", {"type": "context", "elements": [button()]}, "/blocks/0/elements/0/type"),
    ("feedback in actions", actions(feedback()["elements"][0]), "/blocks/0/elements/0/type"),
    ("file_input in a message", input_block({"type": "file_input"}), "/blocks/0/element/type"),
    ("alert in a message", {"type": "alert", "text": plain(3)}, "/blocks/0/type"),
    ("wrong style", actions(button(style="green")), "/blocks/0/elements/0/style"),
    ("wrong date", actions({"type": "datepicker", "initial_date": "2026-02-30"}), "/blocks/0/elements/0/initial_date"),
    ("wrong time", actions({"type": "timepicker", "initial_time": "24:00"}), "/blocks/0/elements/0/initial_time"),
    (
        "milliseconds",
        actions({"type": "datetimepicker", "initial_date_time": 1_700_000_000_000}),
        "/blocks/0/elements/0/initial_date_time",
    ),
    (
        "min above max length",
        input_block({"type": "plain_text_input", "min_length": 9, "max_length": 3}),
        "/blocks/0/element/min_length",
    ),
    ("number input without is_decimal_allowed", input_block({"type": "number_input"}), "/blocks/0/element"),
    ("max_files 0", input_block({"type": "file_input", "max_files": 0}), "/blocks/0/element/max_files"),
    ("empty table cell", table(text=""), "/blocks/0/rows/0/0/text"),
    ("table without rows", {"type": "table", "rows": []}, "/blocks/0/rows"),
    (
        "number cell with text for a value",
        {"type": "table", "rows": [[{"type": "raw_number", "value": "1"}]]},
        "/blocks/0/rows/0/0/value",
    ),
    (
        "empty rich_text cell",
        {"type": "table", "rows": [[{"type": "rich_text", "elements": []}]]},
        "/blocks/0/rows/0/0/elements",
    ),
    (
        "rich text leaf outside a section",
        {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
        "/blocks/0/elements/0/type",
    ),
    (
        "empty rich text",
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]},
        "/blocks/0/elements/0/elements/0/text",
    ),
    (
        "list without a style",
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": []}]},
        "/blocks/0/elements/0",
    ),
    ("button url without a scheme", actions(button(url="a.example")), "/blocks/0/elements/0/url"),
    (
        "response_url_enabled outside a modal",
        actions({"type": "channels_select", "response_url_enabled": True}),
        "/blocks/0",
    ),
    (
        "two elements with the focus",
        [input_block({"type": "plain_text_input", "focus_on_load": True})] * 2,
        "/blocks/1/element/focus_on_load",
    ),
    (
        "a container in a container",
        {
            "type": "container",
            "title": plain(3),
            "child_blocks": [{"type": "container", "title": plain(3), "child_blocks": [{"type": "divider"}]}],
        },
        "/blocks/0/child_blocks/0/type",
    ),
    (
        "collapsed but not collapsible",
        {"type": "container", "title": plain(3), "child_blocks": [{"type": "divider"}], "default_collapsed": True},
        "/blocks/0/default_collapsed",
    ),
    (
        "unknown icon",
        {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "star", "text": plain(3)}]},
        "/blocks/0/elements/0/icon",
    ),
    ("a chart without its axis", chart({"type": "bar", "series": []}), "/blocks/0/chart"),
    ("a point of no category", chart(bars(["a"], points=["b"])), "/blocks/0/chart/series/0/data"),
    ("an empty slice", chart({"type": "pie", "segments": [{"label": "a", "value": 0}]}), "/blocks/0/chart/segments/0/value"),
    ("wrong kind of text", section(text="plain string"), "/blocks/0/text"),
    ("number as text", section(text={"type": "mrkdwn", "text": 5}), "/blocks/0/text/text"),
]


@pytest.mark.parametrize(("blocks", "pointer"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_refused_with_a_pointer(blocks: Json | list[Json], pointer: str, call: Any, sandbox: Any) -> None:
    answer = await call("chat.postMessage", channel=OPS, text="x", blocks=blocks if isinstance(blocks, list) else [blocks])
    assert answer["error"] == "invalid_blocks"
    assert pointer in sandbox.refusals()[-1]["pointers"]


ACCEPTED: list[tuple[str, Json]] = [
    (
        "every style of rich text",
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "标签", "style": {"bold": True}},
                        {"type": "link", "url": "https://a.example", "text": "here"},
                        {"type": "user", "user_id": "U0LINXIAO1"},
                        {"type": "channel", "channel_id": OPS},
                        {"type": "emoji", "name": "wave"},
                        {"type": "broadcast", "range": "here"},
                        {"type": "date", "timestamp": 1_700_000_000, "format": "{date}", "fallback": "2023"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "indent": 1,
                    "border": 0,
                    "elements": [{"type": "rich_text_section", "elements": []}],
                },
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "p"}]},
            ],
        },
    ),
    (
        "a table of all cells",
        {
            "type": "table",
            "column_settings": [None, {"is_wrapped": True}],
            "rows": [
                [
                    {"type": "raw_text", "text": "SKU"},
                    {"type": "raw_number", "value": 4.5, "text": "4.50"},
                    {
                        "type": "rich_text",
                        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
                    },
                ]
            ],
        },
    ),
    ("verbatim mrkdwn", section(text={"type": "mrkdwn", "text": "x", "verbatim": True}, expand=True)),
    (
        "all menus",
        actions(
            {"type": "users_select", "action_id": "a"},
            {"type": "conversations_select", "action_id": "b", "filter": {"include": ["im"], "exclude_bot_users": True}},
            {"type": "channels_select", "action_id": "c", "initial_channel": OPS},
            {
                "type": "multi_static_select",
                "action_id": "d",
                "options": options(3),
                "initial_options": options(2),
                "max_selected_items": 2,
            },
            {"type": "external_select", "action_id": "e", "min_query_length": 0},
            {"type": "datepicker", "action_id": "f", "initial_date": "2026-11-29", "placeholder": plain(9)},
            {"type": "timepicker", "action_id": "g", "initial_time": "09:30", "timezone": "Asia/Shanghai"},
            {"type": "datetimepicker", "action_id": "h", "initial_date_time": 1_764_400_000},
        ),
    ),
    (
        "mrkdwn in checkboxes",
        actions({"type": "checkboxes", "options": [{"text": mrkdwn(3), "description": mrkdwn(3), "value": "v"}]}),
    ),
    (
        "a chart",
        {
            "type": "data_visualization",
            "title": "Late orders",
            "chart": {"type": "pie", "segments": [{"label": "late", "value": 2}]},
        },
    ),
]


@pytest.mark.parametrize("block", [case[1] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
async def test_taken(block: Json, call: Any) -> None:
    answer = await call("chat.postMessage", channel=OPS, text="x", blocks=[block])
    assert answer["ok"], answer


@pytest.mark.parametrize(
    "second", [table(), {"type": "markdown", "text": "| a |b|\n|--|--|\n| 1 | 2 |"}], ids=["table", "markdown"]
)
async def test_one_table_a_message(second: Json, call: Any) -> None:
    answer = await call("chat.postMessage", channel=OPS, text="x", blocks=[table(), second])
    assert answer["error"] == "invalid_attachments"
    assert "only_one_table_allowed" in answer["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    ("written", "ok"),
    [
        ("&" * 600, True),
        ("&" * 601, False),
        ("&amp;" * 600, True),
        ("&amp;" * 601, False),
        ("<" * 751, False),
        ("<@U0LINXIAO1>" * 230, True),
    ],
)
async def test_texts_are_counted_after_escaping(written: str, ok: bool, call: Any) -> None:
    assert (
        await call("chat.postMessage", channel=OPS, text="x", blocks=[section(text={"type": "mrkdwn", "text": written})])
    )["ok"] is ok


async def test_legal_blocks_that_are_too_long_together(call: Any) -> None:
    assert (await call("chat.postMessage", channel=OPS, text="x", blocks=[section(text=mrkdwn(3000))] * 4))["ok"]
    assert (await call("chat.postMessage", channel=OPS, text="x", blocks=[section(text=mrkdwn(3000))] * 5))[
        "error"
    ] == "msg_blocks_too_long"


async def test_translated_markdown_counts_toward_the_blocks(call: Any) -> None:
    headings = "\n\n".join(f"# Heading {number}\n\ntext" for number in range(26))
    assert (await call("chat.postMessage", channel=OPS, text="x", blocks=[{"type": "markdown", "text": headings}]))[
        "error"
    ] == "invalid_blocks"


@pytest.mark.parametrize("blocks", ["{", '{"type": "divider"}', "[1]", '["divider"]'])
async def test_what_is_no_list_of_blocks(blocks: str, call: Any) -> None:
    assert (await call("chat.postMessage", channel=OPS, text="x", blocks=blocks))["error"] == "invalid_blocks_format"


async def test_ids_are_given_where_there_are_none(call: Any) -> None:
    answer = await call(
        "chat.postMessage",
        channel=OPS,
        text="x",
        blocks=[actions(button()), {"type": "markdown", "text": "x", "block_id": "mine"}],
    )
    first, second = answer["message"]["blocks"]
    assert first["block_id"]
    assert first["elements"][0]["action_id"]
    assert second["block_id"] != "mine"


async def test_blocks_validate_needs_no_token_and_lists_every_fault(call: Any) -> None:
    blocks = [section(text=plain(0)), {"type": "banner"}, {"text": plain(3)}]
    answer = await call("blocks.validate", token="", blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    assert [(fault["pointer"], fault["code"]) for fault in answer["errors"]] == [
        ("/0/text/text", "failed_constraint"),
        ("/1/type", "unsupported_type"),
        ("/2", "missing_field"),
    ]
    assert (await call("blocks.validate", token="", blocks=[section()], view={}))["error"] == "invalid_arguments"
    assert (await call("blocks.validate", token="", message={"blocks": [section()]}))["ok"]
    assert (await call("blocks.validate", token="", view={"type": "modal", "blocks": []}))["error"] == "invalid_view"
