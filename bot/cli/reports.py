"""Commands for the seller's own files: check, digest, empty tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from bot.cli.common import DAY, main, open_book, open_settings, print_answer

if TYPE_CHECKING:
    from bot.reports.report import Progress
    from bot.rulebook.models import Language


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--today", type=DAY, help="Count days from this day (UTC) instead of today.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the texts.")
@click.option("--as", "wanted", metavar="REPORT", help="Read the files as this report; `sellerbot template` lists them.")
@click.option("--column", "columns", multiple=True, metavar="HEADING=COLUMN", help="What a heading of your own table means.")
@click.option("--sample", is_flag=True, help="Check the bundled sample reports.")
def check(
    files: tuple[Path, ...],
    as_json: bool,
    today: date | None,
    lang: Literal["zh", "en"],
    wanted: str | None,
    columns: tuple[str, ...],
    sample: bool,
) -> None:
    """Check downloaded reports; exit code 1 if something urgent was found, 2 if no file could be read."""
    if bool(files) == sample:
        raise click.UsageError("give one or more files, or --sample")
    settings, book = open_settings(), open_book()
    if wanted is not None and wanted not in book.reports:
        raise click.UsageError(f"--as {wanted}: no such report; known: {', '.join(book.reports)}")
    from bot.checks.files import check_files
    from bot.checks.render import to_json, to_text
    from bot.reports.report import Limits
    from bot.reports.samples import SAMPLE_DAY, sample_files

    told = dict(pair.split("=", 1) for pair in columns if "=" in pair)
    limits = Limits(size=settings.max_file_mb * 1_000_000, rows=settings.max_rows)
    day = today or (SAMPLE_DAY if sample else datetime.now(UTC).date())
    paths = sample_files() if sample else files
    with _progress(lang, quiet=as_json or not sys.stderr.isatty()) as show:
        checked = check_files(paths, book, day, limits, wanted, told, show)
    if as_json:
        click.echo(json.dumps(to_json(checked, book, lang), ensure_ascii=False))
    else:
        click.echo(to_text(checked, book, lang, _coloured if sys.stdout.isatty() else _uncoloured))
    if not any(report.format for report in checked.reports):
        sys.exit(2)
    sys.exit(1 if checked.is_urgent else 0)


@main.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--today", type=DAY, help="Compose it for this day instead of today.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the digest.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone in which moments are days.")
@click.option("--domain", "domains", multiple=True, help="Only this domain; may be repeated.")
@click.option("--part", "parts", multiple=True, help="Only this part (deadlines, changes, ...); may be repeated.")
@click.option("--since-snapshot", "since", type=click.Path(path_type=Path, exists=True), help="What the last digest said.")
@click.option(
    "--save-snapshot", "save", type=click.Path(path_type=Path), help="Write what this digest said, for the next one."
)
def digest(
    files: tuple[Path, ...],
    today: date | None,
    language: Literal["zh", "en"],
    zone: str,
    domains: tuple[str, ...],
    parts: tuple[str, ...],
    since: Path | None,
    save: Path | None,
) -> None:
    """Print the digest that Slack would get of downloaded reports."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from bot.digests.compose import compose
    from bot.digests.files import uploads_from
    from bot.digests.options import PARTS, Options
    from bot.reports.report import Limits

    settings, book = open_settings(), open_book()
    unknown = [*(set(domains) - book.domains.keys()), *(set(parts) - set(PARTS))]
    if unknown:
        known = ", ".join((*book.domains, *PARTS))
        raise click.UsageError(f"{unknown[0]}: no such domain or part; known: {known}")
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise click.UsageError(f"--zone {zone}: no such time zone; write it as Europe/Berlin") from error
    now = datetime(today.year, today.month, today.day, 12, tzinfo=place) if today else datetime.now(UTC)
    limits = Limits(size=settings.max_file_mb * 1_000_000, rows=settings.max_rows)
    uploads, unread = uploads_from(files, book, limits)
    for report in unread:
        click.echo(f"{report.file}: {report.reason.text(language) if report.reason else ''}", err=True)
    options = Options(frozenset(part for part in PARTS if not parts or part in parts), frozenset(domains), language)
    try:
        composed = compose(book, uploads, since.read_text("utf-8") if since else None, options, now, place)
    except ValueError as error:
        raise click.UsageError(f"--since-snapshot {since}: {error}") from error
    print_answer(composed.answer)
    if save:
        save.write_text(composed.snapshot, "utf-8")


_STAGES = {"read": ("reading", "读取"), "clean": ("cleaning", "清洗"), "check": ("checking", "检查")}


_COLOURS = {"urgent": "red", "warning": "yellow", "info": "blue", "title": "cyan"}


@contextmanager
def _progress(language: Language, quiet: bool) -> Iterator[Progress]:
    """Shows what is being done and how far it is, on standard error."""
    if quiet:
        yield lambda _stage, _share: None
        return
    bar: Any = click.progressbar(length=100, file=sys.stderr, item_show_func=lambda item: str(item or ""))
    with bar:

        def show(stage: str, share: float) -> None:
            bar.pos = 0
            bar.update(int(share * 100), _STAGES[stage][language == "zh"])

        yield show


def _coloured(text: str, style: str) -> str:
    return click.style(text, dim=True) if style == "quiet" else click.style(text, fg=_COLOURS[style], bold=True)


def _uncoloured(text: str, _style: str) -> str:
    return text


@main.command()
@click.argument("name", required=False)
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="File to write; .xlsx or .csv. Default: NAME.xlsx here."
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the headings.")
def template(name: str | None, target: Path | None, lang: Literal["zh", "en"]) -> None:
    """Write an empty table for one of the seller's own sheets or upload files; without NAME list the reports."""
    book = open_book()
    if name is None:
        for report in book.content.reports:
            click.echo(f"{report.id}: {report.title.of(lang)}. {report.where.of(lang)}")
        return
    if name not in book.reports:
        raise click.UsageError(f"{name}: no such report; known: {', '.join(book.reports)}")
    from bot.reports.template import write_template

    path = target or Path(f"{name}.xlsx")
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise click.UsageError(f"{path}: the file must end in .xlsx or .csv")
    try:
        write_template(book.reports[name], path, lang)
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists already; name another file with --to") from error
    click.echo(str(path))
