"""`make bench`: accuracy on the labelled questions and CPU time, beside the baselines, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import baselines
from benchmarks.evaluation import Item, Judged, ask_desk, items, judge, run, shares
from bot.answering.render import many_to_text
from bot.compiled import Workshop
from bot.desk import Asker, Desk
from bot.encoder import find_encoder
from bot.library import Library
from bot.rulebook.book import Content, Rulebook
from bot.rulebook.loader import load
from bot.rulebook.models import Examples, ReferencePage
from bot.settings import Settings
from bot.understanding import read as reading_module
from bot.understanding.index import OUTSIDE, Index, train
from bot.understanding.normalise import normalise
from bot.understanding.read import read
from bot.understanding.reading import Candidate, Ranking

SYNTHETIC = 5_000
EVERY = 8
"""The baselines are asked each so-manieth question: comparing all with all examples would take an hour."""


def main() -> None:
    settings = Settings()
    encoder = find_encoder(settings.cache)
    index = Library(settings.content, Workshop(settings.cache, encoder)).current()
    desk = Desk(Library(settings.content, Workshop(settings.cache, encoder), interval=3600))
    ours = run(ask_desk(desk))
    _print_groups("Sellerbot", ours)
    if encoder is not None:
        plain = Desk(Library(settings.content, Workshop(settings.cache, None), interval=3600))
        _print_groups("Sellerbot without the encoder", run(ask_desk(plain)))
    _print_baselines(index, ours)
    _print_speed(index)
    _print_starts(settings, index)


def _print_groups(name: str, judged: Sequence[Judged]) -> None:
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


def _print_baselines(index: Index, ours: Sequence[Judged]) -> None:
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
    for name, make in rankers.items():
        _print_row(name, *_with_ranker(index, make(), single))


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
        reply = Desk(_Fixed(index)).ask(item.turns[0], Asker(item.today))  # type: ignore[arg-type]
    finally:
        reading_module.rank = original
    return reply.answers, many_to_text(reply.answers)


class _Fixed:
    """A library that always gives out the same index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def current(self) -> Index:
        return self._index


# ------------------------------------------------------------ speed


def _print_speed(index: Index) -> None:
    questions = [turn for item in items() for turn in item.turns]
    desk = Desk(_Fixed(index))  # type: ignore[arg-type]
    plain = _times(lambda text: desk.ask(text, Asker(items_day())), questions)
    print(f"\nCPU for a whole answer: {_quantiles(plain)}  ({len(questions)} messages, {len(index.trained.labels)} labels)")
    inner = _times(lambda text: read(text, index, items_day()), questions)
    print(f"CPU for understanding alone: {_quantiles(inner)}")
    many = _with_synthetic(index)
    bigger = Desk(_Fixed(many))  # type: ignore[arg-type]
    grown = _times(lambda text: bigger.ask(text, Asker(items_day())), questions[:400])
    ratio = np.median(grown) / np.median(plain)
    print(f"with {SYNTHETIC:,} synthetic entries: {_quantiles(grown)}  ratio of medians {ratio:.2f}")


def items_day():  # type: ignore[no-untyped-def]
    return next(items()).today


def _times(work: Callable[[str], object], texts: Sequence[str]) -> np.ndarray:
    for text in texts:
        work(text)
    result = []
    for text in texts:
        start = time.process_time()
        work(text)
        result.append((time.process_time() - start) * 1000)
    return np.array(result)


def _quantiles(times: np.ndarray) -> str:
    return f"median {np.median(times):.2f} ms, p99 {np.quantile(times, 0.99):.2f} ms"


def _with_synthetic(index: Index) -> Index:
    """The content with thousands of made-up entries; their vectors are scattered around those of real examples."""
    generator = np.random.default_rng(0)
    pages = [page for page in index.book.active_pages if isinstance(page, ReferencePage)]
    words = sorted({word for page in pages for text in page.questions.en for word in normalise(text).split()})
    extra = []
    for number in range(SYNTHETIC):
        texts = tuple(" ".join(generator.choice(words, 8)) for _ in range(24))
        extra.append(pages[0].model_copy(update={"id": f"synthetic.entry-{number}", "questions": Examples(en=texts)}))
    content = index.book.content
    bigger = Rulebook(Content.model_construct(**{**dict(content), "pages": (*content.pages, *extra)}), "synthetic")
    cache: dict[str, np.ndarray] = {}
    base = index.encoder.encode([q for page in pages for q in page.questions.en]) if index.encoder else None

    def vectors(texts: Sequence[str]) -> np.ndarray:
        assert index.encoder is not None and base is not None  # noqa: S101, PT018
        real = [text for text in texts if text not in cache]
        picks = base[generator.integers(0, len(base), len(real))]
        noisy = picks + generator.normal(0, 0.03, picks.shape).astype(np.float32)
        cache.update(zip(real, noisy / np.linalg.norm(noisy, axis=1, keepdims=True), strict=True))
        return np.stack([cache[text] for text in texts])

    return replace(index, book=bigger, trained=train(bigger, vectors if base is not None else None, lambda _: True))


def _print_starts(settings: Settings, index: Index) -> None:
    workshop = Workshop(settings.cache, index.encoder)
    start = time.perf_counter()
    workshop.index(index.book)
    print(f"\nindex from the cache: {time.perf_counter() - start:.2f} s")
    print(f"one changed rule, reloaded and indexed: {_changed_rule(settings, workshop):.2f} s")
    command = [sys.executable, "-m", "bot.cli", "ask", "do i need fnsku labels as a reseller"]
    walls = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env={**os.environ})  # noqa: S603
        walls.append(time.perf_counter() - start)
    print(f"sellerbot ask from a cold shell: median {np.median(walls):.2f} s, worst {max(walls):.2f} s")
    print(f"labels without synthetic ones: {sum(not label.startswith(OUTSIDE) for label in index.trained.labels)} pages")


def _changed_rule(settings: Settings, workshop: Workshop) -> float:
    import shutil

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("rules", "knowledge"):
            shutil.copytree(settings.content / name, root / name)
        before = load(root, settings.cache).rulebook
        assert before is not None  # noqa: S101
        workshop.index(before)
        page = next((root / "knowledge" / "labelling").glob("*.yaml"))
        page.write_text(
            page.read_text(encoding="utf-8").replace("  en:\n", "  en:\n  - a new example question\n", 1), "utf-8"
        )
        start = time.perf_counter()
        after = load(root, settings.cache).rulebook
        assert after is not None  # noqa: S101
        workshop.index(after)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
