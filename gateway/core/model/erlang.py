"""Seats that a load needs: Erlang C, whose callers wait for ever, and Erlang A, whose callers lose patience.

Pure formulas. ``load`` is in erlang: arrivals per second times mean handle time in seconds. Arrivals are Poisson, handle times and
patience exponential: the customary assumptions, right in the order of seats and not in the last percent.

Sources: R. B. Cooper, *Introduction to Queueing Theory*, 2nd ed. 1981 (Erlang B recursion, Erlang C); C. Palm, *Research on telephone
traffic carried by full availability groups*, 1957, in the form of A. Mandelbaum and S. Zeltyn, *Service Engineering in Action: The
Palm/Erlang-A Queue*, 2007 (M/M/n+M).
"""

from __future__ import annotations

import math

SEATS_MAX = 100_000
"""Beyond it a load is a mistake of units."""


def erlang_b(load: float, seats: int) -> float:
    """The part of calls that find all seats busy where nobody waits: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1))."""
    blocked = 1.0
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(load: float, seats: int) -> float:
    """The part of callers who must wait: C = n B / (n - a (1 - B)); 1.0 where the load is more than the seats can carry."""
    if load <= 0:
        return 0.0
    if seats <= load:
        return 1.0
    blocked = erlang_b(load, seats)
    return seats * blocked / (seats - load * (1 - blocked))


def answered_within(load: float, handle_s: float, seats: int, within_s: float) -> float:
    """The part of callers who are answered within a time: 1 - C e^(-(n - a) t / h)."""
    if load <= 0:
        return 1.0
    if seats <= load:
        return 0.0
    return 1 - erlang_c(load, seats) * math.exp(-(seats - load) * within_s / handle_s)


def expected_wait_s(load: float, handle_s: float, seats: int) -> float | None:
    """The mean wait of all callers: C h / (n - a). None where the queue would grow without end."""
    if load <= 0:
        return 0.0
    if seats <= load:
        return None
    return erlang_c(load, seats) * handle_s / (seats - load)


def seats_needed(load: float, handle_s: float, within_s: float = 15.0, part: float = 0.95) -> int:
    """The fewest seats that answer this part of the callers within this time. Raises ValueError where no number does."""
    if load <= 0:
        return 0
    if not (math.isfinite(load) and 0 < part < 1 and load < SEATS_MAX):
        raise ValueError(f"no number of seats carries {load} erlang with {part}")
    # B is carried along while seats are added, so the search costs what one B costs
    blocked, seats = 1.0, 0
    while True:
        seats += 1
        blocked = load * blocked / (seats + load * blocked)
        if seats <= load:
            continue
        waits = seats * blocked / (seats - load * (1 - blocked))
        if 1 - waits * math.exp(-(seats - load) * within_s / handle_s) >= part:
            return seats


def erlang_a(load: float, handle_s: float, patience_s: float, seats: int) -> tuple[float, float]:
    """With patience of this mean: the part of callers who must wait, and the part who hang up waiting.

    The balance equations of M/M/n+M, summed from state n upwards until a term adds nothing: states below n give 1 / B.
    Abandonment is (mean number waiting) * theta / lambda, theta = 1 / patience.
    """
    if load <= 0:
        return 0.0, 0.0
    if seats < 1:
        return 1.0, 1.0
    arrivals, served, leaves = load / handle_s, 1 / handle_s, 1 / patience_s
    base = term = above = 1.0  # state n, in units of its own probability
    waiting = 0.0
    for j in range(1, SEATS_MAX):
        term *= arrivals / (seats * served + j * leaves)
        above += term
        waiting += j * term
        if term > 1e100:  # a queue far beyond its seats: another unit
            base, term, above, waiting = base / term, 1.0, above / term, waiting / term
        if term < 1e-12 * above and arrivals < seats * served + j * leaves:
            break
    # probability of states 0..n is (probability of n) / B; of them n itself is counted in ``above``
    blocked = erlang_b(load, seats)
    if blocked < 1e-300:
        return 0.0, 0.0  # so many seats that nobody ever waits
    total = base / blocked + above - base
    return above / total, waiting / total * leaves / arrivals
