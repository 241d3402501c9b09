"""A process that is told to stop finishes what it has begun, and says goodbye."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from benchmarks.exactly_once import BotProcess, environment
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import MAYA, OPS
from tests.slack.stage import text_of, until

HEAD, *ROWS = (sample_folder() / "stranded-inventory.txt").read_bytes().splitlines(keepends=True)


async def test_a_report_that_is_being_read_is_answered_before_the_end(tmp_path: Path) -> None:
    rows = [row.replace(b"-01\t", b"-%d\t" % number) for number in range(200) for row in ROWS]
    async with RunningSandbox(rate_limits=False) as running:
        bot = BotProcess(environment(running, tmp_path, SELLERBOT_ENCODER="false"), tmp_path / "bot.log")
        await bot.start()
        await until(lambda: running.sandbox.hub.open_connections, "a connection")
        sent = await running.sandbox.upload_files(
            MAYA, OPS, [("stranded.txt", b"".join([HEAD, *rows]))], comment="@sellerbot"
        )
        kept = sqlite3.connect(tmp_path / "store.db", isolation_level=None, timeout=30)
        await until(lambda: kept.execute("SELECT COUNT(*) FROM claims").fetchone()[0], "that it is being read")
        await bot.stop()
        assert bot.process is not None
        assert bot.process.returncode == 0
        answers = [one for one in running.sandbox.messages(MAYA, OPS, thread_ts=sent["ts"]) if one.get("blocks")]
        assert "stranded.txt was taken for" in " ".join(map(text_of, answers))
        assert kept.execute("SELECT state FROM work").fetchall() == [("done",)]
        assert kept.execute("SELECT COUNT(*) FROM uploads").fetchone()[0] == 1
        assert kept.execute("SELECT COUNT(*) FROM processes").fetchone()[0] == 0
        kept.close()
        assert "Traceback" not in bot.log.read_text(encoding="utf-8")
