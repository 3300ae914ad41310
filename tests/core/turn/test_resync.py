"""A snapshot after a clock was put back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.messages.answers import CommandFailed, CommandSucceeded, TimerFired
from gateway.core.messages.channel_events import ChannelHungUp
from gateway.core.messages.dialplan_events import KeyPressed
from gateway.core.messages.events import HEARD, AnyEvent
from gateway.core.messages.link_events import CheckBegan, Checked, LinkLost, Resynced
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.messages.requests import ContextReceived, SeatAsked
from gateway.core.model.call import new_context
from gateway.core.values.ids import ChannelUid
from gateway.core.values.timers import TimerKind
from tests.core.plays import A, B, Play

YEARS_5 = 5 * 365 * 86400.0
AHEAD = 1000.0 + YEARS_5


def put_back(by_s: float, why: str = "clock") -> tuple[Play, float]:
    """A play whose clock is put back so far while seat 1001 talks, and the instant of the snapshot. ``why`` is the reason of the lost link."""
    play = Play()
    play.attach()
    play.connect()
    now = play.at()
    play.tell(LinkLost(A, now + by_s, why, now + by_s))
    play.tell(Resynced(A, now, version="22.10.1", channels=(), members=play.members[A]))
    return play, now


def gaps(play: Play) -> list[GapRow]:
    """All gaps so far."""
    return [row for row in play.out if isinstance(row, GapRow)]


def test_a_clock_that_was_put_back_pins_no_seat() -> None:
    """An hour of two times is a gap, and what a seat does from then on has the instants of then."""
    play, now = put_back(3600.0)
    assert (gaps(play)[-1].since, gaps(play)[-1].until, gaps(play)[-1].why) == (now, now + 3600.0, "clock")
    rows = [row for row in play.out if isinstance(row, SeatRow) and row.switchboard == A]
    assert rows[-1].at == now
    assert rows[-1].since <= now


def test_years_that_are_to_come_are_not_hidden() -> None:
    """A clock that was years ahead hides a day at most."""
    play, now = put_back(YEARS_5)
    assert (gaps(play)[-1].since, gaps(play)[-1].until) == (now, now + 86400.0)


@pytest.mark.parametrize("by_s", [0.5, 2.5, 60.0, 61.0])
def test_no_gap_ends_before_it_begins(by_s: float) -> None:
    """Seconds of two times, which a gateway has believed, are a gap of the clock as an hour is; no seat's state begins after now."""
    play, now = put_back(by_s)
    assert [(gap.since, gap.until, gap.why) for gap in gaps(play)] == [(now, now + by_s, "clock")]
    assert all(status.since <= now for (board, _), status in play.core.world.seats.items() if board == A)


def test_two_machines_clocks_differ_a_little() -> None:
    """A snapshot that is a second older than what was heard before it is no clock that was put back: there is no time that was not seen."""
    play, _ = put_back(1.0, "silent")
    assert gaps(play) == []


@pytest.mark.parametrize(
    "stranger",
    [
        CommandSucceeded(A, AHEAD, "x"),
        CommandFailed(A, AHEAD, "x", "refused"),
        TimerFired(A, AHEAD, TimerKind.SETTLE.of(A)),
        ContextReceived(A, AHEAD, replace(new_context(B, ChannelUid("c9"), "1", "", "", 900.0), organisations=(B, A))),
    ],
)
def test_only_the_switchboards_own_events_say_when_it_was_seen(stranger: AnyEvent) -> None:
    """An instant of another clock, five years ahead, moves neither a seat's state nor the gap that follows."""
    play = Play().both()
    play.connect()
    heard_at = play.core.world.boards[A].seen_at
    play.tell(stranger)
    play.tell(LinkLost(A, heard_at + 9, "silent", heard_at + 3))
    play.tell(Resynced(A, heard_at + 12, version="22.10.1", channels=(), members=play.members[A]))
    assert [(gap.since, gap.until, gap.why) for gap in gaps(play)] == [(heard_at + 3, heard_at + 12, "silent")]
    assert max(row.at for row in play.all(SeatRow)) == heard_at + 12


def test_each_event_that_asterisk_tells_proves_that_it_is_heard() -> None:
    """Of every kind of event it is decided: what Asterisk and its dialplan raise, and a look, are proof; nothing of ours is."""
    assert {KeyPressed, ChannelHungUp, QueueJoined, Checked} <= HEARD
    assert not {CommandSucceeded, CommandFailed, TimerFired, ContextReceived, SeatAsked, LinkLost, CheckBegan} & HEARD
