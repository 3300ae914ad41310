"""From the last digit of the key to the far phone's ringing, by Asterisk's own time stamps; and what the caller hears of it.

Five paths side by side, in turns: the key with a gateway that follows, with none, and with one that is stopped (SIGSTOP), a request over
HTTP, and a phone's own REFER (PJSIP's) as the yardstick. Each has the same far phone. A key's beginning is the ``DTMFEnd`` event of the last digit, a request's the
instant before it is sent; REFER's is its ``BlindTransfer`` event, which comes after Asterisk has read it: the yardstick is favoured by that much.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.ami.framing import Framer
from simulators.listening import longest_silence_ms
from simulators.stage import AsteriskStage

STAGES = ("press", "leg", "arrival", "seat", "ringing")
"""Key seen; leg's channel; arrival on the far switchboard; far seat's channel; far seat's ringing."""


class Listener:
    """A raw ear on one switchboard's AMI: every event as a dict, with nothing in between."""

    def __init__(self, ami: dict[str, Any], heard: Callable[[dict[str, str]], None]) -> None:
        self._ami, self._heard = ami, heard
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Log in and listen."""
        self._reader, self._writer = await asyncio.open_connection(self._ami["host"], self._ami["port"])
        login = f"Action: Login\r\nUsername: {self._ami['user']}\r\nSecret: {self._ami['secret']}\r\n\r\n"
        self._writer.write(login.encode())
        self._task = asyncio.create_task(self._listen(), name="bench listener")

    async def stop(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._writer.close()

    async def _listen(self) -> None:
        framer = Framer()
        while data := await self._reader.read(65536):
            for frame in framer.feed(data):
                pairs = (line.partition(": ") for line in frame.decode(errors="replace").splitlines())
                self._heard({key: value for key, _, value in pairs})


@dataclass
class Marks:
    """The instants of one press, by Asterisk's clock (seconds since 1970)."""

    at: dict[str, float] = field(default_factory=dict)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def home(self, event: dict[str, str]) -> None:
        """An event of the home switchboard."""
        at = float(event.get("Timestamp", 0))
        match event.get("Event"):
            case "DTMFEnd":
                self.at["begin"] = at
            case "BlindTransfer":
                self.at["begin"] = self.at["press"] = at
            case "UserEvent" if event.get("UserEvent") == "OnekeyPress":
                self.at["press"] = at
            case "Newchannel" if event.get("Channel", "").startswith("PJSIP/trunk-"):
                self.at.setdefault("leg", at)

    def far(self, event: dict[str, str]) -> None:
        """An event of the far switchboard."""
        at, channel = float(event.get("Timestamp", 0)), event.get("Channel", "")
        match event.get("Event"):
            case "Newchannel" if channel.startswith("PJSIP/trunk-"):
                self.at.setdefault("arrival", at)
            case "Newchannel" if channel.startswith("PJSIP/2001"):
                self.at.setdefault("seat", at)
            case "Newstate" if channel.startswith("PJSIP/2001") and event.get("ChannelStateDesc") == "Ringing":
                self.at.setdefault("ringing", at)
                self.done.set()

    def ms(self) -> dict[str, float]:
        """Milliseconds since the beginning, by stage."""
        return {stage: 1000 * (self.at[stage] - self.at["begin"]) for stage in STAGES if stage in self.at}


class Bench:
    """Presses on one stage; ``kind`` is the seat's phone."""

    def __init__(self, stage: AsteriskStage, kind: str = "pyvoip") -> None:
        self.stage, self.kind = stage, kind
        self.marks = Marks()
        self.silences_ms: list[float] = []
        self.key_silences_ms: list[float] = []

    async def start(self) -> None:
        """Listeners and phones, which stay for all presses."""
        boards = self.stage.lab["switchboards"]
        self._listeners = [
            Listener(boards["12345"]["ami"], self._home),
            Listener(boards["110"]["ami"], self._far),
        ]
        for listener in self._listeners:
            await listener.start()
        await self.renew()

    async def renew(self) -> None:
        """Phones that have just registered: pyVoIP's do not outlive their registration (120 s)."""
        await self.stage.clear()
        self.caller = await self.stage.phone("12345", "13800000001")
        self.seat = await self.stage.phone("12345", "1001", self.kind)
        self.far = await self.stage.phone("110", "2001")

    def _home(self, event: dict[str, str]) -> None:
        self.marks.home(event)

    def _far(self, event: dict[str, str]) -> None:
        self.marks.far(event)

    async def stop(self) -> None:
        """Let go."""
        for listener in self._listeners:
            await listener.stop()
        await self.stage.clear()

    async def press(self, *, talk: bool, how: str = "key") -> dict[str, float]:
        """One call, one press. With ``talk`` the target answers and the seat leaves, and the caller's silence is measured.

        ``how``: ``key``, ``stopped`` (the key while the gateway's process is stopped), or ``http``.
        """
        began = time.monotonic()
        await self.caller.call("12345")
        await self.seat.wait_ring(after=began)
        await self.seat.answer()
        await self.caller.diary.wait("answered", after=began)
        await asyncio.sleep(0.25)
        self.marks = Marks()
        pressing = time.monotonic()
        if self.kind == "pjsip":
            await self.seat.refer("yardstick")
            ended = pressing
        elif how == "http":
            self.marks.at["begin"] = self.marks.at["press"] = time.time()
            await self.stage.post("/v1/transfers", {"switchboard": "12345", "seat": "1001", "target": "110"})
            ended = pressing
        else:
            with self.stage.gateway_frozen() if how == "stopped" else contextlib.nullcontext():
                ended = await self.seat.press("*1")
                await asyncio.wait_for(self.marks.done.wait(), 8)
        await asyncio.wait_for(self.marks.done.wait(), 8)
        if talk:
            await self._talk(pressing, ended)
        await asyncio.gather(self.caller.hang_up(), self.far.hang_up(), self.seat.hang_up())
        await self.stage.empty()
        return self.marks.ms()

    async def _talk(self, pressing: float, ended: float) -> None:
        await asyncio.sleep(0.2)
        await self.far.answer()
        await asyncio.sleep(0.5)
        await self.seat.hang_up()
        await asyncio.sleep(0.4)
        heard = self.caller.heard()
        self.key_silences_ms.append(longest_silence_ms(heard, pressing, ended))
        self.silences_ms.append(longest_silence_ms(heard, ended, time.monotonic() - 0.1))
