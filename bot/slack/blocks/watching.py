"""The notice that a rule has changed: what was told, what holds now, and the new answer with its sources and buttons."""

from __future__ import annotations

from collections.abc import Iterator

from bot.answering.phrases import phrase
from bot.office.office import Given
from bot.office.watching import Notice
from bot.office.work import Place
from bot.slack.blocks.answers import MAX_BLOCKS, Message, answer_message
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
    unmarked,
)
from bot.slack.phrases import ui

VERDICT_LIMIT = 600
ROOM = 3_500
"""Characters for the new answer: what it says comes first, the rest is behind its button."""


def watch_message(notice: Notice, earlier: str) -> Message:
    """The one reply in the thread; `earlier` is the address of the message with the first answer, or empty."""
    language = notice.language
    colon = phrase("colon", language)
    told = [run(ui("watch_told", language, day=notice.answered.isoformat()), bold=True)]
    if earlier:
        told += [
            run(ui("watch_open", language)),
            link(ui("watch_see", language), earlier),
            run(ui("watch_close", language)),
        ]
    before = one_line(notice.before.verdict, VERDICT_LIMIT)
    head = [
        section([person(notice.watched.person), run(ui("watch_changed", language), bold=True)]),
        section([run("\n"), *told, run(colon), *runs(before)]),
        *(section([run("\n"), *line]) for line in _difference(notice)),
    ]
    blocks = [rich(head)]
    after = ui("watch_withdrawn", language)
    if notice.now is not None:
        one = notice.watched
        place = Place(one.team, one.channel, one.thread, one.enterprise)
        given = Given(notice.ref, (notice.now,), place, one.person, notice.question)
        blocks += answer_message(given, room=ROOM).blocks
        after = notice.now.verdict
    share = FALLBACK_LIMIT // 2
    brief = ui(
        "watch_brief",
        language,
        before=one_line(unmarked(notice.before.verdict), share),
        now=one_line(unmarked(after), share),
    )
    return Message(f"{mention(notice.watched.person)} {escape(brief)}", blocks[:MAX_BLOCKS])


def _difference(notice: Notice) -> Iterator[list[Element]]:
    """What became different and since when, a line each, and what stands above the new answer."""
    language, now = notice.language, notice.now
    colon = phrase("colon", language)
    if now is None:
        yield [run(ui("watch_withdrawn", language), bold=True)]
        return
    if notice.change and notice.starts:
        change = runs(one_line(notice.change, VERDICT_LIMIT))
        yield [run(ui("watch_difference", language) + colon, bold=True), *change]
    if notice.held_before:
        yield [run(ui("watch_held_before", language))]
    elif not notice.starts:
        yield [run(ui("watch_corrected", language))]
    if now.kind == "ask":
        heading = ui("watch_now_asks", language)
    elif now.holds_from:
        heading = ui("watch_now_since", language, day=now.holds_from)
    else:
        heading = ui("watch_now", language)
    yield [run(heading + colon.rstrip(), bold=True)]
