"""What PJSIP calls back, in the program of one phone: an ear, a call, an account; and how the program tells of it.

Standard library and PJSIP's own binding only, as ``pjsip_program``. The callbacks come in threads of PJSIP's own (one for SIP, one that is the
clock of the audio), and an exception must not leave one: the library has no way to catch it.
"""

from __future__ import annotations

import functools
import json
import os
import re
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

FRAME = struct.Struct("<d")
"""Each piece of received audio: its instant (monotonic seconds), then the samples, 16 bits each."""
OUT = os.dup(1)
"""Where our lines go: PJSIP prints on the standard output until it has been told not to."""


def say(**line: Any) -> None:
    """One line out; whole, whichever thread says it."""
    os.write(OUT, (json.dumps(line, ensure_ascii=False) + "\n").encode())


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """A callback whose exception is told instead of thrown into the library."""

    @functools.wraps(function)
    def call(*words: Any) -> None:
        try:
            function(*words)
        except Exception as error:
            say(event="problem", what=f"{function.__name__}: {describe(error)}")

    return call


def describe(error: Exception) -> str:
    """An error in words: PJSIP's own have no text of their own."""
    return error.info(False) if isinstance(error, pj.Error) else f"{type(error).__name__}: {error}"


def header(message: str, name: str) -> str:
    """One header of a message, or an empty text."""
    found = re.search(rf"^{name}\s*:[ \t]*(.*?)\r?$", message, re.I | re.M)
    return found[1] if found else ""


def party(value: str) -> tuple[str, str]:
    """``"x" <sip:a@b>;tag=1`` -> (a, x)."""
    number = re.search(r"sips?:([^@;>]+)@", value)
    shown = re.match(r'\s*"?([^"<]*?)"?\s*<', value)
    return number[1] if number else "", shown[1] if shown else ""


class Owner(Protocol):
    """The phone, as far as its calls know it."""

    account: Number
    tone: Any
    ear: Ear
    unregistered: threading.Event

    def keep(self, line: Line) -> int:
        """A new call's key."""

    def invited(self, prm: Any) -> None:
        """An INVITE."""

    def text(self, prm: Any) -> None:
        """A SIP MESSAGE."""

    def told(self, message: str) -> None:
        """Every message of a call that comes in."""


class Ear(pj.AudioMediaPort):
    """Writes what is heard, each frame with its instant, into the file of the current call."""

    def __init__(self) -> None:
        super().__init__()
        self._file = -1
        self._lock = threading.Lock()

    def record(self, path: str) -> None:
        """Go on in a new file."""
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with self._lock:
            before, self._file = self._file, opened
        if before >= 0:
            os.close(before)

    @guarded
    def onFrameReceived(self, frame: Any) -> None:
        """One frame, at the pace of the clock."""
        if frame.size:
            at = time.monotonic()
            with self._lock:
                if self._file >= 0:
                    os.write(self._file, FRAME.pack(at) + bytes(frame.buf)[: frame.size])


class Line(pj.Call):
    """One call of the phone. ``word`` is what its end is called."""

    def __init__(self, phone: Owner, number: str, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone, self.number = phone, number
        self.incoming = call_id != pj.PJSUA_INVALID_ID
        self.answered = self.over = self.held = False
        self.word = ""
        self.key = phone.keep(self)

    @guarded
    def onCallState(self, _prm: Any) -> None:
        """Ringing at the other side, answered, or over."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            say(event="ringback", line=self.key)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED and not self.answered:
            self.answered = True
            say(event="answered", line=self.key, number=self.number)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.end(self.word or self._end, info.lastStatusCode, info.lastReason)

    @property
    def _end(self) -> str:
        if self.answered:
            return "hung_up"
        return "cancelled" if self.incoming else "refused"

    def end(self, word: str, status: int = 0, reason: str = "") -> None:
        """It is over, as far as the phone's person is concerned; told once."""
        if not self.over:
            self.over = True
            say(event=word, line=self.key, status=status, reason=reason)

    def leave(self, word: str) -> None:
        """Hang up. The line is free at once: a switchboard that has died would answer the goodbye never."""
        self.word = word  # the other side may answer before this thread goes on
        self.hangup(pj.CallOpParam())
        self.end(word)

    @guarded
    def onCallMediaState(self, _prm: Any) -> None:
        """Audio has begun, changed or stopped: the tone goes out and what comes is heard."""
        info = self.getInfo()  # kept: its parts live no longer than it does
        for index, media in enumerate(info.media):
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status in (
                pj.PJSUA_CALL_MEDIA_ACTIVE,
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
            ):
                audio = self.getAudioMedia(index)
                self.phone.tone.startTransmit(audio)
                audio.startTransmit(self.phone.ear)

    @guarded
    def onCallTsxState(self, prm: Any) -> None:
        """Every message of this call that comes in: what the phone has been told, whatever it shows."""
        state = prm.e.body.tsxState
        if state.type == pj.PJSIP_EVENT_RX_MSG:
            self.phone.told(state.src.rdata.wholeMsg)

    @guarded
    def onCallTransferStatus(self, prm: Any) -> None:
        """How a transfer of ours goes (RFC 3515's NOTIFY). One that has gone well ends this call, as a phone does."""
        say(event="transfer", line=self.key, status=prm.statusCode, final=prm.finalNotify)
        if prm.finalNotify and 200 <= prm.statusCode < 300:
            prm.cont = False
            if not self.over:
                self.leave("hung_up")

    @guarded
    def onInstantMessage(self, prm: Any) -> None:
        """A text within the call."""
        self.phone.text(prm)


class Number(pj.Account):
    """The phone's account."""

    def __init__(self, phone: Owner) -> None:
        super().__init__()
        self.phone = phone

    @guarded
    def onRegState(self, prm: Any) -> None:
        """Registered, refused, or gone."""
        if prm.code // 100 == 2 and prm.expiration:
            say(event="registered")
        elif prm.code // 100 == 2:
            self.phone.unregistered.set()
        else:
            say(event="unregistered", status=prm.code, reason=prm.reason)

    @guarded
    def onIncomingCall(self, prm: Any) -> None:
        """A call: refused, forwarded, or it rings."""
        self.phone.invited(prm)

    @guarded
    def onInstantMessage(self, prm: Any) -> None:
        """A text."""
        self.phone.text(prm)
