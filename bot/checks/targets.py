"""How far a rate is from its target, in whole cases. Exact: shares are fractions, never floats."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

Comparison = Literal["below", "at_least"]


def is_met(value: Fraction, target: Fraction, comparison: Comparison) -> bool:
    """``below``: exactly the target is a miss; ``at_least``: exactly the target is met."""
    return value < target if comparison == "below" else value >= target


def headroom(numerator: Fraction, denominator: Fraction, target: Fraction, comparison: Comparison) -> int:
    """How many more bad cases among as many cases are allowed; negative: how many are too many.

    ``below`` counts bad cases in the numerator (late orders), ``at_least`` good ones (valid trackings).
    """
    if comparison == "below":
        return math.ceil(target * denominator) - 1 - math.ceil(numerator)
    return math.floor((1 - target) * denominator) - math.ceil(denominator - numerator)


def recovery(numerator: Fraction, denominator: Fraction, target: Fraction, comparison: Comparison) -> int | None:
    """How many more good cases in a row bring a missed target back; None where no number does."""
    if comparison == "below":
        if target <= 0:
            return None
        return max(0, math.floor(numerator / target) + 1 - int(denominator))
    if target >= 1:
        return None
    return max(0, math.ceil((target * denominator - numerator) / (1 - target)))
