"""Manners of simulated phones: dealt from a seed, and on the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
from itertools import pairwise

import pytest

from simulators import codec
from simulators.listening import PACKET_S, TONES_HZ, Heard, Placing, longest_silence_ms, tone, who_is_heard
from simulators.manners import ALAW, CODECS, PACKETS_MS, ULAW, Dealer, Manner
from simulators.rtp import MendedRtp, direction, spoken

HOST = "127.0.0.1"


def deal(seed: str, play: str, phones: int = 3) -> list[Manner]:
    """The manners of a play."""
    dealer = Dealer(seed)
    dealer.begin(play)
    return [dealer.deal(str(number)) for number in range(phones)]


def test_a_seed_deals_the_same_again_whatever_was_played_before() -> None:
    """A story that failed is repeated alone with the same phones."""
    dealer = Dealer("7")
    dealer.begin("another")
    dealer.deal("1001")
    dealer.begin("there_and_back")
    assert [dealer.deal(str(number)) for number in range(3)] == deal("7", "there_and_back")
    assert deal("8", "there_and_back") != deal("7", "there_and_back") != deal("7", "another")


def test_the_environment_names_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """``ONEKEY_MANNERS=7`` deals what seed 7 deals; without it every run is another."""
    monkeypatch.setenv("ONEKEY_MANNERS", "7")
    assert Dealer().seed == "7"
    monkeypatch.delenv("ONEKEY_MANNERS")
    assert Dealer().seed


def test_every_manner_is_dealt() -> None:
    """Both laws alone, both orders of the two, and packets of 10, 20 and 30 ms."""
    manners = deal("1", "all", 200)
    assert {(m.codecs, m.packet_ms) for m in manners} == {(c, p) for c in CODECS for p in PACKETS_MS}


def test_a_story_may_demand_a_manner() -> None:
    """The demand is for one phone of one play; the others are dealt what they would have been."""
    dealer, wanted = Dealer("7"), Manner(codecs=(ULAW,))
    dealer.begin("there_and_back")
    dealer.fixed["1"] = wanted
    assert [dealer.deal(str(n)) for n in range(3)] == [
        wanted if n == 1 else m for n, m in enumerate(deal("7", "there_and_back"))
    ]
    dealer.begin("another")
    assert dealer.deal("1") != wanted


def test_a_phone_takes_what_it_speaks_in_its_own_order_and_keys() -> None:
    """Of an offer of both laws."""
    offer = {ALAW: "PCMA", ULAW: "PCMU"}
    assert list(spoken(offer, (ULAW, ALAW))) == [ULAW, ALAW]
    assert list(spoken(offer, (ULAW,))) == [ULAW]
    assert spoken({ALAW: "PCMA"}, (ULAW,)) == {}


def test_the_direction_is_read_from_the_description() -> None:
    """``sendrecv`` is what no line means (RFC 8866 section 6.7)."""
    assert direction(b"v=0\r\na=sendonly\r\n") == "sendonly"
    assert direction(b"v=0\r\na=ptime:20\r\n") == "sendrecv"


# --- on the wire ------------------------------------------------------------------------------------------------------------

Packet = tuple[int, int, int, int, int]
"""Payload type, sequence number, time stamp, source, octets."""


async def packets(count: int, ear: socket.socket) -> list[Packet]:
    """The next packets that a stream sends."""
    loop, found = asyncio.get_running_loop(), []
    while len(found) < count:
        raw = await asyncio.wait_for(loop.sock_recv(ear, 2048), 5)
        _, kind, sequence, stamp, source = struct.unpack("!BBHII", raw[:12])
        found.append((kind, sequence, stamp, source, len(raw) - 12))
    return found


@pytest.mark.parametrize("packet_ms", PACKETS_MS)
async def test_a_stream_begins_anywhere_counts_on_and_begins_anew(packet_ms: int) -> None:
    """Numbers by RFC 3550: each packet is the next; after hold sequence number and source are others."""
    manner = Manner(codecs=(ULAW,), packet_ms=packet_ms, seed=4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((HOST, 0))
        ear.setblocking(False)
        rtp = MendedRtp({ULAW: None}, HOST, 0, HOST, ear.getsockname()[1], "sendrecv")
        rtp.open(550, Heard(), manner)
        try:
            rtp.start()
            first = await packets(5, ear)
            rtp.begin_anew()
            second = await packets(3, ear)
        finally:
            rtp.stop()
    assert {kind for kind, *_ in first} == {ULAW}
    assert {size for *_, size in first} == {8 * packet_ms}
    assert all((b[1] - a[1]) % 2**16 == 1 and (b[2] - a[2]) % 2**32 == 8 * packet_ms for a, b in pairwise(first))
    assert first[0][1] > 100, "pyVoIP begins at 1 to 100"
    assert first[-1][3] != second[0][3]
    assert (second[0][1] - first[-1][1]) % 2**16 != 1


async def test_a_stream_may_begin_anew_at_a_chosen_distance() -> None:
    """3,000 lower, as a story wants it."""
    rtp = MendedRtp({ALAW: None}, HOST, 0, HOST, 9, "sendrecv")
    rtp.open(550, Heard(), Manner(jump=-3000))
    try:
        before = rtp.outSequence
        rtp.begin_anew()
        assert (rtp.outSequence - before) % 2**16 == 2**16 - 3000
    finally:
        rtp.stop()


# --- in the ear -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packet_ms", PACKETS_MS)
def test_who_is_heard_and_silence_do_not_depend_on_the_length_of_packets(packet_ms: int) -> None:
    """A mixture of two tones, cut into packets of any length: the same two are heard, and a gap of 100 ms is found as such."""
    n = range(8000 * 12 // 10)
    mixed = sum(codec.decode(codec.encode(tone(hz, len(n)), ALAW), ALAW).astype(int) for hz in TONES_HZ[:2])
    heard, placing, size = Heard(), Placing(), 8 * packet_ms
    for at in range(0, len(n) - size, size):
        if not 4800 <= at < 5520:
            heard.add(placing.place(10 + at / 8000, 1, at), mixed[at : at + size].astype("int16"))
    tones = {str(hz): hz for hz in TONES_HZ}
    assert who_is_heard(heard, tones, 10.0, 11.1) == {str(hz) for hz in TONES_HZ[:2]}
    assert longest_silence_ms(heard, 10.1, 11.1) == pytest.approx(90, abs=1000 * PACKET_S + 10)
    assert longest_silence_ms(heard, 10.1, 10.5) == pytest.approx(0, abs=1)
