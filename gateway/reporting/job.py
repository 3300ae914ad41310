"""A report in a process of its own: ``python -m gateway.reporting.job`` reads a ``ReportJob`` as JSON and writes the answer.

A gateway that carries calls neither counts nor waits for who counts (law 5): the child is niced, one runs at a time, and it ends
when its time is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import structlog

from gateway import worker_process
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.guards.instants import ZONE
from gateway.reporting import ReportError, forecast, output, queries, staffing, texts
from gateway.reporting.figures import REPORTS
from gateway.reporting.period import period
from gateway.reporting.queries import Report
from gateway.store import StoreError
from gateway.store.columnar.session import NEVER, opened
from gateway.worker_process import ChildError

log = structlog.get_logger("reports")

SEE_LOG = texts.SEE_REPORT_PROCESS_FAILED_IN_THE_LOG


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """A report that is asked for. ``store`` is the database's path; where ``url`` is given the records are on that Redis server. ``since``,
    ``until``: text as ``period.instant`` reads it, or None."""

    report: str
    store: str
    since: str | None = None
    until: str | None = None
    by: str | None = None
    step: str | None = None
    zone: str = ZONE
    format: str = "json"
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    url: str = ""
    steps_max: int = DOOR_LIMITS.report_steps_max
    organisation: str = ""
    """Organisation whose transfers are counted; empty: all."""
    lang: str = "zh"
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of the people at seats (``12345/1001``)."""


def make(wish: ReportJob, now: float | None = None) -> Report:
    """Count, as things stand at ``now`` (None: by the clock). Raises ReportError, StoreError."""
    now = time.time() if now is None else now
    if wish.report not in REPORTS:
        raise ReportError(texts.NO_REPORT(report=wish.report), " ".join(REPORTS))
    if wish.report in ("capacity", "forecast") and wish.by not in (None, "switchboard"):
        what = texts.REPORT_IS_BY_SWITCHBOARD(report=wish.report)
        raise ReportError(what, "--by switchboard")
    if wish.report == "forecast":
        if wish.step not in (None, "30m"):
            raise ReportError(texts.FORECAST_HAS_STEPS_OF_HALF, "--step 30m")
        with opened(Path(wish.store), wish.url, NEVER, now=now) as connection:
            return forecast.forecast(connection, wish.since, wish.until, wish.zone, now)
    span = period(wish.since, wish.until, wish.step, wish.zone, now, steps_max=wish.steps_max)
    pressed = (span.since, span.until) if wish.report == "transfers" else NEVER
    with opened(Path(wish.store), wish.url, pressed, now=now) as connection:
        span = replace(span, ahead=queries.ahead(connection, now))
        if wish.report == "capacity":
            return staffing.capacity(connection, span)
        return queries.report(connection, wish.report, wish.by, span, wish.groups, wish.organisation)


class Jobs:
    """Runs reports, one at a time, each within ``longest_s``."""

    def __init__(self, longest_s: float = DOOR_LIMITS.report_s) -> None:
        self._longest_s = longest_s
        self._one = asyncio.Semaphore(1)

    async def run(self, wish: ReportJob) -> str:
        """The answer as text. Raises ReportError; StoreError where the child could not read, or took too long."""
        try:
            async with self._one:
                return await worker_process.ask("gateway.reporting.job", asdict(wish), self._longest_s)
        except TimeoutError:
            where = wish.url.rpartition("@")[2] or wish.store
            what = texts.REPORT_TOOK_MORE_THAN_LONGEST_S(longest_s=self._longest_s)
            remedy = texts.TAKE_A_SHORTER_TIME
            raise StoreError(what, where, remedy) from None
        except ChildError as error:
            if error.declined:
                what, _, remedy = error.said.partition("\n")
                raise ReportError(what, remedy) from None
            log.error("report_process_failed", report=wish.report, said=error.said)
            raise StoreError(texts.PROCESS_THAT_MAKES_REPORTS_FAILED, wish.store, SEE_LOG) from None


def main() -> int:
    """0: the answer is on stdout; 2: the wish cannot be granted (what, and below it what to do, on stderr); 1: anything else."""
    # Behind the store's writer, too: that one may hold the interpreter's lock, and calls wait for whoever does.
    os.nice(19)
    try:
        wish = ReportJob(**json.load(sys.stdin))
        sys.stdout.write(output.text(make(wish), wish.format, output.Look(wish.lang, names=wish.names)))
    except ReportError as error:
        print(f"{error.what}\n{error.remedy}", file=sys.stderr)
        return worker_process.DECLINED
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
