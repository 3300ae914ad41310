"""PJSIP as the second, independent kind of phone: one process each (``pjsip_program``), driven by JSON lines over its pipes.

It sends its tone from PJSIP's own wav player, and writes what it hears into a file, frame by frame with the instant of each. Its diary has
the same words as the other kind's, and some of two lines: consulting, handing_over, transferred, transfer_failed, forwarding.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from simulators.listening import RATE_HZ, Heard, Placing, tone
from simulators.manners import Manner
from simulators.phone import Account, Diary, PhoneError, Ring
from simulators.pjsip_home import Home
from simulators.pjsip_process import PjsipProcess

DIGIT_MS = 100
"""A key sounds 100 ms, as with the other kind of phone."""
START_S = 15.0
WITH_STATUS = ("refused", "declined", "refusing")
ENDS = (*WITH_STATUS, "hung_up", "cancelled", "forwarding", "ended")
"""How a call ends."""
STAMP = 8
"""Octets of a frame's instant, before its samples."""


class PjsipPhone:
    """A phone in a process of its own. ``folder`` is this phone's and is emptied.

    Of its ``manner`` laws and packets count: where its streams begin is PJSIP's own dice's to say. ``lines`` is how many calls it has at a time
    before another is told that it is busy; a call that it makes itself is never refused.
    """

    def __init__(
        self,
        name: str,
        account: Account,
        host: str,
        tone_hz: int,
        *,
        home: Home,
        folder: Path,
        manner: Manner | None = None,
        lines: int = 1,
        authority: Path | None = None,
    ) -> None:
        """``authority``: the certificate that the server's must be signed by; then the phone speaks TLS and SRTP, and nothing else."""
        self._authority = authority
        self.name, self.account, self.host, self.tone_hz = name, account, host, tone_hz
        self.diary = Diary()
        self.numbers_sent: set[str] = set()
        """Every longer run of digits in the requests that have come: what the phone has been told, whatever it shows."""
        self._folder = folder
        self._program = PjsipProcess(name, home, self._event)
        self.manner = manner or Manner()
        self._lines_max = lines
        self._lines: dict[int, str] = {}
        """Every call that lives: its key and the other side's number, oldest first."""
        self._answered: set[int] = set()
        self._rings: dict[int, Ring] = {}
        self._ring: Ring | None = None
        self._recording: Path | None = None
        self._manners: dict[str, Any] = {"refuse_with": None, "forward_with_302": None, "answer_after_s": None}

    @property
    def exact_keys(self) -> bool:
        """PJSIP plays keys from a queue of its own: nobody is told when the last has ended."""
        return False

    # --- the process ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process and register."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        settings = {
            "number": self.account.number,
            "password": self.account.password,
            "registrar": f"{self.account.host}:{self.account.port}",
            "host": self.host,
            "port": 5060,
            "folder": str(self._folder),
            "tone": tone(self.tone_hz).astype("<i2").tobytes().hex(),
            "codecs": list(self.manner.codecs),
            "packet_ms": self.manner.packet_ms,
            "lines": self._lines_max,
            "authority": str(self._authority or ""),
        }
        self._behave()
        await self._program.start(self._folder, settings)
        found = await self.diary.wait("registered", "failed", within_s=START_S, who=self.name)
        if found.word == "failed":
            raise PhoneError(f"{self.name}: PJSIP has not registered: {found.detail}; see {self._folder}/pjsip.log")

    @property
    def crashed(self) -> bool:
        """Whether the program has ended by itself."""
        return self._program.crashed

    def vanish(self) -> None:
        """Die as a phone that loses power: nothing is said to anyone."""
        self._program.kill()
        self._lines.clear()

    async def stop(self) -> None:
        """Hang up, unregister, end the process."""
        await self._program.stop()

    # --- what happens -----------------------------------------------------------------------------------------------------

    def _event(self, message: dict[str, Any]) -> None:
        key, number = message.get("line", 0), message.get("number", "")
        match message["event"]:
            case "registered" if self.diary.find("registered") is None:
                self.diary.note("registered", f"{self.account.number}, {self.manner}")
            case "unregistered" if self.diary.find("registered") is None:
                self.diary.note("failed", f"the registrar says {message['status']} {message['reason']}")
            case "over" if self.diary.find("registered") is None:
                self.diary.note("failed", f"the program ended with status {message['status']}")
            case "over" if self.crashed:
                self.diary.note("crashed", f"status {message['status']}")
            case "failed" | "problem" as word:
                self.diary.note(word, message["what"])
            case "recording":
                self._recording = Path(message["path"])
            case "told":
                self.numbers_sent.update(message["numbers"])
            case "dialling":
                self._lines[key] = number
                self.diary.note("calling", number)
            case "ringing":
                self._rang(key, number, message)
            case "ringback":
                self.diary.note("ringback")
            case "answered":
                self._answered.add(key)
                self.diary.note("answered", number)
            case "text":
                self.diary.note("text", message["text"])
            case "transfer" if message["final"] and 200 <= message["status"] < 300:
                self.diary.note("transferred", str(message["status"]))
            case "transfer" if message["status"] >= 300:
                self.diary.note("transfer_failed", str(message["status"]))
            case word if word in ENDS:
                self._lines.pop(key, None)
                self.diary.note(word, str(message["status"]) if word in WITH_STATUS else message["reason"])

    def _rang(self, key: int, number: str, message: dict[str, Any]) -> None:
        self._lines[key] = number
        line = self.diary.note("ringing", f"{message['name']} <{number}>")
        self._ring = self._rings[key] = Ring(line.at, number, message["name"], message["headers"])

    @property
    def current(self) -> int | None:
        """The call that was begun last; None where there is none."""
        return next(reversed(self._lines), None)

    def _need(self, what: str) -> int:
        if self.current is None:
            raise PhoneError(f"{self.name}: no call to {what}")
        return self.current

    def _ringing(self) -> int:
        ringing = [key for key in self._lines if key in self._rings and key not in self._answered]
        if not ringing:
            raise PhoneError(f"{self.name}: the phone does not ring")
        return ringing[-1]

    # --- how it takes calls -------------------------------------------------------------------------------------------------

    def _behave(self, **manners: float | str | None) -> None:
        """Written before this returns: the next call is taken so."""
        self._manners |= manners
        if self._folder.is_dir():
            partial = self._folder / "manners.partial"
            partial.write_text(json.dumps(self._manners), encoding="utf-8")
            partial.rename(self._folder / "manners.json")

    @property
    def refuse_with(self) -> int | None:
        """Refuse every call at once with this status."""
        value: int | None = self._manners["refuse_with"]
        return value

    @refuse_with.setter
    def refuse_with(self, status: int | None) -> None:
        self._behave(refuse_with=status)

    @property
    def forward_with_302(self) -> str | None:
        """Forward every call at once to this number: 302 with it as Contact."""
        value: str | None = self._manners["forward_with_302"]
        return value

    @forward_with_302.setter
    def forward_with_302(self, number: str | None) -> None:
        self._behave(forward_with_302=number)

    @property
    def answer_after_s(self) -> float | None:
        """Answer by itself after so many seconds of ringing, 0 in the ring's own millisecond; None: a person does it."""
        value: float | None = self._manners["answer_after_s"]
        return value

    @answer_after_s.setter
    def answer_after_s(self, seconds: float | None) -> None:
        self._behave(answer_after_s=seconds)

    # --- the person -----------------------------------------------------------------------------------------------------

    async def call(self, number: str) -> None:
        """Dial."""
        await self._program.wish("call", number=number)

    async def wait_ring(self, after: float = 0.0, within_s: float = 10.0) -> Ring:
        """The next ring since an instant."""
        await self.diary.wait("ringing", after=after, within_s=within_s, who=self.name)
        assert self._ring is not None
        return self._ring

    async def answer(self) -> None:
        """Take the ringing call; returns when it is established."""
        key, began = self._ringing(), time.monotonic()
        await self._program.wish("answer", line=key)
        await self.diary.wait("answered", after=began, who=self.name)

    async def decline(self, status: int = 486) -> None:
        """Refuse the ringing call."""
        await self._program.wish("decline", line=self._ringing(), status=status)

    async def forward(self, number: str) -> None:
        """Send the ringing call elsewhere: 302 with that number as Contact."""
        await self._program.wish("redirect", line=self._ringing(), number=number)

    async def press(self, digits: str) -> float:
        """Press keys one after the other; returns the instant of the last one's end."""
        key = self._need(f"press {digits} in")
        self.diary.note("pressing", digits)
        ended = 0.0
        for digit in digits:
            await self._program.wish("digit", line=key, digit=digit, ms=DIGIT_MS)
            await asyncio.sleep(DIGIT_MS / 1000)
            ended = time.monotonic()
            await asyncio.sleep(self.manner.gap_ms / 1000)
        self.diary.note("pressed", digits)
        return ended

    async def refer(self, number: str) -> None:
        """The transfer button: REFER (RFC 3515) to a number."""
        key = self._need(f"transfer to {number}")
        self.diary.note("referring", number)
        await self._program.wish("refer", line=key, number=number)

    async def consult(self, number: str) -> None:
        """The attended transfer's first half: the first call is held, and a second one is made beside it."""
        first = self._need(f"hand over to {number}")
        self.diary.note("consulting", number)
        await self._program.wish("hold", line=first)
        await self.call(number)

    async def hand_over(self) -> None:
        """Its second half: REFER with Replaces (RFC 3891), out of the first call and naming the second, also while that still rings."""
        if len(self._lines) < 2:
            raise PhoneError(f"{self.name}: nobody has been consulted")
        first, second = list(self._lines)[-2:]
        self.diary.note("handing_over", self._lines[second])
        await self._program.wish("hand_over", line=first, other=second)

    async def swap(self) -> None:
        """Talk on with the other of two: the current call is held, the other one resumed and current."""
        if len(self._lines) < 2:
            raise PhoneError(f"{self.name}: no second call")
        other, current = list(self._lines)[-2:]
        self.diary.note("swapping", self._lines[other])
        await self._program.wish("hold", line=current)
        await self._program.wish("resume", line=other)
        self._lines[other] = self._lines.pop(other)

    async def hold(self) -> None:
        """Put the other side on hold."""
        self.diary.note("holding")
        await self._program.wish("hold", line=self._need("hold"))

    async def resume(self) -> None:
        """Talk on."""
        self.diary.note("resuming")
        await self._program.wish("resume", line=self._need("resume"))

    async def hang_up(self) -> None:
        """End the call: BYE, CANCEL while it is dialled, 486 while it rings. Does nothing where there is none."""
        key = self.current
        if key is None or not self._program.runs:
            return
        self.diary.note("hanging_up")
        try:
            if key in self._rings and key not in self._answered:
                await self._program.wish("decline", line=key, status=486)
            else:
                await self._program.wish("hang_up", line=key)
        except PhoneError:
            if key in self._lines:
                raise
            # the other side has hung up at the same time

    def heard(self) -> Heard:
        """What has been heard in the current or last call, each frame where the packets' clock puts it."""
        heard, placing = Heard(), Placing()
        if self._recording is None or not self._recording.exists():
            return heard
        octets = self._recording.read_bytes()
        samples = RATE_HZ * self.manner.packet_ms // 1000
        size = STAMP + 2 * samples
        for number in range(len(octets) // size):
            frame = octets[number * size : (number + 1) * size]
            at = placing.place(float(np.frombuffer(frame[:STAMP], "<f8")[0]), 0, number * samples)
            heard.add(at, np.frombuffer(frame[STAMP:], "<i2").astype(np.int16))
        return heard
