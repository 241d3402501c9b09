"""Commands that answer: questions, conversations, the policy calendar."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import click

from bot.cli.common import DAY, main, make_asker, open_book, open_desk, print_answer, print_reply

if TYPE_CHECKING:
    from bot.desk import Desk


@main.command()
@click.argument("text", nargs=-1)
@click.option("--as-of", type=DAY, help="Answer with the rules of this day.")
@click.option("--today", type=DAY, help="The asker's day; relative dates count from it.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact to decide with; may be repeated.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="Language to answer in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--batch", is_flag=True, help="Read JSON lines from standard input, write one line for each.")
def ask(
    text: tuple[str, ...],
    as_of: date | None,
    today: date | None,
    facts: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    batch: bool,
) -> None:
    """Answer a question."""
    if batch == bool(text):
        raise click.UsageError("give a question, or --batch and questions on standard input")
    desk = open_desk()
    if batch:
        for line in _batch(desk, today, as_of, facts, lang):
            click.echo(line)
        return
    reply = desk.ask(" ".join(text), make_asker(desk, today, as_of, facts, lang))
    if as_json:
        from bot.answering.render import to_json

        click.echo(json.dumps({"id": None, **to_json(reply.answers)}, ensure_ascii=False))
    else:
        print_reply(reply)


def _batch(desk: Desk, today: date | None, as_of: date | None, facts: tuple[str, ...], lang: str | None) -> Iterator[str]:
    from bot.answering.render import to_json

    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            turns = item["turns"] if "turns" in item else [item["text"]]
            if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns) or not turns:
                raise TypeError("text or turns must be strings")
            day = date.fromisoformat(item["today"]) if item.get("today") else today
        except (ValueError, TypeError, KeyError) as error:
            raise click.UsageError(f'line {number}: expected {{"id", "text" or "turns"}}: {error}') from error
        asker = make_asker(desk, day, as_of, facts, item.get("lang") or lang)
        thread, answers = None, []
        for turn in turns:
            reply = desk.ask(turn, asker, thread)
            thread = reply.thread
            answers.append(to_json(reply.answers))
        result = {"id": item.get("id"), **answers[-1]}
        if "turns" in item:
            result["turns"] = answers
        yield json.dumps(result, ensure_ascii=False)


@main.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--as-of", type=DAY, help="Decide with the rules of this day.")
@click.option("--today", type=DAY, help="The asker's day; relative dates count from it.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="A fact to decide with; may be repeated.")
def explain(text: tuple[str, ...], as_of: date | None, today: date | None, facts: tuple[str, ...]) -> None:
    """Show how a question is understood and decided, step by step."""
    desk = open_desk()
    from bot.explain import explain as explain_text

    click.echo(explain_text(" ".join(text), make_asker(desk, today, as_of, facts), desk))


@main.command()
@click.option("--today", type=DAY, help="The asker's day; relative dates count from it.")
def console(today: date | None) -> None:
    """Talk to Sellerbot in the terminal."""
    desk = open_desk()
    from bot.answering.render import coloured, unstyled
    from bot.console import HELP, Console

    click.echo(f"Sellerbot: {len(desk.book.active_pages)} pages. {HELP}")
    talk = Console(desk, make_asker(desk, today, None), coloured if sys.stdout.isatty() else unstyled, click.echo)
    while True:
        try:
            line = input("\n> ")
        except (EOFError, KeyboardInterrupt):
            click.echo("")
            return
        if not talk.handle(line):
            return


@main.command()
@click.option("--from", "start", type=DAY, help="First day; default: today.")
@click.option("--to", "end", type=DAY, help="Last day; default: 30 days after the first.")
@click.option("--domain", "domains", multiple=True, help="Only this domain; may be repeated.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the texts.")
def calendar(start: date | None, end: date | None, domains: tuple[str, ...], lang: Literal["zh", "en"]) -> None:
    """List which rules start, change or end in a time, old -> new, with their sources."""
    from bot.answering.calendar import CalendarComposer
    from bot.rulebook.values import Period

    book = open_book()
    today = date.today()  # noqa: DTZ011 - the local day is meant
    first = start or today
    last = end or first + timedelta(days=30)
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    unknown = sorted(set(domains) - book.domains.keys())
    if unknown:
        raise click.UsageError(f"--domain {unknown[0]}: no such domain; known: {', '.join(book.domains)}")
    print_answer(CalendarComposer(book, lang, today).answer(Period(first, last), domains))
