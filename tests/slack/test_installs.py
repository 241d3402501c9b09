"""Many workspaces: they install the bot themselves, are kept apart, and can leave."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.office.office import Office
from bot.office.work import Place
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import MAYA, OPS, STRANGER, TEAM
from bot.slack.clients import NotInstalled
from tests.slack.http_stage import free_address, staged_over_http
from tests.slack.stage import Stage, config_for


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
async def stage(office: Office, tmp_path: Path, address: str) -> AsyncIterator[Stage]:
    async with RunningSandbox(rate_limits=False) as sandbox:
        known = sandbox.settings
        config = config_for(
            sandbox,
            bot_token=None,
            app_token=None,
            client_id=known["SLACK_CLIENT_ID"],
            client_secret=known["SLACK_CLIENT_SECRET"],
            redirect_url=f"{address}/slack/oauth_redirect",
        )
        async with staged_over_http(sandbox, config, office, address) as made:
            yield made


async def install(address: str, user: str) -> tuple[int, str]:
    """Goes through the pages as a browser does; status and text of the last one."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.get(f"{address}/slack/install") as page:
            cookie = page.headers["Set-Cookie"].partition(";")[0]
            url = unescape(re.findall(r'href="([^"]*oauth/v2/authorize[^"]*)"', await page.text())[0])
        form = {"user": user, "answer": "allow"}
        async with session.post(url, data=form, allow_redirects=False) as agreed:
            back = agreed.headers["Location"]
        async with session.get(back, headers={"Cookie": cookie}) as done:
            return done.status, await done.text()


async def test_a_workspace_installs_the_bot_and_is_answered(stage: Stage, address: str) -> None:
    status, text = await install(address, MAYA)
    assert status == 200, text
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert [one["text"] for one in stage.answers(MAYA, OPS, asked["ts"])] == ["A kite flies on a string."]


async def test_an_install_that_somebody_else_began_is_refused(stage: Stage, address: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        async with session.get(f"{address}/slack/install") as page:
            url = unescape(re.findall(r'href="([^"]*oauth/v2/authorize[^"]*)"', await page.text())[0])
        async with session.post(url, data={"user": MAYA, "answer": "allow"}, allow_redirects=False) as agreed:
            back = agreed.headers["Location"]
        async with session.get(back) as done:
            assert done.status == 400
        assert "state" in parse_qs(urlsplit(back).query)
    with pytest.raises(NotInstalled):
        await stage.bot.clients.of(TEAM, "")


async def test_workspaces_are_kept_apart_and_one_that_leaves_is_forgotten_in_time(stage: Stage, address: str) -> None:
    await install(address, MAYA)
    await install(address, STRANGER)
    team = stage.sandbox.world.people[STRANGER].team_id
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    dm = (await stage.sandbox.open_dm(STRANGER)).id
    other = await stage.ask(STRANGER, dm, "may I fly a kite?")
    assert len(stage.answers(STRANGER, dm, other["ts"])) == 1
    await stage.sandbox.uninstall(TEAM)
    await stage.quiet()
    with pytest.raises(NotInstalled):
        await stage.bot.clients.of(TEAM, "")
    store = stage.bot.office._store
    assert store.db.execute("SELECT team FROM installations").fetchall() == [(team,), (team,)], "tokens go at once"
    assert await stage.bot.office.forget_departed() == ()
    assert await stage.bot.office.takes_part(Place(TEAM, OPS, asked["ts"]))
    store.db.execute("UPDATE departures SET departed = departed - 7 * 86400")
    assert await stage.bot.office.forget_departed() == (TEAM,)
    assert not await stage.bot.office.takes_part(Place(TEAM, OPS, asked["ts"]))
    assert await stage.bot.office.takes_part(Place(team, dm, other["ts"]))
    again = await stage.ask(STRANGER, dm, "what is a kite")
    assert len(stage.answers(STRANGER, dm, again["ts"])) == 1


async def test_who_comes_back_within_the_days_of_grace_finds_everything_again(stage: Stage, address: str) -> None:
    await install(address, MAYA)
    office = stage.bot.office
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    await office.prefer(TEAM, "", "language", "zh", MAYA)
    await stage.sandbox.uninstall(TEAM)
    await stage.quiet()
    status, text = await install(address, MAYA)
    assert status == 200, text
    assert await office.takes_part(Place(TEAM, OPS, asked["ts"]))
    assert (await office.preferences(TEAM)).language() == "zh"
    office._store.db.execute("UPDATE departures SET departed = departed - 99 * 86400")
    assert await office.forget_departed() == ()
    again = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, again["ts"])) == 1


async def test_tokens_that_run_out_are_exchanged(stage: Stage, address: str) -> None:
    await stage.sandbox.configure(token_rotation=True)
    await install(address, MAYA)
    first = (await stage.bot.clients.of(TEAM, "")).token
    # The installation as it is once most of the token's twelve hours are over.
    installed = await stage.bot.clients.store.async_find_bot(enterprise_id=None, team_id=TEAM)  # type: ignore[attr-defined]
    installed.bot_token_expires_at -= 42_000
    installed.installed_at += 5
    await stage.bot.clients.store.async_save_bot(installed)  # type: ignore[attr-defined]
    stage.bot.clients._known.clear()  # type: ignore[attr-defined]
    second = (await stage.bot.clients.of(TEAM, "")).token
    assert first != second
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1
