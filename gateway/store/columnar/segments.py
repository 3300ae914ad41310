"""Segments: what a log has grown by becomes a file, once, and a store's name says whose files they are."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from gateway.durable_file import write_whole
from gateway.store import StoreError, texts
from gateway.store.columnar.log_rows import Batch, LogRows
from gateway.store.columnar.parquet import FORMATS, last_of_each, own_files, quoted, write_file

GROWING = ("seat_log", "queue_log")
SEGMENT_ROWS = 50_000
"""From how many new rows on a file is written: some hours of a large site. Fewer are read from the database each time (0.1 s)."""
SEGMENT_ROWS_MAX = 1_000_000
"""After so many rows a file is written and the next begun: ten seconds of a server that is read for the first time."""


class Copied:
    """Progress of the logs into files. Rows are known by their numbers in one store, so ``store.json`` keeps its name and, of each log,
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
        files = own_files(self.folder, table)
        return int(files[-1].stem.rpartition("-")[2]) if files else 0

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
        """Digest of a row; empty where there is none."""
        row = self._rows.row(table, list(FORMATS[table]), number)
        return hashlib.sha256(json.dumps(list(row)).encode()).hexdigest()[:16] if row is not None else ""

    def went_on(self, table: str, last: int) -> None:
        """Rows up to this one are in a file now."""
        self._last[table] = [last, self._digest(table, last)]
        if self._name:
            self._keep()

    def _keep(self) -> None:
        write_whole(self._file, json.dumps({"name": self._name, "last": self._last}).encode())


def tail(connection: duckdb.DuckDBPyConnection, rows: LogRows, copied: Copied, scratch: Path, table: str) -> None:
    """Load rows that are newer than the files; if they are many, they become one. Very many become one by one: who is cut off goes on behind them."""
    columns, path = list(FORMATS[table]), scratch / f"{table}.csv"
    batches = iter(rows.growing(table, columns, copied.until(table)))
    more = True
    while more:
        first, last, count = spill(batches, ["n", *columns], path, SEGMENT_ROWS_MAX)
        load(connection, f"{table}_new", {"n": "bigint", **FORMATS[table]}, path)
        more = count >= SEGMENT_ROWS_MAX
        if count < SEGMENT_ROWS:
            return
        into = copied.folder / f"{table}-{first}-{last}.parquet"
        if table == "seat_log":
            write_file(
                connection, last_of_each("seat_log_new", "n"), copied.folder / f"seat_last-{first}-{last}.parquet"
            )
        write_file(connection, f"select * exclude (n) from {table}_new order by n", into)
        copied.went_on(table, last)
        connection.execute(f"delete from {table}_new")


def spill(batches: Iterable[Batch], names: list[str], path: Path, rows_max: float = math.inf) -> tuple[Any, Any, int]:
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


def load(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], path: Path) -> None:
    """Read such a file into a table of its own."""
    kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    read = f"read_csv({quoted(str(path))}, header=true, columns={{{kinds}}}, quote='\"', escape='\"', nullstr='\\N', null_padding=false)"
    connection.execute(f"create or replace table {table} as select * from {read}")
