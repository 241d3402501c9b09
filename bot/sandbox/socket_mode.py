"""Socket Mode: tickets, connections, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web

from bot.sandbox.delivery import Kind, Reply
from bot.sandbox.world import Json, Refusal, World

MOST_CONNECTIONS = 10
_LIFETIME = 18_060
_SHORT_LIFETIME = 360
"""Seconds that a connection lives when the app asked for debug_reconnects."""
_WARNING = 10.0
"""Seconds between the warning and the end of a connection."""
_WITH_ANSWER = frozenset({"view_submission", "block_suggestion", "dialog_submission"})


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    id: str
    pending: dict[str, tuple[asyncio.Future[Reply], bool]] = field(default_factory=dict)
    """Envelope id -> who waits for its acknowledgement, and whether a payload is welcome with it."""
    warned: bool = False
    leaving: bool = False


class SocketHub:
    """All connections of the app. Each envelope goes to one of them, in turn."""

    name = "socket"

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, bool] = {}
        self._connections: list[Connection] = []
        self._turn = 0
        self._arrived = asyncio.Event()
        self._dismissing: set[asyncio.Task[None]] = set()

    @property
    def open_connections(self) -> list[Connection]:
        return [c for c in self._connections if not c.leaving and not c.socket.closed]

    def new_ticket(self) -> str:
        """A ticket that opens one connection, once."""
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = True
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its hello to its end."""
        if not self._tickets.pop(request.query.get("ticket", ""), False):
            return web.Response(
                status=403, text="the ticket of this URL is unknown or used: call apps.connections.open again"
            )
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        if len(self.open_connections) >= MOST_CONNECTIONS:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "sandbox"}}
            )
            await socket.close()
            return socket
        connection = Connection(socket, self._world.new_id("W"))
        self._connections.append(connection)
        lifetime = _SHORT_LIFETIME if request.query.get("debug_reconnects") == "true" else _LIFETIME
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.open_connections),
                "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": lifetime},
                "connection_info": {"app_id": self._world.app.id},
            }
        )
        self._arrived.set()
        self._world.changed("connection", open=len(self.open_connections))
        ageing = asyncio.create_task(self._age(connection, lifetime))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._received(connection, message.data)
        finally:
            ageing.cancel()
            self._gone(connection)
        return socket

    async def disconnect(self, reason: str) -> int:
        """Asks all connections to go, without waiting: a warning leaves them ten seconds, any other reason none."""
        going = self.open_connections
        for connection in going:
            connection.warned = True
            connection.leaving = reason != "warning"
            task = asyncio.create_task(self._dismiss(connection, reason))
            self._dismissing.add(task)
            task.add_done_callback(self._dismissing.discard)
        return len(going)

    async def close(self) -> None:
        """Ends every connection at once."""
        for task in list(self._dismissing):
            task.cancel()
        await asyncio.gather(
            *(c.socket.close(code=WSCloseCode.GOING_AWAY, drain=False) for c in list(self._connections)),
            return_exceptions=True,
        )

    async def send(self, kind: Kind, payload: Json, *, attempt: int, reason: str, timeout: float) -> Reply:
        """Hands an envelope to one connection and waits for its acknowledgement."""
        began = time.monotonic()
        connection = await self._next_connection(timeout)
        if connection is None:
            return Reply("connection_failed")
        accepts = kind in ("slash_commands", "options") or payload.get("type") in _WITH_ANSWER
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": "interactive" if kind == "options" else kind,
            "accepts_response_payload": accepts,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout" if reason == "http_timeout" else reason}
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        connection.pending[envelope_id] = (answer, accepts)
        try:
            async with asyncio.timeout(max(0.0, timeout - (time.monotonic() - began))):
                await connection.socket.send_json(envelope)
                return await answer
        except TimeoutError:
            return Reply("timeout")
        except ConnectionError:
            return Reply("connection_failed")
        finally:
            connection.pending.pop(envelope_id, None)

    async def _next_connection(self, timeout: float) -> Connection | None:
        """The connection whose turn it is; a reconnecting app is waited for as long as an acknowledgement may take."""
        try:
            async with asyncio.timeout(timeout):
                while not (ready := self.open_connections):
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None
        ready = [connection for connection in ready if not connection.warned] or ready
        self._turn += 1
        return ready[self._turn % len(ready)]

    def _received(self, connection: Connection, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self._complain("not_an_object", {"text": text})
            return
        waiting = connection.pending.get(str(message.get("envelope_id")))
        if waiting is None:
            self._complain("unknown_envelope_id", message)
            return
        answer, accepts = waiting
        payload = message.get("payload")
        if payload and not accepts:
            self._complain("response_payload_not_accepted", message)
            payload = None
        if not answer.done():
            answer.set_result(Reply(body=payload if isinstance(payload, dict) else None))

    def _complain(self, error: str, message: Json) -> None:
        self._world.refuse(Refusal(self._world.now(), "socket_mode.acknowledge", error, request=message))

    async def _age(self, connection: Connection, lifetime: float) -> None:
        await asyncio.sleep(lifetime - _WARNING)
        connection.warned = True
        await self._dismiss(connection, "warning")

    async def _dismiss(self, connection: Connection, reason: str) -> None:
        try:
            await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
            if reason == "warning":
                await asyncio.sleep(_WARNING)
            connection.leaving = True
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)
        except ConnectionError:
            pass
        self._gone(connection)

    def _gone(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        for answer, _accepts in connection.pending.values():
            if not answer.done():
                answer.set_result(Reply("connection_failed"))
        self._world.changed("connection", open=len(self.open_connections))
