"""The audio stream of a simulated phone: RTP (RFC 3550), G.711, keys (RFC 4733), on one asyncio socket and by the clock.

As a real phone's, a stream begins at any sequence number, time stamp and source, and begins anew after hold.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
import warnings
from typing import Any

from simulators import codec
from simulators.listening import RATE_HZ, Heard, Placing, tone
from simulators.manners import STREAM_BITS, Manner
from simulators.phone import PhoneError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyVoIP's own syntax
    import pyVoIP.VoIP  # noqa: F401  # isort: skip  # first: pyVoIP's modules import in a circle
    from pyVoIP import RTP

DIGITS = "0123456789*#ABCD"
"""RFC 4733 section 3.2: the event's number is the place in this text."""
EVENT = 101
DIGIT_MS = 100
"""A key sounds so long; Asterisk counts at least 80."""
END_PACKETS = 3
"""RFC 4733 section 2.5.1.4: the end is sent three times."""
PERIOD = 480
"""Samples of 60 ms: whole periods of every tone, whole packets of 10, 20 and 30 ms."""
SENDS = ("sendrecv", "sendonly")
"""Directions (RFC 3264) in which a party sends."""
MIRRORED = {"sendonly": "recvonly", "recvonly": "sendonly"}
"""What is answered to an offered direction; the others are answered with themselves."""


class MendedRtp(RTP.RTPClient):  # type: ignore[misc]
    """pyVoIP's RTP client without its threads, its 8 bits, its buffers and its low numbers."""

    def open(self, tone_hz: int, heard: Heard, manner: Manner | None = None, dice: random.Random | None = None) -> None:
        """Bind, and keep what comes. ``dice`` are the phone's: no two of its streams begin alike."""
        manner = manner or Manner()
        self._dice = dice or random.Random(manner.seed)
        self.packet_ms, self._samples, self._jump = manner.packet_ms, RATE_HZ * manner.packet_ms // 1000, manner.jump
        self._gap_packets = -(-manner.gap_ms // manner.packet_ms)
        self.kind = next((kind for kind in self.assoc if kind in codec.TABLES), 8)
        self.event_kind = next((k for k, p in self.assoc.items() if p == RTP.PayloadType.EVENT), EVENT)
        self._voice = codec.encode(tone(tone_hz, PERIOD), self.kind)
        self._quiet = codec.encode([0] * PERIOD, self.kind)
        self.muted = False
        """Whether the person says nothing; packets are sent all the same."""
        self.digits_heard: list[str] = []
        """Keys that came from the other side."""
        self._digit_heard_at = -1
        self._at = 0
        self._heard, self._placing = heard, Placing()
        self._digits: list[tuple[int, int, bool]] = []
        self._digit_stamp = 0
        self.digit_ended: dict[int, float] = {}
        self._digit_count = 0
        self.sends = True
        self._random_numbers()
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((self.inIP, self.inPort))
        except OSError as error:
            self._socket.close()
            raise PhoneError(f"no audio at {self.inIP}:{self.inPort}/udp: {error}") from None
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._receive)
        self._next = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def _random_numbers(self) -> None:
        """RFC 3550 section 5.1: the initial values should be random. pyVoIP begins at 1 to 100, which no real phone does."""
        self.outSequence, self.outTimestamp, self.outSSRC = (self._dice.randrange(2**bits) for bits in STREAM_BITS)

    def begin_anew(self) -> None:
        """Another stream from now on, as of a phone that comes back from hold, or of a border controller that does it for him."""
        before = self.outSequence
        self._random_numbers()
        if self._jump is not None:
            self.outSequence = (before + self._jump) % 2**16

    def start(self) -> None:
        """Begin to send, now that the other side's address is known."""
        if self._timer is None:
            self._next = self._loop.time()
            self._tick()

    def falter(self, seconds: float) -> None:
        """Send nothing for a moment, as when the network loses some packets in a row."""
        if self._timer is not None:
            self._timer.cancel()
            self._next = self._loop.time() + seconds
            self._timer = self._loop.call_at(self._next, self._tick)

    def stop(self) -> None:
        """Let go of the socket; again is harmless."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _tick(self) -> None:
        if self.sends:
            sound = self._quiet if self.muted else self._voice
            self._send(self.kind, sound[self._at : self._at + self._samples], self.outTimestamp, marker=False)
        self._at = (self._at + self._samples) % PERIOD
        if self._digits:
            self._send_digit(*self._digits.pop(0))
        self.outTimestamp = (self.outTimestamp + self._samples) % 2**32
        self._next += self.packet_ms / 1000
        self._timer = self._loop.call_at(self._next, self._tick)

    def _send(self, kind: int, payload: bytes, stamp: int, *, marker: bool) -> None:
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), self.outSequence, stamp, self.outSSRC)
        self.outSequence = (self.outSequence + 1) % 2**16
        try:
            self._socket.sendto(head + payload, (self.outIP, int(self.outPort)))
        except OSError:
            pass  # the other side has closed its port: a phone goes on sending until it is told

    def digit(self, key: str) -> int:
        """Queue one key: its packets and the gap after it. Returns the key's number for ``digit_ended``."""
        event, packets = DIGITS.index(key), -(-DIGIT_MS // self.packet_ms)
        self._digit_count += 1
        self._digits += [(event, number, False) for number in range(1, packets + 1)]
        self._digits += [(event, packets, True)] * END_PACKETS
        self._digits += [(-1, 0, False)] * self._gap_packets
        return self._digit_count

    @property
    def pressing(self) -> bool:
        """Whether packets of a key are still to be sent."""
        return any(event >= 0 for event, _, _ in self._digits)

    def _send_digit(self, event: int, length: int, end: bool) -> None:
        if event < 0:
            return
        first = length == 1 and not end
        if first:
            self._digit_stamp = self.outTimestamp
        if end:
            self.digit_ended.setdefault(len(self.digit_ended) + 1, time.monotonic()) if self._first_end() else None
        payload = struct.pack("!BBH", event, (0x80 if end else 0) | 10, length * self._samples)
        self._send(self.event_kind, payload, self._digit_stamp, marker=first)

    def _first_end(self) -> bool:
        """Whether two more end packets follow this one."""
        return len(self._digits) >= 2 and self._digits[0][2] and self._digits[1][2]

    def _receive(self) -> None:
        while True:
            try:
                packet = self._socket.recv(2048)
            except OSError:
                return
            if len(packet) < 12 or packet[0] >> 6 != 2:
                continue
            kind = packet[1] & 0x7F
            if kind in codec.TABLES:
                _, _, _, stamp, ssrc = struct.unpack("!BBHII", packet[:12])
                samples = codec.decode(packet[12 + 4 * (packet[0] & 15) :], kind)
                self._heard.add(self._placing.place(time.monotonic(), ssrc, stamp), samples)
            elif kind == self.event_kind and len(packet) >= 16:
                stamp = struct.unpack("!I", packet[4:8])[0]  # one for all packets of a key
                if stamp != self._digit_heard_at and packet[12] < len(DIGITS):
                    self._digit_heard_at = stamp
                    self.digits_heard.append(DIGITS[packet[12]])


def spoken(offered: dict[int, Any], codecs: tuple[int, ...]) -> dict[int, Any]:
    """The payload types of an offer that a phone takes, its own order of codecs first, keys last."""
    voices = {kind: offered[kind] for kind in codecs if kind in offered}
    return {**voices, **{kind: what for kind, what in offered.items() if what == RTP.PayloadType.EVENT}}


def direction(raw: bytes) -> str:
    """The direction of a message's audio, as its sender sees it; ``sendrecv`` where none is written."""
    for line in raw.splitlines():
        if line in (b"a=sendonly", b"a=recvonly", b"a=inactive"):
            return line[2:].decode()
    return "sendrecv"


def sdp(rtp: MendedRtp, session: str, version: int, way: str) -> str:
    """A session description (RFC 8866) of one audio stream."""
    lines = [
        "v=0",
        f"o=pyVoIP {session} {version} IN IP4 {rtp.inIP}",
        "s=-",
        f"c=IN IP4 {rtp.inIP}",
        "t=0 0",
        f"m=audio {rtp.inPort} RTP/AVP {' '.join(map(str, rtp.assoc))}",
    ]
    for kind, what in rtp.assoc.items():
        lines.append(f"a=rtpmap:{kind} {what}/8000")
        lines += [f"a=fmtp:{kind} 0-15"] if what == RTP.PayloadType.EVENT else []
    return "\r\n".join([*lines, f"a=ptime:{rtp.packet_ms}", f"a={way}"]) + "\r\n"
