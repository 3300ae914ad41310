"""Writing, the same for every store: one thread that commits in groups, and a backlog for the time when it cannot.

What a store adds is its ``Database``: how a group of records becomes durable, and what is wrong when it does not. While it takes
nothing, records go to the backlog, and it is tried again every ``RETRY_S`` and whenever somebody asks for an answer: what is
written meanwhile costs the thread, and so the voice path beside it, no more than a line in a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from gateway.core.messages.records import GapRow, QueueRow, SeatRow
from gateway.store import AnchorRow, CatchingUp, StoreError, StoreHealth, StoreRecord, Stuck, texts
from gateway.store.backlog import BYTES_MAX, HELD_REMEDY, MARK_OLDER, RECORDS, Backlog, Taken
from gateway.store.commits import NARROWER, PROGRAM_REMEDY, Database, Groups, Unfit

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
HOME_GROUPS = 10
"""Groups of the backlog that come home between two looks at the queue, a second or two: whoever asks meanwhile is told, not left waiting."""
SLOW_S = 2.0
"""A commit that takes longer is an alarm. It takes 1 ms usually, and 340 to 800 ms when a disk stalls."""
WAIT_S = 2.0
"""How long whoever asks waits for a writer that gets nothing done."""
WAITING_MAX = 100_000
"""Records that may wait in memory for a writer that is stuck in a commit: 100 MB. What comes after is refused and counted."""
BACKLOG_BYTES_MAX = BYTES_MAX
UNFIT_REMEDY = texts.CHECK_THE_TEXTS_AND_NUMBERS


class Writer:
    """The writer of a store at ``where``; ``backlog_bytes_max`` bounds the file at ``backlog`` while nothing can be written.
    What waits at ``older`` comes home before it, and nothing is added to it."""

    def __init__(
        self,
        database: Database,
        where: str,
        backlog: Path,
        backlog_bytes_max: int = BACKLOG_BYTES_MAX,
        older: Path | None = None,
    ) -> None:
        self.where = where
        self.asked = 0
        """How many wait for an answer of the writer."""
        self._database = database
        self._commits = Groups(database, where)
        self._backlog = Backlog(backlog, backlog_bytes_max)
        self._older = Backlog(older, backlog_bytes_max, MARK_OLDER) if older is not None else None
        self._queue: queue.SimpleQueue[StoreRecord | tuple[StoreRecord, ...] | Callable[[], None] | _Alone | None] = (
            queue.SimpleQueue()
        )
        self._problem: StoreError | None = None
        self._try_at = 0.0
        self._catching_up = False
        self._groups = 0
        """Groups that the writer is done with, one way or the other: while this grows, it is not stuck."""
        self._taken = 0  # by write
        self._settled = 0  # of these: committed, in the backlog, or lost; the writer thread's
        self._lost = 0
        self._refused = 0  # by write
        self._closed = False
        self._hurry = threading.Event()  # somebody waits for what is in the queue
        self._gather_until = 0.0
        self._thread = threading.Thread(target=self._run, name=f"store {backlog.stem}", daemon=True)
        self._thread.start()

    # --- writing --------------------------------------------------------------------------------------------------------

    def write(self, record: StoreRecord, *with_it: StoreRecord) -> None:
        """Take records, which stay together; the writer thread does the rest."""
        if self._taken - self._settled >= WAITING_MAX:
            if not self._refused:
                log.critical(
                    "records_lost", where=self.where, why=f"{WAITING_MAX} records wait for a writer that is stuck"
                )
            self._refused += 1 + len(with_it)
            return
        self._taken += 1 + len(with_it)
        self._queue.put((record, *with_it) if with_it else record)

    async def flush(self) -> None:
        """Wait until what was written is committed. Raises StoreError while the database is down or stuck, and once it is closed."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def answer() -> None:
            _tell(loop, done, self._problem or self._commits.unfit)

        try:
            await self._ask(answer, done)
        except Stuck:
            done.cancel()
            raise

    async def _alone(self, work: Callable[[Any], bool]) -> bool:
        """A transaction of its own in the writer thread: whoever waits is told what came of it, and nothing of it is kept for later."""
        loop = asyncio.get_running_loop()
        alone = _Alone(work, loop, loop.create_future())
        try:
            await self._ask(alone, alone.done)
        except Stuck:
            alone.withdrawn = True  # before the look: then either the writer sees it, or we see that it has begun
            if not alone.begun:
                alone.done.cancel()
                raise
            await alone.done
        return alone.done.result()

    async def _ask(self, item: Callable[[], None] | _Alone, done: asyncio.Future[Any]) -> None:
        """Wait for the writer's answer, as long as it gets anything done."""
        if self._closed:
            raise Stuck(texts.STORE_IS_CLOSED, self.where, texts.RESTART_THE_GATEWAY)
        self.asked += 1
        self._queue.put(item)
        self._hurry.set()
        try:
            groups = -1
            while not done.done() and groups != self._groups:
                groups = self._groups
                await asyncio.wait([done], timeout=WAIT_S)
        finally:
            self.asked -= 1
        if not done.done():
            raise Stuck(*(self._slow() if self._thread.is_alive() else self._ended()))
        done.result()

    async def _left(self, marks: Mapping[str, AnchorRow | None]) -> list[StoreRecord]:
        """The newest row of each id that waits in the files; ``marks``, read before, tell from where on."""

        def read() -> list[StoreRecord]:
            newest: dict[tuple[str, ...], StoreRecord] = {}
            for backlog in filter(None, (self._older, self._backlog)):
                for record in backlog.waiting(marks.get):
                    if isinstance(record, SeatRow):
                        newest["seat", record.switchboard, record.seat] = record
                    elif isinstance(record, QueueRow):
                        newest["wait", record.switchboard, record.call] = record
                    elif not isinstance(record, GapRow):
                        newest[type(record).__name__, record.id] = record
            return list(newest.values())

        try:
            return await asyncio.to_thread(read)
        except OSError as error:
            what = texts.CANNOT_READ_THE_BACKLOG_FILE(error=error)
            raise StoreError(what, str(self._backlog.path), texts.CHECK_ITS_RIGHTS_AND_THE_DISK) from error

    async def close(self) -> None:
        """Commit what waits and end the writer."""
        self._closed = True
        self._queue.put(None)
        self._hurry.set()
        await asyncio.to_thread(self._thread.join)

    def health(self) -> StoreHealth:
        """Whether the database takes records, in good time, and how many wait."""
        waiting = max(0, self._taken - self._settled)
        lost = self._lost + self._commits.lost + self._refused + self._backlog.lost
        problem = self._problem
        if problem is None and self._commits.slow_s > SLOW_S:
            problem = StoreError(*self._slow())
        if not self._thread.is_alive() and not self._closed:
            problem = StoreError(*self._ended())
        said = str(problem or "")
        held = self._backlog.held
        if held:
            said += texts.BACKLOG_FILE_TAKES_NONE_EITHER(path=self._backlog.path, held_remedy=HELD_REMEDY)
        return StoreHealth(problem is None, waiting + self._on_the_way, lost, said, waiting + held, held)

    @property
    def _on_the_way(self) -> int:
        older = self._older  # the writer lets go of it
        return self._backlog.count + (older.count if older is not None else 0)

    def _slow(self) -> tuple[str, str, str]:
        what = texts.STORE_IS_SLOW(slow_s=SLOW_S)
        return what, self.where, texts.CHECK_THE_DISK_AND_THE_LOAD

    def _ended(self) -> tuple[str, str, str]:
        return texts.STORES_WRITER_HAS_ENDED, self.where, PROGRAM_REMEDY

    # --- the writer's thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with contextlib.suppress(OSError):
                _behind_the_voice()
            self._write([], try_now=True)  # what a gateway before this one left
            self._work()
        finally:
            self._backlog.give_up()
            self._database.close()

    def _work(self) -> None:
        ending = False
        while not ending:
            batch = self._collect()
            ending = batch.ending
            more_waits = batch.alone is not None or len(batch.records) >= GROUP_MAX
            self._gather_until = 0.0 if more_waits else time.monotonic() + GATHER_S
            self._write(batch.records, try_now=bool(batch.answers or batch.alone or ending))
            for answer in batch.answers:
                answer()
            if batch.answers:
                self._commits.unfit = None
            if batch.alone is not None:
                self._do_alone(batch.alone)
        while self._catching_up and self._backlog.held:
            self._write([], try_now=True)

    def _collect(self) -> _Batch:
        """What waits and comes in a little while, up to a group or to somebody who wants a transaction of his own; while the database is
        down, not for long."""
        batch = _Batch()
        if self._problem is None and (pause_s := self._gather_until - time.monotonic()) > 0:
            self._hurry.wait(pause_s)
        try:
            patience_s = None if self._problem is None else 0.0 if self._catching_up else RETRY_S
            item: Any = self._queue.get(timeout=patience_s)
        except queue.Empty:
            return batch
        while True:
            if item is None:
                batch.ending = True
            elif isinstance(item, RECORDS):
                batch.records.append(item)
            elif isinstance(item, tuple):
                batch.records.extend(item)
            elif isinstance(item, _Alone):
                batch.alone = item
                return batch
            elif callable(item):
                batch.answers.append(item)
            else:
                log.error("store_refused", kind=type(item).__name__, remedy="a record that this store does not know")
                self._lost += 1
            if len(batch.records) >= GROUP_MAX or self._emptied():
                return batch
            item = self._queue.get()

    def _emptied(self) -> bool:
        """Whether nothing waits, so that nobody waits either. Looked at again behind the clearing: what came between is hurried."""
        if not self._queue.empty():
            return False
        self._hurry.clear()
        return self._queue.empty()

    def _write(self, records: Sequence[StoreRecord], *, try_now: bool) -> None:
        """One transaction, behind the backlog; while that cannot be, the records go there."""
        if self._problem is not None and not try_now and time.monotonic() < self._try_at:
            self._backlog.put(records)
        else:
            rest = deque(records)
            try:
                if self._bring_home():
                    self._commits.commit(rest)
            except Exception as error:  # whatever it is: a writer that ends takes nothing any more
                self._fallen(error)
                self._backlog.put(rest)
            else:
                self._backlog.put(rest)
                self._risen()
        self._settled += len(records)
        self._groups += 1

    def _fallen(self, error: Exception) -> None:
        expected = isinstance(error, self._commits.failures)
        remedy = self._database.remedy(error) if expected else PROGRAM_REMEDY
        if isinstance(error, Taken):
            remedy = error.remedy
        said = getattr(error, "strerror", None) or str(
            error
        )  # a file's path is nothing that a reader of the API is told
        why = error.what if isinstance(error, StoreError) else said if expected else type(error).__name__
        if self._problem is None:
            log.error("store_down", where=self.where, why=why, remedy=remedy)
        what = texts.DATABASE_TAKES_NO_RECORDS(why=why)
        self._problem = StoreError(what, self.where, remedy)
        self._try_at = time.monotonic() + RETRY_S

    def _risen(self) -> None:
        """The database takes records; the alarm ends when nothing of the backlog is left."""
        if self._catching_up:
            what = texts.STORE_IS_BACK_AND_TAKES(on_the_way=self._on_the_way)
            self._problem, self._try_at = CatchingUp(what, self.where, texts.TRY_AGAIN_IN_A_MOMENT), 0.0
            return
        if self._problem is not None:
            log.warning("store_back", where=self.where)
        self._problem = None

    def _bring_home(self) -> bool:
        """The backlog, a group at a time, of fewer records where one of them is unfit; whether nothing is left of it. Raises one of
        the database's failures."""
        self._catching_up = False
        waiting = [self._backlog] if self._older is None else [self._older, self._backlog]
        size = GROUP_MAX
        for _ in range(HOME_GROUPS):
            try:
                with waiting[0].group(size, self._database.anchor) as records:
                    if records is not None and self._commits.commit_past(records, size):
                        size = GROUP_MAX
            except Unfit:
                size = max(1, size // NARROWER)
                continue
            if records is None:
                if len(waiting) == 1:
                    return True
                self._older = None
                del waiting[0]
                continue
            self._groups += 1
        self._catching_up = True
        return False

    def _do_alone(self, alone: _Alone) -> None:
        alone.begun = True
        found, error = False, self._problem
        if error is None and not alone.withdrawn:
            try:
                with self._commits.working():
                    found = self._database.alone(alone.work)
            except self._commits.failures as failed:
                what = texts.DATABASE_TAKES_NO_RECORDS_FAILED(failed=failed)
                error = StoreError(what, self.where, self._database.remedy(failed))
            except Exception as unfit:
                why = type(unfit).__name__
                log.error("store_refused", where=self.where, why=why)
                what = texts.DATABASE_CANNOT_WRITE_THIS_RECORD(why=why)
                error = StoreError(what, self.where, UNFIT_REMEDY)
        _tell(alone.loop, alone.done, error, found)


def _behind_the_voice() -> None:
    """Where this thread and the one that hears Asterisk share a core, that one goes first (law 5). On Linux a priority is a thread's."""
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + NICER))


@dataclass(slots=True)
class _Batch:
    """What the writer does in one go."""

    records: list[StoreRecord] = field(default_factory=list)
    answers: list[Callable[[], None]] = field(default_factory=list)
    alone: _Alone | None = None
    ending: bool = False


@dataclass(slots=True)
class _Alone:
    """A transaction on its way to the writer thread. Of ``begun`` and ``withdrawn`` each side sets its own, then reads the other's."""

    work: Callable[[Any], bool]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[bool]
    begun: bool = False
    withdrawn: bool = False


def _tell(
    loop: asyncio.AbstractEventLoop, done: asyncio.Future[Any], error: StoreError | None, result: Any = None
) -> None:
    """Answer somebody. One whose loop is closed does not wait any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(_settle, done, error, result)


def _settle(done: asyncio.Future[Any], error: StoreError | None, result: Any = None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)
