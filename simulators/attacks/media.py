"""RTP from strangers: keys that nobody pressed, and ears that nobody invited.

The stranger has no account and no place on the way of the packets: an address of its own, and guesses.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from simulators.attacks import Ground, attack
from simulators.phone import PhoneError
from simulators.rtp import DIGITS, EVENT

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
RTP_PORTS = range(10000, 12001, 2)
"""Where a lab's Asterisk takes audio; a stranger has them from any phone's SDP."""
SPRAYS = 4
WATCHED_S = 2.0
"""How long a phone is watched that must not ring: a key rings it within a tenth of that."""
LEARNING_S = 4.5
"""Asterisk learns where a party's audio comes from for five seconds, then locks."""
FALTERS_S = 0.15
"""Seven packets of 20 ms that are lost in a row."""
FIRST_PACKET_S = 0.2
"""How long a slow phone takes from its answer to its first packet."""


class Stranger:
    """A socket that sends what it likes, and counts what comes back."""

    def __init__(self, ground: Ground) -> None:
        prefix = ground.stage.lab["phones"].rsplit(".", 1)[0]
        self.host = f"{prefix}.250"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, 0))
        self._socket.setblocking(False)
        self._sequence, self._ssrc = random.randrange(65536), random.randrange(2**32)
        self.heard: list[bytes] = []
        """RTP packets that were sent to the stranger."""
        self.alive: set[int] = set()
        """Ports that answered a STUN request: there is audio."""
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def close(self) -> None:
        """Let go of the socket."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _receive(self) -> None:
        while True:
            try:
                data, (_, port) = self._socket.recvfrom(2048)
            except OSError:
                return
            if data[:1] and data[0] >> 6 == 2:
                self.heard.append(data)
            elif data[:2] == b"\x01\x01":
                self.alive.add(port)

    def send(self, target: tuple[str, int], data: bytes) -> None:
        """One datagram; a full buffer is a lost one."""
        try:
            self._socket.sendto(data, target)
        except OSError:
            pass  # nobody listens there, or the buffer is full: the attacker goes on

    def packet(self, payload: bytes, kind: int = 8, stamp: int = 0, *, marker: bool = False) -> bytes:
        """The next RTP packet of the stranger's own stream."""
        self._sequence = (self._sequence + 1) % 65536
        second = kind | (0x80 if marker else 0)
        return struct.pack("!BBHII", 0x80, second, self._sequence, stamp, self._ssrc) + payload

    def keys(self, digits: str, stamp: int) -> Iterator[bytes]:
        """Seven packets a digit: four that it is down, three that it is up again (RFC 4733)."""
        for digit in digits:
            stamp += 2000
            for number, (length, end) in enumerate([(400, 0), (800, 0), (1200, 0), (1600, 0)] + [(1600, 0x80)] * 3):
                event = struct.pack("!BBH", DIGITS.index(digit), end | 10, length)
                yield self.packet(event, EVENT, stamp, marker=number == 0)

    def stun(self, target: tuple[str, int]) -> None:
        """A STUN binding request (RFC 5389): whoever answers has an audio port there."""
        self.send(target, struct.pack("!HHI", 1, 0, 0x2112A442) + random.randbytes(12))


def _audio_of(phone: Any) -> tuple[str, int]:
    """Where a phone's audio goes: the port of its leg at Asterisk."""
    return phone.current.rtp.outIP, int(phone.current.rtp.outPort)


async def _stays_silent(ground: Ground, phone: Any, after: float, what: str) -> None:
    try:
        await phone.wait_ring(after=after, within_s=WATCHED_S)
    except PhoneError:
        return
    ground.must(False, what)


async def _unharmed(ground: Ground, caller: Any, seat: Any) -> None:
    await asyncio.gather(ground.play.hears(caller, {seat}), ground.play.hears(seat, {caller}))


@attack("media")
async def keys_of_a_seat_by_rtp(ground: Ground) -> str:
    """Press `*1` for a seat with fourteen RTP packets from an address without an account, and hear its call."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    stranger, target, began = Stranger(ground), _audio_of(seat), asyncio.get_running_loop().time()
    try:
        for packet in stranger.keys("*1", 0):
            stranger.send(target, packet)
        for number in range(50):
            stranger.send(target, stranger.packet(bytes(160), stamp=160 * number))
            await asyncio.sleep(0.02)
        await _stays_silent(ground, far, began, "110 rings: fourteen packets from a stranger pressed the seat's key")
        ground.must(not stranger.heard, f"{len(stranger.heard)} packets of the call's audio came to the stranger")
        await _unharmed(ground, caller, seat)
    finally:
        stranger.close()
    pressed = await ground.play.press(seat)
    await ground.play.rings(far, pressed)
    return "no ring, no packet of the call's audio; the seat's own key rings 110"


@attack("media")
async def keys_of_a_seat_sprayed(ground: Ground) -> str:
    """Press `*1` without knowing the port: the same packets to every port that may carry audio."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    stranger, began, host = Stranger(ground), asyncio.get_running_loop().time(), _audio_of(seat)[0]
    try:
        sent = 0
        for _ in range(SPRAYS):
            sent += await _spray(stranger, host, RTP_PORTS, list(stranger.keys("*1", random.randrange(2**31))))
        await _stays_silent(ground, far, began, f"110 rings: {sent} sprayed packets pressed the seat's key")
        ground.must(not stranger.heard, f"{len(stranger.heard)} packets of the call's audio came to the stranger")
        await _unharmed(ground, caller, seat)
    finally:
        stranger.close()
    return f"{sent} packets, no ring, no packet of the call's audio"


async def _spray(stranger: Stranger, host: str, ports: Iterable[int], packets: list[bytes]) -> int:
    count = 0
    for packet in packets:
        for port in ports:
            stranger.send((host, port), packet)
            count += 1
        await asyncio.sleep(0)
    return count


@attack("media")
async def keys_while_a_phone_falters(ground: Ground) -> str:
    """Press `*1` where a few packets of the seat are lost, in the five seconds from the answer in which Asterisk still learns their source."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await caller.call("12345")
    await seat.wait_ring(after=ground.play.began)
    stranger, began = Stranger(ground), asyncio.get_running_loop().time()
    try:
        await seat.answer()
        target, stamp = _audio_of(seat), 0
        until = began + LEARNING_S
        while asyncio.get_running_loop().time() < until:
            seat.current.rtp.falter(FALTERS_S)
            for _ in range(10):
                stranger.send(target, stranger.packet(bytes(80)))
                await asyncio.sleep(0.008)
            for packet in stranger.keys("*1", stamp):
                stranger.send(target, packet)
                await asyncio.sleep(0.002)
            stamp += 10000
            await asyncio.sleep(0.1)
        await _stays_silent(
            ground, far, began, "110 rings: keys while the seat's packets were lost were taken for the seat's"
        )
        ground.must(not stranger.heard, f"{len(stranger.heard)} packets of the call's audio came to the stranger")
        await _unharmed(ground, caller, seat)
    finally:
        stranger.close()
    return f"no ring, with {1000 * FALTERS_S:.0f} ms of lost packets again and again while the source is learnt"


@attack("media")
async def keys_while_a_seat_holds(ground: Ground) -> str:
    """Press `*1` while the seat's phone is silent on hold, from the answer until Asterisk has long ceased to learn."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    await ground.play.connect(caller, seat)
    stranger, began = Stranger(ground), asyncio.get_running_loop().time()
    try:
        target, stamp = _audio_of(seat), 0
        await seat.hold()
        while asyncio.get_running_loop().time() < began + LEARNING_S + 2:
            for _ in range(25):
                stranger.send(target, stranger.packet(bytes(80)))
                await asyncio.sleep(0.009)
            for packet in stranger.keys("*1", stamp):
                stranger.send(target, packet)
                await asyncio.sleep(0.009)
            stamp += 10000
        await _stays_silent(
            ground, far, began, "110 rings: keys of a stranger while the seat's phone was silent on hold"
        )
        ground.must(not stranger.heard, f"{len(stranger.heard)} packets of the call's audio came to the stranger")
        await seat.resume()
        await _unharmed(ground, caller, seat)
    finally:
        stranger.close()
    return "no ring in seven seconds of hold; after it, caller and seat hear each other at once, the phone's stream begun anew"


@attack("media")
async def keys_before_the_first_packet(ground: Ground) -> str:
    """Be there first: have packets wait at the ringing seat's port, be learnt as its source, and press `*1` before its phone's first packet."""
    caller, seat, far = await ground.play.phones(CALLER, SEAT, FAR)
    seat.first_packet_after_s = FIRST_PACKET_S
    await caller.call("12345")
    await seat.wait_ring(after=ground.play.began)
    stranger, began, host = Stranger(ground), asyncio.get_running_loop().time(), seat.account.host
    try:
        for port in RTP_PORTS:
            stranger.stun((host, port))
        # these wait in the socket until the seat answers, and are then read all at once
        await _spray(stranger, host, RTP_PORTS, [stranger.packet(bytes(160), stamp=160 * n) for n in range(12)])
        await seat.answer()
        target, until, stamp = _audio_of(seat), asyncio.get_running_loop().time() + FIRST_PACKET_S, 100000
        for _ in range(11):  # paced: what comes too fast is taken for a flood
            stranger.send(target, stranger.packet(bytes(80)))
            await asyncio.sleep(0.009)
        while asyncio.get_running_loop().time() < until:
            for packet in stranger.keys("*1", stamp):
                stranger.send(target, packet)
                await asyncio.sleep(0.002)
            stamp += 10000
        await _stays_silent(ground, far, began, "110 rings: a key pressed before the seat's phone had sent a packet")
        await _unharmed(ground, caller, seat)
        before = len(stranger.heard)
        await asyncio.sleep(0.5)
        ground.must(len(stranger.heard) == before == 0, f"{len(stranger.heard)} packets of audio came to the stranger")
    finally:
        stranger.close()
    return f"no ring though the phone's first packet came after {1000 * FIRST_PACKET_S:.0f} ms; {len(stranger.alive)} ports answered STUN"
