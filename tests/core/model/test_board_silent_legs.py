"""The silent leg that enters a bridge of two for a moment is nobody: no state of a seat, no transfer and no count knows of it."""

from __future__ import annotations

from gateway.core.messages.records import SeatRow, TransferRow
from gateway.core.model.board import SILENT_PREFIX
from gateway.core.values.ids import ChannelUid
from tests.core.plays import A, Play, seen

SILENT = f"{SILENT_PREFIX}0000000a;2"


def passes_through(play: Play, bridge: str) -> None:
    """A silent leg is made, enters the bridge, leaves it and ends, as Asterisk tells it."""
    play.channel(A, "x1", f"{SILENT[:-1]}1", "down", "c")
    play.channel(A, "x2", SILENT, "ring", "c")
    play.state(A, "x2", "up")
    play.enter(A, bridge, "x2")
    play.leave(A, bridge, "x2")
    play.hang_up(A, "x1")
    play.hang_up(A, "x2")


def test_a_silent_leg_makes_no_call_of_three() -> None:
    """Two talk, a silent leg passes through their bridge: no row is written for the seat."""
    play = Play().both()
    play.connect()
    before = len(play.all(SeatRow))
    passes_through(play, "b1")
    assert play.all(SeatRow)[before:] == []
    assert play.states("1001")[-1] == "on_call.talk"


def test_a_silent_leg_is_no_answer_of_the_target() -> None:
    """It enters just before the target joins: the transfer learns nothing of it, and then of the target as ever."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    before = len(play.all(TransferRow))
    passes_through(play, "b1")
    assert play.all(TransferRow)[before:] == []
    play.answer()
    assert play.transfer().answered_at
    assert play.states("1001")[-1] == "on_call.three_way"


def test_a_silent_leg_in_a_snapshot_is_no_party() -> None:
    """A gateway that starts while one passes through sees two who talk."""
    play = Play()
    play.attach(
        seen("c", "PJSIP/13800000001-0000000a", "b1", caller_uid=ChannelUid("c")),
        seen("s", "PJSIP/1001-0000000b", "b1", caller_uid=ChannelUid("c")),
        seen("x2", SILENT, "b1"),
    )
    assert play.states("1001")[-1] == "on_call.talk"
