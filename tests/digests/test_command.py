"""`sellerbot digest` and `sellerbot calendar`: what Slack would get, in the terminal."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import main
from tests.digests.files import stranded, write


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], catch_exceptions=False)


def test_two_digests_in_a_row(tmp_path: Path) -> None:
    first = stranded(tmp_path, "2026-11-20", A="2026-11-25T08:00:00+00:00")
    second = stranded(tmp_path, "2026-11-27", C="2026-11-30T08:00:00+00:00")
    kept = tmp_path / "snapshot.json"
    said = run("digest", first, "--today", "2026-11-20", "--save-snapshot", kept)
    assert said.stdout.startswith("1 due by 2026-12-04; 1 urgent found.")
    said = run("digest", first, second, "--today", "2026-11-27", "--since-snapshot", kept, "--language", "zh")
    assert "自动移除：C 2026-11-30（还有 3 天）。规则：移除还能拦下来吗" in said.stdout
    assert "自 2026-11-20 以来的问题" in said.stdout


def test_what_is_no_report_or_no_option_is_said(tmp_path: Path) -> None:
    said = run("digest", write(tmp_path / "note.txt", "2026-11-20", "hello"), "--today", "2026-11-20")
    assert "note.txt:" in said.stderr
    assert "No report is here yet." in said.stdout
    assert "no such domain or part; known: dropshipping" in run("digest", "--domain", "kites").stderr
    assert "no such time zone" in run("digest", "--zone", "Mars/Base").stderr
    broken = write(tmp_path / "snapshot.json", "2026-11-20", "{}")
    assert "no snapshot of a digest" in run("digest", "--since-snapshot", broken).stderr


def test_the_calendar_of_a_time(tmp_path: Path) -> None:
    said = run("calendar", "--from", "2026-09-01", "--to", "2026-09-30", "--lang", "zh", "--domain", "fbm")
    assert said.stdout.startswith("2026-09-01 至 2026-09-30（FBM(自发货)）：1 项政策变更。")
    assert "德国站：90% 已公布 → 开始处罚 [1]" in said.stdout
    assert "is before --from" in run("calendar", "--from", "2026-09-02", "--to", "2026-09-01").stderr
