"""Transactions, the same for every store: groups of records, timed. A group that holds a record which can be written nowhere is narrowed
down to it, and it alone is lost."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

import structlog

from gateway.store import AnchorRow, StoreError, StoreRecord, texts

log = structlog.get_logger("store")

NARROWER = 10
"""Where a group cannot be written for one of its records, the next is so many times smaller: a thousand are searched in thirty."""
PROGRAM_REMEDY = texts.ERROR_OF_THE_PROGRAM


class Database(Protocol):
    """Where records become durable; used by the writer thread alone. ``failures`` are the exceptions that say it cannot now."""

    failures: tuple[type[Exception], ...]

    def commit(self, records: Sequence[StoreRecord]) -> None:
        """All of these, durable on return, or none of them and one of ``failures``; another error says that one of them is unfit."""
        ...

    def alone(self, work: Callable[[Any], bool]) -> bool:
        """A transaction of its own around ``work``: all of it durable, or none."""
        ...

    def anchor(self, id_: str) -> AnchorRow | None:
        """The anchor of this id."""
        ...

    def remedy(self, error: Exception) -> str:
        """The remedy for a failure."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Unfit(Exception):
    """Some record of a group can be written nowhere."""


class Groups:
    """Groups of records on their way into ``database``. ``lost`` records were unfit; ``unfit`` tells of the last, until somebody has been told."""

    def __init__(self, database: Database, where: str) -> None:
        self.failures: tuple[type[Exception], ...] = (*database.failures, OSError)
        self.lost = 0
        self.unfit: StoreError | None = None
        self._database, self._where = database, where
        self._since: float | None = None
        self._took_s = 0.0

    @property
    def slow_s(self) -> float:
        """The time that the last transaction took, or the one that is under way so far. Any thread may ask."""
        # Read once: the thread may let go of it between two readings.
        since = self._since
        return max(self._took_s, time.monotonic() - since if since is not None else 0.0)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """A transaction is under way."""
        since = self._since = time.monotonic()
        try:
            yield
        finally:
            self._took_s = time.monotonic() - since
            self._since = None

    def commit(self, rest: deque[StoreRecord]) -> None:
        """A group, taken out of ``rest`` as it becomes durable: all at once, unless one is unfit. Raises one of the failures."""
        size = len(rest)
        while rest:
            part = list(islice(rest, size))
            try:
                past = self.commit_past(part, size)
            except Unfit:
                size = max(1, size // NARROWER)
                continue
            for _ in part:
                rest.popleft()
            # Past the unfit one the others go in one transaction again.
            size = len(rest) if past else size

    def commit_past(self, records: Sequence[StoreRecord], limit: int) -> bool:
        """One transaction of ``limit`` records at most, behind which their mark may come. Raises Unfit where one of several is; a
        single one is passed over, if the database takes its mark: whether it was."""
        with self.working():
            try:
                self._database.commit(records)
            # The database's fault, not a record's: the whole group stays.
            except self.failures:
                raise
            except Exception as error:
                if limit > 1:
                    raise Unfit from error
                self._database.commit(records[1:])  # else it is not the record
                self._set_aside(records[0], error)
                return True
        return False

    def _set_aside(self, record: StoreRecord, error: Exception) -> None:
        """The log says of which kind it is, not what is in it."""
        kind, why = type(record).__name__, type(error).__name__
        log.critical("records_lost", where=self._where, count=1, why=f"{kind}: {why}", remedy=PROGRAM_REMEDY)
        what = texts.RECORD_CANNOT_BE_WRITTEN(kind=kind, why=why)
        self.unfit = StoreError(what, self._where, PROGRAM_REMEDY)
        self.lost += 1
