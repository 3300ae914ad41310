"""SQLite, the embedded default: one file, WAL, one writer thread that commits in groups.

``synchronous=FULL`` makes each commit durable; a group of records shares it, so that a burst costs one disk flush. Readers
have a connection of their own and never wait for the writer.
"""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import structlog

from gateway.core.commands import CallbackRow, ContextRow, GapRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, StoreError, StoreHealth, StoreRecord, TokenRow
from gateway.store.reading import SqliteReading, busy_remedy
from gateway.store.schema import SCHEMA_VERSION, encode, insert, migrate, remove, version_of

log = structlog.get_logger("store")

GROUP_MAX = 500
"""Records per commit: large enough that a burst shares its flush, small enough that a commit stays under 10 ms."""
RETRY_S = 0.5
"""How often a broken database is tried again."""
BACKLOG_BYTES_MAX = 256 * 2**20
"""Size of the backlog file: a day of a large site. What comes after is refused and counted, never silently."""

_R = TypeVar("_R")
_RECORDS = (ContextRow, TransferRow, SeatRow, GapRow, CallbackRow, OnceRow, TokenRow, AnchorRow, DeliveryRow)
_KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in _RECORDS}


def _open_remedy(error: Exception) -> str:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return "这不是 onekey 的数据库：换一个路径，或把它移走 / not a database of onekey: set another path, or move it away"
    return "检查目录是否存在、可写、磁盘未满 / check that the folder exists, is writable and has space"


class SqliteStore(SqliteReading):
    """A store in one file. ``backlog_bytes_max`` bounds ``<path>.backlog`` while the database cannot be written."""

    def __init__(self, path: Path, *, backlog_bytes_max: int = BACKLOG_BYTES_MAX) -> None:
        self.path = path
        self._backlog_path = path.with_name(path.name + ".backlog")
        self._backlog_bytes_max = backlog_bytes_max
        self._queue: queue.SimpleQueue[StoreRecord | Callable[[], None] | _Alone | None] = queue.SimpleQueue()
        self._problem: StoreError | None = None
        self._taken = 0  # by write
        self._settled = 0  # of these: committed, in the backlog file, or lost; the writer thread's
        self._spilled = 0  # records in the backlog file, also those of a gateway before this one
        self._lost = 0
        self._closed = False
        connection = self._open()
        self._thread = threading.Thread(target=self._run, args=(connection,), name=f"store {path.name}", daemon=True)
        self._thread.start()

    # --- writing --------------------------------------------------------------------------------------------------------

    def write(self, record: StoreRecord) -> None:
        """Take a record; the writer thread does the rest."""
        self._taken += 1
        self._queue.put(record)

    async def flush(self) -> None:
        """Wait until what was written is committed. Raises StoreError while the database is down, and once it is closed."""
        if self._closed:
            raise StoreError("数据库已关闭 / the store is closed", str(self.path), "重启网关 / restart the gateway")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def answer() -> None:
            error = self._problem
            loop.call_soon_threadsafe(_settle, done, error)

        self._queue.put(answer)
        await done

    async def edit_context(self, row: ContextRow, seen: int) -> bool:
        """Write the next version if the newest is the one that was seen: in the writer thread, behind all that waits."""

        def edit(connection: sqlite3.Connection) -> bool:
            sql = "select version from context where id = ?"
            won = connection.execute(sql, (row.id,)).fetchone() == (seen,)
            if won:
                insert(connection, row)
            return bool(won)

        return await self._alone(edit)

    async def remove_context(self, id_: str) -> None:
        """Remove a context with its versions."""
        await self._alone(lambda connection: remove(connection, id_))

    async def _alone(self, work: Callable[[sqlite3.Connection], bool]) -> bool:
        """A transaction of its own in the writer thread: whoever waits is told what came of it, and nothing of it is kept for later."""
        if self._closed:
            raise StoreError("数据库已关闭 / the store is closed", str(self.path), "重启网关 / restart the gateway")
        loop = asyncio.get_running_loop()
        alone = _Alone(work, loop, loop.create_future())
        self._queue.put(alone)
        return await alone.done

    async def close(self) -> None:
        """Commit what waits and end the writer."""
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def health(self) -> StoreHealth:
        """Whether the database takes records, and how many wait."""
        backlog = max(0, self._taken - self._settled) + self._spilled
        return StoreHealth(self._problem is None, backlog, self._lost, str(self._problem or ""))

    def _open(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            if not os.access(self.path, os.R_OK | os.W_OK):  # SQLite would say so at the first write only
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            connection = sqlite3.connect(self.path, timeout=1.0, isolation_level=None, check_same_thread=False)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            self._migrate(connection)
        except (sqlite3.Error, OSError, StoreError) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, StoreError):
                raise
            what = f"打不开数据库：{error} / cannot open the database: {error}"
            raise StoreError(what, str(self.path), _open_remedy(error)) from error
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version > SCHEMA_VERSION:
            what = f"数据库版本 {version} 比本程序新 / the database has version {version}, newer than this program"
            raise StoreError(what, str(self.path), "升级 onekey / upgrade onekey")
        migrate(connection)

    def _run(self, connection: sqlite3.Connection) -> None:
        group: deque[StoreRecord] = deque()
        try:
            self._replay_backlog(connection)
        except (sqlite3.Error, OSError) as error:
            self._spill(group, error)
        while True:
            item = self._next(group)
            answers: list[Callable[[], None]] = []
            alone: _Alone | None = None
            ending = False
            while item is not _EMPTY:
                if item is None:
                    ending = True
                elif isinstance(item, _RECORDS):
                    group.append(item)
                elif isinstance(item, _Alone):
                    alone = item
                    break
                elif callable(item):
                    answers.append(item)
                else:
                    log.error(
                        "store_refused", kind=type(item).__name__, remedy="a record that this store does not know"
                    )
                    self._lost += 1
                if len(group) >= GROUP_MAX or self._queue.empty():
                    break
                item = self._queue.get()
            self._commit(connection, group)
            for answer in answers:
                answer()
            if alone is not None:
                self._do_alone(connection, alone)
            if ending:
                connection.close()
                return

    def _next(self, group: deque[StoreRecord]) -> Any:
        """Wait for work; while the database is down, look again after a while without any."""
        if self._problem is None:
            return self._queue.get()
        try:
            return self._queue.get(timeout=RETRY_S)
        except queue.Empty:
            return _EMPTY

    def _commit(self, connection: sqlite3.Connection, group: deque[StoreRecord]) -> None:
        """One transaction; on failure the group goes to the backlog file, in order, and will be replayed from there."""
        try:
            if self._problem is not None:
                self._replay_backlog(connection)
            if group:
                connection.execute("begin immediate")
                for record in group:
                    insert(connection, record)
                connection.execute("commit")
                self._settled += len(group)
        except (sqlite3.Error, OSError) as error:
            if connection.in_transaction:
                connection.rollback()
            self._spill(group, error)
        else:
            if self._problem is not None:
                log.warning("store_back", path=str(self.path))
            self._problem = None
        group.clear()

    def _do_alone(self, connection: sqlite3.Connection, alone: _Alone) -> None:
        found, error = False, self._problem
        try:
            if error is None:
                connection.execute("begin immediate")
                found = alone.work(connection)
                connection.execute("commit")
        except sqlite3.Error as failed:
            if connection.in_transaction:
                connection.rollback()
            what = f"数据库写不进：{failed} / the database takes no records: {failed}"
            error = StoreError(what, str(self.path), busy_remedy(failed))
        alone.loop.call_soon_threadsafe(_settle, alone.done, error, found)

    def _spill(self, group: deque[StoreRecord], error: Exception) -> None:
        if self._problem is None:
            log.error("store_down", path=str(self.path), why=str(error), remedy=busy_remedy(error))
        what = f"数据库写不进：{error} / the database takes no records: {error}"
        self._problem = StoreError(what, str(self.path), busy_remedy(error))
        if not group:
            return
        try:
            lines = b"".join(encode({"k": type(r).__name__, "r": r}) + b"\n" for r in group)
            descriptor = os.open(self._backlog_path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            try:
                self._append(descriptor, lines)
            finally:
                os.close(descriptor)
            self._spilled += len(group)
        except OSError as full:
            self._lost += len(group)
            log.critical("records_lost", count=len(group), why=str(full), path=str(self._backlog_path))
        self._settled += len(group)

    def _append(self, descriptor: int, lines: bytes) -> None:
        """All of the lines, durable, or none of them: a disk that fills up takes a part without an error."""
        size = os.fstat(descriptor).st_size
        if size + len(lines) > self._backlog_bytes_max:
            raise OSError("the backlog file is full")
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise

    def _replay_backlog(self, connection: sqlite3.Connection) -> None:
        """Bring the backlog home: all of it in one transaction, then the file goes."""
        if not self._backlog_path.exists():
            return
        try:
            lines = self._backlog_path.read_bytes().splitlines()
            self._spilled = len(lines)
            connection.execute("begin immediate")
            for line in lines:
                try:
                    entry = msgspec.json.decode(line)
                    insert(connection, msgspec.convert(entry["r"], _KINDS[entry["k"]]))
                except (ValueError, KeyError, TypeError):  # msgspec's own errors are ValueErrors
                    log.error("backlog_line_damaged", path=str(self._backlog_path))
            connection.execute("commit")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise
        self._backlog_path.unlink()
        self._spilled = 0


class _Alone:
    """A transaction on its way to the writer thread."""

    def __init__(
        self,
        work: Callable[[sqlite3.Connection], bool],
        loop: asyncio.AbstractEventLoop,
        done: asyncio.Future[bool],
    ) -> None:
        self.work, self.loop, self.done = work, loop, done


_EMPTY = object()


def _settle(done: asyncio.Future[Any], error: StoreError | None, result: Any = None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
