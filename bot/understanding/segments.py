"""Splits a message into its questions, and finds the sentence of a story that asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from bot.understanding.normalise import HAN

MAX_QUESTIONS = 4
_NUMBERED = re.compile(r"(?:^|(?<=[\s?。;,]))(?:\(?(?P<digits>\d{1,2})[).、](?!\d)|(?P<ring>[①-⑨]))\s*")
_SENTENCE = re.compile(r"(?<=[?!。;\n])\s*|(?<=[a-z)]\.)\s+")
_HAN = re.compile(f"[{HAN}]")
_LEADS_ON = re.compile(
    r"^(?:ok(?:ay)?|and|but|so|also|then|what if|how about|what about|if|same|now|sorry|actually|wait|hmm|well|what|in case"
    r"|suppose|say|no|yes|we|i|it|they|our|that|those|these|for)\b"
    r"|^(?:那|如果|要是|假如|假设|换成|改成|要不|若|万一|同样|好的?|嗯|哦|噢|对了|不对|不是|是的?|我们?|咱|这批|这个|它|但|可|而且|还有|另外|其实)"
)
_WHAT_IF = re.compile(r"^(?:and if|what if|what about|how about|if|suppose|那|如果|要是|假如|换成)")
_OWN_CASE = re.compile(
    r"\b(?:i|i'm|i've|my|mine|we|we're|we've|our|ours|me)\b|\bthis (?:order|unit|item|batch|lot|case)\b|\d"
    r"|我|咱|俺|这批|这单|这个单|这些货|这货|这箱|昨天|前天|今天|刚刚|刚才"
)
_FILLING = re.compile(
    r"\b(?:ok(?:ay)?|and|but|so|also|then|what|how|if|about|same|now|for|in|on|at|to|from|of|the|a|an|is|it|it's|its|was|were"
    r"|that|this|there|does|do|apply|again|please|instead|too|well|rule|rules)\b"
    r"|[那呢吗嘛么呀啊的了在是也又和跟换成要若如果假站这个样同一时候话用对于]"
)
_SHORT_WORDS, _SHORT_HAN = 14, 22
_ASKING = re.compile(
    r"\?|\b(?:how|what|which|who|when|where|why|do (?:i|we)|does|can (?:i|we)|should|is (?:it|this|that)|are we|must|need)\b"
    r"|吗|么|呢|怎|如何|什么|啥|哪|谁|几|多少|多久|是不是|要不要|能不能|可不可以|该不该|咋|为何"
)


_PERIOD = re.compile(
    r"\b(?:(?:the|this|last|past|a) )?(?:month|week)\b|(?:上个?|这个?|本|近一?个?|最近一?个?|一个)(?:月|周|星期)|月度"
    r"|(?<![\d一二三四五六七八九十])(?:月|周)(?=\d)"
)
_BETWEEN = re.compile(r"[,.;:。、/]\s?(?!\d)|[,;。]\s?|\s(?:and|but|while|whereas)\s|而|但")


def is_own_case(text: str) -> bool:
    """Whether a normalised question is about a case of the asker's own rather than about what holds in general."""
    return bool(_OWN_CASE.search(text))


def is_asking(text: str) -> bool:
    """Whether a normalised text asks something, rather than only stating it."""
    return bool(_ASKING.search(text))


def questions_in(text: str) -> tuple[str, ...]:
    """The separate questions of a normalised message; the whole message where it asks only once."""
    numbered = [part.strip() for part in _by_number(text) if _is_substantial(part)]
    if len(numbered) > 1:
        return tuple(numbered[:MAX_QUESTIONS])
    found = [part.strip() for part in _by_question_mark(text) if _is_substantial(part) and is_asking(part)]
    return tuple(found[:MAX_QUESTIONS]) if len(found) > 1 else (text,)


def _by_number(text: str) -> list[str]:
    """The parts of a list that counts 1, 2 ...; a number that ends a sentence ("granted on Nov 3. Until when") is none."""
    marks = list(_NUMBERED.finditer(text))
    counted = [int(mark["digits"]) if mark["digits"] else ord(mark["ring"]) - ord("①") + 1 for mark in marks]
    if len(marks) < 2 or counted != list(range(1, len(marks) + 1)):
        return [text]
    edges = [0, *(edge for mark in marks for edge in mark.span()), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _by_question_mark(text: str) -> list[str]:
    """A question with the statements before it."""
    parts = re.split(r"(?<=\?)(?!\?)", text)
    return [part for part in parts if part.strip(" ?!.")]


def _is_substantial(part: str) -> bool:
    return len(_HAN.findall(part)) >= 3 or len(re.findall(r"[a-z]+", part)) >= 3


def focus_of(text: str) -> str | None:
    """The asking sentences of a story; None where the message is short, or all or none of it asks."""
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    if len(sentences) < 2:
        sentences = [part for part in re.split(r"(?<=,)", text) if part.strip()] if len(text) > 40 else sentences
    if len(sentences) < 2:
        return None
    asking = [sentence for sentence in sentences if _ASKING.search(sentence)]
    focus = " ".join(sentence.strip() for sentence in asking)
    return focus if len(focus) < 0.8 * len(text) and len(focus) >= 4 else None


def leads_on(text: str) -> bool:
    """Whether a normalised message is worded as going on: short, or beginning with "and if", "那要是" and the like."""
    words = len(re.findall(r"[a-z0-9]+", text))
    return bool(_LEADS_ON.match(text)) or (words <= _SHORT_WORDS and len(_HAN.findall(text)) <= _SHORT_HAN)


def says_only(text: str, words: Iterable[str]) -> bool:
    """Whether a normalised message says nothing beside `words` and fillers ("and in Canada?", "那德国站呢")."""
    for known in sorted(words, key=len, reverse=True):
        text = text.replace(known, " ")
    return not re.search(rf"[a-z0-9{HAN}]", _FILLING.sub(" ", text))


def is_what_if(text: str) -> bool:
    """Whether a normalised message supposes another case ("what if", "要是"), which is about the page in hand."""
    return bool(_WHAT_IF.match(text))


def periods_in(text: str, days: list[tuple[int, int]]) -> list[str]:
    """The parts of a normalised text that tell of one period each ("in 30 days 640 orders, 25 late; 10 days: 210, 7").

    `days` are the spans of its numbers of days; "this month" and "last week" count as well. Where figures come before the
    first period, each part ends with its period, and begins with it otherwise.
    """
    named = [
        match.span() for match in _PERIOD.finditer(text) if not any(s < match.end() and match.start() < e for s, e in days)
    ]
    marks = sorted([*days, *named])
    if len(marks) < 2:
        return [text]
    figures_first = bool(re.search(r"\d", text[: marks[0][0]]))
    cuts = [0]
    for (_, end), (following, _) in pairwise(marks):
        gaps = [end + match.end() for match in _BETWEEN.finditer(text[end:following])]
        cuts.append((gaps[0] if figures_first else gaps[-1]) if gaps else following)
    return [text[start:end] for start, end in pairwise([*cuts, len(text)])]
