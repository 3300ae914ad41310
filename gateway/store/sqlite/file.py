"""The writer's connection to a SQLite file, and the files beside it.

SQLite keeps what is newest in a second file, the WAL, and finds that by its name: beside a file that somebody has put in the place of
another it takes the other's WAL for its own, and ruins it. So a file that was replaced is made whole and let go of before the one in
its place is opened, and it is noted which file a WAL belongs to, for whoever comes behind a gateway that was killed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from gateway.durable_file import sync_folder, write_whole
from gateway.store import AnchorRow, StoreError, StoreRecord, texts
from gateway.store.sqlite import damage
from gateway.store.sqlite.reader import ABSENT_REMEDY, busy_remedy, other_database
from gateway.store.sqlite.schema import insert, name_of

log = structlog.get_logger("store")

WAL, SHM = "-wal", "-shm"
Identity = tuple[int, int]
"""Identity of a file: device and number."""


class SqliteFile:
    """The database at ``path``. ``connect`` opens it, and again when another is in its place."""

    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError, StoreError)

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path, self._connect = path, connect
        self._connection: sqlite3.Connection | None = None
        self._beside: dict[Path, Identity] = {}
        self.name = ""
        """Name of the database, once that could be read."""
        connection = self._opened()
        with contextlib.suppress(sqlite3.Error):
            self.name = name_of(connection)

    def commit(self, records: Sequence[StoreRecord]) -> None:
        def work(connection: sqlite3.Connection) -> bool:
            insert(connection, records)
            return True

        self.alone(work)

    def alone(self, work: Callable[[sqlite3.Connection], bool]) -> bool:
        connection = self._there()
        try:
            # For writing from the beginning: a reader that turns writer half-way would find the lock taken, and could not wait for it.
            connection.execute("begin immediate")
            found = work(connection)
            connection.execute("commit")
        except BaseException:  # a transaction that is left open locks the database for everybody
            if connection.in_transaction:
                connection.rollback()
            raise
        return found

    def anchor(self, id_: str) -> AnchorRow | None:
        row = self._there().execute("select id, number, mac from anchor where id = ?", (id_,)).fetchone()
        return AnchorRow(*row) if row else None

    def remedy(self, error: Exception) -> str:
        if isinstance(error, FileNotFoundError):
            return ABSENT_REMEDY
        if isinstance(error, StoreError):
            return error.remedy
        damaged = damage.words(error, self._path)
        return damaged[1] if damaged is not None else busy_remedy(error)

    def replaced(self) -> bool:
        """True where another file than the one that was opened is at the path, or beside it. Any thread may ask."""
        try:
            return identity(self._path) != self._identity or not self._whole()
        except OSError:
            return False

    def close(self) -> None:
        """Close it; one that has been moved has all that is its own then."""
        if self._connection is None:
            return
        try:
            if self.replaced() or not self._path.exists():
                self._let_go(self._connection)
        except self.failures as error:
            log.error("store_not_whole", where=str(self._path), why=str(error), remedy=self.remedy(error))
        if self._connection is not None:
            self._connection.close()
            os.close(self._held)

    # --- the file at the path -------------------------------------------------------------------------------------------------

    def _there(self) -> sqlite3.Connection:
        """The connection, if the database is still where it was opened: SQLite goes on writing to a file that has been moved or
        deleted, and says that it is durable. No new one is made in its place, and none that somebody else makes there is taken, only a
        copy of ours: a disk that is not mounted just now comes back."""
        found, connection = identity(self._path), self._connection
        if connection is None or found != self._identity or not self._whole():
            if connection is not None:
                self._let_go(connection)
            self._look()
            connection = self._opened(found)
            log.warning("store_replaced", where=str(self._path))
        self.name = self.name or name_of(connection)
        return connection

    def _whole(self) -> bool:
        """True where the files beside it are still those that were opened: SQLite writes on to these, too."""
        return all(path.exists() and identity(path) == known for path, known in self._beside.items())

    def _opened(self, found: Identity | None = None) -> sqlite3.Connection:
        """Open what is at the path, ``found`` there before, and hold it: what has no name any more is there as long as somebody does."""
        new = not self._path.exists()
        connection = self._connect()
        try:
            if new:
                sync_folder(self._path.parent)
            self._held = os.open(self._path, getattr(os, "O_PATH", os.O_RDONLY))  # to look at only: it costs no locks
        except OSError:
            connection.close()
            raise
        self._connection, self._identity = connection, found or _identity(os.fstat(self._held))
        self._beside = {path: identity(path) for path in beside(self._path) if path.exists()}
        return connection

    def _let_go(self, connection: sqlite3.Connection) -> None:
        """Leave the file that was opened, with all that is its own: what is newest in it is beside another file now."""
        # What is newest goes into the file itself first: by its name the WAL is the other file's now.
        busy = connection.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        ours = [path for path, known in self._beside.items() if path.exists() and identity(path) == known]
        if busy or any(path.stat().st_size for path in ours if path.name.endswith(WAL)):
            what = texts.DATABASES_FILE_WAS_REPLACED_WHILE
            raise StoreError(what, str(self._path), texts.WAIT_A_MOMENT)
        if not os.fstat(self._held).st_nlink:
            self._save(connection)
        try:
            for path in ours:
                path.unlink()
        finally:  # without them it must not be written to any more
            connection.close()
            os.close(self._held)
            self._connection, self._beside = None, {}

    def _save(self, connection: sqlite3.Connection) -> None:
        """The file that was opened has no name any more, and goes when it is closed: it is kept under another."""
        saved = self._path.with_name(f"{self._path.name}.replaced-{time.strftime('%Y%m%dT%H%M%S')}")
        # Nothing is replaced by what is saved: a name that is taken is an error.
        os.close(os.open(saved, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            with contextlib.closing(sqlite3.connect(saved)) as target:
                connection.backup(target)
        except sqlite3.Error as error:
            saved.unlink()
            what = texts.DATABASES_FILE_WAS_OVERWRITTEN(error=error)
            raise StoreError(what, str(saved), texts.FREE_THE_DISK) from error
        sync_folder(saved.parent)
        log.warning("store_overwritten", where=str(self._path), kept=str(saved))

    def _look(self) -> None:
        """Look at the file that is at the path now: it must be a copy of ours; else it is left as it is."""
        check(self._path)
        with contextlib.closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as found:
            try:
                name = name_of(found)
            except sqlite3.OperationalError:  # none of ours, or of an onekey that gave no names
                name = ""
            if self.name and name != self.name:
                raise other_database(self._path)


# --- which file a WAL belongs to ------------------------------------------------------------------------------------------------


def beside(path: Path) -> tuple[Path, Path]:
    """Where the newest pages of the database at ``path`` are, and their index: beside the file itself where that is a link."""
    real = Path(os.path.realpath(path))
    return real.with_name(real.name + WAL), real.with_name(real.name + SHM)


def note(path: Path) -> None:
    """Note which file the WAL beside the database at ``path`` belongs to, behind its opening. Raises OSError."""
    wal, _ = beside(path)
    if not wal.exists():
        return
    pair, place = f"{path.stat().st_ino} {wal.stat().st_ino}\n", _note_of(path)
    if _noted(path) != pair.split():
        write_whole(place, pair.encode())


def check(path: Path) -> None:
    """Refuse a database beside which the WAL of another lies, before it is opened. Raises StoreError, and OSError."""
    wal, _ = beside(path)
    if not wal.exists() or not wal.stat().st_size:
        return
    if not path.exists():
        what = texts.DATABASE_IS_MISSING
        remedy = texts.BRING_THE_DATABASE_BACK(name=wal.name)
        raise StoreError(what, str(path), remedy)
    noted = _noted(path)
    if len(noted) == 2 and noted[1] == str(wal.stat().st_ino) and noted[0] != str(path.stat().st_ino):
        what = texts.WAL_BELONGS_TO_THE_FILE_BEFORE(name=wal.name)
        remedy = texts.IF_A_GATEWAY_RUNS(name=wal.name)
        raise StoreError(what, str(path), remedy)


def _note_of(path: Path) -> Path:
    real = Path(os.path.realpath(path))
    return real.with_name(real.name + ".opened")


def _noted(path: Path) -> list[str]:
    try:
        return _note_of(path).read_text().split()
    except (FileNotFoundError, UnicodeDecodeError):
        return []


def identity(path: Path) -> Identity:
    """Identity of the file at a path. Raises FileNotFoundError where there is none."""
    return _identity(path.stat())


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino
