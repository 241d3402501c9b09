"""How a message was understood and decided, step by step, in plain text: for `sellerbot explain`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation import stated
from bot.deciding.decide import Ask, Outcome
from bot.desk import Asker, Desk
from bot.rulebook.models import DecisionPage
from bot.understanding.reading import Reading


def explain(text: str, asker: Asker, desk: Desk) -> str:
    """Every value on the way from `text` to its answers."""
    message = desk.read(text, asker)
    lines = [f"questions: {len(message.questions)}"]
    for reading in message.questions:
        lines += ["", *_reading(reading), *_decision(reading, asker, desk)]
    return "\n".join(lines)


def _reading(reading: Reading) -> Iterator[str]:
    ranking = reading.ranking
    yield f"text       {reading.text}"
    yield f"language   {reading.languages.written}, answered in {reading.languages.answer}"
    yield f"concepts   {', '.join(dict.fromkeys(hit.concept for hit in reading.concepts)) or '-'}"
    for fact in reading.facts:
        yield f"fact       {fact.fact} = {fact.value} ({'said' if fact.firm else 'mentioned'}: {fact.words!r})"
    for entity in reading.values:
        yield f"value      {entity.kind} {entity.value} ({reading.text[entity.start : entity.end]!r}), taken by no fact"
    for candidate in ranking.candidates:
        yield f"candidate  {candidate.probability:.3f} {candidate.page}"
    yield f"outside    {ranking.outside_probability:.3f} {ranking.outside}"
    yield f"confidence {ranking.confidence:.3f} -> {ranking.sureness}"


def _decision(reading: Reading, asker: Asker, desk: Desk) -> Iterator[str]:
    page = desk.book.pages.get(reading.ranking.best or "")
    if reading.ranking.sureness != "sure" or not isinstance(page, DecisionPage):
        return
    facts = {**asker.facts, **stated(reading, page, desk.book)}
    result = desk.decide(page.id, facts, asker.as_of or asker.today)
    if isinstance(result, Outcome):
        yield f"decided    {result.case.id} (version {result.version.period})"
        for name, known in result.facts.items():
            yield f"rests on   {name} = {known.value} ({known.origin})"
        for computed in result.computed:
            yield f"computed   {computed.id} = {computed.formula} = {computed.value}"
    elif isinstance(result, Ask):
        yield f"asks for   {result.fact} (open: {', '.join(result.open)})"
        for branch in result.branches:
            yield f"branch     {'|'.join(branch.values)} -> {'|'.join(case.id for case in branch.cases)}"
