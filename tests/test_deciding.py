"""Decisions: the first case that holds, assumptions named, and only questions that can change the outcome."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deciding.deadlines import BadDeadline, count_from, is_business_day
from bot.deciding.decide import Ask, Known, Outcome, decide
from bot.deciding.formulas import BadFormula, work_out
from bot.rulebook.book import Rulebook
from bot.rulebook.models import DecisionPage
from bot.rulebook.parsing import parse_value
from bot.rulebook.values import Money, Period

TODAY = date(2026, 11, 22)


def result(book: Rulebook, page: str = "kites.may-i-fly", day: date = TODAY, **facts: str) -> Outcome | Ask:
    rule = book.pages[page]
    assert isinstance(rule, DecisionPage)
    known = {name: Known(parse_value(book.facts[name], text, book), "said") for name, text in facts.items()}
    outcome = decide(rule, known, day, book)
    assert isinstance(outcome, (Outcome, Ask))
    return outcome


def case(outcome: Outcome | Ask) -> str:
    return outcome.case.id if isinstance(outcome, Outcome) else f"ask:{outcome.fact}"


def test_a_missing_fact_that_matters_is_asked_for_with_what_it_leads_to(shop_book: Rulebook) -> None:
    asked = result(shop_book)
    assert isinstance(asked, Ask)
    assert asked.fact == "pilot"
    assert {branch.values: branch.cases[0].id for branch in asked.branches} == {
        ("adult",): "allowed",
        ("child",): "with_parent",
    }


def test_a_missing_fact_that_changes_nothing_is_not_asked_for(shop_book: Rulebook) -> None:
    assert case(result(shop_book, windy="yes")) == "too_windy"


def test_assumptions_are_named_as_such(shop_book: Rulebook) -> None:
    outcome = result(shop_book, pilot="adult")
    assert isinstance(outcome, Outcome)
    assert {fact: known.origin for fact, known in outcome.facts.items()} == {"windy": "assumed", "pilot": "said"}


@pytest.mark.parametrize(
    ("day", "expected"), [("2019-12-31", "old_free"), ("2020-01-01", "allowed"), ("..2019-06-01", "old_free")]
)
def test_the_date_fact_picks_the_version(day: str, expected: str, shop_book: Rulebook) -> None:
    assert case(result(shop_book, pilot="adult", flight_day=day)) == expected


def test_a_stretch_across_the_change_is_asked_for_exactly(shop_book: Rulebook) -> None:
    assert case(result(shop_book, pilot="adult", flight_day="2019-12-01..2020-01-31")) == "ask:flight_day"


def test_the_day_asked_about_picks_the_version_without_a_date_fact(shop_book: Rulebook) -> None:
    assert case(result(shop_book, day=date(2018, 1, 1))) == "old_free"


def test_a_calculation_asks_for_its_inputs_and_shows_its_working(shop_book: Rulebook) -> None:
    assert case(result(shop_book, "kites.cost")) == "ask:kites"
    assert case(result(shop_book, "kites.cost", kites="3")) == "ask:price"
    outcome = result(shop_book, "kites.cost", kites="3", price="2.50 USD")
    assert isinstance(outcome, Outcome)
    assert outcome.computed[0].value == Money(Decimal("7.50"), "USD")
    assert outcome.computed[0].inputs == (("kites", Decimal(3)), ("price", Money(Decimal("2.50"), "USD")))


def test_amounts_in_two_currencies_need_an_exchange_rate(shop_book: Rulebook) -> None:
    two = {"kites": "3", "price": "2.50 USD", "postage": "14.20 CNY"}
    assert case(result(shop_book, "kites.cost-sent", **two)) == "ask:exchange_rate"
    outcome = result(shop_book, "kites.cost-sent", **two, exchange_rate="7.1")
    assert isinstance(outcome, Outcome)
    assert outcome.computed[0].value == Money(Decimal("9.50"), "USD")
    assert "exchange_rate" in outcome.facts
    same = result(shop_book, "kites.cost-sent", kites="3", price="2.50 USD", postage="0 CNY")
    assert case(same) == "total_cost"


MONEY = {"a": Money(Decimal("10.00"), "USD"), "b": Money(Decimal(3), "EUR"), "n": Decimal(4), "zero": Decimal(0)}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a * n", Money(Decimal("40.00"), "USD")),
        ("a / n - a", Money(Decimal("-7.500"), "USD")),
        ("a / a", Decimal(1)),
        ("round(n / 3, 2)", Decimal("1.33")),
        ("max(a, a * 2)", Money(Decimal("20.00"), "USD")),
        ("-(n) + 0.5", Decimal("-3.5")),
    ],
)
def test_formulas_keep_currencies(formula: str, value: object) -> None:
    assert work_out(formula, MONEY) == value


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("a + b", "mixes USD and EUR"),
        ("a + n", "adds an amount and a plain number"),
        ("a * a", "an amount by an amount"),
        ("n / zero", "divides by zero"),
        ("n / a", "divides a number by an amount"),
        ("n + x", "needs x, which is not known"),
        ("n ** 99", "Pow"),
        ("n.real", "Attribute"),
        ("open('x')", "may call only"),
        ("n if n else 2", "IfExp"),
        ("'a' * 3", "no number"),
        ("((", "is not a formula"),
    ],
)
def test_formulas_that_make_no_sense_are_refused(formula: str, message: str) -> None:
    with pytest.raises(BadFormula, match=message.replace("(", r"\(")):
        work_out(formula, MONEY)


@pytest.mark.parametrize(
    ("start", "plus", "unit", "calendar", "due"),
    [
        (date(2026, 11, 18), 5, "business_days", "US", date(2026, 11, 25)),
        (date(2026, 11, 20), 5, "business_days", "US", date(2026, 11, 30)),  # Thanksgiving lies between
        (date(2026, 12, 23), 2, "business_days", "DE", date(2026, 12, 28)),
        (date(2026, 11, 18), 30, "days", None, date(2026, 12, 18)),
        (date(2026, 1, 31), 1, "months", None, date(2026, 2, 28)),
        (date(2026, 11, 22), -2, "weeks", None, date(2026, 11, 8)),
    ],
)
def test_deadlines_are_counted(start: date, plus: int, unit: str, calendar: str | None, due: date) -> None:
    assert count_from(start, plus, unit, calendar) == due  # type: ignore[arg-type]


def test_a_country_has_its_own_weekend() -> None:
    assert not is_business_day(date(2026, 11, 20), "SA")  # a Friday
    assert is_business_day(date(2026, 11, 22), "SA")  # a Sunday


def test_absurd_deadlines_are_refused() -> None:
    with pytest.raises(BadDeadline):
        count_from(date(2026, 1, 1), 10**9, "days")
    with pytest.raises(BadDeadline, match="no holidays are known"):
        count_from(date(2026, 1, 1), 1, "business_days", "XX")


@given(st.integers(1, 200), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_business_days_end_on_one(plus: int, start: date) -> None:
    due = count_from(start, plus, "business_days", "US")
    assert is_business_day(due, "US")
    assert (due - start).days >= plus


@given(
    st.fixed_dictionaries(
        {}, optional={"pilot": st.sampled_from(["adult", "child"]), "windy": st.sampled_from(["yes", "no"])}
    )
)
def test_what_is_decided_holds_for_every_way_to_fill_the_open_facts(facts: dict[str, str]) -> None:
    from tests.shop_book import BOOK

    decided = result(BOOK, **facts)
    if isinstance(decided, Outcome):
        for pilot in ("adult", "child"):
            assert case(result(BOOK, **{"pilot": pilot, **facts})) == decided.case.id


def test_periods_must_not_end_before_they_start() -> None:
    with pytest.raises(ValueError, match="ends"):
        Period(date(2026, 2, 1), date(2026, 1, 1))
