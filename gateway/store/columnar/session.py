"""The logs by column, opened for a report: a DuckDB with a view of each table over its files and over what is newer.

Views: the tables of ``FORMATS``, and ``seat_last``: each seat's last change in each file, which tells its state since without
reading the files. ``gap`` has those that are still open, too, and the table ``seen`` the switchboards that a gateway has looked at.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb

from gateway.core.messages.records import GapRow
from gateway.durable_file import give_to_owner
from gateway.store import StoreError, texts
from gateway.store.columnar.imports import files_in_force
from gateway.store.columnar.log_rows import Batch, LogRows, SqliteRows, unseen
from gateway.store.columnar.parquet import (
    FORMATS,
    MEMORY_MB,
    SEAT_LAST,
    casts,
    folder_of,
    last_of_each,
    listed,
    locked,
    own_files,
    with_later,
)
from gateway.store.columnar.segments import GROWING, Copied, load, spill, tail

IMPORTS_MAX = 1_000_000
NEW_PLACE = 9_000_000_000_000_000
"""Places of rows among files: imports first, then files by their rows' numbers, then what is in no file yet."""
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
            rows = rows_of(store, url)
            name = rows.name()
            if name is None and not any(files_in_force(folder, table) for table in (*FORMATS, "seat_last")):
                what = texts.THERE_ARE_NO_RECORDS_YET
                raise StoreError(what, rows.where, texts.START_THE_GATEWAY)
            folder.mkdir(mode=0o700, exist_ok=True)
            give_to_owner(folder)
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


def rows_of(store: Path, url: str) -> LogRows:
    """The rows that a store holds: of Redis where there is a URL, else of SQLite."""
    if not url:
        return SqliteRows(store)
    from gateway.store.redis.log_rows import RedisRows

    return RedisRows(url)


def _views(
    connection: duckdb.DuckDBPyConnection,
    rows: LogRows,
    name: str | None,
    folder: Path,
    scratch: Path,
    pressed: tuple[float, float],
    open_gaps: list[GapRow],
) -> None:
    with locked(folder):  # two reports at once copy a row once
        copied = Copied(folder, rows)
        copied.check(name)
        for table in GROWING:
            tail(connection, rows, copied, scratch, table)
    of_gap = list(FORMATS["gap"])
    still: Batch = [[getattr(gap, column) for column in of_gap] for gap in open_gaps]
    _whole_table(connection, "gap", chain(rows.gaps(of_gap), [still] if still else []), scratch)
    _whole_table(connection, "transfer", rows.transfers(list(FORMATS["transfer"]), *pressed), scratch)
    for table, format_ in FORMATS.items():
        columns = ", ".join(f'"{name}"' for name in format_)
        parts = [f"select {columns} from {table}_new"]
        if files := [*own_files(folder, table), *files_in_force(folder, table)]:
            read = f"read_parquet({listed(files)}, union_by_name=true)"
            parts.append(f"select {columns} from {with_later(table, read)}")
        connection.execute(f"create view {table} as {' union all '.join(parts)}")
    last = f"select *, {NEW_PLACE} place from ({last_of_each('seat_log_new', 'n')})"
    connection.execute(f"create view seat_last as {_placed(folder, 'seat_last', SEAT_LAST, last, '')}")
    columns, row = ", ".join(f'"{name}"' for name in FORMATS["seat_log"]), ", file_row_number as n"
    new = f"select {columns}, {NEW_PLACE} place, n from seat_log_new"
    connection.execute(f"create view seat_rows as {_placed(folder, 'seat_log', FORMATS['seat_log'], new, row)}")


def _placed(folder: Path, table: str, columns: dict[str, str], new: str, row: str) -> str:
    """Rows of the files and new ones, with ``place``, which says of two files which was written later: of changes at one instant the later
    one lasts. Every file by itself: types of one are no types of another."""
    parts = [new]
    read = "read_parquet({}, filename=true, union_by_name=true, file_row_number=true)"
    if files := own_files(folder, table):
        number = f"cast(regexp_extract(filename, '(^|/){table}-([0-9]+)-[0-9]+\\.parquet$', 2) as bigint)"
        parts.append(f"select {casts(columns)}, {number} as place{row} from {read.format(listed(files))}")
    for place, path in enumerate(files_in_force(folder, table), -IMPORTS_MAX):
        parts.append(f"select {casts(columns)}, {place} as place{row} from {read.format(listed([path]))}")
    return " union all ".join(parts)


def _whole_table(connection: duckdb.DuckDBPyConnection, table: str, batches: Iterable[Batch], scratch: Path) -> None:
    """Read a table whose rows may change anew."""
    path = scratch / f"{table}.csv"
    spill(batches, list(FORMATS[table]), path)
    load(connection, f"{table}_new", FORMATS[table], path)
