"""Call-back tasks: a caller who gave up during a transfer is called back once, by a seat, or the task stays open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.commands import AttachContext, CallBack, CancelTimer, StartTimer
from gateway.core.messages.dialplan_events import CallbackEnded, CallerFinished
from gateway.core.messages.records import CallbackRow, ContextRow
from gateway.core.messages.requests import CallbackAsked, CallbackDropped, TransferAsked
from gateway.core.values import uui
from gateway.core.values.ids import ChannelUid, PressId, SeatId, TargetId
from tests.core.plays import KEY, SETTINGS, A, Play

PRESS = "12345.1000000.1"
TIMER = f"callback:{PRESS}"


def given_up() -> Play:
    """The caller has hung up while seat 2001 rang."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.hang_up(A, "c")
    return play


def task(play: Play) -> CallbackRow:
    """The task as it was last written."""
    return play.all(CallbackRow)[-1]


def dialled() -> Play:
    """Seat 1002 has taken the task."""
    play = given_up()
    play.tell(CallbackAsked(A, play.at(), task(play), SeatId("1002")))
    return play


def test_a_caller_who_gives_up_is_a_task() -> None:
    """Number, matter, target and seat are written down as the caller leaves, before the leg has ended."""
    found = task(given_up())
    assert (found.id, found.state, found.tries) == (PRESS, "open", 0)
    assert (found.number, found.target, found.seat) == ("13800000001", "110", "1001")
    assert found.reason == "caller_hung_up"


def test_a_caller_who_was_with_the_target_is_no_task() -> None:
    """Three talked: the caller has been heard."""
    play = Play().both()
    play.connect()
    play.press()
    play.ring()
    play.answer()
    play.hang_up(A, "c")
    assert play.all(CallbackRow) == []


def test_a_task_is_written_before_anything_rings() -> None:
    """A gateway that is killed behind the first command knows that the task was being dialled."""
    play = given_up()
    row, call, timer = play.tell(CallbackAsked(A, 2000.0, task(play), SeatId("1002")))
    assert (row.state, row.tries, row.tried_at) == ("dialling", 1, 2000.0)
    assert isinstance(call, CallBack)
    assert (call.task, call.seat, call.number) == (PRESS, "1002", "13800000001")
    assert uui.decode(call.uui, (KEY,), row.at).context == row.context
    assert isinstance(timer, StartTimer)
    assert (timer.timer, timer.after_s) == (TIMER, SETTINGS.callback_ring_s + SETTINGS.transfer_grace_s)


@pytest.mark.parametrize(
    ("status", "state"), [("ANSWER", "done"), ("NOANSWER", "open"), ("BUSY", "open"), ("CANCEL", "open")]
)
def test_only_a_caller_who_answered_was_called_back(status: str, state: str) -> None:
    """Any other end leaves the task open, with the reason."""
    play = dialled()
    out = play.tell(CallbackEnded(A, play.at(), task=PressId(PRESS), status=status))
    assert (task(play).state, task(play).note) == (state, status.lower())
    assert [item.timer for item in out if isinstance(item, CancelTimer)] == [TIMER]
    assert play.core.world.callbacks == {}


def test_a_seat_that_does_not_answer_leaves_the_task_open() -> None:
    """The time is up and the seat's channel is gone: somebody else may take the task."""
    play = dialled()
    play.tell(TimerFired(A, play.at(), TIMER))
    assert (task(play).state, task(play).note) == ("open", "seat_did_not_answer")


def test_a_seat_that_talks_with_the_caller_is_waited_for() -> None:
    """The channel to the seat lives: the timer starts again and nothing is written."""
    play = dialled()
    play.channel(A, f"callback-{PRESS}", "PJSIP/1002-0000000e", "up")
    out: list[Any] = play.tell(TimerFired(A, play.at(), TIMER))
    assert [type(item) for item in out] == [StartTimer]


def test_a_task_ends_once() -> None:
    """A timer or an end that comes behind the end changes nothing."""
    play = dialled()
    play.tell(CallbackEnded(A, play.at(), task=PressId(PRESS), status="ANSWER"))
    assert play.tell(CallbackEnded(A, play.at(), task=PressId(PRESS), status="BUSY")) == []
    assert play.tell(TimerFired(A, play.at(), TIMER)) == []


def test_each_try_is_counted() -> None:
    """A task that is taken a second time says so."""
    play = given_up()
    first, *_ = play.tell(CallbackAsked(A, 2000.0, task(play), SeatId("1002")))
    again, *_ = play.tell(CallbackAsked(A, 2100.0, replace(first, state="open"), SeatId("1001")))
    assert (again.tries, again.tried_at) == (2, 2100.0)


# --- one number, one open task; whoever is called back is a caller -------------------------------------------------------------


def again(play: Play, press: str = "12345.2000000.1") -> None:
    """The same citizen calls again, the seat presses, seat 2001 rings."""
    play.hang_up(A, "l")
    play.hang_up(A, "s")
    play.connect()
    play.press(press)
    play.ring(press)


def test_a_second_hang_up_refreshes_the_open_task() -> None:
    """The task keeps its id, and is about the newest matter."""
    play = given_up()
    first = task(play)
    again(play)
    play.hang_up(A, "c")
    second = task(play)
    assert (second.id, second.state) == (first.id, "open")
    assert second.at > first.at
    assert len(play.core.world.open_tasks) == 1


def test_a_call_that_is_handed_over_closes_the_open_task() -> None:
    """The target has the caller: nobody need call him back, and the task says why."""
    play = given_up()
    again(play)
    play.answer()
    play.hang_up(A, "s")
    assert (task(play).id, task(play).state, task(play).note) == (PRESS, "done", "called_again")


def test_a_call_that_a_person_ends_closes_the_open_task() -> None:
    """He was with a person to the end."""
    play = given_up()
    play.hang_up(A, "s")
    play.connect()
    play.tell(CallerFinished(A, play.at(), ChannelUid("c")))
    assert (task(play).state, task(play).note) == ("done", "called_again")


def test_a_task_of_before_a_restart_is_found_by_its_number() -> None:
    """Another spelling of the number is the same number."""
    old = replace(task(given_up()), id=PressId("12345.5.5"), number="+8613800000001")
    play = Play(tasks=[old]).both()
    play.connect()
    play.press()
    play.ring()
    play.hang_up(A, "c")
    assert task(play).id == old.id


def test_a_dropped_task_is_not_refreshed() -> None:
    """Who hangs up after it was closed has a task of his own."""
    play = given_up()
    play.tell(CallbackDropped(A, play.at(), replace(task(play), state="dropped")))
    again(play)
    play.hang_up(A, "c")
    assert (task(play).id, task(play).state) == ("12345.2000000.1", "open")


def test_whoever_answers_is_a_caller_with_the_record_of_his_matter() -> None:
    """His key rings the target, and the record is the old one, alive again under the channel that he has now."""
    play = given_up()
    matter = [row for row in play.all(ContextRow) if row.id == task(play).context][-1]
    play.tell(CallbackAsked(A, play.at(), task(play), SeatId("1001"), matter))
    play.channel(A, f"callback-{PRESS}", "PJSIP/1001-00000020", "up")
    play.channel(A, "c2", "PJSIP/13800000001-00000021", "up")
    name, uid = "PJSIP/13800000001-00000021", ChannelUid("c2")
    play.tell(CallbackEnded(A, play.at(), task=PressId(PRESS), status="ANSWER", caller=name, caller_uid=uid))
    play.enter(A, "b9", f"callback-{PRESS}", "c2")
    call = play.core.world.calls[uid]
    assert (call.context.id, call.context.version, call.context.ended_at) == (matter.id, matter.version + 1, 0.0)
    assert call.context.seats[-1][:2] == (A, "1001")
    assert [item.channel for item in play.all(AttachContext)][-1] == "c2"
    play.tell(TransferAsked(A, play.at(), press=PressId("12345.9.9"), target=TargetId("110"), seat=SeatId("1001")))
    assert play.rings()[-1].caller == name
