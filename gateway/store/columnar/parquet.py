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
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from gateway.core.messages.records import GapRow
from gateway.durable_file import put_in_place, write_whole
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.store import StoreError, texts
from gateway.store.columnar.log_rows import Batch, LogRows, SqliteRows, unseen

FORMATS: dict[str, dict[str, str]] = {
    "seat_log": {
        "at": "double", "switchboard": "varchar", "seat": "varchar", "before": "varchar", "after": "varchar",
        "why": "varchar", "call": "varchar", "since": "double",
    },
    "queue_log": {
        "at": "double", "switchboard": "varchar", "queue": "varchar", "call": "varchar", "joined_at": "double",
        "left_at": "double", "how": "varchar", "seat": "varchar", "ring_s": "double",
    },
    "transfer": {
        "id": "varchar", "home": "varchar", "call": "varchar", "transferer_switchboard": "varchar",
        "transferer": "varchar", "target": "varchar", "mode": "varchar", "by": "varchar", "outcome": "varchar",
        "reason": "varchar", "pressed_at": "double", "ringing_at": "double", "answered_at": "double", "ended_at": "double",
        "matter": "varchar",
    },
    "gap": {"switchboard": "varchar", "since": "double", "until": "double", "why": "varchar"},
}  # fmt: skip
"""The tables and their columns, which is also what ``onekey import`` takes. Instants are seconds since 1970."""
LATER = {"transfer": ("matter",)}
"""Columns that files of an older onekey, or of another system, need not have: not known there (law 7)."""

GROWING = ("seat_log", "queue_log")
NEWEST = {"seat_log": "at", "queue_log": "at", "transfer": "pressed_at", "gap": "until"}
"""The column that says how new a row is."""
SEGMENT_ROWS = 50_000
"""From how many new rows on a file is written: some hours of a large site. Fewer are read from the database each time (0.1 s)."""
SEGMENT_ROWS_MAX = 1_000_000
"""After so many rows a file is written and the next begun: ten seconds of a server that is read for the first time."""
ALWAYS, NEVER = (0.0, math.inf), (0.0, 0.0)
"""Times in which transfers were pressed: all of them, and none."""
MEMORY_MB = 384
"""What DuckDB may take; beyond it works on the disk."""


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
            if name is None and not list(folder.glob("*-import-*")):
                what = texts.THERE_ARE_NO_RECORDS_YET
                raise StoreError(what, rows.where, texts.START_THE_GATEWAY)
            folder.mkdir(mode=0o700, exist_ok=True)
            seen = rows.seen()
            open_gaps = unseen(seen, time.time() if now is None else now)
            _views(
                connection, rows, name=name, folder=folder, scratch=Path(scratch), pressed=pressed, open_gaps=open_gaps
            )
            connection.execute("create table seen as select unnest(?::varchar[]) switchboard", [list(seen)])
            yield connection
        except (duckdb.Error, OSError) as error:
            what = texts.CANNOT_READ_THE_REPORTS_DATA(error=error)
            raise StoreError(what, str(folder), texts.CHECK_OR_DELETE_THE_FILE(name=folder.name)) from error
        finally:
            connection.close()


def folder_of(store: Path, url: str = "") -> Path:
    """Where the files of a store lie: beside the database, and with Redis where that would be."""
    return store.with_name("redis.columns" if url else store.name + ".columns")


def _rows_of(store: Path, url: str) -> LogRows:
    if not url:
        return SqliteRows(store)
    from gateway.store.redis.log_rows import RedisRows

    return RedisRows(url)


def bring_in(
    store: Path, folder: Path, name: str, url: str = "", bytes_max: int = DOOR_LIMITS.logs_bytes_max
) -> dict[str, int]:
    """Copy ``<table>*.parquet`` or ``.csv`` of a folder into the store's files as ``name``. Returns the rows of each table.

    All files are checked first. Raises StoreError for a file that has not the columns of ``FORMATS``, and if there is none.
    """
    if not re.fullmatch(r"[0-9A-Za-z_]{1,60}", name):
        raise StoreError(texts.ALPHABET_OF_A_NAME, name, texts.RENAME_IT)
    found = [(table, path) for table in FORMATS for path in sorted(folder.glob(f"{table}*")) if _reader(path)]
    if not found:
        what = texts.NOTHING_TO_IMPORT
        raise StoreError(what, str(folder), texts.FILES_ARE_NAMED_AFTER_THE_TABLES(formats=", ".join(FORMATS)))
    for _, path in found:
        if not path.is_file() or path.stat().st_size > bytes_max:
            what = texts.MUST_BE_A_REGULAR_FILE(bytes_max=bytes_max)
            raise StoreError(what, str(path), texts.DIVIDE_THE_FILE)
    counts = dict.fromkeys(FORMATS, 0)
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{MEMORY_MB}MB"})
    try:
        for table, path in found:
            counts[table] += _count(connection, table, path)
        into = folder_of(store, url)
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, (table, path) in enumerate(found):
            order = {"gap": "since", "transfer": "pressed_at"}.get(table, "at")
            select = f'select {_cast(table)} from {_whole(table, _source(path))} order by "{order}"'
            _write(connection, select, into / f"{table}-import-{name}-{number}.parquet")
            if table == "seat_log":
                _write(connection, _last(_source(path)), into / f"seat_last-import-{name}-{number}.parquet")
    finally:
        connection.close()
    return counts


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
                    sql = f'select max("{column}") from {_source(path)}'
                    newest = (connection.execute(sql).fetchone() or (None,))[0]
                    if newest is None or newest < until:
                        gone += 1
                        if not dry_run:
                            path.unlink(missing_ok=True)
    except (duckdb.Error, OSError) as error:
        what = texts.CANNOT_PRUNE_THE_REPORTS_DATA(error=error)
        raise StoreError(what, str(folder), texts.CHECK_RIGHTS_AND_DISK) from error
    finally:
        connection.close()
    return gone


def _last(source: str) -> str:
    """Each seat's last change: of two at one instant the one that began there."""
    pick = 'arg_max(after, {"at": "at", "since": since})'
    return f'select switchboard, seat, max("at") as "at", {pick} as after from {source} group by all'


def _reader(path: Path) -> str:
    return {".parquet": "read_parquet", ".csv": "read_csv"}.get(path.suffix, "")


def _source(path: Path) -> str:
    return f"{_reader(path)}({_quoted(str(path))})"


def _whole(table: str, source: str) -> str:
    """A source with the columns of ``LATER`` that it lacks, empty."""
    later = LATER.get(table, ())
    if not later:
        return source
    none = ", ".join(f"cast('' as {FORMATS[table][name]}) as \"{name}\"" for name in later)
    return f"(select * from (select {none}) where false union all by name select * from {source})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cast(table: str) -> str:
    return ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in FORMATS[table].items())


def _count(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    try:
        # every cast is tried: a text where an instant belongs shows now
        line = connection.execute(
            f"select count(*), max(columns(*)) from (select {_cast(table)} from {_whole(table, _source(path))})"
        )
        return int((line.fetchone() or (0,))[0])
    except duckdb.Error as error:
        columns = ", ".join(FORMATS[table])
        raise StoreError(
            texts.NOT_OF_THE_FORMAT(error=error), str(path), texts.NEEDED_COLUMNS(columns=columns)
        ) from error


def _write(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """A file that is whole or not there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    connection.execute(f"copy ({select}) to {_quoted(str(partial))} (format parquet, compression zstd)")
    partial.chmod(0o600)
    put_in_place(partial, path)


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
        files = [str(path) for path in sorted(folder.glob(f"{table}-*.parquet"))]
        columns = ", ".join(f'"{name}"' for name in format_)
        parts = [f"select {columns} from {table}_new"]
        if files:
            read = f"read_parquet([{', '.join(map(_quoted, files))}], union_by_name=true)"
            parts.append(f"select {columns} from {_whole(table, read)}")
        connection.execute(f"create view {table} as {' union all '.join(parts)}")
    ends = [str(path) for path in sorted(folder.glob("seat_last-*.parquet"))]
    files_too = f" union all select * from read_parquet([{', '.join(map(_quoted, ends))}])" if ends else ""
    connection.execute(f"create view seat_last as {_last('seat_log_new')}{files_too}")


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
        files = self.folder.glob(f"{table}-[0-9]*-*.parquet")
        return max((int(path.stem.rpartition("-")[2]) for path in files), default=0)

    def check(self, name: str | None) -> None:
        """Raises StoreError where the files are not those of the store of this name, as it is now."""
        strange = name is None and any(self.until(table) for table in GROWING)
        if name:
            strange = self._name not in ("", name) or any(map(self._undone, GROWING))
        if strange:
            what = texts.REPORTS_FILES_ARE_OF_ANOTHER_DATABASE
            remedy = texts.MOVE_NAME_AWAY(name=self.folder.name)
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
            _write(connection, _last("seat_log_new"), copied.folder / f"seat_last-{first}-{last}.parquet")
        _write(connection, f"select * exclude (n) from {table}_new order by n", into)
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
    read = f"read_csv({_quoted(str(path))}, header=true, columns={{{kinds}}}, quote='\"', escape='\"', nullstr='\\N', null_padding=false)"
    connection.execute(f"create or replace table {table} as select * from {read}")
