"""``make bench-reports``: every report of a day and of a month of a large site, each in a process of its own as users have it.

The month (750 seats, 2 million calls) is made by ``simulators.month`` once and kept in ``build/bench``; figures go into
``build/bench/report.json`` beside the others.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.report import FOLDER, keep
from gateway.reporting.job import ReportJob
from gateway.store.columnar.imports import bring_in

ROUNDS = int(os.environ.get("ROUNDS", "3"))
DAY, MONTH = ("2026-11-10", "2026-11-11"), ("2026-11-01", "2026-12-01")
BY = {"seats": ("seat", "switchboard"), "queues": ("queue",), "transfers": ("seat", "outcome"), "capacity": (None,)}
AHEAD = "2026-11-30T09:00"
"""A Monday's busy hour, with four Mondays before it."""


def timed(wish: ReportJob) -> tuple[float, float, int]:
    """Seconds, MB at the peak (GNU-style ``ru_maxrss`` of the child), and bytes of the answer."""
    began = time.perf_counter()
    words = [sys.executable, "-m", "gateway.reporting.job"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(asdict(wish)).encode())
        child.stdin.close()
        size = len(child.stdout.read())
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return time.perf_counter() - began, usage.ru_maxrss / 1000, size


def month() -> tuple[Path, float]:
    """A store that has imported the month; how long the import took, in seconds (0.0: it was there)."""
    store, made = FOLDER / "month.db", FOLDER / "month"
    began = 0.0
    if not (FOLDER / "month.db.columns").is_dir():
        if not made.is_dir():
            print("生成一个月的记录（约一分钟） / making a month of records (about a minute)", flush=True)
            subprocess.run([sys.executable, "-m", "simulators.month", str(made)], check=True)
        began = time.perf_counter()
        bring_in(store, made, "month")
    return store, time.perf_counter() - began if began else 0.0


def measure() -> dict[str, Any]:
    """The figures."""
    store, import_s = month()
    day_s: dict[str, float] = {}
    month_s: dict[str, float] = {}
    peak_mb = 0.0
    for name, whom in BY.items():
        for by in whom:
            for found, (since, until), step in ((day_s, DAY, "30m"), (month_s, MONTH, "day"), (month_s, MONTH, "1h")):
                # half a million rows, every hour of every seat, are for a program with --format parquet
                cut = None if step == "1h" and by == "seat" else step
                runs = [
                    timed(ReportJob(report=name, store=str(store), since=since, until=until, by=by, step=cut))
                    for _ in range(ROUNDS)
                ]
                label = f"{name} by {by or 'switchboard'} {cut or 'whole'}"
                found[label] = statistics.median(run[0] for run in runs)
                if found is month_s:
                    peak_mb = max(peak_mb, *(run[1] for run in runs))
                print(
                    f"  {label:<32} {since}  {found[label]:6.2f} s  {max(run[1] for run in runs):6.0f} MB", flush=True
                )
    ahead_s = statistics.median(
        timed(ReportJob(report="forecast", store=str(store), since=AHEAD))[0] for _ in range(ROUNDS)
    )
    notes = (
        "750 seats, 2 million calls, 9 million seat rows; a process started for each report; slowest of all reports: "
    )
    figures = {
        "report_day_s": (max(day_s.values()), "s", "<= 1", notes + max(day_s, key=lambda n: day_s[n])),
        "report_month_s": (max(month_s.values()), "s", "<= 5", notes + max(month_s, key=lambda n: month_s[n])),
        "report_forecast_s": (
            ahead_s,
            "s",
            "<= 2",
            "the next hour by four earlier weeks, every 300 s beside the gateway",
        ),
        "report_month_peak_mb": (peak_mb, "MB", "", "peak resident memory of such a process"),
    }
    if import_s:
        figures["report_month_import_s"] = (import_s, "s", "", "onekey import of the month")
    return {
        name: {"value": round(value, 3), "unit": unit, "aim": aim, "runs": ROUNDS, "note": note}
        for name, (value, unit, aim, note) in figures.items()
    }


def main() -> int:
    """Measure, and write the figures beside those that are there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    keep(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
