"""The store's logs by column, for reports: DuckDB over Parquet files beside the database, and over what is newer than these.

``seat_log`` and ``queue_log`` only grow, so what has been copied never changes: ``<store>.columns/seat_log-<first>-<last>.parquet``
by the rows' numbers. With Redis they lie in ``redis.columns``. Files that ``onekey import`` has put there have a name instead. Other tables are read anew each time.
No reader holds a lock on the database, and no telephone number is in these tables.

Here are the tables and their files; ``session`` opens them, ``segments`` writes what is new, ``imports`` takes what others have.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from gateway.durable_file import put_in_place
from gateway.store import StoreError, texts

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
SEAT_LAST = {"switchboard": "varchar", "seat": "varchar", "at": "double", "after": "varchar"}
"""Columns of the files that hold each seat's last change."""
NEWEST = {"seat_log": "at", "queue_log": "at", "transfer": "pressed_at", "gap": "until"}
"""The column that says how new a row is."""
_OWN = re.compile(r"(?P<table>[a-z_]+)-(?P<first>[0-9]+)-(?P<last>[0-9]+)\.parquet")
"""Name of a file of the store's own rows: nothing but numbers behind the table. Names of imports may begin with a digit, too."""
MEMORY_MB = 384
"""Memory of DuckDB; beyond it DuckDB works on the disk."""


def folder_of(store: Path, url: str = "") -> Path:
    """Where the files of a store lie: beside the database, and with Redis where that would be."""
    return store.with_name("redis.columns" if url else store.name + ".columns")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a folder for ourselves: nobody else reads what is in it, adds to it or takes from it meanwhile."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prune(store: Path, until: float, *, dry_run: bool, url: str = "") -> int:
    """Remove the files that hold nothing newer than an instant, imported ones too. Returns how many. The small ``seat_last`` files
    stay: they say in which state a seat was when the kept time begins."""
    folder = folder_of(store, url)
    if not folder.exists():
        return 0
    gone = 0
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{MEMORY_MB}MB"})
    try:
        with locked(folder):
            for table, column in NEWEST.items():
                for path in sorted(folder.glob(f"{table}-*.parquet")):
                    sql = f'select max("{column}") from read_parquet({quoted(str(path))})'
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


def last_of_each(source: str, number: str) -> str:
    """Each seat's last change: of several at one instant the one with the highest number."""
    pick = f'arg_max(after, {{"at": "at", "n": {number}}})'
    return f'select switchboard, seat, max("at") as "at", {pick} as after from {source} group by switchboard, seat'


def own_files(folder: Path, table: str) -> list[Path]:
    """Files of the store's own rows, oldest first."""
    found = [(one, path) for path in folder.glob(f"{table}-*.parquet") if (one := _OWN.fullmatch(path.name))]
    return [path for one, path in sorted(found, key=lambda pair: int(pair[0]["last"])) if one["table"] == table]


def is_own(path: Path) -> bool:
    """True where a file holds the store's own rows, of whichever table."""
    return _OWN.fullmatch(path.name) is not None


def with_later(table: str, source: str) -> str:
    """A source with the columns of ``LATER`` that it lacks, empty."""
    later = LATER.get(table, ())
    if not later:
        return source
    none = ", ".join(f"cast('' as {FORMATS[table][name]}) as \"{name}\"" for name in later)
    return f"(select * from (select {none}) where false union all by name select * from {source})"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def listed(paths: list[Path]) -> str:
    """Paths as a list of SQL."""
    return f"[{', '.join(quoted(str(path)) for path in paths)}]"


def casts(columns: dict[str, str]) -> str:
    """Columns, each cast to its type: DuckDB takes the types of several files from the first one."""
    return ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())


def write_file(connection: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """A file that is whole or not there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        connection.execute(f"copy ({select}) to {quoted(str(partial))} (format parquet, compression zstd)")
        partial.chmod(0o600)
        put_in_place(partial, path)
    finally:
        partial.unlink(missing_ok=True)
