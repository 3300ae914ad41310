"""Rows that reports are made of, as a store has them, in the order of their numbers. Columns are named as in ``parquet.FORMATS``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from gateway.core.messages.records import GapRow
from gateway.core.values.ids import SwitchboardId
from gateway.store.sqlite.reader import unread
from gateway.store.sqlite.schema import name_of

Batch = list[Sequence[Any]]
AT_ONCE = 20_000
"""Rows that are in memory at a time."""
UNSEEN_S = 30.0
"""A gateway writes every 5 s that it sees a switchboard (``SEEN_S`` of ``app``), a busy store commits late, and two machines' clocks
differ. Who has not been seen for longer is seen by nobody."""


def unseen(seen: Mapping[str, float], now: float) -> list[GapRow]:
    """The gaps that are open at an instant. ``seen`` says when each switchboard was last seen: its gap is written once it is seen
    again, and until then it lasts (law 7)."""
    return [GapRow(SwitchboardId(id_), at, now, "unseen") for id_, at in sorted(seen.items()) if now - at > UNSEEN_S]


class LogRows(Protocol):
    """Where rows are read. Each may raise StoreError. ``where`` names the place."""

    where: str

    def name(self) -> str | None:
        """The store's own, which it has from its making on; None where there is no store, empty where an older onekey made it."""
        ...

    def newest(self, table: str) -> int:
        """The number of the newest row of a log that only grows; 0 where it has none."""
        ...

    def row(self, table: str, columns: Sequence[str], number: int) -> Sequence[Any] | None:
        """The row of a number; None where retention has taken it."""
        ...

    def growing(self, table: str, columns: Sequence[str], after: int) -> Iterator[Batch]:
        """Rows with a number above ``after``, led by it."""
        ...

    def gaps(self, columns: Sequence[str]) -> Iterator[Batch]:
        """All gaps."""
        ...

    def seen(self) -> dict[str, float]:
        """When each switchboard was last seen by a gateway."""
        ...

    def transfers(self, columns: Sequence[str], since: float, until: float) -> Iterator[Batch]:
        """Transfers as they stand that were pressed in a time."""
        ...


def transfer_columns(record: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    """A transfer as it is kept: what was said of its matter stands in a part of its own."""
    return [record.get("said", {}).get("matter", "") if name == "matter" else record[name] for name in columns]


class SqliteRows:
    """The database at ``path``. One that is not there has no rows: a site may read only what it has imported."""

    def __init__(self, path: Path) -> None:
        self._path, self.where = path, str(path)

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection | None]:
        if not self._path.exists():
            yield None
            return
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)) as read:
                yield read
        except sqlite3.Error as error:
            raise unread(error, self._path) from error

    def _all(self, sql: str, *values: Any) -> Iterator[Batch]:
        with self._read() as connection:
            cursor = connection.execute(sql, values) if connection is not None else None
            while cursor is not None and (rows := cursor.fetchmany(AT_ONCE)):
                yield rows

    def name(self) -> str | None:
        with self._read() as connection:
            return name_of(connection) if connection is not None else None

    def newest(self, table: str) -> int:
        for rows in self._all(f"select max(n) from {table}"):
            return int(rows[0][0] or 0)
        return 0

    def row(self, table: str, columns: Sequence[str], number: int) -> Sequence[Any] | None:
        for rows in self._all(f"select {', '.join(columns)} from {table} where n = ?", number):
            return tuple(rows[0])
        return None

    def growing(self, table: str, columns: Sequence[str], after: int) -> Iterator[Batch]:
        return self._all(f"select n, {', '.join(columns)} from {table} where n > ? order by n", after)

    def gaps(self, columns: Sequence[str]) -> Iterator[Batch]:
        return self._all(f"select {', '.join(columns)} from gap")

    def seen(self) -> dict[str, float]:
        return {id_: at for rows in self._all("select switchboard, at from seen") for id_, at in rows}

    def transfers(self, columns: Sequence[str], since: float, until: float) -> Iterator[Batch]:
        sql = "select row from transfer where pressed_at >= ? and pressed_at < ? order by pressed_at"
        for rows in self._all(sql, since, until):
            yield [transfer_columns(json.loads(row), columns) for (row,) in rows]
