"""Reports as files in Slack: checked, kept, asked about, shared and deleted; over a real socket."""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import duckdb
import pytest

from benchmarks.exactly_once import BotProcess, environment
from bot.answering.sheet import findings_csv
from bot.checks.files import check_files
from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.office import Office, TakenOver
from bot.office.work import SentFile
from bot.reports.report import Limits
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.sandbox.world import BOARD, LIN, MAYA, OPS, REPORTS, TEAM
from bot.slack.clients import make_client
from bot.slack.delivery import Delivery
from bot.slack.files import NotFetched, fetch
from bot.slack.manifest import manifest
from bot.store import open_store
from tests.reports.test_privacy import FILES, PLANTED
from tests.slack.stage import Stage, labels, staged, text_of, until

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()
Json = dict[str, Any]


@pytest.fixture
async def stage(desk: Desk, tmp_path: Path) -> AsyncIterator[Stage]:
    store = tmp_path / "store.db"
    limits = Limits(size=2_000_000)
    clock = lambda: int(NOW.timestamp())  # noqa: E731 - the store's clock stands where the office's does
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), open_store(store, clock), lambda: NOW, limits=limits)
    async with staged(office) as made:
        yield made
    office.close()


async def send(
    stage: Stage, user: str, channel: str, name: str, content: bytes, comment: str = "", thread: str | None = None
) -> Json:
    """Uploads a file as a person; returns the message that brought it once the bot is done."""
    message = await stage.sandbox.upload_files(user, channel, [(name, content)], comment=comment, thread_ts=thread)
    await stage.quiet()
    return message


def summary(stage: Stage, user: str, channel: str, message: Json) -> Json:
    return next(one for one in stage.answers(user, channel, message["ts"]) if one.get("blocks"))


def sheet(stage: Stage, user: str, channel: str, message: Json) -> str:
    [file] = [file for one in stage.answers(user, channel, message["ts"]) for file in one.get("files", [])]
    return stage.sandbox.world.files[file["id"]].content.decode("utf-8-sig")


def table_of(message: Json) -> list[list[str]]:
    [block] = [block for block in message["blocks"] if block["type"] == "table"]
    return [[cell["text"] for cell in row] for row in block["rows"]]


async def test_a_report_in_a_direct_message_is_checked(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    message = await send(stage, MAYA, dm, "stranded.txt", STRANDED)
    answer = summary(stage, MAYA, dm, message)
    said = text_of(answer)
    assert "stranded.txt was taken for Stranded inventory" in said
    assert "urgent" in said.split("in Stranded inventory")[0]
    assert "SKU" in table_of(answer)[0]
    assert "It's something else" in labels(answer)
    rows = sheet(stage, MAYA, dm, message).splitlines()
    assert rows[0].startswith("severity,check,title,report")
    assert any(",stranded-removal-due," in row for row in rows)


async def test_in_chinese(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(LIN)).id
    message = await send(stage, LIN, dm, "滞留.txt", STRANDED)
    answer = summary(stage, LIN, dm, message)
    assert "滞留.txt 识别为无在售信息的亚马逊库存报告" in text_of(answer)
    [chart] = [block for block in answer["blocks"] if block["type"] == "data_visualization"]
    assert any("一" <= char <= "鿿" for char in chart["title"])
    asked = await stage.ask(LIN, dm, "本周哪些 SKU 会被自动移除")
    [reply] = stage.answers(LIN, dm, asked["ts"])
    assert "依据无在售信息的亚马逊库存报告（滞留.txt" in text_of(reply)
    assert "今天" in text_of(reply)


async def test_with_a_mention_and_otherwise_only_where_an_admin_wants_it(stage: Stage) -> None:
    alone = await send(stage, MAYA, OPS, "stranded.txt", STRANDED)
    assert stage.answers(MAYA, OPS, alone["ts"]) == []
    mentioned = await send(stage, MAYA, OPS, "stranded.txt", STRANDED, "@sellerbot please")
    assert "Stranded inventory" in text_of(summary(stage, MAYA, OPS, mentioned))
    await stage.bot.office.prefer(TEAM, REPORTS, "data_channel", "on", MAYA)
    unasked = await send(stage, MAYA, REPORTS, "stranded.txt", STRANDED)
    assert "Stranded inventory" in text_of(summary(stage, MAYA, REPORTS, unasked))


async def test_questions_are_answered_from_the_uploads_of_the_channel_alone(stage: Stage) -> None:
    question = "which SKUs get auto-removed this week?"
    before = await stage.ask(MAYA, OPS, f"@sellerbot {question}")
    assert "nobody has uploaded here: Stranded inventory" in text_of(stage.answers(MAYA, OPS, before["ts"])[0])
    await send(stage, MAYA, OPS, "stranded.txt", STRANDED, "@sellerbot")
    asked = await stage.ask(MAYA, OPS, f"@sellerbot {question}")
    [answer] = stage.answers(MAYA, OPS, asked["ts"])
    assert "From Stranded inventory (stranded.txt" in text_of(answer)
    assert table_of(answer)[0][0] == "SKU"
    elsewhere = await stage.ask(MAYA, REPORTS, f"@sellerbot {question}")
    assert "nobody has uploaded here" in text_of(stage.answers(MAYA, REPORTS, elsewhere["ts"])[0])
    [upload] = await stage.bot.office.uploads(TEAM, OPS)
    await stage.bot.office.share_upload(TEAM, upload.id, shared=True)
    shared = await stage.ask(MAYA, REPORTS, f"@sellerbot {question}")
    assert "From Stranded inventory (stranded.txt" in text_of(stage.answers(MAYA, REPORTS, shared["ts"])[0])
    assert await stage.bot.office.uploads("T0OTHERCO1", OPS) == ()


async def test_a_command_is_answered_from_the_uploads_for_the_asker_alone(stage: Stage) -> None:
    await send(stage, MAYA, OPS, "stranded.txt", STRANDED, "@sellerbot")
    await stage.sandbox.run_command(LIN, OPS, "/seller", "哪些 SKU 滞留")
    await stage.quiet()
    answer = stage.private(LIN, OPS)[-1]
    assert "滞留库存按原因：11" in text_of(answer)
    assert len(table_of(answer)) == 12
    assert stage.private(MAYA, OPS) == []


async def test_why_a_sku_is_stranded(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await send(stage, MAYA, dm, "stranded.txt", STRANDED)
    asked = await stage.ask(MAYA, dm, "why is LAMP-BED-03 stranded?")
    assert "Restricted product ASIN" in text_of(stage.answers(MAYA, dm, asked["ts"])[0])
    fine = await stage.ask(MAYA, dm, "why is NOSUCH-99 stranded?")
    assert "Nothing is wrong with NOSUCH-99" in text_of(stage.answers(MAYA, dm, fine["ts"])[0])


async def test_several_reports_are_used_together(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    for name in ("new-orders.txt", "shipping-confirmation.txt"):
        message = await send(stage, MAYA, dm, name, (sample_folder() / name).read_bytes())
    assert "late shipment rate" in text_of(summary(stage, MAYA, dm, message)).lower()
    asked = await stage.ask(MAYA, dm, "what is my late shipment rate?")
    said = text_of(stage.answers(MAYA, dm, asked["ts"])[0])
    assert "%" in said
    assert "new-orders.txt" in said
    assert "shipping-confirmation.txt" in said


async def test_the_next_upload_says_what_is_new_solved_and_worse(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await send(stage, MAYA, dm, "stranded.txt", STRANDED)
    lines = STRANDED.decode("cp1252").splitlines()
    later = [line for line in lines if "PUZZLE-500" not in line]
    later.append(lines[4].replace("LAMP-BED-03", "LAMP-NEW-09"))
    message = await send(stage, MAYA, dm, "later.txt", "\n".join(later).encode("cp1252"))
    assert "since the last upload: 1 new, 1 solved, 0 worse" in text_of(summary(stage, MAYA, dm, message))


async def test_its_something_else(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    message = await send(stage, MAYA, dm, "stranded.txt", STRANDED)
    answer = summary(stage, MAYA, dm, message)
    await stage.press(MAYA, dm, answer, "It's something else")
    view = await stage.modal(MAYA)
    await stage.sandbox.submit_view(MAYA, view["id"], values={"report": {"value": "all-orders"}})
    await stage.quiet()
    corrected = [one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")][-1]
    assert "it lacks the columns" in text_of(corrected)


async def test_guessed_columns_are_confirmed_once(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    parts = b"Our product SKU;Spare part SKU;Parts in stock;Reorder point\nLAMP-1;PLUG-1;0;5\n"
    message = await send(stage, MAYA, dm, "parts.csv", parts)
    answer = summary(stage, MAYA, dm, message)
    assert "Check the columns" in labels(answer)
    await stage.press(MAYA, dm, answer, "Check the columns")
    view = await stage.modal(MAYA)
    headings = {block["label"]["text"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert headings["Spare part SKU"]["initial_option"]["value"] == "part-sku"
    await stage.sandbox.submit_view(MAYA, view["id"])
    await stage.quiet()
    again = [one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")][-1]
    assert again["ts"] != answer["ts"]
    assert "Check the columns" not in labels(again)
    later = await send(stage, MAYA, dm, "parts-later.csv", parts)
    assert "Check the columns" not in labels(summary(stage, MAYA, dm, later))


async def test_headings_that_were_missed_are_told_once(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    parts = b"Hauptartikel;Ersatzteil;Lager;Buyer Name;Notiz\nLAMP 1;PLUG-1;0;Joe Doe;n\n"
    message = await send(stage, MAYA, dm, "parts.csv", parts)
    await stage.press(MAYA, dm, summary(stage, MAYA, dm, message), "It's something else")
    view = await stage.modal(MAYA)
    await stage.sandbox.submit_view(MAYA, view["id"], values={"report": {"value": "parts-map"}})
    await stage.quiet()
    lacking = [one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")][-1]
    assert "say which of its headings are what: Hauptartikel, Ersatzteil, Lager, Notiz" in text_of(lacking)
    await stage.press(MAYA, dm, lacking, "Check the columns")
    view = await stage.modal(MAYA)
    asked = {block["label"]["text"]: block for block in view["blocks"] if block["type"] == "input"}
    assert list(asked) == ["Hauptartikel", "Ersatzteil", "Lager", "Notiz"]
    assert {block["element"]["initial_option"]["value"] for block in asked.values()} == {"-"}
    values = {
        asked["Hauptartikel"]["block_id"]: {"value": "product-sku"},
        asked["Ersatzteil"]["block_id"]: {"value": "part-sku"},
        asked["Lager"]["block_id"]: {"value": "part-sku"},
    }
    await stage.sandbox.submit_view(MAYA, view["id"], values=values)
    still = await stage.modal(MAYA)
    assert still["id"] == view["id"], "two headings can't be one column"
    values[asked["Lager"]["block_id"]] = {"value": "stock"}
    await stage.sandbox.submit_view(MAYA, view["id"], values=values)
    await stage.quiet()
    read = [one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")][-1]
    assert "Parts out of stock" in text_of(read)
    assert "Check the columns" not in labels(read)
    later = await send(stage, MAYA, dm, "parts-later.csv", parts)
    again = summary(stage, MAYA, dm, later)
    assert "Parts out of stock" in text_of(again)
    assert "Check the columns" not in labels(again)
    assert "Joe Doe" not in json.dumps(stage.answers(MAYA, dm, later["ts"]))


async def test_a_further_heading_of_an_own_table_can_be_told(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    parts = b"product-sku;part-sku;Lager\nLAMP-1;PLUG-1;0\n"
    message = await send(stage, MAYA, dm, "parts.csv", parts)
    answer = summary(stage, MAYA, dm, message)
    await stage.press(MAYA, dm, answer, "Check the columns")
    view = await stage.modal(MAYA)
    first = next(block for block in view["blocks"] if block["type"] == "input")
    assert first["label"]["text"] == "Lager"
    await stage.sandbox.submit_view(MAYA, view["id"], values={first["block_id"]: {"value": "stock"}})
    await stage.quiet()
    read = [one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")][-1]
    assert "Parts out of stock" in text_of(read)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("report.csv", b"\x89PNG\r\n\x1a\n" + b"0" * 500, "picture"),
        ("report.txt", b"<!DOCTYPE html><html><body>Sign in</body></html>", "sign-in page"),
        ("report.csv", b"colour,shape\nred,round\n", "no known report"),
        ("big.csv", b"a,b\n" * 600_000, "2 MB"),
    ],
)
async def test_a_file_that_is_no_report_gets_one_clear_line(stage: Stage, name: str, content: bytes, says: str) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    message = await send(stage, MAYA, dm, name, content)
    shown = [*stage.answers(MAYA, dm, message["ts"]), *stage.private(MAYA, dm)]
    assert any(says in text_of(one) + one["text"] for one in shown)
    assert await stage.bot.office.uploads(TEAM, dm) == ()


async def test_whoever_lacks_the_permission_is_told_and_nothing_is_kept(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await stage.sandbox.fail_next("files.info", error="missing_scope")
    await send(stage, MAYA, dm, "stranded.txt", STRANDED)
    assert any("files:read" in one["text"] for one in stage.private(MAYA, dm))
    assert await stage.bot.office.uploads(TEAM, dm) == ()


async def test_a_question_beside_a_file_is_answered_after_it(stage: Stage) -> None:
    comment = "@sellerbot which SKUs get auto-removed this week?"
    message = await send(stage, LIN, OPS, "stranded.txt", STRANDED, comment)
    shown = [one for one in stage.answers(LIN, OPS, message["ts"]) if one.get("blocks")]
    assert len(shown) == 2
    assert "stranded.txt was taken for Stranded inventory" in text_of(shown[0])  # in the comment's language, not Lin's
    assert "From Stranded inventory (stranded.txt" in text_of(shown[1])


async def test_a_comment_that_asks_nothing_is_no_question(stage: Stage) -> None:
    message = await send(stage, MAYA, OPS, "stranded.txt", STRANDED, "@sellerbot 帮忙看看")
    [answer] = [one for one in stage.answers(MAYA, OPS, message["ts"]) if one.get("blocks")]
    assert "识别为" in text_of(answer)


async def test_the_other_files_are_checked_where_one_cannot_be_had(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await stage.sandbox.fail_next("files.info", error="file_deleted")
    message = await stage.sandbox.upload_files(MAYA, dm, [("gone.txt", STRANDED), ("stranded.txt", STRANDED)])
    await stage.quiet()
    assert "stranded.txt was taken for" in text_of(summary(stage, MAYA, dm, message))
    assert any("gone.txt" in one["text"] for one in stage.private(MAYA, dm))


async def test_findings_that_a_dead_process_did_not_share_are_shared_by_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    share = Delivery._share_sheet

    async def dies(*_: Any) -> None:
        raise TakenOver

    monkeypatch.setattr(Delivery, "_share_sheet", dies)
    message = await stage.sandbox.upload_files(MAYA, dm, [("stranded.txt", STRANDED)])
    await until(lambda: stage.answers(MAYA, dm, message["ts"]), "the summary")
    monkeypatch.setattr(Delivery, "_share_sheet", share)
    await stage.bot.delivery.resume()
    await stage.quiet()
    assert "stranded-removal-due" in sheet(stage, MAYA, dm, message)
    assert len([one for one in stage.answers(MAYA, dm, message["ts"]) if one.get("blocks")]) == 1


async def test_slacks_login_page_is_not_taken_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with RunningSandbox(rate_limits=False) as running, aiohttp.ClientSession() as session:
        message = await running.sandbox.upload_files(MAYA, BOARD, [("report.csv", b"sku,price")])
        client = make_client(running.settings["SLACK_BOT_TOKEN"], running.settings["SLACK_API_URL"], session)
        target = tmp_path / "file"

        async def known(**_: Any) -> Json:
            return {"file": message["files"][0]}

        monkeypatch.setattr(client, "files_info", known)
        with pytest.raises(NotFetched) as caught:
            await fetch(client, SentFile("F1", "report.csv"), target, 1_000)
        assert caught.value.name == "file_refused"
        assert not target.exists()
        message["files"][0]["url_private_download"] = "https://files.example.com/report.csv"
        with pytest.raises(NotFetched) as caught:
            await fetch(client, SentFile("F1", "report.csv"), target, 1_000)
        assert caught.value.name == "file_elsewhere"  # nobody but Slack is shown the token


async def test_data_lists_deletes_and_shares(stage: Stage) -> None:
    await send(stage, MAYA, OPS, "stranded.txt", STRANDED, "@sellerbot")
    await stage.sandbox.run_command(LIN, OPS, "/seller", "data")
    await stage.quiet()
    listed = stage.private(LIN, OPS)[-1]
    assert "stranded.txt" in text_of(listed)
    assert labels(listed) == ["删除"]
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "data")
    await stage.quiet()
    listed = stage.private(MAYA, OPS)[-1]
    await stage.press(MAYA, OPS, listed, "Share with the workspace")
    assert [one.shared for one in await stage.bot.office.uploads(TEAM, REPORTS)] == [True]
    await stage.press(MAYA, OPS, stage.private(MAYA, OPS)[-1], "Delete")
    assert await stage.bot.office.uploads(TEAM, OPS) == ()
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "check")
    await stage.quiet()
    assert "2 MB" in text_of(stage.private(MAYA, OPS)[-1])


async def test_a_large_upload_survives_a_kill(tmp_path: Path) -> None:
    """Killed while it reads: afterwards the report is there whole, once, and whoever sent it is told."""
    lines = (sample_folder() / "all-orders.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.replace("111-", f"{number}-", 1) for number in range(200, 1_000) for line in lines[1:]]
    async with RunningSandbox(rate_limits=False) as running:
        sandbox = running.sandbox
        await sandbox.configure(manifest=manifest(None, True, "/seller"))
        bot = BotProcess(environment(running, tmp_path, SELLERBOT_ENCODER="false"), tmp_path / "bot.log")
        await bot.start()
        await until(lambda: sandbox.hub.open_connections, "a connection")
        dm = (await sandbox.open_dm(MAYA)).id
        content = "\n".join([lines[0], *rows]).encode()
        message = await sandbox.upload_files(MAYA, dm, [("orders.txt", content)])
        # Reading, cleaning or checking; a machine that is done before that is shown is killed after the fact.
        await until(lambda: _is_under_way(sandbox) or _replies(sandbox, dm, message), "reading")
        await bot.stop(signal.SIGKILL)
        assert kept(tmp_path) in ([], [len(set(rows))])
        await bot.start()
        replies = await until(lambda: _replies(sandbox, dm, message), "an answer")
        await until(lambda: "done" in states(tmp_path), "the end of the work")
        await bot.stop()
        assert len(replies) == 1
        [rows_kept] = kept(tmp_path)
        assert rows_kept == len(set(rows))
        assert f"{rows_kept:,} rows" in text_of(replies[0])


def _is_under_way(sandbox: Sandbox) -> bool:
    words = ("reading", "cleaning", "checking")
    return any(word in status.text for status in sandbox.world.statuses.values() for word in words)


def _replies(sandbox: Sandbox, channel: str, message: Json) -> list[Json]:
    return [one for one in sandbox.messages(MAYA, channel, thread_ts=message["ts"]) if one.get("blocks")]


def kept(folder: Path) -> list[int]:
    """The number of rows of each upload in a store."""
    with sqlite3.connect(folder / "store.db") as db:
        return [json.loads(text)["rows"] for (text,) in db.execute("SELECT description FROM uploads")]


def states(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "store.db") as db:
        return [state for (state,) in db.execute("SELECT state FROM work")]


@pytest.mark.parametrize("name", FILES)
async def test_buyers_data_gets_nowhere(stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Planted names, addresses, phones and mails: not in the store, the logs, the answers or the files given out."""
    caplog.set_level(logging.DEBUG)
    dm = (await stage.sandbox.open_dm(MAYA)).id
    message = await send(stage, MAYA, dm, "upload.txt", FILES[name].format(*PLANTED).encode())
    await stage.ask(MAYA, dm, "which orders are overdue?")
    said = json.dumps([stage.sandbox.messages(MAYA, dm), stage.answers(MAYA, dm, message["ts"])], ensure_ascii=False)
    files = [one.content for one in stage.sandbox.world.files.values() if one.user != MAYA]
    store = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    uploads = await stage.bot.office.uploads(TEAM, dm)
    with duckdb.connect() as db, sqlite3.connect(tmp_path / "store.db") as raw:
        rows = []
        for number, (content,) in enumerate(raw.execute("SELECT content FROM uploads")):
            path = tmp_path / f"{number}.parquet"
            path.write_bytes(content)
            rows += db.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()  # noqa: S608 - a path of this test
    assert len(uploads) == (name != "no header")
    for planted in PLANTED:
        assert planted not in said
        assert planted not in caplog.text
        assert planted not in repr(rows)
        assert planted.encode() not in store
        assert all(planted.encode() not in content for content in files)


def test_cells_that_a_spreadsheet_would_run_are_text(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stranded.txt"
    path.write_bytes(STRANDED.replace(b"LAMP-BED-03", b"=HYPERLINK(1)"))
    cells = findings_csv(check_files([path], desk.book, NOW.date()), "zh").decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in cells
    assert ",=HYPERLINK" not in cells
