"""A report in a process of its own: ``python -m gateway.reporting.job`` reads a ``Wish`` as JSON and writes the answer.

A gateway that carries calls neither counts nor waits for who counts (law 5): the child is niced, one runs at a time, and it ends
when its time is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gateway.reporting import ReportError, forecast, output, queries, staffing
from gateway.reporting.figures import REPORTS
from gateway.reporting.period import ZONE, period
from gateway.reporting.queries import Report
from gateway.store import StoreError
from gateway.store.columns import opened

LONGEST_S = 60.0
"""How long a report may take; the largest month takes less than a tenth of it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. ``since``, ``until``: text as ``period.instant`` reads it, or None."""

    report: str
    store: str
    since: str | None = None
    until: str | None = None
    by: str | None = None
    step: str | None = None
    zone: str = ZONE
    format: str = "json"
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


def make(wish: Wish) -> Report:
    """Count. Raises ReportError, StoreError."""
    if wish.report not in REPORTS:
        raise ReportError(f"没有报表 {wish.report} / no report {wish.report}", " ".join(REPORTS))
    if wish.report in ("capacity", "forecast") and wish.by not in (None, "switchboard"):
        what = f"{wish.report} 只能按 switchboard 统计 / {wish.report} is by switchboard"
        raise ReportError(what, "--by switchboard")
    if wish.report == "forecast":
        if wish.step not in (None, "30m"):
            raise ReportError("预测以半小时为步长 / a forecast has steps of half an hour", "--step 30m")
        with opened(Path(wish.store)) as connection:
            return forecast.forecast(connection, wish.since, wish.until, wish.zone)
    span = period(wish.since, wish.until, wish.step, wish.zone)
    with opened(Path(wish.store)) as connection:
        if wish.report == "capacity":
            return staffing.capacity(connection, span)
        return queries.report(connection, wish.report, wish.by, span, wish.groups)


class Jobs:
    """Runs reports, one at a time."""

    def __init__(self) -> None:
        self._one = asyncio.Semaphore(1)

    async def run(self, wish: Wish) -> str:
        """The answer as text. Raises ReportError; StoreError where the child could not read, or took too long."""
        async with self._one:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway.reporting.job",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                asked = json.dumps(asdict(wish)).encode()
                out, err = await asyncio.wait_for(child.communicate(asked), LONGEST_S)
            except TimeoutError:
                what = f"报表超过 {LONGEST_S:.0f} 秒 / the report took more than {LONGEST_S:.0f} s"
                raise StoreError(
                    what, wish.store, "缩短时间或加大步长 / take a shorter time or a larger step"
                ) from None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        if child.returncode == 2:
            what, _, remedy = err.decode().strip().partition("\n")
            raise ReportError(what, remedy)
        if child.returncode:
            raise StoreError(err.decode().strip()[-500:], wish.store, "见日志 / see the log")
        return out.decode()


def main() -> int:
    """0: the answer is on stdout; 2: the wish cannot be granted (what, and below it what to do, on stderr); 1: anything else."""
    # Behind the store's writer, too: that one may hold the interpreter's lock, and calls wait for whoever does.
    os.nice(19)
    try:
        wish = Wish(**json.load(sys.stdin))
        sys.stdout.write(output.text(make(wish), wish.format))
    except ReportError as error:
        print(f"{error.what}\n{error.remedy}", file=sys.stderr)
        return 2
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
