"""How often the answers to the labelled questions are right, beside well-known ways to rank."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks import baselines
from benchmarks.evaluation import Item, Judged, items, judge, shares
from bot.answering.render import many_to_text
from bot.desk import Asker, Desk
from bot.understanding import read as reading_module
from bot.understanding.index import Index
from bot.understanding.normalise import normalise
from bot.understanding.reading import Candidate, Ranking

EVERY = 8
"""The baselines are asked each so-manieth question: comparing all with all examples would take an hour."""


def print_groups(name: str, judged: Sequence[Judged]) -> None:
    print(f"\n{name}: share of right answers")
    for (group, language), (right, total) in sorted(shares(list(judged)).items()):
        print(f"  {group:9s} {language}  {right:4d} of {total:4d}  {right / total:6.1%}")
    for domain in sorted({one.item.domain for one in judged}):
        for language in ("en", "zh"):
            inside = [
                one.right
                for one in judged
                if one.item.domain == domain and one.item.lang == language and one.item.kind != "unknown"
            ]
            if inside:
                print(f"  {domain:18s} {language}  {sum(inside):4d} of {len(inside):4d}  {sum(inside) / len(inside):6.1%}")


# ------------------------------------------------------------ accuracy of the baselines


def print_baselines(index: Index, ours: Sequence[Judged]) -> dict[str, float]:
    """Prints how often each is right, and returns what each one's ranking costs for a question in CPU milliseconds."""
    known = baselines.examples_of(index)
    rankers: dict[str, Callable[[], baselines.Ranker]] = {
        "rapidfuzz WRatio": lambda: baselines.rapidfuzz_ranker(known, "WRatio"),
        "rapidfuzz token_set_ratio": lambda: baselines.rapidfuzz_ranker(known, "token_set_ratio"),
        "BM25, words and bigrams": lambda: baselines.bm25_ranker(known),
        "TF-IDF, nearest": lambda: baselines.tfidf_ranker(known, regression=False),
        "TF-IDF, logistic regression": lambda: baselines.tfidf_ranker(known, regression=True),
    }
    if index.encoder is not None:
        encode = index.encoder.encode
        rankers["USE, nearest"] = lambda: baselines.encoder_ranker(known, encode, regression=False)
        rankers["USE, logistic regression"] = lambda: baselines.encoder_ranker(known, encode, regression=True)
    single = [item for item in items() if len(item.turns) == 1][::EVERY]
    print(f"\nEach {EVERY}th of the single messages, the desk unchanged, only the ranking exchanged")
    print("(a baseline's rejection is tuned on these very questions, in its favour)")
    print(f"  {'method':30s} {'right':>7s} {'refused':>8s} {'ms':>7s}")
    own = [one for one in ours if len(one.item.turns) == 1][::EVERY]
    _print_row("Sellerbot", own, None)
    costs = {}
    for name, make in rankers.items():
        judged, costs[name] = _with_ranker(index, make(), single)
        _print_row(name, judged, costs[name])
    return costs


def _print_row(name: str, judged: Sequence[Judged], milliseconds: float | None) -> None:
    covered = [one.right for one in judged if one.item.kind != "unknown"]
    outside = [one.right for one in judged if one.item.kind == "unknown"]
    cost = f"{milliseconds:7.2f}" if milliseconds is not None else "      -"
    print(f"  {name:30s} {sum(covered) / len(covered):7.1%} {sum(outside) / len(outside):8.1%} {cost}")


def _with_ranker(index: Index, ranker: baselines.Ranker, single: list[Item]) -> tuple[list[Judged], float]:
    questions = [normalise(item.turns[0]) for item in single]
    start = time.process_time()
    scores, sureness = ranker(questions)
    cost = (time.process_time() - start) / len(questions) * 1000
    covered = index.trained.covered
    best = scores[:, :covered].argmax(axis=1)
    refused = scores.argmax(axis=1) >= covered
    answers = [_answer(index, item, index.trained.labels[label]) for item, label in zip(single, best, strict=True)]
    verdicts = np.array([judge(item, *answer) for item, answer in zip(single, answers, strict=True)])
    outside = np.array([item.kind == "unknown" for item in single])
    limit = _best_limit(verdicts, outside, refused, sureness)
    silent = refused | (sureness < limit)
    right = np.where(outside, silent, verdicts & ~silent)
    return [Judged(item, bool(ok), (), "") for item, ok in zip(single, right, strict=True)], cost


def _best_limit(verdicts: np.ndarray, outside: np.ndarray, refused: np.ndarray, sureness: np.ndarray) -> float:
    """The sureness below which refusing gives the best sum of both shares, found on these very questions."""

    def quality(limit: float) -> float:
        silent = refused | (sureness < limit)
        return float((verdicts & ~silent)[~outside].mean() + silent[outside].mean())

    return max(np.quantile(sureness, np.linspace(0, 0.6, 31)), key=quality)


def _answer(index: Index, item: Item, page: str):  # type: ignore[no-untyped-def]
    """What the desk says once the ranking is replaced by `page`."""
    fixed = Ranking((Candidate(page, 1.0),), 1.0, "sure", None, 0.0)
    original = reading_module.rank
    reading_module.rank = lambda *_, **__: fixed  # type: ignore[assignment]
    try:
        reply = Desk(FixedLibrary(index)).ask(item.turns[0], Asker(item.today))  # type: ignore[arg-type]
    finally:
        reading_module.rank = original
    return reply.answers, many_to_text(reply.answers)


class FixedLibrary:
    """A library that always gives out the same index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def current(self) -> Index:
        return self._index
