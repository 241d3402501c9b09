"""Whether a question is about the asker's own data, and what of it: a topic, and the part of it that is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from bot.checks.engine import query
from bot.checks.narrowing import Narrowing
from bot.rulebook.book import Rulebook
from bot.rulebook.data_models import Label, Topic
from bot.understanding.normalise import HAN, normalise
from bot.understanding.stretches import Stretches, coming, find_stretches
from bot.understanding.wordgroups import has, spans

ENOUGH, CLEARLY = 3, 2
"""So strongly a question must ask for data of one's own, by the strength of its groups of words, and by so much more to ask
for them clearly."""
SHORT, LONG, LONG_CHINESE = 40, 110, 45
"""Letters up to which a question is brief, so that naming one's own is asking for it, and from which it tells a story, """
LONG_STORY = 3
"""which must ask for data by so much more strongly."""
NAMED_ROW = 6
"""How strongly a SKU, an ASIN, an order id asks for data."""
SURELY = 0.75
"""So much like an example of its own, a question that is hardly more like one of the page's is about data."""
CLOSER = 0.08
"""A question that is by so much closer to a test's examples than to those of the page it would lead to is about data;"""
LIKE_A_PAGE = (0.72, 0.84, 0.93, 0.93, 0.93)
"""or else it must ask the more strongly, the more of these likenesses to one of the page's questions it reaches."""
_ASKING = frozenset(
    {"ask-count", "ask-list", "ask-show", "ask-own", "ask-now", "ask-change", "ask-headroom", "ask-most", "ask-least"}
    | {"ask-status", "ask-amount"}
)
"""The groups of words of which one must be there: a question may name what data are about without asking for them."""
_CODE = re.compile(
    r"(?<!\d)\d{3}-\d{7}-\d{7}(?!\d)"
    r"|(?<![\w-])(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)+(?![\w-])"
    r"|(?<![A-Za-z0-9_-])[A-Z]{2,}[A-Z0-9]*(?:-[A-Z0-9]+)+(?![A-Za-z0-9_-])"
    r"|(?<![A-Za-z0-9])[Bb]0[A-Za-z0-9]{8}(?![A-Za-z0-9])|(?<![A-Za-z0-9])X00[A-Z0-9]{6,8}(?![A-Za-z0-9])"
)
"""What looks like a SKU, an ASIN, an FNSKU or an order id, wherever it stands."""
_NO_CODE = re.compile(r"\d+-[a-z]+$|amazon\.found", re.IGNORECASE)
"""What looks like one and is none by itself: "30-day", and the name of the SKUs that Amazon makes up."""
_MAYBE_CODE = re.compile(r"(?<![A-Za-z0-9_.-])[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)+(?![A-Za-z0-9_-])")
"""What is one where the report has it."""
_BESIDE_HAN = re.compile(rf"(?<=[{HAN}]) | (?=[{HAN}])")
_HAN_SIGN = re.compile(f"[{HAN}]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class DataQuestion:
    """What is asked of uploaded reports.

    `tests` are those that answer it, the best first; `metric` the one that is meant of a report that holds several; `code`
    the SKU, ASIN, FNSKU or order that everything is wanted about, or empty; `compares` whether it is about changes since the
    upload before.
    """

    tests: tuple[str, ...]
    code: str = ""
    metric: str | None = None
    narrowing: Narrowing = field(default_factory=Narrowing)
    compares: bool = False
    also_rule: bool = False
    """Whether it asks for a rule, too."""
    doubtful: bool = False
    """Whether it hardly asks for data: where a page surely fits, that may be what is meant."""


def data_question(text: str, page: str | None, book: Rulebook, today: date, mended: str = "") -> DataQuestion | None:
    """What a question asks of uploaded reports; None where it asks for a rule.

    `page` is the page that the question would lead to otherwise, `mended` the question with its misspellings put right.
    """
    if not book.checks:
        return None
    return _Question(text, mended, page, book, today).read()


@dataclass(frozen=True)
class _Question:
    original: str
    mended: str
    page: str | None
    book: Rulebook
    today: date

    def read(self) -> DataQuestion | None:
        codes = tuple(dict.fromkeys(one[0] for one in _CODE.finditer(self.original) if not _NO_CODE.match(one[0])))
        bare = normalise(_CODE.sub(" ", self.original))
        stretches = find_stretches(bare, self.today)
        groups = [group for group in self.book.content.words if self._says(group.en + group.zh, bare)]
        said = {group.id for group in groups} | ({"at-a-time"} if stretches.period else set())
        labels = _labels(bare, self.book)
        topic = self._topic(said)
        strange = "ask-headroom" not in said and _strange_numbers(bare, stretches)
        why = "ask-why" in said
        latin = _MAYBE_CODE.findall(self.original) if _HAN_SIGN.search(self.original) else []
        if topic is None:
            code = (codes or ("",))[0]
            return DataQuestion((next(iter(self.book.checks)),), code) if code and why and not strange else None
        strength = sum(group.strength for group in groups) + NAMED_ROW * bool(codes or (why and latin))
        strength += (
            bool(stretches.period or stretches.bounds) + 2 * self._names_a_value(topic, labels) + (len(topic.says) > 1)
        )
        strength += 2 * bool(topic.metric and said & (_ASKING - {"ask-list"}))
        if why and not codes and not latin:
            strength -= 2
        told = topic.metric or codes or len(bare) <= SHORT
        asks = bool(said & (_ASKING if told else _ASKING - {"ask-own"}) or codes or (why and latin) or stretches.period)
        strength -= LONG_STORY * (len(bare) > LONG or len(_HAN_SIGN.findall(bare)) > LONG_CHINESE)
        enough = self._enough(topic)
        if not asks or strength < enough or (strange and not codes):
            return None
        rank = "least" if "ask-least" in said else None
        rank = "most" if "ask-most" in said or stretches.top else rank
        narrowing = Narrowing(
            bare,
            codes,
            tuple(dict.fromkeys(_MAYBE_CODE.findall(self.original))),
            labels,
            coming(stretches.period, bare, self.today) if topic.ahead else stretches.period,
            stretches.bounds,
            rank,  # type: ignore[arg-type]
            stretches.top,
            topic.date,
            topic.age,
            self._amount(topic, bare),
        )
        return DataQuestion(
            topic.tests,
            codes[0] if codes and why else "",
            topic.metric,
            narrowing,
            "ask-change" in said,
            "ask-rule" in said,
            strength < enough + CLEARLY and not ("ask-which" in said or ("ask-own" in said and len(bare) <= SHORT)),
        )

    def _says(self, words: tuple[str, ...], bare: str) -> bool:
        return has(words, bare) or bool(self.mended and has(words, self.mended))

    def _topic(self, said: set[str]) -> Topic | None:
        """The topic with the most lines met; among equals the first."""
        found = [
            topic
            for topic in self.book.content.topics
            if all(any(group in said for group in line) for line in topic.says) and not any(g in said for g in topic.unless)
        ]
        return max(found, key=lambda topic: len(topic.says), default=None)

    def _amount(self, topic: Topic, bare: str) -> str | None:
        """The column by which there is most: of days where the question says so, or else the topic's own."""
        long = next((group for group in self.book.content.words if group.id == "long"), None)
        by_age = topic.age is not None and long is not None and has(long.en + long.zh, bare)
        return topic.age if by_age else topic.amount

    def _names_a_value(self, topic: Topic, labels: tuple[Label, ...]) -> bool:
        """Whether one of the values that the question names can stand in what answers it."""
        test = self.book.tests[topic.tests[0]]
        return any(column in query(self.book, test, test.needs[0][0]) for label in labels for column in label.columns)

    def _enough(self, topic: Topic) -> int:
        """How strongly the question must ask for data: the more, the more it is like those of the page."""
        if self.page is None or self.page not in self.book.pages:
            return ENOUGH
        own = max(closeness(self.original, self.book.tests[name].questions.all()) for name in topic.tests)
        its = closeness(self.original, self.book.pages[self.page].questions.all())
        if own >= its + CLOSER or own >= max(SURELY, its - CLOSER):
            return ENOUGH
        return ENOUGH + sum(its >= step for step in LIKE_A_PAGE)


def _labels(text: str, book: Rulebook) -> tuple[Label, ...]:
    """Values that the question names; a name within a longer one does not count."""
    hits = [(span, label) for label in book.content.labels for span in spans(label.en + label.zh, text)]
    return tuple(
        dict.fromkeys(
            label
            for (start, end), label in hits
            if not any(s <= start and end <= e and e - s > end - start for (s, e), _ in hits)
        )
    )


def _strange_numbers(text: str, stretches: Stretches) -> bool:
    """Whether there are figures of a case in the question: something to compute with, not to look up."""
    return any(
        not any(start <= match.start() and match.end() <= end for start, end in stretches.taken)
        for match in _NUMBER.finditer(text)
        if not _is_part_of_word(match, text)
    )


def _is_part_of_word(match: re.Match[str], text: str) -> bool:
    """ "24h", "v2", "1p": a name, no figure; "10 day" too, as metrics are called so."""
    before, after = text[: match.start()], text[match.end() :]
    if before[-1:].isascii() and before[-1:].isalpha():
        return True
    return bool(re.match(r"(?:h\b|hr|\+?h| ?hours?| ?小时|天(?!前)|日|-day|[ -]day)", after))


def closeness(text: str, examples: tuple[str, ...]) -> float:
    """How much `text` is like the nearest of some questions, from 0 to 1: pairs of letters that both have."""
    wanted = _pairs(text)
    return max((2 * len(wanted & pairs) / (len(wanted) + len(pairs)) for pairs in map(_pairs, examples)), default=0.0)


@lru_cache(maxsize=8_192)
def _pairs(text: str) -> frozenset[str]:
    words = " ".join("".join(char.lower() if char.isalnum() else " " for char in text).split())
    # Some write a space between Chinese and Latin letters, some don't.
    letters = f" {_BESIDE_HAN.sub('', words)} "
    return frozenset(letters[place : place + 2] for place in range(len(letters) - 1))
