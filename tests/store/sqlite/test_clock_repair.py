"""Records of a clock that was five years ahead: found, shown first, and put right; sound ones stay as they are."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.messages.records import GapRow, QueueRow, SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.reporting import job
from gateway.reporting.job import ReportJob
from gateway.store import SeenRow, StoreError, StoreRecord
from gateway.store.columnar.parquet import folder_of, locked
from gateway.store.columnar.session import opened
from gateway.store.sqlite.clock_repair import repair, survey
from gateway.store.sqlite.store import SqliteStore
from tests.store.contract import context, transfer

A = SwitchboardId("12345")
T = 1_793_462_400.0  # 2026-11-01T00:00+08:00
AHEAD = T + 5 * 365 * 86400.0
NOW = T + 1000


def seat(at: float, before: SeatState, after: SeatState, since: float) -> SeatRow:
    """A change of the seat."""
    return SeatRow(at=at, switchboard=A, seat=SeatId("1001"), before=before, after=after, why="x", call="", since=since)


ROWS: list[StoreRecord] = [
    seat(T + 100, SeatState.UNKNOWN, SeatState.READY, T + 100),
    seat(AHEAD, SeatState.READY, SeatState.TALK, T + 100),
    QueueRow(
        at=AHEAD,
        switchboard=A,
        queue="q",
        call="c",
        joined_at=T + 200,
        left_at=AHEAD,
        how="answered",
        seat=SeatId("1001"),
    ),
    seat(T + 300, SeatState.TALK, SeatState.READY, T + 250),
    seat(AHEAD + 1, SeatState.READY, SeatState.PAUSED, AHEAD + 1),
    seat(T + 400, SeatState.READY, SeatState.PAUSED, T + 300),
    seat(AHEAD + 9, SeatState.PAUSED, SeatState.OFFLINE, T + 400),
    GapRow(A, T + 50, AHEAD + 10, "gateway"),
    SeenRow(A, AHEAD + 10),
]


async def stored(folder: Path, *more: StoreRecord) -> Path:
    """A store with these records."""
    path = folder / "onekey.db"
    store = SqliteStore(path)
    for record in (*ROWS, *more):
        store.write(record)
    await store.flush()
    await store.close()
    return path


async def test_shown_first_and_put_right(tmp_path: Path) -> None:
    """What lies ahead is counted by table; afterwards nothing does, and a gap stands for the time of the logs."""
    path = await stored(
        tmp_path,
        replace(transfer(1), pressed_at=T + 200, ringing_at=AHEAD, answered_at=AHEAD, ended_at=AHEAD),
        context(1, at=AHEAD, arrived_at=T + 150, ended_at=AHEAD),
    )
    counts = {one.table: one.count for one in survey(path, NOW)}
    assert counts == {"seat_log": 3, "queue_log": 1, "gap": 1, "seen": 1, "transfer": 1, "context": 1}
    assert {one.table: one.count for one in survey(path, NOW)} == counts, "a look changes nothing"
    assert {one.table: one.count for one in repair(path, NOW)} == counts
    assert survey(path, NOW) == []
    store = SqliteStore(path)
    assert [(row.at, row.after) for row in await store.last_seats()] == [(T + 400, SeatState.PAUSED)]
    assert (await store.seen())[A] == NOW
    assert await store.gaps(0.0, 9e9) == [GapRow(A, T + 50, NOW, "clock")]
    (done,) = await store.transfers(9)
    assert (done.pressed_at, done.answered_at, done.ended_at) == (T + 200, T + 200, T + 200)
    found = await store.context(context(1).id)
    assert found is not None
    assert (found.arrived_at, found.ended_at) == (T + 150, T + 150)
    await store.close()


async def test_reports_are_right_again(tmp_path: Path) -> None:
    """Before, a state of the year 2031 was the seat's last one, and its open state that of no time; files of the log are made anew."""
    path = await stored(tmp_path)
    with opened(path, now=NOW):
        pass
    repair(path, NOW)
    (line,) = job.make(
        ReportJob(report="seats", store=str(path), since="2026-11-01", until="2026-11-01T00:30"), NOW + 10
    ).dicts()
    assert (line["paused_s"], line["unknown_s"]) == (10.0, NOW - T - 100)


async def test_a_sound_store_is_left_alone(tmp_path: Path) -> None:
    """Nothing is ahead of the future itself; a database that is not there has nothing."""
    path = await stored(tmp_path)
    assert survey(path, AHEAD + 100) == []
    assert survey(tmp_path / "none.db", NOW) == []
    (tmp_path / "odd.db").write_bytes(b"no database at all, but long enough to be read as one" * 40)
    with pytest.raises(StoreError):
        await asyncio.to_thread(survey, tmp_path / "odd.db", NOW)


async def test_reports_files_go_only_when_nobody_is_at_them(tmp_path: Path) -> None:
    """A report that holds the folder is waited for; then the store's own files go, and those of imports stay."""
    path = await stored(tmp_path)
    folder = folder_of(path)
    folder.mkdir()
    own, brought = folder / "seat_log-1-9.parquet", folder / "seat_log-2024.ab12cd34-0.parquet"
    own.touch()
    brought.touch()
    working = threading.Thread(target=repair, args=(path, NOW))
    with locked(folder):
        inode = (folder / "lock").stat().st_ino
        working.start()
        while working.is_alive() and not waited_for(inode):
            working.join(0.01)
        assert (own.exists(), working.is_alive()) == (True, True)
    working.join()
    assert (own.exists(), brought.exists()) == (False, True)


def waited_for(inode: int) -> bool:
    """True where somebody waits for a lock on this file."""
    lines = Path("/proc/locks").read_text("ascii").splitlines()
    return any("->" in line and f":{inode} " in line for line in lines)
