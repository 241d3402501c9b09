"""The bundled samples and what must be found in them, to the unit and the cent."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from bot.checks.files import check_files
from bot.checks.results import Checked
from bot.reports.samples import SAMPLE_DAY, sample_files, sample_folder
from bot.rulebook.book import Rulebook
from bot.rulebook.check_models import Check, ReportedMetrics


@pytest.fixture(scope="module")
def checked(book: Rulebook) -> Checked:
    return check_files(sample_files(), book, SAMPLE_DAY)


EXPECTED = {
    # check: (count, units, money)
    "stranded-by-cause": (11, 397, "6406.79"),
    "stranded-over-14-days": (5, 250, "3343.68"),
    "stranded-over-30-days": (2, 48, "981.00"),
    "stranded-removal-due": (2, 82, "808.68"),
    "stranded-removal-past": (1, 18, "441.00"),
    "stranded-no-removal-date": (1, 12, "384.00"),
    "stranded-switched-to-fbm": (2, 49, "1719.75"),
    "stranded-found-skus": (1, 7, "59.43"),
    "labels-manufacturer-barcode": (1, 112, "1118.88"),
    "labels-fnsku-missing": (1, 20, "169.80"),
    "labels-fnsku-malformed": (1, 62, "1333.00"),
    "labels-fnsku-shared": (2, 122, "1407.20"),
    "labels-seller-must-apply": (2, 108, None),
    "inbound-case-pack-mismatch": (1, 48, None),
    "listing-missing-price": (1, 0, None),
    "listing-fba-with-quantity": (1, 30, "645.00"),
    "upload-switches-fba-to-fbm": (2, 31, "620.00"),
    "upload-zero-price": (1, 0, None),
    "upload-unknown-sku": (1, None, None),
    "upload-missing-required": (1, None, None),
    "orders-past-ship-by": (2, 3, None),
    "orders-due-soon": (6, 7, None),
    "tracking-missing": (2, None, None),
    "tracking-malformed": (2, None, None),
    "returns-by-sku": (10, 32, None),
    "returns-fbm-pending": (2, 2, None),
    "returns-owed-not-reimbursed": (3, 4, None),
    "removals-stuck": (2, 24, None),
    "removals-do-not-add-up": (1, 30, None),
    "parts-unmapped": (1, None, None),
    "parts-out-of-stock": (1, None, None),
    "parts-below-reorder": (1, None, None),
    "parts-products-blocked": (2, None, None),
    "dropship-losing": (0, None, None),
    "dropship-missing-cost": (1, None, None),
    "dropship-supplier-out-of-stock": (1, None, None),
    "messages-late": (2, None, None),
}


@pytest.mark.parametrize("check", EXPECTED)
def test_a_sample_gives_exactly_these_numbers(check: str, checked: Checked) -> None:
    count, units, money = EXPECTED[check]
    finding = checked.finding(check)
    if finding is None:
        assert count == 0
        return
    amount = sum((amount.amount for amount in finding.money), Decimal(0)) if finding.money else None
    assert (finding.count, finding.units, amount) == (count, units, Decimal(money) if money else None)


@pytest.mark.parametrize(
    ("metric", "numerator", "denominator", "headroom"),
    [
        ("late-shipment-rate-10d", 3, 50, -2),
        ("late-shipment-rate-30d", 5, 164, 1),
        ("tracking-missing-or-malformed-share", 4, 160, None),
        ("response-within-24h-share", 2, 4, None),
        ("valid-tracking-rate", 391, 398, 12),
        ("order-defect-rate-afn", 6, 2210, 16),
    ],
)
def test_a_metric_is_exact(metric: str, numerator: int, denominator: int, headroom: int | None, checked: Checked) -> None:
    measured = checked.metric(metric)
    assert measured is not None
    assert (measured.numerator, measured.denominator) == (numerator, denominator)
    assert measured.headroom == headroom
    if not isinstance(measured.test, ReportedMetrics):
        assert measured.value == Fraction(numerator, denominator)


def test_stranded_numbers_agree_with_a_plain_count_by_hand(checked: Checked) -> None:
    text = (sample_folder() / "stranded-inventory.txt").read_text(encoding="cp1252")
    rows = list(csv.DictReader(dict.fromkeys(text.splitlines()), delimiter="\t", quoting=csv.QUOTE_NONE))
    late = [row for row in rows if (SAMPLE_DAY - date.fromisoformat(row["date-stranded"][:10])).days >= 15]
    finding = checked.finding("stranded-over-14-days")
    assert finding is not None
    assert sorted(finding.column("sku")) == sorted(row["sku"] for row in late)
    assert finding.units == sum(int(row["fulfillable-qty"]) for row in late)


def test_every_sample_is_recognised_and_no_line_is_refused_but_totals(checked: Checked) -> None:
    for report in checked.reports:
        assert report.format is not None
        assert {row.reason.name for row in report.rejected} <= {"row_total"}


def test_each_sample_alone_is_readable(book: Rulebook) -> None:
    for path in sample_files():
        [report] = check_files([path], book, SAMPLE_DAY).reports
        assert report.format is not None, path


def test_findings_name_pages_and_advice_in_both_languages(checked: Checked, book: Rulebook) -> None:
    for finding in checked.findings:
        assert finding.check.rule in book.pages
        assert finding.check.advice.en != finding.check.advice.zh


def test_every_stable_check_exists(book: Rulebook) -> None:
    assert set(EXPECTED) <= {check.id for check in book.checks.values() if isinstance(check, Check)}


def test_causes_lead_to_pages_that_exist(checked: Checked, book: Rulebook) -> None:
    finding = checked.finding("stranded-by-cause")
    assert finding is not None
    assert set(finding.column("page")) <= set(book.pages)


def test_samples_are_beside_the_program() -> None:
    assert Path(sample_folder()).is_dir()
