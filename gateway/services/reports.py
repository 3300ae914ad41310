"""Reports, as they may be asked for: checked here, counted by a process of its own over what has been written down."""

from __future__ import annotations

import structlog

from gateway.config.settings import Config
from gateway.problems import Problem
from gateway.reporting import ReportError
from gateway.reporting.job import Jobs, ReportJob
from gateway.reporting.period import check
from gateway.services.durability import Durability
from gateway.services.requests import ReportQuery
from gateway.store import StoreError

log = structlog.get_logger("app")


class Reports:
    """Reports over the store that ``config`` names."""

    def __init__(self, config: Config, jobs: Jobs, durability: Durability) -> None:
        self._config, self._jobs, self._durability = config, jobs, durability

    async def text(self, query: ReportQuery) -> str:
        """A report as text of its format. Raises Problem."""
        steps_max, ahead = self._config.door.report_steps_max, query.name == "forecast"
        zone = query.zone or self._config.zone
        try:  # what cannot be is said without beginning a process
            check(query.since, query.until, query.step, zone, steps_max, ahead=ahead)
        except ReportError as error:
            raise _refused(error) from None
        await self._durability.written()
        job = ReportJob(
            report=query.name,
            store=str(self._config.store),
            since=query.since,
            until=query.until,
            by=query.by,
            step=query.step,
            zone=zone,
            format=query.format,
            groups={name: tuple(seats) for name, seats in self._config.groups.items()},
            url=self._config.store_url,
            steps_max=steps_max,
            organisation=query.organisation,
            lang=query.lang,
            names=dict(self._config.seat_names),
        )
        try:
            return await self._jobs.run(job)
        except ReportError as error:
            raise _refused(error) from None
        except StoreError as error:
            log.error("report_failed", report=query.name, why=error.what, where=error.where, remedy=error.remedy)
            raise Problem("report_failed", what=error.what, remedy=error.remedy) from None


def _refused(error: ReportError) -> Problem:
    return Problem("bad_parameter", parameter="report", reason=error.what, remedy=error.remedy)
