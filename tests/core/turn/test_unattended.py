"""Callers who wait where no seat is there for calls: they hear a word, and supervisors are told."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.commands import CancelTimer, SaySeat, StartTimer, TellSeat
from gateway.core.messages.dialplan_events import PhoneForwards
from gateway.core.messages.queue_events import MemberChanged, QueueJoined
from gateway.core.turn.unattended import forwarding, unattended
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId
from tests.core.plays import CALLER, SETTINGS, A, Play

TIMER = "unattended:12345"


def paused(play: Play, seat: str, reason: str = "forwards") -> None:
    """A seat is paused; without a reason it is ready."""
    play.tell(
        MemberChanged(
            A,
            play.at(),
            queue="12345",
            seat=SeatId(seat),
            device=DeviceState.NOT_IN_USE,
            paused=bool(reason),
            pause_reason=reason,
        )
    )


def waits_for_nobody() -> Play:
    """Both seats are paused, and a caller waits."""
    play = Play(settings=replace(SETTINGS, unattended_s=3.0)).both()
    paused(play, "1001")
    paused(play, "1002", "lunch")
    play.channel(A, "c", CALLER)
    play.tell(
        QueueJoined(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            channel_name=CALLER,
            caller_number="13800000001",
            caller_name="",
        )
    )
    return play


def test_a_caller_who_waits_for_nobody_hears_a_word_and_it_is_told() -> None:
    """After the time each who waits hears it, again each time; until then nothing is told."""
    play = waits_for_nobody()
    (timer,) = [item for item in play.all(StartTimer) if item.timer == TIMER]
    assert timer.after_s == 3.0
    since = play.core.world.unattended[A]
    assert unattended(play.core.world, since + 1.0) == []
    out = play.tell(TimerFired(A, play.at(), TIMER))
    assert [(item.channel, item.word) for item in out if isinstance(item, SaySeat)] == [(CALLER, "please_wait")]
    assert [item.timer for item in out if isinstance(item, StartTimer)] == [TIMER]
    assert unattended(play.core.world, since + 9.0) == [(A, 1, 9.0)]


def test_a_seat_that_comes_back_ends_it() -> None:
    """The timer is cancelled, and what fires all the same says nothing."""
    play = waits_for_nobody()
    paused(play, "1002", "")
    assert [item.timer for item in play.all(CancelTimer)] == [TIMER]
    assert unattended(play.core.world, 1e9) == []
    assert [item for item in play.tell(TimerFired(A, play.at(), TIMER)) if isinstance(item, SaySeat)] == []


def test_nobody_is_neglected_while_a_seat_is_there() -> None:
    """A caller who waits for a busy seat waits for somebody."""
    play = Play(settings=replace(SETTINGS, unattended_s=3.0)).both()
    play.connect()
    play.channel(A, "d", "PJSIP/13800000002-0000000e")
    play.tell(
        QueueJoined(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("d"),
            channel_name="PJSIP/13800000002-0000000e",
            caller_number="",
            caller_name="",
        )
    )
    assert [item for item in play.all(StartTimer) if item.timer == TIMER] == []


def test_a_seat_whose_phone_forwards_reads_it_and_is_listed() -> None:
    """The dialplan has paused it; it stays listed until somebody unpauses it."""
    play = Play().both()
    out = play.tell(PhoneForwards(A, play.at(), SeatId("1001")))
    assert [(item.seat, "呼叫转移" in item.text) for item in out if isinstance(item, TellSeat)] == [("1001", True)]
    paused(play, "1001")
    paused(play, "1002", "lunch")
    assert forwarding(play.core.world) == [(A, "1001")]
    paused(play, "1001", "")
    assert forwarding(play.core.world) == []
