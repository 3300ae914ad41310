"""The forecast of the next hour by earlier weeks, kept fresh beside the gateway: read by a report's own process, for the live capacity."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from gateway.core.queries.capacity import Forecast
from gateway.problems import Problem
from gateway.services import texts
from gateway.services.requests import ReportQuery

log = structlog.get_logger("forecasts")


class Forecasts:
    """``now`` holds one for each switchboard of which enough is recorded. ``report`` makes a report, as the API does;
    ``changed`` is told when ``now`` is another."""

    def __init__(self, report: Callable[[ReportQuery], Awaitable[str]], changed: Callable[[], None]) -> None:
        self.now: dict[str, Forecast] = {}
        self.trouble = self.remedy = ""
        """Why the last look found nothing to read, and what to do."""
        self._report, self._changed = report, changed

    async def watch(self, every_s: float, after_s: float = 0.0) -> None:
        """Look after a while, and then every so many seconds, until cancelled."""
        await asyncio.sleep(after_s)
        while True:
            await self.look()
            await asyncio.sleep(every_s)

    async def look(self) -> None:
        """Ask for the next hour. Whatever goes wrong leaves no forecast: an old one would be a guess (law 7)."""
        found: dict[str, Forecast] = {}
        self.trouble = self.remedy = ""
        try:
            found = _read(await self._report(ReportQuery(name="forecast")))
        except Problem as problem:
            self.trouble = str(problem.details.get("what", problem.error_id))
            self.remedy = str(problem.details.get("remedy", texts.SEE_THE_LOG))
            log.warning("no_forecast", why=self.trouble)
        except Exception:  # no process could be started, the answer is cut off: the next look may find more
            log.exception("no_forecast", why="internal")
        if found != self.now:
            self.now.clear()  # in place: the metrics hold it
            self.now.update(found)
            self._changed()


def _read(text: str) -> dict[str, Forecast]:
    """The forecasts of a report."""
    found: dict[str, Forecast] = {}
    for line in json.loads(text)["items"]:
        if line["basis"] == "earlier_weeks":
            before = found.get(line["switchboard"], Forecast(0, line["weeks"]))
            found[line["switchboard"]] = _worse(before, line)
    return found


def _worse(before: Forecast, line: dict[str, Any]) -> Forecast:
    """Half hour of the next hour that needs more seats."""
    return Forecast(max(before.needed, line["seats_needed"]), min(before.weeks, line["weeks"]))
