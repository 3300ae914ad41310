"""The core as a whole: plays of the stories, restarts, seats of both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.messages.answers import CommandFailed, TimerFired
from gateway.core.messages.commands import (
    AttachContext,
    CancelTimer,
    HangUpLeg,
    RingTarget,
    StartTimer,
    TakePress,
    TellSeat,
)
from gateway.core.messages.dialplan_events import KeyPressed, LegEnded, LegFenced
from gateway.core.messages.events import EVENT_TYPES
from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import QueueAnswered
from gateway.core.messages.records import ContextRow, GapRow, SeatRow, TransferRow
from gateway.core.turn.transfer_timers import SECOND_LOOK_S
from gateway.core.values import uui
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, SeatState, TargetId
from tests.core.plays import CALLER, KEY, A, B, Play, seen

PRESS = "12345.1000000.1"
LEG = {"press": PressId(PRESS), "attempt": 1, "by": "gateway", "target": TargetId("110"), "joined": True}
CALLER_MARKS = {"caller": CALLER, "caller_uid": ChannelUid("c")}


def ringing_play() -> Play:
    """Seat 1001 has pressed and seat 2001 rings."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    return play


def test_an_arriving_call_gets_its_context_and_its_signed_id() -> None:
    """Before anybody answers, the caller's channel carries an id that only our key can have signed."""
    play = Play().both()
    play.connect()
    attach = play.all(AttachContext)[0]
    context = play.all(ContextRow)
    assert uui.decode(attach.uui, (KEY,), context[0].at) == uui.Signed(context[0].id, 1)
    assert uui.decode(attach.uui, (b"another key, 16+",), context[0].at).problem == "forged"
    assert (context[0].home, context[0].queue, context[0].caller_number) == ("12345", "12345", "13800000001")
    assert (context[-1].wait_s, context[-1].seats[0][:2]) == (3, ("12345", "1001"))


def test_a_press_rings_at_home_and_the_request_is_the_first_thing_that_leaves() -> None:
    """The first command of the turn is the request to ring; records come behind it (law 5)."""
    play = Play().both()
    play.connect()
    out = play.press()
    assert isinstance(out[0], RingTarget)
    assert (out[0].switchboard, out[0].target, out[0].caller, out[0].tag) == ("12345", "110", CALLER, "[12345转]")


def test_warm_12345_to_110() -> None:
    """Press, ring, three parties, the seat leaves: completed, with every instant, and 110 owns the matter."""
    play = ringing_play()
    play.answer()
    assert play.transfer().state == "three_party"
    play.leave(A, "b1", "s")
    play.hang_up(A, "s")
    row = play.transfer()
    assert (row.outcome, row.reason, row.by) == (Outcome.COMPLETED, "transferer_left", "gateway")
    assert 0 < row.pressed_at < row.ringing_at < row.answered_at < row.ended_at
    assert play.all(ContextRow)[-1].owner == "110"
    assert play.all(HangUpLeg) == []


def test_three_way_time_is_booked_to_the_seats_of_both_sides() -> None:
    """Both seats go talk, three-way, talk, ready, although the far seat's own bridge has two channels only."""
    play = ringing_play()
    play.answer()
    play.leave(A, "b1", "s")
    play.hang_up(A, "s")
    play.leave(A, "b1", "l")
    play.leave(B, "b2", "f")
    play.hang_up(B, "f")
    talk, three = "on_call.talk", "on_call.three_way"
    assert play.states("1001") == ["ready", "ringing", talk, three, talk, "ready"]
    assert play.states("2001") == ["ready", "ringing", talk, three, talk, "ready"]
    assert {row.call for row in play.all(SeatRow) if row.after is SeatState.THREE_WAY} == {"c"}


@pytest.mark.parametrize(("cause", "reason"), [(17, "busy"), (16, "no_answer"), (38, "trunk_down")])
def test_a_target_that_fails_is_told_to_the_seat(cause: int, reason: str) -> None:
    """The seat that pressed reads the reason; nothing is done to the caller."""
    play = ringing_play()
    out = play.hang_up(A, "l", cause)
    assert play.transfer().reason == reason
    assert [item.seat for item in out if isinstance(item, TellSeat)] == ["1001"]
    assert not [item for item in out if isinstance(item, HangUpLeg)]


def test_caller_hangs_up_while_ringing() -> None:
    """The leg is hung up, the outcome comes with its end."""
    play = ringing_play()
    out = play.hang_up(A, "c")
    assert [item.channel for item in out if isinstance(item, HangUpLeg)] == ["l"]
    play.hang_up(A, "l")
    assert play.transfer().outcome is Outcome.CALLER_HUNG_UP


def test_double_press_rings_once() -> None:
    """The second press has an outcome of its own and no ring."""
    play = ringing_play()
    play.press("12345.2000000.2")
    assert len(play.rings()) == 1
    assert (play.transfer("12345.2000000.2").outcome, play.transfer("12345.2000000.2").reason) == (
        Outcome.FAILED,
        "already_ringing",
    )
    assert play.transfer().state == "ringing"


def test_the_same_press_heard_twice_is_one_transfer() -> None:
    """An event that comes again after a snapshot changes nothing."""
    play = ringing_play()
    assert play.press() == []


def test_an_unknown_target_is_refused_and_the_dialplan_told() -> None:
    """A key for a target that the rules do not know ends at once, with the press used up."""
    play = Play().both()
    play.connect()
    out = play.press(target="999")
    assert play.transfer().reason == "unknown_target"
    assert [item.settled for item in out if isinstance(item, TakePress)] == [True]
    assert play.rings() == []


def test_a_key_in_a_call_without_a_caller() -> None:
    """Two colleagues talk and one presses: the phone says why nothing happens."""
    play = Play().both()
    play.channel(A, "s", "PJSIP/1001-0000000b")
    event = KeyPressed(
        A,
        2000.0,
        press=PressId(""),
        target=TargetId("110"),
        presser=ChannelUid("s"),
        presser_name="PJSIP/1001-0000000b",
        caller="",
        caller_uid=ChannelUid(""),
        origin=ChannelUid(""),
    )
    assert [type(item) for item in play.tell(event)] == [TellSeat]


def test_the_dialplan_that_won_the_fence_is_adopted() -> None:
    """Our leg was refused because the dialplan's rings: one transfer, carried out by the dialplan."""
    play = Play().both()
    play.connect()
    play.press()
    play.tell(
        LegFenced(
            A,
            3000.0,
            press=PressId(PRESS),
            attempt=1,
            by="gateway",
            taken="dialplan:1",
            uid=ChannelUid("x"),
            caller_uid=ChannelUid("c"),
        )
    )
    play.ring(by="dialplan")
    play.answer()
    play.hang_up(A, "s")
    assert (play.transfer().outcome, play.transfer().by) == (Outcome.COMPLETED, "dialplan")


def test_the_end_of_the_others_attempt_is_not_ours() -> None:
    """The dialplan's leg was fenced by ours and its ringing is over: our own leg, of which we hear next, rings on."""
    play = Play().both()
    play.connect()
    play.press()
    play.tell(
        LegEnded(
            A, play.at(), press=PressId(PRESS), attempt=1, status="FAILED", caller_uid=ChannelUid("c"), by="dialplan"
        )
    )
    play.ring()
    assert play.transfer().state == "ringing"


def test_a_lost_request_ends_by_its_timer() -> None:
    """Neither answer nor leg: the timer ends the transfer, once, and only when it has fired a second time."""
    play = Play().both()
    play.connect()
    request = play.press()[0]
    play.tell(CommandFailed(A, 3000.0, request.id, "deadline"))
    timer = f"transfer:{PRESS}"
    out = play.tell(TimerFired(A, 3040.0, timer))
    assert [item.after_s for item in out if isinstance(item, StartTimer)] == [SECOND_LOOK_S]
    assert play.transfer().outcome is None
    for at in (3041.0, 3051.0, 3061.0):
        play.tell(TimerFired(A, at, timer))
    ends = [row.reason for row in play.all(TransferRow) if row.outcome]
    assert ends == ["not_rung"]


def test_a_timer_does_not_end_a_leg_that_lives() -> None:
    """Its leg is still on Asterisk, or Asterisk cannot be heard: the transfer goes on, and its end will tell."""
    play = ringing_play()
    timer = f"transfer:{PRESS}"
    for at in (3040.0, 3041.0):
        out = play.tell(TimerFired(A, at, timer))
    assert [type(item) for item in out] == [StartTimer]
    play.tell(LinkLost(A, 3042.0, "cut"))
    for at in (3043.0, 3044.0):
        play.tell(TimerFired(A, at, timer))
    assert play.transfer().state == "ringing"
    assert play.all(HangUpLeg) == []


def far_press() -> Play:
    """110 has the caller through the trunk, its seat sends him back and home begins to ring its own queue."""
    play = ringing_play()
    play.answer()
    play.hang_up(A, "s")
    play.press_far(BACK)
    return play


BACK = "110.9000000.7"


def test_a_press_of_a_far_seat_rings_at_home() -> None:
    """The request goes to the caller's home, about the caller's own channel; the far dialplan is told when the leg has begun."""
    play = far_press()
    ring = play.rings()[-1]
    assert (ring.switchboard, ring.target, ring.caller) == ("12345", "12345", CALLER)
    assert play.all(TakePress) == []
    out = play.leg(BACK, "12345", uid="q")
    take = next(item for item in out if isinstance(item, TakePress))
    assert (take.switchboard, take.caller, take.settled) == ("110", "PJSIP/trunk-12345-0000000c", False)


def test_a_leg_of_the_dialplan_claims_no_press() -> None:
    """The far dialplan has acted by itself: it is not told that a gateway acts."""
    play = far_press()
    assert [item for item in play.leg(BACK, "12345", uid="q", by="dialplan") if isinstance(item, TakePress)] == []


def test_there_and_back_releases_nothing_early() -> None:
    """When the target has joined, the far switchboard is told that the caller has somebody at home."""
    play = far_press()
    play.leg(BACK, "12345", uid="q")
    play.state(A, "q", "up")
    play.enter(A, "b1", "q")
    settled = play.all(TakePress)[-1]
    assert (settled.settled, settled.joined) == (True, True)
    assert play.all(HangUpLeg) == []
    play.hang_up(B, "f")
    assert play.transfer(BACK).outcome is Outcome.COMPLETED
    assert play.transfer(BACK).transferer == "2001"


def test_a_far_seat_that_left_early_has_its_trunk_leg_released() -> None:
    """The far seat hangs up while home rings: at the answer its trunk leg, with music, is ended."""
    play = far_press()
    play.hang_up(B, "f")
    play.leg(BACK, "12345", uid="q")
    play.enter(A, "b1", "q")
    assert [item.channel for item in play.all(HangUpLeg)] == ["l"]
    assert play.transfer(BACK).outcome is Outcome.COMPLETED


# --- restarts -------------------------------------------------------------------------------------------------------------


def a_running_row():
    """What a killed gateway had written of a transfer whose target rang."""
    return ringing_play().transfer()


def test_a_successor_adopts_a_ringing_transfer() -> None:
    """The leg is on Asterisk, the row in the store: the transfer goes on with its seat and its instants."""
    row = a_running_row()
    play = Play(transfers=[row])
    leg = replace(seen("l", "PJSIP/trunk-110-l", **CALLER_MARKS, **{**LEG, "joined": False}), state="ringing")
    play.attach(seen("c", CALLER, "b1", **CALLER_MARKS), seen("s", "PJSIP/1001-0000000b", "b1", **CALLER_MARKS), leg)
    assert play.transfer().transferer == "1001"
    play.enter(A, "b1", "l")
    play.hang_up(A, "s")
    assert play.transfer().outcome is Outcome.COMPLETED
    assert play.transfer().pressed_at == row.pressed_at


def test_a_successor_derives_that_the_seat_left_meanwhile() -> None:
    """Caller and leg are together, the seat is gone: completed, written once."""
    play = Play(transfers=[a_running_row()])
    play.attach(seen("c", CALLER, "b1", **CALLER_MARKS), seen("l", "PJSIP/trunk-110-l", "b1", **CALLER_MARKS, **LEG))
    ends = [row for row in play.all(type(play.transfer())) if row.ended_at]
    assert [row.outcome for row in ends] == [Outcome.COMPLETED]


def test_what_ended_unseen_is_said_to_be_unknown() -> None:
    """Nothing of the transfer is left on Asterisk: it ends as not seen, and is not guessed (law 7)."""
    play = Play(transfers=[a_running_row()])
    play.attach()
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "not_seen")


def test_a_transfer_that_the_dialplan_made_alone_is_found() -> None:
    """No row, only a leg of the dialplan's in the caller's bridge with a seat: three parties, adopted."""
    play = Play()
    play.attach(
        seen("c", CALLER, "b1", **CALLER_MARKS),
        seen("s", "PJSIP/1001-0000000b", "b1", **CALLER_MARKS),
        seen("l", "PJSIP/trunk-110-l", "b1", **CALLER_MARKS, **{**LEG, "by": "dialplan"}),
    )
    assert (play.transfer().state, play.transfer().by, play.transfer().transferer) == (
        "three_party",
        "dialplan",
        "1001",
    )
    play.hang_up(A, "s")
    assert play.transfer().outcome is Outcome.COMPLETED


def test_a_lost_link_makes_seats_unknown_and_its_return_a_gap() -> None:
    """From the loss on nothing is known; the snapshot says what is, and the time between is a gap."""
    play = Play().both()
    play.tell(LinkLost(A, 5000.0, "cut"))
    assert play.states("1001")[-1] == "unknown"
    play.tell(replace_at(play, 5100.0))
    assert play.states("1001")[-1] == "ready"
    gap = play.all(GapRow)[-1]
    assert (gap.switchboard, gap.until, gap.why) == ("12345", 5100.0, "cut")


def replace_at(play: Play, at: float):
    """A snapshot of an empty 12345 at an instant."""
    from gateway.core.messages.link_events import Resynced

    return Resynced(A, at, version="22.10.1", channels=(), members=play.members[A])


def test_a_call_that_ended_while_the_link_was_down_is_over() -> None:
    """The caller is in no snapshot any more: the call ends, the transfer with it, and nothing is kept in memory."""
    play = ringing_play()
    play.tell(LinkLost(A, 5000.0, "cut"))
    play.tell(replace_at(play, 5100.0))
    assert play.transfer().ended_at
    world = play.core.world
    assert (world.calls, world.transfers, world.legs) == ({}, {}, {})


def test_nothing_is_kept_of_a_call_that_is_over() -> None:
    """After the last channel every index is empty."""
    play = ringing_play()
    play.answer()
    for board, uid in ((A, "s"), (B, "f"), (B, "t"), (A, "l"), (A, "c")):
        play.hang_up(board, uid)
    world = play.core.world
    assert (world.calls, world.transfers, world.legs, world.arrivals, world.arrival_of, world.transferers) == (
        {},
        {},
        {},
        {},
        {},
        {},
    )
    assert all(not board.channels and not board.bridges for board in world.boards.values())
    started = {item.timer for item in play.out if type(item).__name__ == "StartTimer"} - {
        f"{what}:{id_}" for what in ("heartbeat", "kept", "compare") for id_ in (A, B)
    }
    assert started == {item.timer for item in play.all(CancelTimer)}


def test_events_that_a_snapshot_repeats_change_nothing() -> None:
    """What came while the snapshot was taken is applied again after it, to the same end."""
    play = Play().both()
    play.connect()
    before = play.states("1001")
    play.attach(seen("c", CALLER, "b1", **CALLER_MARKS), seen("s", "PJSIP/1001-0000000b", "b1", **CALLER_MARKS))
    play.enter(A, "b1", "s", "c")
    play.state(A, "s", "up")
    play.tell(
        QueueAnswered(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            seat=SeatId("1001"),
            seat_channel=ChannelUid("s"),
            wait_s=3,
            ring_s=1.5,
        )
    )
    assert play.states("1001") == before


def test_every_event_type_is_on_the_tape() -> None:
    """The names that a tape uses are those of the union."""
    assert len(EVENT_TYPES) == len(set(EVENT_TYPES.values())) >= 28
