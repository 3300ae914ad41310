"""Calls and switchboards as they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.ami import Link
from gateway.core.model.world import World
from gateway.core.queries.capacity import Forecast
from gateway.security.principal import Principal
from gateway.views.plain import View
from gateway.views.switchboards import calls_view, switchboards_view


class Live:
    """The present state of ``world``, with the problems of ``links``; ``forecasts`` by switchboard."""

    def __init__(
        self,
        world: World,
        links: Mapping[str, Link],
        forecasts: Mapping[str, Forecast],
        clock: Callable[[], float],
    ) -> None:
        self._world, self._links, self._forecasts, self._clock = world, links, forecasts, clock

    def calls(self, principal: Principal) -> list[View]:
        """Live calls that the principal may see."""
        return calls_view(self._world, principal.sees)

    def switchboards(self, principal: Principal) -> list[View]:
        """Every switchboard; why one is not reached, to those whose it is: account and address stand there."""
        views = switchboards_view(self._world, self._clock(), self._forecasts)
        for shown in views:
            link = self._links.get(shown["id"])
            if link is not None and link.problem is not None and principal.sees((shown["id"],)):
                shown["problem"] = link.problem.text("zh")
        return views
