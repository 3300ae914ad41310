"""A wire that can be faulty: between a gateway and one switchboard's AMI.

It forwards octets and can be cut, stalled, or made to deliver in tiny pieces. It understands nothing of what it carries.
"""

from __future__ import annotations

import asyncio
import random

PIECE_MAX = 40
"""Octets of the largest piece when slicing: every line and most values are cut somewhere."""


class AmiProxy:
    """Listens on a loopback port of its own (``host``, ``port`` after ``start``) and connects to the real one."""

    def __init__(self, to_host: str, to_port: int) -> None:
        self.host, self.port = "127.0.0.1", 0
        self._to = (to_host, to_port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._dice: random.Random | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._joined, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self.cut()
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- faults ---------------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset every connection, and each new one, until ``mend``."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    def stall(self) -> None:
        """Hold back what is sent, either way; connections stay open until ``mend``."""
        self._flows.clear()

    def slice(self, seed: int) -> None:
        """From now on deliver in pieces of 1 to ``PIECE_MAX`` octets, each a write of its own, until ``mend``."""
        self._dice = random.Random(seed)

    def mend(self) -> None:
        """Be a wire again; what was held back is delivered."""
        self._is_cut, self._dice = False, None
        self._flows.set()

    # --- the wire -------------------------------------------------------------------------------------------------------

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()  # the switchboard is down: so is its wire
            return
        self._writers |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._carry(source, sink, (writer, back)), name="ami proxy")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, both: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        try:
            while data := await source.read(65536):
                await self._flows.wait()
                for piece in self._pieces(data):
                    sink.write(piece)
                    await sink.drain()
                    if self._dice is not None:
                        await asyncio.sleep(0)  # the loop writes it out before the next
        except OSError:
            pass  # one side has reset: the other shall be, too
        finally:
            for writer in both:
                self._writers.discard(writer)
                writer.close()

    def _pieces(self, data: bytes) -> list[bytes]:
        if self._dice is None:
            return [data]
        pieces, at = [], 0
        while at < len(data):
            size = self._dice.randint(1, PIECE_MAX)
            pieces.append(data[at : at + size])
            at += size
        return pieces
