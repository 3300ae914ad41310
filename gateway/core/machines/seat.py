"""One seat's state, derived from channels, bridges and device state, not from app_queue, which bills the first seat of a
transferred call for all of it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.values.ids import ChannelState, DeviceState, SeatState
from gateway.core.values.value import value


@value
class Line:
    """One channel of a seat's phone. ``parties`` are the people in the call that it is bridged into; 0 when in none.

    ``held``: whether the seat has put the other side on hold; None: not known.
    ``consulting``: its caller's transfer is a consultation that has not been decided.
    """

    state: ChannelState
    parties: int
    held: bool | None
    consulting: bool = False


@value
class SeatFacts:
    """All that decides a seat's state."""

    connected: bool
    device: DeviceState
    paused: bool
    wrapping_up: bool
    lines: Sequence[Line] = ()


_BUSIEST_FIRST = (
    SeatState.CONSULT,
    SeatState.THREE_WAY,
    SeatState.UNKNOWN,
    SeatState.TALK,
    SeatState.HOLD,
    SeatState.RINGING,
)

_BEFORE_ANSWER = {ChannelState.RINGING: SeatState.RINGING, ChannelState.RING: SeatState.TALK}
"""Ring: the seat itself dials, which occupies it like talking. Down is not yet anything."""

_OUT_OF_REACH = {DeviceState.UNAVAILABLE: SeatState.OFFLINE, DeviceState.UNKNOWN: SeatState.UNKNOWN}


def derive(facts: SeatFacts) -> SeatState:
    """The state of a seat. The busiest line wins; without a line the phone and the queue decide."""
    if not facts.connected:
        return SeatState.UNKNOWN
    if facts.lines and (busy := _of_lines(facts.lines)) is not None:
        return busy
    if (unreachable := _OUT_OF_REACH.get(facts.device)) is not None:
        return unreachable
    if facts.wrapping_up:
        return SeatState.WRAP_UP
    # A device that is still "in use" without a channel has just hung up: its device state is one event behind.
    return SeatState.PAUSED if facts.paused else SeatState.READY


def _of_lines(lines: Sequence[Line]) -> SeatState | None:
    """State that the lines show; None where none of them is anything yet."""
    if len(lines) == 1:  # nearly always
        return _of_line(lines[0])
    states = {_of_line(line) for line in lines}
    if SeatState.HOLD in states and SeatState.TALK in states:
        return SeatState.CONSULT  # the caller waits on one line while the seat asks somebody on another
    return next((state for state in _BUSIEST_FIRST if state in states), None)


def _of_line(line: Line) -> SeatState | None:
    if line.state is not ChannelState.UP:
        return _BEFORE_ANSWER.get(line.state)
    if line.held is None:
        return SeatState.UNKNOWN
    if line.held:
        return SeatState.HOLD
    if line.parties < 3:
        return SeatState.TALK
    return SeatState.CONSULT if line.consulting else SeatState.THREE_WAY


HANDLING = frozenset({SeatState.TALK, SeatState.HOLD, SeatState.CONSULT, SeatState.THREE_WAY})
"""States that count as talking with a caller; wrap-up follows them."""

TAKING = HANDLING | {SeatState.READY, SeatState.RINGING, SeatState.WRAP_UP}
"""Seats that are there for calls: among them the load is shared."""

AT_REST = frozenset({SeatState.READY, SeatState.PAUSED})
"""States of a reachable seat without a call; only into these does wrap-up come."""
