"""Writing, the same for every store: one thread that commits in groups, and a backlog file for the time when it cannot.

What a store adds is its ``Database``: how a group of records becomes durable, and what is wrong when it does not.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog

from gateway.core.commands import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, StoreError, StoreHealth, StoreRecord, TokenRow

log = structlog.get_logger("store")

GROUP_MAX = 1000
"""Records per commit: large enough that a burst shares its flush, small enough that whoever waits for one waits 50 ms."""
GATHER_S = 0.2
"""Between two commits for which nobody waits. On a busy site most records touch the same pages, and each commit writes all pages that
it touches: a fifth of the commits is half of the work. A record that comes alone is written at once."""
NICER = 10
"""How much less than the rest of the gateway the writer wants of a core: about a tenth, where both want all of it."""
RETRY_S = 0.5
"""How often a broken database is tried again."""
BACKLOG_BYTES_MAX = 256 * 2**20
"""Size of the backlog file: a day of a large site. What comes after is refused and counted, never silently."""

_RECORDS = (
    ContextRow, TransferRow, SeatRow, GapRow, QueueRow, CallbackRow, OnceRow, SeenRow, TokenRow, AnchorRow, DeliveryRow,
)  # fmt: skip
_KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in _RECORDS}


encode = msgspec.json.Encoder().encode


class Database(Protocol):
    """Where records become durable; used by the writer thread alone. ``failures`` are the exceptions that say it cannot now."""

    failures: tuple[type[Exception], ...]

    def commit(self, records: Sequence[StoreRecord]) -> None:
        """All of these, durable on return, or none of them and one of ``failures``."""
        ...

    def alone(self, work: Callable[[Any], bool]) -> bool:
        """A transaction of its own around ``work``: all of it durable, or none."""
        ...

    def remedy(self, error: Exception) -> str:
        """What to do about a failure."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Writing:
    """The writer of a store at ``where``; ``backlog_bytes_max`` bounds the file at ``backlog`` while nothing can be written."""

    def __init__(
        self, database: Database, where: str, backlog: Path, backlog_bytes_max: int = BACKLOG_BYTES_MAX
    ) -> None:
        self.where = where
        self._database = database
        self._failures: tuple[type[Exception], ...] = (*database.failures, OSError)
        self._backlog_path = backlog
        self._backlog_bytes_max = backlog_bytes_max
        self._queue: queue.SimpleQueue[StoreRecord | Callable[[], None] | _Alone | None] = queue.SimpleQueue()
        self._problem: StoreError | None = None
        self._taken = 0  # by write
        self._settled = 0  # of these: committed, in the backlog file, or lost; the writer thread's
        self._spilled = 0  # records in the backlog file, also those of a gateway before this one
        self._lost = 0
        self._closed = False
        self._hurry = threading.Event()  # somebody waits for what is in the queue
        self._gather_until = 0.0
        self._thread = threading.Thread(target=self._run, name=f"store {backlog.stem}", daemon=True)
        self._thread.start()

    # --- writing --------------------------------------------------------------------------------------------------------

    def write(self, record: StoreRecord) -> None:
        """Take a record; the writer thread does the rest."""
        self._taken += 1
        self._queue.put(record)

    async def flush(self) -> None:
        """Wait until what was written is committed. Raises StoreError while the database is down, and once it is closed."""
        if self._closed:
            raise StoreError("数据库已关闭 / the store is closed", self.where, "重启网关 / restart the gateway")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def answer() -> None:
            error = self._problem
            loop.call_soon_threadsafe(_settle, done, error)

        self._queue.put(answer)
        self._hurry.set()
        await done

    async def _alone(self, work: Callable[[Any], bool]) -> bool:
        """A transaction of its own in the writer thread: whoever waits is told what came of it, and nothing of it is kept for later."""
        if self._closed:
            raise StoreError("数据库已关闭 / the store is closed", self.where, "重启网关 / restart the gateway")
        loop = asyncio.get_running_loop()
        alone = _Alone(work, loop, loop.create_future())
        self._queue.put(alone)
        self._hurry.set()
        return await alone.done

    async def close(self) -> None:
        """Commit what waits and end the writer."""
        self._closed = True
        self._queue.put(None)
        self._hurry.set()
        await asyncio.to_thread(self._thread.join)

    def health(self) -> StoreHealth:
        """Whether the database takes records, and how many wait."""
        backlog = max(0, self._taken - self._settled) + self._spilled
        return StoreHealth(self._problem is None, backlog, self._lost, str(self._problem or ""))

    def _run(self) -> None:
        _behind_the_voice()
        group: deque[StoreRecord] = deque()
        try:
            self._replay_backlog()
        except self._failures as error:
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
                if len(group) >= GROUP_MAX or self._emptied():
                    break
                item = self._queue.get()
            more_waits = alone is not None or len(group) >= GROUP_MAX
            self._gather_until = 0.0 if more_waits else time.monotonic() + GATHER_S
            self._commit(group)
            for answer in answers:
                answer()
            if alone is not None:
                self._do_alone(alone)
            if ending:
                self._database.close()
                return

    def _next(self, group: deque[StoreRecord]) -> Any:
        """Wait for work, and a little for more of it; while the database is down, look again after a while without any."""
        if self._problem is None:
            if (pause_s := self._gather_until - time.monotonic()) > 0:
                self._hurry.wait(pause_s)
            return self._queue.get()
        try:
            return self._queue.get(timeout=RETRY_S)
        except queue.Empty:
            return _EMPTY

    def _emptied(self) -> bool:
        """Whether nothing waits, so that nobody waits either. Looked at again behind the clearing: what came between is hurried."""
        if not self._queue.empty():
            return False
        self._hurry.clear()
        return self._queue.empty()

    def _commit(self, group: deque[StoreRecord]) -> None:
        """One transaction; on failure the group goes to the backlog file, in order, and will be replayed from there."""
        try:
            if self._problem is not None:
                self._replay_backlog()
            if group:
                self._database.commit(group)
                self._settled += len(group)
        except self._failures as error:
            self._spill(group, error)
        else:
            if self._problem is not None:
                log.warning("store_back", where=self.where)
            self._problem = None
        group.clear()

    def _do_alone(self, alone: _Alone) -> None:
        found, error = False, self._problem
        try:
            if error is None:
                found = self._database.alone(alone.work)
        except self._database.failures as failed:
            what = f"数据库写不进：{failed} / the database takes no records: {failed}"
            error = StoreError(what, self.where, self._database.remedy(failed))
        alone.loop.call_soon_threadsafe(_settle, alone.done, error, found)

    def _spill(self, group: deque[StoreRecord], error: Exception) -> None:
        if self._problem is None:
            log.error("store_down", where=self.where, why=str(error), remedy=self._database.remedy(error))
        what = f"数据库写不进：{error} / the database takes no records: {error}"
        self._problem = StoreError(what, self.where, self._database.remedy(error))
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

    def _replay_backlog(self) -> None:
        """Bring the backlog home: all of it in one transaction, then the file goes."""
        if not self._backlog_path.exists():
            return
        lines = self._backlog_path.read_bytes().splitlines()
        self._spilled = len(lines)
        records: list[StoreRecord] = []
        for line in lines:
            try:
                entry = msgspec.json.decode(line)
                records.append(msgspec.convert(entry["r"], _KINDS[entry["k"]]))
            except (ValueError, KeyError, TypeError):  # msgspec's own errors are ValueErrors
                log.error("backlog_line_damaged", path=str(self._backlog_path))
        self._database.commit(records)
        self._backlog_path.unlink()
        self._spilled = 0


def _behind_the_voice() -> None:
    """Where this thread and the one that hears Asterisk share a core, that one goes first (law 5). On Linux a priority is a thread's."""
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + NICER))


class _Alone:
    """A transaction on its way to the writer thread."""

    def __init__(
        self,
        work: Callable[[Any], bool],
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
