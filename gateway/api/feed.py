"""The live feed: numbered events, the last of them kept for readers that come back, slow readers dropped."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

KEPT = 2000
"""Events kept for ``Last-Event-ID``: some minutes of a large site, 1 MB."""
BEHIND_MAX = 500
"""Events that a reader may be behind before it is dropped: it can come back with ``Last-Event-ID``."""


class Reader:
    """One client's queue. ``None`` ends it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue(BEHIND_MAX + 1)

    def put(self, frame: bytes) -> bool:
        """Whether the reader keeps up."""
        if self.queue.qsize() >= BEHIND_MAX:
            return False
        self.queue.put_nowait(frame)
        return True


class Feed:
    """Publishes without waiting for anyone."""

    def __init__(self) -> None:
        self.dropped = 0
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._readers: set[Reader] = set()

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Give an event to every reader. Never blocks: a reader that is too far behind is dropped."""
        self._number += 1
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        frame = f"id: {self._number}\nevent: {kind}\ndata: {text}\n\n".encode()
        self._kept.append((self._number, frame))
        for reader in list(self._readers):
            if not reader.put(frame):
                self.dropped += 1
                self.leave(reader)

    def join(self, after: int | None) -> Reader:
        """A new reader; ``after`` is the last number it has seen, None for only what is new."""
        reader = Reader()
        if after is not None:
            missed = [frame for number, frame in self._kept if number > after]
            for frame in missed[-BEHIND_MAX:]:
                reader.put(frame)
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """A reader has gone, or is made to go."""
        self._readers.discard(reader)
        if not reader.queue.full():
            reader.queue.put_nowait(None)

    def close(self) -> None:
        """End every reader."""
        for reader in list(self._readers):
            self.leave(reader)
