"""Requests that were turned away for want of a right: counted, and told in the log. Who tries tokens leaves a trace.

The log has one line a minute for each address and reason, with how many there were: a stranger who tries thousands fills no disk. No line
holds what was tried.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web

from gateway.api.access import PRINCIPAL
from gateway.api.errors import Handler
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import MESSAGES, Problem

log = structlog.get_logger("denials")

DENIED: frozenset[str] = frozenset(error_id for error_id, (status, *_) in MESSAGES.items() if status in (401, 403)) | {
    "used"
}
"""Errors that say so, by their ids."""


class Denials:
    """Counts of one server, by reason. ``clock`` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, limits: DoorLimits = DOOR_LIMITS) -> None:
        self.counts: Counter[str] = Counter()
        self._clock, self._limits = clock, limits
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def note(self, error_id: str, request: web.BaseRequest, who: str = "") -> None:
        """Count one that was turned away; ``who`` is the name of a token that was good, for another thing."""
        if error_id not in DENIED:
            return
        self.counts[error_id] += 1
        key, now = (request.remote or "", error_id), self._clock()
        at, unsaid = self._told.get(key, (-self._limits.denied_s, 0))
        if now - at < self._limits.denied_s:
            self._told[key] = (at, unsaid + 1)
            return
        if len(self._told) >= self._limits.denied_addresses_max:
            self._told.clear()
        self._told[key] = (now, 0)
        log.warning("denied", why=error_id, remote=key[0], method=request.method, who=who or None, more=unsaid or None)

    @property
    def middleware(self) -> Any:
        """For aiohttp: between the handler of errors and whoever raises them."""

        @web.middleware
        async def denials(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except Problem as problem:
                principal = request.get(PRINCIPAL)
                self.note(problem.error_id, request, principal.name if principal is not None else "")
                raise

        return denials
