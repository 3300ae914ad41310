"""Answering capacity: what the next hour needs, and what says so."""

from __future__ import annotations

import math

import pytest

from gateway.core.messages.link_events import LinkLost, Resynced
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.records import SeatRow
from gateway.core.messages.snapshots import MemberSeen
from gateway.core.queries.capacity import Capacity, Forecast, capacities
from gateway.core.rules.conditions import PressFacts, When
from gateway.core.rules.rule import RING_S, Decision, Rule, Rung, TransferPolicy
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SeatState, TargetId
from gateway.views.switchboards import capacity_view
from tests.core.plays import RULES, A, B, Play

AT = 5000.0


def loaded(arrivals: int) -> Play:
    """A switchboard with so many calls of 100 s in the last half hour."""
    play = Play().both()
    play.core.world.flow(A).add(AT - 1700, arrivals=arrivals, handled_s=100.0 * arrivals, calls=arrivals)
    return play


def needed(play: Play, forecast: int | None) -> tuple[int | None, str | None]:
    """Seats needed, and what says so."""
    forecasts = {A: Forecast(forecast, 4)} if forecast is not None else {}
    now = capacities(play.core.world, AT, forecasts)[A]
    return now.needed, now.basis


def test_earlier_weeks_or_the_last_half_hour_whichever_needs_more() -> None:
    """A quiet half hour hides no busy one to come, and no forecast hides a surge that has begun."""
    assert needed(loaded(20), None) == (4, "last_half_hour")
    assert needed(loaded(20), 9) == (9, "earlier_weeks")
    assert needed(loaded(200), 9)[1] == "last_half_hour"
    assert needed(loaded(200), None) == needed(loaded(200), 9)
    assert needed(loaded(0), 3) == (3, "earlier_weeks")


def test_nothing_says_so_without_calls_or_link() -> None:
    """Too few calls and no forecast: not known; nor is it where the switchboard is not seen (law 7)."""
    assert needed(loaded(1), None) == (None, None)
    play = loaded(20)
    play.tell(LinkLost(A, AT, "cut"))
    assert needed(play, 9) == (None, None)


def test_of_a_switchboard_that_is_not_heard_nothing_is_known() -> None:
    """No seat, caller or load of it is 0 (law 7), before the first snapshot and while the link is lost; rules decide as ever."""
    assert capacities(Play().core.world, AT) == {A: Capacity(), B: Capacity()}
    play = loaded(20)
    play.connect()
    now = capacities(play.core.world, AT)[A]
    assert (now.ready, now.on_call, now.total, now.waiting, now.arrivals, now.short) == (1, 1, 2, 0, 21, 2)
    play.tell(LinkLost(A, AT, "cut"))
    assert capacities(play.core.world, AT)[A] == Capacity()
    shown = {name for name, value in capacity_view(Capacity()).items() if value is not None}
    assert shown == set()
    assert play.core.world.free_seats_by_target() == {"110": 1}
    assert play.core.world.waiting_by_target() == {"110": 0}


def test_no_load_is_too_much_to_be_shown() -> None:
    """What no number of seats carries comes of a mistake: of seats needed nothing is said, and everybody is told the rest."""
    play = Play().both()
    play.core.world.flow(A).add(AT - 60, arrivals=100_000, handled_s=1e9, calls=3)
    now = capacities(play.core.world, AT)[A]
    assert now.load is not None
    assert now.load > 1e6
    assert (now.needed, now.basis, now.short, now.expected_wait_s) == (None, None, None, None)
    assert needed(play, 9) == (9, "earlier_weeks")


def test_seats_that_talked_when_the_gateway_was_killed_are_no_load() -> None:
    """Half an hour later nobody knows how long they talked on; then twenty calls of 100 s come."""
    rows = [
        SeatRow(
            at=1000.0,
            switchboard=A,
            seat=SeatId(str(2000 + n)),
            before=SeatState.RINGING,
            after=SeatState.TALK,
            why="channel_up",
            call=f"c{n}",
            since=990.0,
        )
        for n in range(300)
    ]
    play = Play(seats=rows, seen={A: 1005.0})
    members = tuple(
        MemberSeen(queue="12345", seat=row.seat, device=DeviceState.NOT_IN_USE, paused=False) for row in rows
    )
    play.tell(Resynced(A, 3400.0, version="22.10.1", channels=(), members=members))
    play.core.world.flow(A).add(3500.0, arrivals=20, handled_s=2000.0, calls=20)
    now = capacities(play.core.world, AT)[A]
    assert (now.handle_s, now.there, now.short) == (100.0, 300, 0)


def load(play: Play, at: float) -> float:
    """The load at an instant, in erlang."""
    known = capacities(play.core.world, at)[A].load
    assert known is not None
    return known


def three_calls(at: float) -> Play:
    """Watched since 1000; three calls of 50 s at an instant."""
    play = Play().both()
    play.core.world.flow(A).add(at, arrivals=3, handled_s=150.0, calls=3)
    return play


def test_a_quiet_time_is_part_of_the_half_hour() -> None:
    """Three calls after hours without any are no crowd: the load is theirs over half an hour, whatever came before them."""
    for after_s in (60, 300, 1700):
        assert load(three_calls(36_000.0), 36_000.0 + after_s) == pytest.approx(150 / 1800)


def test_the_load_is_over_the_time_since_watching_began() -> None:
    """Ten minutes after the start nobody knows what came before it."""
    assert load(three_calls(1500.0), 1600.0) == pytest.approx(150 / 600)
    assert load(three_calls(1010.0), 1020.0) == pytest.approx(150 / 60)


def test_a_gap_is_no_quiet_time() -> None:
    """What came in it nobody saw: it is no part of the time over which the load is."""
    play = three_calls(5000.0)
    play.tell(LinkLost(A, 5010.0, "cut"))
    play.tell(Resynced(A, 6010.0, version="22.10.1", channels=(), members=play.members[A]))
    assert load(play, 6100.0) == pytest.approx(150 / 800)
    assert load(play, 6700.0) == pytest.approx(150 / 800)
    play.core.world.flow(A).add(8000.0, arrivals=3, handled_s=150.0, calls=3)
    assert load(play, 8100.0) == pytest.approx(150 / 1800)


# --- for the rules ------------------------------------------------------------------------------------------------------------

CROWDED = Rule(
    name="crowded", from_=None, target=None, ladder=(), terms=TransferPolicy(), when=When(waiting=1, expected_wait_s=60)
)
DEFAULT = Rule(name="default", from_=None, target=None, ladder=())


def asked(rule: Rule) -> Play:
    """A call at 12345 under such a rule; at 110, 10 erlang have come in the last half hour."""
    play = Play(RuleSet(targets=RULES.targets, keys={}, rules=(rule, DEFAULT))).both()
    play.connect()
    play.core.world.flow(B).add(AT - 1700, arrivals=180, handled_s=18000.0, calls=180)
    return play


def facts(play: Play) -> PressFacts:
    """What is known of a press for 110."""
    world = play.core.world
    return world.facts(A, TargetId("110"), SeatId("1001"), next(iter(world.calls.values())), "", AT)


def test_a_rule_is_told_who_waits_and_how_long() -> None:
    """Callers of each switchboard that is heard; the wait is endless where one seat is there for ten erlang."""
    play = asked(CROWDED)
    play.channel(B, "d", "PJSIP/13900000001-0000001a")
    play.tell(
        QueueJoined(
            B,
            AT,
            queue="110",
            channel=ChannelUid("d"),
            channel_name="PJSIP/13900000001-0000001a",
            caller_number="13900000001",
            caller_name="",
        )
    )
    known = facts(play)
    assert known.waiting == {"12345": 0, "110": 1}
    assert known.expected_wait_s == {"110": math.inf}
    assert play.core.world.rules.decide(known) == Decision(
        "crowded", (Rung(TargetId("110"), RING_S),), TransferPolicy(tag="[12345转]"), "waiting=>=1 expected_wait_s=>=60"
    )
    play.tell(LinkLost(B, AT, "cut"))
    assert facts(play).waiting == {"12345": 0}
    assert facts(play).expected_wait_s == {}


def test_what_no_rule_asks_for_is_not_counted() -> None:
    """A press is not slower for what nobody wants to know."""
    known = facts(
        asked(
            Rule(name="urgent", from_=None, target=None, ladder=(), terms=TransferPolicy(), when=When(urgency="danger"))
        )
    )
    assert known.free_seats == known.waiting == known.expected_wait_s == {}
