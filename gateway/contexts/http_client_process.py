"""The process that speaks HTTP with other platforms: ``python -m gateway.contexts.http_client_process``, started by ``http_client``.

What a foreign server may send is bounded in bytes before it is looked at, in its number of interim answers, and in time as a whole. No
redirect is followed, nothing is unpacked, no cookie kept, no connection used twice. Frames come on stdin and go to stdout: four bytes of length,
then MessagePack. When stdin ends, so does the process: it does not outlive its gateway.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import resource
import ssl
import sys
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

import h11
import msgspec

from gateway.contexts.no_answer import DETAIL_CHARS_MAX, NoAnswer, Unreadable, reason_of

READ_BYTES = 16 * 1024
EYEBALLS_S = 0.25
"""Time for which one address of a name is tried before the next is tried as well (RFC 8305)."""
SAFE = "/%:@!$&'()*+,;=~?-._"
"""Characters that a URL's path and query may hold unquoted (RFC 3986)."""
KEPT_HEADERS = ("ETag", "Retry-After")
"""Headers of an answer that are read."""


class Ask(msgspec.Struct, array_like=True):
    """A request, and what its answer may have: bytes of its body (0: only the status is wanted) and before it, and interim answers.
    ``DoorLimits`` says why so many."""

    id: int
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    within_s: float
    bytes_max: int
    head_bytes_max: int
    interim_max: int
    ca: str = ""
    """Path of the certificates of a private authority; empty: the machine's authorities."""


class Told(msgspec.Struct, array_like=True):
    """The answer: status 0 where there was no answer that could be taken in time, and then ``reason`` with its ``detail``."""

    id: int
    status: int
    headers: dict[str, str]
    body: bytes
    reason: str = ""
    detail: str = ""


BROKEN = (Unreadable, OSError, ValueError, TimeoutError, RuntimeError, MemoryError)
"""All that an answer of a stranger can break, beside the protocol."""


class Authorities:
    """Certificates by which platforms are known: the machine's, and those of private authorities, each read when its file has changed."""

    def __init__(self) -> None:
        self._public = ssl.create_default_context()
        self._private: dict[str, tuple[int, ssl.SSLContext]] = {}

    def of(self, path: str) -> ssl.SSLContext:
        """The context for a private authority's file; empty: the machine's. Raises Unreadable."""
        if not path:
            return self._public
        try:
            changed = os.stat(path).st_mtime_ns
            known = self._private.get(path)
            if known is None or known[0] != changed:
                known = self._private[path] = (changed, ssl.create_default_context(cafile=path))
        except (OSError, ssl.SSLError) as error:
            raise Unreadable(NoAnswer.AUTHORITY, str(error)[:DETAIL_CHARS_MAX]) from None
        return known[1]


async def fetch(ask: Ask, authorities: Authorities) -> Told:
    """Ask once. Raises h11.ProtocolError, and one of ``BROKEN``."""
    url = urlsplit(ask.url)
    host, secure = url.hostname or "", url.scheme == "https"
    async with asyncio.timeout(ask.within_s):
        reader, writer = await asyncio.open_connection(
            host,
            url.port or (443 if secure else 80),
            ssl=authorities.of(ask.ca) if secure else None,
            limit=READ_BYTES,
            happy_eyeballs_delay=EYEBALLS_S,
        )
        try:
            wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=ask.head_bytes_max)
            writer.write(wire.send(_head(ask, url)) or b"")
            if ask.body:
                writer.write(wire.send(h11.Data(data=ask.body)) or b"")
            writer.write(wire.send(h11.EndOfMessage()) or b"")
            await writer.drain()
            return await _answer(ask, wire, reader)
        finally:
            writer.transport.abort()


def _head(ask: Ask, url: SplitResult) -> h11.Request:
    """The request as it goes on the wire. A name and a password in the URL are its credentials."""
    host = url.netloc.rpartition("@")[2]
    own = {
        "Host": host if host.isascii() else host.encode("idna").decode(),
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if ask.body is not None:
        own["Content-Length"] = str(len(ask.body))
    if url.username is not None and "Authorization" not in ask.headers:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        own["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    target = quote(url.path or "/", SAFE) + (f"?{quote(url.query, SAFE)}" if url.query else "")
    return h11.Request(method=ask.method, target=target, headers=[*own.items(), *ask.headers.items()])


async def _answer(ask: Ask, wire: h11.Connection, reader: asyncio.StreamReader) -> Told:
    """Answer of the platform, as far as it is within bounds."""
    told, read, interim = Told(ask.id, 0, {}, b""), 0, 0
    body = bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(READ_BYTES)
            read += len(data)
            if not data and not told.status:
                raise Unreadable(NoAnswer.NOT_HTTP if read else NoAnswer.CLOSED)
            if (
                read > ask.head_bytes_max + ask.bytes_max * 2
            ):  # chunks of one byte have six beside it: those are no record
                raise Unreadable(NoAnswer.TOO_LONG)
            wire.receive_data(data)
        elif isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > ask.interim_max:
                raise Unreadable(NoAnswer.TOO_LONG, "1xx")
        elif isinstance(event, h11.Response):
            headers = {name.decode().lower(): value.decode("latin-1") for name, value in event.headers}
            if ask.bytes_max and headers.get("content-encoding", "identity") != "identity":
                raise Unreadable(NoAnswer.NOT_HTTP, "Content-Encoding")
            told.status = event.status_code
            told.headers = {name: headers[name.lower()][:200] for name in KEPT_HEADERS if name.lower() in headers}
            if not ask.bytes_max:
                return told
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > ask.bytes_max:
                raise Unreadable(NoAnswer.TOO_LONG)
        elif isinstance(event, h11.EndOfMessage):
            told.body = bytes(body)
            return told
        else:  # the other side has gone
            raise Unreadable(NoAnswer.CLOSED)


async def main() -> None:
    """Answer frames until there are none."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=READ_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout.buffer)
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    authorities = Authorities()
    encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Ask).decode
    under_way: set[asyncio.Task[None]] = set()

    async def one(ask: Ask) -> None:
        told = Told(ask.id, 0, {}, b"")
        # whatever a stranger's answer breaks, it is no answer
        try:
            told = await fetch(ask, authorities)
        except h11.ProtocolError as error:
            told.reason, told.detail = NoAnswer.NOT_HTTP, str(error)[:DETAIL_CHARS_MAX]
        except BROKEN as error:
            told.reason, told.detail = reason_of(error)
        data = encode(told)
        writer.write(len(data).to_bytes(4, "big") + data)
        await writer.drain()

    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big")
            task = loop.create_task(one(decode(await reader.readexactly(size))))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    os._exit(0)  # the gateway has gone: nobody waits for what is under way, nor for a name that is being looked up


def run() -> Any:
    """Less than a call's share of the machine, and no more memory than it is given."""
    os.nice(5)
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    asyncio.run(main())


if __name__ == "__main__":
    run()
