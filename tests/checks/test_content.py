"""What lint says about checks and report formats that are wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.checks.validate import check_problems
from bot.lint import _heading_findings, _rhythm_findings
from bot.rulebook.book import Content, Rulebook
from bot.rulebook.check_models import AnyCheck
from bot.rulebook.loader import list_of
from bot.rulebook.report_models import ReportFormat

CHECK: dict[str, Any] = {
    "kind": "check",
    "id": "my-check",
    "title": {"en": "t", "zh": "题"},
    "needs": ["stranded-inventory"],
    "parameters": {"days": 7},
    "sql": "SELECT sku, fulfillable_qty FROM report WHERE $today::DATE - date_stranded::DATE > $days",
    "severity": "urgent",
    "units": "fulfillable_qty",
    "rule": "stranded.days-left",
    "advice": {"en": "a", "zh": "议"},
}


def problems(book: Rulebook, *entries: dict[str, Any]) -> list[tuple[str, str]]:
    checks = tuple(TypeAdapter(AnyCheck).validate_python(entry) for entry in entries)
    changed = Rulebook(Content(reports=book.content.reports, pages=book.content.pages, checks=checks), "digest")
    return [(problem.key, problem.message) for problem in check_problems(changed)]


def test_a_sound_check_has_no_problem(book: Rulebook) -> None:
    assert problems(book, CHECK) == []


def test_all_content_is_sound(book: Rulebook) -> None:
    assert list(check_problems(book)) == []
    assert list(_heading_findings(book)) == []


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"sql": "SELECT sku FROM report WHERE colour = $days"}, "sql", "colour"),
        ({"sql": "SELEC sku FROM report"}, "sql", "syntax"),
        ({"sql": "SELECT sku, fulfillable_qty FROM nowhere WHERE 1 > $days"}, "sql", "nowhere"),
        ({"sql": "SELECT sku, fulfillable_qty FROM report WHERE 1 > $weeks"}, "sql", "$weeks"),
        ({"sql": "SELECT sku, fulfillable_qty FROM report"}, "parameters.days", "not used"),
        ({"needs": ["nothing"]}, "needs", "no report nothing"),
        ({"rule": "stranded.nothing"}, "rule", "no page"),
        ({"units": "pieces"}, "units", "no column pieces"),
        ({"group": ["colour"]}, "group", "no column colour"),
        ({"columns": ["colour"]}, "columns", "no column colour"),
    ],
)
def test_a_wrong_check_is_named_with_its_key(change: dict[str, Any], key: str, words: str, book: Rulebook) -> None:
    assert any(key == found and words in message for found, message in problems(book, {**CHECK, **change}))


def test_a_query_can_not_read_files(book: Rulebook) -> None:
    [(key, message)] = problems(
        book, {**CHECK, "sql": "SELECT *, 1 AS fulfillable_qty FROM read_csv('/etc/passwd') WHERE 1 > $days"}
    )
    assert key == "sql"
    assert "disabled" in message


def test_views_that_build_on_each_other_are_named(book: Rulebook) -> None:
    one = {"kind": "view", "id": "one_view", "about": "a", "sql": "SELECT * FROM other_view"}
    other = {"kind": "view", "id": "other_view", "about": "a", "sql": "SELECT * FROM one_view"}
    found = problems(book, one, other, {**CHECK, "sql": "SELECT sku, 1 AS fulfillable_qty FROM one_view WHERE 1 > $days"})
    assert any("circle" in message for _, message in found)


@pytest.mark.parametrize("missing", ["title", "advice", "rule", "severity"])
def test_a_check_needs_its_texts_in_both_languages(missing: str) -> None:
    entry = {key: value for key, value in CHECK.items() if key != missing}
    with pytest.raises(ValidationError):
        TypeAdapter(AnyCheck).validate_python(entry)
    if missing in ("title", "advice"):
        with pytest.raises(ValidationError):
            TypeAdapter(AnyCheck).validate_python({**CHECK, missing: {"en": "only"}})


FORMAT: dict[str, Any] = {
    "id": "my-report",
    "title": {"en": "t", "zh": "题"},
    "kind": "events",
    "signature": ["sku"],
    "key": ["sku"],
    "columns": [{"name": "sku", "type": "id"}, {"name": "note", "also": ["remark"]}],
    "where": {"en": "w", "zh": "处"},
    "fresh_days": 3,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signature": ["colour"]}, "colour is no column"),
        ({"key": ["colour"]}, "colour is no column"),
        ({"columns": [*FORMAT["columns"], {"name": "sku"}]}, "listed twice"),
    ],
)
def test_a_format_must_fit_together(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ReportFormat.model_validate({**FORMAT, **change})


def test_a_format_that_keeps_a_personal_column_is_refused() -> None:
    report = ReportFormat.model_validate({**FORMAT, "dropped": ["Remark"]})
    [(_, message)] = _heading_findings(Rulebook(Content(reports=(report,)), "digest"))
    assert "personal" in message


def test_checks_and_reports_stand_where_the_loader_looks() -> None:
    assert list_of("rules/stranded/checks.yaml") == "checks"
    assert list_of("rules/stranded/checks-listings.yaml") == "checks"
    assert list_of("rules/stranded/days-left.yaml") is None
    assert list_of("knowledge/reports/fba.yaml") == "reports"
    assert list_of("knowledge/checks.yaml") is None


DUE: dict[str, Any] = {
    "kind": "due-dates",
    "id": "my-dates",
    "title": {"en": "t", "zh": "题"},
    "needs": ["stranded-inventory"],
    "sql": "SELECT sku, removal_date FROM report",
    "due": "removal_date",
    "severity": "urgent",
    "rule": "stranded.stop-removal",
}


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"due": "removal_day"}, "due", "no column removal_day; it gives sku, removal_date"),
        ({"sql": "SELECT sku, fulfillable_qty AS removal_date FROM report"}, "due", "removal_date is no day but BIGINT"),
        ({"key": ["order_id"]}, "key", "no column order_id"),
        ({"rule": "stranded.nothing"}, "rule", "no page stranded.nothing"),
        ({"needs": ["nothing"]}, "needs", "no report nothing"),
    ],
)
def test_due_dates_must_be_days_of_a_report_and_a_rule(book: Rulebook, change: dict[str, Any], key: str, words: str) -> None:
    assert problems(book, DUE) == []
    [(where, message)] = problems(book, {**DUE, **change})
    assert where == key
    assert words in message


def test_a_rhythm_names_a_page(book: Rulebook) -> None:
    [listings] = [report for report in book.content.reports if report.id == "all-listings"]
    raw = listings.model_dump(mode="json", by_alias=True)
    changed = ReportFormat.model_validate({**raw, "rhythm": {"days": 30, "rule": "stranded.nothing"}})
    found = list(_rhythm_findings(Rulebook(Content(reports=(changed,), pages=book.content.pages), "digest")))
    assert found == [((0, "rhythm", "rule"), "there is no page stranded.nothing")]
    with pytest.raises(ValidationError):
        ReportFormat.model_validate({**raw, "rhythm": {"days": 0, "rule": "stranded.monitoring"}})
