"""The page's addresses without a browser: what they serve to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox.page.routes import add_page
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import ARCHIVED, BOARD, CHEN, FINANCE, GUEST, LIN, MAYA, OPS, STRANGER, TOM


@pytest.fixture
async def running() -> AsyncIterator[RunningSandbox]:
    made = RunningSandbox()
    add_page(made.app, made.sandbox)
    async with made:
        yield made


@pytest.fixture
async def http(running: RunningSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(running.address) as session:
        yield session


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/", "频道"),
        (f"/?as={MAYA}&in={OPS}", "Message #seller-ops"),
        (f"/?as={GUEST}", "no time zone"),
        (f"/?as={TOM}&in={ARCHIVED}", "This channel is archived"),
        (f"/?as={CHEN}&in=app&tab=home", "还没有为你发布首页"),
        (f"/?as={STRANGER}", "Other Company"),
        ("/?as=nobody&in=nowhere&thread=1.2&panel=json&item=<script>&count=x", "频道"),
        (f"/?as={MAYA}&in={OPS}&panel=refusals", "No call has been refused"),
        (f"/?as={MAYA}&in={OPS}&panel=deliveries", "Nothing has been sent to the app yet"),
    ],
)  # fmt: skip
async def test_every_place_has_a_page(http: aiohttp.ClientSession, address: str, shown: str) -> None:
    async with http.get(address) as answer:
        assert answer.status == 200
        text = await answer.text()
    assert shown in text
    assert "<script>" not in text


async def test_a_private_channel_is_not_shown_to_others(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    await running.sandbox.post_message(MAYA, BOARD, "for the board alone")
    async with http.get(f"/?as={LIN}&in={BOARD}") as answer:
        assert "for the board alone" not in await answer.text()
    async with http.get(f"/?as={TOM}&in={BOARD}") as answer:
        assert "for the board alone" in await answer.text()


async def test_files_are_for_those_who_see_their_channel_and_never_run(
    running: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    shared = await running.sandbox.upload_files(
        MAYA, FINANCE, [("fees.html", b"<script>alert(1)</script>"), ("c.png", b"png")]
    )
    page, picture = (f"/page/file/{file['id']}/x" for file in shared["files"])
    async with http.get(page, params={"as": TOM}) as answer:
        assert answer.status == 404
    async with http.get(page, params={"as": LIN}) as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''fees.html"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(picture, params={"as": LIN}) as answer:
        assert answer.headers["Content-Type"] == "image/png"


async def test_only_the_pages_own_files_are_served(http: aiohttp.ClientSession) -> None:
    async with http.get("/page/static/page.css") as answer:
        assert answer.status == 200
    for name in ("..%2Froutes.py", "page.html", "nothing"):
        async with http.get(f"/page/static/{name}") as answer:
            assert answer.status == 404


async def test_reading_needs_who_where_and_how_far(http: aiohttp.ClientSession) -> None:
    async with http.post("/page/read", json={"user": LIN}) as answer:
        assert answer.status == 400
    async with http.post("/page/read", data="{") as answer:
        assert answer.status == 400
    async with http.post("/page/read", data="{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400


async def test_the_new_mark_stands_before_what_was_not_read(running: RunningSandbox, http: aiohttp.ClientSession) -> None:
    first = await running.sandbox.post_message(LIN, OPS, "old news")
    await running.sandbox.post_message(LIN, OPS, "fresh news")
    async with http.post("/page/read", json={"user": MAYA, "channel": OPS, "ts": first["ts"]}) as answer:
        assert answer.status == 200
    async with http.get(f"/?as={MAYA}&in={OPS}") as answer:
        text = await answer.text()
    assert text.index("old news") < text.index('class="new"') < text.index("fresh news")
