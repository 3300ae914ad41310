"""The next hour: by the same half hours of earlier weeks where they are recorded, else by the last one, and it is said by which."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.messages.records import GapRow, QueueRow, SeatRow
from gateway.core.queries.capacity import Forecast
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.problems import Problem
from gateway.reporting import ReportError, charts
from gateway.reporting.forecast import forecast
from gateway.reporting.job import ReportJob, make
from gateway.services.forecast import Forecasts
from gateway.services.requests import ReportQuery
from gateway.store import SeenRow
from gateway.store.columnar.session import opened
from tests.cli.test_main import main, site
from tests.reporting.test_queries import MIDNIGHT, READY, RINGING, TALK, stored

A, B = SwitchboardId("12345"), SwitchboardId("110")
NOW = MIDNIGHT + 10 * 3600  # Sunday 2026-11-01, 10:00 in Shanghai
WEEK = 7 * 86400.0


def half_hour(begin: float, calls: int, board: SwitchboardId = A, talk_s: float = 100.0) -> list[Any]:
    """Calls of a half hour, each answered by a seat of its own after 2 s."""
    rows: list[Any] = []
    for n in range(calls):
        at, seat = begin + 1600.0 * n / max(1, calls), SeatId(f"1{n:03}")
        states = [(at, SeatState.OFFLINE, RINGING), (at + 2, RINGING, TALK), (at + 2 + talk_s, TALK, SeatState.OFFLINE)]
        since = at - 1
        for when, before, after in states:
            rows.append(
                SeatRow(
                    at=when, switchboard=board, seat=seat, before=before, after=after, why="w", call="c", since=since
                )
            )
            since = when
        rows.append(
            QueueRow(
                at=at + 2,
                switchboard=board,
                queue=str(board),
                call=f"c{n}",
                joined_at=at,
                left_at=at + 2,
                how="answered",
                seat=seat,
            )
        )
    return rows


def expected(
    folder: Path, records: list[Any], since: str | None = None, until: str | None = None
) -> list[dict[str, Any]]:
    """The forecast at ``NOW``."""
    with opened(Path(stored(folder, records)), now=NOW) as connection:
        return forecast(connection, since, until, "Asia/Shanghai", NOW).dicts()


def test_the_median_of_the_same_half_hours(tmp_path: Path) -> None:
    """Three Sundays of 20, 24 and, in a flood, 200 calls at ten; at half past ten half as many: 24 and 12 are expected."""
    records = [
        SeatRow(
            at=NOW - 1700,
            switchboard=A,
            seat=SeatId("2"),
            before=SeatState.OFFLINE,
            after=READY,
            why="w",
            call="",
            since=NOW - 1800,
        )
    ]
    for weeks, calls in ((1, 20), (2, 200), (3, 24)):
        records += half_hour(NOW - weeks * WEEK, calls) + half_hour(NOW - weeks * WEEK + 1800, calls // 2)
    first, second = expected(tmp_path, [*half_hour(NOW - 1800, 3), *records])
    assert (first["begin"], second["begin"]) == ("2026-11-01 10:00", "2026-11-01 10:30")
    assert [line["arrivals"] for line in (first, second)] == [24, 12]
    assert [(line["weeks"], line["basis"], line["arrivals_last"]) for line in (first, second)] == [
        (3, "earlier_weeks", 3)
    ] * 2
    assert first["handle_avg_s"] == 100.0
    assert first["load_erlang"] == round(24 * 100 / 1800, 4)
    assert first["seats_needed"] == 4
    assert first["short"] == pytest.approx(4 - first["seats_there"], abs=1e-3)


def test_what_nobody_watched_is_no_quiet_hour(tmp_path: Path) -> None:
    """A week in a gap, and one in which the gateway did not live, count for nothing: with one left it is the last half hour."""
    records = [*half_hour(NOW - 1800, 12), *half_hour(NOW - WEEK, 40), *half_hour(NOW - 2 * WEEK, 40)]
    records.append(GapRow(A, NOW - 2 * WEEK + 600, NOW - 2 * WEEK + 700, "link"))
    line = expected(tmp_path, records)[0]
    assert (line["weeks"], line["basis"], line["arrivals"]) == (1, "last_half_hour", 12)
    short_gap = GapRow(A, NOW - 2 * WEEK + 600, NOW - 2 * WEEK + 620, "restart")
    line = expected(tmp_path / "short", [*records[:-1], short_gap])[0]
    assert (line["weeks"], line["basis"], line["arrivals"]) == (2, "earlier_weeks", 40)


def test_a_gateway_that_is_away_leaves_no_last_half_hour(tmp_path: Path) -> None:
    """What nobody has seen since is no half hour without calls and seats: the next one is unknown where weeks do not tell."""
    records = [*half_hour(NOW - 3 * 1800, 12), *half_hour(NOW - WEEK, 12)]
    quiet, *_ = expected(tmp_path / "there", [*records, SeenRow(A, NOW - 6)])
    assert (quiet["basis"], quiet["arrivals"], quiet["seats_there"]) == ("last_half_hour", 0, 0.0)
    away, *_ = expected(tmp_path / "away", [*records, SeenRow(A, NOW - 3600)])
    assert (away["basis"], away["arrivals"], away["seats_there"]) == ("unknown", None, None)


def test_nothing_recorded_is_unknown(tmp_path: Path) -> None:
    """Without calls no mean handle time is known, and so no number of seats."""
    line = expected(
        tmp_path,
        [
            QueueRow(
                at=NOW - 50, switchboard=B, queue="110", call="c", joined_at=NOW - 60, left_at=NOW - 50, how="abandoned"
            )
        ],
    )[0]
    assert (line["switchboard"], line["basis"], line["arrivals_last"]) == ("110", "unknown", 1)
    assert line["seats_needed"] is line["short"] is line["arrivals"] is None
    assert expected(tmp_path / "none", []) == []


def test_a_shift_to_come(tmp_path: Path) -> None:
    """Any time of the next days can be asked for, in half hours; not more than a week, and in no other steps."""
    records = [*half_hour(NOW + 3600 - WEEK, 30), *half_hour(NOW + 3600 - 2 * WEEK, 30)]
    lines = expected(tmp_path, records, "2026-11-01T11:00", "2026-11-01T12:00")
    assert [(line["begin"][-5:], line["arrivals"]) for line in lines] == [("11:00", 30), ("11:30", 0)]
    store = stored(tmp_path, [])
    for wish in (
        ReportJob(report="forecast", store=store, since="2026-11-01", until="2026-11-20"),
        ReportJob(report="forecast", store=store, step="1h"),
        ReportJob(report="forecast", store=store, by="seat"),
    ):
        with pytest.raises(ReportError):
            make(wish)


def test_what_is_to_come_is_no_week_without_calls(tmp_path: Path) -> None:
    """Of the day after next week's, the half hours of a week earlier are still to come: they are not among the recorded."""
    records = [row for weeks in (0, 1, 2) for row in half_hour(NOW - 1800 - weeks * WEEK, 30)]
    ahead = expected(tmp_path, records, "2026-11-08T09:30", "2026-11-08T10:30")
    assert [(line["begin"][-5:], line["weeks"]) for line in ahead] == [("09:30", 3), ("10:00", 2)]


def test_a_chart_of_the_hours_to_come(tmp_path: Path) -> None:
    """Seats needed and there, as for what has been."""
    store = stored(tmp_path, [*half_hour(NOW - WEEK, 40), *half_hour(NOW - 2 * WEEK, 40)])
    with opened(Path(store)) as connection:
        report = forecast(connection, None, None, "Asia/Shanghai", NOW)
    charts.Painter().draw(report, tmp_path / "f.svg")
    assert "需要" in (tmp_path / "f.svg").read_text(encoding="utf-8")


def test_the_command_line_warns_and_says_by_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too few seats in the hour to come: how many, when, and what says so."""
    (tmp_path / "run").mkdir()
    stored(tmp_path / "run", [*half_hour(NOW - 1800, 12), *half_hour(NOW - WEEK, 90), *half_hour(NOW - 2 * WEEK, 90)])
    words = ["report", "forecast", "--since", "2026-11-01T10:00", "--config", str(site(tmp_path))]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert "前几周同期" in shown.out
    assert "按前几周同一时段" in shown.err
    assert "2026-11-01 10:00 12345, by the same half hours of earlier weeks" in shown.err


# --- beside the gateway ------------------------------------------------------------------------------------------------------


class Reports:
    """A gateway's reports: ``items`` of the next forecast, or a problem."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] | None = None
        self.changes = 0

    async def report(self, wish: ReportQuery) -> str:
        assert wish == ReportQuery(name="forecast")
        if self.items is None:
            raise Problem("report_failed", what="另一个数据库 / another database", remedy="move it away")
        return json.dumps({"items": self.items})

    def changed(self) -> None:
        self.changes += 1


async def test_the_worse_half_hour_counts_and_an_old_forecast_is_none() -> None:
    """Of the next hour the half that needs more; what is by the last half hour only is no forecast; a broken store leaves none."""
    reports = Reports()
    forecasts = Forecasts(reports.report, reports.changed)
    lines = [
        {"switchboard": "110", "basis": "earlier_weeks", "weeks": w, "seats_needed": n} for w, n in ((4, 7), (3, 9))
    ]
    reports.items = [*lines, {"switchboard": "12345", "basis": "last_half_hour", "weeks": 1, "seats_needed": 3}]
    for _ in range(2):
        await forecasts.look()
        assert forecasts.now == {"110": Forecast(9, 3)}
    assert reports.changes == 1
    reports.items = None
    await forecasts.look()
    assert (forecasts.now, reports.changes) == ({}, 2)
    assert (forecasts.trouble, forecasts.remedy) == ("另一个数据库 / another database", "move it away")
    reports.items = lines
    await forecasts.look()
    assert forecasts.trouble == ""


@pytest.mark.parametrize("text", ["", "{}", '{"items": [{"basis": "earlier_weeks"}]}', OSError("no process")])
async def test_nothing_ends_the_looking(text: str | OSError) -> None:
    """Where no process can be started, or its answer is no report, the old forecast is gone and the next look finds one again."""
    reports = Reports()
    reports.items = [{"switchboard": "110", "basis": "earlier_weeks", "weeks": 2, "seats_needed": 1}]
    answers: list[str | OSError] = [await reports.report(ReportQuery(name="forecast")), text]
    seen, there = [], asyncio.Event()

    async def report(_wish: ReportQuery) -> str:
        found = answers[len(seen) % 2]
        if isinstance(found, OSError):
            raise found
        return found

    def changed() -> None:
        seen.append(dict(forecasts.now))
        if len(seen) == 3:
            there.set()

    forecasts = Forecasts(report, changed)
    task = asyncio.create_task(forecasts.watch(0.01))
    await asyncio.wait_for(there.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen[:3] == [{"110": Forecast(1, 2)}, {}, {"110": Forecast(1, 2)}]


async def test_it_looks_before_the_first_interval_and_ends_when_it_is_told() -> None:
    """The first forecast does not wait for five minutes to pass."""
    reports = Reports()
    reports.items = [{"switchboard": "110", "basis": "earlier_weeks", "weeks": 2, "seats_needed": 1}]
    there = asyncio.Event()
    forecasts = Forecasts(reports.report, there.set)
    task = asyncio.create_task(forecasts.watch(3600.0))
    await asyncio.wait_for(there.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert forecasts.now == {"110": Forecast(1, 2)}
