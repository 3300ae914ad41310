"""The store's logs by column, for reports: DuckDB over Parquet files beside the database, and over what is newer than these.

``seat_log`` and ``queue_log`` only grow, so what has been copied never changes: ``<store>.columns/seat_log-<first>-<last>.parquet``
by the rows' numbers. With Redis they lie in ``redis.columns``. Files that ``onekey import`` has put there have a name instead. Other tables are read anew each time.
No reader holds a lock on the database, and no telephone number is in these tables.

Views: the tables of ``FORMATS``, and ``seat_last``: each seat's last change in each file, which tells its state since without
reading the files. ``gap`` has those that are still open, too, and the table ``seen`` the switchboards that a gateway has looked at.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import math
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from gateway.core.messages.records import GapRow, SeatRow
from gateway.core.values.ids import SeatId, SeatState, SwitchboardId
from gateway.durable_file import write_whole
from gateway.store import StoreError
from gateway.store.columnar.formats import (
    FORMATS,
    GROWING,
    MEMORY_MB,
    NEWEST,
    SEAT_LAST,
    casts,
    folder_of,
    listed,
    quoted,
    whole,
)
from gateway.store.columnar.imports import files_in_force, last_of, write
from gateway.store.columnar.log_rows import Batch, LogRows, SqliteRows, unseen

SEGMENT_ROWS = 50_000
"""From how many new rows on a file is written: some hours of a large site. Fewer are read from the database each time (0.1 s)."""
SEGMENT_ROWS_MAX = 1_000_000
"""After so many rows a file is written and the next begun: ten seconds of a server that is read for the first time."""
IMPORTS_MAX = 1_000_000
NEW_PLACE = 9_000_000_000_000_000
"""Places of rows among files: imports first, then files by their rows' numbers, then what is in no file yet."""
STATES = frozenset(map(str, SeatState))
ALWAYS, NEVER = (0.0, math.inf), (0.0, 0.0)
"""Times in which transfers were pressed: all of them, and none."""


@contextmanager
def opened(
    store: Path,
    url: str = "",
    pressed: tuple[float, float] = ALWAYS,
    memory_mb: int = MEMORY_MB,
    now: float | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB over the store: the database at ``store``, or the Redis server of ``url``. Of the transfers in it, which may change
    and so are read anew each time, only those that were ``pressed`` in a time. Gaps of switchboards that nobody sees any more last
    until ``now`` (None: by the clock). Raises StoreError where it cannot be read."""
    folder = folder_of(store, url)
    with tempfile.TemporaryDirectory(prefix="onekey-report-") as scratch:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": scratch,
            "preserve_insertion_order": "false",
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            rows = _rows_of(store, url)
            name = rows.name()
            if name is None and not any(files_in_force(folder, table) for table in FORMATS):
                what = "还没有记录，或数据库不在 / there are no records yet, or the database is away"
                raise StoreError(
                    what, rows.where, "启动网关；检查数据库的磁盘 / start the gateway; check the database's disk"
                )
            folder.mkdir(mode=0o700, exist_ok=True)
            seen = rows.seen()
            open_gaps = unseen(seen, time.time() if now is None else now)
            _views(
                connection, rows, name=name, folder=folder, scratch=Path(scratch), pressed=pressed, open_gaps=open_gaps
            )
            connection.execute("create table seen as select unnest(?::varchar[]) switchboard", [list(seen)])
            yield connection
        except (duckdb.Error, OSError) as error:
            what = f"读不到报表数据：{error} / cannot read the reports' data: {error}"
            raise StoreError(
                what, str(folder), f"检查权限和磁盘；可删除 {folder.name} 后重试 / check rights and disk"
            ) from error
        finally:
            connection.close()


def _rows_of(store: Path, url: str) -> LogRows:
    if not url:
        return SqliteRows(store)
    from gateway.store.redis.log_rows import RedisRows

    return RedisRows(url)


def prune(store: Path, until: float, *, dry_run: bool, url: str = "") -> int:
    """Remove the files that hold nothing newer than an instant, imported ones too. Returns how many. The small ``seat_last`` files
    stay: they say in which state a seat was when the kept time begins."""
    folder = folder_of(store, url)
    if not folder.exists():
        return 0
    gone = 0
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{MEMORY_MB}MB"})
    try:
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for table, column in NEWEST.items():
                for path in sorted(folder.glob(f"{table}-*.parquet")):
                    sql = f'select max("{column}") from read_parquet({quoted(str(path))})'
                    newest = (connection.execute(sql).fetchone() or (None,))[0]
                    if newest is None or newest < until:
                        gone += 1
                        if not dry_run:
                            path.unlink(missing_ok=True)
    except (duckdb.Error, OSError) as error:
        what = f"清理不了报表数据：{error} / cannot prune the reports' data: {error}"
        raise StoreError(what, str(folder), "检查权限和磁盘 / check rights and disk") from error
    finally:
        connection.close()
    return gone


# --- the views -------------------------------------------------------------------------------------------------------------


def _views(
    connection: duckdb.DuckDBPyConnection,
    rows: LogRows,
    name: str | None,
    folder: Path,
    scratch: Path,
    pressed: tuple[float, float],
    open_gaps: list[GapRow],
) -> None:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two reports at once copy a row once
        copied = _Copied(folder, rows)
        copied.check(name)
        for table in GROWING:
            _tail(connection, rows, copied, scratch, table)
    of_gap = list(FORMATS["gap"])
    still: Batch = [[getattr(gap, column) for column in of_gap] for gap in open_gaps]
    _whole_table(connection, "gap", chain(rows.gaps(of_gap), [still] if still else []), scratch)
    _whole_table(connection, "transfer", rows.transfers(list(FORMATS["transfer"]), *pressed), scratch)
    for table, format_ in FORMATS.items():
        columns = ", ".join(f'"{name}"' for name in format_)
        parts = [f"select {columns} from {table}_new"]
        if files := [*_own(folder, table), *files_in_force(folder, table)]:
            read = f"read_parquet({listed(files)}, union_by_name=true)"
            parts.append(f"select {columns} from {whole(table, read)}")
        connection.execute(f"create view {table} as {' union all '.join(parts)}")
    last = f"select *, {NEW_PLACE} place from ({last_of('seat_log_new', 'n')})"
    connection.execute(f"create view seat_last as {_placed(folder, 'seat_last', SEAT_LAST, last, '')}")
    columns, row = ", ".join(f'"{name}"' for name in FORMATS["seat_log"]), ", file_row_number as n"
    new = f"select {columns}, {NEW_PLACE} place, n from seat_log_new"
    connection.execute(f"create view seat_rows as {_placed(folder, 'seat_log', FORMATS['seat_log'], new, row)}")


def _own(folder: Path, table: str) -> list[Path]:
    """Files of the store's own rows, oldest first."""
    return sorted(folder.glob(f"{table}-[0-9]*-*.parquet"), key=lambda path: int(path.stem.rpartition("-")[2]))


def _placed(folder: Path, table: str, columns: dict[str, str], new: str, row: str) -> str:
    """Rows of the files and new ones, with ``place``, which says of two files which was written later: of changes at one instant the later
    one lasts. Every file by itself: types of one are no types of another."""
    parts = [new]
    read = "read_parquet({}, filename=true, union_by_name=true, file_row_number=true)"
    if files := _own(folder, table):
        number = f"cast(regexp_extract(filename, '{table}-([0-9]+)-[0-9]+\\.parquet$', 1) as bigint)"
        parts.append(f"select {casts(columns)}, {number} as place{row} from {read.format(listed(files))}")
    for place, path in enumerate(files_in_force(folder, table), -IMPORTS_MAX):
        parts.append(f"select {casts(columns)}, {place} as place{row} from {read.format(listed([path]))}")
    return " union all ".join(parts)


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
            at,
            SwitchboardId(switchboard),
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


class _Copied:
    """How far the logs have become files. Rows are known by their numbers in one store, so ``store.json`` keeps its name and, of each log,
    the last number that was copied with a digest of its row: files of another store, or of a state that a backup has undone, would hide
    rows that there are and show some that are not."""

    def __init__(self, folder: Path, rows: LogRows) -> None:
        self.folder, self._rows = folder, rows
        self._file = folder / "store.json"
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):  # cut off by a power cut it says nothing
            kept = {}
        self._name: str = kept.get("name", "")
        self._last: dict[str, list[Any]] = kept.get("last", {})

    def until(self, table: str) -> int:
        """The number of the last row that is in a file."""
        files = _own(self.folder, table)
        return int(files[-1].stem.rpartition("-")[2]) if files else 0

    def check(self, name: str | None) -> None:
        """Raises StoreError where the files are not those of the store of this name, as it is now."""
        strange = name is None and any(self.until(table) for table in GROWING)
        if name:
            strange = self._name not in ("", name) or any(map(self._undone, GROWING))
        if strange:
            what = "报表文件属于另一个数据库，或比它新 / the reports' files are of another database, or newer than it"
            remedy = f"移走 {self.folder.name}，会重新生成；导入过的须再导入 / move {self.folder.name} away, it is made anew; import again what was imported"
            raise StoreError(what, str(self.folder), remedy)
        if name and not self._name:
            self._name = name
            self._last = {table: [n, self._digest(table, n)] for table in GROWING if (n := self.until(table))}
            self._keep()

    def _undone(self, table: str) -> bool:
        number, digest = self._last.get(table, (0, ""))
        now = self._digest(table, number) if number else ""
        return max(number, self.until(table)) > self._rows.newest(table) or (now not in ("", digest))

    def _digest(self, table: str, number: int) -> str:
        """Of a row; empty where there is none."""
        row = self._rows.row(table, list(FORMATS[table]), number)
        return hashlib.sha256(json.dumps(list(row)).encode()).hexdigest()[:16] if row is not None else ""

    def went_on(self, table: str, last: int) -> None:
        """Rows up to this one are in a file now."""
        self._last[table] = [last, self._digest(table, last)]
        if self._name:
            self._keep()

    def _keep(self) -> None:
        write_whole(self._file, json.dumps({"name": self._name, "last": self._last}).encode())


def _tail(connection: duckdb.DuckDBPyConnection, rows: LogRows, copied: _Copied, scratch: Path, table: str) -> None:
    """What is newer than the files; if it is much, it becomes one. Very much becomes one by one: who is cut off goes on behind them."""
    columns, path = list(FORMATS[table]), scratch / f"{table}.csv"
    batches = iter(rows.growing(table, columns, copied.until(table)))
    more = True
    while more:
        first, last, count = _spill(batches, ["n", *columns], path, SEGMENT_ROWS_MAX)
        _load(connection, f"{table}_new", {"n": "bigint", **FORMATS[table]}, path)
        more = count >= SEGMENT_ROWS_MAX
        if count < SEGMENT_ROWS:
            return
        into = copied.folder / f"{table}-{first}-{last}.parquet"
        if table == "seat_log":
            write(connection, last_of("seat_log_new", "n"), copied.folder / f"seat_last-{first}-{last}.parquet")
        write(connection, f"select * exclude (n) from {table}_new order by n", into)
        copied.went_on(table, last)
        connection.execute(f"delete from {table}_new")


def _whole_table(connection: duckdb.DuckDBPyConnection, table: str, batches: Iterable[Batch], scratch: Path) -> None:
    """What may change is read anew."""
    path = scratch / f"{table}.csv"
    _spill(batches, list(FORMATS[table]), path)
    _load(connection, f"{table}_new", FORMATS[table], path)


def _spill(batches: Iterable[Batch], names: list[str], path: Path, rows_max: float = math.inf) -> tuple[Any, Any, int]:
    """Rows into a CSV file, in batches, until there are so many. Returns the first value of the first and of the last, and how many
    they are."""
    first = last = None
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for rows in batches:
            writer.writerows(rows)
            first, last, count = rows[0][0] if first is None else first, rows[-1][0], count + len(rows)
            if count >= rows_max:
                break
    return first, last, count


def _load(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], path: Path) -> None:
    kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    read = f"read_csv({quoted(str(path))}, header=true, columns={{{kinds}}}, quote='\"', escape='\"', nullstr='\\N', null_padding=false)"
    connection.execute(f"create or replace table {table} as select * from {read}")
