"""Commands that show what was asked in vain, and what a change of content does to kept questions."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import DAY, main, open_desk, open_settings

if TYPE_CHECKING:
    from bot.gaps import Gap
    from bot.replay import Change, Recorded


@main.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--record", "target", type=click.Path(path_type=Path), help="Write the questions with today's answers here.")
@click.option("--today", type=DAY, help="The day of questions that have none of their own.")
@click.option("--since", type=DAY, help="Of the kept questions: the first day (UTC); default: 30 days ago.")
@click.option("--team", default="", help="Of the kept questions: those of this workspace alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each change.")
def replay(
    questions: Path | None, target: Path | None, today: date | None, since: date | None, team: str, as_json: bool
) -> None:
    """Ask the QUESTIONS of a file again, or without one those that people asked in vain and disliked ones.

    Exit code 1 if one that had an answer has none any longer.
    """
    from bot.replay import record, to_line
    from bot.replay import replay as replay_records

    day = today or date.today()  # noqa: DTZ011 - the local day is meant
    if questions is not None and (since or team):
        raise click.UsageError("--since and --team are for kept questions; leave the file out")
    untold = 0
    if questions is None:
        records, untold = _kept_records(since or day - timedelta(days=30), team)
    else:
        records = _records_of(questions)
    if target is not None:
        if target.exists():
            raise click.ClickException(f"{target} exists already; name another file with --record")
        recorded = record(records, open_desk(), day)
        target.write_text("".join(f"{to_line(one)}\n" for one in recorded), encoding="utf-8")
        click.echo(f"{target}: {len(recorded)} questions with their answers")
        return
    missing = sum(one.said is None for one in records)
    if missing:
        raise click.ClickException(f"{questions}: {missing} questions have no recorded answer; begin with --record FILE")
    changes = replay_records(records, open_desk(), day)
    _show(changes, as_json)
    if not as_json:
        click.echo(f"{len(records)} questions, {len(changes)} changed")
    if untold:
        click.echo(f"{untold} more were kept without all that was said before them, and cannot be asked again", err=True)
    sys.exit(1 if any(change.how == "lost" for change in changes) else 0)


def _records_of(questions: Path) -> tuple[Recorded, ...]:
    from bot.replay import BadRecord, read_records

    try:
        with questions.open(encoding="utf-8") as lines:
            return read_records(lines)
    except (BadRecord, UnicodeDecodeError) as error:
        raise click.ClickException(f"{questions}, {error}") from error


def _kept_records(since: date, team: str) -> tuple[tuple[Recorded, ...], int]:
    from bot.office.lacking import records_since
    from bot.store import StoreError

    try:
        return records_since(open_settings(), since, team)
    except StoreError as error:
        raise click.ClickException(str(error)) from error


def _show(changes: Sequence[Change], as_json: bool) -> None:
    from bot.replay import turn_to_text

    for change in changes:
        if as_json:
            click.echo(json.dumps(asdict(change), ensure_ascii=False))
            continue
        click.echo(f"{change.how}: {' / '.join(map(turn_to_text, change.turns))}")
        for mark, said in (("-", change.before), ("+", change.after)):
            for one in said:
                click.echo(f"  {mark} {one.page or one.kind}{f' ({one.case})' if one.case else ''}: {one.verdict}")


@main.command()
@click.option("--since", type=DAY, help="First day (UTC); default: 30 days ago.")
@click.option("--team", default="", help="Of this workspace alone.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="So many groups at most.")
@click.option(
    "--write", "folder", type=click.Path(path_type=Path, file_okay=False), help="Write each start into a file here."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def gaps(since: date | None, team: str, limit: int, folder: Path | None, as_json: bool) -> None:
    """Show what people asked without an answer, or with one that they disliked, in groups, each with a start in YAML."""
    from bot.gaps import gaps as gaps_of
    from bot.gaps import write_stubs
    from bot.office.lacking import questions_since
    from bot.store import StoreError

    today = date.today()  # noqa: DTZ011 - the local day is meant
    first = since or today - timedelta(days=30)
    try:
        kept = questions_since(open_settings(), first, team)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    found = gaps_of(kept, open_desk(), today, limit)
    try:
        written = write_stubs(found, folder) if folder else ()
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}; name another folder with --write") from error
    if as_json:
        click.echo(json.dumps([asdict(gap) for gap in found], indent=2, ensure_ascii=False))
        return
    for number, gap in enumerate(found):
        click.echo(_heading(gap))
        if not written:
            click.echo(gap.stub)
            continue
        path, is_new = written[number]
        click.echo(f"  {path}" if is_new else f"  {path} is there already and stays as it is")
    if not found:
        click.echo(f"Nothing was asked in vain since {first}.")


def _heading(gap: Gap) -> str:
    reasons = ", ".join(f"{reason} ({count})" for reason, count in gap.reasons)
    disliked = f"; disliked: {reasons}" if reasons else ""
    near = f"; nearest: {gap.nearest} ({gap.nearness:.2f})" if gap.nearest else ""
    return f"{gap.count} questions in {gap.teams} workspaces{near}{disliked}"
