"""`sellerbot data`: how much is kept of each workspace, a copy of it, an end to it."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.reports.samples import sample_folder
from bot.sandbox.world import MAYA, OPS, TEAM
from bot.store import Store, open_store
from bot.store.holdings import rows_of, workspace_tables
from tests.operating.conftest import Command
from tests.slack.stage import staged
from tests.store.test_store import count, fill

STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()


def filled(where: Path | str) -> Store:
    store = open_store(where)
    store.claims.join("me", "serve", "elsewhere", "1")
    for team in ("T1", "T2"):
        fill(store, team)
    return store


def test_rows_and_bytes_by_workspace_and_kind(place: Path | str, command: Command) -> None:
    store = filled(place)
    store.threads.save("T1", "C1", "2.2", "中文" * 1000)
    store.close()
    found = json.loads(command("data", "sizes", "--json").stdout)
    assert {one["team"] for one in found} == {"T1", "T2"}
    threads = {one["team"]: one for one in found if one["kind"] == "threads"}
    assert threads["T1"]["rows"] == 2
    assert threads["T1"]["bytes"] - threads["T2"]["bytes"] == 6000 + len("T1C12.2") + 8
    [upload] = [one for one in found if one["kind"] == "uploads" and one["team"] == "T1"]
    assert upload["bytes"] > len(b"PAR1")
    shown = command("data", "sizes", "--team", "T2").stdout
    assert "T1" not in shown
    assert "1 workspaces" in shown


def test_everything_of_one_workspace_is_deleted_after_a_question(place: Path | str, command: Command) -> None:
    filled(place).close()
    assert command("data", "delete", "--team", "T1", answer="n\n").exit_code == 1
    kept = open_store(place)
    assert min(count(kept, "T1").values()) == 1
    deleted = command("data", "delete", "--team", "T1", answer="y\n")
    assert "rows of T1 deleted" in deleted.stdout
    assert set(count(kept, "T1").values()) == {0}
    assert min(count(kept, "T2").values()) == 1
    kept.close()
    assert command("data", "delete", "--team", "T2", "--yes").exit_code == 0
    nothing = command("data", "delete", "--team", "T2", "--yes")
    assert nothing.exit_code == 1
    assert "nothing is kept of T2" in nothing.stderr


def test_an_export_has_every_table_and_no_token(place: Path | str, command: Command, tmp_path: Path) -> None:
    store = filled(place)
    store.installs.save("app", "", "T1", "bot", "", '{"bot_token": "xoxb-secret"}')
    store.threads.save("T1", "C1", "2.2", '{"page": "kite", "facts": {}}')
    store.close()
    target = tmp_path / "t1.zip"
    made = command("data", "export", "--team", "T1", "--to", str(target))
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    with zipfile.ZipFile(target) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    assert not any("xoxb-secret" in text or "T2" in text for text in texts.values())
    rows = {
        name.removeprefix("tables/").removesuffix(".jsonl"): [json.loads(line) for line in text.splitlines()]
        for name, text in texts.items()
        if name.endswith(".jsonl")
    }
    assert set(rows) == {table.name for table in workspace_tables()}
    assert min(len(lines) for lines in rows.values()) == 1
    assert rows["threads"][1]["memory"] == {"page": "kite", "facts": {}}
    manifest = json.loads(texts["manifest.json"])
    assert manifest["team"] == "T1"
    assert manifest["rows"] == {name: len(lines) for name, lines in rows.items()}
    # What stands for an upload here is no Parquet; that is said instead of ending the export.
    assert "cannot be read" in manifest["reports"][0]["problem"]


def test_an_export_does_not_write_over_a_file_and_leaves_none_behind(
    place: Path | str, command: Command, tmp_path: Path
) -> None:
    filled(place).close()
    target = tmp_path / "t1.zip"
    nothing = command("data", "export", "--team", "T9", "--to", str(target))
    assert "nothing is kept of T9" in nothing.stderr
    assert list(tmp_path.glob("t1.zip*")) == []
    target.write_text("mine")
    assert "exists already" in command("data", "export", "--team", "T1", "--to", str(target)).stderr
    assert target.read_text() == "mine"
    assert command("data", "export", "--team", "T1", "--to", str(tmp_path / "no" / "t1.zip")).exit_code == 1


def test_many_rows_are_read_part_by_part_and_all_of_them(place: Path | str) -> None:
    store = open_store(place)
    with store.together():
        for number in range(950):
            store.threads.save("T1", f"C{number % 7}", f"{number}", "memory")
    [threads] = [table for table in workspace_tables() if table.name == "threads"]
    found = [(row["channel"], row["thread"]) for row in rows_of(store.db, threads, "T1")]
    assert len(found) == len(set(found)) == 950
    store.close()


@pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=False)
async def test_reports_are_exported_as_tables_safe_to_open(
    place: str,
    plain_desk: Desk,
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    where: Path | str = tmp_path / "store.db"
    if place == "postgres":
        where = request.getfixturevalue("postgres").fresh()
    monkeypatch.setenv("SELLERBOT_STORE" if isinstance(where, Path) else "DATABASE_URL", str(where))
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    office = Office(ThreadClerks(plain_desk, ThreadPoolExecutor(1)), open_store(where), lambda: now)
    lines = STRANDED.decode().splitlines(keepends=True)
    cells = lines[1].split("\t")
    cells[lines[0].split("\t").index("sku")] = "=HYPERLINK(1)"
    async with staged(office) as stage:
        content = "".join([*lines, "\t".join(cells)]).encode()
        await stage.sandbox.upload_files(MAYA, OPS, [("stranded.txt", content)], comment="@sellerbot")
        await stage.quiet()
        target = tmp_path / "export.zip"
        made = command("data", "export", "--team", TEAM, "--to", str(target))
        assert made.exit_code == 0, made.output
    office.close()
    with zipfile.ZipFile(target) as archive:
        [report] = json.loads(archive.read("manifest.json"))["reports"]
        rows = list(csv.DictReader(io.StringIO(archive.read(report["file"]).decode("utf-8-sig"))))
        [upload] = [json.loads(line) for line in archive.read("tables/uploads.jsonl").splitlines()]
    assert len(rows) == report["rows"] == upload["description"]["rows"]
    assert "'=HYPERLINK(1)" in {row["sku"] for row in rows}
    assert upload["cases"], "what was found is there"
