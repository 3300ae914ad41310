"""The platform of another switchboard: it takes the contexts that a gateway pushes, and can be away, or silent.

A plain HTTP server of a few lines that checks the signature of Standard Webhooks and notes when what arrived.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Taken:
    """A context that was pushed: when it was here whole (``time.monotonic``), its delivery's id, and the record."""

    at: float
    id: str
    record: dict[str, Any]


class Platform:
    """Listens on ``host`` after ``start``; ``url`` and ``secret`` are for the gateway's configuration."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, 0
        self.secret = secrets.token_hex(16)
        self.taken: list[Taken] = []
        self.forged = 0
        """Deliveries whose signature is none of the gateway's; they are refused."""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._news = asyncio.Event()

    @property
    def url(self) -> str:
        """Where to push to."""
        return f"http://{self.host}:{self.port}/contexts"

    async def start(self) -> None:
        """Listen: the first time on a free port, later on the same."""
        self._server = await asyncio.start_server(self._joined, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens any more, and connections end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def wait(self, context: str, version: int, within_s: float = 8.0) -> Taken:
        """The first delivery of this context in this version or a later one. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while True:
                for taken in self.taken:
                    if taken.record["id"] == context and taken.record["version"] >= version:
                        return taken
                self._news.clear()
                await self._news.wait()

    def versions(self, context: str) -> list[int]:
        """The versions of a context in the order in which they came."""
        return [taken.record["version"] for taken in self.taken if taken.record["id"] == context]

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:]
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status = self._take(headers, body, time.monotonic())
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        except (OSError, asyncio.IncompleteReadError):
            pass  # the gateway has gone, or this platform has
        finally:
            self._writers.discard(writer)
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes, at: float) -> str:
        signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        mac = base64.b64encode(hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(headers.get("webhook-signature", ""), f"v1,{mac}"):
            self.forged += 1
            return "401 Unauthorized"
        self.taken.append(Taken(at, headers["webhook-id"], json.loads(body)["data"]))
        self._news.set()
        return "204 No Content"
