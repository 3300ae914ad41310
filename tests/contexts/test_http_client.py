"""Other platforms' servers, honest and not: what comes of a request, and that none of it is felt."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.contexts.http_client import NOTHING, Outward
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WITHIN_S = 20.0
OK = b'HTTP/1.1 200 OK\r\nETag: "3"\r\nContent-Length: 2\r\n\r\n{}'


def within(span_s: float) -> DoorLimits:
    """Limits by which a platform has so long for everything."""
    return replace(DOOR_LIMITS, platform_send_s=span_s, platform_ask_s=span_s)


class Foreign:
    """A server of another platform, that does what a test wants."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.sent = 0
        self.serve: Serve = self.ok
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._joined, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/a/b"

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def ok(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """An honest one."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        size = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        self.bodies.append(await reader.readexactly(size[0]) if size else b"")
        writer.write(OK)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def endless(self, begin: bytes, again: bytes) -> Serve:
        """Writes for ever."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(begin)
            while True:
                writer.write(again)
                self.sent += len(again)
                await writer.drain()

        return serve


@pytest.fixture
async def foreign() -> AsyncIterator[Foreign]:
    foreign = Foreign()
    await foreign.start()
    yield foreign
    await foreign.stop()


@pytest.fixture
async def outward() -> AsyncIterator[Outward]:
    outward = Outward(within(WITHIN_S))
    yield outward
    await outward.close()


async def test_a_record_is_asked_for(foreign: Foreign, outward: Outward) -> None:
    """Status, tag and body come back; what was asked goes out as it was said."""
    url = f"{foreign.url}/事?leg=1-2.3"
    assert (await outward.ask("GET", url, {"Authorization": "Bearer x"}, None))[:3] == (200, {"ETag": '"3"'}, b"{}")
    assert (await outward.post(foreign.url, {"Content-Type": "application/json"}, b"[1]")).status == 200
    assert foreign.bodies == [b"", b"[1]"]
    line, *lines = foreign.heads[0].decode().split("\r\n")
    assert line == "GET /a/b/%E4%BA%8B?leg=1-2.3 HTTP/1.1"
    assert "authorization: bearer x" in [one.lower() for one in lines]
    assert "accept-encoding: identity" in [one.lower() for one in lines]


async def test_a_name_and_a_password_of_a_url_are_its_credentials(foreign: Foreign, outward: Outward) -> None:
    """As a client sends them, and not in the address."""
    assert (await outward.post(foreign.url.replace("//", "//us%20er:pass@"), {}, b"")).status == 200
    assert b"basic dxmgzxi6cgfzcw==" in foreign.heads[0].lower()
    assert b"pass@" not in foreign.heads[0]


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(b"\x00" * 50_000_000)
ENDLESS = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"),
    "headers": (HEAD, b"X-More: y\r\n"),
    "one header": (HEAD + b"X-Long: ", b"y" * 1000),
    "a status line": (b"HTTP/1.1 200 ", b"O" * 1000),
    "a body": (HEAD + b"\r\n", b"x" * 1000),
    "chunks": (CHUNKED, b"1\r\nx\r\n" * 100),
    "a chunk's size": (CHUNKED, b"0" * 1000),
    "extensions of chunks": (CHUNKED + b"1", b";x=y" * 100),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n" * 100),
    "noise": (b"", b"\x00\xff\x16\x03" * 100),
    "line ends": (b"", b"\r\n" * 100),
}


@pytest.mark.parametrize("what", list(ENDLESS))
async def test_an_answer_without_an_end_is_none(foreign: Foreign, outward: Outward, what: str) -> None:
    """Not read on beyond its bound, long before its time is over, and the process that read it goes on."""
    foreign.serve = foreign.endless(*ENDLESS[what])
    assert (await outward.ask("GET", foreign.url, {}, None))[:3] == NOTHING
    assert foreign.sent < 64 * DOOR_LIMITS.platform_answer_bytes_max  # what the sockets of both sides hold
    foreign.serve = foreign.ok
    pid = outward.pid
    assert (await outward.post(foreign.url, {}, b"")).status == 200
    assert (outward.pid, outward.restarts) == (pid, 0)


@pytest.mark.parametrize("what", ["interim answers", "headers", "noise"])
async def test_a_push_is_not_held_up_either(foreign: Foreign, outward: Outward, what: str) -> None:
    """Of its answer only the status is read."""
    foreign.serve = foreign.endless(*ENDLESS[what])
    assert (await outward.post(foreign.url, {}, b"x")).status == 0
    foreign.serve = foreign.endless(HEAD + b"\r\n", b"x" * 1000)
    assert (await outward.post(foreign.url, {}, b"x")).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"",
    ],
)
async def test_a_false_answer_is_none(foreign: Foreign, outward: Outward, answer: bytes) -> None:
    """Packed, of a wrong length, of no status, or nothing at all."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    foreign.serve = serve
    assert (await outward.ask("GET", foreign.url, {}, None))[:3] == NOTHING


async def test_a_redirect_is_not_followed(foreign: Foreign, outward: Outward) -> None:
    """It could lead anywhere, with our token."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        foreign.heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % foreign.url.encode())
        await writer.drain()

    foreign.serve = serve
    assert (await outward.ask("GET", foreign.url, {}, None))[0] == 302
    assert len(foreign.heads) == 1


async def _silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for byte in HEAD + b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(("serve", "scheme"), [(_silent, "http"), (_dripping, "http"), (_silent, "https")])
async def test_an_answer_has_its_time_as_a_whole(foreign: Foreign, serve: Serve, scheme: str) -> None:
    """Silent, drop by drop, or a handshake of TLS without an end: none, and the process goes on."""
    outward = Outward(within(0.5), grace_s=WITHIN_S)
    await outward.start()
    try:
        foreign.serve = serve
        assert (await outward.ask("GET", foreign.url.replace("http", scheme, 1), {}, None))[:3] == NOTHING
        assert outward.restarts == 0
    finally:
        await outward.close()


async def test_one_that_speaks_no_tls_is_none(foreign: Foreign, outward: Outward) -> None:
    """Whoever answers a handshake with words has no answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        while True:
            writer.write(b"\x16\x03\x03\x40\x00" + b"\x02" * 16384)
            await writer.drain()

    foreign.serve = serve
    assert (await outward.ask("GET", foreign.url.replace("http", "https", 1), {}, None))[:3] == NOTHING
    assert (await outward.ask("GET", "http://127.0.0.1:1/", {}, None))[:3] == NOTHING
    assert (await outward.ask("GET", "http://[::1/", {}, None))[:3] == NOTHING
    assert (await outward.post(foreign.url, {"X": "a\r\nB: c"}, b"")).status == 0


async def test_a_process_that_hangs_is_begun_anew(foreign: Foreign) -> None:
    """Who asked has no answer; who asks next has one."""
    outward = Outward(replace(within(WITHIN_S), platform_ask_s=0.3), grace_s=0.3)
    await outward.start()
    try:
        first = outward.pid
        os.kill(first, signal.SIGSTOP)
        assert (await outward.ask("GET", foreign.url, {}, None))[:3] == NOTHING
        assert outward.restarts == 1
        async with asyncio.timeout(WITHIN_S):
            while (await outward.post(foreign.url, {}, b"")).status != 200:
                await asyncio.sleep(0.05)
        assert outward.pid != first
    finally:
        await outward.close()


async def test_a_process_that_dies_is_begun_anew(foreign: Foreign, outward: Outward) -> None:
    """What was under way has no answer at once, instead of in the end."""
    foreign.serve = _silent
    await outward.start()
    asked = asyncio.create_task(outward.ask("GET", foreign.url, {}, None))
    async with asyncio.timeout(WITHIN_S):
        while not outward.under_way:
            await asyncio.sleep(0)
    os.kill(outward.pid, signal.SIGKILL)
    assert (await asked)[:3] == NOTHING
    foreign.serve = foreign.ok
    async with asyncio.timeout(WITHIN_S):
        while (await outward.post(foreign.url, {}, b"")).status != 200:
            await asyncio.sleep(0.05)


async def test_the_process_ends_with_its_gateway(foreign: Foreign) -> None:
    """Closed, it is gone, and asks nothing any more."""
    outward = Outward()
    await outward.start()
    pid = outward.pid
    await outward.close()
    assert not Path(f"/proc/{pid}").exists()
    assert (await outward.post(foreign.url, {}, b"")).status == 0
