"""Commands for those who write the rulebook."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import main, open_desk, open_settings, open_workshop

if TYPE_CHECKING:
    from bot.rulebook.problems import Problem
    from bot.scaffold import Kind
    from bot.settings import Settings


@main.command()
@click.option("--structure-only", is_flag=True, help="Leave out the routing of example questions.")
def lint(structure_only: bool) -> None:
    """Check all content; exit code 1 if there is an error."""
    from bot.rulebook.problems import is_broken

    problems = _problems(open_settings(), structure_only)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    click.echo(f"{errors} errors, {len(problems) - errors} warnings")
    sys.exit(1 if is_broken(problems) else 0)


def _problems(settings: Settings, structure_only: bool) -> list[Problem]:
    workshop = open_workshop(settings)
    from bot.lint import lint as lint_structure
    from bot.lint import lint_routing
    from bot.rulebook.loader import load
    from bot.rulebook.problems import is_broken

    loaded = load(settings.content, settings.cache)
    problems = list(loaded.problems)
    if loaded.rulebook is not None:
        problems += lint_structure(loaded.rulebook, settings.content)
        if not is_broken(problems) and not structure_only:
            vectors = workshop.vectors() if workshop.encoder else None
            problems += lint_routing(workshop.index(loaded.rulebook), vectors, settings.content)
    return problems


@main.command()
@click.argument("page", required=False)
def test(page: str | None) -> None:
    """Run the tests written in the pages (of PAGE alone, if given); exit code 1 if one fails."""
    from bot.pagetests import run

    results = [result for result in run(open_desk()) if page in (None, result.page)]
    wrong = [result for result in results if not result.is_right]
    for result in wrong:
        click.echo(str(result))
    click.echo(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


@main.command()
@click.option("--due", is_flag=True, help="Only sources past their review date.")
def sources(due: bool) -> None:
    """List the sources, those due for review first."""
    today = date.today()  # noqa: DTZ011 - the local day is meant
    listed = sorted(open_desk().book.content.sources, key=lambda source: (source.review_by, source.id))
    for source in listed:
        late = source.review_by < today
        if late or not due:
            mark = "DUE " if late else "    "
            published = source.published or "undated"
            click.echo(f"{mark}{source.review_by}  {source.id}  {published}  {source.authority}  {source.url}")


_SCHEMAS = (
    "page",
    "entry",
    "rule",
    "draft",
    "piece",
    "source",
    "concept",
    "fact",
    "marketplace",
    "calendar",
    "outside",
    "report",
    "check",
)


@main.command()
@click.argument("name", type=click.Choice(_SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON Schema of a kind of content, for editors and for reading."""
    from pydantic import TypeAdapter

    from bot.rulebook import check_models, models, report_models

    kinds: dict[str, Any] = {
        "page": models.AnyPage,
        "entry": models.ReferencePage,
        "rule": models.DecisionPage,
        "draft": models.DraftPage,
        "piece": models.Piece,
        "source": models.Source,
        "concept": models.Concept,
        "fact": models.Fact,
        "marketplace": models.Marketplace,
        "calendar": models.CalendarQuestions,
        "outside": models.OutsideTopic,
        "report": report_models.ReportFormat,
        "check": check_models.AnyCheck,
    }
    click.echo(json.dumps(TypeAdapter(kinds[name]).json_schema(by_alias=True), indent=2, ensure_ascii=False))


@main.command()
@click.argument("kind", type=click.Choice(["entry", "rule", "calculation", "draft", "report", "check"]))
@click.argument("name")
def new(kind: Kind, name: str) -> None:
    """Write the skeleton of a new page, check or report format.

    NAME is domain.name, as in `sellerbot new rule labelling.some-name`; a report has one name alone.
    """
    import re

    from bot.rulebook.loader import load
    from bot.scaffold import id_of, scaffold

    word = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
    if not re.fullmatch(word if kind == "report" else rf"{word}\.[a-z0-9]+(-[a-z0-9]+)*", name):
        form = "one name" if kind == "report" else "domain.name"
        raise click.UsageError(f"{name!r}: write it as {form}, in small letters with hyphens")
    settings = open_settings()
    book = load(settings.content, settings.cache).rulebook
    known = {} if book is None else book.reports if kind == "report" else book.checks if kind == "check" else book.pages
    new_id = id_of(kind, name)
    if new_id in known:
        raise click.ClickException(f"there is a {kind} {new_id} already")
    try:
        path = scaffold(kind, name, settings.content, date.today())  # noqa: DTZ011 - the local day is meant
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} exists already") from error
    then = "" if kind in ("report", "check") else " and set status: active"
    click.echo(f"{path}: fill in every TODO, then run `sellerbot lint`{then}")
