"""Calls that have come and been handled in the last half hour, for each switchboard: the load that its seats carry now.

Kept by minutes, so that memory does not grow with the load.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 1800.0
"""Long enough to hold some calls at night, short enough to see a surge come."""
MINUTE_S = 60.0
CALLS_MIN = 3
"""Below it nothing is said of the mean."""


@dataclass(slots=True)
class Minute:
    """One minute's sums."""

    begin: float
    arrivals: int = 0
    handled_s: float = 0.0
    calls: int = 0


@dataclass(slots=True)
class Flow:
    """One switchboard's last half hour."""

    minutes: deque[Minute] = field(default_factory=deque)
    since: float = -math.inf
    """When watching began."""
    dark: deque[tuple[float, float]] = field(default_factory=deque)
    """Gaps within the window: (since, until)."""

    def watched(self, unseen_since: float, at: float) -> None:
        """A snapshot has come: from here on everything is seen. ``unseen_since`` is the last sure moment before it."""
        if self.since == -math.inf:
            self.since = at
            return
        self.dark.append((unseen_since, at))
        while self.dark[0][1] < at - WINDOW_S:
            self.dark.popleft()

    def add(self, at: float, *, arrivals: int = 0, handled_s: float = 0.0, calls: int = 0) -> None:
        """Something has come, or been handled, at an instant. What is older than the window goes."""
        begin = at - at % MINUTE_S
        if not self.minutes or self.minutes[-1].begin < begin:
            self.minutes.append(Minute(begin))
            while self.minutes[0].begin < at - WINDOW_S:
                self.minutes.popleft()
        minute = self.minutes[-1]
        minute.arrivals += arrivals
        minute.handled_s += handled_s
        minute.calls += calls

    def arrivals(self, at: float) -> int:
        """Waits that began in the last half hour."""
        return sum(minute.arrivals for minute in self._lately(at))

    def handle_s(self, at: float) -> float | None:
        """The mean handle time, seconds; None where there were too few calls."""
        calls = sum(minute.calls for minute in self._lately(at))
        return sum(minute.handled_s for minute in self._lately(at)) / calls if calls >= CALLS_MIN else None

    def load(self, at: float) -> float | None:
        """The offered load in erlang; None where there were too few calls."""
        mean_s = self.handle_s(at)
        if mean_s is None:
            return None
        return self.arrivals(at) * mean_s / self._watched_s(at)

    def _watched_s(self, at: float) -> float:
        """Seconds of the last half hour that were seen, a quiet time too; in less than a minute one call would be a crowd."""
        begin = max(self.since, at - WINDOW_S)
        dark_s = sum(max(0.0, min(until, at) - max(since, begin)) for since, until in self.dark)
        return max(MINUTE_S, at - begin - dark_s)

    def _lately(self, at: float) -> list[Minute]:
        return [minute for minute in self.minutes if minute.begin >= at - WINDOW_S]
