"""A page and what is known -> its answer on a day, and the fact that it asks for, if it does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from bot.answering.answer import Answer
from bot.answering.compose import Composer
from bot.answering.phrases import phrase
from bot.deciding.deadlines import BadDeadline
from bot.deciding.decide import Ask, Facts, NoVersion, decide
from bot.deciding.formulas import BadFormula
from bot.rulebook.book import version_on
from bot.rulebook.models import AnyPage, DecisionPage, DraftPage, Language


def answer_page(
    page: AnyPage, facts: Facts, day: date, composer: Composer, confidence: float, unclear: Collection[str] = ()
) -> tuple[Answer, str | None]:
    """What a page of any kind says; `unclear` are facts for which nothing may be assumed."""
    if isinstance(page, DecisionPage):
        return _decide_page(page, facts, day, composer, confidence, unclear)
    if isinstance(page, DraftPage):
        version = version_on(page.versions, day)
        if version is None:
            return composer.no_version((page, day)), None
        return composer.draft(page, version, facts, _draft_language(facts, composer.language), confidence), None
    reference = version_on(page.versions, day)
    if reference is None:
        return composer.no_version((page, day)), None
    return composer.reference(page, reference, confidence), None


def _decide_page(
    page: DecisionPage, facts: Facts, day: date, composer: Composer, confidence: float, unclear: Collection[str] = ()
) -> tuple[Answer, str | None]:
    """What a decision page comes to with these facts, or the question for the next one."""
    try:
        result = decide(page, facts, day, composer.book, unclear)
    except (BadFormula, BadDeadline) as error:
        reason = phrase("cannot_compute", composer.language, reason=str(error))
        return composer.unknown(reason, (composer.title(page),)), None
    if isinstance(result, NoVersion):
        return composer.no_version(result), None
    if isinstance(result, Ask):
        return composer.ask(result, confidence), result.fact
    return composer.outcome(result, confidence), None


def _draft_language(facts: Facts, language: Language) -> Language:
    wanted = facts.get("draft_language")
    if wanted is None:
        return language
    return "zh" if wanted.value == "zh" else "en"
