"""A sandbox with the page, a tiny app behind it, and Debian's chromium in front."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox.page.routes import add_page
from bot.sandbox.run import RunningSandbox
from bot.sandbox.server import Sandbox
from tests.sandbox_page.fakebot import FakeBot

CHROMIUM = "/usr/bin/chromium"
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Stage:
    """`open`: a page at an address; it fails the test at its end if the browser reported an error."""

    sandbox: Sandbox
    bot: FakeBot
    address: str
    open: Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not os.path.exists(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is not installed: apt-get install chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    running = RunningSandbox()
    add_page(running.app, running.sandbox)
    await running.start()
    bot = FakeBot(running.settings)
    await bot.start()
    context = await browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-US")
    errors: list[str] = []

    async def open_page(address: str, *, width: int = 1280, **settings: object) -> Page:
        page = await context.new_page()
        await page.set_viewport_size({"width": width, "height": 844})
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await page.goto(running.address + address)
        return page

    yield Stage(running.sandbox, bot, running.address, open_page)
    await context.close()
    await bot.stop()
    await running.stop()
    assert errors == []
