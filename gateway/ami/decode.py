"""One frame to one event of the core, or to nothing.

The first line is looked at in bytes first; a frame that the core has no use for costs one dictionary look-up. Of the
others only the headers that are needed are read. A frame that should be ours and is not sound is counted and logged,
never raised: one bad event must not cost the next one. Header names as Asterisk 22 writes them
(``manager_channels.c``, ``manager_bridges.c``,
``app_queue.c``, ``devicestate.c``), checked against the recorded streams in ``tests/ami/recorded``.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from gateway.ami import wire
from gateway.ami.decode_channels import CHANNEL_READERS
from gateway.ami.decode_dialplan import user_event
from gateway.ami.decode_queues import QUEUE_READERS
from gateway.core.messages.events import AnyEvent
from gateway.core.values.ids import SwitchboardId

log = logging.getLogger(__name__)

_NAMES_MAX = 500  # distinct event names counted; Asterisk has about 150, garbage has no end


class _Kind:
    """The events of one AMI name: how many have come, and what reads them (``None``: the core has no use for them)."""

    __slots__ = ("count", "name", "read")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.read = _READERS.get(name)
        self.count = 0


class Decoder:
    """Frames of one switchboard to events. ``seen`` counts by AMI name, ``decoded`` and ``malformed`` in all."""

    def __init__(
        self,
        switchboard: SwitchboardId,
        clock: Callable[[], float],
        stamps: Callable[[float], float] = lambda stamp: stamp,
    ) -> None:
        self.switchboard = switchboard
        self._stamps = stamps
        self.decoded = 0
        self.malformed = 0
        self._clock = clock
        self._kinds: dict[bytes, _Kind] = {}
        """By what follows ``Event:``, as it came: the name's spaces are cut off once, not in every frame."""

    @property
    def seen(self) -> dict[str, int]:
        """Count of events by AMI name, uninteresting ones included."""
        seen: Counter[str] = Counter()
        for kind in self._kinds.values():
            seen[kind.name.decode("utf-8", "replace")] += kind.count
        return dict(seen)

    def decode(self, frame: bytes) -> AnyEvent | None:
        """The event in this frame, ``None`` where the core has no use for it or it is malformed. Never raises.

        ``at`` is the frame's ``Timestamp`` (s since 1970, by Asterisk's clock, as ``stamps`` reads it), else our clock.
        """
        named = frame.partition(b"\r\n")[0][6:]
        kind = self._kinds.get(named) or self._new_kind(named)
        kind.count += 1
        if kind.read is None or wire.of_a_text(frame):
            return None
        at = wire.seconds(wire.raw(frame, b"\r\nTimestamp:"))
        try:
            event = kind.read(self.switchboard, self._clock() if at is None else self._stamps(at), frame)
        except wire.Malformed as fault:
            self.malformed += 1
            if self.malformed & (self.malformed - 1) == 0:  # 1st, 2nd, 4th, 8th …: a stream of rubbish fills no disk
                log.warning(
                    "malformed %s from %s: %s is missing or has characters it may not have (%d malformed so far)",
                    kind.name.decode("utf-8", "replace")[:40], self.switchboard, fault, self.malformed,
                )  # fmt: skip
            return None
        if event is not None:
            self.decoded += 1
        return event

    def _new_kind(self, named: bytes) -> _Kind:
        kind = _Kind(named.strip())
        if len(self._kinds) < _NAMES_MAX:
            self._kinds[named] = kind
        return kind


_READERS = CHANNEL_READERS | QUEUE_READERS | {b"UserEvent": user_event}
EVENT_NAMES = frozenset(name.decode() for name in _READERS)
"""The AMI events that become events of the core; all others may be filtered out at the source (``eventfilter``)."""
