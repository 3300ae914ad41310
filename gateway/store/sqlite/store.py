"""SQLite, the embedded default: one file, WAL, one writer thread that commits in groups.

``synchronous=FULL`` makes each commit durable; a group of records shares it, so that a burst costs one disk flush. Readers
have a connection of their own and never wait for the writer.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.core.messages.records import ContextRow
from gateway.store import DeliveryRow, StoreError, StoreRecord, texts
from gateway.store.backlog import MARKS
from gateway.store.sqlite import damage, expiry
from gateway.store.sqlite.file import SqliteFile, check, note
from gateway.store.sqlite.reader import Replaced, SqliteReader
from gateway.store.sqlite.schema import SCHEMA_VERSION, insert, migrate, remove, version_of
from gateway.store.writer import BACKLOG_BYTES_MAX, Writer

CACHE_KB = 16_000
"""Pages that the writer keeps: those of the calls of the last minutes at a large site. SQLite's own 2 MB read them again and again."""
CHECKPOINT_PAGES = 4000
"""Pages of the WAL, 16 MB, before they go home: a page that many commits have changed goes once."""


def _open_remedy(error: Exception) -> str:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return texts.NOT_A_DATABASE_OF_ONEKEY
    return texts.CHECK_THAT_THE_FOLDER_EXISTS


class SqliteStore(SqliteReader, Writer):
    """A store in one file. ``backlog`` takes records while it cannot be written, at most ``backlog_bytes_max``; it lies beside it
    unless it is told otherwise."""

    def __init__(
        self,
        path: Path,
        *,
        backlog: Path | None = None,
        backlog_bytes_max: int = BACKLOG_BYTES_MAX,
        older: Path | None = None,
    ) -> None:
        self.path = path
        backlog = backlog or path.with_name(path.name + ".backlog")
        self._file = SqliteFile(path, self._open)
        super().__init__(self._file, str(path), backlog, backlog_bytes_max, older)

    def _expected(self) -> str:
        return self._file.name

    def _look(self) -> None:
        if self._file.replaced():
            raise Replaced(self.path)

    async def _read(self, sql: str, *values: Any) -> list[Any]:
        try:
            return await super()._read(sql, *values)
        except Replaced:  # the writer looks at it first
            await self._alone(lambda _connection: True)
            return await super()._read(sql, *values)

    async def waiting(self) -> list[StoreRecord]:
        """Records that wait in the backlog file."""
        return await self._left({id_: await self.anchor(id_) for id_ in MARKS})

    async def edit_context(self, row: ContextRow, seen: int, with_it: Sequence[DeliveryRow] = ()) -> bool:
        """Write the next version if the newest is the one that was seen: in the writer thread, behind all that waits."""

        def edit(connection: sqlite3.Connection) -> bool:
            sql = "select version from context where id = ?"
            found = connection.execute(sql, (row.id,)).fetchone()
            won = (found[0] if found else 0) == seen
            if won:
                insert(connection, [row, *with_it])
            return bool(won)

        return await self._alone(edit)

    async def remove_context(self, id_: str) -> None:
        """Remove a context with its versions."""
        await self._alone(lambda connection: remove(connection, id_))

    async def prune(self, kind: str, until: float, *, dry_run: bool) -> int:
        """Remove what is past its time, a few at once, with a pause in which others write."""
        if dry_run:
            return await self._counted(kind, until)
        removed: list[int] = []

        def work(connection: sqlite3.Connection) -> bool:
            removed.append(expiry.remove(connection, kind, until))
            return True

        while True:
            began = time.monotonic()
            await self._alone(work)
            if removed[-1] < expiry.ROWS_MAX:
                return sum(removed)
            await asyncio.sleep(max(expiry.PAUSE_S, time.monotonic() - began))

    def _open(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            check(self.path)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            if not os.access(self.path, os.R_OK | os.W_OK):  # SQLite would say so at the first write only
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            connection = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            connection.execute(f"pragma cache_size=-{CACHE_KB}")
            connection.execute(f"pragma wal_autocheckpoint={CHECKPOINT_PAGES}")
            self._migrate(connection)
            note(self.path)
        except (sqlite3.Error, OSError, StoreError) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, StoreError):
                raise
            said = (texts.CANNOT_OPEN_THE_DATABASE(error=error), _open_remedy(error))
            what, remedy = damage.words(error, self.path) or said
            raise StoreError(what, str(self.path), remedy) from error
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version > SCHEMA_VERSION:
            what = texts.DATABASE_HAS_VERSION(version=version)
            raise StoreError(what, str(self.path), texts.UPGRADE_ONEKEY)
        migrate(connection)
