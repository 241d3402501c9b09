"""`sellerbot check` and `sellerbot template`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.checks.files import check_files
from bot.reports.samples import SAMPLE_DAY, sample_folder
from bot.reports.template import write_template
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language


def sellerbot(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, encoding="utf-8")


def as_json(*arguments: str) -> dict[str, Any]:
    done = sellerbot("check", "--json", *arguments)
    assert done.stderr == ""
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_json_has_everything_a_program_needs() -> None:
    path = str(sample_folder() / "stranded-inventory.txt")
    said = as_json(path, "--today", "2026-11-22")
    [report] = said["reports"]
    assert report == {
        "file": path,
        "type": "stranded-inventory",
        "rows": 11,
        "rejected": [],
        "duplicates": 1,
        "encoding": "utf-8",
        "delimiter": "\t",
        "notes": [],
    }
    due = next(finding for finding in said["findings"] if finding["check"] == "stranded-removal-due")
    assert {key: due[key] for key in ("severity", "report", "count", "units", "money", "rule")} == {
        "severity": "urgent",
        "report": "stranded-inventory",
        "count": 2,
        "units": 82,
        "money": [{"currency": None, "amount": 808.68}],
        "rule": "stranded.stop-removal",
    }
    assert {row["sku"] for row in due["rows"]} == {"CABLE-2M", "Amazon.Found.B0HOOK6PCK"}
    assert due["rows"][0]["removal-date"].startswith("2026-11-2")
    assert due["groups"][0].keys() >= {"name", "count", "units", "money"}


def test_metrics_name_window_target_and_headroom() -> None:
    files = [str(sample_folder() / name) for name in ("new-orders.txt", "shipping-confirmation.txt")]
    said = as_json(*files, "--today", "2026-11-22")
    rate = next(metric for metric in said["metrics"] if metric["id"] == "late-shipment-rate-10d")
    assert rate["window"] == {"from": "2026-11-13", "to": "2026-11-22"}
    assert (rate["target"], rate["status"]) == (0.04, "bad")
    assert rate["value"] == pytest.approx(rate["numerator"] / rate["denominator"])
    assert {gap["metric"] for gap in said["not_computable"]} >= {"valid-tracking-rate", "on-time-delivery-rate"}
    assert all(gap["why"] and gap["needs"] for gap in said["not_computable"])


@pytest.mark.parametrize(("lang", "words"), [("en", "web page"), ("zh", "网页")])
def test_no_readable_file_ends_with_2_and_a_line_in_the_users_language(lang: str, words: str, tmp_path: Path) -> None:
    page = tmp_path / "report.csv"
    page.write_text("<html><body>Sign in</body></html>")
    done = sellerbot("check", str(page), str(tmp_path / "missing.csv"), "--json", "--lang", lang)
    assert done.returncode == 2
    first, second = json.loads(done.stdout)["reports"]
    assert first["type"] is None
    assert words in first["reason"]
    assert second["type"] is None
    assert "Traceback" not in done.stderr


def test_exit_codes(tmp_path: Path) -> None:
    calm = tmp_path / "calm.csv"
    calm.write_text("sku,price,quantity\nA,5,1\n")
    assert sellerbot("check", str(calm)).returncode == 0
    assert sellerbot("check", str(sample_folder() / "stranded-inventory.txt"), "--today", "2026-11-22").returncode == 1
    assert sellerbot("check").returncode == 2
    assert sellerbot("check", str(calm), "--as", "nonsense").returncode == 2


def test_the_bundled_samples_are_checked_in_both_languages() -> None:
    english, chinese = sellerbot("check", "--sample"), sellerbot("check", "--sample", "--lang", "zh")
    assert english.returncode == chinese.returncode == 1
    assert "Automatic removal within 7 days: 2" in english.stdout
    assert "7 天内将被自动移除：2" in chinese.stdout


def test_a_table_that_is_nothing_known_can_be_explained(tmp_path: Path) -> None:
    path = tmp_path / "lager.csv"
    path.write_text("Artikel,Teil,Bestand\nL1,P1,0\n")
    options = ["--column", "Artikel=product-sku", "--column", "Teil=part-sku", "--column", "Bestand=stock"]
    said = as_json(str(path), "--as", "parts-map", *options)
    assert said["reports"][0]["type"] == "parts-map"
    assert {finding["check"] for finding in said["findings"]} >= {"parts-out-of-stock"}


@pytest.mark.parametrize(
    "name", ["parts-map", "dropship-costs", "buyer-messages", "supplier-list", "expiry-dates", "own-stock"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_template_is_read_as_what_it_is_for(
    name: str, language: Language, ending: str, book: Rulebook, tmp_path: Path
) -> None:
    path = tmp_path / f"t.{ending}"
    write_template(book.reports[name], path, language)
    [report] = check_files([path], book, SAMPLE_DAY).reports
    assert (report.format, report.rows) == (name, 1)
    with pytest.raises(FileExistsError):
        write_template(book.reports[name], path, language)


def test_a_template_is_written_by_its_name(tmp_path: Path) -> None:
    assert sellerbot("template", "parts-map", folder=tmp_path).stdout.strip() == "parts-map.xlsx"
    done = sellerbot("template", "parts-map", folder=tmp_path)
    assert done.returncode == 1
    assert "exists already" in done.stderr


def test_templates_are_listed() -> None:
    assert "parts-map: Replacement-part map" in sellerbot("template").stdout


@pytest.mark.parametrize("name", ["report", "check"])
def test_schemas_are_printed(name: str) -> None:
    assert "signature" in sellerbot("schema", name).stdout or "needs" in sellerbot("schema", name).stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--column", "Teil"], "write it as HEADING=COLUMN"),
        (["--column", "Teil=part-sk"], "no report has a column part-sk; did you mean part-sku"),
        (["--as", "parts-map", "--column", "Teil=supplier"], "parts-map has no column supplier, only product-sku"),
        (["--as", "parts-map", "--column", "Teile=part-sku"], "no file has the heading Teile; there are: Artikel, Teil"),
        (["--as", "parts-map", "--column", "Buyer name=part-name"], "Buyer name holds personal data in parts-map"),
        (["--as", "parts-map", "--column", "Artikel=part-sku", "--column", "Teil=part-sku"], "is part-sku already"),
    ],
)
def test_what_is_said_of_a_column_and_can_not_be_is_an_error(options: list[str], words: str, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("Artikel;Teil;Bestand;Buyer name\nL1;P1;0;Joe\n")
    done = sellerbot("check", str(own), *options)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Joe" not in done.stderr + done.stdout
