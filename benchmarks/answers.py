"""What understanding, deciding and answering cost in CPU, how quickly the commands start, and how much memory is taken."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy import FixedLibrary
from benchmarks.evaluation import items
from benchmarks.figures import Figure
from benchmarks.processes import peak_megabytes, resting_megabytes
from bot.compiled import Workshop
from bot.deciding.decide import Known
from bot.desk import Asker, Desk
from bot.rulebook.book import Content, Rulebook
from bot.rulebook.loader import load
from bot.rulebook.models import Examples, ReferencePage
from bot.settings import Settings
from bot.understanding.index import Index, train
from bot.understanding.normalise import normalise
from bot.understanding.read import read

NEAREST = "TF-IDF, nearest"
RULE = "labelling.label-needed"
RULE_DAY = date(2026, 11, 22)
COLD_STARTS = 5
EXAMPLES = 24
"""So many example questions has each made-up entry."""
LIBRARIES = "import aiohttp, numpy, pydantic, slack_bolt.async_app, yaml"


def figures(settings: Settings, index: Index, costs: Mapping[str, float]) -> list[Figure]:
    """The figures of this module; `costs` are CPU milliseconds of the baselines' ranking for a question."""
    questions = [turn for item in items() for turn in item.turns]
    today = next(items()).today
    bigger = with_made_up_entries(index, 9 * len(index.book.active_pages))
    desk, big_desk = (Desk(FixedLibrary(one)) for one in (index, bigger))  # type: ignore[arg-type]
    some = questions[::10]
    reading = _times(lambda text: read(text, index, today), questions)
    answering = _times(lambda text: desk.ask(text, Asker(today)), questions)
    reading_grown = _times(lambda text: read(text, bigger, today), some)
    answering_grown = _times(lambda text: big_desk.ask(text, Asker(today)), some)
    print(f"\nCPU for an answer: {_quantiles(answering)}; {len(questions)} messages, {len(index.trained.labels)} labels")
    deciding, deciding_grown, plain = _deciding(desk), _deciding(big_desk), _plainly()
    nearest = costs[NEAREST]
    return [
        Figure("matching", "a question, median", *_median(reading), NEAREST, nearest, _growth(reading_grown, reading)),
        Figure("decision", RULE, deciding, "ms CPU", "a chain of ifs", plain, {"content": deciding_grown / deciding}),
        Figure("answer", "whole, median", *_median(answering), NEAREST, nearest, _growth(answering_grown, answering)),
        Figure("answer", "whole, p99", float(np.quantile(answering, 0.99)), "ms CPU", NEAREST, nearest),
        *_starts(settings, index),
    ]


def _median(times: NDArray[np.float64]) -> tuple[float, str]:
    return float(np.median(times)), "ms CPU"


def _growth(grown: NDArray[np.float64], before: NDArray[np.float64]) -> dict[str, float]:
    return {"content": float(np.median(grown) / np.median(before))}


def _times(work: Callable[[str], object], texts: Sequence[str]) -> NDArray[np.float64]:
    """CPU milliseconds for each text, everything warm."""
    for text in texts:
        work(text)
    result = []
    for text in texts:
        start = time.process_time()
        work(text)
        result.append((time.process_time() - start) * 1000)
    return np.array(result)


def _quantiles(times: NDArray[np.float64]) -> str:
    return f"median {np.median(times):.2f} ms, p99 {np.quantile(times, 0.99):.2f} ms"


# ------------------------------------------------------------ deciding


_CASES: tuple[dict[str, str], ...] = (
    {"fulfilment": "fbm"},
    {"stock_place": "in_warehouse", "fulfilment": "fba"},
    {"goods": "expiry_dated"},
    {"brand_role": "brand_representative", "manufacturer_barcode": "yes", "goods": "ordinary", "fulfilment": "fba"},
    {"brand_role": "authorised_reseller", "manufacturer_barcode": "yes", "goods": "ordinary", "fulfilment": "fba"},
)


def _deciding(desk: Desk) -> float:
    """CPU milliseconds to decide a case."""
    cases = [{name: Known(value, "said") for name, value in case.items()} for case in _CASES]
    return _each(lambda: [desk.decide(RULE, case, RULE_DAY) for case in cases]) / len(cases)


def _plainly() -> float:
    """The same cases by the ifs that somebody would write by hand: neither dated nor cited nor checked."""

    def decided(case: Mapping[str, str]) -> str:
        if case.get("fulfilment") == "fbm":
            return "seller_fulfilled"
        if case.get("stock_place") == "in_warehouse":
            return "already_in_warehouse"
        if case.get("goods") in ("expiry_dated", "consumable_topical", "dangerous_restricted", "used", "several_asins"):
            return "goods"
        if case.get("brand_role") == "brand_representative" and case.get("manufacturer_barcode") == "yes":
            return "manufacturer_barcode_enough"
        return "needs_fnsku"

    return _each(lambda: [decided(case) for case in _CASES]) / len(_CASES)


def _each(work: Callable[[], object], seconds: float = 1.0) -> float:
    """CPU milliseconds of one call, over as many as fit."""
    work()
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        work()
        count += 1
    return (time.process_time() - start) * 1000 / count


# ------------------------------------------------------------ more content


def with_made_up_entries(index: Index, count: int) -> Index:
    """The content with made-up entries; their vectors are scattered around those of real examples."""
    generator = np.random.default_rng(0)
    pages = [page for page in index.book.active_pages if isinstance(page, ReferencePage)]
    words = sorted({word for page in pages for text in page.questions.en for word in normalise(text).split()})
    extra = []
    for number in range(count):
        texts = tuple(" ".join(generator.choice(words, 8)) for _ in range(EXAMPLES))
        extra.append(pages[0].model_copy(update={"id": f"synthetic.entry-{number}", "questions": Examples(en=texts)}))
    content = index.book.content
    bigger = Rulebook(Content.model_construct(**{**dict(content), "pages": (*content.pages, *extra)}), "synthetic")
    encoder = index.encoder
    if encoder is None:
        return replace(index, book=bigger, trained=train(bigger, None, lambda _: True))
    cache: dict[str, NDArray[np.float32]] = {}
    base = encoder.encode([question for page in pages for question in page.questions.en])

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in texts if text not in cache]
        picks = base[generator.integers(0, len(base), len(new))]
        noisy = picks + generator.normal(0, 0.03, picks.shape).astype(np.float32)
        cache.update(zip(new, noisy / np.linalg.norm(noisy, axis=1, keepdims=True), strict=True))
        return np.stack([cache[text] for text in texts])

    return replace(index, book=bigger, trained=train(bigger, vectors, lambda _: True))


# ------------------------------------------------------------ starts and memory


def _starts(settings: Settings, index: Index) -> list[Figure]:
    workshop = Workshop(settings.cache, index.encoder)
    print(f"one changed page, reloaded and indexed: {_changed_page(settings, workshop):.2f} s")
    ours = [sys.executable, "-m", "bot.cli", "ask", "do i need fnsku labels as a reseller"]
    theirs = [sys.executable, "-c", LIBRARIES]
    serving = resting_megabytes([sys.executable, "-c", _DESK])
    empty = resting_megabytes([sys.executable, "-c", f"{LIBRARIES}; {_RESTING}"])
    return [
        Figure("start-up", "`sellerbot ask`, cold", _cold(ours), "s", "import of its libraries", _cold(theirs)),
        Figure("memory", "`sellerbot ask`", peak_megabytes(ours), "MB", "import of its libraries", peak_megabytes(theirs)),
        Figure("memory", "a desk that is ready", serving, "MB", "import of its libraries", empty),
    ]


_RESTING = "print('ready', flush=True); input()"
_DESK = f"from bot.office.opening import make_desk; desk = make_desk(); {_RESTING}"


def _cold(command: Sequence[str]) -> float:
    """Median seconds of a process from start to end."""
    took = []
    for _ in range(COLD_STARTS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        took.append(time.perf_counter() - start)
    return float(np.median(took))


def _changed_page(settings: Settings, workshop: Workshop) -> float:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("rules", "knowledge"):
            copytree(settings.content / name, root / name)
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
