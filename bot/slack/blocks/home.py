"""App Home: reports and what is open in them, deadlines, digests, settings, last answers, and how to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.answering.answer import Answer
from bot.answering.formats import show_fact
from bot.answering.phrases import phrase
from bot.answering.rulepage import RulePage
from bot.digests.deadlines import Deadline
from bot.office.examiner import day_of, name_of, rows_of
from bot.office.home import Home, OpenFinding, first_reports
from bot.office.preferences import Preferences
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language
from bot.slack.blocks.digests import digest_line
from bot.slack.blocks.modals import View, rule_view, view_of
from bot.slack.blocks.rules import domain_title
from bot.slack.blocks.settings import label_of, settings_list
from bot.slack.blocks.text import (
    Block,
    Element,
    bullets,
    button,
    context,
    escape,
    header,
    lines,
    mrkdwn,
    one_line,
    option,
    plain,
    rich,
    run,
    runs,
    section,
    shorten,
    somebody,
)
from bot.slack.phrases import ui
from bot.store.uploads import Listed

EXAMPLES = 5
LISTED = 10
"""So many reports and findings are named; the rest is counted."""
FIRST_REPORTS = 3
CASES = 60
QUESTION_LIMIT = 120


def home_view(
    home: Home,
    deadlines: Sequence[Deadline] | None,
    book: Rulebook,
    person: str,
    command: str,
    keep_days: int,
    language: Language,
) -> View:
    """The Home tab of one person; `deadlines` None: they are still being worked out."""
    blocks: list[Block] = [header(ui("home_heading", language)), rich(lines([ui("home_intro", language)]))]
    if home.uploads:
        blocks += _reports(home, book, language)
        blocks += _findings(home.findings, language)
        blocks += _deadlines(deadlines, language)
    else:
        blocks += _start(book, language)
    blocks += [
        header(ui("home_digests", language)),
        *(digest_line(schedule, due, person, language) for schedule, due in home.digests[:LISTED]),
        {
            "type": "actions",
            "block_id": "home:digests",
            "elements": [button(ui("home_open_digests", language), "open_digests", "digests")],
        },
        *_recent(home, language),
        header(ui("home_try", language)),
        {
            "type": "actions",
            "block_id": "home:try",
            "elements": [
                button(text, f"try_{number}", page) for number, (page, text) in enumerate(examples_of(book, language))
            ],
        },
        header(ui("home_mine", language)),
        *_mine(home.preferences, person, book, language),
        header(ui("home_settings", language)),
        settings_list(home.preferences, book, keep_days, language),
        {
            "type": "actions",
            "block_id": "home:workspace",
            "elements": [button(ui("home_change", language), "open_settings", "settings")],
        },
        header(ui("home_how", language)),
        rich([bullets([run(text)] for text in help_lines(command, language))]),
        header(ui("home_topics", language)),
        rich([bullets(_topics(book, language))]),
    ]
    return {"type": "home", "blocks": blocks}


def finding_view(found: OpenFinding, page: RulePage | None, answer: Answer) -> View:
    """What a check found, and the rule that says so; `answer` is what that rule says today."""
    language = answer.language
    title, more = found.check.title.of(language), len(found.cases) - CASES
    cases = ", ".join(found.cases[:CASES]) + (f" {ui('and_more', language, n=more)}" if more > 0 else "")
    blocks = [
        header(title),
        rich([section([*runs(found.check.advice.of(language))])]),
        rich([section([run(shorten(cases, 2500))])]),
    ]
    below = rule_view(page, answer)["blocks"] if page else []
    return view_of(ui("finding_title", language), language, [*blocks, *below])


def _start(book: Rulebook, language: Language) -> list[Block]:
    """What to upload first."""
    reports = first_reports(book, FIRST_REPORTS)
    if not reports:
        return []
    colon = phrase("colon", language)
    items = ([run(one.title.of(language), bold=True), run(colon + one.where.of(language))] for one in reports)
    return [
        header(ui("home_start", language)),
        rich([*lines([ui("home_start_note", language)]), bullets(items)]),
    ]


def _reports(home: Home, book: Rulebook, language: Language) -> list[Block]:
    items = [_report(one, home.today, book, language) for one in home.uploads[:LISTED]]
    rest = len(home.uploads) - LISTED
    items += [[run(ui("and_more", language, n=rest))]] if rest > 0 else []
    return [header(ui("home_reports", language)), rich([bullets(items)])]


def _report(one: Listed, today: date, book: Rulebook, language: Language) -> list[Element]:
    layout = book.reports[one.format]
    days = max(0, (today - day_of(one)).days)
    age = phrase(("data_today", "data_yesterday")[days], language) if days < 2 else phrase("data_days_ago", language, n=days)
    about = ui("home_report", language, file=one_line(name_of(one), 80), rows=f"{rows_of(one):,}", age=age)
    old = [run(" · " + ui("home_old", language), bold=True)] if days > layout.fresh_days else []
    where: list[Element] = []
    if one.shared:
        where = [run(f" · {ui('data_shared', language)}", italic=True)]
    elif not one.channel.startswith("D"):
        where = [run(" · "), somebody(one.channel)]
    return [run(layout.title.of(language), bold=True), run(f" · {about}"), *where, *old]


def _findings(findings: Sequence[OpenFinding], language: Language) -> list[Block]:
    blocks: list[Block] = [header(ui("home_findings", language))]
    if not findings:
        return [*blocks, rich(lines([ui("home_no_findings", language)]))]
    for found in findings[:LISTED]:
        title = escape(one_line(found.check.title.of(language), 200))
        severity = ui(f"severity_{found.check.severity}", language)
        blocks.append(
            {
                "type": "section",
                "block_id": f"finding:{found.check.id}",
                # Bold needs a space before it: right after a Chinese colon the asterisks would be shown.
                "text": mrkdwn(f"*{severity}* · {title} · *{len(found.cases):,}*"),
                "accessory": button(ui("home_show", language), "finding", found.check.id),
            }
        )
    rest = len(findings) - LISTED
    return [*blocks, *([context([escape(ui("and_more", language, n=rest))])] if rest > 0 else [])]


def _deadlines(deadlines: Sequence[Deadline] | None, language: Language) -> list[Block]:
    blocks: list[Block] = [header(ui("home_deadlines", language))]
    if not deadlines:
        name = "home_deadlines_wait" if deadlines is None else "home_no_deadlines"
        return [*blocks, rich(lines([ui(name, language)]))]
    return [*blocks, rich([bullets(_deadline(one, language) for one in deadlines)])]


def _deadline(one: Deadline, language: Language) -> list[Element]:
    name = "deadline_over" if one.is_overdue else "deadline_today" if one.days_left == 0 else "deadline_ahead"
    when = ui(name, language, n=abs(one.days_left))
    return [
        run(one.day.isoformat(), bold=True),
        run(f" ({when})  ", **({"bold": True} if one.days_left <= 0 else {})),
        *runs(one_line(one.what.of(language), 200)),
        run(f" · {one_line(one.key, 80)}"),
    ]


def _recent(home: Home, language: Language) -> list[Block]:
    if not home.recent:
        return []
    return [
        header(ui("home_recent", language)),
        *(
            {
                "type": "section",
                "block_id": f"recent:{one.id}.0",
                "text": plain(one.question, QUESTION_LIMIT),
                "accessory": button(ui("home_again", language), "show_all", one.id),
            }
            for one in home.recent
        ),
    ]


def _mine(preferences: Preferences, person: str, book: Rulebook, language: Language) -> list[Block]:
    """What holds for this person's questions, and where each default comes from."""
    colon = phrase("colon", language)
    items = []
    for name, known in preferences.facts(person, book).items():
        value = show_fact(name, known.value, language, book)
        origin = ui(f"origin_{known.origin}", language)
        items.append([run(label_of(book.facts[name], language) + colon), run(value, bold=True), run(f" ({origin})")])
    listed = rich([bullets(items)]) if items else rich(lines([ui("home_no_defaults", language)]))
    elements = [_language(preferences, person, language), button(ui("mine_open", language), "open_my_settings", "mine")]
    return [listed, {"type": "actions", "block_id": "home:settings", "elements": elements}]


def examples_of(book: Rulebook, language: Language) -> list[tuple[str, str]]:
    """(page, question) to try: of each domain the first short question of the page that most others name as related."""
    chosen: dict[str, tuple[str, str]] = {}
    named = Counter(name for page in book.active_pages for name in page.related)
    for page in sorted(book.active_pages, key=lambda page: (-named[page.id], page.id)):
        questions = page.questions.zh if language == "zh" else page.questions.en
        short = next((text for text in questions if len(text) <= 60), None)
        if short and page.domain not in chosen:
            chosen[page.domain] = (page.id, short)
    return list(chosen.values())[:EXAMPLES]


def help_lines(command: str, language: Language) -> list[str]:
    return [
        ui("help", language, command=command),
        *(ui(f"help_{name}", language, command=command) for name in ("ask", "check", "data", "digest", "rules", "settings")),
        ui("help_shortcut", language),
    ]


def _topics(book: Rulebook, language: Language) -> list[list[Element]]:
    counts = Counter(page.domain for page in book.active_pages)
    return [
        [run(domain_title(domain, book, language), bold=True), run("  " + ui("home_topic_count", language, n=count))]
        for domain, count in sorted(counts.items())
    ]


def _language(preferences: Preferences, person: str, language: Language) -> Element:
    options = [
        option(ui("language_question", language), "question"),
        option(ui("language_en", language), "en"),
        option(ui("language_zh", language), "zh"),
    ]
    chosen = preferences.language(person) or "question"
    return {
        "type": "static_select",
        "action_id": "my_language",
        "placeholder": plain(ui("home_language", language), 150),
        "options": options,
        "initial_option": next(one for one in options if one["value"] == chosen),
    }
