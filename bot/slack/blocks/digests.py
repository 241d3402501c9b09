"""Digests: as messages, as a list to change them in, and as a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.digests.options import PARTS
from bot.digests.schedule import Schedule, next_occurrence
from bot.office.digests import Due
from bot.office.office import Given
from bot.rulebook.models import Language
from bot.slack.blocks.answers import MAX_BLOCKS, Message, answer_message
from bot.slack.blocks.modals import MAX_OPTIONS, TITLE_LIMIT, View, encode_metadata, view_of
from bot.slack.blocks.text import (
    Block,
    Element,
    button,
    context,
    escape,
    lines,
    mention,
    option,
    person,
    plain,
    rich,
    run,
    section,
    somebody,
)
from bot.slack.phrases import ui
from bot.slack.problems import CHANNEL

LISTED = 40
"""Two blocks each: a modal holds a hundred."""
DAYS_TOLD = 10


# ------------------------------------------------------------ messages


def timed(message: Message, one: Due) -> Message:
    """A digest that is due, with what there is to say about its time."""
    language = one.schedule.options.language
    notes = []
    if one.late:
        notes.append(ui("digest_sent_late", language, moment=_local(one.occurrence.moment, one.schedule)))
    notes += _missed(one.missed, language)
    return noted(message, notes)


def preview_message(given: Given, language: Language) -> Message:
    """What a digest would say now, for one person; nothing is kept that buttons could refer to."""
    message = answer_message(given)
    shown = [block for block in message.blocks if block["type"] not in ("actions", "context_actions")]
    return noted(replace(message, blocks=shown), [ui("digest_preview_note", language)])


def noted(message: Message, notes: Sequence[str]) -> Message:
    """A message with small print above it."""
    above = [context([escape(note) for note in notes])] if notes else []
    return replace(message, blocks=[*above, *message.blocks[: MAX_BLOCKS - len(above)]])


def skipped_message(one: Due) -> Message:
    """Says that there is no digest for this date."""
    schedule, language = one.schedule, one.schedule.options.language
    following = next_occurrence(schedule, one.occurrence.moment).moment
    text = ui(
        "digest_skipped",
        language,
        moment=_local(one.occurrence.moment, schedule),
        next=_local(following, schedule),
    )
    return Message(
        escape(text), [rich([section([run(text)])]), *[context([escape(n)]) for n in _missed(one.missed, language)]]
    )


def paused_text(schedule: Schedule, reason: str, command: str, language: Language) -> str:
    """Tells the owner why there will be no digest, in mrkdwn."""
    where = escape(rhythm_text(schedule, language))
    if not is_direct(schedule):
        where += f" · {ui('digest_in', language, channel=mention(schedule.channel))}"
    return ui("digest_paused_told", language, digest=where, reason=escape(reason), command=escape(command))


def _missed(days: Sequence[date], language: Language) -> list[str]:
    if not days:
        return []
    shown = [day.isoformat() for day in days[-DAYS_TOLD:]]
    text = ("、" if language == "zh" else ", ").join(shown)
    return [ui("digest_missed", language, days=f"… {text}" if len(days) > DAYS_TOLD else text)]


def _local(moment: datetime, schedule: Schedule) -> str:
    return f"{moment.astimezone(ZoneInfo(schedule.zone)):%Y-%m-%d %H:%M} ({schedule.zone})"


def rhythm_text(schedule: Schedule, language: Language) -> str:
    """How often and when, for people."""
    day: object = schedule.day
    if schedule.rhythm == "weekly":
        day = ui(f"weekday_{schedule.day}", language)
    text = ui(f"digest_{schedule.rhythm}", language, day=day, at=f"{schedule.at:%H:%M}")
    return f"{text} ({schedule.zone})"


def is_direct(schedule: Schedule) -> bool:
    return schedule.channel.startswith("D")


# ------------------------------------------------------------ the list


def digests_view(
    listed: Sequence[tuple[Schedule, datetime]],
    user: str,
    admin: bool,
    metadata: Mapping[str, str],
    language: Language,
    note: str = "",
) -> View:
    """A person's digests and those of the channel that it was opened from, with buttons for those that may change them."""
    blocks: list[Block] = [context([escape(note)])] if note else []
    if not listed:
        blocks.append(rich(lines([ui("digests_none", language)])))
    for schedule, due in listed[:LISTED]:
        blocks.append(digest_line(schedule, due, user, language))
        if schedule.owner == user or admin:
            blocks.append(_buttons(schedule, language))
    if len(listed) > LISTED:
        blocks.append(context([escape(ui("digests_more", language, n=len(listed) - LISTED))]))
    new = button(ui("digest_new", language), "digest_new", "new", style="primary")
    blocks.append({"type": "actions", "block_id": "digests:new", "elements": [new]})
    return view_of(
        ui("digests_title", language),
        language,
        blocks,
        callback_id="digests",
        private_metadata=encode_metadata(metadata),
    )


def digest_line(schedule: Schedule, due: datetime, user: str, language: Language) -> Block:
    """When a digest goes out, where to, and when it is due next; for `user`, who may be its owner."""
    elements: list[Element] = [run(rhythm_text(schedule, language), bold=True), run(" · ")]
    if schedule.is_for_maintainers:
        elements.append(run(f"{ui('in_vain_title', language)} · "))
    if not is_direct(schedule):
        elements += _around("digest_in", schedule.channel, language)
    elif schedule.about != schedule.channel:
        elements += _around("digest_direct_about", schedule.about, language)
    else:
        elements.append(run(ui("digest_direct", language)))
    elements.append(run(f" · {ui(f'language_{schedule.options.language}', language)}"))
    if schedule.owner != user:
        elements += [run(f" · {ui('digest_owner', language)} "), person(schedule.owner)]
    if not schedule.paused:
        elements.append(run(f" · {ui('digest_next', language, moment=_local(due, schedule))}"))
    else:
        elements.append(run(f" · {_paused(schedule.paused, language)}", bold=True))
    return rich([section(elements)])


def _around(name: str, channel: str, language: Language) -> list[Element]:
    """A phrase with a channel in its gap."""
    before, _, after = ui(name, language).partition("{channel}")
    return [one for one in (run(before), somebody(channel), run(after)) if one.get("text") != ""]


def _paused(reason: str, language: Language) -> str:
    if reason == "owner":
        return ui("digest_is_paused", language)
    if reason in ("left", "not_installed"):
        return ui("digest_paused_because", language, reason=ui(f"digest_{reason}", language))
    why = ui(CHANNEL.get(reason, "reason_other"), language, error=reason, needed="?")
    return ui("digest_paused_because", language, reason=why)


def _buttons(schedule: Schedule, language: Language) -> Block:
    toggle = "digest_resume" if schedule.paused else "digest_pause"
    sure = {
        "title": plain(ui("digest_delete", language), 100),
        "text": plain(ui("digest_delete_sure", language), 300),
        "confirm": plain(ui("digest_delete", language), 30),
        "deny": plain(ui("cancel", language), 30),
        "style": "danger",
    }
    return {
        "type": "actions",
        "block_id": f"digest:{schedule.id}",
        "elements": [
            button(ui("digest_edit", language), "digest_edit", schedule.id),
            button(ui(toggle, language), toggle, schedule.id),
            button(ui("digest_preview", language), "digest_preview", schedule.id),
            button(ui("digest_delete", language), "digest_delete", schedule.id, style="danger", confirm=sure),
        ],
    }


# ------------------------------------------------------------ the form


def digest_form(
    schedule: Schedule | None,
    zone: str,
    channel: str,
    spoken: Language,
    domains: Mapping[str, str],
    metadata: Mapping[str, str],
    language: Language,
) -> View:
    """A form for a new digest (`schedule` None), or to change one.

    `zone`, `channel` (may be empty) and `spoken` are filled in for a new one; `domains`: domain -> its name.
    """
    blocks = [
        _parts(schedule, language),
        _domains(schedule, domains, language),
        _when(schedule, language),
        {
            "type": "input",
            "block_id": "at",
            "label": plain(ui("digest_at", language), 2000),
            "element": {
                "type": "timepicker",
                "action_id": "value",
                "initial_time": f"{schedule.at:%H:%M}" if schedule else "09:00",
            },
        },
        {
            "type": "input",
            "block_id": "zone",
            "label": plain(ui("digest_zone", language), 2000),
            "hint": plain(ui("digest_zone_hint", language), 2000),
            "element": {
                "type": "plain_text_input",
                "action_id": "value",
                "max_length": 60,
                "initial_value": schedule.zone if schedule else zone,
            },
        },
        _radio(
            "place",
            "digest_place",
            {"channel": "digest_place_channel", "direct": "digest_place_direct"},
            "direct" if (is_direct(schedule) if schedule else not channel) else "channel",
            language,
        ),
        _channel(schedule.about if schedule else channel, language),
        _radio(
            "language",
            "digest_language",
            {"en": "language_en", "zh": "language_zh"},
            schedule.options.language if schedule else spoken,
            language,
        ),
        _radio(
            "late",
            "digest_late",
            {"send": "digest_late_send", "skip": "digest_late_skip"},
            schedule.late if schedule else "send",
            language,
        ),
        _boxes(
            "alerts", "digest_alerts", {"on": "digest_alerts_on"}, ["on"] if schedule and schedule.alerts else [], language
        ),
    ]
    return view_of(
        ui("digest_form_title", language),
        language,
        blocks,
        callback_id="digest",
        submit=plain(ui("save", language), TITLE_LIMIT),
        private_metadata=encode_metadata(metadata),
    )


def _on(schedule: Schedule | None) -> list[str]:
    return ["on"] if schedule and schedule.alerts else []


def _parts(schedule: Schedule | None, language: Language) -> Block:
    chosen = [part for part in PARTS if not schedule or part in schedule.options.parts]
    boxes = _boxes("parts", "digest_what", {part: f"digest_part_{part}" for part in PARTS}, chosen, language)
    return {**boxes, "optional": False}


def _domains(schedule: Schedule | None, domains: Mapping[str, str], language: Language) -> Block:
    options = [option(title, domain) for domain, title in domains.items()][:MAX_OPTIONS]
    chosen = [one for one in options if schedule and one["value"] in schedule.options.domains]
    return {
        "type": "input",
        "block_id": "domains",
        "optional": True,
        "label": plain(ui("digest_domains", language), 2000),
        "hint": plain(ui("digest_domains_hint", language), 2000),
        "element": {
            "type": "multi_static_select",
            "action_id": "value",
            "placeholder": plain(ui("digest_domains_hint", language), 150),
            "options": options,
            **({"initial_options": chosen} if chosen else {}),
        },
    }


def _when(schedule: Schedule | None, language: Language) -> Block:
    """Rhythm and day in one list, as ``weekly:1``."""
    often = [option(ui(f"digest_option_{name}", language), f"{name}:0") for name in ("daily", "weekdays")]
    weekly = [
        option(ui("digest_option_weekly", language, day=ui(f"weekday_{day}", language)), f"weekly:{day}")
        for day in range(1, 8)
    ]
    monthly = [option(ui("digest_option_monthly", language, day=day), f"monthly:{day}") for day in range(1, 31)]
    monthly.append(option(ui("digest_option_last", language), "monthly:31"))
    groups = [("often", often), ("weekly", weekly), ("monthly", monthly)]
    chosen = f"{schedule.rhythm}:{schedule.day}" if schedule else "weekdays:0"
    return {
        "type": "input",
        "block_id": "rhythm",
        "label": plain(ui("digest_when", language), 2000),
        "element": {
            "type": "static_select",
            "action_id": "value",
            "option_groups": [
                {"label": plain(ui(f"digest_when_{name}", language), 75), "options": options} for name, options in groups
            ],
            "initial_option": next(one for _, options in groups for one in options if one["value"] == chosen),
        },
    }


def _channel(channel: str, language: Language) -> Block:
    chosen = {"initial_conversation": channel} if channel[:1] in ("C", "G") else {}
    return {
        "type": "input",
        "block_id": "channel",
        "optional": True,
        "label": plain(ui("digest_channel", language), 2000),
        "hint": plain(ui("digest_channel_hint", language), 2000),
        "element": {
            "type": "conversations_select",
            "action_id": "value",
            "placeholder": plain(ui("pick_one", language), 150),
            "filter": {"include": ["public", "private"], "exclude_external_shared_channels": True},
            **chosen,
        },
    }


def _radio(block_id: str, label: str, choices: Mapping[str, str], chosen: str, language: Language) -> Block:
    options = [option(ui(text, language), value) for value, text in choices.items()]
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(ui(label, language), 2000),
        "element": {
            "type": "radio_buttons",
            "action_id": "value",
            "options": options,
            "initial_option": next(one for one in options if one["value"] == chosen),
        },
    }


def _boxes(block_id: str, label: str, choices: Mapping[str, str], chosen: Sequence[str], language: Language) -> Block:
    options = [option(ui(text, language), value) for value, text in choices.items()]
    ticked = [one for one in options if one["value"] in chosen]
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": plain(ui(label, language), 2000),
        "element": {
            "type": "checkboxes",
            "action_id": "value",
            "options": options,
            **({"initial_options": ticked} if ticked else {}),
        },
    }
