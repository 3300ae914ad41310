"""Answering capacity now: who is free, who waits, how long a caller will wait, and whether the seats there are enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.board import Board, since
from gateway.core.erlang import SEATS_MAX, expected_wait_s, seats_needed
from gateway.core.flow import Flow
from gateway.core.seat import HANDLING
from gateway.core.terms import SeatState
from gateway.core.world import World

GOAL_S, GOAL_PART = 15.0, 0.95
"""GB/T 33358-2016: 95 % within 15 s."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seats that the next hour needs by the same half hours of so many earlier weeks."""

    needed: int
    weeks: int


NO_FORECASTS: Mapping[str, Forecast] = {}


@dataclass(frozen=True, slots=True)
class Capacity:
    """One switchboard at an instant. What too few calls, or a dark link, leave unknown is None (law 7)."""

    ready: int
    ringing: int
    on_call: int
    wrap_up: int
    paused: int
    total: int
    waiting: int
    longest_wait_s: float | None
    arrivals: int
    """In the last half hour, as are the load and the mean."""
    handle_s: float | None
    load: float | None
    expected_wait_s: float | None
    """Erlang C with the seats there; None also where the load is more than these can carry."""
    needed: int | None
    """Seats for 95 % within 15 s in the next hour: as earlier weeks say, or if it goes on like the last half hour, whichever is more;
    a surge that has begun is on no earlier day."""
    basis: str | None
    """``earlier_weeks`` or ``last_half_hour``: what says so; None where nothing does."""

    @property
    def there(self) -> int:
        """Seats that take calls: free, ringing, in a call or wrapping up."""
        return self.ready + self.ringing + self.on_call + self.wrap_up

    @property
    def short(self) -> int:
        """How many seats are missing for the next hour."""
        return max(0, self.needed - self.there) if self.needed is not None else 0


def capacities(world: World, at: float, forecasts: Mapping[str, Forecast] = NO_FORECASTS) -> dict[str, Capacity]:
    """Every switchboard."""
    return {
        id_: _of(board, _states(world, board), world.flows.get(id_) or Flow(), forecasts.get(id_), at)
        for id_, board in world.boards.items()
    }


def _states(world: World, board: Board) -> Counter[SeatState]:
    """How many seats are in each state. Of a dark switchboard none is known."""
    states = world.states.get(board.id, Counter())
    return states if board.connected else Counter({SeatState.UNKNOWN: states.total()})


def _of(board: Board, states: Counter[SeatState], flow: Flow, forecast: Forecast | None, at: float) -> Capacity:
    waits = [since(caller, at) for caller in board.waiting.values()] if board.connected else []
    handle_s, load = flow.handle_s(at), flow.load(at)
    on_call = sum(states[state] for state in HANDLING)
    there = states[SeatState.READY] + states[SeatState.RINGING] + on_call + states[SeatState.WRAP_UP]
    known = board.connected and load is not None and handle_s is not None
    needed, basis = _needed(load if known else None, handle_s, forecast if board.connected else None)
    return Capacity(
        ready=states[SeatState.READY],
        ringing=states[SeatState.RINGING],
        on_call=on_call,
        wrap_up=states[SeatState.WRAP_UP],
        paused=states[SeatState.PAUSED],
        total=sum(states.values()),
        waiting=len(waits),
        longest_wait_s=round(max(waits), 1) if waits else None,
        arrivals=flow.arrivals(at),
        handle_s=handle_s,
        load=load,
        expected_wait_s=expected_wait_s(load, handle_s, there) if known and load is not None and handle_s else None,
        needed=needed,
        basis=basis,
    )


def _needed(load: float | None, handle_s: float | None, forecast: Forecast | None) -> tuple[int | None, str | None]:
    """Seats for the next hour, and what says so. A load that no number of seats carries is a mistake, and says nothing."""
    today = None
    if load is not None and handle_s and load < SEATS_MAX:
        today = seats_needed(load, handle_s, GOAL_S, GOAL_PART)
    if forecast is not None and (today is None or forecast.needed >= today):
        return forecast.needed, "earlier_weeks"
    return today, "last_half_hour" if today is not None else None
