"""The log of seats: every change one row with its cause and call, and nothing of what nobody saw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.channel_events import (
    BridgeEntered,
    ChannelCreated,
    ChannelHungUp,
    ChannelStateChanged,
    HoldEnded,
    HoldStarted,
)
from gateway.core.messages.commands import CancelTimer, LogSeat, PauseSeat, StartTimer
from gateway.core.messages.dialplan_events import TrunkArrived
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.link_events import LinkLost, Resynced
from gateway.core.messages.queue_events import (
    DeviceChanged,
    MemberChanged,
    MemberRemoved,
    QueueAbandoned,
    QueueAnswered,
    QueueJoined,
    QueueLeft,
)
from gateway.core.messages.records import ContextRow, GapRow, QueueRow, SeatRow
from gateway.core.messages.requests import SeatAsked
from gateway.core.messages.snapshots import CallerWaiting, ChannelSeen, MemberSeen, PhoneSeen
from gateway.core.model.settings import Settings
from gateway.core.rules.rule import Rule, TransferPolicy
from gateway.core.turn.queue_waits import untold
from gateway.core.values.ids import (
    ChannelState,
    ChannelUid,
    DeviceState,
    PressId,
    SeatId,
    SeatState,
    SwitchboardId,
    TargetId,
)
from gateway.views.switchboards import seats_view
from tests.core.plays import CALLER, RULES, SETTINGS, A, B, Play, seen

SEAT, OTHER_QUEUE = SeatId("1001"), "night"
WRAPPED = replace(SETTINGS, wrap_up_s={"12345": 30.0, OTHER_QUEUE: 90.0})


def member(play: Play, queue: str = "12345", *, paused: bool = False, reason: str = "", device: str = "not_in_use"):
    """A queue says something of seat 1001."""
    return play.tell(
        MemberChanged(
            A, play.at(), queue=queue, seat=SEAT, device=DeviceState(device), paused=paused, pause_reason=reason
        )
    )


def rows(play: Play, seat: str = "1001") -> list[tuple[str, str, str]]:
    """State, cause and call of each change."""
    return [(row.after.value, row.why, row.call) for row in play.all(SeatRow) if row.seat == seat]


def end(play: Play) -> None:
    """Caller and seat part."""
    play.hang_up(A, "s")
    play.hang_up(A, "c")


# --- phones -----------------------------------------------------------------------------------------------------------------


def test_a_phone_that_dies_or_is_unregistered_is_offline() -> None:
    """At rest it is offline at once; one that dies in a call is in the call until Asterisk ends its channel."""
    play = Play().both()
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.UNAVAILABLE))
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.NOT_IN_USE))
    play.connect()
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.UNAVAILABLE))
    assert rows(play)[-1][0] == "on_call.talk"
    play.hang_up(A, "s")
    assert [row[0] for row in rows(play)] == ["ready", "offline", "ready", "ringing", "on_call.talk", "offline"]


def test_a_seat_that_dials_out_is_occupied_from_the_dialling_on() -> None:
    """No queue calls it then; its own call counts as talk."""
    play = Play().both()
    play.channel(A, "s", "PJSIP/1001-0000000b", "ring")
    play.hang_up(A, "s")
    assert [row[0] for row in rows(play)] == ["ready", "on_call.talk", "ready"]


def test_hold_and_a_question_to_a_colleague() -> None:
    """A caller on hold is hold; with a second line to somebody else it is a consultation."""
    play = Play().both()
    play.connect()
    play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
    play.channel(A, "s2", "PJSIP/1001-0000000e", "ring")
    play.hang_up(A, "s2")
    play.tell(HoldEnded(A, play.at(), ChannelUid("s")))
    states = [row[0] for row in rows(play)][2:]
    assert states == ["on_call.talk", "on_call.hold", "on_call.consult", "on_call.hold", "on_call.talk"]


def test_a_consultation_is_booked_to_both_sides_until_it_is_decided() -> None:
    """Three who confer are in a consultation; when it is decided and they still talk, they are three."""
    rules = replace(
        RULES,
        rules=(
            Rule(name="consult", from_=None, target=TargetId("110"), ladder=(), terms=TransferPolicy(mode="consult")),
        ),
    )
    play = Play(rules).both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    consult = ["on_call.talk", "on_call.consult"]
    assert [play.states(seat)[-2:] for seat in ("1001", "2001")] == [consult, consult]
    play.tell(TimerFired(A, play.at(), "transfer:12345.1000000.1"))
    play.tell(TimerFired(A, play.at(), "transfer:12345.1000000.1"))
    assert play.states("1001")[-1] != "on_call.consult"


def test_a_seat_behind_a_local_channel_sees_the_caller_and_all_parties() -> None:
    """The queue rings ``Local/1001``; the seat's own channel knows the call, and counts who is in the caller's bridge."""
    play = Play().both()
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
    play.channel(A, "l1", "Local/1001@seats-0000000b;1", "down", "c")
    play.channel(A, "l2", "Local/1001@seats-0000000b;2", "ring", "c")
    play.channel(A, "s", "PJSIP/1001-0000000c", "down", "c")
    play.state(A, "s", "ringing")
    play.state(A, "s", "up")
    play.enter(A, "b2", "s", "l2")
    play.enter(A, "b1", "l1", "c")
    play.channel(A, "x", "PJSIP/119-0000000d", "up", "c")
    play.enter(A, "b1", "x")
    assert rows(play)[-3:] == [
        ("ringing", "channel_ringing", "c"),
        ("on_call.talk", "channel_up", "c"),
        ("on_call.three_way", "bridged", "c"),
    ]


def local(play: Play, device: str = "not_in_use", **marks: bool):
    """A queue that reaches seat 1001 through a Local channel says something of it."""
    return play.tell(
        MemberChanged(
            A,
            play.at(),
            queue="12345",
            seat=SEAT,
            device=DeviceState(device),
            of_phone=False,
            **{"paused": False, **marks},
        )
    )


def behind_local(*phones: PhoneSeen) -> Play:
    """Seat 1001 is reached through a Local channel; what a snapshot has of phones."""
    play = Play()
    play.members[A] = (
        MemberSeen(queue="12345", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=False, of_phone=False),
    )
    play.tell(Resynced(A, play.at(), version="22", channels=(), members=play.members[A], phones=phones))
    return play


def test_a_dead_phone_behind_a_local_channel_is_offline_whatever_its_queue_says() -> None:
    """A Local channel is ready as long as its extension exists; a pause, or its end, raises no phone from the dead."""
    play = behind_local(PhoneSeen(SEAT, DeviceState.NOT_IN_USE))
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.UNAVAILABLE))
    local(play, paused=True)
    local(play)
    local(play, "in_use")
    local(play)
    assert (play.states("1001"), play.core.world.free_seats(A)) == (["ready", "offline"], 0)
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.NOT_IN_USE))
    assert play.states("1001")[-1] == "ready"


def test_a_phone_behind_a_local_channel_is_what_the_snapshot_says_or_unknown() -> None:
    """Dead from the start; or nobody has told, and it is not guessed until it says something."""
    assert behind_local(PhoneSeen(SEAT, DeviceState.UNAVAILABLE)).states("1001") == ["offline"]
    play = behind_local()
    assert (play.states("1001"), play.core.world.free_seats(A)) == ([], 0)
    local(play, paused=True)
    local(play)
    assert play.core.world.seats[(A, SEAT)].state is SeatState.UNKNOWN
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.NOT_IN_USE))
    assert play.states("1001") == ["ready"]


def test_a_phone_that_spoke_before_its_seat_logs_in_behind_a_local_channel() -> None:
    """It registers, then its seat comes into the queue: what it said is kept, also from the snapshot."""
    play = behind_local(PhoneSeen(SeatId("1003"), DeviceState.UNAVAILABLE))
    play.tell(DeviceChanged(A, play.at(), SeatId("1002"), DeviceState.NOT_IN_USE))
    for seat in ("1002", "1003"):
        play.tell(
            MemberChanged(
                A,
                play.at(),
                queue="12345",
                seat=SeatId(seat),
                device=DeviceState.NOT_IN_USE,
                paused=False,
                of_phone=False,
            )
        )
    assert (play.states("1002"), play.states("1003")) == (["ready"], ["offline"])


def test_a_local_channel_that_leads_nowhere_is_offline() -> None:
    """Its extension is gone: no queue rings it, whatever the phone does."""
    play = behind_local(PhoneSeen(SEAT, DeviceState.NOT_IN_USE))
    local(play, "unavailable")
    local(play)
    assert play.states("1001") == ["ready", "offline", "ready"]


# --- queues -----------------------------------------------------------------------------------------------------------------


def test_a_pause_has_its_reason_and_a_new_reason_is_a_new_row() -> None:
    """From lunch into a training the seat stays paused, for another reason."""
    play = Play().both()
    member(play, paused=True, reason="lunch")
    member(play, paused=True, reason="lunch")
    member(play, paused=True, reason="training")
    assert rows(play)[1:] == [("paused", "lunch", ""), ("paused", "training", "")]


def test_a_seat_in_two_queues_is_paused_when_both_pause_it_and_offline_when_both_lost_it() -> None:
    """What one queue says does not hide that the other still gives it calls."""
    play = Play().both()
    member(play, OTHER_QUEUE)
    member(play, paused=True, reason="lunch")
    assert play.states("1001") == ["ready"]
    member(play, OTHER_QUEUE, paused=True, reason="lunch")
    play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    assert play.states("1001") == ["ready", "paused"]
    play.tell(MemberRemoved(A, play.at(), OTHER_QUEUE, SEAT))
    assert play.states("1001") == ["ready", "paused", "offline"]


def test_a_seat_that_logs_out_in_a_call_is_in_it_until_it_ends() -> None:
    """Its talk is one stretch, in the log and in the load; with its channel it is offline, without wrap-up, and then no seat."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    began = play.all(SeatRow)[-1].at
    assert play.tell(MemberRemoved(A, play.at(), "12345", SEAT)) == []
    play.tell(HoldStarted(A, play.at(), ChannelUid("s")))
    play.tell(HoldEnded(A, play.at(), ChannelUid("s")))
    end(play)
    assert rows(play)[-4:] == [
        ("on_call.talk", "channel_up", "c"),
        ("on_call.hold", "held", "c"),
        ("on_call.talk", "unheld", "c"),
        ("offline", "logged_out", ""),
    ]
    (minute,) = [minute for minute in play.core.world.flow(A).minutes if minute.calls]
    assert (minute.calls, minute.handled_s) == (1, play.all(SeatRow)[-1].at - began)
    play.channel(A, "p", "PJSIP/1001-0000001b", "ring")
    assert play.states("1001")[-1] == "offline"


def test_a_seat_that_logs_out_in_a_call_and_comes_back_has_had_one_call() -> None:
    """Back before the end of its call: nothing has happened, and its wrap-up comes."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    assert member(play, device="in_use") == []
    end(play)
    assert play.states("1001") == ["ready", "ringing", "on_call.talk", "wrap_up"]


def test_a_seat_that_leaves_is_never_free() -> None:
    """Its call has ended, and another line of it is not anything yet: no queue gives it a call."""
    play = Play().both()
    play.connect()
    play.channel(A, "p", "PJSIP/1001-0000001b", "down", "x")
    play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    play.hang_up(A, "s")
    assert (play.states("1001")[-1], play.core.world.free_seats(A)) == ("offline", 1)
    play.state(A, "p", "ringing")
    play.hang_up(A, "p")
    assert play.states("1001")[-2:] == ["ringing", "offline"]


def test_a_log_out_in_wrap_up_ends_it() -> None:
    """It is offline at once; the work after the call is booked, and its timer is put off."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    end(play)
    talk = play.all(SeatRow)[-1].since
    out = play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    assert [type(item) for item in out] == [CancelTimer, SeatRow]
    handled_s = sum(minute.handled_s for minute in play.core.world.flow(A).minutes)
    assert handled_s == play.all(SeatRow)[-1].at - talk
    assert member(play) != []
    play.tell(TimerFired(A, play.at(), "wrap_up:12345:1001"))
    assert play.states("1001")[-2:] == ["offline", "ready"]


@pytest.mark.parametrize("lost", [True, False])
def test_a_snapshot_does_not_end_the_call_of_a_seat_that_has_logged_out(lost: bool) -> None:
    """It lists no such member: its channels tell that it talks. A call begun since is no seat's any more."""
    play = Play().both()
    play.connect()
    play.tell(MemberRemoved(A, play.at(), "12345", SEAT))
    play.members[A] = play.members[A][1:]
    if lost:
        play.tell(LinkLost(A, play.at(), "cut"))
    for _ in range(2):
        play.attach(seen("c", CALLER, "b1"), seen("s", "PJSIP/1001-0000000b", "b1"))
    play.hang_up(A, "s")
    between = ["unknown", "on_call.talk"] if lost else []
    assert play.states("1001")[2:] == ["on_call.talk", *between, "offline"]
    assert rows(play)[-1][1] == "logged_out"
    later = seen("p", "PJSIP/1001-0000001b", created_at=play.at())
    play.tell(LinkLost(A, play.at(), "cut"))
    play.attach(later)
    assert play.states("1001")[-1] == "offline"


def test_a_seat_that_left_while_nobody_watched_is_offline_whatever_it_does_since() -> None:
    """Its call has begun after the last sure moment, and no queue lists it."""
    play = Play().both()
    play.tell(LinkLost(A, play.at(), "cut"))
    play.members[A] = play.members[A][1:]
    at = play.at() + 60.0
    play.tell(
        Resynced(
            A,
            at,
            version="22",
            channels=(seen("s", "PJSIP/1001-0000000b", created_at=at - 10.0),),
            members=play.members[A],
        )
    )
    assert rows(play)[-1][:2] == ("offline", "logged_out")


def test_wrap_up_is_as_long_as_the_queue_that_gave_the_call_says() -> None:
    """A seat of two queues wraps up by the call's queue, not by the longer of the two; then its pause has its reason."""
    play = Play(settings=WRAPPED).both()
    member(play, OTHER_QUEUE)
    play.connect()
    end(play)
    timer = play.all(StartTimer)[-1]
    assert (timer.timer, timer.after_s) == ("wrap_up:12345:1001", 30.0)
    for queue in ("12345", OTHER_QUEUE):
        member(play, queue, paused=True, reason="lunch")
    play.tell(TimerFired(A, play.at(), timer.timer))
    assert rows(play)[-2:] == [("wrap_up", "hung_up", "c"), ("paused", "lunch", "")]


def timers(play: Play) -> list[tuple[str, float]]:
    """Call and length, in seconds, of each wrap-up that has begun."""
    return [(item.call, item.after_s) for item in play.all(StartTimer) if item.timer.startswith("wrap_up:")]


@pytest.mark.parametrize("answered", [True, False])
def test_a_call_that_no_queue_gave_has_no_wrap_up(answered: bool) -> None:
    """A call out, answered or misdialled, and a call between seats, on both sides."""
    play = Play(settings=WRAPPED).both()
    play.channel(A, "s", "PJSIP/1001-0000000b", "ring")
    play.channel(A, "d", "PJSIP/1002-0000000c", "down", "s")
    play.state(A, "d", "ringing")
    if answered:
        play.state(A, "d", "up")
        play.state(A, "s", "up")
        play.enter(A, "b1", "s", "d")
    play.hang_up(A, "d")
    play.hang_up(A, "s")
    assert (play.states("1001")[-1], play.states("1002")[-1], timers(play)) == ("ready", "ready", [])


def test_a_queue_call_whose_phone_died_leaves_no_wrap_up_to_the_next_call() -> None:
    """There is nobody to do it; the next call is the seat's own."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.UNAVAILABLE))
    end(play)
    play.tell(
        QueueAnswered(
            A,
            play.at(),
            queue="12345",
            channel=ChannelUid("c"),
            seat=SEAT,
            seat_channel=ChannelUid("s"),
            wait_s=3,
            ring_s=1.5,
        )
    )  # late, or told again
    play.tell(DeviceChanged(A, play.at(), SEAT, DeviceState.NOT_IN_USE))
    play.channel(A, "p", "PJSIP/1001-0000001b", "ring")
    play.hang_up(A, "p")
    assert (play.states("1001")[-4:], timers(play)) == (["offline", "ready", "on_call.talk", "ready"], [])


def rung_meanwhile() -> Play:
    """A queue's call has ended while a second line of the seat rings."""
    play = Play(settings=WRAPPED).both()
    member(play, OTHER_QUEUE)
    play.connect()
    play.channel(A, "r", "PJSIP/1001-0000000f", "ringing", "x")
    end(play)
    assert (play.states("1001")[-1], timers(play)) == ("ringing", [])
    return play


def test_a_line_that_rings_puts_wrap_up_off() -> None:
    """Nobody has answered it: then the work after the first call begins, and is about that one."""
    play = rung_meanwhile()
    play.hang_up(A, "r")
    assert (rows(play)[-1], timers(play)) == (("wrap_up", "hung_up", "c"), [("c", 30.0)])


@pytest.mark.parametrize(("queue", "wrap_up"), [("", ("c", 30.0)), (OTHER_QUEUE, ("d", 90.0))])
def test_a_line_that_is_answered_puts_wrap_up_off_until_its_end(queue: str, wrap_up: tuple[str, float]) -> None:
    """After a call of no queue the first one's comes; after another queue's call there is one, that queue's."""
    play = rung_meanwhile()
    if queue:
        play.channel(A, "d", "PJSIP/13800000002-0000001a")
        play.tell(
            QueueJoined(
                A,
                play.at(),
                queue=queue,
                channel=ChannelUid("d"),
                channel_name="PJSIP/13800000002-0000001a",
                caller_number="13800000002",
                caller_name="",
            )
        )
    play.state(A, "r", "up")
    if queue:
        play.tell(
            QueueAnswered(
                A,
                play.at(),
                queue=queue,
                channel=ChannelUid("d"),
                seat=SEAT,
                seat_channel=ChannelUid("r"),
                wait_s=1,
                ring_s=1.0,
            )
        )
    assert play.states("1001")[-1] == "on_call.talk"
    play.hang_up(A, "r")
    assert (rows(play)[-1], timers(play)) == (("wrap_up", "hung_up", wrap_up[0]), [wrap_up])


@pytest.mark.parametrize("over", [True, False])
def test_a_phone_that_rings_does_not_end_wrap_up(over: bool) -> None:
    """Its time goes on: unanswered, the seat wraps up again, or is ready where that time is over."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    end(play)
    play.channel(A, "r", "PJSIP/1001-0000000f", "down", "x")
    play.state(A, "r", "ringing")
    if over:
        play.tell(TimerFired(A, play.at(), "wrap_up:12345:1001"))
    play.hang_up(A, "r")
    assert play.states("1001")[-3:] == ["wrap_up", "ringing", "ready" if over else "wrap_up"]
    assert len(timers(play)) == 1


def test_the_next_call_ends_wrap_up() -> None:
    """Its timer is cancelled; a call of no queue is followed by none."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    end(play)
    play.channel(A, "p", "PJSIP/1001-0000001b", "ring")
    assert isinstance(play.out[-2], CancelTimer)
    play.hang_up(A, "p")
    assert play.states("1001")[-3:] == ["wrap_up", "on_call.talk", "ready"]


IN_TALK = (seen("c", CALLER, "b1", caller_uid=ChannelUid("c")), seen("s", "PJSIP/1001-0000000b", "b1"))
DIALLED = (
    seen("s", "PJSIP/1001-0000000b", "b1", linkedid=ChannelUid("s")),
    seen("o", "PJSIP/119-0000000c", "b1", linkedid=ChannelUid("s")),
)


@pytest.mark.parametrize(("shown", "wrap_up"), [(IN_TALK, [("c", 90.0)]), (DIALLED, [])])
def test_a_call_that_a_snapshot_shows_has_the_longest_wrap_up(
    shown: tuple[ChannelSeen, ...], wrap_up: list[tuple[str, float]]
) -> None:
    """Nobody saw which of the seat's queues gave it; one that the seat began itself none gave."""
    play = Play(
        settings=WRAPPED,
        seats=[
            SeatRow(
                at=950.0,
                switchboard=A,
                seat=SEAT,
                before=SeatState.RINGING,
                after=SeatState.TALK,
                why="channel_up",
                call="c",
                since=940.0,
            )
        ],
    )
    play.members[A] += (MemberSeen(queue=OTHER_QUEUE, seat=SEAT, device=DeviceState.IN_USE, paused=False),)
    play.attach(*shown)
    play.hang_up(A, "s")
    assert timers(play) == wrap_up


def test_a_call_goes_on_over_a_lost_link_and_keeps_its_queue() -> None:
    """The same call: its queue's wrap-up. Another one: nobody saw who gave it. One whose end nobody saw: none."""
    play = Play(settings=WRAPPED).both()
    play.members[A] += (MemberSeen(queue=OTHER_QUEUE, seat=SEAT, device=DeviceState.IN_USE, paused=False),)
    play.attach()
    play.connect()
    play.tell(LinkLost(A, play.at(), "cut"))
    play.attach(*IN_TALK)
    end(play)
    play.connect()
    play.tell(LinkLost(A, play.at(), "cut"))
    other = {"linkedid": ChannelUid("d"), "caller_uid": ChannelUid("d")}
    play.attach(seen("d", CALLER, "b2", **other), seen("s2", "PJSIP/1001-0000001b", "b2", linkedid=ChannelUid("d")))
    play.hang_up(A, "s2")
    assert timers(play) == [("c", 30.0), ("d", 90.0)]
    play.connect()
    play.tell(LinkLost(A, play.at(), "cut"))
    play.attach()
    assert (play.states("1001")[-2:], len(timers(play))) == (["unknown", "ready"], 2)


def test_the_seat_ends_its_wrap_up_early() -> None:
    """Ready before the time: the timer is cancelled, and one that does not wrap up changes nothing."""
    play = Play(settings=WRAPPED).both()
    play.connect()
    end(play)
    out = play.tell(SeatAsked(A, play.at(), seat=SEAT, action="ready"))
    assert [type(item) for item in out] == [CancelTimer, SeatRow]
    assert rows(play)[-1][:2] == ("ready", "wrap_up_ended")
    assert play.tell(SeatAsked(A, play.at(), seat=SEAT, action="ready")) == []


def test_presence_is_asked_of_asterisk() -> None:
    """Pause and log-in are orders to the queues; each queue by its own, and the row comes with what the queues then say."""
    play = Play().both()
    (pause,) = play.tell(SeatAsked(A, play.at(), seat=SEAT, action="pause", reason="lunch"))
    assert isinstance(pause, PauseSeat)
    assert (pause.seat, pause.paused, pause.reason, pause.queue) == ("1001", True, "lunch", "")
    (leave,) = play.tell(SeatAsked(A, play.at(), seat=SEAT, action="log_out"))
    assert isinstance(leave, LogSeat)
    assert (leave.queue, leave.logged_in) == ("12345", False)
    joins = play.tell(SeatAsked(A, play.at(), seat=SeatId("1003"), action="log_in", queues=("12345", OTHER_QUEUE)))
    assert [(join.queue, join.logged_in) for join in joins if isinstance(join, LogSeat)] == [
        ("12345", True), (OTHER_QUEUE, True),
    ]  # fmt: skip
    assert pause.call == leave.call != joins[0].call == joins[1].call
    pauses = play.tell(SeatAsked(A, play.at(), seat=SEAT, action="pause", queues=("12345", OTHER_QUEUE)))
    assert [order.queue for order in pauses if isinstance(order, PauseSeat)] == ["12345", OTHER_QUEUE]


# --- gaps -------------------------------------------------------------------------------------------------------------------


def test_a_gap_begins_at_the_last_sure_moment() -> None:
    """A link that died without a word is noticed later: what lies between is a gap, not a state."""
    play = Play().both()
    play.tell(LinkLost(A, 5000.0, "silent", 4990.0))
    last = [row for row in play.all(SeatRow) if row.seat == SEAT][-1]
    assert (last.after, last.at) == (SeatState.UNKNOWN, 4990.0)
    play.tell(Resynced(A, 5100.0, version="22.10.1", channels=(), members=play.members[A]))
    gap = play.all(GapRow)[-1]
    assert (gap.since, gap.until) == (4990.0, 5100.0)


def test_the_time_of_a_dead_gateway_is_a_gap() -> None:
    """The store says when the switchboard was last seen: from there to the first snapshot nobody watched."""
    play = Play(seen={A: 700.0, "elsewhere": 1.0})
    play.attach()
    play.attach(board=B)
    assert [(gap.switchboard, gap.since, gap.why) for gap in play.all(GapRow)] == [("12345", 700.0, "gateway")]


def test_a_row_of_a_seat_is_a_proof_that_its_switchboard_was_seen() -> None:
    """What a killed gateway had written down later than its last mark is no part of the gap."""
    last = SeatRow(
        at=704.0,
        switchboard=A,
        seat=SEAT,
        before=SeatState.TALK,
        after=SeatState.READY,
        why="hung_up",
        call="c",
        since=701.0,
    )
    play = Play(seats=[last], seen={A: 700.0, B: 702.0})
    play.attach()
    play.attach(board=B)
    assert [(gap.switchboard, gap.since) for gap in play.all(GapRow)] == [("12345", 704.0), ("110", 702.0)]


def left(after: SeatState, at: float = 690.0, seat: str = "1001", why: str = "channel_up") -> SeatRow:
    """A seat's last row of a gateway that has ended."""
    call = "c0" if after in (SeatState.TALK, SeatState.WRAP_UP) else ""
    return SeatRow(
        at=at,
        switchboard=A,
        seat=SeatId(seat),
        before=SeatState.READY,
        after=after,
        why=why,
        call=call,
        since=at - 10.0,
    )


@pytest.mark.parametrize("after", [SeatState.TALK, SeatState.WRAP_UP, SeatState.READY, SeatState.PAUSED])
def test_a_seat_of_a_gateway_that_has_ended_is_unknown_until_the_snapshot(after: SeatState) -> None:
    """Its last state ends at the last sure moment and nothing comes of it: no wrap-up, no handle time, no call."""
    play = Play(settings=WRAPPED, seats=[left(after)], seen={A: 700.0})
    assert [view["state"] for view in seats_view(play.core.world)] == ["unknown"]
    play.tell(Resynced(A, 29_500.0, version="22.10.1", channels=(), members=play.members[A]))
    first, second = [row for row in play.all(SeatRow) if row.seat == SEAT]
    assert (first.before, first.after, first.since, first.at, first.why) == (
        after, SeatState.UNKNOWN, 690.0, 700.0, "gateway",
    )  # fmt: skip
    assert (second.before, second.after, second.since, second.at, second.why) == (
        SeatState.UNKNOWN, SeatState.READY, 700.0, 29_500.0, "snapshot",
    )  # fmt: skip
    timers = [f"compare:{A}", f"heartbeat:{A}", f"kept:{A}"]
    assert [timer.timer for timer in play.all(StartTimer)] == timers
    assert [minute.handled_s for minute in play.core.world.flow(A).minutes] == []


def test_the_gap_of_a_dead_gateway_is_written_once() -> None:
    """The next snapshot, and a gateway that starts from these rows and is killed before its own, add nothing to it."""
    play = Play(seats=[left(SeatState.TALK)], seen={A: 700.0})
    play.attach()
    play.attach()
    assert play.states("1001") == ["unknown", "ready"]
    killed = Play(seats=[left(SeatState.TALK)], seen={A: 700.0})
    assert killed.out == []
    unknown = replace(left(SeatState.UNKNOWN), why="link_lost")
    play = Play(seats=[unknown], seen={A: 700.0})
    play.attach()
    (row,) = [row for row in play.all(SeatRow) if row.seat == SEAT]
    assert (row.after, row.since) == (SeatState.READY, 690.0)


def test_a_seat_that_had_logged_out_before_a_gateway_ended_has_not_come_back() -> None:
    """No member before and after: no row, as after a lost link; until the snapshot it is unknown all the same."""
    gone = left(SeatState.OFFLINE, seat="1009", why="logged_out")
    play = Play(seats=[gone], seen={A: 700.0})
    assert play.core.world.states[A] == {SeatState.UNKNOWN: 1}
    play.attach()
    assert play.states("1009") == []
    status = play.core.world.seats[(A, SeatId("1009"))]
    assert (status.state, status.since, status.why) == (SeatState.OFFLINE, 690.0, "logged_out")


def test_a_seat_that_is_gone_when_a_gateway_comes_back_is_offline_from_the_snapshot_on() -> None:
    """Its talk is not stretched over the gap."""
    play = Play(seats=[left(SeatState.TALK, seat="1009")], seen={A: 700.0})
    play.attach()
    rows = [(row.after, row.at, row.since) for row in play.all(SeatRow) if row.seat == "1009"]
    assert rows == [(SeatState.UNKNOWN, 700.0, 690.0), (SeatState.OFFLINE, 1000.0, 700.0)]


def test_a_call_that_began_unseen_is_no_call_of_the_last_half_hour() -> None:
    """After a gap: whether it is a new one nobody knows. What the seat does from the snapshot on counts."""
    play = Play(seats=[left(SeatState.TALK)], seen={A: 700.0})
    play.attach(seen("c", CALLER, "b1", caller_uid=ChannelUid("c")), seen("s", "PJSIP/1001-0000000b", "b1"))
    assert play.states("1001") == ["unknown", "on_call.talk"]
    play.hang_up(A, "s")
    assert [(minute.calls, minute.handled_s) for minute in play.core.world.flow(A).minutes] == [(0, 1.0)]


LEG = seen(
    "l", "PJSIP/trunk-110-l", "b1", press=PressId("12345.1000000.1"), attempt=1, by="gateway", target=TargetId("110"),
    caller=CALLER, caller_uid=ChannelUid("c"),
)  # fmt: skip
HOME = (seen("c", CALLER, "b1", caller_uid=ChannelUid("c")), LEG)
FAR = (
    seen("t", "PJSIP/trunk-12345-0000000c", "b2", linkedid=ChannelUid("t"), origin=ChannelUid("l")),
    seen("f", "PJSIP/2001-0000000d", "b2", linkedid=ChannelUid("t")),
)


def three() -> Play:
    """Caller and seat 1001 at home, seat 2001 through the trunk."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    assert [play.states(seat)[-1] for seat in ("1001", "2001")] == ["on_call.three_way"] * 2
    return play


def test_with_how_many_a_far_seat_talks_is_not_known_while_home_is_not_heard() -> None:
    """That it is in a call is sure: it talks, and neither the old three are claimed nor is the call over."""
    play = three()
    play.tell(LinkLost(A, 5000.0, "cut", 4990.0))
    last = [row for row in play.all(SeatRow) if row.seat == "2001"][-1]
    assert (last.after.value, last.at, last.why) == ("on_call.talk", 4990.0, "link_lost")


@pytest.mark.parametrize(
    ("stays", "state"), [((), "on_call.talk"), ((seen("s", "PJSIP/1001-0000000b", "b1"),), "on_call.three_way")]
)
def test_a_far_seat_is_derived_anew_when_home_is_seen_again(stays: tuple[ChannelSeen, ...], state: str) -> None:
    """Seat 1001 has left unseen, or is still there: the home's snapshot tells it of 2001, too."""
    play = three()
    play.tell(LinkLost(A, play.at(), "cut"))
    play.attach(*HOME, *stays)
    assert play.states("2001")[-1] == state
    rows = [row for row in play.all(SeatRow) if row.seat == "2001"]
    assert all(row.since <= row.at for row in rows)


@pytest.mark.parametrize("first", [A, B])
def test_three_who_talk_while_the_gateway_starts(first: SwitchboardId) -> None:
    """Whichever switchboard is seen first, both seats are in a three-way call; when one leaves, the other talks."""
    play = Play()
    channels = {A: (*HOME, seen("s", "PJSIP/1001-0000000b", "b1")), B: FAR}
    for board in (first, B if first == A else A):
        play.attach(*channels[board], board=board)
    assert [play.states(seat)[-1] for seat in ("1001", "2001")] == ["on_call.three_way"] * 2
    play.hang_up(A, "s")
    assert play.states("2001")[-1] == "on_call.talk"


TALKS = (seen("c", CALLER, "b1", caller_uid=ChannelUid("c")), seen("s", "PJSIP/1001-0000000b", "b1"))
ANSWER = (
    ChannelCreated(
        A,
        1999.6,
        uid=ChannelUid("s"),
        name="PJSIP/1001-0000000b",
        state=ChannelState.DOWN,
        caller_number="",
        caller_name="",
        linkedid=ChannelUid("c"),
    ),
    ChannelStateChanged(A, 1999.7, ChannelUid("s"), ChannelState.RINGING),
    ChannelStateChanged(A, 1999.8, ChannelUid("s"), ChannelState.UP),
    BridgeEntered(A, 1999.9, "b1", ChannelUid("s")),
)
BESIDE = ("heartbeat", "compare", "kept")
"""Timers of every switchboard that is attached."""
AFTER = ChannelCreated(
    A,
    2000.5,
    uid=ChannelUid("x"),
    name="PJSIP/119-0000000d",
    state=ChannelState.DOWN,
    caller_number="",
    caller_name="",
    linkedid=ChannelUid("x"),
)


def seen_again(*channels: ChannelSeen, settings: Settings = WRAPPED) -> Play:
    """The link was lost; the snapshot that ends the gap is of the instant 2000."""
    play = Play(settings=settings).both()
    play.tell(LinkLost(A, 1500.0, "cut"))
    play.tell(Resynced(A, 2000.0, version="22.10.1", channels=channels, members=play.members[A]))
    return play


@pytest.mark.parametrize("behind", [AFTER, TimerFired(A, 2001.0, "settle:12345")])
def test_a_call_that_is_answered_while_the_snapshot_is_taken_is_one_call(behind: AnyEvent) -> None:
    """What led to it comes behind the snapshot that shows it: nothing of it is written, and no row ends before it began."""
    play = seen_again(*TALKS)
    for event in (*ANSWER, behind):
        play.tell(event)
    row = [row for row in play.all(SeatRow) if row.seat == SEAT][-1]
    assert (row.before, row.after, row.at) == (SeatState.UNKNOWN, SeatState.TALK, 2000.0)
    timers = [timer.timer for timer in play.all(StartTimer)]
    assert [timer for timer in timers if timer.partition(":")[0] not in BESIDE] == ["settle:12345"]
    assert [timer.timer for timer in play.all(CancelTimer)] == ["settle:12345"]


@pytest.mark.parametrize("behind", [AFTER, TimerFired(A, 2001.0, "settle:12345"), LinkLost(A, 2003.0, "cut")])
def test_a_call_that_ends_while_the_snapshot_is_taken_has_ended(behind: AnyEvent) -> None:
    """The snapshot shows it still; it is known as soon as all that was on its way has come, and at the latest after a second."""
    play = seen_again(*TALKS)
    for uid in ("s", "c"):
        play.tell(ChannelHungUp(A, 1999.9, ChannelUid(uid), 16))
    assert play.states("1001")[-1] == "on_call.talk"
    play.tell(behind)
    row = [row for row in play.all(SeatRow) if row.seat == SEAT and row.after is SeatState.WRAP_UP][-1]
    assert (row.since, row.at, row.why) == (2000.0, 2000.0, "settled")


def test_what_is_newer_than_the_snapshot_is_written_as_it_comes() -> None:
    """First what the older events have come to, then its own row."""
    play = seen_again()
    given = QueueAnswered(
        A, 1999.9, queue="12345", channel=ChannelUid("c"), seat=SEAT, seat_channel=ChannelUid("s"), wait_s=3, ring_s=1.0
    )
    for event in (*ANSWER, given):
        play.tell(event)
    play.tell(ChannelHungUp(A, 2000.3, ChannelUid("s"), 16))
    assert rows(play)[-2:] == [("on_call.talk", "settled", ""), ("wrap_up", "hung_up", "")]
    assert [(row.since, row.at) for row in play.all(SeatRow) if row.seat == SEAT][-2:] == [
        (2000.0, 2000.0), (2000.0, 2000.3),
    ]  # fmt: skip


def test_a_log_out_and_back_while_the_snapshot_is_taken_is_no_row() -> None:
    """The snapshot shows the seat as a member, and it is one; who has logged out and stays away is offline."""
    play = seen_again()
    count = len(play.all(SeatRow))
    for seat in ("1001", "1002"):
        play.tell(MemberRemoved(A, 1999.7, "12345", SeatId(seat)))
    play.tell(
        MemberChanged(A, 1999.8, queue="12345", seat=SEAT, device=DeviceState.NOT_IN_USE, paused=False, pause_reason="")
    )
    play.tell(AFTER)
    new = [(row.seat, row.after.value, row.at) for row in play.all(SeatRow)[count:]]
    assert new == [("1002", "offline", 2000.0)]


# --- waits ------------------------------------------------------------------------------------------------------------------


def waits(play: Play) -> list[tuple[str, str, float]]:
    """How each wait ended, and how long it was."""
    return [(row.how, row.seat, row.left_at - row.joined_at) for row in play.all(QueueRow)]


def join(play: Play, at: float, uid: str = "c") -> None:
    """A caller begins to wait."""
    play.tell(
        QueueJoined(
            A,
            at,
            queue="12345",
            channel=ChannelUid(uid),
            channel_name=CALLER,
            caller_number="13800000001",
            caller_name="",
        )
    )


def waiting() -> Play:
    """A caller waits since 2000."""
    play = Play().both()
    play.channel(A, "c", CALLER)
    join(play, 2000.0)
    return play


def test_a_wait_that_a_seat_ends() -> None:
    """The wait is over when the caller leaves the queue, and the seat is the one that has him."""
    play = waiting()
    play.tell(QueueLeft(A, 2007.5, "12345", ChannelUid("c")))
    play.tell(
        QueueAnswered(
            A,
            2007.6,
            queue="12345",
            channel=ChannelUid("c"),
            seat=SEAT,
            seat_channel=ChannelUid("s"),
            wait_s=7,
            ring_s=3.0,
        )
    )
    (row,) = play.all(QueueRow)
    assert row == QueueRow(
        at=2007.6,
        switchboard=A,
        queue="12345",
        call="c",
        joined_at=2000.0,
        left_at=2007.5,
        how="answered",
        seat=SEAT,
        ring_s=3.0,
    )


def test_a_wait_that_the_caller_ends_is_abandoned_once() -> None:
    """Asterisk says so three times: abandoned, left, hung up."""
    play = waiting()
    play.tell(QueueAbandoned(A, 2004.0, "12345", ChannelUid("c")))
    play.tell(QueueLeft(A, 2004.0, "12345", ChannelUid("c")))
    play.hang_up(A, "c")
    assert waits(play) == [("abandoned", "", 4.0)]


def test_a_wait_that_a_transfer_ends_is_known_when_the_caller_goes_or_waits_again() -> None:
    """Taken out of the queue: neither answered nor abandoned; the next wait of the same caller is another."""
    play = waiting()
    play.tell(QueueLeft(A, 2003.0, "12345", ChannelUid("c")))
    join(play, 2050.0)
    play.tell(QueueLeft(A, 2060.0, "12345", ChannelUid("c")))
    play.hang_up(A, "c")
    assert waits(play) == [("left", "", 3.0), ("left", "", 10.0)]


def test_a_wait_of_which_nobody_saw_the_end_is_unknown() -> None:
    """After a gap: who waits still goes on waiting since he joined, and of the other nothing is guessed."""
    play = waiting()
    play.channel(A, "d", "PJSIP/13800000002-0000001a")
    play.tell(
        QueueJoined(
            A,
            2001.0,
            queue="12345",
            channel=ChannelUid("d"),
            channel_name="PJSIP/13800000002-0000001a",
            caller_number="13800000002",
            caller_name="",
        )
    )
    play.tell(LinkLost(A, 2010.0, "cut"))
    callers = (seen("c", CALLER, "b1"), seen("d", "PJSIP/13800000002-0000001a"))
    stays = CallerWaiting("12345", ChannelUid("d"), 2001.0)
    play.tell(Resynced(A, 2020.0, version="22.10.1", channels=callers, members=play.members[A], waiting=(stays,)))
    assert [(row.how, row.call, row.left_at) for row in play.all(QueueRow)] == [("unknown", "c", 0.0)]
    play.hang_up(A, "d")
    assert [row.how for row in play.all(QueueRow)] == ["unknown", "abandoned"]
    assert play.core.world.waits == {}


def test_a_caller_who_joins_while_the_snapshot_is_taken_waits_once() -> None:
    """The snapshot has him, to the second; his joining comes behind it, and gives the instant."""
    play = Play().both()
    play.tell(LinkLost(A, 1500.0, "cut"))
    caller = CallerWaiting("12345", ChannelUid("c"), 2000.0)
    snapshot = Resynced(
        A,
        2000.0,
        version="22.10.1",
        channels=(seen("c", CALLER, caller_uid=ChannelUid("c")),),
        members=play.members[A],
        waiting=(caller,),
    )
    play.tell(snapshot)
    for _ in range(2):
        join(play, 1999.25)
    assert play.all(QueueRow) == []
    assert play.core.world.flow(A).arrivals(2000.0) == 1
    play.tell(QueueLeft(A, 2010.0, "12345", ChannelUid("c")))
    play.tell(
        QueueAnswered(
            A,
            2010.0,
            queue="12345",
            channel=ChannelUid("c"),
            seat=SEAT,
            seat_channel=ChannelUid("s"),
            wait_s=10,
            ring_s=1.0,
        )
    )
    assert waits(play) == [("answered", "1001", 10.75)]


@pytest.mark.parametrize("how", ["answered", "abandoned"])
def test_no_wait_is_shorter_than_nothing(how: str) -> None:
    """Its beginning is known to the second, from a snapshot; it ends within the same one."""
    play = Play().both()
    caller = CallerWaiting("12345", ChannelUid("c"), 2000.0)
    play.tell(
        Resynced(
            A, 2000.0, version="22.10.1", channels=(seen("c", CALLER),), members=play.members[A], waiting=(caller,)
        )
    )
    if how == "answered":
        play.tell(QueueLeft(A, 1999.5, "12345", ChannelUid("c")))
        play.tell(
            QueueAnswered(
                A,
                1999.5,
                queue="12345",
                channel=ChannelUid("c"),
                seat=SEAT,
                seat_channel=ChannelUid("s"),
                wait_s=0,
                ring_s=0.0,
            )
        )
    else:
        play.tell(QueueAbandoned(A, 1999.5, "12345", ChannelUid("c")))
    assert [(row[0], row[2]) for row in waits(play)] == [(how, 0.0)]


def killed(play: Play, *told: QueueRow) -> Play:
    """The gateway of a play ends, and another begins with what is in its store."""
    newest = {row.id: row for row in play.all(ContextRow)}
    contexts = [row for row in newest.values() if not row.ended_at]
    calls = untold(contexts, [*play.all(QueueRow), *told])
    return Play(contexts=contexts, waiting=calls, seen={A: 2005.0, B: 2005.0})


def seen_at(play: Play, at: float, *channels: ChannelSeen, waits_still: bool = False) -> None:
    """A snapshot of 12345."""
    stays = (CallerWaiting("12345", ChannelUid("c"), 2000.4),) if waits_still else ()
    play.tell(Resynced(A, at, version="22.10.1", channels=channels, members=play.members[A], waiting=stays))


IN_QUEUE = seen("c", CALLER, caller_uid=ChannelUid("c"))


@pytest.mark.parametrize("channels", [(), (IN_QUEUE,)])
def test_a_wait_that_ends_while_no_gateway_is_there_is_unknown(channels: tuple[ChannelSeen, ...]) -> None:
    """The caller is gone, or somewhere else: one row, and the next gateway that begins with it adds none."""
    play = killed(waiting())
    seen_at(play, 2100.0, *channels)
    (row,) = play.all(QueueRow)
    assert row == QueueRow(
        at=2100.0, switchboard=A, queue="12345", call="c", joined_at=2000.0, left_at=0.0, how="unknown"
    )
    assert play.core.world.waits == {}
    again = killed(waiting(), row)
    seen_at(again, 2200.0, *channels)
    assert again.all(QueueRow) == []


def test_a_wait_that_outlasts_a_gateway_goes_on() -> None:
    """He waits since he joined, which the snapshot tells to the second."""
    play = killed(waiting())
    seen_at(play, 2100.0, IN_QUEUE, waits_still=True)
    assert play.all(QueueRow) == []
    play.tell(QueueAbandoned(A, 2110.5, "12345", ChannelUid("c")))
    assert waits(play) == [("abandoned", "", 110.5)]


def test_no_wait_is_open_of_a_caller_whom_a_seat_has() -> None:
    """Answered before the gateway ended; nor of one who never came to a queue, or whose context has ended."""
    play = waiting()
    play.tell(QueueLeft(A, 2003.0, "12345", ChannelUid("c")))
    play.tell(
        QueueAnswered(
            A,
            2003.0,
            queue="12345",
            channel=ChannelUid("c"),
            seat=SEAT,
            seat_channel=ChannelUid("s"),
            wait_s=3,
            ring_s=1.0,
        )
    )
    (context,) = {row.id: row for row in play.all(ContextRow)}.values()
    assert untold([context], []) == []
    fresh = replace(context, wait_s=-1)
    assert untold([fresh], []) == ["c"]
    assert untold([replace(fresh, queue="")], []) == []
    assert untold([replace(fresh, ended_at=9.0)], []) == []


def leg_waits(home_attached: bool = True) -> Play:
    """A transfer of a call rings at the other switchboard: its leg waits in the queue there since 2000."""
    play = Play().both()
    if home_attached:
        play.connect()
        play.press()
        play.ring()
    else:
        play.channel(B, "t", "PJSIP/trunk-12345-0000000c")
        play.tell(
            TrunkArrived(
                B, play.at(), uid=ChannelUid("t"), name="PJSIP/trunk-12345-0000000c", origin=ChannelUid("l"), uui=""
            )
        )
    play.tell(
        QueueJoined(
            B,
            2000.0,
            queue="110",
            channel=ChannelUid("t"),
            channel_name="PJSIP/trunk-12345-0000000c",
            caller_number="13800000001",
            caller_name="",
        )
    )
    return play


def test_a_leg_that_waits_before_home_has_told_of_it() -> None:
    """Two switchboards, two links: the wait belongs to the caller's call all the same, whichever was heard first."""
    play = Play().both()
    play.connect()
    play.press()
    play.channel(B, "t", "PJSIP/trunk-12345-0000000c")
    play.tell(
        TrunkArrived(
            B, play.at(), uid=ChannelUid("t"), name="PJSIP/trunk-12345-0000000c", origin=ChannelUid("l"), uui=""
        )
    )
    play.tell(
        QueueJoined(
            B,
            2000.0,
            queue="110",
            channel=ChannelUid("t"),
            channel_name="PJSIP/trunk-12345-0000000c",
            caller_number="13800000001",
            caller_name="",
        )
    )
    play.leg("12345.1000000.1", "110")
    play.tell(QueueLeft(B, 2004.0, "110", ChannelUid("t")))
    play.tell(
        QueueAnswered(
            B,
            2004.0,
            queue="110",
            channel=ChannelUid("t"),
            seat=SeatId("2001"),
            seat_channel=ChannelUid("f"),
            wait_s=4,
            ring_s=4.0,
        )
    )
    (row,) = [row for row in play.all(QueueRow) if row.switchboard == B]
    assert (row.call, row.seat) == ("c", "2001")


def leg_ends(play: Play, cause: int) -> str:
    """app_queue gives the leg up as it does each time, and its channel ends. How its wait ended."""
    play.tell(QueueAbandoned(B, 2004.0, "110", ChannelUid("t")))
    play.tell(QueueLeft(B, 2004.0, "110", ChannelUid("t")))
    assert not [row for row in play.all(QueueRow) if row.switchboard == B]
    play.hang_up(B, "t", cause)
    (row,) = [row for row in play.all(QueueRow) if row.switchboard == B]
    assert row.left_at == (0.0 if row.how == "unknown" else 2004.0)
    return row.how


@pytest.mark.parametrize("cause", [19, 26, 16])
def test_a_leg_whose_caller_is_there_has_rung_out(cause: int) -> None:
    """Ring time over, taken back, or however else its end is called: the caller has not abandoned anything."""
    assert leg_ends(leg_waits(), cause) == "rung_out"


def test_a_leg_whose_caller_has_hung_up_is_abandoned() -> None:
    """Home tells it before the leg ends."""
    play = leg_waits()
    play.hang_up(A, "c")
    assert leg_ends(play, 16) == "abandoned"


def test_a_leg_whose_home_cannot_be_heard_is_unknown() -> None:
    """Whether the caller is still there is not guessed."""
    play = leg_waits()
    play.tell(LinkLost(A, 2001.0, "cut"))
    assert leg_ends(play, 19) == "unknown"


@pytest.mark.parametrize(("cause", "how"), [(16, "abandoned"), (19, "rung_out"), (26, "rung_out")])
def test_a_leg_of_a_home_that_is_not_ours_tells_by_its_cause(cause: int, how: str) -> None:
    """The cause crosses the trunk: 16 is a caller's goodbye."""
    assert leg_ends(leg_waits(home_attached=False), cause) == how
