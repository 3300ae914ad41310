"""Changes of seats and gaps of a session, row by row, for whoever shows each of them."""

from __future__ import annotations

import duckdb

from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.store.columnar.parquet import FORMATS

STATES = frozenset(map(str, SeatState))


def seat_rows(connection: duckdb.DuckDBPyConnection, since: float, until: float) -> list[SeatRow]:
    """Changes of every seat in [since, until), imported ones too, in their order; each seat's are led by the one in force at ``since``."""
    columns = ", ".join(f'"{name}"' for name in FORMATS["seat_log"])
    packed = ", ".join(f'"{name}" := "{name}"' for name in (*FORMATS["seat_log"], "place", "n"))
    lasting = f'arg_max(struct_pack({packed}), {{"at": "at", "place": place, "n": n}}) as one'
    sql = f"""
      with led as (select {lasting} from seat_rows where "at" < $since group by switchboard, seat),
      rows as (select {columns}, place, n from seat_rows where "at" >= $since and "at" < $until
               union all select {", ".join(f'one."{name}"' for name in (*FORMATS["seat_log"], "place", "n"))} from led)
      select {columns} from rows order by switchboard, seat, "at", place, n"""
    found = connection.execute(sql, {"since": since, "until": until}).fetchall()
    return [
        SeatRow(
            at=at,
            switchboard=SwitchboardId(switchboard),
            seat=SeatId(seat),
            before=SeatState(before),
            after=SeatState(after),
            why=why,
            call=call,
            since=began,
        )
        for at, switchboard, seat, before, after, why, call, began in found
        if {before, after} <= STATES  # an older onekey imported whatever word there was
    ]


def gap_rows(connection: duckdb.DuckDBPyConnection, since: float, until: float) -> list[GapRow]:
    """Gaps that touch [since, until), imported ones and open ones too."""
    sql = 'select switchboard, since, "until", why from gap where "until" > ? and since < ? order by all'
    found = connection.execute(sql, [since, until]).fetchall()
    return [GapRow(SwitchboardId(switchboard), *others) for switchboard, *others in found]
