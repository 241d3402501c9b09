"""Modals: the rule behind an answer, the whole answer, a form for facts, a reason, what a file is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.answering.answer import Answer, Question
from bot.answering.formats import show_holds
from bot.answering.phrases import phrase
from bot.answering.rulepage import CaseShown, RulePage, VersionShown
from bot.reports.report import LEFT_OUT
from bot.rulebook.models import Language
from bot.rulebook.report_models import ReportFormat
from bot.slack.blocks import parts
from bot.slack.blocks.asking import form_input
from bot.slack.blocks.text import (
    MRKDWN_LIMIT,
    Block,
    Element,
    bullets,
    context,
    escape,
    header,
    lines,
    option,
    plain,
    rich,
    run,
    runs,
    section,
    shorten,
)
from bot.slack.phrases import ui

View = dict[str, Any]
MAX_BLOCKS = 100
MAX_OPTIONS = 100
MAX_HEADINGS = 60
TITLE_LIMIT = 24
METADATA_LIMIT = 3000
REASONS = ("wrong", "outdated", "other_question", "missing", "unclear")


def view_of(title: str, language: Language, blocks: list[Block], **more: Any) -> View:
    """A modal; `more` are its other fields. Without `submit` there is nothing to send."""
    return {
        "type": "modal",
        "title": plain(title, TITLE_LIMIT),
        "close": plain(ui("cancel" if "submit" in more else "close", language), TITLE_LIMIT),
        "blocks": blocks[:MAX_BLOCKS],
        **more,
    }


def rule_view(page: RulePage, answer: Answer) -> View:
    """Every version and case of a rule, the ones that the answer used marked, with all its sources."""
    blocks = [header(page.title)]
    for version in sorted(page.versions, key=lambda version: not version.applied):
        blocks.append(rich(_version(version, page.language)))
    if page.misreadings:
        heading = phrase("misreadings", page.language) + phrase("colon", page.language).rstrip()
        items = (runs(line) for line in page.misreadings)
        blocks.append(rich([section([run(heading, bold=True)]), bullets(items)]))
    blocks += _sources([parts.source(one, answer) for one in page.sources], page.language)
    return view_of(ui("rule_title", page.language), page.language, blocks)


def _version(version: VersionShown, language: Language) -> Iterator[Element]:
    period = f"{phrase('holds', language)}{phrase('colon', language)}{show_holds(version.start, version.end, language)}"
    mark = [run(f"  ({ui('in_force', language)})")] if version.applied else []
    yield section([run(period, bold=True), *mark, run("\n")])
    if version.cases:
        yield bullets(_case(case, len(version.cases) == 1, language) for case in version.cases)


def _case(case: CaseShown, alone: bool, language: Language) -> list[Element]:
    colon = phrase("colon", language)
    conditions = ui("when", language, conditions=("；" if language == "zh" else "; ").join(case.conditions))
    when = conditions if case.conditions else "" if alone else ui("otherwise", language)
    mark = [run(f"▶ {ui('your_case', language)}{colon}", bold=True)] if case.applied and not alone else []
    return [*mark, *([run(when + colon, italic=True)] if when else []), *runs(case.verdict, **_bold(case.applied))]


def _bold(applied: bool) -> dict[str, bool]:
    return {"bold": True} if applied else {}


def whole_view(answer: Answer) -> View:
    """An answer with nothing left out."""
    blocks = [rich(parts.verdict(answer))]
    blocks += [rich(part) for part in parts.details(answer, len(answer.branches)) if part]
    misreadings = parts.misreadings(answer)
    blocks += [rich(misreadings)] if misreadings else []
    blocks.append(context([parts.holds(answer)]))
    blocks += _sources([parts.source(one, answer) for one in answer.sources], answer.language)
    return view_of(ui("all_title", answer.language), answer.language, blocks)


def _sources(texts: list[str], language: Language) -> list[Block]:
    """Sources as small print, as many to a block as its text may hold."""
    if not texts:
        return []
    blocks: list[Block] = [rich([section([run(phrase("sources", language), bold=True)])])]
    page: list[str] = []
    for text in texts:
        if page and len("\n".join([*page, text])) > MRKDWN_LIMIT:
            blocks.append(context(["\n".join(page)]))
            page = []
        page.append(text)
    return [*blocks, context(["\n".join(page)])]


def notice_view(title: str, text: str, blocks: list[Block], language: Language) -> View:
    """A modal that says something, with more to read below, and asks nothing."""
    return view_of(title, language, [rich(lines([text])), *blocks])


def facts_view(
    questions: tuple[Question, ...], values: Mapping[str, str], metadata: Mapping[str, str], language: Language
) -> View:
    """A form for facts; `values` are filled in, `metadata` says which answer it belongs to."""
    blocks = [context([ui("facts_note", language)])] if len(questions) > 1 else []
    blocks += [form_input(question, language, values.get(question.fact, "")) for question in questions]
    return view_of(
        ui("facts_title", language),
        language,
        blocks,
        callback_id="facts",
        submit=plain(ui("submit", language), TITLE_LIMIT),
        private_metadata=encode_metadata(metadata),
    )


def feedback_view(ref: str, language: Language) -> View:
    """Why an answer did not help."""
    reasons = [option(ui(f"reason_{name}", language), name) for name in REASONS]
    return view_of(
        ui("feedback_title", language),
        language,
        [
            {
                "type": "input",
                "block_id": "reason",
                "label": plain(ui("reason", language), 2000),
                "element": {"type": "radio_buttons", "action_id": "value", "options": reasons},
            },
            {
                "type": "input",
                "block_id": "comment",
                "optional": True,
                "label": plain(ui("comment", language), 2000),
                "element": {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": 2000},
            },
        ],
        callback_id="reason",
        submit=plain(ui("send", language), TITLE_LIMIT),
        private_metadata=encode_metadata({"ref": ref}),
    )


def taken_for_view(titles: Mapping[str, str], metadata: Mapping[str, str], language: Language) -> View:
    """Which report a file really is; `titles`: report -> its name."""
    options = [option(title, name) for name, title in titles.items()][:MAX_OPTIONS]
    return view_of(
        ui("taken_title", language),
        language,
        [_select("report", "taken_label", options, "", language)],
        callback_id="taken_for",
        submit=plain(ui("submit", language), TITLE_LIMIT),
        private_metadata=encode_metadata(metadata),
    )


def columns_view(
    headings: Sequence[tuple[str, str]], layout: ReportFormat, metadata: Mapping[str, str], language: Language
) -> View:
    """What each heading of an own table is, as far as it is known; the block of a heading is named by its place."""
    none = option(ui("column_none", language), LEFT_OUT)
    columns = [option(_column(layout.heading(column, language), column.name), column.name) for column in layout.kept]
    options = [none, *columns][:MAX_OPTIONS]
    blocks = [context([escape(ui("columns_note", language, title=layout.title.of(language)))])]
    for number, (heading, column) in enumerate(headings[:MAX_HEADINGS]):
        chosen = next((one for one in options if one["value"] == column), none)
        blocks.append(
            {
                "type": "input",
                "block_id": f"heading_{number}",
                "label": plain(heading, 2000),
                "element": {"type": "static_select", "action_id": "value", "options": options, "initial_option": chosen},
            }
        )
    return view_of(
        ui("columns_title", language),
        language,
        blocks,
        callback_id="columns",
        submit=plain(ui("save", language), TITLE_LIMIT),
        private_metadata=encode_metadata(metadata),
    )


def _column(heading: str, name: str) -> str:
    return heading if heading == name else f"{heading} ({name})"


def _select(block_id: str, label: str, options: list[Element], value: str, language: Language) -> Block:
    chosen = next((one for one in options if one["value"] == value), options[0])
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(ui(label, language), 2000),
        "element": {"type": "static_select", "action_id": "value", "options": options, "initial_option": chosen},
    }


def encode_metadata(values: Mapping[str, str]) -> str:
    """What a modal has to know when it comes back; `metadata_of` reads it."""
    return shorten(json.dumps(dict(values), ensure_ascii=False), METADATA_LIMIT)


def metadata_of(view: View) -> dict[str, str]:
    """What was put into a modal when it was opened."""
    values = json.loads(view.get("private_metadata") or "{}")
    return {str(key): str(value) for key, value in values.items()}


def state_of(view: View) -> dict[str, str]:
    """What was filled in: block id -> value; empty where nothing was."""
    filled = {}
    for block_id, actions in view.get("state", {}).get("values", {}).items():
        for state in actions.values():
            filled[block_id] = _state(state)
    return filled


def _state(state: Mapping[str, Any]) -> str:
    if "selected_options" in state:
        return ",".join(one["value"] for one in state["selected_options"] or [])
    selected = state.get("selected_option")
    if selected:
        return str(selected["value"])
    if "selected_conversations" in state:
        return ",".join(state["selected_conversations"] or [])
    names = ("value", "selected_date", "selected_time", "selected_conversation")
    return next((str(state[name]) for name in names if state.get(name)), "")
