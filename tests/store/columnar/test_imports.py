"""Imports: every cell by our types, every fault with its place, all or nothing, in place of the import of that name."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from gateway.core.messages.records import SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.reporting import job
from gateway.reporting.job import ReportJob
from gateway.store import StoreError
from gateway.store.columnar.imports import Imported, ImportRefused, bring_in, imported, undo
from gateway.store.columnar.log_reading import seat_rows
from gateway.store.columnar.parquet import FORMATS, folder_of, prune
from gateway.store.columnar.session import opened
from gateway.store.sqlite.store import SqliteStore
from tests.store.columnar.planted import PLANTED, SEAT, SEATS, WAIT, WAITS, files

MIDNIGHT = 1_793_462_400.0  # 2026-11-01T00:00+08:00
DAY = ("2026-11-01", "2026-11-02")


def brought(folder: Path, name: str = "nov", **tables: str) -> dict[str, int]:
    """The counts of an import of these files' texts."""
    return bring_in(folder / "onekey.db", files(folder / "-".join([name, *tables]), **tables), name)


def report(folder: Path, name: str = "seats", now: float = MIDNIGHT + 86400, **asked: str) -> list[dict[str, object]]:
    """A day's report, as rows by column."""
    since, until = DAY
    wish = ReportJob(report=name, store=str(folder / "onekey.db"), since=since, until=until, **asked)  # type: ignore[arg-type]
    return job.make(wish, now).dicts()


def kept(folder: Path) -> list[str]:
    """Names of the files of columns, without what is no import's."""
    found = folder_of(folder / "onekey.db").glob("*.parquet")
    return sorted(path.name.partition("-")[0] for path in found)


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_is_named_where_it_stands(tmp_path: Path, name: str) -> None:
    """File, line and column of each fault, and a remedy; no word of the reader's; and nothing is taken."""
    planted = PLANTED[name]
    folder = tmp_path / "in"
    folder.mkdir()
    planted.write(folder)
    with pytest.raises(ImportRefused) as refused:
        bring_in(tmp_path / "onekey.db", folder, "nov")
    places = [(fault.file, fault.line, fault.column) for fault in refused.value.faults]
    assert planted.place in places, str(refused.value)
    assert all(fault.remedy and " / " in fault.what for fault in refused.value.faults)
    assert not any(
        word in str(refused.value) for word in ("Conversion", "CSV Error", "read_csv", "ignore_errors", "SELECT")
    )
    assert not list(tmp_path.rglob("*.parquet.*"))
    assert kept(tmp_path) == []


def test_every_fault_at_once(tmp_path: Path) -> None:
    """All files are read before anything is said."""
    words = WAITS + WAIT.replace("answered", "ANSWERED") + WAIT.replace("1793462420,answered", "1793462399,answered")
    with pytest.raises(ImportRefused) as refused:
        brought(tmp_path, queue_log=words, seat_log=SEATS + SEAT.replace("ready", "talking"))
    found = {(fault.file, fault.line, fault.column) for fault in refused.value.faults}
    assert found == {
        ("queue_log.csv", 2, "how"),
        ("queue_log.csv", 3, "left_at"),
        ("seat_log.csv", 2, "after"),
        ("seat_log.csv", 2, "before"),
    }


def test_many_faults_are_counted(tmp_path: Path) -> None:
    """Of a file of nothing but faults the first are named, and that there are more."""
    with pytest.raises(ImportRefused, match="more") as refused:
        brought(tmp_path, queue_log=WAITS + 1000 * WAIT.replace("answered", "ANSWERED"))
    assert len(refused.value.faults) == 21


def test_numbers_of_seats_are_texts(tmp_path: Path) -> None:
    """Seats of digits, with zeros before them and of letters, each import by itself: none becomes another's type."""
    brought(tmp_path, "a", seat_log=SEATS + SEAT)
    brought(tmp_path, "b", seat_log=SEATS + SEAT.replace("1001", "A01"))
    brought(tmp_path, "c", seat_log=SEATS + SEAT.replace("1001", "0017"))
    assert sorted(str(line["seat"]) for line in report(tmp_path)) == ["0017", "1001", "A01"]


def test_files_of_an_older_onekey_are_read(tmp_path: Path) -> None:
    """Last states that were never cast: one of numbers, one of letters, are read, listed and taken out."""
    folder = folder_of(tmp_path / "onekey.db")
    folder.mkdir()
    for number, seat in enumerate(("17", "'0017'", "'A01'")):
        log = f"select {MIDNIGHT} as at, '12345' switchboard, cast({seat} as varchar) seat, 'offline' as before, 'ready' as after, '' why, '' call, {MIDNIGHT} as since"
        duckdb.sql(f"copy ({log}) to '{folder}/seat_log-import-old{number}-0.parquet'")
        last = f"select '12345' switchboard, {seat} seat, cast({MIDNIGHT} as bigint) as at, 'ready' as after"
        duckdb.sql(f"copy ({last}) to '{folder}/seat_last-import-old{number}-0.parquet'")
    assert sorted((str(line["seat"]), line["ready_s"]) for line in report(tmp_path)) == [
        ("0017", 86400.0),
        ("17", 86400.0),
        ("A01", 86400.0),
    ]
    (first, *_) = imported(tmp_path / "onekey.db")
    assert (first.name, first.rows["seat_log"], first.switchboards) == ("old0", 1, ("12345",))
    brought(tmp_path, "old0", queue_log=WAITS + WAIT)
    assert sorted(str(line["seat"]) for line in report(tmp_path)) == ["0017", "A01"]
    undo(tmp_path / "onekey.db", "old1")
    assert [str(line["seat"]) for line in report(tmp_path)] == ["A01"]


def test_the_same_name_replaces(tmp_path: Path) -> None:
    """What an import of this name had brought is gone, whatever files it had."""
    assert brought(tmp_path, queue_log=WAITS + WAIT)["queue_log"] == 1
    assert brought(tmp_path, queue_log=WAITS + WAIT, seat_log=SEATS + SEAT)["seat_log"] == 1
    (line,) = report(tmp_path, "queues")
    assert line["offered"] == 1
    assert kept(tmp_path) == ["queue_log", "seat_last", "seat_log"]
    brought(tmp_path, seat_log=SEATS + SEAT)
    assert kept(tmp_path) == ["seat_last", "seat_log"]


def test_a_refused_import_leaves_the_one_before(tmp_path: Path) -> None:
    """A name stands for the last whole import; a late fault, behind 25,000 good rows, undoes nothing else."""
    brought(tmp_path, queue_log=WAITS + WAIT)
    late = SEATS + 25_000 * SEAT + SEAT.replace("1793462410", "soon")
    with pytest.raises(ImportRefused) as refused:
        brought(tmp_path, queue_log=WAITS + 2 * WAIT, seat_log=late)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column) == ("seat_log.csv", 25_002, "since")
    (line,) = report(tmp_path, "queues")
    assert line["offered"] == 1


def test_a_cut_before_the_list_is_written_leaves_nothing_in_force(tmp_path: Path) -> None:
    """Files that no list names do not count: the power may go between them and the list."""
    brought(tmp_path, queue_log=WAITS + WAIT)
    (folder_of(tmp_path / "onekey.db") / "imports.json").unlink()
    assert imported(tmp_path / "onekey.db") == []
    with pytest.raises(StoreError, match="no records yet"):
        report(tmp_path, "queues")


def test_a_damaged_list_is_said(tmp_path: Path) -> None:
    """A list that is no list any more is an error with what to do, never an empty one."""
    brought(tmp_path, queue_log=WAITS + WAIT)
    (folder_of(tmp_path / "onekey.db") / "imports.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        imported(tmp_path / "onekey.db")


def test_listed_and_undone(tmp_path: Path) -> None:
    """An import is listed with its rows, switchboards and span, and can be taken out; another stays."""
    store = tmp_path / "onekey.db"
    brought(tmp_path, "a", queue_log=WAITS + WAIT)
    brought(tmp_path, "b", seat_log=SEATS + SEAT)
    (first, second) = imported(store)
    assert (first.name, first.rows["queue_log"], first.switchboards, first.until) == ("a", 1, ("12345",), 1793462420.0)
    assert isinstance(second, Imported)
    assert undo(store, "a").name == "a"
    assert [one.name for one in imported(store)] == ["b"]
    assert kept(tmp_path) == ["seat_last", "seat_log"]
    with pytest.raises(StoreError, match="no import a"):
        undo(store, "a")


def test_retention_takes_imports_too(tmp_path: Path) -> None:
    """A file that retention has removed is no error of a report, nor of the list."""
    brought(tmp_path, queue_log=WAITS + WAIT, seat_log=SEATS + SEAT)
    assert prune(tmp_path / "onekey.db", MIDNIGHT + 86400, dry_run=False) == 2
    assert report(tmp_path, "queues") == []
    assert [one.name for one in imported(tmp_path / "onekey.db")] == ["nov"]


def test_one_switchboards_rows_never_move_anothers_now(tmp_path: Path) -> None:
    """A made-up month of one that no gateway has seen lasts to its own end; a live switchboard's open states end now."""
    ahead = SEAT.replace("12345", "999").replace("1793462420", "1793500000").replace("1793462410", "1793499000")
    brought(tmp_path, seat_log=SEATS + ahead + SEAT)
    lines = {str(line["switchboard"]): line for line in report(tmp_path, now=MIDNIGHT + 2013)}
    assert lines["12345"]["ready_s"] == pytest.approx(2013 - 10)
    (capacity,) = [
        line for line in report(tmp_path, "capacity", now=MIDNIGHT + 2013, step="1h") if line["switchboard"] == "12345"
    ][-1:]
    assert str(capacity["begin"]).endswith("00:00")


def test_changes_at_one_instant_keep_their_order(tmp_path: Path) -> None:
    """Of logs of whole seconds the last row of an instant is the state that lasts, in the report and row by row."""
    at = "1793500000"
    words = [
        ("on_call.talk", "wrap_up", "1793499000"),
        ("wrap_up", "ready", at),
        ("ready", "paused", at),
        ("paused", "offline", at),
    ]
    rows = "".join(f"{at},12345,1001,{before},{after},x,,{since}\n" for before, after, since in words)
    brought(tmp_path, seat_log=SEATS + rows)
    (line,) = report(tmp_path)
    assert (line["offline_s"], line["ready_s"]) == (MIDNIGHT + 86400 - 1793500000, 0.0)
    with opened(tmp_path / "onekey.db") as connection:
        found = seat_rows(connection, 0.0, 4e9)
    assert [row.after for row in found][-1] is SeatState.OFFLINE


async def test_ties_between_an_import_and_the_stores_own_rows(tmp_path: Path) -> None:
    """What a gateway has seen itself is the later word on an instant."""
    store = SqliteStore(tmp_path / "onekey.db")
    board, seat = SwitchboardId("12345"), SeatId("1001")
    for after in (SeatState.READY, SeatState.PAUSED):
        store.write(
            SeatRow(
                at=1793462420.0,
                switchboard=board,
                seat=seat,
                before=SeatState.RINGING,
                after=after,
                why="x",
                call="",
                since=1793462410.0,
            )
        )
    await store.flush()
    await store.close()
    brought(tmp_path, seat_log=SEATS + SEAT)
    (line,) = report(tmp_path)
    assert line["paused_s"] == MIDNIGHT + 86400 - 1793462420


@pytest.mark.parametrize("file", ["seat_log-2024.ab12cd34-0", "seat_log-2024-1.ab12cd34-0", ""])
async def test_an_import_may_be_named_after_a_year(tmp_path: Path, file: str) -> None:
    """No file of an import, of this onekey or the one before, is taken for one of the store's own rows: none is counted twice, and none of
    these is hidden."""
    store, board, seat = SqliteStore(tmp_path / "onekey.db"), SwitchboardId("12345"), SeatId("1002")
    words = {"switchboard": board, "seat": seat, "why": "x", "call": ""}
    store.write(
        SeatRow(at=MIDNIGHT + 60, before=SeatState.OFFLINE, after=SeatState.READY, since=MIDNIGHT + 60, **words)  # type: ignore[arg-type]
    )
    await store.flush()
    await store.close()
    brought(tmp_path, "2024", seat_log=SEATS + SEAT, queue_log=WAITS + WAIT)
    folder = folder_of(tmp_path / "onekey.db")
    if file:  # as an onekey before this one has named it
        old = next(path for path in folder.glob("seat_log-*"))
        old.rename(folder / f"{file}.parquet")
        names = (folder / "imports.json").read_text("utf-8").replace(old.stem, file)
        (folder / "imports.json").write_text(names, "utf-8")
    with opened(tmp_path / "onekey.db") as connection:
        (count,) = connection.execute("select count(*) from seat_log").fetchone() or (0,)
    assert count == 2
    assert sorted(str(line["seat"]) for line in report(tmp_path)) == ["1001", "1002"]
    (line,) = report(tmp_path, "queues")
    assert line["offered"] == 1
    assert [one.name for one in imported(tmp_path / "onekey.db")] == ["2024"]


def test_what_is_accepted(tmp_path: Path) -> None:
    """A byte order mark, line ends of Windows, semicolons, quotes, blank lines and columns in another order are no faults; what is not
    told of an end is 0."""
    text = WAITS + WAIT.replace("answered,1001,5", "unknown,,").replace("1793462420,unknown", ",unknown") + "\n" + WAIT
    odd = "\ufeff" + text.replace(",", ";").replace("\n", "\r\n").replace("12345", '"12345"')
    assert brought(tmp_path, queue_log=odd)["queue_log"] == 2
    assert brought(tmp_path, "turned", gap="why,until,since,switchboard\nx,1793462420,1793462400,12345\n")["gap"] == 1


def test_parquet_by_its_types(tmp_path: Path) -> None:
    """Numbers of any width are seconds and whole numbers are seats; the last row of an instant lasts, as in CSV."""
    folder = tmp_path / "in"
    folder.mkdir()
    row = "select 1793462420 as at, 12345 as switchboard, 1001 as seat, 'ringing' as before, '{}' as after, '' as why, null as call, 1793462410.5 as since"
    both = f"{row.format('ready')} union all {row.format('paused')}"
    duckdb.sql(f"copy ({both}) to '{folder}/seat_log.parquet' (format parquet)")
    assert bring_in(tmp_path / "onekey.db", folder, "nov")["seat_log"] == 2
    (line,) = report(tmp_path)
    assert (line["seat"], line["paused_s"], line["ready_s"]) == ("1001", MIDNIGHT + 86400 - 1793462420, 0.0)


def test_the_list_names_no_rows(tmp_path: Path) -> None:
    """What is kept of an import beside its files is counts, names and instants."""
    brought(tmp_path, queue_log=WAITS + WAIT)
    entry = json.loads((folder_of(tmp_path / "onekey.db") / "imports.json").read_text())["nov"]
    assert set(entry) == {"at", "rows", "switchboards", "since", "until", "files"}
    assert set(entry["rows"]) == set(FORMATS)
