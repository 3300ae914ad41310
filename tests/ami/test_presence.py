"""Orders for a seat's presence as AMI actions."""

from __future__ import annotations

import pytest

from gateway.ami.actions import actions
from gateway.ami.encode import Refused
from gateway.core.messages.commands import LogSeat, PauseSeat
from gateway.core.values.ids import SeatId, SwitchboardId

A, SEAT = SwitchboardId("12345"), SeatId("1001")


def test_a_pause_of_all_queues_is_one_action() -> None:
    """Without a queue Asterisk takes all; the reason travels along."""
    said = (("Interface", "PJSIP/1001"), ("Paused", "true"), ("Reason", "lunch"))
    assert actions(PauseSeat("k1", A, "s", seat=SEAT, paused=True, reason="lunch")) == (("QueuePause", said),)
    ((_, headers),) = actions(PauseSeat("k1", A, "s", seat=SEAT, paused=False, reason="", queue="day"))
    assert dict(headers) == {"Interface": "PJSIP/1001", "Paused": "false", "Queue": "day"}


def test_log_in_names_the_seat_and_its_device() -> None:
    """The member is known by its number, and its phone's state is watched."""
    ((name, headers),) = actions(LogSeat("k1", A, "s", seat=SEAT, queue="day", logged_in=True))
    wanted = {"Queue": "day", "Interface": "PJSIP/1001", "MemberName": "1001", "StateInterface": "PJSIP/1001"}
    assert (name, dict(headers)) == ("QueueAdd", wanted)
    ((name, headers),) = actions(LogSeat("k1", A, "s", seat=SEAT, queue="day", logged_in=False))
    assert (name, dict(headers)) == ("QueueRemove", {"Queue": "day", "Interface": "PJSIP/1001"})


@pytest.mark.parametrize(
    "order",
    [
        PauseSeat("k", A, "s", seat=SeatId("10/01"), paused=True, reason=""),
        LogSeat("k", A, "s", seat=SEAT, queue="a,b", logged_in=True),
    ],
)
def test_what_would_be_more_than_one_value_is_refused(order: PauseSeat | LogSeat) -> None:
    """Text from outside is never trusted (law 8)."""
    with pytest.raises(Refused):
        actions(order)


@pytest.mark.parametrize("reason", ["开会", "用餐（午）", "lunch", "a"])
def test_a_reason_is_in_the_seats_own_words(reason: str) -> None:
    """Chinese, too, as it was written."""
    ((_, headers),) = actions(PauseSeat("k1", A, "s", seat=SEAT, paused=True, reason=reason))
    assert dict(headers)["Reason"] == reason


@pytest.mark.parametrize("reason", ["a;b", "a|b", "a\nb", " a", "a ", "a\u202eb", "x" * 41, 'a"b', "a,b"])
def test_a_reason_that_would_part_a_record_of_asterisks_is_refused(reason: str) -> None:
    """``;`` and ``|`` part the members in Asterisk's database, and the columns of queue_log."""
    with pytest.raises(Refused):
        actions(PauseSeat("k1", A, "s", seat=SEAT, paused=True, reason=reason))
