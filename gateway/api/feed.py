"""The live feed: numbered events, the last of them kept for readers that come back, slow readers dropped."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode

KEPT = 2000
"""Events kept for ``Last-Event-ID``: some minutes of a large site, 1 MB."""
BEHIND_MAX = 500
"""Events that a reader may be behind before it is dropped: it can come back with ``Last-Event-ID``."""


Sees = Callable[[str, frozenset[str] | None], bool]
"""Whether a reader may see an event of this kind that belongs to these organisations (None: to all)."""


def sees_all(_kind: str, _organisations: frozenset[str] | None) -> bool:
    """A reader who may see everything."""
    return True


class Reader:
    """One client's queue, which begins with what it has missed. ``None`` ends it; ``dropped`` cuts a connection that is stuck."""

    def __init__(self, missed: Sequence[bytes], dropped: Callable[[], None], sees: Sees) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.dropped, self.sees = dropped, sees
        self._behind_max = BEHIND_MAX + len(missed)
        for frame in missed:
            self.queue.put_nowait(frame)

    def put(self, frame: bytes) -> bool:
        """Whether the reader keeps up."""
        if self.queue.qsize() >= self._behind_max:
            return False
        self.queue.put_nowait(frame)
        return True


class Feed:
    """Publishes without waiting for anyone.

    Numbers go on from ``last``: from the clock (ms since 1970), so that those of an earlier run are older than all of this run.
    """

    def __init__(self, last: int | None = None) -> None:
        self.dropped = 0
        self._number = time.time_ns() // 1_000_000 if last is None else last
        self._kept: deque[tuple[int, bytes, str, frozenset[str] | None]] = deque(maxlen=KEPT)
        self._readers: set[Reader] = set()

    def publish(self, kind: str, data: dict[str, Any], organisations: frozenset[str] | None = None) -> None:
        """Give an event to every reader who may see it. Never blocks: a reader that is too far behind is dropped."""
        self._number += 1
        frame = b"id: %d\nevent: %b\ndata: %b\n\n" % (self._number, kind.encode(), _encode(data))
        self._kept.append((self._number, frame, kind, organisations))
        for reader in list(self._readers):
            if reader.sees(kind, organisations) and not reader.put(frame):
                self.dropped += 1
                self.leave(reader)
                reader.dropped()

    def join(self, after: int | None, dropped: Callable[[], None] = lambda: None, sees: Sees = sees_all) -> Reader:
        """A new reader; ``after`` is the last number it has seen, None for only what is new.

        Where what followed ``after`` is not kept any more, or is not known, the first event is ``missed`` and says so (law 7).
        """
        missed: list[bytes] = []
        if after is not None:
            kept = [(number, frame, sees(kind, of)) for number, frame, kind, of in self._kept if number > after]
            first = kept[0][0] if kept else self._number + 1
            if after != first - 1:
                text = json.dumps({"after": after, "next": first}, separators=(",", ":"))
                missed.append(f"event: missed\ndata: {text}\n\n".encode())
            missed += [frame for _, frame, visible in kept if visible]
        reader = Reader(missed, dropped, sees)
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """A reader has gone, or is made to go."""
        self._readers.discard(reader)
        reader.queue.put_nowait(None)

    def close(self) -> None:
        """End every reader."""
        for reader in list(self._readers):
            self.leave(reader)
