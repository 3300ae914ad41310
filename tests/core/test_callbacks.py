"""Call-back tasks: a caller who gave up during a transfer is called back once, by a seat, or the task stays open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.core import uui
from gateway.core.commands import CallBack, CallbackRow, CancelTimer, StartTimer
from gateway.core.events import CallbackAsked, CallbackEnded, TimerFired
from gateway.core.terms import PressId, SeatId
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
    out = play.tell(CallbackEnded(A, play.at(), PressId(PRESS), status))
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
    play.tell(CallbackEnded(A, play.at(), PressId(PRESS), "ANSWER"))
    assert play.tell(CallbackEnded(A, play.at(), PressId(PRESS), "BUSY")) == []
    assert play.tell(TimerFired(A, play.at(), TIMER)) == []


def test_each_try_is_counted() -> None:
    """A task that is taken a second time says so."""
    play = given_up()
    first, *_ = play.tell(CallbackAsked(A, 2000.0, task(play), SeatId("1002")))
    again, *_ = play.tell(CallbackAsked(A, 2100.0, replace(first, state="open"), SeatId("1001")))
    assert (again.tries, again.tried_at) == (2, 2100.0)
