"""Buyers' names, addresses, phones and mails never leave the reader: not into tables, stored rows, answers or errors."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from bot.checks.files import check_files
from bot.checks.render import to_json, to_text
from bot.reports.read import Reader
from bot.reports.samples import SAMPLE_DAY, sample_folder
from bot.reports.stored import store
from bot.reports.workspace import Workspace
from bot.rulebook.book import Rulebook

PLANTED = ("Wilhelmina Quux", "17 Zyzzyva Lane", "Xanaduville", "+1-555-0199-77", "quux@mail.example", "ZQ1 7XX")
FILES = {
    "unshipped": "order-id\torder-item-id\tpromise-date\tdays-past-promise\tsku\tquantity-to-ship\tbuyer-email\tbuyer-phone-number\t"
    "buyer-name\trecipient-name\tship-address-1\tship-city\tship-postal-code\n"
    "1\t2\t2026-11-01T07:59:59+00:00\t4\tA\t1\t{4}\t{3}\t{0}\t{0}\t{1}\t{2}\t{5}\n"
    "{0}\t{1}\n",
    "new orders": "order-id\tlatest-ship-date\tsku\tbuyer-email\tbuyer-name\trecipient-name\tship-address-1\tship-city\tship-postal-code\n"
    "1\t2026-11-01T07:59:59+00:00\tA\t{4}\t{0}\t{0}\t{1}\t{2}\t{5}\n",
    "confirmation": "order-id\tship-date\tcarrier-code\ttracking-number\tship_from_address_name\tship_from_address_line1\tship_from_address_city\n"
    "1\t2026-11-01\tUPS\t\t{0}\t{1}\t{2}\n",
    "all orders": "amazon-order-id\titem-status\tfulfillment-channel\tsku\tship-city\tship-postal-code\n1\tShipped\tMerchant\tA\t{2}\t{5}\n",
    "returns": "return-date\torder-id\tsku\tdetailed-disposition\tlicense-plate-number\tcustomer-comments\n"
    "2026-11-01\t1\tA\tDAMAGED\tL\tcall {0} at {3}, {1}\n",
    "messages": "order id\treceived\treplied\tbuyer name\temail\tmessage\n1\t2026-11-01 10:00\t\t{0}\t{4}\tI live at {1}, {2}\n",
    "no header": "{0}\t{1}\t{2}\t{3}\t{4}\n{0}\t{1}\t{2}\t{3}\t{4}\n",
}


@pytest.mark.parametrize("name", FILES)
def test_planted_buyers_appear_nowhere(name: str, book: Rulebook, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "upload.txt"
    path.write_text(FILES[name].format(*PLANTED), encoding="utf-8")
    kept = b""
    with Workspace() as space:
        reports = Reader(book.content.reports).read(path, space)
        for report in reports:
            if report.table:
                kept += repr(space.query(f"SELECT * FROM {report.table}")).encode()
                stored = store(report, space)
                kept += stored.rows + json.dumps(stored.description, ensure_ascii=False).encode()
    checked = check_files([path], book, SAMPLE_DAY)
    said = json.dumps(to_json(checked, book, "en"), ensure_ascii=False)
    said += to_text(checked, book, "zh", lambda text, _style: text) + caplog.text
    for planted in PLANTED:
        assert planted.encode() not in kept
        assert planted not in said


def test_no_order_format_keeps_a_personal_column(book: Rulebook) -> None:
    telling = ("buyer", "recipient", "address", "phone", "email", "e-mail", "postal", "city", "comment")
    for report in book.content.reports:
        for column in report.kept:
            assert not any(word in column.name for word in telling), f"{report.id} keeps {column.name}"


def test_nothing_is_left_on_disk(book: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    check_files([sample_folder() / "unshipped-orders.txt"], book, SAMPLE_DAY)
    assert list(scratch.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone, running = tmp_path / "sellerbot-4194304-x", tmp_path / f"sellerbot-{os.getpid()}-x"
    for folder in (gone, running):
        folder.mkdir()
        os.utime(folder, (0, 0))
    with Workspace():
        pass
    assert [folder.name for folder in tmp_path.iterdir()] == [running.name]
