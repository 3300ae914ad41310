"""The tape: every event and what the core made of it, one JSON line each; ``onekey replay`` reproduces each decision.

Written by a thread of its own from a bounded queue, so that a stalled disk costs lines of tape and never a call. The file
holds callers' numbers: it is created with mode 0600. The texts of the rules files are on it, the first in ``Start``, later ones in
``RulesLoaded``, so that a replay needs no file and a reload between two presses is reproduced.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

log = structlog.get_logger("tape")

_encoder = msgspec.json.Encoder()
CLOSE_S = 5.0
"""Time that a disk that stalls may take of a gateway's end."""
LINES_MAX = 50_000
"""Lines that may wait for the disk: about a minute of a large site. What comes after is counted as lost."""


class Tape:
    """An open tape. Call it with ``(kind, value)``; ``close`` writes what is left.

    With ``daily`` the tape of a day that is over (UTC) gets its date into its name (``days_of``), so that it can go when its time is
    over. ``clock``: seconds since 1970.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float], daily: bool = False) -> None:
        self._refused = 0  # by a full queue
        self._unwritten = 0  # by a disk that failed
        self._unfit = 0  # no JSON can hold them
        self._path, self._daily, self._clock = path, daily, clock
        self._day = self._today()
        if daily and path.exists() and path.stat().st_size:
            before = _day(path.stat().st_mtime)
            if before < self._day:
                _put_away(path, before)
        self._file = _opened(path)
        self._lines: queue.Queue[tuple[str, object] | None] = queue.Queue(LINES_MAX)
        self._thread = threading.Thread(target=self._write, name="tape", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Lines that are not on the tape."""
        return self._refused + self._unwritten + self._unfit

    def __call__(self, kind: str, value: object) -> None:
        try:
            self._lines.put_nowait((kind, value))
        except queue.Full:
            self._refused += 1

    def _write(self) -> None:
        """Until ``close``: a disk that fails ends the tape, and the queue is emptied all the same. A line that cannot be written is
        one line."""
        while (item := self._lines.get()) is not None:
            if self._unwritten:
                self._unwritten += 1
                continue
            kind, value = item
            try:
                if self._daily and self._today() != self._day:
                    self._next_day()
                line = {"kind": kind, "type": type(value).__name__, "value": value}
                self._file.write(_encoder.encode(line) + b"\n")
                if self._lines.empty():
                    self._file.flush()
            except OSError as error:
                self._stopped(error)
            except Exception as error:  # half of a surrogate pair; what is in it stays out of the log
                self._unfit += 1
                log.error("tape_line_lost", type=type(value).__name__, why=type(error).__name__)

    def _today(self) -> str:
        return _day(self._clock())

    def _next_day(self) -> None:
        """The day is over: its tape is put away, and the next begins. Where that fails the tape goes on as it is."""
        over, self._day = self._day, self._today()
        try:
            self._file.flush()
            dated = _put_away(self._path, over)
            try:
                after = _opened(self._path)
            except OSError:
                if not self._path.exists():
                    dated.rename(self._path)
                raise
            before, self._file = self._file, after
            before.close()
        except OSError as error:
            log.error("tape_not_put_away", why=str(error), day=over)

    def _stopped(self, error: OSError) -> None:
        self._unwritten += 1
        log.error("tape_stopped", why=str(error), remedy="free the disk or set another tape path, then restart")

    def close(self) -> None:
        """Write what waits and close the file. Never raises: what cannot be written is counted as lost."""
        with contextlib.suppress(queue.Full):  # a disk that stalls
            self._lines.put(None, timeout=CLOSE_S)
        self._thread.join(timeout=CLOSE_S)
        if self._thread.is_alive():
            self._unwritten += 1 + self._lines.qsize()
            log.error("tape_stopped", why=f"the disk stalls for {CLOSE_S:g} s", remedy="check the disk")
            return
        try:
            self._file.close()
        except OSError as error:
            if not self._unwritten:
                self._stopped(error)


def _opened(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    file = os.fdopen(descriptor, "ab")
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        file.write(b"\n")  # the line that a kill -9 has cut off stays a line of its own
    return file


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _put_away(path: Path, day: str) -> Path:
    """Give a tape the name of its day, and return it. One that has the name already (a clock went back) takes nothing: a number is
    added."""
    dated = path.with_name(f"{path.stem}-{day}{path.suffix}")
    number = 1
    while dated.exists():
        number += 1
        dated = path.with_name(f"{path.stem}-{day}.{number}{path.suffix}")
    return path.rename(dated)


def days_of(path: Path) -> list[Path]:
    """The tapes of days that are over, oldest first, beside the tape at ``path``."""
    name = re.compile(re.escape(path.stem) + r"-\d{4}-\d\d-\d\d(?:\.\d+)?" + re.escape(path.suffix))
    found = [one for one in path.parent.glob(f"{path.stem}-*{path.suffix}") if name.fullmatch(one.name)]
    return sorted(found, key=lambda one: (one.name[: len(path.stem) + len("-2026-11-24")], len(one.name), one.name))


def prune(path: Path, keep_days: int, at: float, *, dry_run: bool) -> list[Path]:
    """Remove the tapes of whole days that are older than ``keep_days`` at the instant ``at``. The one that is written stays."""
    oldest_kept = f"{path.stem}-{_day(at - keep_days * 86400)}"
    gone = [one for one in days_of(path) if one.name < oldest_kept]
    for one in () if dry_run else gone:
        one.unlink()
    return gone
