"""Workspaces that remove the bot: tokens go at once, the rest after the days of grace, or is found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.exactly_once import BotProcess
from benchmarks.exactly_once import environment as bot_environment
from bot.office.opening import open_office
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import TEAM
from bot.settings import Settings
from bot.store import Store, open_store
from tests.operating.conftest import environment
from tests.slack.stage import until
from tests.store.conftest import Clock
from tests.store.test_store import count, fill

DAY = 86_400


def filled(where: Path | str, clock: Clock) -> Store:
    store = open_store(where, clock)
    store.claims.join("me", "serve", "here", "1")
    for team in ("T1", "T2"):
        fill(store, team)
        store.departures.take_back(team)
    return store


def test_tokens_go_at_once_and_the_rest_in_time(where: Path | str, clock: Clock) -> None:
    store = filled(where, clock)
    before = count(store, "T1")
    store.let_go("T1")
    assert count(store, "T1") == {**before, "installations": 0, "departures": 1}
    clock.now += 7 * DAY - 1
    # Slack tells again; the first time counts.
    store.let_go("T1")
    assert store.forget_departed(7) == ()
    assert count(store, "T1") == {**before, "installations": 0, "departures": 1}
    clock.now += 1
    assert store.forget_departed(7) == ("T1",)
    assert set(count(store, "T1").values()) == {0}
    assert count(store, "T2") == before
    store.close()


def test_who_came_back_meanwhile_is_not_deleted(where: Path | str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = filled(where, clock), open_store(where, clock)
    store.let_go("T1")
    found = store.departures.until(clock.now)
    assert found == ("T1",)
    other.departures.take_back("T1")
    monkeypatch.setattr(type(store.departures), "until", lambda *_: found)
    assert store.forget_departed(0) == ()
    assert store.threads.load("T1", "C1", "1.1") == "memory"
    for one in (store, other):
        one.close()


def test_no_digest_is_claimed_or_sent_of_one_that_left(where: Path | str, clock: Clock) -> None:
    store = filled(where, clock)
    assert {one.team for one in store.schedules.claim("a", 10, 120, 9)} == {"T1", "T2"}
    [run] = store.schedules.unfinished("s-T1")
    store.let_go("T1")
    assert not store.schedules.posting("a", run, 120), "what was under way is not sent any longer"
    assert store.schedules.about("T1", "C1") == ()
    clock.now += 121
    assert {one.team for one in store.schedules.claim("b", 10, 120, 9)} == {"T2"}
    store.close()


async def test_without_days_of_grace_everything_goes_at_once(
    place_settings: Settings, where: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELLERBOT_GRACE_DAYS", "0")
    office = open_office(Settings())
    fill(office._store, "T1")
    await office.let_go_of("T1")
    assert set(count(office._store, "T1").values()) == {0}
    office.close()


@pytest.fixture
def place_settings(where: Path | str, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    values = {"SELLERBOT_CONTENT": shop, "SELLERBOT_CACHE": tmp_path / "cache", "SELLERBOT_ENCODER": "false"}
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("SELLERBOT_STORE" if isinstance(where, Path) else "DATABASE_URL", str(where))
    return Settings()


async def test_the_clock_process_deletes_who_left_long_ago_and_a_new_token_brings_back_who_did_not(
    where: Path | str, place_settings: Settings, tmp_path: Path
) -> None:
    store = open_store(where)
    store.claims.join("me", "serve", "elsewhere", "1")
    for team, days in (("T1", 8), (TEAM, 6)):
        fill(store, team)
        store.departures.take_back(team)
        store.let_go(team)
        values = {"team": team, "seconds": days * DAY}
        store.db.execute("UPDATE departures SET departed = departed - :seconds WHERE team = :team", values)
    # What stands for a schedule there is none.
    store.db.execute("DELETE FROM schedules")
    async with RunningSandbox(rate_limits=False) as running:
        settings = environment(where, **bot_environment(running, tmp_path))
        if isinstance(where, Path):
            settings["SELLERBOT_STORE"] = str(where)
        clock = BotProcess(settings, tmp_path / "clock.log", "clock")
        await clock.start()
        await until(lambda: set(count(store, "T1").values()) == {0}, "the deletion")
        await until(lambda: store.departures.until(2**40) == (), "the return")
        assert store.preferences.get(TEAM, "", "language") == "zh"
        await clock.stop()
        assert clock.process is not None
        assert clock.process.returncode == 0
        said = clock.log.read_text(encoding="utf-8")
        assert "days of grace are over" in said
        assert "installed again within the days of grace" in said
    store.close()
