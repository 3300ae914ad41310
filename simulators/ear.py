"""An ear on one switchboard's AMI: every event as it comes, and a few questions. It comes back when its switchboard does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from simulators.history import Event

AGAIN_S = 0.25
ANSWER_S = 4.0


class Ear:
    """Hears one switchboard. ``heard`` gets each event, with Asterisk's own time stamp."""

    def __init__(self, side: str, ami: dict[str, Any], heard: Callable[[Event], None]) -> None:
        self.side, self._ami, self._heard = side, ami, heard
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[str, tuple[asyncio.Future[list[dict[str, str]]], list[dict[str, str]]]] = {}
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    async def start(self) -> None:
        """Listen from now on; returns when logged in."""
        self._task = asyncio.create_task(self._listen(), name=f"ear on {self.side}")
        await asyncio.wait_for(self.listening.wait(), 10)

    async def stop(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    async def ask(self, action: str) -> list[dict[str, str]] | None:
        """The list that an action answers with, or None if the switchboard does not answer."""
        if self._writer is None or not self.listening.is_set():
            return None
        self._number += 1
        id_ = f"ear{self._number}"
        done: asyncio.Future[list[dict[str, str]]] = asyncio.get_running_loop().create_future()
        self._asked[id_] = (done, [])
        self._writer.write(f"Action: {action}\r\nActionID: {id_}\r\n\r\n".encode())
        try:
            return await asyncio.wait_for(done, ANSWER_S)
        except TimeoutError:
            return None
        finally:
            self._asked.pop(id_, None)

    async def tell(self, action: str, **values: str) -> None:
        """An action whose answer nobody waits for."""
        if self._writer is not None:
            lines = [f"Action: {action}", *(f"{key}: {value}" for key, value in values.items())]
            self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def _listen(self) -> None:
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(self._ami["host"], self._ami["port"])
                login = f"Action: Login\r\nUsername: {self._ami['user']}\r\nSecret: {self._ami['secret']}\r\n\r\n"
                self._writer.write(login.encode())
                while True:
                    self._message((await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace"))
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                pass  # the switchboard is down
            self.listening.clear()
            if self._writer is not None:
                self._writer.close()
            await asyncio.sleep(AGAIN_S)

    def _message(self, text: str) -> None:
        pairs = (line.partition(": ") for line in text.split("\r\n"))
        data = {key: value for key, found, value in pairs if found}
        asked = self._asked.get(data.get("ActionID", ""))
        if data.get("Response") == "Success" and not self.listening.is_set():
            self.listening.set()
        elif asked is not None and data.get("EventList") == "Complete":
            asked[0].set_result(asked[1]) if not asked[0].done() else None
        elif asked is not None and "Event" in data:
            asked[1].append(data)
        elif asked is None and "Event" in data:
            self._heard(Event(float(data.get("Timestamp") or time.time()), self.side, data["Event"], data))
