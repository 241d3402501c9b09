"""An alert at once: what is urgent and new in an upload."""

from __future__ import annotations

import json

from bot.answering.answer import Answer, Pointer
from bot.checks.changes import changes
from bot.digests.phrases import listed, phrase
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Check
from bot.rulebook.models import Language

SHOWN_KEYS = 5
SHOWN_CHECKS = 5


def urgent_new(
    book: Rulebook,
    report: str,
    cases: str,
    before: str | None,
    language: Language,
    domains: frozenset[str] = frozenset(),
) -> Answer | None:
    """The alert for a new upload of the format `report`; None where nothing urgent is new in it.

    `cases` and `before` are the cases (JSON) kept with this upload and with the last one of its kind; of some `domains` only
    what their rules say counts.
    """
    found = changes(json.loads(before) if before else {}, json.loads(cases))
    new = [
        (check, change.new)
        for name, change in found.items()
        if change.new
        and isinstance(check := book.checks.get(name), Check)
        and check.severity == "urgent"
        and (not domains or check.rule.split(".")[0] in domains)
    ]
    if not new:
        return None
    worst = sorted(new, key=lambda item: -len(item[1]))
    counts = [phrase("alert_count", language, title=check.title.of(language), n=len(keys)) for check, keys in worst]
    lines = [
        "- "
        + phrase(
            "alert_line",
            language,
            title=check.title.of(language),
            keys=listed(keys, language, SHOWN_KEYS),
            advice=check.advice.of(language),
        )
        for check, keys in worst[:SHOWN_CHECKS]
    ]
    title = book.reports[report].title.of(language) if report in book.reports else report
    rules = dict.fromkeys(check.rule for check, _ in worst)
    return Answer(
        "data",
        language,
        phrase("alert", language, report=title, counts=listed(counts, language, SHOWN_CHECKS)),
        text=tuple(lines),
        related=tuple(Pointer(rule, book.pages[rule].title.of(language)) for rule in rules if rule in book.pages),
        confidence=1.0,
    )
