"""From a report in a channel to its digests, with the real rules and the real text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.desk import Desk
from bot.reports.samples import sample_folder
from bot.sandbox.world import LIN, MAYA, OPS, REPORTS, TOM
from bot.slack.alerts import EVENT_TYPE
from tests.digests.conftest import DigestStage, Json, staged, wanted
from tests.digests.test_modal import opened, press
from tests.slack.stage import labels, text_of, until

STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()


@pytest.fixture
async def stage(plain_desk: Desk, tmp_path: Path, impatient: None) -> AsyncIterator[DigestStage]:
    async with staged(plain_desk, tmp_path / "store.db", datetime(2026, 11, 22, 6, tzinfo=UTC)) as made:
        yield made


async def test_a_weeks_digests_of_a_report(stage: DigestStage) -> None:
    await stage.sandbox.upload_files(LIN, REPORTS, [("stranded.txt", STRANDED)], comment="@sellerbot")
    await stage.quiet()
    await stage.office.digests.save(wanted(REPORTS, "09:00", "UTC", owner=LIN))
    await stage.office.digests.save(wanted(OPS, "09:00", "UTC"))
    await stage.at("2026-11-22T09:00:01Z")
    [first] = stage.digests(REPORTS)
    assert "stranded.txt" in text_of(first) or "Stranded" in text_of(first)
    assert any(block["type"] == "table" for block in first["blocks"])
    # Nobody sees there what was uploaded elsewhere.
    assert "No report is here yet" in text_of(stage.digests(OPS)[0])
    await stage.at("2026-11-23T09:00:01Z")
    assert stage.days(REPORTS) == ["2026-11-22", "2026-11-23"]
    assert text_of(stage.digests(REPORTS)[1]) != text_of(first)
    view = await opened(stage, MAYA, REPORTS)
    await press(stage, MAYA, view, "Preview")
    shown = await until(lambda: stage.private(MAYA, REPORTS), "the preview")
    assert "Preview, only for you" in text_of(shown[-1])


async def test_the_rule_behind_a_digest_can_be_opened(stage: DigestStage) -> None:
    await stage.sandbox.upload_files(LIN, REPORTS, [("stranded.txt", STRANDED)], comment="@sellerbot")
    await stage.quiet()
    await stage.office.digests.save(wanted(REPORTS, "09:00", "UTC", owner=LIN))
    await stage.at("2026-11-22T09:00:01Z")
    [first] = stage.digests(REPORTS)
    assert "Ask a person" in labels(first)
    await stage.press(MAYA, REPORTS, first, "Ask a person")
    [told] = stage.private(MAYA, REPORTS)
    assert "Nobody is set up" in told["text"]


async def test_what_is_urgent_and_new_is_told_at_once_where_it_is_wanted(stage: DigestStage) -> None:
    dm = (await stage.sandbox.open_dm(MAYA)).id
    await stage.office.digests.save(wanted(dm, "09:00", "UTC", about=REPORTS, alerts=True))
    await stage.office.digests.save(wanted(REPORTS, "09:00", "UTC", alerts=True))
    await stage.office.digests.save(wanted((await stage.sandbox.open_dm(TOM)).id, owner=TOM, about=REPORTS, alerts=True))
    for _ in range(2):  # the same report again has nothing new
        await stage.sandbox.upload_files(LIN, REPORTS, [("stranded.txt", STRANDED)], comment="@sellerbot")
        await stage.quiet()
    [alert] = stage.direct(MAYA)
    assert alert.startswith("Urgent and new in Stranded inventory")
    # Tom is not in that channel: whoever set this up for him, he hears nothing of its reports.
    assert stage.direct(TOM) == []
    assert [one for one in stage.sandbox.world.channels[REPORTS].messages.values() if _is_alert(one)] == []


def _is_alert(message: Json) -> bool:
    return (message.get("metadata") or {}).get("event_type") == EVENT_TYPE
