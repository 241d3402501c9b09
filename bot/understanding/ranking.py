"""Which page a question wants, and how sure that is.

The label comes from three models together: the log closeness of the question's vector to the examples, a share of
what its pieces say beside the examples', and a share of how well they fit the pages' own texts. Sureness comes from a
calibrated combination of how clearly the best page leads, how near its nearest example is, and how close the nearest
topic is that is not covered.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.understanding.index import OUTSIDE, Index, pieces_of
from bot.understanding.lexical import Floats, log_softmax
from bot.understanding.reading import Candidate, Ranking, Sureness

LEXICAL_SHARE = 0.5
"""Weight of the lexical model beside the vectors."""
TEXT_SHARE = 0.4
"""Weight of what the pages' own texts say."""
PROMISING = 40
"""How many labels the words may propose to the vectors."""
FACT_BONUS = 0.6
"""Log-odds that each stated fact adds to the decisions that depend on it."""
DOMAIN_BONUS = 1.0
"""Log-odds that the domain of the thread, or of the message's other parts, adds to its pages."""
KEPT_END = 300
"""Characters of a very long message that count at either end."""
SHOWN = 8
"""How many candidates are kept."""


@dataclass(frozen=True)
class Calibration:
    """Two logistic models, fitted by `python -m benchmarks.calibrate` on questions that are no examples."""

    covered: tuple[float, ...]
    """Whether any page covers the question: intercept, and the weights of `features`."""
    right: tuple[float, ...]
    """Whether the best page is right: intercept, and the weights of `covered`'s log-odds and of the best page's own."""
    sure: float
    """From this probability of being covered a question is answered."""
    near: float
    """From this one, the nearest pages are offered."""


WITH_VECTORS = Calibration((-2.82, 0.26, 0.83, -0.93, -1.32), (0.82, 0.54, 0.14), 0.294, 0.02)
WITHOUT_VECTORS = Calibration((-2.98, 1.03, -0.22, 0.0, -0.84), (-0.1, 0.63, 0.18), 0.477, 0.02)


def rank(heard: Sequence[Signals], index: Index, facts: frozenset[str], domain: str | None) -> Ranking:
    """Pages and topics for one question.

    `heard` is what the models say of it and, for a story, of the part of it that asks; both weigh the same. `facts` are
    those that the question states: who tells the facts of a decision wants that decision. `domain` is what the talk has
    been about so far.
    """
    if not index.trained.covered:
        return Ranking((), 0.0, "unknown", None, 0.0)
    signals = heard[0] if len(heard) == 1 else _both(*heard)
    if facts or domain:
        signals = _with_context(signals, facts, domain, index)
    return judge(signals, index)


def _with_context(signals: Signals, facts: frozenset[str], domain: str | None, index: Index) -> Signals:
    bonus = np.zeros_like(signals.probabilities)
    for label, used in index.deciding_facts:
        bonus[label] = FACT_BONUS * len(facts & used)
    if domain is not None:
        bonus[index.labels_of(domain)] += DOMAIN_BONUS
    joint = np.exp(log_softmax(np.log(signals.probabilities + 1e-9) + bonus))
    return Signals(joint, signals.nearest, signals.known)


def _both(whole: Signals, focus: Signals) -> Signals:
    joint = np.exp(log_softmax((np.log(whole.probabilities + 1e-9) + np.log(focus.probabilities + 1e-9)) / 2))
    return Signals(joint, np.maximum(whole.nearest, focus.nearest), max(whole.known, focus.known))


@dataclass(frozen=True)
class Signals:
    """What the models say of one question: the probability of each label, the cosine of its nearest example, and the
    share of the question's pieces that any example has."""

    probabilities: Floats
    nearest: Floats
    known: float


def listen(texts: Sequence[str], index: Index) -> list[Signals]:
    """What the models say of each of the mended `texts`; all at once, because encoding together is cheaper."""
    vectors: Sequence[Floats | None] = [None] * len(texts)
    if index.trained.neighbours is not None and index.encoder is not None:
        # Of a very long text its beginning and end.
        cut = [text if len(text) <= 2 * KEPT_END else f"{text[:KEPT_END]} {text[-KEPT_END:]}" for text in texts]
        vectors = list(index.encoder.encode(cut))
    return [_measure(text, vector, index) for text, vector in zip(texts, vectors, strict=True)]


def _measure(text: str, vector: Floats | None, index: Index) -> Signals:
    trained = index.trained
    pieces = pieces_of(text, trained.spellings)
    words = log_softmax(trained.lexical.scores(pieces))
    texts = centred(trained.texts.scores(pieces), trained.covered)
    known = trained.lexical.known_share(pieces)
    if trained.neighbours is None or vector is None:
        return Signals(np.exp(log_softmax(words + np.float32(TEXT_SHARE) * texts)), np.zeros_like(words), known)
    fitting = words + texts
    promising = np.argsort(-fitting)[:PROMISING] if len(words) > PROMISING else range(len(words))
    closeness, nearest = trained.neighbours.scores(trained.neighbours.place(vector), [int(label) for label in promising])
    return Signals(join(words, texts, closeness), nearest, known)


def join(words: Floats, texts: Floats, closeness: Floats) -> Floats:
    """The probabilities that all models together give."""
    total = log_softmax(closeness) + np.float32(LEXICAL_SHARE) * words + np.float32(TEXT_SHARE) * texts
    joint: Floats = np.exp(log_softmax(total))
    return joint


def centred(texts: Floats, covered: int) -> Floats:
    """Scores of the pages' texts around their mean; topics that are not covered have no texts and get none."""
    result = np.zeros_like(texts)
    result[:covered] = texts[:covered] - texts[:covered].mean()
    return result


def judge(signals: Signals, index: Index) -> Ranking:
    """The ranking that the signals amount to."""
    trained = index.trained
    calibration = WITH_VECTORS if trained.neighbours is not None else WITHOUT_VECTORS
    pages = signals.probabilities[: trained.covered]
    outside = signals.probabilities[trained.covered :]
    order = np.argsort(-pages)[:SHOWN]
    covered = _weigh(calibration.covered, features(signals, trained.covered))
    lead = float(pages[order[0]]) / max(float(pages.sum()), 1e-9)
    right = _weigh(calibration.right, (covered, log_odds(lead)))
    topic = int(np.argmax(outside)) if len(outside) else None
    return Ranking(
        tuple(Candidate(trained.labels[label], float(pages[label])) for label in order),
        _probability(right),
        _sureness(_probability(covered), calibration),
        trained.labels[trained.covered + topic].removeprefix(OUTSIDE) if topic is not None else None,
        float(outside[topic]) if topic is not None else 0.0,
    )


def features(signals: Signals, covered: int) -> tuple[float, float, float, float]:
    """What tells a covered question from another: log-odds of all pages together, how the best one stands against the
    best outside topic, its nearest example's cosine, and the share of known pieces."""
    pages, outside = signals.probabilities[:covered], signals.probabilities[covered:]
    best = int(pages.argmax())
    against = float(outside.max()) if len(outside) else 0.0
    return (
        log_odds(float(pages.sum())),
        max(-8.0, min(8.0, math.log((float(pages[best]) + 1e-6) / (against + 1e-6)))),
        float(signals.nearest[best]),
        signals.known,
    )


def _weigh(weights: tuple[float, ...], values: Sequence[float]) -> float:
    """Log-odds by a logistic model, its intercept first."""
    return weights[0] + sum(weight * value for weight, value in zip(weights[1:], values, strict=True))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def log_odds(share: float) -> float:
    """Of a probability, kept within what the models can tell."""
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def _sureness(covered: float, calibration: Calibration) -> Sureness:
    if covered >= calibration.sure:
        return "sure"
    return "near" if covered >= calibration.near else "unknown"
