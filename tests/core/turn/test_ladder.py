"""Ladders: who is rung in which order, who is skipped, and what the seat is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.messages.commands import TellSeat
from gateway.core.messages.dialplan_events import LegBranched
from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import MemberChanged
from gateway.core.rules.rule import OTHER, Key, Rule, Rung, Target, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, DeviceState, Outcome, PressId, SeatId, TargetId
from tests.core.plays import A, B, Play

PRESS = "12345.1000000.1"
NAMES = [TargetId(name) for name in ("12345", "110", "119", "120", "122")]


def rung(target: str, *also: str, ring_s: int = 20) -> Rung:
    """One step."""
    return Rung(TargetId(target), ring_s, tuple(TargetId(other) for other in also))


def connected(*ladder: Rung) -> Play:
    """Seat 1001 has the caller; every target is reached by this ladder."""
    rules = RuleSet(
        targets={name: Target(id=name, name=name) for name in NAMES},
        keys={"*1": Key("transfer", OTHER)},
        rules=(Rule(name="ladder", from_=None, target=None, ladder=ladder, terms=TransferPolicy()),),
    )
    play = Play(rules).both()
    play.connect()
    return play


def make_full(play: Play) -> None:
    """The one seat of 110 is paused."""
    play.tell(MemberChanged(B, play.at(), queue="110", seat=SeatId("2001"), device=DeviceState.NOT_IN_USE, paused=True))


def history(play: Play) -> list[tuple[str, str]]:
    """What the transfer's history says of its rungs."""
    return [(what, reason) for _, what, reason in play.transfer().history if what.startswith("rung")]


def told(out: list[Any]) -> str:
    """The one text that a seat is shown."""
    (text,) = [item.text for item in out if isinstance(item, TellSeat)]
    return str(text)


# --- the order --------------------------------------------------------------------------------------------------------------


def test_the_rungs_ring_one_after_the_other() -> None:
    """Each rung that fails is followed by the next, with its own number and ring time, until one answers."""
    play = connected(rung("122"), rung("119", ring_s=10), rung("120"))
    play.press(target="122")
    for attempt, target in ((1, "122"), (2, "119"), (3, "120")):
        play.leg(PRESS, target, attempt, f"l{attempt}")
        play.hang_up(A, f"l{attempt}", {1: 19, 2: 17, 3: 21}[attempt])
    assert [(ring.target, ring.attempt, ring.ring_s) for ring in play.rings()] == [
        ("122", 1, 20),
        ("119", 2, 10),
        ("120", 3, 20),
    ]
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.DECLINED, "declined")


def test_the_end_of_an_attempt_that_is_over_ends_nothing() -> None:
    """The first rung's own word comes when the second already rings."""
    play = connected(rung("122"), rung("119"))
    play.press(target="122")
    play.leg(PRESS, "122", 1, "l1")
    play.hang_up(A, "l1", 19)
    play.leg(PRESS, "119", 2, "l2")
    assert play.hang_up(A, "l1", 16) == []
    assert play.transfer().state == "requested"


def test_each_rung_keeps_its_reason_and_the_seat_reads_them() -> None:
    """The history has a line for each rung, and the text on the phone names them before the last reason."""
    play = connected(rung("122"), rung("119"))
    play.press(target="122")
    play.leg(PRESS, "122", 1, "l1")
    play.hang_up(A, "l1", 19)
    play.leg(PRESS, "119", 2, "l2")
    text = told(play.hang_up(A, "l2", 17))
    assert history(play) == [("rung_failed", "122: no_answer")]
    assert "转接失败 → 119：122 对方无人接听；对方坐席全忙" in text
    assert "transfer failed → 119: 122 no answer; no free seat there" in text


# --- who is skipped -----------------------------------------------------------------------------------------------------------


def test_a_full_switchboard_is_skipped() -> None:
    """110 has no free seat: the next rung rings at once, and both history and seat know why."""
    play = connected(rung("110"), rung("119"))
    make_full(play)
    play.press()
    assert [(ring.target, ring.attempt) for ring in play.rings()] == [("119", 2)]
    assert history(play) == [("rung_skipped", "110: full")]
    play.leg(PRESS, "119", 2)
    assert "110 对方坐席全忙，未呼叫；" in told(play.hang_up(A, "l", 19))


def test_a_switchboard_that_is_down_is_skipped() -> None:
    """110 was seen and is seen no more."""
    play = connected(rung("110"), rung("119"))
    play.tell(LinkLost(B, play.at(), "cut"))
    play.press()
    assert [ring.target for ring in play.rings()] == ["119"]
    assert history(play) == [("rung_skipped", "110: down")]


def test_a_switchboard_that_was_never_seen_is_rung() -> None:
    """What is not known is not taken for a failure (law 7)."""
    play = connected(rung("110"), rung("119"))
    play.core.world.boards[B].connected = False
    play.core.world.boards[B].seen_at = 0.0
    play.press()
    assert [ring.target for ring in play.rings()] == ["110"]


def test_a_free_switchboard_is_rung() -> None:
    """110 has a seat that is ready."""
    play = connected(rung("110"), rung("119"))
    play.press()
    assert [ring.target for ring in play.rings()] == ["110"]
    assert history(play) == []


@pytest.mark.parametrize("ladder", [(rung("110"),), (rung("110"), rung("110"))], ids=["one", "two"])
def test_the_last_rung_is_rung_all_the_same(ladder: tuple[Rung, ...]) -> None:
    """What we see of 110 may be old, and trying costs the caller nothing."""
    play = connected(*ladder)
    make_full(play)
    play.press()
    assert [(ring.target, ring.attempt) for ring in play.rings()] == [("110", len(ladder))]


def test_a_rung_on_the_way_is_skipped_too() -> None:
    """119 does not answer, 110 has become full meanwhile: 120 rings."""
    play = connected(rung("119"), rung("110"), rung("120"))
    play.press()
    play.leg(PRESS, "119")
    make_full(play)
    play.hang_up(A, "l", 19)
    assert [(ring.target, ring.attempt) for ring in play.rings()] == [("119", 1), ("120", 3)]
    assert history(play) == [("rung_failed", "119: no_answer"), ("rung_skipped", "110: full")]


# --- several at once ------------------------------------------------------------------------------------------------------------


def test_several_targets_are_one_leg() -> None:
    """Those that ring at once are one request under one name, which the dialplan takes apart."""
    play = connected(rung("110", "119", "120"))
    play.press()
    assert [ring.target for ring in play.rings()] == ["110-119-120"]


def test_several_targets_are_not_skipped_for_one_of_them() -> None:
    """110 is full, but 119 beside it may answer."""
    play = connected(rung("110", "119"), rung("120"))
    make_full(play)
    play.press()
    assert [ring.target for ring in play.rings()] == ["110-119"]


def test_a_branch_that_rings_or_ends_is_not_the_leg() -> None:
    """One of several targets hangs up: the transfer goes on with the others, and the leg's own end is the end."""
    play = connected(rung("119", "120"))
    play.press(target="119")
    play.leg(PRESS, "119-120")
    play.channel(A, "n", "PJSIP/119-0000000f", "down")
    play.tell(LegBranched(A, play.at(), PressId(PRESS), ChannelUid("n"), ChannelUid("c")))
    play.hang_up(A, "n", 17)
    assert play.transfer().outcome is None
    play.hang_up(A, "l", 19)
    assert (play.transfer().outcome, play.transfer().reason) == (Outcome.FAILED, "no_answer")
