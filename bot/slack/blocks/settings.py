"""Settings: of a workspace, to change and to read, and a person's own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering.formats import show_fact
from bot.answering.phrases import phrase
from bot.office.choices import MOST_CHANNELS, NOTHING
from bot.office.preferences import MOST_KEEP_DAYS, Preferences, default_of
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Fact, Language
from bot.slack.blocks.modals import MAX_OPTIONS, TITLE_LIMIT, View, view_of
from bot.slack.blocks.text import (
    Block,
    Element,
    bullets,
    button,
    context,
    escape,
    header,
    option,
    plain,
    rich,
    run,
    somebody,
)
from bot.slack.phrases import ui
from bot.store.preferences import KEEP_DAYS, POLICY_WATCH, WORKSPACE

LABEL_LIMIT = 2000


def settings_view(preferences: Preferences, book: Rulebook, keep_days: int, zone: str, language: Language) -> View:
    """The settings of a workspace as a form; `keep_days` holds where it has no number of its own, `zone` is filled in where
    it has none."""
    facts = facts_with_default(book, ("workspace", "person"))
    blocks = [
        header(ui("set_answers", language)),
        _languages(preferences.values.get((WORKSPACE, "language"), NOTHING), "language_question", language),
        _channels("auto_answer", preferences.auto_answer_channels, language),
        _channels("data_channel", preferences.data_channels, language),
        header(ui("set_defaults", language)),
        context([escape(ui("set_defaults_note", language))]),
        *(_default(fact, preferences.default(fact.id), "setting_none", book, language) for fact in facts),
        header(ui("set_people", language)),
        _target("hand_over", preferences.hand_over, language),
        _switch(POLICY_WATCH, preferences.policy_watch, language),
        header(ui("in_vain_title", language)),
        _channel("maintainers", preferences.maintainers, language),
        _weekday(preferences.maintainers_day, language),
        _at(preferences, language),
        _zone(preferences.zone or zone, language),
        header(ui("set_keeping", language)),
        _days(preferences.keep_days, keep_days, language),
        _switch("keep_questions", preferences.keep_questions, language),
        mine_button(language),
    ]
    return view_of(
        ui("settings_title", language),
        language,
        blocks,
        callback_id="settings",
        submit=plain(ui("save", language), TITLE_LIMIT),
    )


def mine_view(preferences: Preferences, person: str, book: Rulebook, language: Language) -> View:
    """A person's own settings as a form."""
    blocks = [
        context([escape(ui("mine_note", language))]),
        _languages(preferences.values.get((person, "language"), NOTHING), "as_workspace", language),
    ]
    for fact in facts_with_default(book, ("person",)):
        blocks.append(_default(fact, preferences.default(fact.id, person), "as_workspace", book, language))
    return view_of(
        ui("mine_title", language),
        language,
        blocks,
        callback_id="my_settings",
        submit=plain(ui("save", language), TITLE_LIMIT),
    )


def mine_button(language: Language) -> Block:
    """Opens one's own settings."""
    elements = [button(ui("mine_open", language), "open_my_settings", "mine")]
    return {"type": "actions", "block_id": "settings:mine", "elements": elements}


def settings_list(preferences: Preferences, book: Rulebook, keep_days: int, language: Language) -> Block:
    """The settings of a workspace, to read."""
    none = run(ui("setting_none", language))
    switch = {True: run(ui("switch_on", language)), False: run(ui("switch_off", language))}
    values: list[tuple[str, list[Element]]] = [
        (ui("set_language", language), [run(ui(f"language_{preferences.language() or 'question'}", language))]),
        *((label_of(fact, language), [_shown(fact, preferences, book, language)]) for fact in _all_with_default(book)),
        (ui("set_auto_answer", language), _listed(preferences.auto_answer_channels) or [none]),
        (ui("set_data_channel", language), _listed(preferences.data_channels) or [none]),
        (ui("set_hand_over", language), [somebody(preferences.hand_over) if preferences.hand_over else none]),
        (ui("set_policy_watch", language), [switch[preferences.policy_watch]]),
        (ui("set_maintainers", language), _told(preferences, language) or [none]),
        (ui("set_keep_days", language), [run(phrase("days", language, n=preferences.keep_days or keep_days))]),
        (ui("set_keep_questions", language), [switch[preferences.keep_questions]]),
    ]
    colon = phrase("colon", language)
    return rich([bullets([run(name + colon), *elements] for name, elements in values)])


def label_of(fact: Fact, language: Language) -> str:
    """A fact's name where it begins a line."""
    name = fact.name.of(language)
    return name[:1].upper() + name[1:]


def facts_with_default(book: Rulebook, by: tuple[str, ...]) -> list[Fact]:
    return [fact for fact in book.content.facts if fact.default_by in by]


def _all_with_default(book: Rulebook) -> list[Fact]:
    return facts_with_default(book, ("workspace", "person"))


def _shown(fact: Fact, preferences: Preferences, book: Rulebook, language: Language) -> Element:
    known = preferences.facts(WORKSPACE, book).get(fact.id)
    return run(show_fact(fact.id, known.value, language, book) if known else ui("setting_none", language))


def _listed(channels: Sequence[str]) -> list[Element]:
    """Channels, with spaces between."""
    return [part for number, one in enumerate(channels) for part in (*([run(" ")] if number else []), somebody(one))]


def _input(block_id: str, label: str, element: Element, hint: str = "", optional: bool = True) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label, LABEL_LIMIT),
        "element": element,
        **({"hint": plain(hint, LABEL_LIMIT)} if hint else {}),
    }


def _pick(options: list[Element], value: str) -> Element:
    chosen = next((one for one in options if one["value"] == value), options[0])
    return {"type": "static_select", "action_id": "value", "options": options, "initial_option": chosen}


def _languages(value: str, otherwise: str, language: Language) -> Block:
    options = [
        option(ui(otherwise, language), NOTHING),
        option(ui("language_en", language), "en"),
        option(ui("language_zh", language), "zh"),
    ]
    return _input("language", ui("set_language", language), _pick(options, value), optional=False)


def _default(fact: Fact, value: str, otherwise: str, book: Rulebook, language: Language) -> Block:
    options = [option(ui(otherwise, language), NOTHING)]
    options += [option(show_fact(fact.id, one, language, book), one) for one in book.choices(fact.id)]
    return _input(default_of(fact.id), label_of(fact, language), _pick(options[:MAX_OPTIONS], value), optional=False)


def _channels(name: str, chosen: Sequence[str], language: Language) -> Block:
    element: Element = {
        "type": "multi_conversations_select",
        "action_id": "value",
        "placeholder": plain(ui("pick_channels", language), 150),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        "max_selected_items": MOST_CHANNELS,
        **({"initial_conversations": list(chosen[:MOST_CHANNELS])} if chosen else {}),
    }
    return _input(name, ui(f"set_{name}", language), element, ui(f"hint_{name}", language))


def _target(name: str, chosen: str | None, language: Language) -> Block:
    element: Element = {
        "type": "conversations_select",
        "action_id": "value",
        "placeholder": plain(ui("pick_one", language), 150),
        "filter": {"include": ["public", "private", "im"], "exclude_bot_users": True},
        **({"initial_conversation": chosen} if chosen else {}),
    }
    return _input(name, ui(f"set_{name}", language), element, ui(f"hint_{name}", language))


def _channel(name: str, chosen: str | None, language: Language) -> Block:
    element: Element = {
        "type": "conversations_select",
        "action_id": "value",
        "placeholder": plain(ui("pick_one", language), 150),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True, "exclude_external_shared_channels": True},
        **({"initial_conversation": chosen} if chosen else {}),
    }
    return _input(name, ui(f"set_{name}", language), element, ui(f"hint_{name}", language))


def _weekday(chosen: int, language: Language) -> Block:
    options = [option(ui(f"weekday_{day}", language), str(day)) for day in range(1, 8)]
    return _input("maintainers_day", ui("set_maintainers_day", language), _pick(options, str(chosen)), optional=False)


def _at(preferences: Preferences, language: Language) -> Block:
    element: Element = {
        "type": "timepicker",
        "action_id": "value",
        "initial_time": f"{preferences.maintainers_at:%H:%M}",
    }
    return _input("maintainers_at", ui("digest_at", language), element, optional=False)


def _zone(zone: str, language: Language) -> Block:
    element: Element = {"type": "plain_text_input", "action_id": "value", "max_length": 60, "initial_value": zone}
    return _input("zone", ui("digest_zone", language), element, ui("hint_zone", language))


def _told(preferences: Preferences, language: Language) -> list[Element]:
    """Which channel is told what was asked in vain, and when; empty where none is."""
    if not preferences.maintainers:
        return []
    day, at = ui(f"weekday_{preferences.maintainers_day}", language), f"{preferences.maintainers_at:%H:%M}"
    when = f"{ui('digest_weekly', language, day=day, at=at)} ({preferences.zone or 'UTC'})"
    return [somebody(preferences.maintainers), run(f" · {when}")]


def _switch(name: str, on: bool, language: Language) -> Block:
    choice = option(ui(f"{name}_on", language), "on")
    element: Element = {"type": "checkboxes", "action_id": "value", "options": [choice]}
    return _input(name, ui(f"set_{name}", language), {**element, "initial_options": [choice]} if on else element)


def _days(own: int | None, otherwise: int, language: Language) -> Block:
    element: Element = {
        "type": "number_input",
        "action_id": "value",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(MOST_KEEP_DAYS),
        **({"initial_value": str(own)} if own else {}),
    }
    return _input(KEEP_DAYS, ui("set_keep_days", language), element, ui("hint_keep_days", language, n=otherwise))
