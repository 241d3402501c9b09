"""`--column HEADING=COLUMN`: what a person says that a heading of their own table is."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.reports.report import Meaning, Report
    from bot.rulebook.book import Rulebook


def meanings(pairs: Sequence[str], book: Rulebook, wanted: str | None) -> tuple[Meaning, ...]:
    """The pairs as they were typed -> what they mean; raises `UsageError` for a column that there is not.

    `wanted` is the report that the files are said to be.
    """
    from bot.reports.report import LEFT_OUT, Meaning

    formats = [book.reports[wanted]] if wanted else [one for one in book.content.reports if one.document == "table"]
    known = list(dict.fromkeys(column.name for report in formats for column in report.kept))
    found = []
    for pair in pairs:
        # A heading may hold the sign itself, a column never does.
        heading, sign, column = (part.strip() for part in pair.rpartition("="))
        if not (heading and sign and column):
            raise click.UsageError(f"--column {pair}: write it as HEADING=COLUMN, or HEADING={LEFT_OUT} to leave it out")
        if column not in (LEFT_OUT, *known):
            if wanted:
                raise click.UsageError(f"--column {pair}: {wanted} has no column {column}, only {', '.join(known)}")
            near = get_close_matches(column, known, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "name the report with --as to see its columns"
            raise click.UsageError(f"--column {pair}: no report has a column {column}; {hint}")
        found.append(Meaning(heading, column, wanted))
    return tuple(found)


def refuse_unused(told: Sequence[Meaning], reports: Sequence[Report], book: Rulebook) -> None:
    """Raises `UsageError` for what was said of a heading that no file has, or that can't be that column.

    Where no headings were found in any file there is nothing to compare with, and the files' own errors say why.
    """
    from bot.reports.header import Recogniser, plain
    from bot.reports.report import LEFT_OUT

    headed = [report for report in reports if report.header]
    if not headed:
        return
    recogniser = Recogniser(book.content.reports)
    for meaning in told:
        what = f"--column {meaning.heading}={meaning.column}"
        having = [report for report in headed if plain(meaning.heading) in map(plain, report.header)]
        if not having:
            seen = ", ".join(dict.fromkeys(heading for report in headed for heading in report.header))
            raise click.UsageError(f"{what}: no file has the heading {meaning.heading}; there are: {seen}")
        if meaning.column == LEFT_OUT or any(_means(report, meaning) for report in having):
            continue
        [report, *_] = having
        layout = book.reports[report.format or report.wanted or ""]
        if recogniser.is_personal(meaning.heading, layout.id):
            raise click.UsageError(f"{what}: {meaning.heading} holds personal data in {layout.id}, which is never kept")
        names = ", ".join(column.name for column in layout.kept)
        if meaning.column not in names.split(", "):
            raise click.UsageError(f"{what}: {layout.id} has no column {meaning.column}, only {names}")
        raise click.UsageError(f"{what}: another heading is {meaning.column} already")


def _means(report: Report, meaning: Meaning) -> bool:
    from bot.reports.header import plain

    return any(
        plain(heading) == plain(meaning.heading) for heading, column in report.headings.items() if column == meaning.column
    )
