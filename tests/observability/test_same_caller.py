"""Many calls of one number at once."""

from __future__ import annotations

import structlog

from gateway.core.model.call import Call, new_context
from gateway.core.values.ids import ChannelUid
from gateway.observability.same_caller import SameCaller, calls_by_number
from tests.core.plays import A


def calls(*numbers: str) -> list[Call]:
    """Live calls of these numbers."""
    uids = [ChannelUid(f"c{n}") for n in range(len(numbers))]
    return [
        Call(home=A, uid=uid, name=f"PJSIP/{number}-{uid}", context=new_context(A, uid, number, "", "12345", 0.0))
        for uid, number in zip(uids, numbers, strict=True)
    ]


def test_an_alarm_is_raised_once_until_it_is_over() -> None:
    """One more than is allowed is told, masked, and not again with each further call."""
    alarm = SameCaller(2)
    with structlog.testing.capture_logs() as logs:
        for count in (2, 3, 4, 3, 2, 3):
            alarm.look(calls(*["13800000001"] * count, "13800000002"))
    assert [(line["number"], line["calls"]) for line in logs] == [("138****0001", 3), ("138****0001", 3)]


def test_calls_without_a_number_are_of_different_people() -> None:
    """They are not counted as one."""
    assert calls_by_number(calls("", "", "anonymous", "anonymous", "0", "13800000001")) == {"13800000001": 1}
