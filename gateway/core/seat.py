"""One seat's state, derived from channels, bridges and device state, not from app_queue, which bills the first seat of a
transferred call for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.terms import ChannelState, DeviceState, SeatState


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of a seat's phone. ``parties`` are the people in the call that it is bridged into; 0 when in none."""

    state: ChannelState
    parties: int
    held: bool


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """All that decides a seat's state."""

    connected: bool
    device: DeviceState
    paused: bool
    wrapping_up: bool
    lines: Sequence[Line] = ()


def derive(facts: SeatFacts) -> SeatState:
    """The state of a seat. The busiest line wins; without a line the phone and the queue decide."""
    if not facts.connected:
        return SeatState.UNKNOWN
    states = {_of_line(line) for line in facts.lines}
    for state in (SeatState.THREE_WAY, SeatState.TALK, SeatState.HOLD, SeatState.RINGING):
        if state in states:
            return state
    if facts.device is DeviceState.UNAVAILABLE:
        return SeatState.OFFLINE
    if facts.device is DeviceState.UNKNOWN:
        return SeatState.UNKNOWN
    if facts.wrapping_up:
        return SeatState.WRAP_UP
    # A device that is still "in use" without a channel has just hung up: its device state is one event behind.
    return SeatState.PAUSED if facts.paused else SeatState.READY


def _of_line(line: Line) -> SeatState | None:
    if line.state is ChannelState.UP:
        if line.held:
            return SeatState.HOLD
        return SeatState.THREE_WAY if line.parties >= 3 else SeatState.TALK
    if line.state is ChannelState.RINGING:
        return SeatState.RINGING
    # Ring: the seat itself dials, which occupies it like talking. Down: not yet anything.
    return SeatState.TALK if line.state is ChannelState.RING else None


HANDLING = frozenset({SeatState.TALK, SeatState.HOLD, SeatState.THREE_WAY})
"""States that count as talking with a caller; wrap-up follows them."""
