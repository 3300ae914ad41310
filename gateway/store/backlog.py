"""Where records wait while the store takes none: a file of bounded size, and memory while not even the file takes them.

The file is JSON lines behind a first line that names it. It is brought home in groups, and with each group the store writes, in the
same transaction, how far the file of that name has come: whoever is killed in between goes on behind it, and no row stands twice.
Used by the writer thread alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import structlog

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.durable_file import sync_folder
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, StoreRecord, TokenRow, texts

log = structlog.get_logger("store")

BYTES_MAX = 256 * 2**20
"""Size of the file: a day of a large site. What comes after is refused and counted, never silently."""
HELD_MAX = 20_000
"""Records in memory while the file takes none either: some minutes of a large site, 20 MB."""
LINES_MAX = 500
"""Records that are written to the file at once."""
LOCK_S = 2.0
"""Longest time that another process may take to bring a group home: as long as a commit may take."""
LOOK_S = 0.01
MARK = "backlog"
"""The id of the anchor that tells how many bytes of which file have come home."""
MARK_OLDER = "backlog_older"
"""The same of a file of an older onekey that comes home before the other: each keeps its place."""
MARKS = (MARK, MARK_OLDER)

RECORDS = (
    ContextRow, TransferRow, SeatRow, GapRow, QueueRow, CallbackRow, OnceRow, SeenRow, TokenRow, AnchorRow, DeliveryRow,
)  # fmt: skip
_KINDS: dict[str, type[Any]] = {cls.__name__: cls for cls in RECORDS}

encode = msgspec.json.Encoder().encode


class Backlog:
    """The backlog at ``path``. ``count`` records wait, ``held`` of them in memory; ``lost`` were one too many."""

    def __init__(self, path: Path, bytes_max: int = BYTES_MAX, mark: str = MARK) -> None:
        self.path = path
        self._mark = mark
        self.lost = 0
        self._bytes_max = bytes_max
        self._held: deque[StoreRecord] = deque()
        self._name = ""
        self._home = 0
        """Bytes of the file that are home."""
        self._lines = _lines_in(path)
        self._taken = False
        """Another process would not let go of the file."""

    @property
    def count(self) -> int:
        """Records that wait."""
        return self._lines + len(self._held)

    @property
    def held(self) -> int:
        """Records that wait in memory, because the file takes none."""
        return len(self._held)

    # --- on the way in ------------------------------------------------------------------------------------------------------

    def put(self, records: Collection[StoreRecord]) -> None:
        """Keep records behind those that wait already: durable in the file, else in memory, else counted as lost."""
        was_held = len(self._held)
        waiting = [*self._held, *filter(self._fit, records)]
        self._held.clear()
        for start in range(0, len(waiting), LINES_MAX):
            part = waiting[start : start + LINES_MAX]
            try:
                self._append(part)
                self._lines += len(part)
            except _Full:
                self._lose(len(part), "the backlog file is full")
            except OSError as error:
                self._hold(waiting[start:], error, told=was_held > 0)
                return

    def _hold(self, records: Sequence[StoreRecord], error: OSError, *, told: bool) -> None:
        self._held.extend(records[:HELD_MAX])
        if not told:
            log.critical("backlog_down", path=str(self.path), why=str(error), remedy=HELD_REMEDY)
        if len(records) > HELD_MAX:
            self._lose(len(records) - HELD_MAX, str(error))

    def _fit(self, record: StoreRecord) -> bool:
        """True where a record can be written at all; one that cannot is counted, without a word of what is in it."""
        try:
            encode(record)
        except Exception as error:  # half of a surrogate pair, a number without end
            self._lose(1, f"{type(record).__name__}: {type(error).__name__}")
            return False
        return True

    def give_up(self) -> None:
        """The gateway ends: what is in memory goes with it, and is counted."""
        if self._held:
            self._lose(len(self._held), "the gateway stops while neither store nor backlog takes records")
            self._held.clear()

    def _lose(self, count: int, why: str) -> None:
        self.lost += count
        log.critical("records_lost", count=count, why=why, path=str(self.path))

    def _append(self, records: Sequence[StoreRecord]) -> None:
        """All of the records, durable, or none of them: a disk that fills up takes a part without an error."""
        lines = b"".join(encode({"k": type(r).__name__, "r": r}) + b"\n" for r in records)
        with self._locked(os.O_CREAT | os.O_APPEND | os.O_RDWR) as file:
            size = os.fstat(file.fileno()).st_size
            head = b"" if size else encode({MARK: secrets.token_hex(8)}) + b"\n"
            if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
                head = b"\n"  # the line that a kill -9 has cut off stays a line of its own
            if size + len(head) + len(lines) > self._bytes_max:
                raise _Full
            try:
                left = memoryview(head + lines)
                while left:
                    left = left[os.write(file.fileno(), left) :]
                os.fsync(file.fileno())
                if not size:
                    sync_folder(self.path.parent)  # the file is new
            except OSError:
                os.ftruncate(file.fileno(), size)
                raise

    @contextmanager
    def _locked(self, flags: int) -> Iterator[BinaryIO]:
        """The file, for us alone: a command line that opens the store brings the same backlog home. Raises OSError."""
        while True:
            with open(self.path, "rb", opener=lambda path, _: os.open(path, flags, 0o600)) as file:
                self._lock(file)
                if os.fstat(file.fileno()).st_nlink:  # else another has brought it home while we waited
                    yield file
                    return

    def _lock(self, file: BinaryIO) -> None:
        """Another has it for a group at a time, and is waited for; one that does not let go, as a command that was stopped with Ctrl-Z,
        is waited for once. Raises Taken."""
        until = time.monotonic() + (0.0 if self._taken else LOCK_S)
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._taken = time.monotonic() >= until
                if self._taken:
                    raise Taken from None
                time.sleep(LOOK_S)
            else:
                self._taken = False
                return

    # --- on the way home ------------------------------------------------------------------------------------------------------

    @contextmanager
    def group(self, limit: int, mark: Callable[[str], AnchorRow | None]) -> Iterator[list[StoreRecord] | None]:
        """The first records that wait, at most ``limit`` and the mark; None where none does: then the file is gone, too.

        ``mark`` asks the store for the one of an id. Who leaves the block without an error has made them durable: they wait no more.
        Raises OSError for a file that cannot be read, and whatever ``mark`` raises."""
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._locked(os.O_RDONLY))
            except FileNotFoundError:
                file = None
            if file is not None:
                self._begin(file, mark)
                lines = [line for line in (file.readline() for _ in range(limit)) if line]
                if lines:
                    end = file.tell()
                    records = [record for record in map(self._read, lines) if record is not None]
                    yield [*records, AnchorRow(self._mark, end, self._name)]
                    self._home, self._lines = end, max(0, self._lines - len(lines))
                    return
                self.path.unlink()
        self._name, self._home, self._lines = "", 0, 0
        held = [*self._held][:limit]
        yield held or None
        for _ in held:
            self._held.popleft()

    def waiting(self, mark: Callable[[str], AnchorRow | None]) -> Iterator[StoreRecord]:
        """Records that wait in the file, in their order; they stay there. Any thread may ask. Raises OSError."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._home_of(*_named(file), mark))
            yield from filter(None, map(self._read, file))

    def _begin(self, file: BinaryIO, mark: Callable[[str], AnchorRow | None]) -> None:
        """Go to the first record that is not home yet."""
        name, start = _named(file)
        home = self._home_of(name, start, mark)
        if name != self._name or home != self._home:  # a gateway before this one began it, or another went on with it
            self._name, self._home = name, home
            file.seek(home)
            self._lines = _lines_of(file)
        file.seek(home)

    def _home_of(self, name: str, start: int, mark: Callable[[str], AnchorRow | None]) -> int:
        """Bytes of the file of this name that are home. One that became the older one may have begun under the other mark."""
        marks = [mark(id_) for id_ in dict.fromkeys((self._mark, MARK))]
        return max((known.number for known in marks if known is not None and known.mac == name), default=start)

    def _read(self, line: bytes) -> StoreRecord | None:
        try:
            entry = msgspec.json.decode(line)
            record: StoreRecord = msgspec.convert(entry["r"], _KINDS[entry["k"]])
        except (ValueError, KeyError, TypeError):  # msgspec's own errors are ValueErrors
            if line.strip():
                log.error("backlog_line_damaged", path=str(self.path))
            return None
        return record


HELD_REMEDY = texts.RECORDS_WAIT_IN_MEMORY


class Taken(OSError):
    """Another process has the file and does not let go of it."""

    remedy = texts.END_OR_CONTINUE_THE_OTHER_ONEKEY

    def __init__(self) -> None:
        super().__init__(texts.ANOTHER_PROGRAM_HOLDS_THE_BACKLOG_FILE)


class _Full(Exception):
    """The file has its size."""


def _named(file: BinaryIO) -> tuple[str, int]:
    """The file's name, and where its records begin. One without (an older onekey's, or its first line was cut off) begins with a
    record: it is called after its first two lines, which tell instants and stay as they are."""
    first, second = file.readline(), file.readline()
    if name := _name_in(first):
        return name, len(first)
    return hashlib.sha256(first.strip() + b"\n" + second.strip()).hexdigest()[:16], 0


def _name_in(first: bytes) -> str:
    """The name in a file's first line; empty where it has none."""
    try:
        return str(msgspec.json.decode(first)[MARK])
    except (ValueError, KeyError, TypeError):
        return ""


def _lines_of(file: BinaryIO) -> int:
    """Lines from here to the end."""
    return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


def _lines_in(path: Path) -> int:
    """About how many records a gateway before this one has left there: what has come home of them is told by the store."""
    try:
        with path.open("rb") as file:
            return _lines_of(file) if _name_in(file.readline()) else 1 + _lines_of(file)
    except FileNotFoundError:
        return 0
    except OSError:
        return 1
