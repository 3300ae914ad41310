"""Reports: counted by DuckDB as a person with pencil and paper would count, whatever the period, the zone and the gaps."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.messages.records import GapRow, QueueRow, SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.guards.instants import ZONE
from gateway.reporting import ReportError, charts, figures, job, output, queries, seat_times
from gateway.reporting.job import Jobs, ReportJob
from gateway.reporting.period import check, period
from gateway.reporting.queries import Report
from gateway.store import SeenRow, StoreError, StoreRecord
from gateway.store.columnar import imports, log_rows, parquet, segments, session
from gateway.store.sqlite.store import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
A, B = SwitchboardId("12345"), SwitchboardId("110")
MIDNIGHT = 1_793_462_400.0  # 2026-11-01T00:00+08:00
STATES = list(SeatState)
NOW = MIDNIGHT + 40 * 86400
"""When the reports here are asked for: a state that nothing has ended lasts until then."""


def make(wish: ReportJob, now: float = NOW) -> Report:
    """The report, as things stand at an instant."""
    return job.make(wish, now)


def log(*changes: tuple[float, SeatState], seat: str = "1001", board: SwitchboardId = A) -> list[SeatRow]:
    """A seat's changes, each with the state before it, at seconds since midnight."""
    rows, before, since = [], SeatState.UNKNOWN, None
    for at, after in changes:
        began = at if since is None else since
        rows.append(
            SeatRow(
                at=MIDNIGHT + at,
                switchboard=board,
                seat=SeatId(seat),
                before=before,
                after=after,
                why="w",
                call="c",
                since=MIDNIGHT + began,
            )
        )
        before, since = after, at
    return rows


def wait(joined: float, left: float, how: str, seat: str = "", queue: str = "12345") -> QueueRow:
    """A wait, at seconds since midnight."""
    end = MIDNIGHT + left if how != "unknown" else 0.0
    return QueueRow(
        at=MIDNIGHT + left,
        switchboard=A,
        queue=queue,
        call="c",
        joined_at=MIDNIGHT + joined,
        left_at=end,
        how=how,
        seat=SeatId(seat),
    )


def stored(folder: Path, records: Iterable[StoreRecord]) -> str:
    """A store with these records."""

    async def write() -> None:
        store = SqliteStore(folder / "onekey.db")
        for record in records:
            store.write(record)
        await store.flush()
        await store.close()

    asyncio.run(write())
    return str(folder / "onekey.db")


READY, TALK, RINGING, WRAP_UP = SeatState.READY, SeatState.TALK, SeatState.RINGING, SeatState.WRAP_UP
UNKNOWN = SeatState.UNKNOWN


def test_a_seats_day(tmp_path: Path) -> None:
    """Seconds of each state, calls, missed rings and occupancy; a state from before midnight counts from midnight."""
    changes = [(-3600, READY), (100, RINGING), (105, READY), (200, RINGING), (204, TALK), (300, SeatState.HOLD)]
    changes += [(320, TALK), (400, WRAP_UP), (430, READY), (500, SeatState.PAUSED)]
    store = stored(tmp_path, log(*changes))
    (line,) = make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:10")).dicts()
    wanted = {
        "calls": 1, "answered": 1, "missed": 1, "talk_s": 176.0, "hold_s": 20.0, "wrap_up_s": 30.0, "handle_s": 226.0,
        "ready_s": 265.0, "ringing_s": 9.0, "paused_s": 100.0, "unknown_s": 0.0, "occupancy": round(226 / 491, 4),
    }  # fmt: skip
    assert {name: line[name] for name in wanted} == wanted


SNAPSHOT, LOST = "snapshot", "link_lost"


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ([(0, RINGING, "", "c"), (5, TALK, "", "c"), (100, UNKNOWN, LOST, "c"), (102, TALK, SNAPSHOT, "c"), (202, READY, "", "")],
         (1, 1, 0, 195.0)),
        ([(0, RINGING, "", "c"), (1, UNKNOWN, LOST, "c"), (3, TALK, SNAPSHOT, "c"), (203, READY, "", "")], (1, 1, 0, 200.0)),
        ([(0, RINGING, "", "c"), (1, UNKNOWN, LOST, "c"), (3, TALK, SNAPSHOT, "d"), (203, READY, "", "")], (1, 0, 0, 200.0)),
        ([(0, RINGING, "", "c"), (1, UNKNOWN, LOST, "c"), (3, READY, SNAPSHOT, "")], (0, 0, 0, None)),
        ([(0, RINGING, "", "c"), (9, READY, SNAPSHOT, "")], (0, 0, 0, None)),
        ([(0, RINGING, "", "c"), (9, READY, "drift", "")], (0, 0, 0, None)),
        ([(0, TALK, "", "c"), (100, UNKNOWN, LOST, "c"), (900, TALK, SNAPSHOT, "d"), (1000, READY, "", "")], (2, 0, 0, 100.0)),
        ([(0, TALK, "", "c"), (100, UNKNOWN, LOST, ""), (900, TALK, SNAPSHOT, "d"), (1000, READY, "", "")], (1, 0, 0, 200.0)),
        ([(0, READY, "", ""), (100, UNKNOWN, LOST, ""), (900, TALK, SNAPSHOT, "d"), (1000, READY, "", "")], (1, 0, 0, 100.0)),
        ([(0, TALK, SNAPSHOT, "c"), (100, READY, "", "")], (0, 0, 0, None)),
        ([(0, RINGING, "", "c"), (9, READY, "hung_up", ""), (20, UNKNOWN, "", ""), (30, TALK, "", "d"), (40, READY, "", "")],
         (1, 0, 1, 10.0)),
    ],
    ids=[
        "in one call all along", "answered unseen", "found in another call", "nobody knows", "no gateway while it rang",
        "an event was lost", "another call", "whose call it was is not known", "came into it unseen", "first seen in a call",
        "all seen",
    ],
)  # fmt: skip
def test_attaching_is_no_call(
    tmp_path: Path,
    changes: list[tuple[float, SeatState, str, str]],
    counts: tuple[int, int, int, float | None],
) -> None:
    """What a snapshot finds running is counted once, and a ring whose end nobody saw is not missed (law 7)."""
    since, before, rows = 0.0, UNKNOWN, []
    for at, after, why, call in changes:
        rows.append(
            SeatRow(
                at=MIDNIGHT + at,
                switchboard=A,
                seat=SeatId("1001"),
                before=before,
                after=after,
                why=why,
                call=call,
                since=MIDNIGHT + since,
            )
        )
        since, before = at, after
    gaps = [GapRow(A, lost.at, row.at, "link") for lost, row in pairwise(rows) if lost.after is UNKNOWN]
    store = stored(tmp_path, [*rows, *gaps])
    (line,) = make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T01:00")).dicts()
    assert tuple(line[name] for name in ("calls", "answered", "missed", "handle_avg_s")) == counts


def test_a_gap_is_unknown_and_is_hidden_once(tmp_path: Path) -> None:
    """What nobody watched is taken from the state that it covers; overlapping gaps count once, others' gaps not at all."""
    gaps = [GapRow(A, MIDNIGHT + b, MIDNIGHT + e, "link") for b, e in ((50, 150), (140, 160), (-10, -5))]
    gaps.append(GapRow(B, MIDNIGHT, MIDNIGHT + 900, "link"))
    store = stored(tmp_path, [*log((-100, READY), (100, TALK)), *gaps])
    first, second, *_ = make(
        ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:10", step="5m")
    ).dicts()
    assert (first["ready_s"], first["talk_s"], first["unknown_s"]) == (50.0, 140.0, 110.0)
    assert (second["begin"], second["talk_s"]) == ("2026-11-01 00:05", 300.0)


def test_a_state_lasts_until_now_at_most(tmp_path: Path) -> None:
    """What is to come is no time in a state, nor a seat that is there, however far the period reaches."""
    store, now = stored(tmp_path, log((10, READY))), MIDNIGHT + 5400
    (line,) = make(ReportJob(report="seats", store=store, since="2026-11-01"), now).dicts()
    assert (line["ready_s"], line["unknown_s"]) == (5390.0, 0.0)
    hours = make(ReportJob(report="seats", store=store, since="2026-11-01", step="1h"), now).dicts()
    assert [(hour["begin"][-5:], hour["ready_s"]) for hour in hours] == [("00:00", 3590.0), ("01:00", 1800.0)]
    assert [
        hour["begin"][-5:]
        for hour in make(ReportJob(report="capacity", store=store, since="2026-11-01", step="1h"), now).dicts()
    ] == [
        "00:00",
        "01:00",
    ]


def test_since_a_gateway_was_last_there_all_is_unknown(tmp_path: Path) -> None:
    """Its gap is written when it is back: until then it lasts from the last time that it wrote that it sees the switchboard. What
    it sees still is no gap, nor is what it has never seen: records of another system."""
    rows = [*log((0, READY)), *log((0, READY), board=B), *log((0, READY), board=SwitchboardId("119"))]
    store = stored(tmp_path, [*rows, SeenRow(A, MIDNIGHT + 3600), SeenRow(B, MIDNIGHT + 36000 - 7)])
    lines = make(ReportJob(report="seats", store=store, since="2026-11-01", by="switchboard"), MIDNIGHT + 36000).dicts()
    assert {line["switchboard"]: (line["ready_s"], line["unknown_s"]) for line in lines} == {
        A: (3600.0, 32400.0),
        B: (36000.0, 0.0),
        "119": (36000.0, 0.0),
    }


def test_records_of_a_time_that_the_clock_has_not_reached(tmp_path: Path) -> None:
    """A month made up and imported may lie ahead: its states last until its last change. What a gateway has seen lasts until now."""
    rows = log((0, READY), (900, TALK), (1800, READY))
    wish = ReportJob(report="seats", store=stored(tmp_path, rows), since="2026-11-01")
    (line,) = make(wish, MIDNIGHT - 9e6).dicts()
    assert (line["ready_s"], line["talk_s"]) == (900.0, 900.0)
    later = log((3600, READY))
    stored(tmp_path, [*later, SeenRow(A, MIDNIGHT + 2500)])
    (line,) = make(wish, MIDNIGHT + 2501).dicts()
    assert (line["ready_s"], line["talk_s"]) == (900.0, 900.0)


@settings(max_examples=15, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 7200), st.sampled_from(STATES)), min_size=1, max_size=10),
    gaps=st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 900)), max_size=3),
    ends=st.tuples(st.integers(0, 3600), st.integers(60, 3600)),
)
def test_it_counts_as_the_log_by_hand(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[int, SeatState]],
    gaps: list[tuple[int, int]],
    ends: tuple[int, int],
) -> None:
    """Whatever happened, the seconds are those of the plain count of ``gateway.reporting.seat_times``, and steps add up to the whole."""
    rows = log(*sorted(dict(changes).items()))
    dark = [GapRow(A, MIDNIGHT + b, MIDNIGHT + b + n, "x") for b, n in gaps]
    since, until = MIDNIGHT + ends[0], MIDNIGHT + ends[0] + ends[1]
    store = stored(tmp_path_factory.mktemp("s"), [*rows, *dark])
    whole = make(ReportJob(report="seats", store=store, since=_iso(since), until=_iso(until))).dicts()
    steps = make(ReportJob(report="seats", store=store, since=_iso(since), until=_iso(until), step="5m")).dicts()
    led = [row for row in rows if row.at < since][-1:] + [row for row in rows if since <= row.at < until]
    (by_hand,) = (
        seat_times.seat_times(led, dark, since, until)
        if led
        else (seat_times.SeatTimes(switchboard="12345", seat="1001"),)
    )
    names = {
        "ready": "ready_s",
        "ringing": "ringing_s",
        "wrap_up": "wrap_up_s",
        "paused": "paused_s",
        "offline": "offline_s",
    }
    for state in (READY, RINGING, WRAP_UP, SeatState.PAUSED, SeatState.OFFLINE):
        expected = pytest.approx(by_hand.seconds.get(state, 0.0), abs=0.01)
        name = names[state.value]
        assert sum(line[name] for line in whole) == expected
        assert sum(line[name] for line in steps) == expected


def _iso(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).isoformat()


def test_waits_and_the_three_service_levels(tmp_path: Path) -> None:
    """Answered, abandoned, those that count nowhere, and each ratio by its own formula."""
    waits = [wait(0, 4, "answered", "1001"), wait(10, 25, "answered", "1001"), wait(20, 50, "answered", "1002")]
    waits += [wait(30, 33, "abandoned"), wait(40, 70, "abandoned"), wait(50, 60, "left"), wait(60, 61, "unknown")]
    store = stored(tmp_path, waits)
    (line,) = make(ReportJob(report="queues", store=store, since="2026-11-01")).dicts()
    counts = (
        "offered",
        "answered",
        "abandoned",
        "abandoned_short",
        "left",
        "unknown",
        "within_10_s",
        "within_15_s",
        "within_30_s",
    )
    assert [line[name] for name in counts] == [5, 3, 2, 1, 1, 1, 1, 2, 3]
    assert (line["wait_avg_s"], line["wait_max_s"], line["connect_rate"]) == (round(49 / 3, 4), 30.0, 0.6)
    assert line["service_level"] == 0.5  # 2 / (3 + 1)
    assert (line["service_level_perf"], line["service_level_perf2"]) == (round(2 / 3, 4), 0.4)
    assert [
        row["answered"] for row in make(ReportJob(report="queues", store=store, since="2026-11-01", by="seat")).dicts()
    ] == [2, 1]


def test_days_of_a_zone_are_cut_at_its_midnight(tmp_path: Path) -> None:
    """A talk over midnight belongs to both days; another zone's midnight is another."""
    store = stored(tmp_path, log((-600, TALK), (900, READY)))
    days = make(ReportJob(report="seats", store=store, since="2026-10-31", until="2026-11-02", step="day")).dicts()
    assert [(day["begin"], day["talk_s"]) for day in days] == [("2026-10-31 00:00", 600.0), ("2026-11-01 00:00", 900.0)]
    (day,) = make(
        ReportJob(report="seats", store=store, since="2026-10-31", until="2026-11-01", step="day", zone="UTC")
    ).dicts()
    assert day["talk_s"] == 1500.0


def test_a_day_of_25_hours_and_a_short_month() -> None:
    """Steps of the calendar follow it; hours are spans, so that one that comes twice is two."""
    autumn = period("2026-10-25", None, "1h", "Europe/Berlin")
    assert (len(autumn.borders) - 1, autumn.width_s) == (25, 3600)
    days = period("2026-10-24", "2026-10-27", "day", "Europe/Berlin")
    assert [b - a for a, b in zip(days.borders, days.borders[1:], strict=False)] == [86400, 90000, 86400]
    assert days.width_s is None
    months = period("2026-02-01", "2026-04-01", "month")
    assert [months.text(at)[:10] for at in months.borders] == ["2026-02-01", "2026-03-01", "2026-04-01"]


def test_uneven_steps_count_as_even_ones_do(tmp_path: Path) -> None:
    """Months differ in length, and the seconds of each are its own."""
    store = stored(tmp_path, [*log((-86400, READY), (86400, TALK), (2 * 86400, READY)), wait(5, 9, "answered", "1001")])
    lines = make(ReportJob(report="seats", store=store, since="2026-10-01", until="2026-12-01", step="month")).dicts()
    assert [(line["begin"][:7], line["ready_s"], line["talk_s"]) for line in lines] == [
        ("2026-10", 86400.0, 0.0),
        ("2026-11", 29 * 86400.0, 86400.0),
    ]
    assert [
        line["offered"]
        for line in make(
            ReportJob(report="queues", store=store, since="2026-10-01", until="2026-12-01", step="month")
        ).dicts()
    ] == [1]


def test_groups(tmp_path: Path) -> None:
    """Seats are added up by the group that the configuration puts them in; without groups that is said."""
    store = stored(tmp_path, [*log((0, READY)), *log((0, READY), seat="1002"), *log((0, TALK), seat="1003")])
    groups = {"夜班": ["12345/1001", "12345/1002"]}
    (line,) = make(
        ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:01", by="group", groups=groups)
    ).dicts()
    assert (line["group"], line["ready_s"]) == ("夜班", 120.0)
    with pytest.raises(ReportError, match="groups"):
        make(ReportJob(report="seats", store=store, since="2026-11-01", by="group"))


def test_capacity_is_erlang_on_what_was_recorded(tmp_path: Path) -> None:
    """Arrivals, mean handle time, seats there and needed, and how many are missing."""
    waits = [wait(n * 18, n * 18 + 2, "answered", "1001") for n in range(100)]
    busy = log((0, READY), *[(18 * n + k, s) for n in range(100) for k, s in ((1, RINGING), (2, TALK), (17, READY))])
    (line, *_) = make(
        ReportJob(
            report="capacity",
            store=stored(tmp_path, [*waits, *busy]),
            since="2026-11-01",
            until="2026-11-01T00:30",
            step="30m",
        )
    ).dicts()
    assert (line["arrivals"], line["handle_avg_s"], line["seats_there"]) == (100, 15.0, 1.0)
    assert line["load_erlang"] == round(100 * 15 / 1800, 4)
    assert (line["seats_needed"], line["short"]) == (3, 2.0)


@pytest.mark.parametrize(
    ("since", "until", "step", "now"),
    [
        ("2026-11-01T08:20", "2026-11-01T08:40", "30m", NOW),
        ("2026-10-01", "2026-12-01", "month", NOW),
        ("2026-11-01", "2026-11-02", "1h", MIDNIGHT + 5400),
        ("2026-11-01T08:20", "2026-11-01T08:40", None, MIDNIGHT + 8.5 * 3600),
    ],
    ids=["cut by the period", "months", "cut by now", "one step"],
)
def test_a_step_is_as_long_as_what_is_counted_of_it(
    tmp_path: Path, since: str, until: str, step: str | None, now: float
) -> None:
    """A seat that is always there is one seat there, in a step that the period or the present cuts, and in a long month."""
    store = stored(tmp_path, log((-38 * 86400, READY)))
    lines = make(ReportJob(report="capacity", store=store, since=since, until=until, step=step), now).dicts()
    assert {line["seats_there"] for line in lines} == {1.0}
    assert len(lines) == (1 if step is None else 2)


def test_what_was_not_seen_is_no_quiet_step(tmp_path: Path) -> None:
    """Capacity is of the time that was seen; where that was too little, and where nothing was, it is unknown: never nobody there and
    nobody calling. Waits have a row without counts there. A short gap hides no figure."""
    waits = [wait(n * 50, n * 50 + 3, "answered", "1001") for n in range(10)]
    gaps = [GapRow(A, MIDNIGHT + b, MIDNIGHT + e, "link") for b, e in ((600, 3000), (2900, 3600), (4000, 4060))]
    store = stored(tmp_path, [*log((-3600, READY)), *waits, *gaps, GapRow(B, MIDNIGHT + 600, MIDNIGHT + 610, "link")])
    wish = ReportJob(report="capacity", store=store, since="2026-11-01", until="2026-11-01T02:00", step="30m")
    part, none, short, seen = make(wish).dicts()
    for line, unseen_s in ((part, 1200.0), (none, 1800.0)):
        assert line["unseen_s"] == unseen_s
        assert {line[name] for name in ("arrivals", "seats_there", "seats_needed", "short", "expected_level")} == {None}
    assert [(line["arrivals"], line["seats_there"], line["unseen_s"]) for line in (short, seen)] == [
        (0, 1.0, 60.0),
        (0, 1.0, 0.0),
    ]
    queues = make(replace(wish, report="queues")).dicts()
    assert [(line["begin"][-5:], line["queue"], line["offered"], line["unseen_s"]) for line in queues] == [
        ("00:00", "12345", 10, 1200.0),
        ("00:30", "12345", None, 1800.0),
    ]
    (whole,) = make(replace(wish, report="queues", step=None)).dicts()
    assert (whole["offered"], whole["unseen_s"]) == (10, 3060.0)
    (dark,) = make(
        ReportJob(report="queues", store=store, since="2026-11-01T00:30", until="2026-11-01T01:00", by="switchboard")
    ).dicts()
    assert (dark["switchboard"], dark["offered"], dark["service_level"], dark["unseen_s"]) == (A, None, None, 1800.0)
    report = make(replace(wish, report="queues"))
    assert "—" in output.text(report, "table").splitlines()[4]
    for format_ in ("parquet", "xlsx"):
        output.write(report, format_, tmp_path / f"r.{format_}")
    charts.Painter().draw(report, tmp_path / "q.svg")


def test_an_hour_that_comes_twice_is_two_in_every_report(tmp_path: Path) -> None:
    """Where the clock is put back, each of both hours says its offset, has its own calls, and stands in its place."""
    two = period("2026-10-25T02:00", None, None, "Europe/Berlin").since - MIDNIGHT
    waits = [wait(two + n, two + n + 3, "answered") for n in (0, 1, 2, 3600, 3601)]
    store = stored(tmp_path, [*log((two - 7200, READY)), *waits])
    wish = ReportJob(
        report="capacity", store=store, since="2026-10-25", until="2026-10-26", step="1h", zone="Europe/Berlin"
    )
    lines = make(wish).dicts()
    assert len(lines) == 25
    assert [(line["begin"][11:], line["arrivals"]) for line in lines[1:5]] == [
        ("01:00", 0),
        ("02:00+02:00", 3),
        ("02:00+01:00", 2),
        ("03:00", 0),
    ]
    queues = make(replace(wish, report="queues"))
    assert [(line["begin"][11:], line["answered"]) for line in queues.dicts()] == [
        ("02:00+02:00", 3),
        ("02:00+01:00", 2),
    ]
    for report in (make(wish), queues):
        charts.Painter().draw(report, tmp_path / "c.svg")
        text = (tmp_path / "c.svg").read_text(encoding="utf-8")
        assert text.index("02:00+02:00") < text.index("02:00+01:00")


@pytest.mark.parametrize(
    "wish",
    [
        ReportJob(report="nobody", store="x"), ReportJob(report="seats", store="x", by="queue"), ReportJob(report="seats", store="x", since="yesterday"), ReportJob(report="seats", store="x", step="7m"),
        ReportJob(report="seats", store="x", zone="Atlantis"), ReportJob(report="seats", store="x", since="2026-11-02", until="2026-11-01"), ReportJob(report="capacity", store="x", by="seat"),
        ReportJob(report="seats", store="x", since="2026-01-01", until="2026-12-31", step="5m"),
    ],
    ids=lambda wish: str(wish)[5:60],
)  # fmt: skip
def test_a_wish_that_cannot_be_granted(tmp_path: Path, wish: ReportJob) -> None:
    """It is said what is wrong, in both languages, and what to do."""
    with pytest.raises(ReportError) as caught:
        make(replace(wish, store=stored(tmp_path, [])))
    assert " / " in caught.value.what
    assert caught.value.remedy


# --- files -------------------------------------------------------------------------------------------------------------------


def test_many_rows_become_a_file_and_are_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been copied is read from the file, what came later from the database, and no row twice."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 3)
    rows = log((0, READY), (10, TALK), (20, READY), (30, TALK), (40, READY))
    store = stored(tmp_path, rows[:4])
    first = make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:01")).rows
    files = sorted(path.name for path in Path(store + ".columns").glob("*.parquet"))
    assert files == ["seat_last-1-4.parquet", "seat_log-1-4.parquet"]
    assert make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:01")).rows == first
    stored(tmp_path, rows[4:])
    (line,) = make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:01")).dicts()
    assert (line["ready_s"], line["talk_s"], line["calls"]) == (40.0, 20.0, 2)


def test_files_past_their_time_go_and_the_states_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file goes when its newest row is past its time; what came later is counted from the state that the seat was in."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 3)
    rows = log((0, READY), (10, TALK), (20, READY), (30, TALK), (7200, READY), (7260, TALK))
    store = stored(tmp_path, rows[:4])
    make(ReportJob(report="seats", store=store, since="2026-11-01", until="2026-11-01T00:01"))
    stored(tmp_path, rows[4:])
    late = ReportJob(report="seats", store=store, since="2026-11-01T02:00", until="2026-11-01T02:01")
    before = make(late).rows
    assert parquet.prune(Path(store), MIDNIGHT + 30, dry_run=False) == 0
    assert (
        parquet.prune(Path(store), MIDNIGHT + 31, dry_run=True)
        == parquet.prune(Path(store), MIDNIGHT + 31, dry_run=False)
        == 1
    )
    assert [path.name for path in Path(store + ".columns").glob("*.parquet")] == ["seat_last-1-4.parquet"]
    assert make(late).rows == before
    assert parquet.prune(tmp_path / "nothing.db", 9e9, dry_run=False) == 0


def test_files_of_another_database_are_no_part_of_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor those of a later state than a backup that was put back: rows would be hidden. It is said so, with what to do."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 3)
    rows = log((0, READY), (10, TALK), (20, READY), (30, TALK))
    store = Path(stored(tmp_path, rows))
    backup = tmp_path / "backup"
    with contextlib.closing(sqlite3.connect(store)) as source, contextlib.closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    stored(tmp_path, log((40, READY), (50, TALK), (60, READY)))
    wish = ReportJob(report="seats", store=str(store), since="2026-11-01", until="2026-11-01T00:01")
    make(wish)
    for path in tmp_path.glob("onekey.db-*"):
        path.unlink()
    shutil.copy(backup, store)
    with pytest.raises(StoreError, match="newer than it") as caught:
        make(wish)
    assert "move onekey.db.columns away" in caught.value.remedy
    store.unlink()
    stored(tmp_path, rows * 2)
    with pytest.raises(StoreError, match="another database"):
        make(wish)
    parquet.folder_of(store).rename(tmp_path / "away")
    assert make(wish).rows


def test_a_backup_that_has_grown_past_the_files_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers alone say nothing any more: the row of the last number that was copied is another one."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 3)
    rows = log((0, READY), (10, TALK), (20, READY), (30, TALK))
    store = Path(stored(tmp_path, rows))
    with (
        contextlib.closing(sqlite3.connect(store)) as source,
        contextlib.closing(sqlite3.connect(tmp_path / "b")) as to,
    ):
        source.backup(to)
    stored(tmp_path, log((40, READY), (50, TALK), (60, READY)))
    wish = ReportJob(report="seats", store=str(store), since="2026-11-01", until="2026-11-01T00:01")
    make(wish)
    for path in tmp_path.glob("onekey.db-*"):
        path.unlink()
    shutil.copy(tmp_path / "b", store)
    stored(tmp_path, log(*((100 + n, READY if n % 2 else TALK) for n in range(9))))
    with pytest.raises(StoreError, match="newer than it"):
        make(wish)


def test_what_says_whose_files_they_are_may_be_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a power cut: it is made anew, and the files count on."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 3)
    store = Path(stored(tmp_path, log((0, READY), (10, TALK), (20, READY), (30, TALK))))
    wish = ReportJob(report="seats", store=str(store), since="2026-11-01", until="2026-11-01T00:01")
    rows = make(wish).rows
    (parquet.folder_of(store) / "store.json").write_text("")
    assert make(wish).rows == rows
    assert json.loads((parquet.folder_of(store) / "store.json").read_text())["last"]["seat_log"][0] == 4


def test_very_much_becomes_files_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is cut off goes on behind those that there are; nothing is counted twice."""
    rows = log(*((10 * n, READY if n % 2 else TALK) for n in range(8)))
    wish = ReportJob(report="seats", store=stored(tmp_path, rows), since="2026-11-01", until="2026-11-01T00:02")
    whole = make(wish).rows
    monkeypatch.setattr(segments, "SEGMENT_ROWS", 2)
    monkeypatch.setattr(segments, "SEGMENT_ROWS_MAX", 3)
    monkeypatch.setattr(log_rows, "AT_ONCE", 1)
    for _ in range(2):
        assert make(wish).rows == whole
    files = sorted(path.name for path in parquet.folder_of(Path(wish.store)).glob("seat_log-*"))
    assert files == ["seat_log-1-3.parquet", "seat_log-4-6.parquet", "seat_log-7-8.parquet"]


def test_a_disk_that_is_away_is_not_made_anew(tmp_path: Path) -> None:
    """A report, or a forecast, while the database's folder is away: an error that says so, and nothing in the place of the folder."""
    for folder in ("disk", "."):
        with pytest.raises(StoreError, match="the database is away"), session.opened(tmp_path / folder / "onekey.db"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_what_another_system_wrote_is_brought_in(tmp_path: Path) -> None:
    """CSV or Parquet by the documented columns; a file that does not fit is named, and nothing of it stays."""
    (tmp_path / "in").mkdir()
    head = ",".join(parquet.FORMATS["queue_log"])
    good = f"{head}\n{MIDNIGHT + 9},110,110,c1,{MIDNIGHT},{MIDNIGHT + 8},answered,2001,3.5\n"
    (tmp_path / "in/queue_log.csv").write_text(good)
    store = tmp_path / "onekey.db"
    assert imports.bring_in(store, tmp_path / "in", "old")["queue_log"] == 1
    (line,) = make(ReportJob(report="queues", store=str(store), since="2026-11-01")).dicts()
    assert (line["switchboard"], line["answered"], line["wait_avg_s"]) == ("110", 1, 8.0)
    (tmp_path / "in/queue_log.csv").write_text(good.replace("joined_at", "began"))
    with pytest.raises(StoreError, match="queue_log"):
        imports.bring_in(store, tmp_path / "in", "new")
    with pytest.raises(StoreError, match="nothing to import"):
        imports.bring_in(store, tmp_path, "new")
    assert len(list(Path(f"{store}.columns").glob("*.parquet"))) == 1


def test_every_format(tmp_path: Path) -> None:
    """Table, CSV that Excel reads, JSON, XLSX, Parquet, PNG and SVG of the same numbers; a formula stays a text."""
    odd = [wait(0, 4, "answered", "1001", queue="=1+1"), wait(0, 4, "abandoned")]
    report = make(ReportJob(report="queues", store=stored(tmp_path, odd), since="2026-11-01", step="1h"))
    assert "呼入 " in output.text(report, "table")
    assert " offered " in output.text(report, "table", output.Look("en"))
    text = output.text(report, "csv")
    assert text.startswith("\ufeff开始,")
    assert ",'=1+1," in text
    shown = json.loads(output.text(report, "json"))
    assert shown["items"] == report.dicts()
    output.write(report, "parquet", tmp_path / "r.parquet")
    assert duckdb.sql(f"select sum(offered) from '{tmp_path}/r.parquet'").fetchall() == [(2,)]
    output.write(report, "xlsx", tmp_path / "r.xlsx")
    assert (tmp_path / "r.xlsx").read_bytes().startswith(b"PK")
    for name, begin in (("r.png", b"\x89PNG"), ("r.svg", b"<?xml")):
        charts.Painter().draw(report, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begin)


@pytest.mark.parametrize("name", ["seats", "capacity"])
def test_charts_of_seats(tmp_path: Path, name: str) -> None:
    """The heat map, and seats needed and there, are drawn of what was recorded; of nothing there is no chart, and that is said."""
    store = stored(tmp_path, [*log((0, READY), (60, TALK), (120, READY)), wait(50, 60, "answered", "1001")])
    charts.Painter().draw(make(ReportJob(report=name, store=store, since="2026-11-01", step="1h")), tmp_path / "c.svg")
    assert (tmp_path / "c.svg").stat().st_size > 5000
    with pytest.raises(ReportError, match="nothing is recorded"):
        charts.Painter().draw(
            make(ReportJob(report=name, store=store, since="2001-01-01", step="1h")), tmp_path / "d.svg"
        )


async def test_a_report_by_a_process_of_its_own(tmp_path: Path) -> None:
    """The child answers as the parent would, and what it cannot do comes back as the same error."""
    store = await asyncio.to_thread(stored, tmp_path, [wait(0, 4, "answered", "1001")])
    wish = ReportJob(report="queues", store=store, since="2026-11-01")
    assert await Jobs().run(wish) == output.text(await asyncio.to_thread(job.make, wish), "json")
    with pytest.raises(ReportError, match="yesterday"):
        await Jobs().run(ReportJob(report="queues", store=store, since="yesterday"))


# --- words -------------------------------------------------------------------------------------------------------------------


def test_the_glossary_has_every_column() -> None:
    """The table in ``docs/glossary.md`` is the one that ``--explain`` shows."""
    page = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    assert figures.glossary() in page


def test_the_chinese_glossary_has_every_column() -> None:
    """Each by its names, in the same order; formulas and sources are in Chinese there."""
    page = (ROOT / "docs/glossary.zh-CN.md").read_text(encoding="utf-8")
    wanted = [(report, f"`{f.name}`", f.zh) for report, columns in figures.REPORTS.items() for f in columns]
    rows = [tuple(cell.strip() for cell in line.split("|")[1:4]) for line in page.splitlines() if line.count("|") == 7]
    assert rows[2:] == wanted


def test_the_import_format_is_documented() -> None:
    """``docs/reports.md`` names every table and column."""
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    for table, format_ in parquet.FORMATS.items():
        line = re.search(rf"^\| `{table}` \|(.*)$", page, re.M)
        assert line is not None, table
        assert re.findall(r"`(\w+)`", line[1]) == list(format_)


def test_every_report_can_be_explained() -> None:
    """No column has no formula or no source, and names are used once in a report."""
    for name, listed in figures.REPORTS.items():
        assert len({figure.name for figure in listed}) == len(listed)
        assert all(figure.formula and figure.source and figure.zh for figure in listed)
        assert f"= {listed[0].formula}" in figures.explained(name)
    assert set(queries.BY) == set(figures.REPORTS)


@pytest.mark.parametrize(
    ("since", "until", "step"),
    [
        ("0001-01-01", "9999-12-31", "5m"),
        ("0001-01-01", None, None),
        (None, "9999-12-31T23:59:59+00:00", "month"),
        ("1969-12-30", None, None),
        ("2100-06-01", None, None),
        ("2000-01-01", "2099-12-31", "5m"),
        ("2000-01-01", "2099-12-31", "day"),
        ("1" * 5000, None, None),
    ],
)
def test_a_time_that_no_report_can_be_about_is_refused(since: str | None, until: str | None, step: str | None) -> None:
    """Years of no calendar, and more steps than anybody reads: said with what to do, and no border of them is made."""
    with pytest.raises(ReportError) as refused:
        period(since, until, step)
    assert refused.value.remedy
    assert len(str(refused.value)) < 300
    with pytest.raises(ReportError):
        check(since, until, step, ZONE, 20_000)


def test_the_most_steps_are_a_setting() -> None:
    """As many are made, and one more is refused."""
    assert len(period("2026-11-01", "2026-11-11", "day", steps_max=10).borders) == 11
    with pytest.raises(ReportError, match="9"):
        period("2026-11-01", "2026-11-12", "day", steps_max=9)
