"""A real server with hand-written sources behind it, and a real client in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from gateway.api import ApiServer, Feed, Sources
from gateway.core import view
from gateway.core.commands import ContextRow, TransferRow
from tests.core.plays import Play

TOKEN = "a-token-of-the-tests"
WAIT_S = 10.0
"""Every wait has an end, so that a broken test fails instead of hanging."""

View = dict[str, Any]


class Desk:
    """What the gateway would tell, read from a play, and what it was asked."""

    def __init__(self) -> None:
        self.play = Play().both()
        self.feed = Feed(last=0)
        self.problems: list[View] = []
        self.asked: list[tuple[int, float | None]] = []
        self.audits: list[tuple[str, str, str]] = []
        self.broken = False

    def sources(self) -> Sources:
        """The callables that the server reads."""
        world = self.play.core.world
        return Sources(
            context=self._context,
            transfer=self._transfer,
            transfers=self._transfers,
            calls=lambda: view.calls_view(world),
            seats=self._seats,
            switchboards=lambda: view.switchboards_view(world, 2000.0),
            ready=lambda: (not self.problems, self.problems),
            metrics=lambda: "# TYPE onekey_turns counter\nonekey_turns_total 3.0\n",
            audit=lambda who, what, purpose: self.audits.append((who, what, purpose)),
            feed=self.feed,
        )

    def _seats(self) -> list[View]:
        if self.broken:
            raise RuntimeError("a secret of the engine room")
        return view.seats_view(self.play.core.world)

    async def _context(self, id_: str, full: bool) -> View | None:
        rows = [row for row in self.play.all(ContextRow) if row.id == id_]
        return view.context_view(rows[-1], full=full) if rows else None

    async def _transfer(self, id_: str) -> View | None:
        rows = [row for row in self.play.all(TransferRow) if row.id == id_]
        return view.transfer_view(rows[-1]) if rows else None

    async def _transfers(self, limit: int, before: float | None) -> list[View]:
        self.asked.append((limit, before))
        newest = {row.id: row for row in self.play.all(TransferRow)}
        return [view.transfer_view(row) for row in newest.values()]


class Client:
    """A session with the token, and the raw socket for what no session would send."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.session = aiohttp.ClientSession(
            f"http://127.0.0.1:{server.port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=aiohttp.ClientTimeout(WAIT_S),
        )

    async def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """The JSON of a path; the answer must have this status."""
        async with self.session.get(path, headers=headers) as answer:
            body = await answer.json()
            assert answer.status == status, body
            return body

    async def raw(self, request: bytes) -> tuple[int, bytes]:
        """Status and whole answer to bytes that are sent as they are. The request asks for the connection's end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        answer = b""
        try:
            async with asyncio.timeout(WAIT_S):
                writer.write(request)
                while piece := await reader.read(65536):
                    answer += piece
        except ConnectionResetError:
            pass  # the server has answered and did not read the rest
        finally:
            writer.transport.abort()
        return int(answer.split(b" ", 2)[1]), answer


@pytest.fixture
def desk() -> Desk:
    """Two attached switchboards with nobody calling."""
    return Desk()


@pytest.fixture
async def server(desk: Desk) -> AsyncIterator[ApiServer]:
    """A server on a free port of loopback; it leaves no task behind."""
    before = asyncio.all_tasks()
    server = ApiServer("127.0.0.1", 0, TOKEN, desk.sources())
    await server.start()
    yield server
    await server.stop()
    async with asyncio.timeout(WAIT_S):
        while (
            asyncio.all_tasks() - before - {asyncio.current_task()}
        ):  # a connection's task ends one turn of the loop later
            await asyncio.sleep(0)


@pytest.fixture
async def client(server: ApiServer) -> AsyncIterator[Client]:
    """A client of that server."""
    client = Client(server)
    yield client
    await client.session.close()
