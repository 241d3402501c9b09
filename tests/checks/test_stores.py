"""Stores are named as people name them, not by Amazon's ids."""

from __future__ import annotations

from datetime import date

from bot.checks.files import check_files
from bot.checks.render import metric_line
from bot.desk import Desk
from bot.reports.samples import sample_folder


def test_a_store_is_named_as_people_name_it(desk: Desk) -> None:
    checked = check_files([sample_folder() / "account-health.json"], desk.book, date(2026, 11, 29))
    lines = [metric_line(metric, desk.book, "en") for metric in checked.metrics]
    assert any(line.startswith("Late shipment rate (US): 3.16 %") for line in lines)
    assert not any("ATVPDKIKX0DER" in line for line in lines)
