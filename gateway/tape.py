"""The tape: every event and what the core made of it, one JSON line each; ``onekey replay`` reproduces each decision.

Written by a thread of its own from a bounded queue, so that a stalled disk costs lines of tape and never a call. The file
holds callers' numbers: it is created with mode 0600. The texts of the rules files are on it, the first in ``Start``, later ones in
``RulesLoaded``, so that a replay needs no file and a reload between two presses is reproduced.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from gateway.core import commands
from gateway.core.events import EVENT_TYPES
from gateway.core.switchboard import Switchboards

log = structlog.get_logger("tape")

_encoder = msgspec.json.Encoder()
LINES_MAX = 50_000
"""Lines that may wait for the disk: about a minute of a large site. What comes after is counted as lost."""


class Tape:
    """An open tape. Call it with ``(kind, value)``; ``close`` writes what is left."""

    def __init__(self, path: Path) -> None:
        self._refused = 0  # by a full queue
        self._unwritten = 0  # by a disk that failed
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "ab")
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            self._file.write(b"\n")  # the line that a kill -9 has cut off stays a line of its own
        self._lines: queue.Queue[tuple[str, object] | None] = queue.Queue(LINES_MAX)
        self._thread = threading.Thread(target=self._write, name="tape", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> int:
        """Lines that are not on the tape."""
        return self._refused + self._unwritten

    def __call__(self, kind: str, value: object) -> None:
        try:
            self._lines.put_nowait((kind, value))
        except queue.Full:
            self._refused += 1

    def _write(self) -> None:
        """Until ``close``: a disk that fails ends the tape, and the queue is emptied all the same."""
        while (item := self._lines.get()) is not None:
            if self._unwritten:
                self._unwritten += 1
                continue
            kind, value = item
            line = {"kind": kind, "type": type(value).__name__, "value": value}
            try:
                self._file.write(_encoder.encode(line) + b"\n")
                if self._lines.empty():
                    self._file.flush()
            except OSError as error:
                self._stopped(error)

    def _stopped(self, error: OSError) -> None:
        self._unwritten += 1
        log.error("tape_stopped", why=str(error), remedy="free the disk or set another tape path, then restart")

    def close(self) -> None:
        """Write what waits and close the file. Never raises: what cannot be written is counted as lost."""
        self._lines.put(None)
        self._thread.join(timeout=5)
        try:
            self._file.close()
        except OSError as error:
            if not self._unwritten:
                self._stopped(error)


@dataclass(frozen=True, slots=True)
class Start:
    """A gateway began, with what its store said had not ended."""

    transfers: tuple[commands.TransferRow, ...]
    contexts: tuple[commands.ContextRow, ...]
    rules: str = ""
    """The text of the rules file; empty on tapes from before it was kept."""


def read(path: Path) -> Iterator[tuple[str, object]]:
    """The values of a tape, in order. A line that a kill -9 has cut off is passed over; it is the last of its gateway's."""
    with path.open("rb") as file:
        for line in file:
            try:
                entry = msgspec.json.decode(line)
                name = entry["type"]
                kind = entry["kind"]
                cls = Start if kind == "start" else EVENT_TYPES[name] if kind == "event" else getattr(commands, name)
                yield kind, msgspec.convert(entry["value"], cls)
            except (ValueError, KeyError, AttributeError, TypeError):  # msgspec's own errors are ValueErrors
                log.warning("tape_line_damaged", path=str(path))


def compare(path: Path, make: Callable[[Start], Switchboards]) -> list[str]:
    """Replay a tape, each gateway's life from its start. Returns a line for each decision that came out otherwise.

    What a killed gateway did not write any more of its last event is no difference.
    """
    different: list[str] = []
    core: Switchboards | None = None
    made: list[object] = []
    event: object = None
    for kind, value in read(path):
        if isinstance(value, Start):
            core, made = make(value), []
        elif kind == "event" and core is not None:
            different += [f"{event}: now also {item}" for item in made]
            event = value
            made = list(core.step(value))  # type: ignore[arg-type]  # every class of EVENT_TYPES is in the union
        elif value in made:
            made.remove(value)
        elif core is not None:
            different.append(f"{event}: then {value}, not now")
    return different
