"""Writing, the same for every store: one thread that commits in groups, and a backlog for the time when it cannot.

What a store adds is its ``Database``: how a group of records becomes durable, and what is wrong when it does not. Here is the side of the
event loop; the thread's is ``writer_thread``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from gateway.core.messages.records import GapRow, QueueRow, SeatRow
from gateway.store import AnchorRow, StoreError, StoreHealth, StoreRecord, Stuck, texts
from gateway.store.backlog import BYTES_MAX, HELD_REMEDY, MARK_OLDER, Backlog
from gateway.store.commits import PROGRAM_REMEDY, Database
from gateway.store.writer_thread import Alone, WriterThread, answer_to

log = structlog.get_logger("store")

SLOW_S = 2.0
"""A commit that takes longer is an alarm. It takes 1 ms usually, and 340 to 800 ms when a disk stalls."""
WAIT_S = 2.0
"""Wait of whoever asks for a writer that gets nothing done."""
WAITING_MAX = 100_000
"""Records that may wait in memory for a writer that is stuck in a commit: 100 MB. What comes after is refused and counted."""
BACKLOG_BYTES_MAX = BYTES_MAX


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
        """Number of callers who wait for an answer of the writer."""
        self._database = database
        self._backlog = Backlog(backlog, backlog_bytes_max)
        from_before = Backlog(older, backlog_bytes_max, MARK_OLDER) if older is not None else None
        self._taken = 0  # by write
        self._refused = 0  # by write
        self._closed = False
        self._thread = WriterThread(database, where, self._backlog, from_before)

    @property
    def settled(self) -> int:
        """Number of the records taken that are committed, in the backlog, or lost."""
        return self._thread.settled

    def write(self, record: StoreRecord, *with_it: StoreRecord) -> None:
        """Take records, which stay together; the writer thread does the rest."""
        # Each side writes a count of its own and reads the other's: no lock stands between a turn and the thread.
        if self._taken - self._thread.settled >= WAITING_MAX:
            if not self._refused:
                log.critical(
                    "records_lost", where=self.where, why=f"{WAITING_MAX} records wait for a writer that is stuck"
                )
            self._refused += 1 + len(with_it)
            return
        self._taken += 1 + len(with_it)
        self._thread.put((record, *with_it) if with_it else record)

    async def flush(self) -> None:
        """Wait until what was written is committed. Raises StoreError while the database is down or stuck, and once it is closed."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def answer() -> None:
            answer_to(loop, done, self._thread.problem or self._thread.commits.unfit)

        try:
            await self._ask(answer, done)
        except Stuck:
            done.cancel()
            raise

    async def _alone(self, work: Callable[[Any], bool]) -> bool:
        """A transaction of its own in the writer thread: whoever waits is told what came of it, and nothing of it is kept for later."""
        loop = asyncio.get_running_loop()
        alone = Alone(work, loop, loop.create_future())
        try:
            await self._ask(alone, alone.done)
        except Stuck:
            alone.withdrawn = True  # before the look: then either the writer sees it, or we see that it has begun
            if not alone.begun:
                alone.done.cancel()
                raise
            await alone.done
        return alone.done.result()

    async def _ask(self, item: Callable[[], None] | Alone, done: asyncio.Future[Any]) -> None:
        """Wait for the writer's answer, as long as it gets anything done."""
        if self._closed:
            raise Stuck(texts.STORE_IS_CLOSED, self.where, texts.RESTART_THE_GATEWAY)
        self.asked += 1
        self._thread.put(item, hurry=True)
        try:
            groups = -1
            # While groups pass, the writer works, however long the queue is; a whole pause without one means that it is stuck in a commit.
            while not done.done() and groups != self._thread.groups:
                groups = self._thread.groups
                await asyncio.wait([done], timeout=WAIT_S)
        finally:
            self.asked -= 1
        if not done.done():
            raise Stuck(*(self._slow() if self._thread.alive else self._ended()))
        done.result()

    async def _left(self, marks: Mapping[str, AnchorRow | None]) -> list[StoreRecord]:
        """The newest row of each id that waits in the files; ``marks``, read before, tell from where on."""

        def read() -> list[StoreRecord]:
            newest: dict[tuple[str, ...], StoreRecord] = {}
            for backlog in self._thread.backlogs:
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
        # Behind all that was taken: the end waits its turn, too.
        self._thread.put(None, hurry=True)
        await asyncio.to_thread(self._thread.join)

    def health(self) -> StoreHealth:
        """Health of the database: does it take records, in good time, and how many wait."""
        # The thread may count on between the two readings.
        waiting = max(0, self._taken - self._thread.settled)
        lost = self._thread.lost + self._thread.commits.lost + self._refused + self._backlog.lost
        problem = self._thread.problem
        if problem is None and self._thread.commits.slow_s > SLOW_S:
            problem = StoreError(*self._slow())
        if not self._thread.alive and not self._closed:
            problem = StoreError(*self._ended())
        said = str(problem or "")
        held = self._backlog.held
        if held:
            said += texts.BACKLOG_FILE_TAKES_NONE_EITHER(path=self._backlog.path, held_remedy=HELD_REMEDY)
        return StoreHealth(
            ok=problem is None,
            backlog=waiting + self._thread.on_the_way,
            lost=lost,
            problem=said,
            in_memory=waiting + held,
            held=held,
        )

    def _slow(self) -> tuple[str, str, str]:
        what = texts.STORE_IS_SLOW(slow_s=SLOW_S)
        return what, self.where, texts.CHECK_THE_DISK_AND_THE_LOAD

    def _ended(self) -> tuple[str, str, str]:
        return texts.STORES_WRITER_HAS_ENDED, self.where, PROGRAM_REMEDY
