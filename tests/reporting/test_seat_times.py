"""Reports: times that add up, gaps that stay unknown, tables that people and programs can read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.reporting.seat_times import STATES_ZH, Interval, SeatTimes, format_seats, seat_times
from gateway.reporting.text_table import table, width

A, B = SwitchboardId("12345"), SwitchboardId("110")
READY, TALK, HOLD, WRAP_UP, UNKNOWN = (
    SeatState.READY,
    SeatState.TALK,
    SeatState.HOLD,
    SeatState.WRAP_UP,
    SeatState.UNKNOWN,
)


def row(at: float, after: SeatState, call: str = "", seat: str = "1001", board: SwitchboardId = A) -> SeatRow:
    """A change of a seat."""
    return SeatRow(
        at=at, switchboard=board, seat=SeatId(seat), before=UNKNOWN, after=after, why=after.value, call=call, since=0.0
    )


def gap(since: float, until: float, board: SwitchboardId = A) -> GapRow:
    """A time that nobody watched."""
    return GapRow(board, since, until, "link")


def one(rows: list[SeatRow], gaps: list[GapRow], since: float, until: float) -> SeatTimes:
    """The times of the only seat."""
    (times,) = seat_times(rows, gaps, since, until)
    return times


def pieces(times: SeatTimes) -> list[tuple[float, float, SeatState]]:
    """The intervals without their reasons."""
    return [(piece.since, piece.until, piece.state) for piece in times.intervals]


# --- times --------------------------------------------------------------------------------------------------------------


def test_each_change_ends_the_state_before_it() -> None:
    """A state lasts from its row to the next one, the last one to the end."""
    times = one([row(0, READY), row(10, TALK, "c"), row(25, WRAP_UP), row(30, READY)], [], 0, 40)
    assert pieces(times) == [(0, 10, READY), (10, 25, TALK), (25, 30, WRAP_UP), (30, 40, READY)]
    assert times.seconds == {READY: 20, TALK: 15, WRAP_UP: 5}
    assert times.intervals[1] == Interval(10, 25, TALK, TALK.value, "c")


def test_a_time_is_cut_at_both_ends() -> None:
    """The row in force at the beginning counts from there, and the last state to the end only."""
    assert pieces(one([row(0, READY), row(90, TALK)], [], 50, 100)) == [(50, 90, READY), (90, 100, TALK)]


def test_a_seat_is_known_from_its_first_row_on() -> None:
    """Before the first thing known of a seat there is no time of it, and none is made up."""
    times = one([row(70, READY)], [], 0, 100)
    assert pieces(times) == [(70, 100, READY)]


def test_a_row_at_the_end_has_no_time() -> None:
    """A time without length has no interval."""
    assert one([row(0, READY)], [], 50, 50).intervals == []


def test_two_changes_at_one_instant_take_no_time_twice() -> None:
    """Of two rows of one instant the later one counts."""
    assert pieces(one([row(0, READY), row(10, TALK), row(10, HOLD)], [], 0, 20)) == [(0, 10, READY), (10, 20, HOLD)]


def test_seats_are_kept_apart() -> None:
    """The same number at two switchboards is two seats; they come in order."""
    times = seat_times([row(0, TALK, seat="9", board=B), row(0, READY), row(5, HOLD, board=B)], [], 0, 10)
    assert [(seat.switchboard, seat.seat, seat.state) for seat in times] == [
        ("110", "1001", HOLD),
        ("110", "9", TALK),
        ("12345", "1001", READY),
    ]


def test_no_rows_no_seats() -> None:
    """An empty log is an empty report."""
    assert seat_times([], [gap(0, 10)], 0, 10) == []


# --- gaps -----------------------------------------------------------------------------------------------------------------


def test_a_gap_is_unknown() -> None:
    """What nobody watched is cut out of the state around it, with its reason and no call."""
    times = one([row(0, TALK, "c")], [gap(10, 30)], 0, 50)
    assert pieces(times) == [(0, 10, TALK), (10, 30, UNKNOWN), (30, 50, TALK)]
    assert times.intervals[1] == Interval(10, 30, UNKNOWN, "gap", "")
    assert times.seconds == {TALK: 30, UNKNOWN: 20}


def test_a_gap_reaches_over_changes() -> None:
    """A gap over several rows hides all of them while it lasts."""
    times = one([row(0, READY), row(20, TALK), row(40, READY)], [gap(10, 30)], 0, 50)
    assert pieces(times) == [(0, 10, READY), (10, 20, UNKNOWN), (20, 30, UNKNOWN), (30, 40, TALK), (40, 50, READY)]


def test_gaps_that_overlap_count_once() -> None:
    """Gaps in any order, inside each other or overlapping, hide their union."""
    times = one([row(0, READY)], [gap(20, 40), gap(10, 30), gap(12, 14), gap(60, 70)], 0, 100)
    assert times.seconds == {READY: 60, UNKNOWN: 40}


def test_a_gap_beyond_both_ends_leaves_nothing_known() -> None:
    """Where nobody watched at all, everything is unknown and there is no ratio."""
    times = one([row(0, TALK, "c")], [gap(-5, 500)], 10, 50)
    assert (times.seconds, times.occupancy) == ({UNKNOWN: 40}, None)


def test_a_gap_of_another_switchboard_hides_nothing() -> None:
    """Only the own switchboard's gaps count."""
    assert one([row(0, TALK)], [gap(0, 50, B)], 0, 50).seconds == {TALK: 50}


def test_the_state_at_the_end_is_unknown_in_a_gap() -> None:
    """A seat whose last change was followed by a gap is not shown as if it still were in that state."""
    assert one([row(0, READY)], [gap(30, 60)], 0, 50).state is UNKNOWN
    assert one([row(0, READY)], [gap(30, 40)], 0, 50).state is READY


SECONDS = st.integers(0, 200)


@given(
    rows=st.lists(st.tuples(SECONDS, st.sampled_from(SeatState)), min_size=1, max_size=12),
    gaps=st.lists(st.tuples(SECONDS, SECONDS), max_size=5),
    ends=st.tuples(SECONDS, SECONDS).map(sorted),
)
def test_times_add_up(rows: list[tuple[int, SeatState]], gaps: list[tuple[int, int]], ends: list[int]) -> None:
    """Whatever happened, the seconds are the time from the first thing known to the end, and intervals follow gaplessly."""
    since, until = ends
    log = [row(at, state) for at, state in sorted(rows, key=lambda pair: pair[0]) if at < until]
    unseen = [gap(low, high) for low, high in map(sorted, gaps)]
    for times in seat_times(log, unseen, since, until):
        begin = max(since, log[0].at)
        assert sum(times.seconds.values()) == max(0, until - begin)
        edges = [edge for piece in times.intervals for edge in (piece.since, piece.until)]
        assert edges == sorted(edges)
        assert edges[1:-1:2] == edges[2::2]
        for piece in times.intervals:
            hidden = any(g.since < g.until and g.since < piece.until and piece.since < g.until for g in unseen)
            assert not hidden or (piece.state, piece.call) == (UNKNOWN, "")


# --- numbers ----------------------------------------------------------------------------------------------------------------


def test_occupancy_is_handle_time_of_handle_and_ready_time() -> None:
    """Talk, hold, three-way and wrap-up count as handling; pauses and the unknown count nowhere."""
    states = [(TALK, 10), (HOLD, 5), (SeatState.THREE_WAY, 5), (WRAP_UP, 10), (READY, 10), (SeatState.PAUSED, 50)]
    rows, at = [], 0.0
    for state, seconds in [*states, (SeatState.RINGING, 7), (SeatState.OFFLINE, 9), (UNKNOWN, 3)]:
        rows.append(row(at, state))
        at += seconds
    times = one(rows, [], 0, at)
    assert (times.handle_s, times.occupancy) == (30, 0.75)


def test_occupancy_of_a_seat_that_was_never_there() -> None:
    """A seat that was neither ready nor handling has no occupancy: not zero."""
    assert one([row(0, SeatState.OFFLINE)], [], 0, 10).occupancy is None


def test_a_call_counts_once() -> None:
    """Talk, hold and talk again of one call are one call; ringing alone is none, nor is a call from before the time."""
    rows = [row(0, TALK, "old"), row(12, SeatState.RINGING, "r"), row(13, TALK, "c"), row(14, HOLD, "c")]
    rows += [row(15, TALK, "c"), row(16, READY), row(17, TALK, "d")]
    assert one(rows, [], 10, 20).calls == 2


# --- for people -----------------------------------------------------------------------------------------------------------


def test_every_state_has_a_name() -> None:
    """No state of a seat is left out of the table."""
    assert set(STATES_ZH) == set(SeatState)


def test_a_chinese_character_takes_two_columns() -> None:
    """Widths are those of a terminal."""
    assert (width("abc"), width("坐席"), width("坐 seat")) == (3, 4, 7)


def test_columns_stand_below_each_other() -> None:
    """Also with Chinese in the cells each column begins or ends at the same place."""
    lines = table(["名 n", "s", "秒"], [["转接", "x", "1.5"], ["a", "yy", "100.0"]]).split("\n")
    assert [width(line) for line in lines] == [width(lines[0])] * 3
    assert lines[1].startswith("转接  x")
    assert lines[2].endswith("  100.0")


def test_the_table_has_a_line_for_each_seat() -> None:
    """Seat, state, calls, occupancy and the seconds of each state stand in the table."""
    times = seat_times([row(0, READY), row(10, TALK, "c"), row(0, SeatState.OFFLINE, seat="1002")], [], 0, 40)
    lines = format_seats(times).split("\n")
    assert len(lines) == 4
    assert lines[1].split()[:5] == ["12345", "1001", "通话", "1", "75.0%"]
    assert "30.0" in lines[1]
    assert "—" in lines[2]


def test_an_empty_report_says_so() -> None:
    """Without a seat there is a sentence, and as JSON an empty list."""
    assert "no seat has been seen" in format_seats([])
    assert json.loads(format_seats([], as_json=True)) == []


def test_the_detail_lists_every_interval() -> None:
    """Each interval has a line with its length, state, reason and call; a gap is among them as unknown."""
    text = format_seats(seat_times([row(0, TALK, "c")], [gap(10, 12.5)], 0, 40), detail=True)
    lines = text.split("\n\n")[1].split("\n")[1:]
    assert [line.split()[4:] for line in lines] == [
        ["10.0", "通话", "on_call.talk", "c"],
        ["2.5", "未知", "gap"],
        ["27.5", "通话", "on_call.talk", "c"],
    ]


def test_the_report_as_json() -> None:
    """A program reads the same numbers, by the states' own names, and instants as seconds since 1970."""
    times = seat_times([row(0, READY), row(10, TALK, "c")], [gap(30, 50)], 0, 40)
    (seat,) = json.loads(format_seats(times, as_json=True, detail=True))
    assert {key: value for key, value in seat.items() if key != "intervals"} == {
        "switchboard": "12345",
        "seat": "1001",
        "state": "unknown",
        "calls": 1,
        "occupancy": 20 / 30,
        "seconds": {"ready": 10.0, "on_call.talk": 20.0, "unknown": 10.0},
    }
    assert seat["intervals"][1] == {
        "since": 10,
        "until": 30,
        "state": "on_call.talk",
        "why": "on_call.talk",
        "call": "c",
    }
    assert len(seat["intervals"]) == 3


def test_json_without_detail_has_no_intervals() -> None:
    """Intervals are in the JSON only where they were asked for."""
    (seat,) = json.loads(format_seats(seat_times([row(0, READY)], [], 0, 40), as_json=True))
    assert "intervals" not in seat
