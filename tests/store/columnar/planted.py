"""Faults planted in files that are imported, each with the place that must be named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

SEATS = "at,switchboard,seat,before,after,why,call,since\n"
SEAT = "1793462420,12345,1001,ready,ready,x,,1793462410\n"
WAITS = "at,switchboard,queue,call,joined_at,left_at,how,seat,ring_s\n"
WAIT = "1793462420,12345,q,c1,1793462400,1793462420,answered,1001,5\n"
TRANSFERS = "id,home,call,transferer_switchboard,transferer,target,mode,by,outcome,reason,pressed_at,ringing_at,answered_at,ended_at\n"
TRANSFER = "t1,12345,c1,12345,1001,110,warm,gateway,completed,,1793462400,1793462401,1793462405,1793462460\n"
GAPS = "switchboard,since,until,why\n"


def files(folder: Path, **tables: str) -> Path:
    """A folder of CSV files with these texts."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, text in tables.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault: how it is written, and (file, line, column) where it must be found."""

    write: Callable[[Path], object]
    place: tuple[str, int, str]


def _csv(column: str, line: int = 2, **tables: str) -> Planted:
    (table,) = tables
    return Planted(lambda folder: files(folder, **tables), (f"{table}.csv", line, column))


def _wait(column: str, before: str, after: str) -> Planted:
    return _csv(column, 3, queue_log=WAITS + WAIT + WAIT.replace(before, after))


def _seat(column: str, before: str, after: str) -> Planted:
    return _csv(column, 3, seat_log=SEATS + SEAT + SEAT.replace(before, after, 1))


def _transfer(column: str, before: str, after: str) -> Planted:
    return _csv(column, 2, transfer=TRANSFERS + TRANSFER.replace(before, after, 1))


def _bytes(name: str, data: bytes, line: int, column: str = "") -> Planted:
    return Planted(lambda folder: (folder / name).write_bytes(data), (name, line, column))


def _parquet(select: str, column: str, line: int = 0) -> Planted:
    return Planted(
        lambda folder: duckdb.sql(f"copy ({select}) to '{folder}/gap.parquet' (format parquet)"),
        ("gap.parquet", line, column),
    )


_GAP = "select '12345' as switchboard, 1793462400.0 as since, 1793462420.0 as until, '' as why"

PLANTED: dict[str, Planted] = {
    "word of app_queue": _wait("how", "answered", "ANSWERED"),
    "word of queue_log": _wait("how", "answered", "COMPLETEAGENT"),
    "left before it joined": _wait("left_at", "1793462420,answered", "1793462399,answered"),
    "milliseconds": _wait("at", "1793462420,12345", "1793462420123,12345"),
    "milliseconds of a wait": _wait("joined_at", "1793462400", "1793462400123"),
    "no number": _wait("at", "1793462420,12345", "2026-11-24,12345"),
    "not a number": _wait("at", "1793462420,12345", "nan,12345"),
    "infinite": _wait("left_at", "1793462420,answered", "inf,answered"),
    "year 9999": _wait("at", "1793462420,12345", "253402300799,12345"),
    "before 1970": _wait("joined_at", "1793462400", "-5"),
    "a wait without an end": _wait("left_at", "1793462420,answered", "0,answered"),
    "a ring of a week": _wait("ring_s", ",5\n", ",604800\n"),
    "a ring before it began": _wait("ring_s", ",5\n", ",-1\n"),
    "no queue": _wait("queue", ",q,", ",,"),
    "known after it was over": _wait("at", "1793462420,12345", "1793462300,12345"),
    "unknown state": _seat("after", "ready,ready", "ready,talking"),
    "unknown state before": _seat("before", "ready,ready", "idle,ready"),
    "no seat": _seat("seat", "1001", ""),
    "no switchboard": _seat("switchboard", "12345", ""),
    "no instant": _seat("at", "1793462420,", ","),
    "no beginning": _seat("since", "1793462410", ""),
    "began after it ended": _seat("at", "1793462410", "1793462999"),
    "seat of a spreadsheet": _seat("seat", "1001", "1001.0"),
    "seat in exponents": _seat("seat", "1001", "1.001E+03"),
    "a blank behind a seat": _seat("seat", "1001", "1001 "),
    "a wide blank before a seat": _seat("seat", "1001", "\u30001001"),
    "a bell": _seat("why", ",x,", ",\x07,"),
    "a seat as long as a letter": _seat("seat", "1001", "9" * 300),
    "a comma in a number": _seat("at", "1793462420,", '"1,793,462,420",'),
    "outcome of another system": _transfer("outcome", "completed", "success"),
    "mode of another system": _transfer("mode", "warm", "attended"),
    "answered before it was pressed": _transfer("answered_at", "1793462405", "1793462300"),
    "ended before it was pressed": _transfer("ended_at", "1793462460", "1793462300"),
    "rang before it was pressed": _transfer("ringing_at", "1793462401", "1793462300"),
    "no id": _transfer("id", "t1", ""),
    "no press": _transfer("pressed_at", "1793462400", ""),
    "a gap that ends before it begins": _csv("until", gap=GAPS + "12345,1793462420,1793462400,x\n"),
    "a short row": _csv("ring_s", 2, queue_log=WAITS + WAIT.replace(",5\n", "\n")),
    "a long row": _csv("ring_s", 3, queue_log=WAITS + WAIT + WAIT.replace(",5\n", ",5,6\n")),
    "a column that is missing": _csv("joined_at", 1, queue_log=WAITS.replace("joined_at", "began") + WAIT),
    "a column twice": _csv("seat", 1, queue_log=WAITS.replace("\n", ",seat\n") + WAIT.replace("\n", ",1\n")),
    "a quote that is not closed": _csv("", 2, queue_log=WAITS + WAIT.replace("c1", '"c1')),
    "an empty file": _csv("", 1, queue_log=""),
    "GBK": _bytes("queue_log.csv", (WAITS + WAIT + WAIT.replace(",q,", ",热线,")).encode("gbk"), 3),
    "UTF-16": _bytes("queue_log.csv", (WAITS + WAIT).encode("utf-16"), 1),
    "a NUL": _bytes("queue_log.csv", (WAITS + WAIT.replace("c1", "c\0")).encode(), 2),
    "no Parquet": _bytes("gap.parquet", b"PAR1 and nothing else", 0),
    "Parquet with times": _parquet(_GAP.replace("1793462400.0", "timestamp '2026-11-01'"), "since"),
    "Parquet with a seat of fractions": _parquet(_GAP.replace("'12345'", "12345.0::double"), "switchboard"),
    "Parquet without a column": _parquet("select '12345' as switchboard, 1.0 as since, '' as why", "until"),
    "Parquet in milliseconds": _parquet(
        f"{_GAP} union all {_GAP.replace('1793462420.0', '1793462420000.0')}", "until", 2
    ),
}
"""Kinds of faults, each in a file that is right but for it."""
