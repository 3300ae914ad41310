"""The collector of cyclic garbage, by the clock.

By itself Python looks for cycles when 700 more objects have come than have gone. Where as many calls end as begin this is seldom, and then
some hundred thousand objects wait to be looked at: the gateway stands still for 20 to 140 ms, in the middle of a press. Looked at four
times a second they are few, and one look takes less than a millisecond.
"""

from __future__ import annotations

import asyncio
import gc

YOUNG_S = 0.25
"""Between two looks at what is new. Of 500 calls a second they take under 1 ms."""
FULL_S = 300.0
"""Between two looks at everything, for cycles that have lived longer: few. With 7,500 calls up one takes 50 to 90 ms, so it is seldom."""


class Garbage:
    """Collects from ``start`` to ``stop``; for a process that is a gateway and nothing else, because there is one collector."""

    def __init__(self, full_s: float = FULL_S) -> None:
        self._full_s = full_s
        self._timer: asyncio.TimerHandle | None = None
        self._frozen = False
        self._full_at = 0.0

    def start(self) -> None:
        """From here on nothing is collected but by the clock of the running loop."""
        gc.disable()
        gc.collect()
        gc.freeze()  # modules and rules live as long as the process: they are looked at once
        self._full_at = asyncio.get_running_loop().time() + self._full_s
        self._tick()

    def stop(self) -> None:
        """As Python does it again."""
        if self._timer is not None:
            self._timer.cancel()
        gc.unfreeze()
        gc.enable()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(YOUNG_S, self._tick)
        if loop.time() < self._full_at:
            gc.collect(1)
            return
        self._full_at = loop.time() + self._full_s
        gc.collect()
        if not self._frozen:
            # Seats have come with the first snapshots. Nothing is frozen later: a cycle that is frozen stays for ever.
            gc.freeze()
            self._frozen = True
