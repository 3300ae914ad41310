"""A report is one query: DuckDB counts, and Python only names what it counted.

An interval of a seat is written where it ends, with the instant when it began (``seat_log.since``), so no row has to look at
another one; only each seat's last state is still open, and lasts until now. Intervals are cut at the period's ends and at the borders of its steps. What
a gap covers is taken from its state and given to ``unknown``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from gateway.reporting import ReportError, texts
from gateway.reporting.figures import DARK_PART_MAX, REPORTS, Figure
from gateway.reporting.period import Period
from gateway.reporting.query_texts import GAPS, queues_query, seats_query, transfers_query

BY: dict[str, tuple[str, ...]] = {
    "seats": ("seat", "group", "switchboard"),
    "queues": ("queue", "switchboard", "seat"),
    "transfers": ("seat", "group", "queue", "switchboard", "matter", "target", "mode", "outcome"),
    "capacity": ("switchboard",),
    "forecast": ("switchboard",),
}
"""By whom a report may be counted; the first is the usual one."""

Groups = Mapping[str, Sequence[str]]
"""Seats (``12345/1001``) by the name of their group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rows of a report. The first columns say when (where there are steps) and who; ``figures`` are the columns behind them.
    ``steps`` has the number of each row's step in the period."""

    name: str
    period: Period
    keys: tuple[str, ...]
    figures: tuple[Figure, ...]
    rows: list[tuple[Any, ...]] = field(repr=False)
    steps: list[int] = field(repr=False)

    @property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return [*self.keys, *(figure.name for figure in self.figures)]

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def by_step(self) -> dict[tuple[int, str], dict[str, Any]]:
        """The rows of a report by switchboard, by the number of their step and the switchboard."""
        return {(k, line["switchboard"]): line for k, line in zip(self.steps, self.dicts(), strict=True)}


def report(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    by: str | None,
    period: Period,
    groups: Groups,
    organisation: str = "",
) -> Report:
    """Make a report (not ``capacity`` and ``forecast``, which others make of several); of transfers those that an organisation has to do
    with, where one is given. Raises ReportError."""
    by = by or BY[name][0]
    if by not in BY[name]:
        raise ReportError(texts.NAME_CANNOT_BE_COUNTED(name=name, by=by), " ".join(BY[name]))
    if by == "group":
        _groups(connection, groups)
    _steps(connection, period)
    if name == "seats":
        rows, who = seats_query(by, period, _dark(connection, period))
    elif name == "queues":
        rows, who = queues_query(by, period)
    else:
        connection.execute("create or replace temp table asked as select ?::varchar organisation", [organisation])
        rows, who = transfers_query(by, period)
    figures = REPORTS[name]
    counted = ", ".join(f'{_rounded(figure)} as "{figure.name}"' for figure in figures if figure.sql)
    shown = ", ".join(f'{sql} as "{key}"' for key, sql in who.items())
    when = "k" if period.step else "0 k"
    sql = f"with {rows} select {when}, {shown}, {counted} from counted group by all order by all"
    found = connection.execute(sql).fetchall()
    if name == "queues":
        found = _with_unseen(found, len(who), len(figures), unseen(connection, period), period)
    return named(name, period, tuple(who), figures, found)


def named(
    name: str, period: Period, keys: tuple[str, ...], figures: tuple[Figure, ...], found: Sequence[tuple[Any, ...]]
) -> Report:
    """A report of rows that are led by the number of their step: where there are steps it becomes the step's begin."""
    steps = [row[0] for row in found]
    if not period.step:
        return Report(
            name=name, period=period, keys=keys, figures=figures, rows=[row[1:] for row in found], steps=steps
        )
    begins = {k: period.text(period.borders[k]) for k in set(steps)}
    return Report(
        name=name,
        period=period,
        keys=("begin", *keys),
        figures=figures,
        rows=[(begins[row[0]], *row[1:]) for row in found],
        steps=steps,
    )


def ahead(connection: duckdb.DuckDBPyConnection, now: float) -> dict[str, float]:
    """Switchboards of which something is known beyond now, and up to when. Of one that no gateway has ever seen all records are imported,
    and they may be of a time that this clock has not reached, as a month made up is; they move no other's now."""
    sql = """select switchboard, max("at") from seat_last where switchboard not in (select switchboard from seen) group by all
             having max("at") > ?"""
    return dict(connection.execute(sql, [now]).fetchall())


def unseen(connection: duckdb.DuckDBPyConnection, period: Period) -> dict[tuple[int, str], float]:
    """Seconds in which a switchboard was not seen, by number of the step and switchboard, where there are any."""
    sql = f'select switchboard, since, "until" from ({GAPS}) where "until" > ? and since < ?'
    found: dict[tuple[int, str], float] = {}
    for board, since, until in connection.execute(sql, [period.since, period.until]).fetchall():
        number = max(bisect_right(period.borders, since) - 1, 0)
        while number < len(period.borders) - 1 and period.borders[number] < until:
            begin, end = period.step_of(number, board)
            if (hidden_s := min(until, end) - max(since, begin)) > 0:
                found[number, board] = found.get((number, board), 0.0) + hidden_s
            number += 1
    return found


def is_dark(unseen_s: float, length_s: float) -> bool:
    """True where so much of a step was not seen that what was counted in it is not what there was."""
    return length_s <= 0 or unseen_s > DARK_PART_MAX * length_s


def _with_unseen(
    found: Sequence[tuple[Any, ...]], keys: int, figures: int, unseen_s: Mapping[tuple[int, str], float], period: Period
) -> list[tuple[Any, ...]]:
    """Rows of waits (step, who, figures) with the seconds that nobody saw, and a row without counts for each who and dark step that has
    none: no row would mean no call. Who is known by the period's waits, a switchboard by its gap, too."""
    rows = [(*row, round(unseen_s.get((row[0], row[1]), 0.0), 4)) for row in found]
    there = {row[: 1 + keys] for row in rows}
    whom = {row[1 : 1 + keys] for row in rows} | ({(board,) for _, board in unseen_s} if keys == 1 else set())
    nothing = (None,) * (figures - 1)
    for (number, board), hidden_s in unseen_s.items():
        begin, end = period.step_of(number, board)
        if is_dark(hidden_s, end - begin):
            dark = {(number, *who) for who in whom if who[0] == board} - there
            rows += [(*key, *nothing, round(hidden_s, 4)) for key in dark]
    return sorted(rows, key=lambda row: row[: 1 + keys])


def _rounded(figure: Figure) -> str:
    if figure.unit == "text":
        return figure.sql
    return f"round({figure.sql}, 4)" if figure.unit else f"cast({figure.sql} as bigint)"


def _dark(connection: duckdb.DuckDBPyConnection, period: Period) -> tuple[float, float]:
    sql = 'select min(since), max("until") from gap where "until" > ? and since < ?'
    begin, end = connection.execute(sql, [period.since, period.until]).fetchone() or (None, None)
    return (begin, end) if begin is not None else (period.until, period.since)


def _groups(connection: duckdb.DuckDBPyConnection, groups: Groups) -> None:
    if not groups:
        remedy = texts.WRITE_GROUPS_INTO_THE_CONFIGURATION
        raise ReportError(texts.THERE_ARE_NO_GROUPS, remedy)
    connection.execute("create or replace temp table groups(name varchar, switchboard varchar, seat varchar)")
    for name, seats in groups.items():
        for seat in dict.fromkeys(seats):  # one that is named twice is there once
            switchboard, _, number = seat.partition("/")
            connection.execute("insert into groups values (?, ?, ?)", [name, switchboard, number])


def _steps(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    connection.execute("create or replace temp table steps(k bigint, b double, e double)")
    if period.width_s is None:
        borders = list(zip(period.borders, period.borders[1:], strict=False))
        connection.executemany("insert into steps values (?, ?, ?)", [[k, b, e] for k, (b, e) in enumerate(borders)])
