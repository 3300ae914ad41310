"""Erlang C and A against published figures, against each other, and against a simulation of a queue."""

from __future__ import annotations

import heapq
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model.erlang import answered_within, erlang_a, erlang_b, erlang_c, expected_wait_s, seats_needed

LOADS = st.floats(0.1, 300.0)


@pytest.mark.parametrize(
    ("seats", "load", "blocked"),
    [(1, 0.01, 0.0099), (5, 1.361, 0.01), (10, 4.461, 0.01), (20, 12.03, 0.01), (50, 37.90, 0.01), (10, 6.216, 0.05), (100, 95.24, 0.05)],
)  # fmt: skip
def test_erlang_b_is_that_of_the_published_table(seats: int, load: float, blocked: float) -> None:
    """The customary Erlang B table (offered traffic for 1 % and 5 % blocking)."""
    assert erlang_b(load, seats) == pytest.approx(blocked, abs=2e-4)


def test_erlang_c_is_that_of_the_published_example() -> None:
    """100 calls in 15 min of 180 s with 24 seats: 29.81 % wait, 80.89 % within 20 s; the Westbay/pyworkforce example."""
    load = 100 * 180 / 900
    assert erlang_c(load, 24) == pytest.approx(0.2981, abs=5e-5)
    assert answered_within(load, 180, 24, 20) == pytest.approx(0.8089, abs=5e-5)
    assert seats_needed(load, 180, 20, 0.80) == 24


@pytest.mark.parametrize(
    ("load", "seats", "waits"), [(0.5, 1, 0.5), (1.0, 2, 1 / 3), (2.0, 3, 4 / 9), (8.0, 10, 0.4092)]
)
def test_erlang_c_of_small_queues(load: float, seats: int, waits: float) -> None:
    """M/M/1, M/M/2 and M/M/3 have these values in closed form; the last stands in textbooks' tables."""
    assert erlang_c(load, seats) == pytest.approx(waits, abs=1e-4)


def test_a_load_that_no_queue_carries() -> None:
    """As many erlang as seats: everybody waits, and there is no mean wait to show."""
    assert (erlang_c(5, 5), answered_within(5, 100, 5, 15), expected_wait_s(5, 100, 5)) == (1.0, 0.0, None)
    with pytest.raises(ValueError, match="erlang"):
        seats_needed(1e9, 180)


def test_nothing_comes() -> None:
    """Without a load nobody waits and nobody is needed."""
    assert (erlang_c(0, 0), expected_wait_s(0, 1, 0), seats_needed(0, 180), erlang_a(0, 1, 1, 0)) == (0, 0, 0, (0, 0))


@given(LOADS, st.floats(10, 600), st.floats(0.5, 0.99))
def test_the_seats_needed_are_the_fewest(load: float, handle_s: float, part: float) -> None:
    """With them the goal is met, with one seat less it is not."""
    seats = seats_needed(load, handle_s, 15, part)
    assert answered_within(load, handle_s, seats, 15) >= part
    assert answered_within(load, handle_s, seats - 1, 15) < part


@given(LOADS, st.integers(0, 40))
def test_endless_patience_is_erlang_c(load: float, more: int) -> None:
    """Erlang A with patience of a year waits as Erlang C, and nobody leaves."""
    seats = int(load) + 2 + more
    waits, leaves = erlang_a(load, 180, 3e7, seats)
    assert waits == pytest.approx(erlang_c(load, seats), rel=1e-2, abs=1e-9)
    assert leaves < 1e-4


@given(LOADS, st.integers(1, 400), st.floats(5, 600))
def test_patience_is_a_probability(load: float, seats: int, patience_s: float) -> None:
    """Whatever the load, also more than the seats carry: parts of callers, and not more leave than wait."""
    waits, leaves = erlang_a(load, 180, patience_s, seats)
    assert 0 <= leaves <= waits <= 1 + 1e-9


def test_what_is_lost_is_what_is_too_much() -> None:
    """Far beyond the seats the part that leaves is the part that cannot be served: 1 - n / a."""
    assert erlang_a(200, 180, 60, 100)[1] == pytest.approx(0.5, abs=1e-3)


def queue(
    load: float, handle_s: float, seats: int, patience_s: float, calls: int, seed: int
) -> tuple[float, float, float]:
    """A queue played out call by call: parts that wait, that leave, and that are answered within 15 s."""
    dice = random.Random(seed)
    free = [0.0] * seats
    at = 0.0
    waited = left = quick = 0
    for _ in range(calls):
        at += dice.expovariate(load / handle_s)
        wait = max(0.0, free[0] - at)
        waited += wait > 0
        if wait > dice.expovariate(1 / patience_s):
            left += 1
            continue
        quick += wait <= 15
        heapq.heapreplace(free, max(free[0], at) + dice.expovariate(1 / handle_s))
    return waited / calls, left / calls, quick / calls


def test_a_queue_that_is_played_out_agrees() -> None:
    """30,000 calls at 18 erlang with 21 seats: Erlang C without patience, Erlang A with 60 s of it."""
    waits, _, quick = queue(18, 120, 21, 1e12, 30_000, 7)
    assert waits == pytest.approx(erlang_c(18, 21), abs=0.03)
    assert quick == pytest.approx(answered_within(18, 120, 21, 15), abs=0.03)
    waits, left, _ = queue(18, 120, 21, 60, 30_000, 8)
    assert (waits, left) == pytest.approx(erlang_a(18, 120, 60, 21), abs=0.02)
