"""Answering capacity: what the next hour needs, and what says so."""

from __future__ import annotations

from gateway.core.capacity import Forecast, capacities
from gateway.core.events import LinkLost

from .plays import A, Play

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
