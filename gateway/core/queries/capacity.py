"""Answering capacity now: who is free, who waits, how long a caller will wait, and whether the seats there are enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.machines.seat import HANDLING
from gateway.core.model.board import Board, since
from gateway.core.model.erlang import SEATS_MAX, expected_wait_s, seats_needed
from gateway.core.model.flow import Flow
from gateway.core.model.world import World
from gateway.core.values.ids import SeatState

GOAL_S, GOAL_PART = 15.0, 0.95
"""GB/T 33358-2016: 95 % within 15 s."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seats that the next hour needs by the same half hours of so many earlier weeks."""

    needed: int
    weeks: int


NO_FORECASTS: Mapping[str, Forecast] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """One switchboard at an instant. What too few calls leave unknown is None; of one that is not heard all is (law 7)."""

    ready: int | None = None
    ringing: int | None = None
    on_call: int | None = None
    wrap_up: int | None = None
    paused: int | None = None
    total: int | None = None
    waiting: int | None = None
    longest_wait_s: float | None = None
    """None also where nobody waits."""
    arrivals: int | None = None
    """In the last half hour, as are the load and the mean."""
    handle_s: float | None = None
    load: float | None = None
    expected_wait_s: float | None = None
    """Erlang C with the seats there; None also where the load is more than these can carry."""
    there: int | None = None
    """Seats that take calls: free, ringing, in a call or wrapping up."""
    needed: int | None = None
    """Seats for 95 % within 15 s in the next hour: as earlier weeks say, or if it goes on like the last half hour, whichever is more;
    a surge that has begun is on no earlier day."""
    basis: str | None = None
    """``earlier_weeks`` or ``last_half_hour``: what says so; None where nothing does."""

    @property
    def short(self) -> int | None:
        """Number of seats that are missing for the next hour."""
        return max(0, self.needed - self.there) if self.needed is not None and self.there is not None else None


def capacities(world: World, at: float, forecasts: Mapping[str, Forecast] = NO_FORECASTS) -> dict[str, Capacity]:
    """Every switchboard."""
    return {
        id_: _of(board, world.states.get(id_, Counter()), world.flows.get(id_) or Flow(), forecasts.get(id_), at)
        if board.connected
        else Capacity()
        for id_, board in world.boards.items()
    }


def _of(board: Board, states: Counter[SeatState], flow: Flow, forecast: Forecast | None, at: float) -> Capacity:
    waits = [since(caller, at) for caller in board.waiting.values()]
    handle_s, load = flow.handle_s(at), flow.load(at)
    on_call = sum(states[state] for state in HANDLING)
    there = states[SeatState.READY] + states[SeatState.RINGING] + on_call + states[SeatState.WRAP_UP]
    needed, basis = _needed(load, handle_s, forecast)
    return Capacity(
        ready=states[SeatState.READY],
        ringing=states[SeatState.RINGING],
        on_call=on_call,
        wrap_up=states[SeatState.WRAP_UP],
        paused=states[SeatState.PAUSED],
        total=states.total(),
        waiting=len(waits),
        longest_wait_s=round(max(waits), 1) if waits else None,
        arrivals=flow.arrivals(at),
        handle_s=handle_s,
        load=load,
        expected_wait_s=expected_wait_s(load, handle_s, there) if load is not None and handle_s else None,
        there=there,
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
