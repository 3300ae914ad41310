"""Those who stand at the door: ``python -m simulators.attackers KIND``, a process of its own, so that what it takes is not the gateway's.

It reads what it needs as a line of JSON on stdin, says ``ready`` when it is in full swing, and goes on until its stdin ends or its time is
over; then it prints what came of it, as a line of JSON. Only loopback is attacked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

LONGEST_S = 120.0
HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\nX-Slow: "
HALF_BODY = b"POST /v1/received HTTP/1.1\r\nHost: gateway\r\nContent-Length: 60000\r\n\r\n{"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "interim_answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40),
    "headers": (OK, b"X-More: y\r\n" * 100),
    "body": (OK + b"\r\n", b"x" * 4096),
    "chunks": (CHUNKED, b"1\r\nx\r\n" * 200),
    "packed": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", b"\x00" * 4096),
}
"""What a platform answers: the beginning, and then for ever."""


class Attacker:
    """What all have: the address, and a tally."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.host, self.port = given["host"], given["port"]
        if not str(self.host).startswith("127."):
            raise ValueError("only loopback is attacked")
        self.given = given
        self.tally: Counter[str] = Counter()
        self.held_s_max = 0.0
        self.ready = asyncio.Event()

    async def request(
        self,
        wire: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        method: str,
        path: str,
        body: bytes,
        more: str = "",
    ) -> int:
        """One request with the token; its status."""
        reader, writer = wire
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.given['token']}\r\n{more}"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        await reader.readexactly(size)
        return int(answer.split(b" ", 2)[1])

    async def again(self, work: Callable[[], Awaitable[None]]) -> None:
        """The same thing over and over; a connection that is refused or ended is no reason to stop."""
        while True:
            try:
                await work()
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                self.tally["ended"] += 1
                await asyncio.sleep(0.05)


class Texts(Attacker):
    """Requests of 64 KB with a token: digits, stars, deep and strange JSON, matters that nobody knows."""

    async def run(self) -> None:
        """Four at a time."""
        context = self.given["context"]
        digits = json.dumps({"summary": "1" * 60_000}).encode()
        listed = json.dumps({"recordings": ["1" * 30_000, "*" * 29_000]}).encode()
        place = json.dumps({"location": "1*" * 30_000}).encode()
        asked = json.dumps({"target": "110", "call": "x", "matter": "9" * 150}).encode()
        match = 'If-Match: "1"\r\n'
        asks = [
            ("PATCH", f"/v1/contexts/{context}", digits, match),
            ("PATCH", f"/v1/contexts/{context}", listed, match),
            ("PATCH", f"/v1/contexts/{context}", place, match),
            ("PATCH", f"/v1/contexts/{context}", b"[" * 60_000, match),
            ("POST", "/v1/transfers", asked, ""),
            ("POST", "/v1/received", b'{"a":' * 10_000, ""),
            ("POST", "/v1/contexts?switchboard=12345", b"[" + b"{}," * 20_000 + b"{}]", ""),
        ]
        await asyncio.gather(*(self.again(lambda: self.one(asks)) for _ in range(4)))

    async def one(self, asks: list[tuple[str, str, bytes, str]]) -> None:
        """All of them on one connection."""
        wire = await asyncio.open_connection(self.host, self.port)
        try:
            for ask in asks:
                self.ready.set()
                began = time.monotonic()
                self.tally[str(await self.request(wire, *ask))] += 1
                self.held_s_max = max(self.held_s_max, time.monotonic() - began)
        finally:
            wire[1].transport.abort()


class Halves(Attacker):
    """More connections than a process has descriptors, each with half a head or half a body, from many addresses, begun anew when ended."""

    async def run(self) -> None:
        """1,500 at a time."""
        await asyncio.gather(*(self.again(lambda number=number: self.one(number)) for number in range(1500)))  # type: ignore[misc]

    async def one(self, number: int) -> None:
        """Half of something, and then nothing."""
        await asyncio.sleep(number / 1500)
        source = (f"127.0.{1 + number % 7}.{1 + number % 5}" if number % 2 else "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(self.host, self.port, local_addr=source)
        began = time.monotonic()
        self.tally["open"] += 1
        if self.tally["open"] > 1100:
            self.ready.set()
        try:
            writer.write(HALF_BODY if number % 5 == 0 else HALF_HEAD)
            while await reader.read(1000):
                pass
            raise ConnectionResetError
        finally:
            self.held_s_max = max(self.held_s_max, time.monotonic() - began)
            writer.transport.abort()


class Readers(Attacker):
    """A thousand readers of the live feed on one token, half of which read nothing, and an edit every 25 ms for them to read."""

    async def run(self) -> None:
        """Until it ends."""
        await asyncio.gather(self.edits(), *(self.one(number) for number in range(1000)))

    async def one(self, number: int) -> None:
        """A reader, if it is let in."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(number / 1000)
            reader, writer = await asyncio.open_connection(self.host, self.port, limit=4096)
            head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.given['token']}\r\n\r\n"
            writer.write(head.encode())
            status = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
            self.tally[status] += 1
            if sum(self.tally.values()) >= 900:
                self.ready.set()
            if status != "200":
                writer.close()
                return
            while number % 2 or await asyncio.sleep(3600, True):
                if not await reader.read(4096):
                    break

    async def edits(self) -> None:
        """Events: what is edited is told to every reader."""
        version = 1
        path = f"/v1/contexts/{self.given['context']}"

        async def edit() -> None:
            nonlocal version
            wire = await asyncio.open_connection(self.host, self.port)
            while True:
                body = json.dumps({"summary": f"{version} " + "字" * 1000}).encode()
                status = await self.request(wire, "PATCH", path, body, f'If-Match: "{version}"\r\n')
                self.tally[f"edit {status}"] += 1
                version += 1 if status in (200, 412) else 0
                await asyncio.sleep(0.025)

        await self.again(edit)


class Endless(Attacker):
    """The platform that contexts are pushed to, on the port of the one that was there: it answers without an end (``how``)."""

    async def run(self) -> None:
        """Until it ends."""
        server = await asyncio.start_server(self.joined, self.host, self.port)
        self.ready.set()
        async with server:
            await server.serve_forever()

    async def joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One delivery."""
        how = self.given["how"]
        self.tally["asked"] += 1
        if self.tally["asked"] == 1:
            print("asked", flush=True)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if how == "drops":
                for byte in OK + b"X: " + b"y" * 100_000:
                    writer.write(bytes((byte,)))
                    await asyncio.sleep(0.02)
            begin, again = ENDLESS[how]
            writer.write(begin)
            while not writer.is_closing():
                writer.write(again)
                self.tally["bytes"] += len(again)
                await writer.drain()
                await asyncio.sleep(0)
        writer.transport.abort()


KINDS: dict[str, type[Attacker]] = {"texts": Texts, "halves": Halves, "readers": Readers, "endless": Endless}


async def main(kind: str) -> None:
    """Attack until stdin ends."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    attacker = KINDS[kind](json.loads(await stdin.readline()))
    task = loop.create_task(attacker.run())  # type: ignore[attr-defined]
    waiting = loop.create_task(attacker.ready.wait())
    await asyncio.wait([task, waiting], timeout=LONGEST_S / 4, return_when=asyncio.FIRST_COMPLETED)
    print("ready", flush=True)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stdin.read(), LONGEST_S)
    failed = task.exception() if task.done() and not task.cancelled() else None
    print(
        json.dumps({**attacker.tally, "held_s_max": round(attacker.held_s_max, 2), "failed": str(failed or "")}),
        flush=True,
    )
    os._exit(0)


if __name__ == "__main__":
    os.nice(10)  # an attacker has a machine of its own: here he must not take that of the switchboards
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(sys.argv[1]))
