"""What blocks and texts look like as HTML, and that nobody can write HTML of their own."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.sandbox.page import render
from bot.sandbox.page.markdown import markdown
from bot.sandbox.page.mrkdwn import mrkdwn
from bot.sandbox.page.reader import Reader
from bot.sandbox.page.richtext import rich_text

NOON = 1798704000.0  # 2026-12-31 08:00 UTC
READER = Reader(
    "U1", "en", "Asia/Shanghai", {"U1": "林晓", "U2": "Maya <b>"}, {"C1": "seller-ops"}, now=NOON, own="http://127.0.0.1:9"
)
CHINESE = Reader("U1", "zh", "Asia/Shanghai", {}, {}, now=NOON)
EVIL = '<script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="alert(1)\' {{ 7*7 }}'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*bold* and _it_ and ~gone~", "<b>bold</b> and <i>it</i> and <s>gone</s>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("a*b*c", "a*b*c"),
        ("* not bold *", "* not bold *"),
        ("(*in brackets*)", "(<b>in brackets</b>)"),
        # Slack's trap: Chinese letters and full-width punctuation are parts of words.
        ("这是*粗体*文字", "这是*粗体*文字"),
        ("结论：*要贴标*。", "结论：*要贴标*。"),
        ("这是 *粗体* 文字", "这是 <b>粗体</b> 文字"),
        ("这是\u200b*粗体*\u200b文字", "这是\u200b<b>粗体</b>\u200b文字"),
        ("`*x*` stays", "<code>*x*</code> stays"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("one\ntwo", "one<br>two"),
        ("&gt; quoted\nplain", "<blockquote>quoted</blockquote>plain"),
        ("&gt;&gt;&gt;all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("A &amp; B &lt;c&gt;", "A &amp; B &lt;c&gt;"),
        ("&amp;nbsp; stays", "&amp;nbsp; stays"),
        (":tada: :no_such_name:", '<span class="emoji" title=":tada:">🎉</span> :no_such_name:'),
        ("<!here> <!channel>", '<span class="mention me">@here</span> <span class="mention me">@channel</span>'),
        ("<#C1|old-name>", '<span class="mention">#seller-ops</span>'),
        ("<!date^1798704000^{date_short} {time}|soon>", '<time title="Dec 31, 2026 4:00 PM">Dec 31, 2026 4:00 PM</time>'),
        ("<!date^never^{date}|soon>", "soon"),
        ("*over _lapping* text_", "<b>over _lapping</b> text_"),
    ],
)
def test_mrkdwn(written: str, shown: str) -> None:
    assert mrkdwn(written, READER) == shown


def test_mentions_name_people_and_mark_the_reader() -> None:
    shown = mrkdwn("<@U1> <@U2> <@U3>", READER)
    assert '<span class="mention me" data-user="U1">@林晓</span>' in shown
    assert "@Maya &lt;b&gt;" in shown
    assert "@U3" in shown


def test_links_open_beside_the_page_and_lead_only_to_the_web() -> None:
    shown = mrkdwn("<https://a.example/?q=1&amp;r=2|the *page*>", READER)
    assert 'href="https://a.example/?q=1&amp;r=2" target="_blank" rel="noopener noreferrer"' in shown
    assert "the *page*" in shown
    assert "<a" not in mrkdwn("<javascript:alert(1)|click>", READER)
    assert "<a" not in mrkdwn("<data:text/html,x|click>", READER)


def test_a_bare_address_swallows_the_chinese_after_it_unless_verbatim() -> None:
    assert "https://a.example/页面" in mrkdwn("https://a.example/页面", READER)
    assert mrkdwn("https://a.example.", READER).endswith("</a>.")
    assert "<a" not in mrkdwn("https://a.example", READER, verbatim=True)


def test_dates_are_in_the_readers_language_and_zone() -> None:
    assert ">2026年12月31日 16:00<" in mrkdwn("<!date^1798704000^{date} {time}|x>", CHINESE)
    assert READER.day(NOON) == "Today"
    assert CHINESE.day(NOON - 86400) == "昨天"
    assert READER.ago(NOON - 7300) == "2 hours ago"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def md(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


OPTION = {"text": plain("One"), "value": "1"}
OTHER = {"text": plain("Two"), "value": "2", "description": plain("the second")}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "block_id": "B", "elements": [{"action_id": "A", **one} for one in elements]}


def asked(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "B", "label": plain("Label"), "element": {"action_id": "A", **element}, **more}


def kind(value: Any) -> str:
    """A test's name: the block's type, or that of the one element in it."""
    if not isinstance(value, dict):
        return ""
    inner = value.get("element") or (value.get("elements") or [value])[0]
    return str(inner.get("type"))


@pytest.mark.parametrize(
    ("block", "parts"),
    [
        ({"type": "header", "text": plain("Hi :tada:")}, ["<h3", "Hi 🎉"]),
        ({"type": "divider"}, ["<hr"]),
        ({"type": "section", "block_id": "B", "text": md("*x*"), "fields": [plain("*f*")]}, ["<b>x</b>", ">*f*<"]),
        (
            {
                "type": "context",
                "elements": [md("_c_"), {"type": "image", "image_url": "https://x.example/i", "alt_text": "Alt"}],
            },
            ["<i>c</i>", 'aria-label="Alt"'],
        ),
        (
            {"type": "image", "image_url": "http://127.0.0.1:9/i.png", "alt_text": "Alt", "title": plain("T")},
            ['src="http://127.0.0.1:9/i.png"', 'alt="Alt"', "T"],
        ),
        (
            {"type": "markdown", "text": "# Top\n**b** ~~s~~\n\n|a|b|\n|-|-:|\n|1|2|"},
            ["<h1>Top", "<strong>b", "<s>s", '<td class="right">2'],
        ),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "H"}], [{"type": "raw_number", "value": 12000}]]},
            ["<th", "12,000"],
        ),
        (
            actions({"type": "button", "text": plain("Go"), "style": "primary"}),
            ["btn primary", 'data-action="A"', 'data-block="B"'],
        ),
        (
            actions({"type": "button", "text": plain("Go"), "url": "https://x.example"}),
            ['href="https://x.example"', "noopener"],
        ),
        (
            actions({"type": "static_select", "options": [OPTION, OTHER], "initial_option": OTHER}),
            ['class="picked" data-value="2"', "the second"],
        ),
        (
            actions({"type": "static_select", "option_groups": [{"label": plain("G"), "options": [OPTION]}]}),
            ['class="group"', ">G<"],
        ),
        (actions({"type": "users_select", "placeholder": plain("Who")}), ["Who", "@林晓"]),
        (actions({"type": "channels_select"}), ["#seller-ops"]),
        (actions({"type": "external_select", "min_query_length": 2}), ['data-asks="true"', 'data-fewest="2"']),
        (actions({"type": "overflow", "options": [OPTION]}), ["overflow", 'data-value="1"']),
        (actions({"type": "datepicker", "initial_date": "2026-12-01"}), ['type="date"', 'value="2026-12-01"']),
        (actions({"type": "timepicker", "initial_time": "09:30"}), ['type="time"', 'value="09:30"']),
        (actions({"type": "datetimepicker", "initial_date_time": 1798704000}), ['value="2026-12-31T16:00"']),
        (
            asked({"type": "multi_static_select", "options": [OPTION, OTHER], "max_selected_items": 1}),
            ['data-many="true"', 'data-most="1"'],
        ),
        (asked({"type": "checkboxes", "options": [OPTION, OTHER], "initial_options": [OTHER]}), ['value="2" checked']),
        (asked({"type": "radio_buttons", "options": [OPTION]}), ['type="radio"']),
        (
            asked({"type": "plain_text_input", "multiline": True, "initial_value": "typed"}),
            ["<textarea", ">typed</textarea>"],
        ),
        (
            asked({"type": "number_input", "is_decimal_allowed": False, "initial_value": "3"}),
            ['inputmode="numeric"', 'value="3"'],
        ),
        (asked({"type": "email_text_input"}), ['type="email"']),
        (asked({"type": "url_text_input"}), ['type="url"']),
        (asked({"type": "file_input", "filetypes": ["csv"], "max_files": 2}), ['type="file"', 'accept=".csv"']),
        (asked({"type": "plain_text_input"}, optional=True, hint=plain("A hint")), ["(optional)", "A hint"]),
        ({"type": "alert", "level": "warning", "text": plain("Careful")}, ["alert warning", "Careful"]),
        ({"type": "card", "block_id": "B", "title": plain("T"), "body": plain("Body")}, ["card-title", "Body"]),
        (
            {
                "type": "video",
                "title": plain("V"),
                "alt_text": "A",
                "video_url": "https://v.example",
                "thumbnail_url": "https://t.example",
            },
            ['href="https://v.example"'],
        ),
        (
            {
                "type": "context_actions",
                "block_id": "B",
                "elements": [
                    {
                        "type": "feedback_buttons",
                        "action_id": "A",
                        "positive_button": {"text": plain("Good"), "value": "y"},
                        "negative_button": {"text": plain("Bad"), "value": "n"},
                    }
                ],
            },
            ['data-value="positive"', 'aria-label="Bad"'],
        ),
        ({"type": "container", "title": plain("Box"), "child_blocks": [{"type": "divider"}]}, ["<details", "Box", "<hr"]),
        (
            {
                "type": "data_visualization",
                "title": "Late",
                "chart": {"type": "pie", "segments": [{"label": "Mon", "value": 2}]},
            },
            ["Late", "Mon", 'width="220.0"'],
        ),
        (
            {"type": "plan", "title": "Plan", "tasks": [{"task_id": "1", "title": "First", "status": "complete"}]},
            ["task complete", "First"],
        ),
    ],
    ids=kind,
)
def test_blocks(block: dict[str, Any], parts: list[str]) -> None:
    shown = render.blocks([block], READER)
    assert [part for part in parts if part not in shown] == []


def test_rich_text_leaves_text_alone_and_draws_styles() -> None:
    shown = rich_text(
        {
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "*not bold* "},
                        {"type": "text", "text": "要贴标", "style": {"bold": True, "italic": True}},
                        {"type": "link", "url": "https://x.example", "text": "here"},
                        {"type": "color", "value": "#0f766e"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "offset": 2,
                    "indent": 1,
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "third"}]}],
                },
            ]
        },
        READER,
    )
    assert "*not bold* <b><i>要贴标</i></b>" in shown
    assert '<ol class="indent-1" start="3"><li>third</li></ol>' in shown
    assert 'fill="#0f766e"' in shown


def test_emoji_names_are_emoji_in_what_people_type_and_text_in_what_apps_send() -> None:
    leaves = [{"type": "text", "text": "看 :bar_chart: 12:30:45 :nope:"}]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": leaves}]}]
    assert "看 <span" in render.content({"blocks": blocks}, READER)
    assert "12:30:45 :nope:" in render.content({"blocks": blocks}, READER)
    assert "看 :bar_chart:" in render.content({"blocks": blocks, "bot_id": "B1"}, READER)


def test_what_was_chosen_is_shown() -> None:
    state = {"B": {"A": {"type": "static_select", "selected_option": OPTION}}}
    block = actions({"type": "static_select", "options": [OPTION, OTHER], "initial_option": OTHER})
    assert 'class="picked" data-value="1"' in render.blocks([block], READER, state)


def test_an_image_on_the_web_is_not_loaded() -> None:
    shown = render.blocks([{"type": "image", "image_url": "https://evil.example/pixel.png", "alt_text": "Alt"}], READER)
    assert "<img" not in shown
    assert "Alt" in shown


class Tags(HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def evil_everywhere() -> list[dict[str, Any]]:
    """A block of every kind, with HTML wherever a text, a name or an address may stand."""
    bad, address = plain(EVIL), "javascript:alert(1)"
    option = {"text": bad, "value": EVIL, "description": bad, "url": address}
    confirm = {"title": bad, "text": bad, "confirm": bad, "deny": bad}
    elements: list[dict[str, Any]] = [
        {"type": "button", "text": bad, "value": EVIL, "url": address, "accessibility_label": EVIL, "confirm": confirm},
        {"type": "static_select", "options": [option], "placeholder": bad, "initial_option": option},
        {"type": "overflow", "options": [option]},
        {"type": "radio_buttons", "options": [option]},
        {"type": "datepicker", "initial_date": EVIL, "placeholder": bad},
        {"type": "plain_text_input", "initial_value": EVIL, "placeholder": bad, "multiline": True},
        {"type": "plain_text_input", "initial_value": EVIL, "placeholder": bad},
    ]
    ids = {"block_id": EVIL}
    leaves = [
        {"type": "text", "text": EVIL},
        {"type": "link", "url": address, "text": EVIL},
        {"type": "emoji", "name": EVIL},
        {"type": "color", "value": EVIL},
        {"type": "user", "user_id": EVIL},
        {"type": "date", "timestamp": EVIL, "format": EVIL, "fallback": EVIL, "url": address},
    ]
    return [
        {"type": "header", "text": bad},
        {"type": "section", **ids, "text": md(EVIL), "fields": [md(f"<{address}|{EVIL}>")]},
        {"type": "context", "elements": [{"type": "image", "image_url": address, "alt_text": EVIL}]},
        {"type": "actions", **ids, "elements": [{"action_id": EVIL, **one} for one in elements]},
        *(
            {"type": "input", **ids, "label": bad, "hint": bad, "element": {"action_id": EVIL, **one}}
            for one in elements[1:]
        ),
        {"type": "markdown", "text": f"{EVIL}\n[x](javascript:alert(1)) ![{EVIL}](javascript:alert(1))"},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": leaves}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": EVIL}]]},
        {"type": "video", "title": bad, "alt_text": EVIL, "video_url": address, "title_url": address},
        {"type": "card", **ids, "title": bad, "body": md(EVIL)},
        {"type": EVIL, "text": EVIL},
    ]


def test_nobody_writes_html() -> None:
    message = {
        "blocks": evil_everywhere(),
        "attachments": [{"color": EVIL, "title": EVIL, "title_link": "javascript:alert(1)", "text": EVIL}],
        "files": [
            {"id": EVIL, "name": EVIL, "title": EVIL, "mimetype": EVIL, "filetype": EVIL, "pretty_type": EVIL, "size": 1}
        ],
    }
    parser = Tags()
    shown = render.content(message, READER)
    assert shown.count("&lt;script&gt;") > 30, "what they wrote is shown"
    parser.feed(shown)
    assert not [
        tag for tag, _attrs in parser.seen if tag in ("script", "style", "iframe", "object", "embed", "link", "base")
    ]
    assert not [tag for tag, attrs in parser.seen if tag == "img" and attrs.get("src") == "x"]
    assert not [name for _tag, attrs in parser.seen for name in attrs if name.startswith("on") or name == "style"]
    addresses = [value or "" for _tag, attrs in parser.seen for name, value in attrs.items() if name in ("href", "src")]
    assert not [address for address in addresses if address.lower().startswith(("javascript:", "data:"))]


def test_a_confirmation_survives_as_data() -> None:
    confirm = {"title": plain('Sure "really"?'), "text": plain("a & b"), "confirm": plain("Yes"), "deny": plain("No")}
    parser = Tags()
    parser.feed(render.blocks([actions({"type": "button", "text": plain("Go"), "confirm": confirm})], READER))
    held = next(attrs["data-confirm"] for _tag, attrs in parser.seen if "data-confirm" in attrs)
    assert json.loads(held or "") == confirm


def test_markdown_with_html_shows_it_as_text() -> None:
    assert "&lt;script&gt;" in markdown("<script>alert(1)</script>")
