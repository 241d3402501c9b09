"""Starting and stopping a sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sandbox.control import connection_settings
from bot.sandbox.server import Sandbox
from bot.sandbox.site import application
from bot.sandbox.world import World, default_world

HOST = "127.0.0.1"


class RunningSandbox:
    """A sandbox on 127.0.0.1, also as `async with RunningSandbox() as running:`.

    `port` 0 takes a free one. `rate_limits` and `ack_timeout` as for `Sandbox`.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        port: int = 0,
        rate_limits: bool = True,
        ack_timeout: float = 3.0,
    ) -> None:
        self.sandbox = Sandbox(world or default_world(), rate_limits=rate_limits, ack_timeout=ack_timeout)
        self.app = application(self.sandbox)
        """More routes, such as those of a page, can be added until it is started."""
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """Where it listens, such as http://127.0.0.1:8899."""
        return self.sandbox.world.base_url

    @property
    def settings(self) -> dict[str, str]:
        """The environment with which an app connects to it: SLACK_API_URL, SLACK_BOT_TOKEN and so on."""
        return connection_settings(self.sandbox)

    async def start(self) -> str:
        """Listens, and returns the address. OSError if the port is taken."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.sandbox.world.base_url = f"http://{HOST}:{port}"
        return self.address

    async def stop(self) -> None:
        """Closes every connection and stops listening."""
        await self.sandbox.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def main(port: int = 8899, world: World | None = None) -> None:
    """Runs a sandbox, without any app, until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port, world))


async def serve(port: int = 8899, world: World | None = None, *, rate_limits: bool = True) -> None:
    """Runs a sandbox until it is cancelled."""
    async with RunningSandbox(world, port=port, rate_limits=rate_limits) as running:
        print(f"Sandbox at {running.address}")
        await asyncio.Event().wait()
