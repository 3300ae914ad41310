"""The time of a gateway: the clock of the machine, but for its jumps.

A clock that is set, by hand, by NTP after a start or by a virtual machine that wakes, moves every instant that is taken from it, and with them every
duration. Here time goes on as the monotonic clock does. What the machine's clock says else is believed once it has said so for a while:
five years ahead for fifteen seconds are nobody's time. An Asterisk's time stamps are believed as far as they are near ours; beyond, they count
by their differences.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

STEP_S = 2.0
"""From here on a difference is a jump: NTP slews the monotonic clock, too, and sets the clock only where it is off by more than an eighth of a
second; what is smaller than this moves no figure."""
SETTLE_S = 300.0
"""Seconds for which the machine's clock must say the same before it is believed: a wrong time out of a peer or a hypervisor is put right by then."""
NEAR_S = 30.0
"""Distance within which an Asterisk's clock is believed: an event is at most 13 s on its way (a Ping and its time), and two machines that ask the same NTP
agree within a second."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The machine's clock has been believed anew: our time went from one instant to the other at once."""

    before: float
    after: float

    @property
    def by_s(self) -> float:
        """Seconds of it; negative where it was put back."""
        return self.after - self.before


class SteadyClock:
    """Seconds since 1970. ``wall`` is the machine's clock, ``monotonic`` the one that is never set."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._wall, self._monotonic, self._settle_s = wall, monotonic, settle_s
        self._base = wall() - monotonic()
        self._off_s = 0.0
        self._off_since = 0.0
        self.jumps: list[Jump] = []
        """All that were believed since the start."""

    def now(self) -> float:
        """The time that counts."""
        return self._base + self._monotonic()

    @property
    def off_s(self) -> float:
        """Seconds by which the machine's clock is off the time that counts; 0 where they agree."""
        return self._off_s

    def look(self) -> Jump | None:
        """Compare with the machine's clock. Returns the jump, where it is believed from now on."""
        mono = self._monotonic()
        off_s = self._wall() - (self._base + mono)
        if abs(off_s) <= STEP_S:
            self._base += off_s if off_s > 0 else 0.0  # time does not go back for that
            self._off_s = 0.0
            return None
        if abs(off_s - self._off_s) > STEP_S:
            self._off_s, self._off_since = off_s, mono
        if mono - self._off_since < self._settle_s:
            return None
        jump = Jump(self._base + mono, self._base + mono + off_s)
        self._base += off_s
        self._off_s = 0.0
        self.jumps.append(jump)
        return jump


class StampClock:
    """An Asterisk's time stamps by our time. ``off_s`` is how far its clock is from ours; 0 where it is near."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.off_s = 0.0

    def __call__(self, stamp: float) -> float:
        """The instant that a time stamp means."""
        off_s = stamp - self._now()
        if abs(off_s) <= NEAR_S:
            self.off_s = 0.0
            return stamp
        if abs(off_s - self.off_s) > NEAR_S:
            self.off_s = off_s
        return stamp - self.off_s
