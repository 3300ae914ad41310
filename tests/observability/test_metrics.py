"""What Prometheus is told of a switchboard: what is known, and nothing in the place of what is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.values.ids import ChannelUid
from gateway.observability.metrics import Metrics
from gateway.rules.reload import RulesInForce
from gateway.store import StoreHealth
from tests.core.plays import CALLER, A, Play

RULES = Path(__file__).resolve().parents[2] / "transfer_rules.yaml"
NOW = ("onekey_seats_ready", "onekey_seats", "onekey_callers_waiting", "onekey_longest_wait_seconds")
LOAD = ("onekey_expected_wait_seconds", "onekey_seats_short")


class Counted:
    """An engine that has done nothing."""

    turns = faults = 0
    counts: Mapping[str, int] = {}


def told(play: Play, at: float, switchboard: str = A) -> set[str]:
    """Which of these gauges are there."""
    rules = RulesInForce(RULES, lambda loaded: None, lambda who, what, changes: None, lambda: 7.0)
    text = Metrics(play.core.world, Counted(), rules, dict).text(StoreHealth(ok=True, backlog=0, lost=0), at)
    return {name for name in NOW + LOAD if re.search(f'^{name}{{.*switchboard="{switchboard}"', text, re.MULTILINE)}


def test_gauges_of_a_switchboard_that_is_not_heard_are_left_out() -> None:
    """Before the first snapshot and while the link is lost; a zero would say that nobody waits and no seat is missing (law 7)."""
    play = Play()
    assert told(play, 1000.0) == set()
    play.both()
    play.channel(A, "c", CALLER)
    play.tell(
        QueueJoined(
            A,
            1100.0,
            queue="12345",
            channel=ChannelUid("c"),
            channel_name=CALLER,
            caller_number="13800000001",
            caller_name="",
        )
    )
    assert told(play, 1100.0) == set(NOW)
    play.core.world.flow(A).add(1100.0, arrivals=3, handled_s=30.0, calls=3)
    assert told(play, 1100.0) == {*NOW, *LOAD}
    play.tell(LinkLost(A, 1110.0, "cut"))
    assert told(play, 1110.0) == set()
    assert told(play, 1110.0, "110") == set(NOW)
