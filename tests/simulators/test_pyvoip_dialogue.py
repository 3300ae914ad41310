"""The numbers of a simulated phone's requests, as a switchboard sees them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from simulators.phone import Account
from simulators.pyvoip_phone import PyVoipPhone
from simulators.sip_texts import header

HOST = "127.0.0.1"
SDP = (
    f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


class Switchboard(asyncio.DatagramProtocol):
    """Answers every request with 200 and keeps each one's method and number."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    def connection_made(self, transport: Any) -> None:
        """Ready."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One request."""
        method, number = data.split()[0].decode(), header(data, "CSeq")
        self.seen.append((method, int(number.split()[0])))
        if method == "ACK":
            return
        body = SDP if method == "INVITE" else ""
        lines = [
            "SIP/2.0 200 OK",
            *(f"{name}: {header(data, name)}" for name in ("Via", "From", "Call-ID", "CSeq")),
            f"To: {header(data, 'To')};tag=board",
            f"Contact: <sip:board@{addr[0]}:{addr[1]}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), addr)


@pytest_asyncio.fixture
async def board() -> AsyncIterator[tuple[Switchboard, int]]:
    """A switchboard and its port."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Switchboard, local_addr=(HOST, 0))
    yield protocol, transport.get_extra_info("sockname")[1]
    transport.close()


async def test_the_goodbye_of_the_hundredth_call_is_numbered_after_its_invite(board: tuple[Switchboard, int]) -> None:
    """A request within a call has a higher number than the INVITE that began it (RFC 3261 section 12.2.1.1), or it is refused."""
    switchboard, port = board
    phone = PyVoipPhone("caller", Account("1001", "secret", HOST, port), "127.0.0.2", 550)
    await phone.start()
    for _ in range(100):
        phone.sip.inviteCounter.next()
    await phone.call("12345")
    await phone.diary.wait("answered", who="caller")
    await phone.hang_up()
    await phone.stop()
    numbers = dict(switchboard.seen)
    assert numbers["INVITE"] > 100
    assert numbers["BYE"] > numbers["INVITE"]
