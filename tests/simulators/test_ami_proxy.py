"""The faulty wire: whole, in pieces, stalled and cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from simulators.ami_proxy import PIECE_MAX, AmiProxy

TEXT = b"Event: x\r\nName: \xe8\xbd\xac\r\n\r\n" * 40


class Wire:
    """A proxy before a server that says its text once to everybody, then echoes."""

    def __init__(self) -> None:
        self.server: asyncio.Server | None = None

    async def start(self) -> AmiProxy:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.proxy = AmiProxy(*self.server.sockets[0].getsockname()[:2])
        await self.proxy.start()
        return self.proxy

    async def stop(self) -> None:
        assert self.server is not None
        await self.proxy.stop()
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1000):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[AmiProxy]:
    wire = Wire()
    yield await wire.start()
    await wire.stop()


async def echo(proxy: AmiProxy, data: bytes, within_s: float = 2.0) -> bytes:
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.readexactly(len(data)), within_s)
    finally:
        writer.close()


async def test_it_carries_octets_as_they_are(proxy: AmiProxy) -> None:
    """Both ways, unchanged."""
    assert await echo(proxy, TEXT) == TEXT


async def test_sliced_octets_arrive_whole_but_in_pieces(proxy: AmiProxy) -> None:
    """Nothing is lost, and no piece is larger than it may be; the same seed cuts at the same places."""
    proxy.slice(7)
    pieces = proxy._pieces(TEXT)
    assert b"".join(pieces) == TEXT
    assert max(map(len, pieces)) <= PIECE_MAX
    proxy.slice(7)
    assert proxy._pieces(TEXT) == pieces
    assert await echo(proxy, TEXT) == TEXT


async def test_stalled_octets_come_when_it_is_mended(proxy: AmiProxy) -> None:
    """Nothing while it stands still, everything afterwards."""
    proxy.stall()
    waiting = asyncio.ensure_future(echo(proxy, TEXT))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    proxy.mend()
    assert await waiting == TEXT


async def test_a_cut_wire_resets_and_refuses_until_it_is_mended(proxy: AmiProxy) -> None:
    """A connection that was open ends; a new one ends at once; afterwards there are new ones."""
    before = await asyncio.open_connection(proxy.host, proxy.port)
    before[1].write(b"x")
    assert await before[0].read(1) == b"x"
    proxy.cut()
    for reader, writer in (before, await asyncio.open_connection(proxy.host, proxy.port)):
        try:
            assert await asyncio.wait_for(reader.read(), 2) == b""
        except ConnectionResetError:
            pass
        writer.close()
    proxy.mend()
    assert await echo(proxy, TEXT) == TEXT
