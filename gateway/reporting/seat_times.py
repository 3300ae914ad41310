"""Reports over the seat log. Pure: rows in, numbers and text out.

Occupancy = handle time / (handle time + ready time), as ``docs/glossary.md`` defines it; handle time = talk + hold +
three-way + wrap-up. Time that nobody watched (gaps) is ``unknown`` and part of no ratio.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from gateway.core.machines.seat import HANDLING
from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.values.ids import SeatState
from gateway.guards.instants import ZONE, zone_of
from gateway.reporting import texts
from gateway.reporting.text_table import table

HANDLE = HANDLING | {SeatState.WRAP_UP}


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of one state. Instants in seconds since 1970."""

    since: float
    until: float
    state: SeatState
    why: str
    call: str


@dataclass(slots=True, kw_only=True)
class SeatTimes:
    """The times of one seat. ``seconds`` adds up to the time from the first thing known of the seat to the end."""

    switchboard: str
    seat: str
    seconds: dict[SeatState, float] = field(default_factory=dict)
    intervals: list[Interval] = field(default_factory=list)
    calls: int = 0
    state: SeatState = SeatState.UNKNOWN

    @property
    def handle_s(self) -> float:
        """Seconds with callers and after-call work."""
        return sum(self.seconds.get(state, 0.0) for state in HANDLE)

    @property
    def occupancy(self) -> float | None:
        """Between 0 and 1; None where the seat was neither ready nor handling."""
        handled, ready = self.handle_s, self.seconds.get(SeatState.READY, 0.0)
        return handled / (handled + ready) if handled + ready > 0 else None


def seat_times(
    rows: Iterable[SeatRow],
    gaps: Sequence[GapRow],
    since: float,
    until: float,
    ahead: Mapping[str, float] = MappingProxyType({}),
) -> list[SeatTimes]:
    """The times of every seat in [since, until). ``rows`` oldest first per seat, led by the row in force at ``since``. ``ahead`` has other
    ends by switchboard: of those of which something is known beyond now."""
    by_seat: dict[tuple[str, str], list[SeatRow]] = {}
    for row in rows:
        by_seat.setdefault((row.switchboard, row.seat), []).append(row)
    return [
        _times(key, seat_rows, gaps, since, max(until, ahead.get(key[0], until)))
        for key, seat_rows in sorted(by_seat.items())
    ]


def _times(key: tuple[str, str], rows: list[SeatRow], gaps: Sequence[GapRow], since: float, until: float) -> SeatTimes:
    times = SeatTimes(switchboard=key[0], seat=key[1])
    mine = sorted((gap.since, gap.until) for gap in gaps if gap.switchboard == key[0])
    calls: set[str] = set()
    ends = [row.at for row in rows[1:]] + [until]
    for row, next_at in zip(rows, ends, strict=True):
        begin = max(row.at, since)
        end = min(max(next_at, begin), until)
        for piece_since, piece_until, seen in _cut(begin, end, mine):
            state = row.after if seen else SeatState.UNKNOWN
            why = row.why if seen else "gap"
            times.intervals.append(Interval(piece_since, piece_until, state, why, row.call if seen else ""))
            times.seconds[state] = times.seconds.get(state, 0.0) + piece_until - piece_since
        if row.after in HANDLING and row.at >= since and row.call:
            calls.add(row.call)
    times.calls = len(calls)
    if times.intervals:
        times.state = times.intervals[-1].state  # what a gap hides at the end is unknown, too
    return times


def _cut(begin: float, end: float, gaps: Sequence[tuple[float, float]]) -> list[tuple[float, float, bool]]:
    """An interval cut at gaps: (since, until, whether it was seen)."""
    pieces: list[tuple[float, float, bool]] = []
    at = begin
    for gap_since, gap_until in gaps:
        low, high = max(gap_since, at), min(gap_until, end)
        if low < high:
            if at < low:
                pieces.append((at, low, True))
            pieces.append((low, high, False))
            at = high
    if at < end:
        pieces.append((at, end, True))
    return pieces


# --- for people -----------------------------------------------------------------------------------------------------------

STATES_ZH: dict[SeatState, str] = {
    SeatState.UNKNOWN: texts.STATE_UNKNOWN,
    SeatState.OFFLINE: texts.STATE_OFFLINE,
    SeatState.READY: texts.STATE_READY,
    SeatState.RINGING: texts.STATE_RINGING,
    SeatState.TALK: texts.STATE_TALK,
    SeatState.HOLD: texts.STATE_HOLD,
    SeatState.CONSULT: texts.STATE_CONSULT,
    SeatState.THREE_WAY: texts.STATE_THREE_WAY,
    SeatState.WRAP_UP: texts.STATE_WRAP_UP,
    SeatState.PAUSED: texts.STATE_PAUSED,
}


def one_language(both: str, lang: str) -> str:
    """One half of a heading in two languages, ``现在 now``."""
    zh, _, en = both.partition(" ")
    return zh if lang == "zh" else en or zh


def format_seats(
    times: Sequence[SeatTimes], *, as_json: bool = False, detail: bool = False, zone: str = ZONE, lang: str = "zh"
) -> str:
    """The report as a table, or as JSON. Seconds with one decimal; ``detail`` lists every interval."""
    if as_json:
        return json.dumps([_as_dict(seat, detail=detail) for seat in times], ensure_ascii=False, indent=1)
    if not times:
        return texts.NO_SEAT_HAS_BEEN_SEEN
    head = [
        texts.HEAD_SWITCHBOARD,
        texts.HEAD_SEAT,
        texts.HEAD_NOW,
        texts.HEAD_CALLS,
        texts.HEAD_OCCUPANCY,
        *STATES_ZH.values(),
    ]
    head = [one_language(text, lang) for text in head]
    rows = []
    for seat in times:
        occupancy = f"{seat.occupancy:.1%}" if seat.occupancy is not None else "—"
        spans = [f"{seat.seconds.get(state, 0.0):.1f}" for state in STATES_ZH]
        now = one_language(STATES_ZH[seat.state], lang)
        rows.append([seat.switchboard, seat.seat, now, str(seat.calls), occupancy, *spans])
    text = table(head, rows) + texts.IN_SECONDS
    if detail:
        heads = [
            one_language(texts.HEAD_SWITCHBOARD, lang),
            one_language(texts.HEAD_SEAT, lang),
            f"{one_language(texts.HEAD_SINCE, lang)} ({zone})",
            one_language(texts.HEAD_SECONDS, lang),
            one_language(texts.HEAD_STATE, lang),
            one_language(texts.HEAD_WHY, lang),
            one_language(texts.HEAD_CALL, lang),
        ]
        text += "\n\n" + table(heads, _lines(times, zone, lang))
    return text


def _lines(times: Sequence[SeatTimes], zone: str, lang: str) -> list[list[str]]:
    return [
        [
            seat.switchboard,
            seat.seat,
            datetime.fromtimestamp(piece.since, zone_of(zone)).strftime("%m-%d %H:%M:%S.%f")[:-3],
            f"{piece.until - piece.since:.1f}",
            one_language(STATES_ZH[piece.state], lang),
            texts.WHYS_ZH.get(piece.why, piece.why) if lang == "zh" else piece.why,
            piece.call,
        ]
        for seat in times
        for piece in seat.intervals
    ]


def _as_dict(seat: SeatTimes, *, detail: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "switchboard": seat.switchboard,
        "seat": seat.seat,
        "state": seat.state.value,
        "calls": seat.calls,
        "occupancy": seat.occupancy,
        "seconds": {state.value: round(seconds, 3) for state, seconds in seat.seconds.items()},
    }
    if detail:
        shown["intervals"] = [
            {"since": i.since, "until": i.until, "state": i.state.value, "why": i.why, "call": i.call}
            for i in seat.intervals
        ]
    return shown
