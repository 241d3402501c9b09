"""`web`, `worker` and `clock` as processes of their own over one database, as the Procfile starts them."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.exactly_once import BotProcess, environment
from bot.reports.samples import sample_folder
from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from bot.sandbox.world import MAYA, OPS
from bot.slack.manifest import manifest
from tests.slack.http_stage import free_address, reachable
from tests.slack.stage import text_of, until

STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()


def answers(sandbox: Sandbox, message: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in sandbox.messages(MAYA, OPS, thread_ts=message["ts"]) if one.get("bot_id") and one.get("blocks")]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_each_does_its_part_and_a_dead_ones_work_is_taken_over(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    address = free_address()
    async with RunningSandbox(rate_limits=False) as running:
        sandbox = running.sandbox
        settings = {
            **environment(running, tmp_path, SELLERBOT_ENCODER="false"),
            "SLACK_SIGNING_SECRET": running.settings["SLACK_SIGNING_SECRET"],
        }
        del settings["SLACK_APP_TOKEN"]
        if database == "postgres":
            settings["DATABASE_URL"] = request.getfixturevalue("postgres").fresh()
        web, worker, second, clock = (
            BotProcess(settings, tmp_path / f"{name}.log", name.partition("-")[0])
            for name in ("web", "worker", "worker-2", "clock")
        )
        await web.start("--port", address.rpartition(":")[2])
        await clock.start()
        await reachable(f"{address}/healthz")
        url = f"{address}/slack/events"
        await sandbox.configure(
            manifest=manifest(address, True, "/seller"),
            socket_mode=False,
            events_url=url,
            interactivity_url=url,
            commands_url=url,
        )
        asked = await sandbox.post_message(MAYA, OPS, "@sellerbot what is stranded inventory?")
        await until(lambda: answers(sandbox, asked), "an answer from the web process")

        waiting = await sandbox.upload_files(MAYA, OPS, [("first.txt", STRANDED)], comment="@sellerbot")
        later = await sandbox.post_message(MAYA, OPS, "@sellerbot what is stranded inventory?")
        await until(lambda: answers(sandbox, later), "an answer while a report waits")
        assert answers(sandbox, waiting) == [], "reports are a worker's"
        await worker.start()
        [report] = await until(lambda: answers(sandbox, waiting), "a checked report")
        assert "first.txt was taken for Stranded inventory" in text_of(report)

        await worker.stop(signal.SIGKILL)
        left = await sandbox.upload_files(MAYA, OPS, [("second.txt", STRANDED)], comment="@sellerbot")
        await second.start()
        await until(lambda: answers(sandbox, left), "the other worker's answer")
        for process in (web, second, clock):
            await process.stop(signal.SIGTERM)
            assert process.process is not None
            assert process.process.returncode == 0
            assert "Traceback" not in process.log.read_text(encoding="utf-8")
        assert [len(answers(sandbox, one)) for one in (asked, waiting, later, left)] == [1, 1, 1, 1]
        assert sandbox.refusals() == []
