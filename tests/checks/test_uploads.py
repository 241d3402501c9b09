"""Kept uploads: read again as they were, compared with the one before, and asked about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.checks.changes import cases_of, changes
from bot.checks.engine import check
from bot.checks.files import check_files
from bot.checks.questions import about_code, check_stored, suitable
from bot.data_questions import data_question
from bot.reports.read import Reader
from bot.reports.samples import SAMPLE_DAY, sample_folder
from bot.reports.stored import StoredReport, store
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook

STRANDED = sample_folder() / "stranded-inventory.txt"


def kept(path: Path, book: Rulebook) -> StoredReport:
    with Workspace() as space:
        [report] = Reader(book.content.reports).read(path, space)
        stored = store(report, space)
    # The description goes through JSON in the store.
    return StoredReport(json.loads(json.dumps(stored.description)), stored.rows)


def test_a_kept_upload_gives_the_same_findings_as_the_file(book: Rulebook) -> None:
    fresh = check_files([STRANDED], book, SAMPLE_DAY)
    again = check_stored([kept(STRANDED, book)], book, SAMPLE_DAY)
    assert [(f.check.id, f.count, f.units, f.money, f.rows) for f in again.findings] == [
        (f.check.id, f.count, f.units, f.money, f.rows) for f in fresh.findings
    ]
    assert again.reports[0].notes == fresh.reports[0].notes


def test_the_next_upload_shows_new_solved_and_worse(book: Rulebook, tmp_path: Path) -> None:
    text = STRANDED.read_text(encoding="cp1252")
    lines = text.splitlines()
    later = [line for line in lines if "PUZZLE-500" not in line]
    later = [line.replace("\tAmazon\t18\t", "\tAmazon\t28\t") for line in later]
    later.append(lines[4].replace("LAMP-BED-03", "LAMP-NEW-09"))
    path = tmp_path / "later.txt"
    path.write_text("\n".join(later), encoding="cp1252")
    before = cases_of(check_files([STRANDED], book, SAMPLE_DAY))
    after = cases_of(check_files([path], book, SAMPLE_DAY))
    change = changes(json.loads(json.dumps(before)), after)["stranded-over-30-days"]
    assert (change.new, change.solved, change.worse, change.same) == (("LAMP-NEW-09",), ("PUZZLE-500",), ("LAMP-BED-03",), 0)


def test_checks_that_describe_have_no_cases(book: Rulebook) -> None:
    assert "stranded-by-cause" not in cases_of(check_files([STRANDED], book, SAMPLE_DAY))


@pytest.mark.parametrize(
    ("question", "test"),
    [
        ("which SKUs get auto-removed this week?", "stranded-by-cause"),
        ("本周哪些sku会被自动移除？", "stranded-by-cause"),
        ("我的迟发率多少", "late-shipment-rate-30d"),
        ("how many more late orders can I afford", "late-shipment-rate-30d"),
        ("哪些 SKU 需要贴标？", "labels-manufacturer-barcode"),
        ("which orders are overdue", "orders-past-ship-by"),
    ],
)
def test_questions_lead_to_their_test(question: str, test: str, book: Rulebook) -> None:
    asked = data_question(question, None, book, SAMPLE_DAY)
    assert asked is not None
    assert asked.tests[0] == test


def test_the_newest_suitable_uploads_are_chosen(book: Rulebook) -> None:
    rate = book.checks["late-shipment-rate-30d"]
    newest_first = ["all-orders", "shipping-confirmation", "unshipped-orders", "shipping-confirmation"]
    assert suitable(rate, newest_first) == (2, 1)
    assert suitable(rate, ["all-orders"]) is None


def test_why_a_sku_is_stranded(book: Rulebook) -> None:
    checked = check_files([STRANDED], book, SAMPLE_DAY)
    found = {finding.check.id: rows for finding, rows in about_code(checked, "lamp-bed-03", book)}
    assert found["stranded-by-cause"][0]["reason"] == "Restricted product ASIN"
    assert "stranded-removal-past" in found


def test_checks_are_closed_to_files_and_network(book: Rulebook, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with Workspace() as space:
        check(space, [], book, SAMPLE_DAY)
        for sql in (
            f"SELECT * FROM read_csv('{secret}')",  # noqa: S608 - a path of this test
            f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
            "INSTALL httpfs",
            "SET enable_external_access=true",
        ):
            with pytest.raises(Exception, match=r"(?i)disabled|locked|permission|cannot"):
                space.run(sql)
    assert not (tmp_path / "out.csv").exists()
