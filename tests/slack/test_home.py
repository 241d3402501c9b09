"""The Home tab: what a person finds there, and that nobody else's reports are on it; over a real socket."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.desk import Desk
from bot.digests.deadlines import Deadline
from bot.office.clerks import ThreadClerks
from bot.office.home import Home, counting, open_findings
from bot.office.office import Office, Person
from bot.office.preferences import Preferences
from bot.reports.samples import sample_folder
from bot.rulebook.models import Language, Text
from bot.sandbox.world import FINANCE, LIN, MAYA, OPS, OTHER_TEAM, TEAM, TOM
from bot.slack.blocks.home import home_view
from bot.store import open_store
from bot.store.answers import Recent
from bot.store.uploads import Listed
from tests.slack.stage import Json, Stage, find, labels, staged, text_of, until
from tests.slack.test_blocks import fits
from tests.slack.test_settings import save

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STRANDED = (sample_folder() / "stranded-inventory.txt").read_bytes()


@pytest.fixture
async def stage(desk: Desk, tmp_path: Path) -> AsyncIterator[Stage]:
    store = tmp_path / "store.db"
    clock = lambda: int(NOW.timestamp())  # noqa: E731 - the store's clock stands where the office's does
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), open_store(store, clock), lambda: NOW)
    async with staged(office) as made:
        yield made
    office.close()


async def home_with(stage: Stage, user: str, text: str) -> Json:
    return await until(lambda: (home := stage.sandbox.views(user)["home"]) and text in text_of(home) and home, text)


async def upload(stage: Stage, user: str, channel: str, comment: str = "") -> None:
    await stage.sandbox.upload_files(user, channel, [("stranded.txt", STRANDED)], comment=comment)
    await stage.quiet()


async def press(stage: Stage, user: str, home: Json, action: str) -> Json:
    block, element = find(home, lambda one: one.get("action_id") == action)
    await stage.sandbox.act(user, action, block_id=block["block_id"], view_id=home["id"], value=element.get("value"))
    return await stage.modal(user)


async def test_an_empty_tab_says_what_to_upload_first(stage: Stage) -> None:
    await stage.sandbox.open_home(MAYA)
    home = await home_with(stage, MAYA, "Start here: upload a report")
    assert "Seller Central" in text_of(home) or "Reports" in text_of(home)
    assert "Open findings" not in text_of(home)


async def test_a_report_sent_in_direct_messages_appears_on_the_open_tab(stage: Stage) -> None:
    await stage.sandbox.open_home(MAYA)
    await home_with(stage, MAYA, "Start here")
    await upload(stage, MAYA, (await stage.sandbox.open_dm(MAYA)).id)
    home = await home_with(stage, MAYA, "Your reports")
    shown = text_of(await home_with(stage, MAYA, "Next deadlines 2026"))
    assert "stranded.txt, " in shown
    assert "uploaded today" in shown
    assert "*Urgent* · " in shown
    assert shown.index("*Urgent*") < shown.index("*To look at*")
    finding = await press(stage, MAYA, home, "finding")
    assert "Sources" in text_of(finding)


async def test_nobody_sees_direct_uploads_of_others_nor_those_of_channels_that_they_are_not_in(stage: Stage) -> None:
    await upload(stage, LIN, (await stage.sandbox.open_dm(LIN)).id)
    await upload(stage, MAYA, FINANCE, "@sellerbot")
    await stage.sandbox.open_home(TOM)
    assert "stranded.txt, " not in text_of(await home_with(stage, TOM, "Start here"))
    [one] = await stage.bot.office.uploads(TEAM, FINANCE)
    await stage.bot.office.share_upload(TEAM, one.id, shared=True)
    stage.bot.homes.changed(TEAM)
    assert "shared with the workspace" in text_of(await home_with(stage, TOM, "Your reports"))


async def test_reports_of_a_channel_are_on_the_open_tabs_of_all_who_are_in_it(stage: Stage) -> None:
    for user in (TOM, MAYA):
        await stage.sandbox.open_home(user)
        await home_with(stage, user, "Start here")
    await upload(stage, MAYA, OPS, "@sellerbot")
    for user in (TOM, MAYA):
        home = await home_with(stage, user, "Next deadlines 2026")
        assert "stranded.txt, " in text_of(home)
        assert OPS in json.dumps(home["blocks"])
        assert "Sources" in text_of(await press(stage, user, home, "finding"))


async def test_who_has_left_a_private_channel_no_longer_sees_its_reports(stage: Stage) -> None:
    await upload(stage, MAYA, FINANCE, "@sellerbot")
    await stage.sandbox.open_home(LIN)
    home = await home_with(stage, LIN, "stranded.txt，")
    await stage.sandbox.remove(MAYA, FINANCE, LIN)
    # The old tab is still open; what it would show is asked for again.
    assert "已不在待处理之列" in text_of(await press(stage, LIN, home, "finding"))
    await stage.sandbox.open_home(LIN)
    await until(lambda: "stranded.txt" not in text_of(stage.sandbox.views(LIN)["home"]), "a tab without them")
    deadlines = await stage.bot.office.deadlines(TEAM, Person(LIN), frozenset())
    assert deadlines == ()
    # Not even the one who uploaded it, once she is out.
    await stage.sandbox.remove(LIN, FINANCE, MAYA)
    await stage.sandbox.open_home(MAYA)
    assert "stranded.txt, " not in text_of(await home_with(stage, MAYA, "Start here"))


async def test_another_workspace_sees_nothing_of_a_channel_with_the_same_id(stage: Stage) -> None:
    await upload(stage, MAYA, OPS, "@sellerbot")
    office = stage.bot.office
    assert await office.channels_with_uploads(TEAM) == {OPS}
    assert await office.channels_with_uploads(OTHER_TEAM) == frozenset()
    assert (await office.home(TEAM, Person(MAYA), {OPS})).uploads
    assert (await office.home(OTHER_TEAM, Person(MAYA), {OPS})).uploads == ()
    assert await office.deadlines(OTHER_TEAM, Person(MAYA), {OPS}) == ()


async def test_channels_whose_members_are_not_known_stay_hidden(stage: Stage) -> None:
    await upload(stage, MAYA, OPS, "@sellerbot")
    await stage.sandbox.fail_next("users.conversations", error="missing_scope")
    await stage.sandbox.open_home(MAYA)
    assert "stranded.txt, " not in text_of(await home_with(stage, MAYA, "Start here"))
    stage.sandbox.world.refusals.clear()


async def test_last_answers_are_shown_again(stage: Stage) -> None:
    await stage.sandbox.open_home(MAYA)
    await stage.ask(MAYA, OPS, "@sellerbot what is stranded inventory?")
    home = await home_with(stage, MAYA, "what is stranded inventory?")
    assert labels(home)
    assert "Sources" in text_of(await press(stage, MAYA, home, "show_all"))
    await stage.sandbox.open_home(TOM)
    assert "what is stranded inventory?" not in text_of(await home_with(stage, TOM, "Start here"))


async def test_ones_own_default_set_from_the_tab_is_used_and_shown(stage: Stage) -> None:
    await stage.bot.office.settle(TEAM, {("", "fact:brand_role"): "other_seller"}, LIN)
    await stage.sandbox.open_home(MAYA)
    home = await home_with(stage, MAYA, "(the workspace's)")
    form = await press(stage, MAYA, home, "open_my_settings")
    await save(stage, MAYA, form, **{"fact:brand_role": "brand_representative"})
    assert "Brand Representative (your own)" in text_of(await home_with(stage, MAYA, "(your own)"))
    asked = await stage.ask(MAYA, OPS, "@sellerbot do i still need fnsku labels")
    assert "Brand Representative (default from the asker's own settings)" in text_of(
        stage.answers(MAYA, OPS, asked["ts"])[0]
    )
    other = await stage.ask(TOM, OPS, "@sellerbot do i still need fnsku labels")
    assert "(default from this workspace's settings)" in text_of(stage.answers(TOM, OPS, other["ts"])[0])


async def test_a_finding_that_is_gone_or_forged_shows_nothing(stage: Stage) -> None:
    await upload(stage, LIN, (await stage.sandbox.open_dm(LIN)).id)
    await stage.sandbox.open_home(LIN)
    home = await home_with(stage, LIN, "您的报告")
    [one] = await stage.bot.office.uploads(TEAM, (await stage.sandbox.open_dm(LIN)).id)
    await stage.bot.office.delete_upload(TEAM, one.id)
    assert "已不在待处理之列" in text_of(await press(stage, LIN, home, "finding"))


def listed(book: Desk, number: int, fmt: str) -> Listed:
    checks = [one for one in book.book.checks.values() if one.needs[0][0] == fmt]
    cases = {one.id: {f"SKU-{place}": 1 for place in range(number + 1)} for one in checks}
    about = json.dumps({"file": f"{fmt}.txt", "rows": 1200 + number})
    created = int((NOW - timedelta(days=number * 4)).timestamp())
    return Listed(f"u{number}", "D0DIRECT01", MAYA, f"F{number}", fmt, about, json.dumps(cases), number % 2 == 1, created)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_tab_looks_as_it_did(language: Language, desk: Desk, snapshot: SnapshotAssertion) -> None:
    book = desk.book
    uploads = counting([listed(desk, number, fmt) for number, fmt in enumerate(list(book.reports)[:14])], book)
    what = Text(en="Ship-by date **passes**", zh="最晚发货日")
    ahead = [
        Deadline("due", what, f"112-{day}", date(2026, 11, 21) + timedelta(days=day), day - 1, "urgent", "x", "fbm.odr")
        for day in range(10)
    ]
    preferences = Preferences({("", "fact:marketplace"): "US", (MAYA, "fact:brand_role"): "brand_representative"})
    recent = tuple(Recent(f"a{number}", "<@U1> & a long question " * 20, 1) for number in range(5))
    home = Home(preferences, uploads, open_findings(uploads, book), recent, NOW.date())
    view = home_view(home, ahead, book, MAYA, "/seller", 30, language)
    fits(view, ("home",))
    # Which questions are offered, and how many topics there are, changes with every page that is written.
    shown = [block for block in view["blocks"] if block.get("block_id") != "home:try"]
    assert json.loads(re.sub(r"\d+ (topics|个主题)", r"N \1", json.dumps(shown, ensure_ascii=False))) == snapshot
    fits(home_view(replace(home, findings=()), None, book, MAYA, "/seller", 30, language), ("home",))


async def test_digests_are_listed_on_the_open_tab(stage: Stage) -> None:
    await stage.sandbox.open_home(MAYA)
    before = await home_with(stage, MAYA, "Digests")
    assert "Monday to Friday" not in text_of(before)
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "digest")
    listed = await stage.modal(MAYA)
    block, button = find(listed, lambda one: one.get("action_id") == "digest_new")
    await stage.sandbox.act(MAYA, "digest_new", block_id=block["block_id"], view_id=listed["id"], value=button["value"])
    form = await until(
        lambda: (view := stage.sandbox.views(MAYA)["modals"][-1])["callback_id"] == "digest" and view, "a form"
    )
    await stage.sandbox.submit_view(MAYA, form["id"])
    assert "America/Los_Angeles" in text_of(await home_with(stage, MAYA, "Monday to Friday at 09:00"))
