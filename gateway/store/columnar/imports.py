"""Logs of other systems, brought in as files of their own."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from gateway.guards.door_limits import DOOR_LIMITS
from gateway.store import StoreError, texts
from gateway.store.columnar.parquet import (
    FORMATS,
    MEMORY_MB,
    cast,
    folder_of,
    last_of_each,
    reader_of,
    source_of,
    with_later,
    write_file,
)


def bring_in(
    store: Path, folder: Path, name: str, url: str = "", bytes_max: int = DOOR_LIMITS.logs_bytes_max
) -> dict[str, int]:
    """Copy ``<table>*.parquet`` or ``.csv`` of a folder into the store's files as ``name``. Returns the rows of each table.

    All files are checked first. Raises StoreError for a file that has not the columns of ``FORMATS``, and if there is none.
    """
    if not re.fullmatch(r"[0-9A-Za-z_]{1,60}", name):
        raise StoreError(texts.ALPHABET_OF_A_NAME, name, texts.RENAME_IT)
    found = [(table, path) for table in FORMATS for path in sorted(folder.glob(f"{table}*")) if reader_of(path)]
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
            select = f'select {cast(table)} from {with_later(table, source_of(path))} order by "{order}"'
            write_file(connection, select, into / f"{table}-import-{name}-{number}.parquet")
            if table == "seat_log":
                write_file(
                    connection, last_of_each(source_of(path)), into / f"seat_last-import-{name}-{number}.parquet"
                )
    finally:
        connection.close()
    return counts


def _count(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    try:
        # every cast is tried: a text where an instant belongs shows now
        line = connection.execute(
            f"select count(*), max(columns(*)) from (select {cast(table)} from {with_later(table, source_of(path))})"
        )
        return int((line.fetchone() or (0,))[0])
    except duckdb.Error as error:
        columns = ", ".join(FORMATS[table])
        raise StoreError(
            texts.NOT_OF_THE_FORMAT(error=error), str(path), texts.NEEDED_COLUMNS(columns=columns)
        ) from error
