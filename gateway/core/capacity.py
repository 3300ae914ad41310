"""Answering capacity now: who is free, who waits, how long a caller will wait, and whether the seats there are enough."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gateway.core.board import Board, since
from gateway.core.erlang import expected_wait_s, seats_needed
from gateway.core.flow import Flow
from gateway.core.seat import HANDLING
from gateway.core.terms import SeatState
from gateway.core.world import World

GOAL_S, GOAL_PART = 15.0, 0.95
"""GB/T 33358-2016: 95 % within 15 s."""


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
    """Seats for 95 % within 15 s in the next half hour, if it is as the last one."""

    @property
    def there(self) -> int:
        """Seats that take calls: free, ringing, in a call or wrapping up."""
        return self.ready + self.ringing + self.on_call + self.wrap_up

    @property
    def short(self) -> int:
        """How many seats are missing for the next half hour."""
        return max(0, self.needed - self.there) if self.needed is not None else 0


def capacities(world: World, at: float) -> dict[str, Capacity]:
    """Every switchboard."""
    return {
        id_: _of(board, _states(world, board), world.flows.get(id_) or Flow(), at)
        for id_, board in world.boards.items()
    }


def _states(world: World, board: Board) -> Counter[SeatState]:
    """How many seats are in each state. Of a dark switchboard none is known."""
    states = world.states.get(board.id, Counter())
    return states if board.connected else Counter({SeatState.UNKNOWN: states.total()})


def _of(board: Board, states: Counter[SeatState], flow: Flow, at: float) -> Capacity:
    waits = [since(caller, at) for caller in board.waiting.values()] if board.connected else []
    handle_s, load = flow.handle_s(at), flow.load(at)
    on_call = sum(states[state] for state in HANDLING)
    there = states[SeatState.READY] + states[SeatState.RINGING] + on_call + states[SeatState.WRAP_UP]
    known = board.connected and handle_s is not None and load is not None
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
        needed=seats_needed(load, handle_s, GOAL_S, GOAL_PART) if known and load is not None and handle_s else None,
    )
