"""The context's id on the wire: believed, forged, expired, replayed; and what the far seat reads."""

from __future__ import annotations

import pytest

from gateway.core import uui, view
from gateway.core.commands import AttachContext, ContextRow, TellSeat
from gateway.core.events import QueueAnswered, TrunkArrived
from gateway.core.terms import ChannelUid, ContextId, SeatId
from gateway.core.uui import TTL_S, Signed, decode, encode
from gateway.core.words import UNVERIFIED
from gateway.core.world import Settings

from .plays import KEY, B, Play

OLD = b"o" * 32
ID = ContextId("c-0123456789abcdef0123")
TRUNK = "PJSIP/trunk-12345-0000000c"


def test_an_id_is_read_back_until_it_expires() -> None:
    """Id and version come back; from its last instant on it has expired."""
    value = encode(ID, 7, 1000.5, KEY)
    assert decode(value, (KEY,), 1000.0 + TTL_S - 1) == Signed(ID, 7)
    assert decode(value, (KEY,), 1000.0 + TTL_S) == Signed(ID, 7, "expired")
    assert len(value) < 256


def test_keys_rotate() -> None:
    """The first signs, each of them verifies, and one that is not listed is forged."""
    value = encode(ID, 1, 1000.0, OLD)
    assert decode(value, (KEY, OLD), 1000.0).context == ID
    assert decode(value, (KEY,), 1000.0).problem == "forged"


def test_no_byte_may_change() -> None:
    """Every digit of the value is signed, the key's name too."""
    value = encode(ID, 1, 1000.0, KEY)
    digits = value.partition(";")[0]
    for n, digit in enumerate(digits):
        other = digits[:n] + ("0" if digit != "0" else "1") + digits[n + 1 :]
        assert decode(other + ";encoding=hex", (KEY,), 1000.0).problem == "forged", n


@pytest.mark.parametrize("value", ["", "x", "00", "ff" * 30, "31" * 400, "2e" * 9 + "0", "é", "32" * 500])
def test_what_is_no_id_is_forged(value: str) -> None:
    """Whatever a trunk brings is judged, and nothing raises."""
    assert decode(value, (KEY,), 1000.0).problem == "forged"


def arrive(play: Play, value: str, leg: str = "l") -> None:
    """The target leg reaches 110 with this id, and seat 2001 answers."""
    play.channel(B, "t", TRUNK)
    play.tell(TrunkArrived(B, play.at(), ChannelUid("t"), TRUNK, ChannelUid(leg), value))
    play.tell(QueueAnswered(B, play.at(), "110", ChannelUid("t"), SeatId("2001"), ChannelUid("f"), 1, 1.0))


def told(play: Play) -> list[str]:
    """What seat 2001 has read."""
    return [item.text for item in play.all(TellSeat) if item.seat == "2001"]


def refused(play: Play) -> list[str]:
    """Why an id was taken off a call."""
    return [item.why for item in play.all(AttachContext) if not item.uui]


def pressed() -> tuple[Play, ContextRow]:
    """A transfer whose leg is on its way to 110."""
    play = Play(settings=Settings(KEY, signing_keys_old=(OLD,)))
    play.connect()
    play.press()
    play.leg("12345.1000000.1", "110")
    return play, play.all(ContextRow)[-1]


@pytest.mark.parametrize("key", [KEY, OLD], ids=["key", "old key"])
def test_a_good_id_is_believed(key: bytes) -> None:
    """Nothing is taken away, and the seat is warned of nothing."""
    play, row = pressed()
    arrive(play, encode(row.id, row.version, 1000.0, key))
    assert (refused(play), told(play)) == ([], [])
    assert view.calls_view(play.core.world)[0]["unverified"] == []


@pytest.mark.parametrize("why", ["forged", "expired", "replayed"])
def test_a_bad_id_is_refused_and_the_call_goes_on(why: str) -> None:
    """It is taken off the call, the seat that answers reads so, and the transfer is what it was."""
    play, row = pressed()
    values = {
        "forged": encode(row.id, 1, 1000.0, b"x" * 32),
        "expired": encode(row.id, 1, 1000.0 - TTL_S, KEY),
        "replayed": encode(uui.context_id("12345", "another"), 1, 1000.0, KEY),
    }
    before = play.transfer()
    arrive(play, values[why])
    assert (refused(play), told(play)) == ([why], [UNVERIFIED])
    assert play.transfer() == before
    assert view.calls_view(play.core.world)[0]["unverified"] == ["110"]


def test_a_replay_is_found_in_either_order() -> None:
    """The far side's news may come before home's: it is compared when both are known."""
    play = Play()
    play.connect()
    play.press()
    play.channel(B, "t", TRUNK)
    value = encode(uui.context_id("12345", "another"), 1, 1000.0, KEY)
    play.tell(TrunkArrived(B, play.at(), ChannelUid("t"), TRUNK, ChannelUid("l"), value))
    assert refused(play) == []
    play.leg("12345.1000000.1", "110")
    assert refused(play) == ["replayed"]
