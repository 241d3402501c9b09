"""Commands that show what was asked in vain, and what a change of content does to kept questions."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from bot.cli.common import DAY, main, open_desk, open_settings


@main.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--record", "target", type=click.Path(path_type=Path), help="Write the questions with today's answers here.")
@click.option("--today", type=DAY, help="The day of questions that have none of their own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for each change.")
def replay(questions: Path, target: Path | None, today: date | None, as_json: bool) -> None:
    """Ask the QUESTIONS of a file again; exit code 1 if one that had an answer has none any longer."""
    from bot.replay import BadRecord, read_records, record, to_line
    from bot.replay import replay as replay_records

    day = today or date.today()  # noqa: DTZ011 - the local day is meant
    try:
        with questions.open(encoding="utf-8") as lines:
            records = read_records(lines)
    except (BadRecord, UnicodeDecodeError) as error:
        raise click.ClickException(f"{questions}, {error}") from error
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
    for change in changes:
        if as_json:
            click.echo(json.dumps(asdict(change), ensure_ascii=False))
            continue
        click.echo(f"{change.how}: {' / '.join(change.turns)}")
        for mark, said in (("-", change.before), ("+", change.after)):
            for one in said:
                click.echo(f"  {mark} {one.page or one.kind}{f' ({one.case})' if one.case else ''}: {one.verdict}")
    if not as_json:
        click.echo(f"{len(records)} questions, {len(changes)} changed")
    sys.exit(1 if any(change.how == "lost" for change in changes) else 0)


@main.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC); default: 30 days ago.")
@click.option("--limit", default=20, show_default=True, help="So many groups at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def gaps(since: datetime | None, limit: int, as_json: bool) -> None:
    """Show what people asked without an answer, or with one that they disliked, in groups, each with a start in YAML."""
    from bot.gaps import gaps as gaps_of
    from bot.office.lacking import questions_since
    from bot.store import StoreError

    today = date.today()  # noqa: DTZ011 - the local day is meant
    first = since.date() if since else today - timedelta(days=30)
    try:
        kept = questions_since(open_settings(), first)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    found = gaps_of(kept, open_desk(), today)[:limit]
    if as_json:
        click.echo(json.dumps([asdict(gap) for gap in found], indent=2, ensure_ascii=False))
        return
    for gap in found:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in gap.reasons)
        disliked = f"; disliked: {reasons}" if reasons else ""
        near = f"; nearest: {gap.nearest} ({gap.nearness:.2f})" if gap.nearest else ""
        click.echo(f"{gap.count} questions in {gap.teams} workspaces{near}{disliked}\n{gap.stub}")
    if not found:
        click.echo(f"Nothing was asked in vain since {first}.")
