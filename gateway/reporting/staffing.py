"""Seats needed against seats there: Erlang C and A on the recorded arrivals and handle times, for each switchboard and step."""

from __future__ import annotations

import math
from typing import Any

import duckdb

from gateway.core.model.erlang import answered_within, erlang_a, seats_needed
from gateway.reporting.figures import CAPACITY, GOAL_S
from gateway.reporting.period import Period
from gateway.reporting.queries import Report, is_dark, named, report, unseen

PART = 0.95
"""GB/T 33358-2016: 95 % within 15 s over any 24 h; planned for every step, because a bad hour is not mended by a quiet night."""


CALLS_MIN = 10
"""Below it a step's own mean handle time says little, and the whole period's is taken."""


def capacity(connection: duckdb.DuckDBPyConnection, period: Period) -> Report:
    """The report ``capacity``; a period without a step is one step. Raises ReportError."""
    seats = report(connection, "seats", "switchboard", period, {})
    queues = report(connection, "queues", "switchboard", period, {})
    waits, there, unseen_s = queues.by_step(), seats.by_step(), unseen(connection, period)
    means = _means(seats)
    rows = []
    for key in sorted(waits.keys() | there.keys()):
        mine = there.get(key, {})
        mean_s = mine["handle_avg_s"] if mine.get("calls", 0) >= CALLS_MIN else means.get(key[1])
        begin, end = period.step_of(key[0], key[1])
        rows.append((*key, *_line(waits.get(key, {}), mine, mean_s, end - begin, unseen_s.get(key, 0.0))))
    return named("capacity", period, ("switchboard",), CAPACITY, rows)


def _means(seats: Report) -> dict[str, float]:
    """The mean handle time of each switchboard over the whole period, seconds."""
    sums: dict[str, list[float]] = {}
    for line in seats.dicts():
        one = sums.setdefault(line["switchboard"], [0.0, 0.0])
        one[0] += line["handle_s"] or 0.0
        one[1] += line["calls"] or 0
    return {name: handled / calls for name, (handled, calls) in sums.items() if calls}


def _line(
    waits: dict[str, Any], seats: dict[str, Any], mean_s: float | None, length_s: float, unseen_s: float
) -> tuple[Any, ...]:
    """The figures of a step. What was seen of it stands for all of it, and where that was too little nothing does (law 7)."""
    abandoned = int(waits.get("abandoned") or 0)
    patience_s = float(waits["wait_sum_s"]) / abandoned if abandoned else None
    if is_dark(unseen_s, length_s):
        return _shown((None, mean_s, None, None, None, None, None, patience_s, None, unseen_s))
    seen_s = length_s - unseen_s
    arrivals = sum(int(waits.get(name) or 0) for name in ("answered", "abandoned", "rung_out", "left", "unknown"))
    there = sum(float(seats.get(name) or 0) for name in ("ready_s", "ringing_s", "handle_s")) / seen_s
    load = needed = short = level = lost = None
    if mean_s:
        load = arrivals * mean_s / seen_s
        needed = seats_needed(load, mean_s, GOAL_S, PART)
        short = max(0.0, needed - there)
        whole = math.floor(there + 0.5)
        level = answered_within(load, mean_s, whole, GOAL_S)
        lost = erlang_a(load, mean_s, patience_s, whole)[1] if patience_s else None
    return _shown((arrivals, mean_s, load, there, needed, short, level, patience_s, lost, unseen_s))


def _shown(figures: tuple[float | None, ...]) -> tuple[Any, ...]:
    return tuple(round(value, 4) if isinstance(value, float) else value for value in figures)
