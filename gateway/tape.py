"""The tape: every event and what the core made of it, one JSON line each; ``onekey replay`` reproduces each decision.

Written by a thread of its own from a bounded queue, so that a stalled disk costs lines of tape and never a call. The file
holds callers' numbers: it is created with mode 0600.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from gateway.core import commands, events
from gateway.core.events import EVENT_TYPES, AnyEvent
from gateway.core.switchboard import Switchboards

log = structlog.get_logger("tape")

_encoder = msgspec.json.Encoder()
LINES_MAX = 50_000
"""Lines that may wait for the disk: about a minute of a large site. What comes after is counted as lost."""


class Tape:
    """An open tape. Call it with ``(kind, value)``; ``close`` writes what is left."""

    def __init__(self, path: Path) -> None:
        self.lost = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._lines: queue.Queue[tuple[str, object] | None] = queue.Queue(LINES_MAX)
        self._thread = threading.Thread(target=self._write, name="tape", daemon=True)
        self._thread.start()

    def __call__(self, kind: str, value: object) -> None:
        try:
            self._lines.put_nowait((kind, value))
        except queue.Full:
            self.lost += 1

    def _write(self) -> None:
        try:
            while (item := self._lines.get()) is not None:
                kind, value = item
                line = {"kind": kind, "type": type(value).__name__, "value": value}
                self._file.write(_encoder.encode(line) + b"\n")
                if self._lines.empty():
                    self._file.flush()
        except OSError as error:
            log.error("tape_stopped", why=str(error), remedy="free the disk or set another tape path, then restart")

    def close(self) -> None:
        """Write what waits and close the file."""
        self._lines.put(None)
        self._thread.join(timeout=5)
        self._file.close()


def read(path: Path) -> Iterator[tuple[str, object]]:
    """The values of a tape, in order. Raises ValueError with the line's number where a line is damaged."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = msgspec.json.decode(line)
                name = entry["type"]
                cls = EVENT_TYPES[name] if entry["kind"] == "event" else getattr(commands, name)
                yield entry["kind"], msgspec.convert(entry["value"], cls)
            except (msgspec.MsgspecError, KeyError, AttributeError) as error:
                raise ValueError(f"{path}:{number}: not a line of a tape ({error})") from error


def events_of(path: Path) -> Iterator[AnyEvent]:
    """Only the events of a tape."""
    for kind, value in read(path):
        if kind == "event":
            assert isinstance(value, events.Event)
            yield value  # type: ignore[misc]  # every class of EVENT_TYPES is in the union


def compare(path: Path, core: Switchboards) -> list[str]:
    """Replay a tape from the gateway's start. Returns a line for each decision that came out otherwise."""
    different: list[str] = []
    made: list[object] = []
    event: object = None
    for kind, value in read(path):
        if kind == "event":
            different += [f"{event}: now also {item}" for item in made]
            event = value
            made = list(core.step(value))  # type: ignore[arg-type]  # every class of EVENT_TYPES is in the union
        elif value in made:
            made.remove(value)
        else:
            different.append(f"{event}: then {value}, not now")
    return different
