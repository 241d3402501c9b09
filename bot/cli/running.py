"""Commands that run the bot or the sandbox, and the manifest that Slack needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from bot.cli.common import main, open_desk, open_settings

if TYPE_CHECKING:
    from bot.office.roles import Role


def _listening(command: Any) -> Any:
    """The options of commands that are reached over HTTP."""
    host = click.option(
        "--host", envvar="SELLERBOT_HOST", default="127.0.0.1", show_default=True, help="Address to listen on over HTTP."
    )
    port = click.option("--port", envvar="PORT", default=3000, show_default=True, help="Port to listen on.")
    return host(port(command))


_health = click.option("--metrics-port", type=int, help="Serve /healthz and /metrics here, where the command has no other.")


@main.command()
@_listening
@_health
def serve(host: str, port: int, metrics_port: int | None) -> None:
    """Answer in Slack: over Socket Mode with SLACK_APP_TOKEN, over HTTP otherwise. Everything in one process."""
    from bot.office.roles import SERVE

    _run(SERVE, host, port, metrics_port)


@main.command()
@_listening
def web(host: str, port: int) -> None:
    """Take Slack's requests over HTTP and answer questions; reports are left to `sellerbot worker`."""
    from bot.office.roles import WEB

    _run(WEB, host, port, None)


@main.command()
@click.option("--host", envvar="SELLERBOT_HOST", default="127.0.0.1", show_default=True, help="Address for --metrics-port.")
@_health
def worker(host: str, metrics_port: int | None) -> None:
    """Check uploaded reports, and answer what web processes could not."""
    from bot.office.roles import WORKER

    _run(WORKER, host, 0, metrics_port)


@main.command()
@click.option("--host", envvar="SELLERBOT_HOST", default="127.0.0.1", show_default=True, help="Address for --metrics-port.")
@_health
def clock(host: str, metrics_port: int | None) -> None:
    """Do what is due at a time: send digests, delete what is older than it may get."""
    from bot.office.roles import CLOCK

    _run(CLOCK, host, 0, metrics_port)


def _run(role: Role, host: str, port: int, metrics_port: int | None) -> None:
    import asyncio

    from bot.library import BrokenContent
    from bot.office.opening import open_office
    from bot.settings import SlackSettings
    from bot.slack.logs import set_up
    from bot.slack.serve import Listening, Misconfigured, check
    from bot.slack.serve import serve as serve_slack
    from bot.store import StoreError

    config, settings = SlackSettings(), open_settings()
    try:
        check(config, role)
        set_up((*config.secrets(), *settings.secrets()))
        office = open_office(settings, role)
        asyncio.run(serve_slack(config, office, Listening(host, port, metrics_port)))
    except (Misconfigured, StoreError, BrokenContent) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--port", default=8899, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
def sandbox(port: int) -> None:
    """Try Sellerbot in a look-alike of Slack on this machine."""
    import asyncio

    from bot.tryout import NotStarted, try_out

    # Content is compiled, or refused, before anything is started.
    open_desk()
    try:
        asyncio.run(try_out(port, click.echo))
    except OSError as error:
        raise click.ClickException(f"port {port} cannot be used ({error.strerror}); take another with --port") from error
    except NotStarted as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.pass_context
def start(ctx: click.Context) -> None:
    """Run the bot where a Slack token is set, the sandbox otherwise."""
    from bot.settings import SlackSettings

    config = SlackSettings()
    ctx.invoke(serve if config.bot_token or config.app_token or config.is_distributed else sandbox)


@main.command()
@click.option("--url", help="Public address of the bot, for HTTP; without it the manifest is for Socket Mode.")
@click.option("--mentions-only", is_flag=True, help="Don't ask to read channels: only mentions and direct messages.")
def manifest(url: str | None, mentions_only: bool) -> None:
    """Print the manifest to create the Slack app from."""
    from bot.settings import SlackSettings
    from bot.slack.manifest import manifest as make_manifest

    config = SlackSettings()
    made = make_manifest(url, not (mentions_only or config.mentions_only), config.command)
    click.echo(json.dumps(made, indent=2, ensure_ascii=False))
