"""`python -m benchmarks.calibrate`: fits the constants of sureness anew and prints them for bot/understanding/ranking.py.

To be run when the content has grown a lot. Fitted on the labelled questions that are asked in one message; a question
counts as covered if its label says so, and its answer as right as `make bench` judges it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.evaluation import Item, ask_desk, items, judge
from bot.compiled import Workshop
from bot.desk import Desk
from bot.encoder import find_encoder
from bot.library import Library
from bot.settings import Settings
from bot.understanding import ranking
from bot.understanding.index import Index
from bot.understanding.ranking import Signals, features, log_odds
from bot.understanding.read import read

ANSWERED_OUTSIDE = 0.05
"""Share of the questions outside that may be answered all the same; it decides from where an answer is given."""
OFFERED_OUTSIDE = 0.25
"""Share of the questions outside for which pages may be offered instead of a plain "not covered"."""


def main() -> None:
    settings = Settings()
    for name, encoder in (("WITH_VECTORS", find_encoder(settings.cache)), ("WITHOUT_VECTORS", None)):
        library = Library(settings.content, Workshop(settings.cache, encoder), interval=3600)
        print(f"{name} = {_fit(library)}")


def _fit(library: Library) -> ranking.Calibration:
    index = library.current()
    chosen = [item for item in items() if len(item.turns) == 1]
    signals = [_signals(item, index) for item in chosen]
    rows = np.array([features(one, index.trained.covered) for one in signals])
    inside = np.array([item.kind != "unknown" for item in chosen])
    covered = LogisticRegression(class_weight="balanced").fit(rows, inside)
    odds = covered.decision_function(rows)
    outside = 1 / (1 + np.exp(-odds[~inside]))
    leads = [
        float(one.probabilities[: index.trained.covered].max() / one.probabilities[: index.trained.covered].sum())
        for one in signals
    ]
    ask = ask_desk(Desk(library))
    answered = np.array([item.kind == "answer" for item in chosen])
    verdicts = np.array([judge(item, *ask(item)) for item, wanted in zip(chosen, answered, strict=True) if wanted])
    both = np.column_stack([odds, [log_odds(lead) for lead in leads]])[answered]
    right = LogisticRegression().fit(both, verdicts)
    return ranking.Calibration(
        _constants([covered.intercept_[0], *covered.coef_[0]]),
        _constants([right.intercept_[0], *right.coef_[0]]),
        round(float(np.quantile(outside, 1 - ANSWERED_OUTSIDE)), 3),
        round(float(np.quantile(outside, 1 - OFFERED_OUTSIDE)), 3),
    )


def _signals(item: Item, index: Index) -> Signals:
    """What the models say of a question, everything weighed in that `rank` weighs."""
    heard: list[Signals] = []
    original = ranking.judge

    def overhear(signals: Signals, inner: Index) -> ranking.Ranking:
        heard.append(signals)
        return original(signals, inner)

    ranking.judge = overhear
    try:
        read(item.turns[0], index, item.today)
    finally:
        ranking.judge = original
    return heard[-1]


def _constants(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)


if __name__ == "__main__":
    main()
