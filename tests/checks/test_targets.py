"""Headroom and recovery in whole cases, at the edges of the target."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bot.checks.targets import Comparison, headroom, is_met, recovery

FOUR = Fraction(4, 100)
NINETY_FIVE = Fraction(95, 100)


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "comparison", "met", "room", "back"),
    [
        (12, 300, FOUR, "below", False, -1, 1),
        (11, 300, FOUR, "below", True, 0, 0),
        (6, 100, FOUR, "below", False, -3, 51),
        (0, 10, FOUR, "below", True, 0, 0),
        (190, 200, NINETY_FIVE, "at_least", True, 0, 0),
        (189, 200, NINETY_FIVE, "at_least", False, -1, 20),
        (200, 200, NINETY_FIVE, "at_least", True, 10, 0),
    ],
)
def test_cases_around_the_target(
    numerator: int, denominator: int, target: Fraction, comparison: Comparison, met: bool, room: int, back: int
) -> None:
    top, bottom = Fraction(numerator), Fraction(denominator)
    assert is_met(top / bottom, target, comparison) == met
    assert headroom(top, bottom, target, comparison) == room
    assert recovery(top, bottom, target, comparison) == back


@pytest.mark.parametrize("comparison", ["below", "at_least"])
def test_using_up_the_headroom_still_meets_the_target_and_one_more_misses_it(comparison: Comparison) -> None:
    target = FOUR if comparison == "below" else NINETY_FIVE
    for denominator in range(1, 400):
        good = Fraction(denominator) if comparison == "at_least" else Fraction(0)
        room = headroom(good, Fraction(denominator), target, comparison)
        step = 1 if comparison == "below" else -1
        assert room < 0 or is_met((good + step * room) / denominator, target, comparison)
        assert not is_met((good + step * (room + 1)) / denominator, target, comparison)
