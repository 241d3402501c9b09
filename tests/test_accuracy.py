"""The labelled questions, asked through the whole desk: shares of right answers must not fall below these floors."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.evaluation import Judged, ask_desk, items, run
from bot.desk import Desk


@pytest.fixture(scope="module")
def judged(desk: Desk) -> list[Judged]:
    return run(ask_desk(desk))


def share(judged: list[Judged], **wanted: str) -> float:
    chosen = [one.right for one in judged if all(getattr(one.item, key) == value for key, value in wanted.items())]
    return sum(chosen) / len(chosen)


FLOORS = {
    ("labelling", "fact", "en"): 0.91,
    ("labelling", "fact", "zh"): 0.92,
    ("labelling", "decision", "en"): 0.93,
    ("labelling", "decision", "zh"): 0.90,
    ("labelling", "missing", "en"): 0.76,
    ("labelling", "missing", "zh"): 0.76,
    ("labelling", "turns", "en"): 0.93,
    ("labelling", "turns", "zh"): 0.83,
    ("labelling", "near", "en"): 0.88,
    ("labelling", "near", "zh"): 0.90,
    ("labelling", "far", "en"): 0.91,
    ("labelling", "far", "zh"): 0.94,
    ("stranded", "fact", "en"): 0.93,
    ("stranded", "fact", "zh"): 0.95,
    ("stranded", "decision", "en"): 0.87,
    ("stranded", "decision", "zh"): 0.89,
    ("stranded", "missing", "en"): 0.84,
    ("stranded", "missing", "zh"): 0.84,
    ("stranded", "turns", "en"): 0.89,
    ("stranded", "turns", "zh"): 0.89,
    ("replacement-parts", "fact", "en"): 0.92,
    ("replacement-parts", "fact", "zh"): 0.92,
    ("replacement-parts", "decision", "en"): 0.88,
    ("replacement-parts", "decision", "zh"): 0.90,
    ("replacement-parts", "missing", "en"): 0.80,
    ("replacement-parts", "missing", "zh"): 0.90,
    ("replacement-parts", "turns", "en"): 0.96,
    ("replacement-parts", "turns", "zh"): 0.96,
    ("dropshipping", "fact", "en"): 0.96,
    ("dropshipping", "fact", "zh"): 0.94,
    ("dropshipping", "decision", "en"): 0.91,
    ("dropshipping", "decision", "zh"): 0.88,
    ("dropshipping", "missing", "en"): 0.77,
    ("dropshipping", "missing", "zh"): 0.80,
    ("dropshipping", "turns", "en"): 0.91,
    ("dropshipping", "turns", "zh"): 0.94,
    ("fbm", "fact", "en"): 0.93,
    ("fbm", "fact", "zh"): 0.92,
    ("fbm", "decision", "en"): 0.80,
    ("fbm", "decision", "zh"): 0.77,
    ("fbm", "missing", "en"): 0.82,
    ("fbm", "missing", "zh"): 0.75,
    ("fbm", "turns", "en"): 0.91,
    ("fbm", "turns", "zh"): 0.76,
}


@pytest.mark.parametrize(("domain", "group", "lang"), FLOORS)
def test_answers_are_right_often_enough(domain: str, group: str, lang: str, judged: list[Judged]) -> None:
    reached = share(judged, domain=domain, group=group, lang=lang)
    assert reached >= FLOORS[domain, group, lang], f"{domain} {group} {lang}: {reached:.1%}"


def test_the_article_is_cited_beside_a_better_source(judged: list[Judged]) -> None:
    """Answers about what the article says name it, and Amazon's or another source with it."""
    cited = [
        {source.id for answer in one.answers for source in answer.sources}
        for one in judged
        if one.right and one.item.domain == "labelling" and one.item.group == "fact" and "LBL-A" not in str(one.item.facts)
    ]
    assert sum("xinmei-commingling-ends" in sources for sources in cited) / len(cited) >= 0.95


def test_labelled_questions_are_no_examples(desk: Desk) -> None:
    from bot.understanding.normalise import normalise

    examples = {normalise(question) for page in desk.book.active_pages for question in page.questions.all()}
    repeated = [item.id for item in items() if normalise(item.turns[0]) in examples]
    assert len(repeated) <= 3, repeated


def test_there_are_enough_labelled_questions() -> None:
    counts = Counter((item.domain, item.lang) for item in items())
    assert all(counts[domain, language] >= 300 for domain in ("labelling", "stranded") for language in ("en", "zh"))
    assert min(counts.values()) >= 200


def test_confidence_is_calibrated(judged: list[Judged]) -> None:
    """Among answers given with a confidence around p, about p are right; checked over the two halves that matter."""
    first = [one for one in judged if len(one.item.turns) == 1 and one.item.kind == "answer" and len(one.answers) == 1]
    sure = [one.right for one in first if one.answers[0].confidence >= 0.9]
    unsure = [one.right for one in first if 0.3 <= one.answers[0].confidence < 0.7]
    assert sum(sure) / len(sure) >= 0.9
    assert sum(unsure) / len(unsure) <= sum(sure) / len(sure) - 0.1


def test_without_the_encoder_answers_are_still_mostly_right(plain_desk: Desk) -> None:
    judged = run(ask_desk(plain_desk), "labelling-*.jsonl")
    assert share(judged, kind="answer") >= 0.75
    assert share(judged, kind="unknown") >= 0.80
