"""What interactive elements show: their options, and what is chosen in them now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from bot.sandbox.page.mrkdwn import mrkdwn, plain
from bot.sandbox.page.reader import Reader
from bot.sandbox.page.richtext import as_text

Json = dict[str, Any]
State = dict[str, dict[str, Json]]
"""block_id -> action_id -> what is chosen, as Slack's `state.values` has it."""


@dataclass(frozen=True)
class Choice:
    value: str
    label: Markup
    description: Markup = field(default_factory=Markup)
    url: str = ""


@dataclass(frozen=True)
class Menu:
    """A select of any kind. `groups`: (label or "", choices). `asks`: whether the app is asked for the options."""

    several: bool
    asks: bool
    groups: tuple[tuple[Markup, tuple[Choice, ...]], ...]
    picked: tuple[Choice, ...]
    fewest_letters: int = 0
    most: int | None = None


def text(thing: Json | None, reader: Reader) -> Markup:
    """A text object of either kind; nothing for None."""
    if not thing:
        return Markup("")
    if thing.get("type") == "mrkdwn":
        return mrkdwn(str(thing.get("text", "")), reader, verbatim=bool(thing.get("verbatim")))
    return plain(str(thing.get("text", "")), emoji=thing.get("emoji") is not False)


def known(state: State, block: Json, element: Json) -> Json | None:
    """What is kept for an element, or None if nothing was chosen or typed yet."""
    return state.get(str(block.get("block_id")), {}).get(str(element.get("action_id")))


def choices(options: list[Json] | None, reader: Reader) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            str(option.get("value", "")),
            text(option.get("text"), reader),
            text(option.get("description"), reader),
            str(option.get("url", "")),
        )
        for option in options or ()
    )


def menu(element: Json, reader: Reader, kept: Json | None) -> Menu:
    """Everything that a select shows."""
    kind = str(element["type"])
    several = kind.startswith("multi_")
    groups: tuple[tuple[Markup, tuple[Choice, ...]], ...]
    source = kind.removeprefix("multi_").removesuffix("_select")
    if source in ("users", "conversations", "channels"):
        everything = _directory(source, reader)
        groups = ((Markup(""), tuple(everything.values())),)
        singular = source.removesuffix("s")
        chosen = _chosen(
            element, kept, f"selected_{source if several else singular}", f"initial_{source if several else singular}"
        )
        picked = tuple(everything.get(str(one), Choice(str(one), Markup.escape(str(one)))) for one in chosen)
    else:
        if element.get("option_groups"):
            groups = tuple(
                (text(g.get("label"), reader), choices(g.get("options"), reader)) for g in element["option_groups"]
            )
        else:
            groups = ((Markup(""), choices(element.get("options"), reader)),)
        ending = "options" if several else "option"
        picked = choices(_chosen(element, kept, f"selected_{ending}", f"initial_{ending}"), reader)
    asks = source == "external"
    fewest = int(element.get("min_query_length", 3)) if asks else 0
    return Menu(several, asks, groups, picked, fewest, element.get("max_selected_items"))


def checked(element: Json, kept: Json | None) -> set[str]:
    """The values of the checkboxes or the radio button that are on."""
    ending = "options" if element["type"] == "checkboxes" else "option"
    return {str(option.get("value")) for option in _chosen(element, kept, f"selected_{ending}", f"initial_{ending}")}


def written(element: Json, reader: Reader, kept: Json | None) -> str:
    """What stands in an input of one line or several, in a picker of a date or time."""
    kind = element["type"]
    if kind == "datepicker":
        return str(_one(element, kept, "selected_date", "initial_date"))
    if kind == "timepicker":
        return str(_one(element, kept, "selected_time", "initial_time"))
    if kind == "datetimepicker":
        at = _one(element, kept, "selected_date_time", "initial_date_time")
        return f"{datetime.fromtimestamp(int(at), reader.tz):%Y-%m-%dT%H:%M}" if at else ""
    if kind == "rich_text_input":
        value = _one(element, kept, "rich_text_value", "initial_value")
        return as_text(value) if isinstance(value, dict) else str(value)
    return str(_one(element, kept, "value", "initial_value"))


def _one(element: Json, kept: Json | None, field: str, initial: str) -> Any:
    value = kept.get(field) if kept is not None else element.get(initial)
    return "" if value is None else value


def _chosen(element: Json, kept: Json | None, field: str, initial: str) -> list[Any]:
    value = _one(element, kept, field, initial)
    if value == "":
        return []
    return value if isinstance(value, list) else [value]


def _directory(source: str, reader: Reader) -> dict[str, Choice]:
    people = {id_: Choice(id_, Markup("@{}").format(name)) for id_, name in reader.people.items()}
    channels = {id_: Choice(id_, Markup("#{}").format(name)) for id_, name in reader.channels.items()}
    return people if source == "users" else channels
