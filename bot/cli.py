"""The commands, thin: each reads its arguments, asks the desk, and prints."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from bot.answering.answer import Answer
    from bot.compiled import Workshop
    from bot.desk import Asker, Desk, Reply
    from bot.office.roles import Role
    from bot.reports.report import Progress
    from bot.rulebook.book import Rulebook
    from bot.rulebook.models import Language
    from bot.rulebook.problems import Problem
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


def _settings() -> Settings:
    from bot.settings import Settings

    return Settings()


def _workshop(settings: Settings) -> Workshop:
    from bot.encoder import find_encoder

    # Made first: the encoder loads in the background while everything else is imported.
    encoder = find_encoder(settings.cache) if settings.encoder else None
    from bot.compiled import Workshop

    return Workshop(settings.cache, encoder)


def _desk() -> Desk:
    settings = _settings()
    workshop = _workshop(settings)
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


def _asker(
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


def _print(reply: Reply) -> None:
    from bot.answering.render import coloured, many_to_text, unstyled

    style = coloured if sys.stdout.isatty() else unstyled
    click.echo(many_to_text(reply.answers, style))


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
    desk = _desk()
    if batch:
        for line in _batch(desk, today, as_of, facts, lang):
            click.echo(line)
        return
    reply = desk.ask(" ".join(text), _asker(desk, today, as_of, facts, lang))
    if as_json:
        from bot.answering.render import to_json

        click.echo(json.dumps({"id": None, **to_json(reply.answers)}, ensure_ascii=False))
    else:
        _print(reply)


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
        asker = _asker(desk, day, as_of, facts, item.get("lang") or lang)
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
    desk = _desk()
    from bot.explain import explain as explain_text

    click.echo(explain_text(" ".join(text), _asker(desk, today, as_of, facts), desk))


@main.command()
@click.option("--today", type=DAY, help="The asker's day; relative dates count from it.")
def console(today: date | None) -> None:
    """Talk to Sellerbot in the terminal."""
    desk = _desk()
    from bot.answering.render import coloured, unstyled
    from bot.console import HELP, Console

    click.echo(f"Sellerbot: {len(desk.book.active_pages)} pages. {HELP}")
    talk = Console(desk, _asker(desk, today, None), coloured if sys.stdout.isatty() else unstyled, click.echo)
    while True:
        try:
            line = input("\n> ")
        except (EOFError, KeyboardInterrupt):
            click.echo("")
            return
        if not talk.handle(line):
            return


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

    config, settings = SlackSettings(), _settings()
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
    _desk()
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
    settings, book = _settings(), _book()
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

    settings, book = _settings(), _book()
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
    _print_answer(composed.answer)
    if save:
        save.write_text(composed.snapshot, "utf-8")


@main.command()
@click.option("--from", "start", type=DAY, help="First day; default: today.")
@click.option("--to", "end", type=DAY, help="Last day; default: 30 days after the first.")
@click.option("--domain", "domains", multiple=True, help="Only this domain; may be repeated.")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language of the texts.")
def calendar(start: date | None, end: date | None, domains: tuple[str, ...], lang: Literal["zh", "en"]) -> None:
    """List which rules start, change or end in a time, old -> new, with their sources."""
    from bot.answering.calendar import CalendarComposer
    from bot.rulebook.values import Period

    book = _book()
    today = date.today()  # noqa: DTZ011 - the local day is meant
    first = start or today
    last = end or first + timedelta(days=30)
    if last < first:
        raise click.UsageError(f"--to {last} is before --from {first}")
    unknown = sorted(set(domains) - book.domains.keys())
    if unknown:
        raise click.UsageError(f"--domain {unknown[0]}: no such domain; known: {', '.join(book.domains)}")
    _print_answer(CalendarComposer(book, lang, today).answer(Period(first, last), domains))


def _print_answer(answer: Answer) -> None:
    from bot.answering.render import coloured, to_text, unstyled

    click.echo(to_text(answer, coloured if sys.stdout.isatty() else unstyled))


def _book() -> Rulebook:
    """The content alone, without what questions need."""
    from bot.rulebook.loader import load

    settings = _settings()
    loaded = load(settings.content, settings.cache)
    if loaded.rulebook is None:
        raise click.ClickException("the content is broken:\n" + "\n".join(map(str, loaded.problems)))
    return loaded.rulebook


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
    book = _book()
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


@main.command()
@click.option("--structure-only", is_flag=True, help="Leave out the routing of example questions.")
def lint(structure_only: bool) -> None:
    """Check all content; exit code 1 if there is an error."""
    from bot.rulebook.problems import is_broken

    problems = _problems(_settings(), structure_only)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.severity == "error" for problem in problems)
    click.echo(f"{errors} errors, {len(problems) - errors} warnings")
    sys.exit(1 if is_broken(problems) else 0)


def _problems(settings: Settings, structure_only: bool) -> list[Problem]:
    workshop = _workshop(settings)
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

    results = [result for result in run(_desk()) if page in (None, result.page)]
    wrong = [result for result in results if not result.is_right]
    for result in wrong:
        click.echo(str(result))
    click.echo(f"{len(results) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


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
        recorded = record(records, _desk(), day)
        target.write_text("".join(f"{to_line(one)}\n" for one in recorded), encoding="utf-8")
        click.echo(f"{target}: {len(recorded)} questions with their answers")
        return
    missing = sum(one.said is None for one in records)
    if missing:
        raise click.ClickException(f"{questions}: {missing} questions have no recorded answer; begin with --record FILE")
    changes = replay_records(records, _desk(), day)
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
@click.option("--due", is_flag=True, help="Only sources past their review date.")
def sources(due: bool) -> None:
    """List the sources, those due for review first."""
    today = date.today()  # noqa: DTZ011 - the local day is meant
    listed = sorted(_desk().book.content.sources, key=lambda source: (source.review_by, source.id))
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
        kept = questions_since(_settings(), first)
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    found = gaps_of(kept, _desk(), today)[:limit]
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


@main.command()
@click.argument("kind", type=click.Choice(["entry", "rule", "calculation", "draft"]))
@click.argument("page")
def new(kind: Literal["entry", "rule", "calculation", "draft"], page: str) -> None:
    """Write the skeleton of a new page, e.g. `sellerbot new rule labelling.some-name`."""
    import re

    from bot.scaffold import scaffold

    if not re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*", page):
        raise click.UsageError(f"{page!r}: write it as domain.name, in small letters with hyphens")
    try:
        path = scaffold(kind, page, _settings().content, date.today())  # noqa: DTZ011 - the local day is meant
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} exists already") from error
    click.echo(f"{path}: fill in every TODO, then run `sellerbot lint` and set status: active")


if __name__ == "__main__":
    main()
