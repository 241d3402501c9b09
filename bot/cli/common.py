"""What all commands share: the group that they belong to, and how they open the desk and the rulebook."""

from __future__ import annotations

import gc
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.answering.answer import Answer
    from bot.compiled import Workshop
    from bot.desk import Asker, Desk, Reply
    from bot.rulebook.book import Rulebook
    from bot.rulebook.models import Language
    from bot.settings import Settings


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-03-31", param, ctx)


DAY = _Day()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sellerbot")
def main() -> None:
    """Sellerbot: dated, cited answers to Amazon sellers' policy questions, in Chinese and English."""


def open_settings() -> Settings:
    from bot.settings import Settings

    return Settings()


def open_workshop(settings: Settings) -> Workshop:
    from bot.encoder import find_encoder

    # Made first: the encoder loads in the background while everything else is imported.
    encoder = find_encoder(settings.cache) if settings.encoder else None
    from bot.compiled import Workshop

    return Workshop(settings.cache, encoder)


def open_desk() -> Desk:
    settings = open_settings()
    workshop = open_workshop(settings)
    from bot.desk import Desk
    from bot.library import BrokenContent, Library

    library = Library(settings.content, workshop, notice=lambda text: click.echo(text, err=True))
    # Loading makes a million objects and no garbage; looking for some would take a fifth of a cold start.
    gc.disable()
    try:
        library.current()
    except BrokenContent as broken:
        raise click.ClickException(f"the content is broken:\n{broken}") from broken
    finally:
        gc.freeze()
        gc.enable()
    return Desk(library)


def open_book() -> Rulebook:
    """The content alone, without what questions need."""
    from bot.rulebook.loader import load

    settings = open_settings()
    loaded = load(settings.content, settings.cache)
    if loaded.rulebook is None:
        raise click.ClickException("the content is broken:\n" + "\n".join(map(str, loaded.problems)))
    return loaded.rulebook


def make_asker(
    desk: Desk, today: date | None, as_of: date | None, facts: tuple[str, ...] = (), language: str | None = None
) -> Asker:
    from bot.deciding.decide import Known
    from bot.desk import Asker
    from bot.rulebook.parsing import BadValue, parse_value

    known = {}
    for pair in facts:
        name, equals, text = pair.partition("=")
        if not equals or name not in desk.book.facts:
            raise click.UsageError(f"--fact {pair}: write it as fact=value; known facts: {', '.join(desk.book.facts)}")
        try:
            known[name] = Known(parse_value(desk.book.facts[name], text, desk.book), "given")
        except BadValue as error:
            raise click.UsageError(f"--fact {error}") from error
    chosen: Language | None = "zh" if language == "zh" else "en" if language == "en" else None
    return Asker(today or date.today(), chosen, as_of, known)  # noqa: DTZ011 - the local day is meant


def print_reply(reply: Reply) -> None:
    from bot.answering.render import coloured, many_to_text, unstyled

    style = coloured if sys.stdout.isatty() else unstyled
    click.echo(many_to_text(reply.answers, style))


def print_answer(answer: Answer) -> None:
    from bot.answering.render import coloured, to_text, unstyled

    click.echo(to_text(answer, coloured if sys.stdout.isatty() else unstyled))
