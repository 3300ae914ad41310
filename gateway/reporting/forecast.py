"""The half hours to come, by the same half hours of the same weekday in earlier weeks; where none is recorded, as the last one was.

The median, so that one fire, or one holiday, is not next week's plan. A half hour counts as recorded where its switchboard has waits
within half a day and was seen nearly all the time: what nobody watched is no quiet hour (law 7).
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median, median_high
from typing import Any

import duckdb

from gateway.core.model.erlang import seats_needed
from gateway.reporting import ReportError, texts
from gateway.reporting.figures import FORECAST, GOAL_S
from gateway.reporting.period import Period, instant, zone_of
from gateway.reporting.queries import Report, ahead, is_dark, named, unseen
from gateway.reporting.staffing import PART, capacity

STEP_S = 1800.0
AHEAD_S = 3600.0
"""Span that is forecast where nothing else is asked for: the next hour, in which seats can still be called in."""
AHEAD_S_MAX = 7 * 86400.0
WEEKS = 6
"""Weeks that are looked back: a season changes more than a week does."""
WEEKS_MIN = 2
"""One earlier day is an anecdote."""
NEAR_S = 43200.0

Lines = dict[tuple[int, str], dict[str, Any]]
"""Records by number of the half hour and switchboard."""


def forecast(
    connection: duckdb.DuckDBPyConnection, since: str | None, until: str | None, zone: str, now: float | None = None
) -> Report:
    """The report ``forecast``. ``since`` (text, as of ``period.instant``; None: now) to ``until`` (None: an hour later)."""
    now = time.time() if now is None else now
    begin = instant(since, zone) if since else now
    end = instant(until, zone) if until else begin + AHEAD_S
    if not begin < end <= begin + AHEAD_S_MAX:
        what = texts.FORECAST_IS_OF_MORE
        raise ReportError(what, texts.CHECK_BOTH)
    span = _span(begin, end, zone)
    last_end = min(begin, now)
    beyond = ahead(connection, now)
    spans = [_span(last_end - STEP_S, last_end, zone), *(_weeks_before(span, weeks) for weeks in range(1, WEEKS + 1))]
    last, *earlier = (_recorded(connection, replace(one, now=now, ahead=beyond)) for one in spans)
    boards = sorted({board for lines in (last, *earlier) for _, board in lines})
    rows = [
        (k, board, *_line([week[k, board] for week in earlier if (k, board) in week], last.get((0, board))))
        for k in range(len(span.borders) - 1)
        for board in boards
    ]
    return named("forecast", span, ("switchboard",), FORECAST, rows)


def _span(begin: float, end: float, zone: str) -> Period:
    count = max(1, -int((begin - end) // STEP_S))
    borders = tuple(begin + k * STEP_S for k in range(count + 1))
    return Period(since=begin, until=borders[-1], zone=zone, step="30m", borders=borders)


def _weeks_before(span: Period, weeks: int) -> Period:
    """The same times of the clock, some weeks earlier."""
    here = zone_of(span.zone)
    began = (datetime.fromtimestamp(span.since, here) - timedelta(weeks=weeks)).timestamp()
    return _span(began, began + span.until - span.since, span.zone)


def _recorded(connection: duckdb.DuckDBPyConnection, span: Period) -> Lines:
    """Records of each half hour that was watched."""
    near = [span.since - NEAR_S, span.until + NEAR_S]
    sql = "select distinct switchboard from queue_log where joined_at between ? and ?"
    alive = {board for (board,) in connection.execute(sql, near).fetchall()}
    unseen_s = unseen(connection, span)
    counted = capacity(connection, span).by_step()
    found: Lines = {}
    for board, k in ((board, k) for board in alive for k in range(len(span.borders) - 1)):
        over = span.borders[k + 1] <= max(
            span.now, span.ahead.get(board, 0.0)
        )  # a half hour to come is none without calls
        if over and not is_dark(unseen_s.get((k, board), 0.0), STEP_S):
            found[k, board] = counted.get((k, board), NOTHING)
    return found


NOTHING: dict[str, Any] = {"arrivals": 0, "handle_avg_s": None, "seats_there": 0.0}
"""A half hour that was watched, and in which nobody called or was there."""


def _line(weeks: list[dict[str, Any]], last: dict[str, Any] | None) -> tuple[Any, ...]:
    """The figures of one half hour to come."""
    there = last["seats_there"] if last is not None else None
    arrivals_last = last["arrivals"] if last is not None else None
    means = [line["handle_avg_s"] for line in weeks if line["handle_avg_s"]]
    mean_s = last["handle_avg_s"] if last is not None else None
    arrivals, basis = arrivals_last, "last_half_hour"
    if len(weeks) >= WEEKS_MIN:
        arrivals, basis = median_high(line["arrivals"] for line in weeks), "earlier_weeks"
        mean_s = median(means) if means else mean_s
    if arrivals is None or (arrivals and not mean_s):
        return (None, len(weeks), "unknown", arrivals_last, None, None, there, None, None)
    load = arrivals * mean_s / STEP_S if mean_s else 0.0
    needed = seats_needed(load, mean_s or 1.0, GOAL_S, PART)
    short = max(0.0, needed - there) if there is not None else None
    shown = (arrivals, len(weeks), basis, arrivals_last, mean_s, load, there, needed, short)
    return tuple(round(value, 4) if isinstance(value, float) else value for value in shown)
