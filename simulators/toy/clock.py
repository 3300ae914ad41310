"""An event loop whose time skips: it stands while there is anything to do, and jumps to the next timer when there is nothing.

Every deadline keeps its length and its order, and none is waited for. A party that is slow because the machine is slow loses no
race by it. Work that threads do is waited for where the loop knows of it: ``run_in_executor``, and what ``busy`` asks.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import selectors
from collections.abc import Callable
from typing import Any

_SETTLE_S = 0.001
"""How long the loop looks for something real before it skips: what was written to a socket may come a moment later."""


class _Selector(selectors.DefaultSelector):
    """Asks the loop before it sleeps."""

    loop: SkippingLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        while not ready and (timeout is None or self.loop.works):
            ready = super().select(0.05 if timeout is None else _SETTLE_S)
            if timeout is None:
                return ready
        ready = ready or super().select(_SETTLE_S)
        if not ready and timeout is not None:
            self.loop.skipped_s += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """``skipped_s`` is its time. ``busy`` are questions whether something outside the loop still works."""

    def __init__(self) -> None:
        selector = _Selector()
        selector.loop = self
        self.skipped_s = 1000.0
        self.busy: list[Callable[[], bool]] = []
        self._jobs: set[object] = set()
        super().__init__(selector)

    @property
    def works(self) -> bool:
        """Whether a thread has something to bring: then time does not skip."""
        return bool(self._jobs) or any(ask() for ask in self.busy)

    def time(self) -> float:
        """Seconds, all of them skipped."""
        return self.skipped_s

    def run_in_executor(  # type: ignore[override]
        self, executor: concurrent.futures.Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As always; the loop knows that it waits for a thread."""
        job = super().run_in_executor(executor, func, *args)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job
