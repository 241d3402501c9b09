"""The parts of an answer as rich text, in the order in which they matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.answering.answer import Answer, NumberedSource, View
from bot.answering.formats import show_holds
from bot.answering.phrases import phrase
from bot.answering.render import describe
from bot.slack.blocks.text import (
    Element,
    bullets,
    escape,
    lines,
    link,
    preformatted,
    run,
    runs,
    section,
    shorten,
    unmarked,
)

SOURCE_LIMIT = 400
_FIRST_SENTENCE = re.compile(r"[^\n]{12,}?(?:[。！？]|[.!?](?=\s))")
_MARK = re.compile(r"(\[\d+\])")
Part = list[Element]


def verdict(answer: Answer) -> Part:
    """The first line: what comes out, its first sentence in bold, and the sources that carry it."""
    text = unmarked(answer.verdict)
    first = _FIRST_SENTENCE.match(text)
    end = first.end() if first else len(text)
    rest = [run(text[end:])] if text[end:] else []
    return [section([run(text[:end], bold=True), *rest, *marks(answer, answer.marks)])]


def marks(answer: Answer, numbers: tuple[int, ...]) -> list[Element]:
    """Links ``[1] [2]`` to sources."""
    urls = {source.number: source.url for source in answer.sources}
    return [part for number in numbers for part in (run(" "), link(f"[{number}]", urls[number]))]


def details(answer: Answer, branches: int) -> Iterator[Part]:
    """Everything below the verdict; at most `branches` of the things that a reply may lead to."""
    if answer.draft:
        yield [preformatted(answer.draft)]
    yield _text(answer)
    yield _branches(answer, branches)
    yield [bullets(runs(line) for line in answer.additions)] if answer.additions else []
    yield _headed("steps", answer, [bullets((runs(step) for step in answer.steps), "ordered")] if answer.steps else [])
    yield _headed(
        "working",
        answer,
        [bullets([run(f"{one.label} = {one.formula} = "), run(one.result, bold=True)] for one in answer.working)]
        if answer.working
        else [],
    )
    yield facts(answer)
    for number in range(len(answer.conflicts)):
        yield _conflict(answer, number)
    yield [section([run(answer.caveat, italic=True)])] if answer.caveat else []
    yield _headed("also", answer, [bullets(runs(pointer.text) for pointer in answer.also)] if answer.also else [])
    if answer.own_case:
        yield [section([run(phrase("own_case", answer.language, question=answer.asks[0].question), bold=True)])]


def facts(answer: Answer) -> Part:
    """The facts that the answer rests on and where each comes from."""
    language = answer.language
    items = [
        [
            run(f"{fact.name}{phrase('colon', language)}"),
            run(fact.shown, bold=True),
            run(f" ({phrase(fact.origin, language)})"),
        ]
        for fact in answer.facts
    ]
    return _headed("facts", answer, [bullets(items)] if items else [])


def misreadings(answer: Answer) -> Part:
    return _headed("misreadings", answer, [bullets(runs(line) for line in answer.misreadings)] if answer.misreadings else [])


def source(one: NumberedSource, answer: Answer, limit: int = SOURCE_LIMIT) -> str:
    """A source in mrkdwn: number, linked title, and what to know about it."""
    about = escape(shorten(describe(one, answer.language), limit))
    # A bar or a closing bracket would end the link early; both are escaped or replaced.
    title = escape(shorten(one.title, limit)).replace("|", "¦")
    url = one.url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"[{one.number}] <{url}|{title}> · {about}"


def holds(answer: Answer) -> str:
    """The period in which the rule holds, in mrkdwn."""
    language = answer.language
    period = show_holds(answer.holds_from, answer.holds_to, language)
    return escape(f"{phrase('holds', language)}{phrase('colon', language)}{period}")


def _text(answer: Answer) -> Part:
    if answer.draft:
        return _headed("draft_checks", answer, [bullets(runs(line) for line in answer.text)] if answer.text else [])
    return _linked(lines(answer.text), answer)


def _linked(part: Part, answer: Answer) -> Part:
    """Numbers of sources that stand in a text, as links to them."""
    urls = {f"[{source.number}]": source.url for source in answer.sources}
    return [_with_links(element, urls) for element in part] if urls else part


def _with_links(element: Element, urls: Mapping[str, str]) -> Element:
    inside: list[Element] = []
    for one in element["elements"]:
        if one["type"] != "text":
            inside.append(_with_links(one, urls) if "elements" in one else one)
            continue
        for text in _MARK.split(one["text"]):
            style = one.get("style", {})
            inside += [link(text, urls[text], **style) if text in urls else run(text, **style)] if text else []
    return {**element, "elements": inside}


def _branches(answer: Answer, limit: int) -> Part:
    language = answer.language
    items = [
        [
            run(phrase("if", language, choice=branch.label) + phrase("colon", language), bold=True),
            run(unmarked(branch.verdict)),
        ]
        for branch in answer.branches[:limit]
    ]
    return [bullets(items)] if items else []


def _conflict(answer: Answer, number: int) -> Part:
    language = answer.language
    conflict = answer.conflicts[number]
    items = [_view("act_on", conflict.act_on, answer), _view("other", conflict.other, answer)]
    if conflict.why:
        items.append([run(phrase("why", language) + phrase("colon", language), bold=True), *runs(conflict.why)])
    heading = phrase("conflict", language) + phrase("colon", language)
    return [section([run(heading, bold=True), run(conflict.about)]), bullets(items)]


def _view(name: str, view: View, answer: Answer) -> list[Element]:
    heading = phrase(name, answer.language) + phrase("colon", answer.language)
    return [run(heading, bold=True), *runs(view.text), *marks(answer, view.marks)]


def _headed(name: str, answer: Answer, part: Part) -> Part:
    heading = phrase(name, answer.language) + phrase("colon", answer.language).rstrip()
    return [section([run(heading, bold=True)]), *part] if part else []
