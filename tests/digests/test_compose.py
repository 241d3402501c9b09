"""What a digest says: exact lines from small reports over two uploads, in both languages and several zones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.answering.calendar import CalendarComposer
from bot.digests.compose import Composed, compose
from bot.digests.deadlines import Deadline, soonest, upcoming
from bot.digests.options import PARTS, Options, Part
from bot.digests.urgent import urgent_new
from bot.office.office import Given
from bot.office.work import Place
from bot.reports.samples import sample_files
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language, Text
from bot.rulebook.values import Period
from bot.slack.blocks.answers import answer_message
from tests.digests.files import read, stranded, write

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture(scope="module")
def book(desk):  # type: ignore[no-untyped-def]
    return desk.book


def options(*parts: Part, language: Language = "en", domains: tuple[str, ...] = ()) -> Options:
    return Options(frozenset(parts or PARTS), frozenset(domains), language)


def on(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=UTC)


def two_digests(book: Rulebook, folder: Path, chosen: Options) -> tuple[Composed, Composed]:
    """One a week after the other: A was fixed, B stays far off, C and D are new."""
    first = read(
        book,
        stranded(folder, "2026-11-20", A="2026-11-25T08:00:00+00:00", B="2027-01-20T08:00:00+00:00"),
    )
    before = compose(book, first, None, chosen, on("2026-11-20"), UTC_ZONE)
    second = read(
        book,
        stranded(
            folder,
            "2026-11-27",
            B="2027-01-20T08:00:00+00:00",
            C="2026-11-30T08:00:00+00:00",
            D="2026-11-26T08:00:00+00:00",
        ),
    )
    return before, compose(book, second, before.snapshot, chosen, on("2026-11-27"), UTC_ZONE)


def test_the_second_digest_says_what_is_due_and_what_changed(book: Rulebook, tmp_path: Path) -> None:
    first, second = two_digests(book, tmp_path, options("deadlines", "changes"))
    assert first.answer.verdict == "1 due by 2026-12-04; 1 urgent found."
    assert second.answer.verdict == "1 overdue; 1 due by 2026-12-11; 2 new, 1 solved since 2026-11-20."
    assert second.answer.text == (
        "**Deadlines**",
        "- **Automatic removal**: D 2026-11-26 (1 day overdue), C 2026-11-30 (in 3 days)."
        " Rule: Can the removal still be stopped?",
        "**Findings since 2026-11-20**",
        "- Urgent: **Automatic removal within 7 days**: 1 new (C), 1 solved.",
        "- Urgent: **Automatic removal date already past**: 1 new (D).",
    )
    table = second.answer.table
    assert table is not None
    assert table.columns == ("Day", "Left", "What", "SKU or order", "Report")
    assert table.rows == (
        ("2026-11-26", "1 day overdue", "Automatic removal", "D", "Stranded inventory"),
        ("2026-11-30", "in 3 days", "Automatic removal", "C", "Stranded inventory"),
    )
    chart = second.answer.chart
    assert chart is not None
    assert chart.bars == (("overdue", 1), ("11-30", 1))
    assert "stranded.stop-removal" in [pointer.page for pointer in second.answer.related]


def test_the_same_in_chinese(book: Rulebook, tmp_path: Path) -> None:
    _, second = two_digests(book, tmp_path, options("deadlines", "changes", language="zh"))
    assert second.answer.verdict == "1 项已逾期；2026-12-11 前到期 1 项；自 2026-11-20 以来新增 2 项、解决 1 项。"
    assert second.answer.text[1] == (
        "- **自动移除**：D 2026-11-26（已逾期 1 天）、C 2026-11-30（还有 3 天）。规则：移除还能拦下来吗"
    )
    assert second.answer.text[3] == "- 紧急：**7 天内将被自动移除**：新增 1 项（C）、解决 1 项。"


@pytest.mark.parametrize(
    ("zone", "day", "left"),
    [
        ("America/Los_Angeles", "2026-11-30", "tomorrow"),
        ("UTC", "2026-12-01", "tomorrow"),
        ("Asia/Shanghai", "2026-12-01", "today"),
    ],
)
def test_days_are_those_of_the_readers_zone(book: Rulebook, tmp_path: Path, zone: str, day: str, left: str) -> None:
    """At 20:00 UTC it is already the next day in Shanghai; a removal at 03:00 UTC is on the day before in Los Angeles."""
    uploads = read(book, stranded(tmp_path, "2026-11-20", A="2026-12-01T03:00:00+00:00"))
    now = on("2026-11-30", 20) if zone != "America/Los_Angeles" else on("2026-11-29", 20)
    composed = compose(book, uploads, None, options("deadlines"), now, ZoneInfo(zone))
    assert composed.answer.table is not None
    assert composed.answer.table.rows[0][:2] == (day, left)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Nothing new since 2026-11-20. One earlier finding is still open."),
        ("zh", "自 2026-11-20 以来没有新情况。仍有 1 项旧问题未解决。"),
    ],
)
def test_nothing_new_is_one_line(book: Rulebook, tmp_path: Path, language: Language, line: str) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-20", A="2026-11-22T08:00:00+00:00"))
    chosen = options("changes", "freshness", language=language)
    first = compose(book, uploads, None, chosen, on("2026-11-20"), UTC_ZONE)
    again = compose(book, uploads, first.snapshot, chosen, on("2026-11-21"), UTC_ZONE)
    assert not first.is_quiet
    assert again.is_quiet
    assert (again.answer.verdict, again.answer.text, again.answer.table) == (line, (), None)


def test_what_moved_from_soon_to_overdue_is_not_solved(book: Rulebook, tmp_path: Path) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-20", A="2026-11-22T08:00:00+00:00"))
    first = compose(book, uploads, None, options("changes"), on("2026-11-20"), UTC_ZONE)
    later = compose(book, uploads, first.snapshot, options("changes"), on("2026-11-23"), UTC_ZONE)
    assert later.answer.verdict == "1 new since 2026-11-20."


def test_findings_of_a_report_that_is_gone_are_not_called_solved(book: Rulebook, tmp_path: Path) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-20", A="2026-11-22T08:00:00+00:00"))
    first = compose(book, uploads, None, options("changes"), on("2026-11-20"), UTC_ZONE)
    messages = write(
        tmp_path / "messages.csv", "2026-11-21", "Message ID,Received,Replied", "1,2026-11-20 09:00,2026-11-20 10:00"
    )
    later = compose(book, read(book, messages), first.snapshot, options("changes"), on("2026-11-21"), UTC_ZONE)
    assert "solved" not in later.answer.verdict


def test_an_overdue_deadline_is_told_once_and_does_not_keep_the_digest_from_being_quiet(
    book: Rulebook, tmp_path: Path
) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-20", A="2026-11-22T08:00:00+00:00"))
    first = compose(book, uploads, None, options("deadlines"), on("2026-11-24"), UTC_ZONE)
    assert first.answer.verdict == "1 overdue."
    assert compose(book, uploads, first.snapshot, options("deadlines"), on("2026-11-25"), UTC_ZONE).is_quiet


@pytest.mark.parametrize(
    ("language", "report", "where"),
    [("en", "Stranded inventory", "Seller Central >"), ("zh", "无在售信息的亚马逊库存报告", "卖家平台 >")],
)
def test_without_uploads_the_report_to_upload_first_is_named_once_in_one_line(
    book: Rulebook, language: Language, report: str, where: str
) -> None:
    chosen = options("deadlines", "changes", "freshness", language=language, domains=("stranded",))
    first = compose(book, (), None, chosen, on("2026-11-20"), UTC_ZONE)
    assert report in first.answer.verdict
    assert where in first.answer.verdict
    assert first.answer.text == ()
    again = compose(book, (), first.snapshot, chosen, on("2026-11-21"), UTC_ZONE)
    assert again.is_quiet
    assert report not in again.answer.verdict


def test_a_digest_of_the_calendar_alone_asks_for_no_report(book: Rulebook) -> None:
    composed = compose(book, (), None, options("calendar"), on("2026-11-20"), UTC_ZONE)
    assert composed.is_quiet
    assert composed.answer.verdict == "Nothing to report."


def test_only_the_domains_that_were_chosen_are_told(book: Rulebook, tmp_path: Path) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-01", A="2026-11-22T08:00:00+00:00"))
    fbm = compose(book, uploads, None, options(domains=("fbm",)), on("2026-11-20"), UTC_ZONE)
    assert fbm.is_quiet
    own = compose(book, uploads, None, options(domains=("stranded",)), on("2026-11-20"), UTC_ZONE)
    assert "1 due by 2026-12-04" in own.answer.verdict


def test_metrics_carry_target_headroom_and_their_trend(book: Rulebook) -> None:
    uploads = read(book, *sample_files())
    chosen = options("metrics")
    first = compose(book, uploads, None, chosen, on("2026-11-22"), UTC_ZONE)
    second = compose(book, uploads, first.snapshot, chosen, on("2026-11-23"), UTC_ZONE)
    [late] = [line for line in second.answer.text if line.startswith("- Late shipment rate, 10 days")]
    assert "target below 4 %, missed" in late
    assert late.endswith("(↑ 6.00 % → 6.52 %, worse)")
    [cancelled] = [line for line in second.answer.text if line.startswith("- Cancellation rate, at most")]
    assert cancelled.endswith("(↓ 18.75 % → 15.38 %, better)")
    [missed] = [line for line in second.answer.text if line.startswith("- Cancellation rate (US)")]
    assert missed.endswith("(→ unchanged since 2026-11-22)")
    assert second.answer.text[-1] == "8 others are unchanged and miss no target."
    third = compose(book, uploads, second.snapshot, chosen, on("2026-11-24"), UTC_ZONE)
    history = json.loads(third.snapshot)["metrics"]["late-shipment-rate-10d|"]
    assert [day for day, _ in history] == ["2026-11-22", "2026-11-23", "2026-11-24"]


@pytest.mark.parametrize(("day", "stale"), [("2026-11-27", False), ("2026-11-28", True)])
def test_a_report_older_than_its_rhythm_is_named_with_the_rule(
    book: Rulebook, tmp_path: Path, day: str, stale: bool
) -> None:
    uploads = read(book, stranded(tmp_path, "2026-11-20", A=""))
    composed = compose(book, uploads, None, options("freshness"), on(day), UTC_ZONE)
    told = (
        "**Reports to upload anew**",
        "- Stranded inventory: uploaded 2026-11-20, 8 days ago; wanted every 7 days. Rule: How often to check, and alerts",
    )
    assert composed.answer.text == (told if stale else ())


def test_the_policy_calendar_tells_a_change_once_with_its_source(book: Rulebook) -> None:
    first = compose(book, (), None, options("calendar", domains=("fbm",)), on("2026-08-20"), UTC_ZONE)
    assert first.answer.verdict == "1 on the policy calendar."
    assert first.answer.text == (
        "**Policy calendar, next 30 days**",
        "- **2026-09-01** My OTDR is x per cent, what happens in this store: Germany: 90% announced → enforced [1]",
    )
    assert [source.id for source in first.answer.sources] == ["market-maze-amazon-tightens-seller-shipping"]
    again = compose(book, (), first.snapshot, options("calendar", domains=("fbm",)), on("2026-08-21"), UTC_ZONE)
    assert again.is_quiet


def test_sources_past_their_review_are_told_where_a_chosen_domain_cites_them(book: Rulebook) -> None:
    fbm = compose(book, (), None, options("calendar", domains=("fbm",)), on("2026-12-16"), UTC_ZONE)
    assert "One source is past its review date" in fbm.answer.text[-1]
    assert compose(book, (), None, options("calendar", domains=("labelling",)), on("2026-12-16"), UTC_ZONE).is_quiet


def test_a_snapshot_that_is_none_is_an_error(book: Rulebook) -> None:
    with pytest.raises(ValueError, match="no snapshot"):
        compose(book, (), '{"day": "2026-11-20"}', options(), on("2026-11-21"), UTC_ZONE)


def test_the_next_deadlines_are_not_all_overdue_while_others_are_ahead() -> None:
    def deadline(key: str, days: int) -> Deadline:
        day = date(2026, 11, 22) + timedelta(days=days)
        return Deadline("due", Text(en="due", zh="到期"), key, day, days, "urgent", "x", "fbm.odr")

    late = [deadline(f"late-{number}", number - 20) for number in range(9)]
    ahead = [deadline(f"ahead-{number}", number) for number in range(9)]
    shown = [one.key for one in soonest([*ahead, *late, late[0]], 6)]
    assert shown == ["late-0", "late-1", "late-2", "ahead-0", "ahead-1", "ahead-2"]
    assert [one.key for one in soonest([*late, ahead[0]], 6)] == [*(f"late-{number}" for number in range(5)), "ahead-0"]
    assert len(soonest(ahead, 6)) == len(soonest(late, 6)) == 6


def test_upcoming_deadlines_overdue_first_then_urgent(book: Rulebook) -> None:
    uploads = read(book, *sample_files())
    found = upcoming(book, uploads, date(2026, 11, 22))
    assert len(found) > 12
    assert [one.is_overdue for one in found] == sorted((one.is_overdue for one in found), reverse=True)
    last_overdue = [one for one in found if one.is_overdue][-1]
    assert (last_overdue.what.en, last_overdue.severity) == ("Buyer messages to answer", "warning")
    removal = next(one for one in found if one.test == "stranded-removal-dates")
    assert (removal.key, removal.report, removal.rule) == ("LAMP-BED-03", "stranded-inventory", "stranded.stop-removal")
    assert upcoming(book, (), date(2026, 11, 22)) == ()


def test_an_alert_names_what_is_urgent_and_new_and_nothing_else(book: Rulebook) -> None:
    before = json.dumps({"stranded-removal-due": {"A": 5}, "stranded-over-14-days": {}})
    after = json.dumps({"stranded-removal-due": {"A": 9, "C": 5}, "stranded-over-14-days": {"A": 9}})
    alert = urgent_new(book, "stranded-inventory", after, before, "en")
    assert alert is not None
    assert alert.verdict == "Urgent and new in Stranded inventory: Automatic removal within 7 days (1)."
    assert alert.text[0].startswith("- **Automatic removal within 7 days**: C. Make the offer active again")
    assert urgent_new(book, "stranded-inventory", before, before, "en") is None
    assert urgent_new(book, "stranded-inventory", after, before, "zh", frozenset({"fbm"})) is None


def test_the_calendar_lists_what_changed_in_a_time(book: Rulebook) -> None:
    composer = CalendarComposer(book, "en", date(2026, 11, 22))
    answer = composer.answer(Period(date(2026, 1, 20), date(2026, 2, 10)), ("fbm",))
    assert answer.verdict == "3 policy changes, 2026-01-20 to 2026-02-10 (FBM (seller-fulfilled))."
    assert "prepaid return label for some item values → for all values" in answer.text[2]
    assert answer.text[0].endswith("US: refund within 2 business days of receipt → 4 calendar days [1]")
    none = composer.answer(Period(date(2026, 12, 1), date(2026, 12, 31)))
    assert none.verdict == "No policy change that I know of, 2026-12-01 to 2026-12-31."
    assert none.text[0].startswith("The last change before: **2026-10-15**")
    assert none.text[1].endswith("US, standard size, a month and cubic foot: $2.40 → $0.78 [3]")


def test_long_names_neither_crowd_out_the_rest_nor_the_message(book: Rulebook, tmp_path: Path) -> None:
    skus = {f"{number:03}-{'LONG' * 40}": f"2026-11-{22 + number % 5}T08:00:00+00:00" for number in range(60)}
    path = stranded(tmp_path, "2026-11-01", **skus)
    first = compose(book, read(book, path), None, options(), on("2026-11-20"), UTC_ZONE)
    assert sum(map(len, first.answer.text)) < 4_700
    assert "60 due by 2026-12-04" in first.answer.verdict
    message = answer_message(Given("ref", (first.answer,), Place("T", "C", "1"), "U", ""))
    shown = json.dumps(message.blocks, ensure_ascii=False)
    assert "Automatic removal" in shown
    assert "Reports to upload anew" in shown
    assert len(shown) < 20_000
