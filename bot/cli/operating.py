"""Commands for whoever runs the bot: the database between versions, its move, and what is kept of each workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import main, open_settings

if TYPE_CHECKING:
    from bot.store import Store

_team = click.option("--team", required=True, help="Id of the workspace, such as T0123ABCD.")


@contextmanager
def _explained() -> Iterator[None]:
    """What can go wrong, as one line."""
    from bot.store import StoreError

    try:
        yield
    except (StoreError, OSError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _store() -> Iterator[Store]:
    from bot.store.upgrading import open_current

    with _explained():
        store = open_current(open_settings().place)
        try:
            yield store
        finally:
            store.close()


@main.command()
def migrate() -> None:
    """Bring the database to this version, and its tokens under the first key of SELLERBOT_KEY."""
    from bot.store.database import name_of
    from bot.store.upgrading import upgrade

    settings = open_settings()
    with _explained():
        done = upgrade(settings.place, settings.keys)
    steps = f"applied {', '.join(done.steps)}" if done.steps else f"up to date at {done.newest}"
    click.echo(f"{name_of(settings.place)}: {steps}")
    if done.tokens:
        click.echo(f"{done.tokens} installations encrypted with the first key")


@main.command()
@click.option("--to", help="Address of an empty PostgreSQL database (postgresql://...); default: DATABASE_URL.")
def move(to: str | None) -> None:
    """Copy everything from the SQLite file (SELLERBOT_STORE) into an empty PostgreSQL database."""
    from bot.office.moving import move as move_all
    from bot.store.database import name_of

    settings = open_settings()
    url = to or (settings.database_url.get_secret_value() if settings.database_url else "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise click.UsageError("--to wants the address of a PostgreSQL database: postgresql://user:password@host/name")
    with _explained():
        moved = move_all(settings, url, lambda text: click.echo(text, err=True))
    for table, rows in moved.rows.items():
        click.echo(f"{rows:>12,}  {table}")
    if moved.cut:
        click.echo(f"{moved.cut} texts held NUL characters, which PostgreSQL cannot keep; these were left out")
    if moved.left:
        click.echo(f"not Sellerbot's and left behind: {', '.join(moved.left)}")
    click.echo(f"Everything of {settings.store} is in {name_of(url)}. Set DATABASE_URL to it wherever the bot starts.")


@main.group()
def data() -> None:
    """What is kept of workspaces: how much, a copy of it, an end to it."""


@data.command()
@click.option("--team", help="Id of a workspace; without it all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sizes(team: str | None, as_json: bool) -> None:
    """Show rows and bytes of each workspace and kind."""
    from bot.store.holdings import holdings

    with _store() as store:
        found = holdings(store.db, team)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    for one in found:
        click.echo(f"{one.team or '-':<14}{one.kind:<16}{one.rows:>12,} rows{one.bytes:>16,} bytes")
    teams = len({one.team for one in found})
    rows, size = sum(one.rows for one in found), sum(one.bytes for one in found)
    click.echo(f"{f'{teams} workspaces':<30}{rows:>12,} rows{size:>16,} bytes")


@data.command()
@_team
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="The ZIP file to write.")
def export(team: str, target: Path) -> None:
    """Write everything that is kept of a workspace into a ZIP; tokens are left out."""
    from bot.office.exporting import NothingKept
    from bot.office.exporting import export as export_all

    with _store() as store:
        try:
            counts = export_all(store, team, target)
        except NothingKept as error:
            raise click.ClickException(_nothing(team)) from error
    click.echo(f"{target}: {sum(counts.values()):,} rows of {team}")


@data.command()
@_team
@click.option("--yes", is_flag=True, help="Don't ask.")
def delete(team: str, yes: bool) -> None:
    """Delete everything that is kept of a workspace, tokens included."""
    from bot.store.holdings import holdings

    with _store() as store:
        found = holdings(store.db, team)
        if not found:
            raise click.ClickException(_nothing(team))
        rows = sum(one.rows for one in found)
        if not yes:
            click.confirm(f"Delete all {rows:,} rows of {team}? They cannot be brought back", abort=True)
        store.forget_team(team)
    click.echo(f"{rows:,} rows of {team} deleted")


def _nothing(team: str) -> str:
    return f"nothing is kept of {team}; `sellerbot data sizes` lists the workspaces"
