"""Values of results in the reader's words, and as they stand in the report for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.checks.files import check_files
from bot.checks.render import metric_line, shown, to_json, to_text
from bot.reports import account_health
from bot.reports.samples import SAMPLE_DAY, sample_folder
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language

ACCOUNT, STRANDED = sample_folder() / "account-health.json", sample_folder() / "stranded-inventory.txt"
REASONS = """B2B restricted; Blocked listing; Dangerous goods (in review); Dangerous goods (upload documents and wait for review);
Deleted listing; Discontinued listing; Expired product; Food safety investigation; Future listing sell date; Inventory under review;
Item discontinued; Item merged; Item restricted; Listing closed; Listing error; Miscategorized ASIN; Missing price; Missing SKU;
Packaging issue; Review for quality issues; Potential logo misuse; Potential high pricing error; Potential low pricing error;
Potential trademark misuse (self-reinstate); Product recall; Product safety investigation; Product update required;
Qualification required (brand); Qualification required (category); Qualification required (item); Restricted ASIN;
Restricted product ASIN; Restricted program; Seller-fulfilled; Seller-fulfilled (DG info required); Trademark misuse;
Unexpected inventory received; Merchant fulfilled; Merchant fulfilled (including dangerous goods information required);
Listing closed and inventory error"""


def test_people_read_titles_of_metrics_and_programs_their_ids(book: Rulebook) -> None:
    checked = check_files([ACCOUNT], book, SAMPLE_DAY)
    for language in ("en", "zh"):
        lines = [metric_line(metric, book, language) for metric in checked.metrics]
        assert not any(re.match("[a-z]+-", line) for line in lines), lines
    assert "取消率 (US)：3.12 %" in to_text(checked, book, "zh", lambda text, _: text)
    assert {"cancellation-rate", "account-status"} <= {one["id"] for one in to_json(checked, book, "zh")["metrics"]}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_metric_that_the_reader_knows_has_a_title(language: Language, book: Rulebook) -> None:
    known = {metric for metric, *_ in account_health._RATES.values()} - {"order-defect-rate"}
    known |= {metric for metric, _ in account_health._V1_RATES.values()} | set(account_health._V1_REPLIES.values())
    known |= {"order-defect-rate-afn", "order-defect-rate-mfn", "account-status", "account-health-rating"}
    assert [metric for metric in known if shown("metric", metric, book, language) == metric] == []
    assert shown("metric", "something-new", book, language) == "something-new"


@pytest.mark.parametrize("reason", [part.strip() for part in REASONS.replace("\n", " ").split(";")])
def test_every_reason_of_the_help_page_is_said_in_chinese(reason: str, book: Rulebook) -> None:
    assert re.search("[\u4e00-\u9fff]", shown("reason", reason, book, "zh"))
    assert re.search("[\u4e00-\u9fff]", shown("reason", reason.upper(), book, "zh"))
    assert shown("reason", reason, book, "en") == reason


def test_a_reason_that_nobody_knows_stays_as_it_is(book: Rulebook) -> None:
    assert shown("reason", "Listings of another kind", book, "zh") == "Listings of another kind"


def test_groups_for_programs_keep_the_words_of_the_report(book: Rulebook, tmp_path: Path) -> None:
    checked = check_files([STRANDED], book, SAMPLE_DAY)
    chinese, english = (to_json(checked, book, language) for language in ("zh", "en"))
    by_cause = [next(one for one in said["findings"] if one["check"] == "stranded-by-cause") for said in (chinese, english)]
    assert by_cause[0]["groups"] == by_cause[1]["groups"]
    assert by_cause[0]["rows"] == by_cause[1]["rows"]
    assert {"Listing closed", "Missing price"} <= {group["name"] for group in by_cause[0]["groups"]}
    assert "商品已关闭" in to_text(checked, book, "zh", lambda text, _: text)
    assert "商品" not in json.dumps(by_cause[0]["groups"], ensure_ascii=False)
