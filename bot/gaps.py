"""Questions that had no answer, or a disliked one, by what they are about: what the rulebook lacks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.data_questions import closeness
from bot.desk import Asker, Desk
from bot.scaffold import entry_stub, examples_stub
from bot.understanding.language import detect
from bot.understanding.normalise import normalise

ALIKE = 0.55
"""Two questions are about the same if the cosine of their sentences is at least so much,"""
ALIKE_LETTERS = 0.45
"""or, without the encoder, this share of their pairs of letters is the same."""
NEAR = 0.5
"""From this confidence on a page is near enough to be given the questions as further examples."""


@dataclass(frozen=True)
class KeptQuestion:
    """A question as it was kept, free of personal data; `reasons` are why its answer was disliked, empty if it had none.

    `times` says how often it was asked in these words.
    """

    text: str
    team: str
    reasons: tuple[str, ...] = ()
    times: int = 1


@dataclass(frozen=True)
class Gap:
    """Questions about one thing, the first kept first; `nearest` is the page that came closest, at `nearness` (0 to 1).

    `count` says how often they were asked, `stub` is a start in YAML for an answer.
    """

    questions: tuple[str, ...]
    count: int
    teams: int
    reasons: tuple[tuple[str, int], ...]
    nearest: str | None
    nearness: float
    stub: str

    @property
    def is_near(self) -> bool:
        """Whether the questions rather belong to the nearest page than to a new one."""
        return self.nearest is not None and self.nearness >= NEAR


def gaps(kept: Sequence[KeptQuestion], desk: Desk, today: date, limit: int) -> tuple[Gap, ...]:
    """The kept questions in groups, the largest first, `limit` of them. The same questions give the same groups."""
    groups = sorted(_grouped(kept, desk), key=_count, reverse=True)
    # Reading questions takes longer than grouping them: only those that are wanted are read.
    return tuple(_gap(group, desk, today) for group in groups[:limit])


def _count(group: Sequence[KeptQuestion]) -> int:
    return sum(one.times for one in group)


def write_stubs(found: Sequence[Gap], folder: Path) -> tuple[tuple[Path, bool], ...]:
    """Writes the start of each gap into a file of its own; which files, and whether each is new.

    The same questions give the same name, and a file that is there stays as it is. Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_written(folder / f"{_name(gap)}.yaml", gap.stub) for gap in found)


def _written(path: Path, text: str) -> tuple[Path, bool]:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return path, False
    return path, True


def _name(gap: Gap) -> str:
    """By the page that the questions are for, or the domain that they may belong to, and by the first question."""
    mark = hashlib.blake2b(gap.questions[0].encode(), digest_size=4).hexdigest()
    page = gap.nearest or "new"
    return f"{page if gap.is_near else page.split('.')[0]}-{mark}"


def _grouped(kept: Sequence[KeptQuestion], desk: Desk) -> list[list[KeptQuestion]]:
    """Each question joins the first group whose first question it is like."""
    texts = [normalise(one.text) for one in kept]
    vectors = desk.sentences(texts) if texts else None
    groups: list[list[int]] = []
    for place, text in enumerate(texts):
        for group in groups:
            if vectors is None:
                alike = closeness(text, (texts[group[0]],)) >= ALIKE_LETTERS
            else:
                alike = bool(vectors[place] @ vectors[group[0]] >= ALIKE)
            if alike:
                group.append(place)
                break
        else:
            groups.append([place])
    return [[kept[place] for place in group] for group in groups]


def _gap(group: Sequence[KeptQuestion], desk: Desk, today: date) -> Gap:
    questions = tuple(dict.fromkeys(one.text for one in group))
    rankings = [desk.read(text, Asker(today)).whole.ranking for text in questions]
    best = max(rankings, key=lambda ranking: ranking.confidence)
    nearest = best.candidates[0].page if best.candidates else None
    spoken: dict[str, list[str]] = {"en": [], "zh": []}
    for text in questions:
        spoken[detect(normalise(text)).answer].append(text)
    if nearest and best.confidence >= NEAR:
        stub = examples_stub(nearest, spoken["en"], spoken["zh"])
    else:
        domain = nearest.split(".")[0] if nearest else "domain"
        stub = entry_stub(f"{domain}.todo-name", spoken["en"], spoken["zh"], today)
    reasons = Counter(reason for one in group for reason in one.reasons)
    teams = len({one.team for one in group})
    return Gap(questions, _count(group), teams, tuple(reasons.most_common()), nearest, best.confidence, stub)
