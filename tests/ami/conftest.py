"""What every test of a link needs: a server, a link that is closed again, and proof that nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.ami.link import Link, LinkSettings
from gateway.core.messages.event import Event
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import Resynced
from gateway.core.values.ids import SwitchboardId

from .fake_server import WAIT_S, Changes, FakeAmi

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.ami"))
SWITCHBOARD_12345 = next(path for path in RECORDED if path.stem == "switchboard_12345")


class Heard:
    """A listener that remembers, and fails on request."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.changes = Changes()
        self.raises_on: type[Event] | None = None

    def __call__(self, event: AnyEvent) -> None:
        self.events.append(event)
        self.changes.happened()
        if self.raises_on is not None and isinstance(event, self.raises_on):
            raise RuntimeError("a listener that fails")

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    async def until(self, kind: type[Event], times: int = 1) -> Event:
        def found() -> list[AnyEvent]:
            return [event for event in self.events if isinstance(event, kind)]

        await self.changes.until(lambda: len(found()) >= times)
        return found()[times - 1]


class Bench:
    """A fake switchboard, a listener, and a way to start links to it."""

    def __init__(self, fake: FakeAmi) -> None:
        self.fake = fake
        self.heard = Heard()
        self._running: list[tuple[Link, asyncio.Task[None]]] = []

    def start(self, **settings: object) -> Link:
        """A running link. Deadlines are long enough for a slow machine, pauses short."""
        given: dict[str, object] = {
            "host": "127.0.0.1", "port": self.fake.port, "username": "onekey", "secret": "right", "ping_s": 60.0,
            "backoff_s_min": 0.001, "backoff_s_max": 0.01,
        } | settings  # fmt: skip
        link = Link(SwitchboardId("12345"), LinkSettings(**given), self.heard, clock=lambda: 7.0, jitter=lambda: 0.0)  # type: ignore[arg-type]
        self._running.append((link, asyncio.create_task(link.run())))
        return link

    async def up(self, **settings: object) -> Link:
        """A link that has delivered its snapshot."""
        link = self.start(**settings)
        await self.heard.until(Resynced)
        return link

    async def close(self) -> None:
        for link, task in self._running:
            link.close()
            async with asyncio.timeout(WAIT_S):
                await task


def _sockets() -> set[str]:
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{fd}"))
    return {name for name in found if name.startswith("socket:")}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """Everything started through it is ended, and the test fails where a task, socket, timer or thread is left."""
    sockets, threads = _sockets(), threading.active_count()
    async with FakeAmi() as fake:
        bench = Bench(fake)
        try:
            yield bench
        finally:
            await bench.close()
    async with asyncio.timeout(WAIT_S):
        while _sockets() - sockets:  # a transport closes one turn of the loop later
            await asyncio.sleep(0)
    timers = [timer for timer in getattr(asyncio.get_running_loop(), "_scheduled", ()) if not timer.cancelled()]
    assert timers == []
    left = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert {task.get_name() for task in left if "ami" in task.get_name()} == set()
    assert threading.active_count() == threads
