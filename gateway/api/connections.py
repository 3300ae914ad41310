"""Connections at the API's door: how many, from where, and how long each may keep us waiting.

aiohttp has deadlines for none of it: whoever sent half a head kept a descriptor for as long as he liked, and a thousand of these
kept the store from opening its file. Here a connection is *heading* until its head is whole, *busy* while it is answered, *idle* in between.

A newcomer at a full door takes the place of whoever has been heading longest, and if nobody is, of whoever has been idle longest: a
stranger with a thousand half heads pushes out his own. Where all are busy the newcomer is told so, in a few bytes, and let go.
Descriptors are never used up by connections (``descriptors``), so accept() does not fail for want of them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from gateway.api import texts
from gateway.api.errors import Handler, answer
from gateway.guards.door_limits import DOOR_LIMITS, NEAR, DoorLimits
from gateway.problems import MESSAGES, Problem

log = structlog.get_logger("door")

OF_STATUS = {400: "bad_request", 404: "no_route", 413: "too_large", 417: "bad_expectation"}
"""Our words for what aiohttp refuses by itself, in its own."""


class Phase(Enum):
    """Where a connection stands."""

    HEADING = "heading"
    BUSY = "busy"
    IDLE = "idle"


class Door:
    """Connections that are open. ``limits`` are the site's, ``connections_max`` what of them the machine's descriptors allow."""

    def __init__(self, limits: DoorLimits = DOOR_LIMITS, connections_max: int | None = None) -> None:
        self.limits = limits
        self.connections_max = limits.connections_max if connections_max is None else connections_max
        self.refused: Counter[str] = Counter({"full": 0, "address": 0})
        """Connections that were not taken: the door was full, or their address had its share."""
        self.displaced = 0
        """Connections that gave way to newer ones."""
        self.timed_out: Counter[str] = Counter({"head": 0, "body": 0, "answer": 0})
        self.malformed = 0
        """Requests that were no HTTP."""
        self._trusted = frozenset(map(address_of, limits.trusted_proxies))
        self._in: dict[Connection, str] = {}
        self._waiting: dict[Phase, dict[Connection, None]] = {Phase.HEADING: {}, Phase.IDLE: {}}
        """Those that nobody works for, longest first."""
        self._from: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._in)

    @property
    def phases(self) -> Mapping[str, int]:
        """Connections by where they stand."""
        waiting = {phase.value: len(found) for phase, found in self._waiting.items()}
        return {**waiting, Phase.BUSY.value: len(self._in) - sum(waiting.values())}

    def problems(self) -> list[dict[str, Any]]:
        """That the door is nearly full, as what, where, remedy; empty while it is not."""
        if len(self) < NEAR * self.connections_max:
            return []
        return [
            {
                "what": texts.TOO_MANY_CONNECTIONS(count=len(self), connections_max=self.connections_max),
                "where": "api",
                "remedy": texts.SEE_WHO_HOLDS_THEM,
            }
        ]

    def admit(self, connection: Connection, peer: str) -> str:
        """Let a connection in; else why not: ``full`` or ``address``."""
        address = address_of(peer)
        share = address in self._trusted or self._from[address] < self.limits.connections_per_address_max
        if not share and not self._displace(address):
            return self._refuse("address")
        if len(self) >= self.connections_max and not self._displace():
            return self._refuse("full")
        self._in[connection] = address
        self._from[address] += 1
        self._waiting[Phase.HEADING][connection] = None
        return ""

    def moved(self, connection: Connection, phase: Phase) -> None:
        """A connection that is in stands elsewhere now."""
        if connection in self._in:
            for found in self._waiting.values():
                found.pop(connection, None)
            if phase is not Phase.BUSY:
                self._waiting[phase][connection] = None

    def left(self, connection: Connection) -> None:
        """A connection has gone, or goes."""
        address = self._in.pop(connection, None)
        if address is not None:
            for found in self._waiting.values():
                found.pop(connection, None)
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]

    def _displace(self, address: str = "") -> bool:
        """Make room, of this address where one is given; whether there is some now."""
        for found in self._waiting.values():
            # an address has its own few hundred at most; of all it is the first
            connection = next((one for one in found if not address or self._in[one] == address), None)
            if connection is not None:
                self.displaced += 1
                self.left(connection)
                connection.cut()
                return True
        return False

    def _refuse(self, why: str) -> str:
        self.refused[why] += 1
        return why


def address_of(peer: str) -> str:
    """The unit in which addresses are counted: of IPv6 the network, of which a house has one."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(address) if address.is_loopback else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Connection(web.RequestHandler):
    """One connection: aiohttp's, with a place at the door and with deadlines."""

    __slots__ = ("_deadline", "_door", "_head_bytes", "_in", "_in_parser", "_phase", "_tail")

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, door: Door) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type] # as AppRunner has it
            keepalive_timeout=door.limits.keepalive_s,
            lingering_time=door.limits.linger_s,
            max_headers=door.limits.head_lines_max,
        )
        self._door = door
        self._in = self._in_parser = False
        self._phase = Phase.HEADING
        self._head_bytes, self._tail = 0, b""
        self._deadline: asyncio.TimerHandle | None = None

    # --- what the transport tells -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is at the door."""
        peer = transport.get_extra_info("peername")
        if why := self._door.admit(self, str(peer[0]) if peer else ""):
            turned_away: Any = transport  # nothing of his is read, and nothing waited for
            turned_away.write(_answered("too_many_connections", {"why": why}, "Retry-After: 5\r\n"))
            turned_away.close()
            return
        self._in = self._in_parser = True
        self._wait_for("head", self._door.limits.head_s)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head are counted, and the first of one sets its deadline."""
        if not self._in_parser:
            return
        if self._phase is Phase.IDLE:
            self._stand(Phase.HEADING)
            self._wait_for("head", self._door.limits.head_s)
        if self._phase is Phase.HEADING:
            joined = self._tail + data
            ends = [at + len(mark) for mark in (b"\n\r\n", b"\n\n") if (at := joined.find(mark)) >= 0]
            self._head_bytes += min(ends) - len(self._tail) if ends else len(data)
            # The blank line that ends a head may be cut anywhere: three bytes of the piece before are enough to find it.
            self._tail = joined[-3:]
            if self._head_bytes > self._door.limits.head_bytes_max:  # also of one that comes whole
                self._too_long()
                return
            if ends:
                self._stand(Phase.BUSY)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is over."""
        self._wait_for("", 0.0)
        self._door.left(self)
        if self._in:
            super().connection_lost(exc)

    def begins(self) -> None:
        """A whole request is there, however its head has come."""
        self._stand(Phase.BUSY)

    # --- what aiohttp does --------------------------------------------------------------------------------------------------

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """An answer in our words to what was no request. aiohttp's has the line that it could not read, and so has its log: both may
        hold a token."""
        if status == 500:
            log.error("request_failed", error=type(exc).__name__)
        else:
            self._door.malformed += 1
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        response = answer(request, OF_STATUS.get(status, "bad_request") if status < 500 else "internal", {})
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer in time, in our words; then the next may come."""
        if isinstance(resp, web.HTTPException):
            resp = answer(request, OF_STATUS.get(resp.status, "bad_request"), {})
        self._wait_for("answer", self._door.limits.answer_s)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._wait_for("", 0.0)
            self._head_bytes, self._tail = 0, b""
            self._stand(Phase.IDLE)

    # --- deadlines ----------------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """End it at once, whatever the other side does."""
        self._wait_for("", 0.0)
        self._door.left(self)
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def _too_long(self) -> None:
        """A head without an end: its sender is told, and nothing more of it is read."""
        self._door.malformed += 1
        self._in_parser = False
        transport: Any = self.transport
        transport.write(_answered("head_too_long", {"bytes_max": self._door.limits.head_bytes_max}))
        # Its sender may still be writing: bytes that nobody reads would reset the connection before he has read why.
        transport.write_eof()
        self._wait_for("", 0.0)
        self._deadline = asyncio.get_running_loop().call_later(self._door.limits.linger_s, self.cut)

    def _stand(self, phase: Phase) -> None:
        self._phase = phase
        self._door.moved(self, phase)
        if phase is Phase.BUSY:
            self._wait_for("", 0.0)

    def _wait_for(self, what: str, span_s: float) -> None:
        """Cut the connection off unless this has come by then; nothing: wait for nothing."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if what:
            self._deadline = asyncio.get_running_loop().call_later(span_s, self._late, what)

    def _late(self, what: str) -> None:
        self._door.timed_out[what] += 1
        self.cut()


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: a request is there."""
    if isinstance(request.protocol, Connection):
        request.protocol.begins()
    return await handler(request)


def bodies(door: Door) -> Any:
    """The innermost middleware: the body is here in time, whole, or it is refused; so no handler waits for one."""

    @web.middleware
    async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.can_read_body:
            try:
                async with asyncio.timeout(door.limits.body_s):
                    await request.read()
            except TimeoutError:
                door.timed_out["body"] += 1
                raise Problem("too_slow", within_s=door.limits.body_s)
            except (
                web.RequestPayloadError,
                ConnectionError,
            ):  # of who has gone nobody reads the answer, and no log tells
                raise Problem("bad_body", rule="whole, and encoded as Content-Encoding says")
        return await handler(request)

    return read


def _answered(error_id: str, details: dict[str, Any], more: str = "") -> bytes:
    """An error to whoever has sent no request yet: in both languages, as none was asked for."""
    status, zh, en = MESSAGES[error_id]
    body = json.dumps(
        {"error_id": error_id, "message": f"{zh} / {en}", "details": details}, ensure_ascii=False
    ).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n{more}Connection: close\r\nX-Content-Type-Options: nosniff\r\n\r\n"
    )
    return head.encode() + body
