"""The capacity of each switchboard, for readers of the live feed: shown when it has changed, and not faster than a person reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from gateway.core.model.world import World
from gateway.core.queries.capacity import Forecast, capacities
from gateway.observability.same_caller import SameCaller
from gateway.views.plain import View
from gateway.views.switchboards import capacity_view

log = structlog.get_logger("app")

CAPACITY_S = 1.0
"""Interval at which the live feed shows the capacity where something has changed: a person reads no faster."""


class CapacityFeed:
    """Looks at ``world`` a moment after seats or callers have changed; ``publish`` puts what is new into the feed. ``forecasts`` by
    switchboard; ``same_caller`` looks at all calls at the same time."""

    def __init__(
        self,
        world: World,
        forecasts: Mapping[str, Forecast],
        publish: Callable[[str, View], None],
        same_caller: SameCaller,
        clock: Callable[[], float],
    ) -> None:
        self._world, self._forecasts, self._publish = world, forecasts, publish
        self._same_caller, self._clock = same_caller, clock
        self._timer: asyncio.TimerHandle | None = None
        self._shown: dict[str, View] = {}

    def soon(self) -> None:
        """Seats or callers have changed."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CAPACITY_S, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        self._same_caller.look(self._world.calls.values())
        for id_, now in capacities(self._world, self._clock(), self._forecasts).items():
            shown = capacity_view(now)
            if shown == self._shown.get(id_):
                continue
            if now.short and not self._shown.get(id_, {}).get("seats_short"):
                seats = {"short": now.short, "needed": now.needed, "there": now.there}
                log.warning("seats_short", switchboard=id_, **seats, basis=now.basis)
            self._shown[id_] = shown
            self._publish("capacity", {"switchboard": id_, **shown})
