"""The notice that a rule has changed: what was told, what holds now, and the new answer with its sources and buttons."""

from __future__ import annotations

from bot.answering.phrases import phrase
from bot.office.office import Given
from bot.office.watching import Notice
from bot.office.work import Place
from bot.slack.blocks.answers import BUDGET, MAX_BLOCKS, Message, answer_message
from bot.slack.blocks.text import (
    FALLBACK_LIMIT,
    Element,
    escape,
    link,
    mention,
    one_line,
    person,
    rich,
    run,
    runs,
    section,
    size,
    unmarked,
)
from bot.slack.phrases import ui

VERDICT_LIMIT = 600


def watch_message(notice: Notice, earlier: str) -> Message:
    """The one reply in the thread; `earlier` is the address of the message with the first answer, or empty."""
    language = notice.language
    colon = phrase("colon", language)
    told: list[Element] = [run(ui("watch_told", language, day=notice.answered.isoformat()), bold=True)]
    if earlier:
        told += [run(" ("), link(ui("watch_see", language), earlier), run(")")]
    before = one_line(notice.before.verdict, VERDICT_LIMIT)
    head = [
        section([person(notice.watched.person), run(ui("watch_changed", language), bold=True)]),
        section([run("\n"), *told, run(colon), *runs(before)]),
    ]
    if notice.change and notice.starts:
        difference = run("\n" + ui("watch_difference", language) + colon, bold=True)
        head.append(section([difference, *runs(one_line(notice.change, VERDICT_LIMIT))]))
    head.append(section([run("\n" + _now(notice), bold=True), *_why(notice)]))
    blocks = [rich(head)]
    after = ui("watch_withdrawn", language)
    if notice.now is not None:
        one = notice.watched
        place = Place(one.team, one.channel, one.thread, one.enterprise)
        given = Given(notice.ref, (notice.now,), place, one.person, notice.question)
        blocks += answer_message(given, room=BUDGET - size(blocks[0])).blocks
        after = notice.now.verdict
    share = FALLBACK_LIMIT // 2
    brief = ui(
        "watch_brief",
        language,
        before=one_line(unmarked(notice.before.verdict), share),
        now=one_line(unmarked(after), share),
    )
    return Message(f"{mention(notice.watched.person)} {escape(brief)}", blocks[:MAX_BLOCKS])


def _now(notice: Notice) -> str:
    """What stands above the new answer."""
    language, now = notice.language, notice.now
    if now is None:
        return ""
    colon = phrase("colon", language).rstrip()
    if notice.starts and now.kind != "ask":
        return ui("watch_now_since", language, day=now.holds_from) + colon
    return ui("watch_now_asks" if now.kind == "ask" else "watch_now", language) + colon


def _why(notice: Notice) -> list[Element]:
    """What has to be said about the time from which it holds."""
    language = notice.language
    if notice.now is None:
        return [run(ui("watch_withdrawn", language), bold=True)]
    if notice.held_before:
        return [run(" " + ui("watch_held_before", language))]
    return [] if notice.starts else [run(" " + ui("watch_corrected", language))]
