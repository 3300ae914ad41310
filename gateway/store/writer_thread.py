"""The thread that writes: what waits becomes durable in groups, behind the backlog; while the database takes nothing, it goes there.

It is tried again every ``RETRY_S`` and whenever somebody asks for an answer: what is written meanwhile costs the thread, and so the voice
path beside it, no more than a line in a file. The event loop reads its counts and its ``problem``, and changes nothing of them.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from gateway.store import CatchingUp, StoreError, StoreRecord, texts
from gateway.store.backlog import RECORDS, Backlog, Taken
from gateway.store.commits import NARROWER, PROGRAM_REMEDY, Database, Groups, Unfit

log = structlog.get_logger("store")

GROUP_MAX = 1000
"""Records per commit: large enough that a burst shares its flush, small enough that whoever waits for one waits 50 ms."""
GATHER_S = 0.2
"""Between two commits for which nobody waits. On a busy site most records touch the same pages, and each commit writes all pages that
it touches: a fifth of the commits is half of the work. A record that comes alone is written at once."""
NICER = 10
"""Niceness of the writer, above that of the rest of the gateway: about a tenth, where both want all of it."""
RETRY_S = 0.5
"""Interval at which a broken database is tried again."""
HOME_GROUPS = 10
"""Groups of the backlog that come home between two looks at the queue, a second or two: whoever asks meanwhile is told, not left waiting."""
UNFIT_REMEDY = texts.CHECK_THE_TEXTS_AND_NUMBERS


@dataclass(slots=True)
class _Batch:
    """Work of the writer in one go."""

    records: list[StoreRecord] = field(default_factory=list)
    answers: list[Callable[[], None]] = field(default_factory=list)
    alone: Alone | None = None
    ending: bool = False


@dataclass(slots=True)
class Alone:
    """A transaction on its way to the writer thread. Of ``begun`` and ``withdrawn`` each side sets its own, then reads the other's."""

    work: Callable[[Any], bool]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[bool]
    begun: bool = False
    withdrawn: bool = False


Item = StoreRecord | tuple[StoreRecord, ...] | Callable[[], None] | Alone | None
"""A record, records that stay together, an answer to be given, a transaction of its own, or the end."""


class WriterThread:
    """The writer of a store at ``where``. Records wait in ``backlog`` while they cannot be written; what waits in ``older`` comes home first."""

    def __init__(self, database: Database, where: str, backlog: Backlog, older: Backlog | None) -> None:
        self.commits = Groups(database, where)
        self.problem: StoreError | None = None
        self.groups = 0
        """Groups that the writer is done with, one way or the other: while this grows, it is not stuck."""
        self.settled = 0
        """Records that are committed, in the backlog, or lost."""
        self.lost = 0
        self._database, self._where, self._backlog, self._older = database, where, backlog, older
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._try_at = 0.0
        self._catching_up = False
        self._hurry = threading.Event()  # somebody waits for what is in the queue
        self._gather_until = 0.0
        self._thread = threading.Thread(target=self._run, name=f"store {backlog.path.stem}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """True while the thread runs."""
        return self._thread.is_alive()

    @property
    def backlogs(self) -> list[Backlog]:
        """The backlogs from which records still come home, in that order."""
        older = self._older  # the thread lets go of it
        return [older, self._backlog] if older is not None else [self._backlog]

    @property
    def on_the_way(self) -> int:
        """Number of records that wait in the backlogs."""
        return sum(backlog.count for backlog in self.backlogs)

    def put(self, item: Item, *, hurry: bool = False) -> None:
        """Let something wait for its turn; ``hurry``: somebody waits for it."""
        self._queue.put(item)
        if hurry:
            self._hurry.set()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

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
            # A burst goes on at once; what trickles in is gathered, unless somebody hurries.
            more_waits = batch.alone is not None or len(batch.records) >= GROUP_MAX
            self._gather_until = 0.0 if more_waits else time.monotonic() + GATHER_S
            self._write(batch.records, try_now=bool(batch.answers or batch.alone or ending))
            # Behind the write: the queue is in order, so whoever asked is answered for all that he had given before.
            for answer in batch.answers:
                answer()
            if batch.answers:
                self.commits.unfit = None
            if batch.alone is not None:
                self._do_alone(batch.alone)
        # What only memory holds would go with this process; what the file has waits for the next gateway.
        while self._catching_up and self._backlog.held:
            self._write([], try_now=True)

    def _collect(self) -> _Batch:
        """Records that wait and come in a little while, up to a group or to somebody who wants a transaction of his own; while the database is
        down, not for long."""
        batch = _Batch()
        if self.problem is None and (pause_s := self._gather_until - time.monotonic()) > 0:
            self._hurry.wait(pause_s)
        try:
            # Down: tried again after a pause. While the backlog comes home there is no pause, and what is new waits its turn behind it.
            patience_s = None if self.problem is None else 0.0 if self._catching_up else RETRY_S
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
            elif isinstance(item, Alone):
                # It sees what was taken before it, and nothing that came behind: the group ends here.
                batch.alone = item
                return batch
            elif callable(item):
                batch.answers.append(item)
            else:
                log.error("store_refused", kind=type(item).__name__, remedy="a record that this store does not know")
                self.lost += 1
            if len(batch.records) >= GROUP_MAX or self._emptied():
                return batch
            item = self._queue.get()

    def _emptied(self) -> bool:
        """True where nothing waits, so that nobody waits either. Looked at again behind the clearing: what came between is hurried."""
        if not self._queue.empty():
            return False
        self._hurry.clear()
        return self._queue.empty()

    def _write(self, records: Sequence[StoreRecord], *, try_now: bool) -> None:
        """One transaction, behind the backlog; while that cannot be, the records go there."""
        if self.problem is not None and not try_now and time.monotonic() < self._try_at:
            self._backlog.put(records)
        else:
            rest = deque(records)
            try:
                if self._bring_home():
                    self.commits.commit(rest)
            except Exception as error:  # whatever it is: a writer that ends takes nothing any more
                self._fallen(error)
                self._backlog.put(rest)
            else:
                self._backlog.put(rest)
                self._risen()
        # Before ``groups``: whoever sees that one grow finds the other right.
        self.settled += len(records)
        self.groups += 1

    def _fallen(self, error: Exception) -> None:
        expected = isinstance(error, self.commits.failures)
        remedy = self._database.remedy(error) if expected else PROGRAM_REMEDY
        if isinstance(error, Taken):
            remedy = error.remedy
        said = getattr(error, "strerror", None) or str(
            error
        )  # a file's path is nothing that a reader of the API is told
        why = error.what if isinstance(error, StoreError) else said if expected else type(error).__name__
        if self.problem is None:
            log.error("store_down", where=self._where, why=why, remedy=remedy)
        what = texts.DATABASE_TAKES_NO_RECORDS(why=why)
        self.problem = StoreError(what, self._where, remedy)
        self._try_at = time.monotonic() + RETRY_S

    def _risen(self) -> None:
        """The database takes records; the alarm ends when nothing of the backlog is left."""
        if self._catching_up:
            what = texts.STORE_IS_BACK_AND_TAKES(on_the_way=self.on_the_way)
            self.problem, self._try_at = CatchingUp(what, self._where, texts.TRY_AGAIN_IN_A_MOMENT), 0.0
            return
        if self.problem is not None:
            log.warning("store_back", where=self._where)
        self.problem = None

    def _bring_home(self) -> bool:
        """The backlog, a group at a time, of fewer records where one of them is unfit; whether nothing is left of it. Raises one of
        the database's failures."""
        self._catching_up = False
        waiting = self.backlogs
        size = GROUP_MAX
        for _ in range(HOME_GROUPS):
            try:
                with waiting[0].group(size, self._database.anchor) as records:
                    if records is not None and self.commits.commit_past(records, size):
                        size = GROUP_MAX
            except Unfit:
                size = max(1, size // NARROWER)
                continue
            if records is None:
                if len(waiting) == 1:
                    return True
                # The file of the gateway before us is home; ours comes next.
                self._older = None
                del waiting[0]
                continue
            self.groups += 1
        self._catching_up = True
        return False

    def _do_alone(self, alone: Alone) -> None:
        # First our mark, then the look at theirs; they do it the other way round. So at least one side sees the other's, and an edit that
        # somebody has given up is not carried out without his knowing.
        alone.begun = True
        found, error = False, self.problem
        if error is None and not alone.withdrawn:
            try:
                with self.commits.working():
                    found = self._database.alone(alone.work)
            except self.commits.failures as failed:
                what = texts.DATABASE_TAKES_NO_RECORDS_FAILED(failed=failed)
                error = StoreError(what, self._where, self._database.remedy(failed))
            except Exception as unfit:
                why = type(unfit).__name__
                log.error("store_refused", where=self._where, why=why)
                what = texts.DATABASE_CANNOT_WRITE_THIS_RECORD(why=why)
                error = StoreError(what, self._where, UNFIT_REMEDY)
        answer_to(alone.loop, alone.done, error, found)


def _behind_the_voice() -> None:
    """Where this thread and the one that hears Asterisk share a core, that one goes first (law 5). On Linux a priority is a thread's."""
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, min(19, os.getpriority(os.PRIO_PROCESS, me) + NICER))


def answer_to(
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
