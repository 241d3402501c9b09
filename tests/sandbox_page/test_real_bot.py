"""The page with the real bot behind it, over the invented shop that sells kites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.desk import Desk
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.sandbox.page.routes import add_page
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import LIN, MAYA, OPS
from bot.slack.manifest import manifest
from bot.slack.serve import running
from bot.store import open_store
from tests.slack.stage import config_for

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Opener = Callable[[str], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(
    browser: Browser, shop_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Opener]:
    """Opens the page of a sandbox that the bot is connected to; nothing may be refused by the end."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    store = tmp_path / "store.db"
    office = Office(ThreadClerks(shop_desk, ThreadPoolExecutor(1)), open_store(store), lambda: NOW)
    world = RunningSandbox(rate_limits=False)
    add_page(world.app, world.sandbox)
    async with world:
        await world.sandbox.configure(manifest=manifest(None, True, "/seller"))
        config = config_for(world)
        async with running(config, office) as (app, _bot):
            handler = AsyncSocketModeHandler(app, config.app_token.get_secret_value())  # type: ignore[union-attr]
            await handler.connect_async()
            context = await browser.new_context(locale="zh-CN")

            async def opened(address: str) -> Page:
                page = await context.new_page()
                page.set_default_timeout(20_000)
                await page.goto(world.address + address)
                return page

            yield opened
            await context.close()
            await handler.close_async()
        assert world.sandbox.refusals() == []
    office.close()


async def ask(page: Page, text: str) -> None:
    await page.fill("#composer textarea", text)
    await page.press("#composer textarea", "Enter")


async def test_a_chinese_question_a_fact_by_button_and_the_verdict(open_page: Opener) -> None:
    page = await open_page(f"/?as={LIN}&in={OPS}")
    await ask(page, "@sellerbot 可以放风筝吗")
    await page.click(".replies")
    thread = page.locator("#thread")
    await expect(thread).to_contain_text("谁放风筝？")
    await thread.get_by_role("button", name="儿童").click()
    await expect(thread).to_contain_text("可以，但要家长陪同。")
    await expect(thread.get_by_role("button", name="成年人")).to_have_count(0)


async def test_the_rule_opens_in_a_modal(open_page: Opener) -> None:
    page = await open_page(f"/?as={MAYA}&in={OPS}")
    await ask(page, "@sellerbot I am an adult, may I fly a kite?")
    await page.click(".replies")
    await page.locator("#thread").get_by_role("button", name="Show the rule").click()
    modal = page.get_by_role("dialog")
    await expect(modal).to_contain_text("Yes: adults may fly.")
    await modal.get_by_role("button", name="Close").first.click()
    await expect(modal).to_have_count(0)


async def test_home_and_a_question_in_the_direct_conversation(open_page: Opener) -> None:
    page = await open_page(f"/?as={LIN}&in=app&tab=home")
    await expect(page.locator("#home h3").first).to_be_visible()
    await page.get_by_role("tab", name="消息").click()
    await ask(page, "风筝是什么")
    # The thread opens by itself, as in Slack's agent view.
    await expect(page.locator("#thread")).to_contain_text("风筝是用线牵着飞的。")
    await page.click(".me summary")
    await page.click(f'[data-person="{MAYA}"]')
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#messages")).not_to_contain_text("风筝是什么")
