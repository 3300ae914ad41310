"""The live feed: numbered events, the last of them kept for readers that come back, slow readers dropped.

What an event costs is bounded whoever reads: it is encoded once for all, readers are few (``DoorLimits``), and the more they are, the
longer each waits between two writes, and gets at once all that has come meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits

_encode = msgspec.json.Encoder().encode

PIECE_BYTES_MAX = 64 * 1024
"""Bytes that are written at once: a copy of it waits for a reader that is slow."""

Sees = Callable[[str, frozenset[str] | None], bool]
"""True where a reader may see an event of this kind that belongs to these organisations (None: to all)."""


def sees_all(_kind: str, _organisations: frozenset[str] | None) -> bool:
    """A reader who may see everything."""
    return True


class Reader:
    """One client's queue, which begins with what it has missed, and takes ``behind_max`` more. ``None`` ends it; ``dropped`` cuts a
    connection that is stuck. ``reader`` is the switchboard of its token (empty: of any)."""

    def __init__(
        self,
        missed: Sequence[bytes],
        dropped: Callable[[], None],
        sees: Sees,
        who: str = "",
        reader: str = "",
        behind_max: int = DOOR_LIMITS.feed_behind_max,
    ) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.dropped, self.sees, self.who, self.reader = dropped, sees, who, reader
        self._behind_max = behind_max + len(missed)
        for frame in missed:
            self.queue.put_nowait(frame)

    def put(self, frame: bytes) -> bool:
        """True where the reader keeps up."""
        if self.queue.qsize() >= self._behind_max:
            return False
        self.queue.put_nowait(frame)
        return True

    async def take(self) -> bytes:
        """Frames that have come, as much of them as is written at once; waits for the first. Empty at the end."""
        frames, size = [await self.queue.get()], 0
        while frames[-1] is not None:
            size += len(frames[-1])
            if size >= PIECE_BYTES_MAX or self.queue.empty():
                break
            frames.append(self.queue.get_nowait())
        if frames[-1] is None and len(frames) > 1:
            self.queue.put_nowait(None)  # the end is the next
        return b"".join(frame for frame in frames if frame is not None)


Said = tuple[str, dict[str, Any], frozenset[str] | None]
"""An event's kind, its data, and the organisations that it belongs to (None: to all)."""
Say = Callable[[str], Said]
"""An event as a reader of this switchboard may see it (empty: of any)."""


class _Event:
    """One event of the feed. It is put into words when the first reader of a switchboard wants it: a busy site without a reader spends
    nothing on it, and a thousand readers of one switchboard cost one.

    ``about`` names whose it is; ``concealed`` says it as it may be said since that person has wished for confidence."""

    __slots__ = ("_concealed", "_say", "_words", "about", "number")

    def __init__(self, number: int, say: Say, about: str, concealed: Say | None) -> None:
        self.number, self.about = number, about
        self._concealed = concealed
        self._say = say
        self._words: dict[str, tuple[bytes, str, frozenset[str] | None]] = {}

    def conceal(self) -> None:
        """From now on it is said in the other words."""
        if self._concealed is not None:
            self._say, self._concealed = self._concealed, None
            self._words.clear()

    def frame(self, sees: Sees, reader: str) -> bytes:
        """The frame for a reader of this switchboard; empty for one who may not see it."""
        if reader not in self._words:
            kind, data, organisations = self._say(reader)
            frame = b"id: %d\nevent: %b\ndata: %b\n\n" % (self.number, kind.encode(), _encode(data))
            self._words[reader] = (frame, kind, organisations)
        frame, kind, organisations = self._words[reader]
        return frame if sees(kind, organisations) else b""


class Feed:
    """Publishes without waiting for anyone.

    Numbers go on from ``last``: from the clock (ms since 1970), so that those of an earlier run are older than all of this run.
    """

    def __init__(self, last: int | None = None, limits: DoorLimits = DOOR_LIMITS) -> None:
        self.dropped = 0
        self.refused = 0
        """Readers that were too many."""
        self._limits = limits
        self._by_token: Counter[str] = Counter()
        self._number = time.time_ns() // 1_000_000 if last is None else last
        self._kept: deque[_Event] = deque(maxlen=limits.feed_kept_max)
        self._readers: set[Reader] = set()

    def __len__(self) -> int:
        """Readers."""
        return len(self._readers)

    @property
    def pace_s(self) -> float:
        """Time for which a reader that has all waits before it is written to again."""
        return len(self) / self._limits.feed_writes_per_s_max

    def room(self, who: str) -> int:
        """Number of further readers that this token may have. One that is refused for want of it is counted."""
        all_, one = (
            self._limits.feed_readers_max - len(self),
            self._limits.feed_readers_per_token_max - self._by_token[who],
        )
        room = max(0, min(all_, one))
        self.refused += not room
        return room

    def publish(self, kind: str, data: dict[str, Any], organisations: frozenset[str] | None = None) -> None:
        """Give an event to every reader who may see it. Never blocks: a reader that is too far behind is dropped."""
        self.publish_said(lambda _reader: (kind, data, organisations))

    def publish_said(self, say: Say, about: str = "", concealed: Say | None = None) -> None:
        """The same of an event that ``say`` tells: now, later, or never, and always the same; in the words of ``concealed`` once its
        person has wished for confidence."""
        self._number += 1
        event = _Event(self._number, say, about, concealed)
        self._kept.append(event)
        for reader in list(self._readers):
            frame = event.frame(reader.sees, reader.reader)
            if frame and not reader.put(frame):
                self.dropped += 1
                self.leave(reader)
                reader.dropped()

    def conceal(self, about: str) -> None:
        """A person wishes for confidence: what is kept for readers that come back is told them without the number, too."""
        for event in self._kept:
            if event.about == about:
                event.conceal()

    def join(
        self,
        after: int | None,
        dropped: Callable[[], None] = lambda: None,
        sees: Sees = sees_all,
        who: str = "",
        switchboard: str = "",
    ) -> Reader:
        """A new reader, by ``who``'s token, which is one of this switchboard; ``after`` is the last number it has seen, None for only what is new.

        Where what followed ``after`` is not kept any more, or is not known, the first event is ``missed`` and says so (law 7).
        """
        missed: list[bytes] = []
        if after is not None:
            kept = [event for event in self._kept if event.number > after]
            first = kept[0].number if kept else self._number + 1
            if after != first - 1:
                text = json.dumps({"after": after, "next": first}, separators=(",", ":"))
                missed.append(f"event: missed\ndata: {text}\n\n".encode())
            missed += filter(None, (event.frame(sees, switchboard) for event in kept))
        reader = Reader(missed, dropped, sees, who, switchboard, behind_max=self._limits.feed_behind_max)
        self._readers.add(reader)
        self._by_token[who] += 1
        return reader

    def leave(self, reader: Reader) -> None:
        """A reader has gone, or is made to go."""
        if reader in self._readers:
            self._readers.discard(reader)
            self._by_token[reader.who] -= 1
            if not self._by_token[reader.who]:
                del self._by_token[reader.who]
        reader.queue.put_nowait(None)

    def close(self) -> None:
        """End every reader."""
        for reader in list(self._readers):
            self.leave(reader)
