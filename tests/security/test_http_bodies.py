"""Bodies that trickle in hold up nobody else; those that never end are cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.office.office import Office
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import MAYA, OPS
from bot.slack.http import MAX_BODY
from tests.slack.conftest import no_environment, office
from tests.slack.http_stage import free_address, staged_over_http
from tests.slack.stage import Stage, config_for

__all__ = ["no_environment", "office"]


@pytest.fixture
def address() -> str:
    return free_address()


@pytest.fixture
async def stage(office: Office, tmp_path: Path, address: str) -> AsyncIterator[Stage]:
    async with (
        RunningSandbox(rate_limits=False) as sandbox,
        staged_over_http(sandbox, config_for(sandbox, app_token=None), office, address) as made,
    ):
        yield made


async def test_bodies_that_trickle_in_hold_up_nobody(stage: Stage, address: str) -> None:
    host, port = "127.0.0.1", int(address.rpartition(":")[2])
    slow = [await asyncio.open_connection(host, port) for _ in range(50)]
    for _, writer in slow:
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1
    for _, writer in slow:
        writer.close()


async def test_a_body_without_an_end_is_cut_off(stage: Stage, address: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10 * MAX_BODY // 65_536):
            yield b" " * 65_536

    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(f"{address}/slack/events", data=endless()) as response:
                assert response.status == 413
        except aiohttp.ClientError:
            pass  # the connection was closed while more was being sent, which is as good
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1
