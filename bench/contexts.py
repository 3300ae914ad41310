"""Contexts by the hundred thousand: how long a search takes, and how much memory an export of all of them.

``python -m bench.contexts`` measures these two alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ContextId, SeatId, SwitchboardId
from gateway.store.search import ContextSearch
from gateway.store.sqlite.store import SqliteStore

RECORDS = 100_000
ROUNDS = 30
WHAT = (
    "烧烤店噪音扰民",
    "下水道堵塞污水外溢",
    "路灯不亮影响出行",
    "小区停水多日",
    "邻里纠纷扬言报复",
    "占道经营",
    "违章停车堵塞消防通道",
    "供暖温度不达标",
)
WHERE = ("长江道", "解放南路", "卫津路", "大沽北路", "中山门", "友谊路", "鞍山西道", "津滨大道")
DISTRICTS = ("120101", "120102", "120103", "120104", "120105", "120106", "120110", "120111", "120116")
SITE = """
[api]
token = "t"
[[switchboards]]
id = "12345"
host = "127.0.0.1"
port = 5038
username = "onekey"
secret = "s"
"""
PEAK = """
import resource, sys
from gateway.cli.main import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(code)
"""


def made(n: int, dice: random.Random) -> ContextRow:
    """A context such as a city has."""
    said = CaseDetails(
        summary=f"市民反映{dice.choice(WHERE)}{dice.randrange(1, 300)}号附近{dice.choice(WHAT)}，已持续{dice.randrange(1, 30)}天，要求尽快处理并回复。",
        location=f"{dice.choice(WHERE)}{dice.randrange(1, 300)}号", district=dice.choice(DISTRICTS), matter=f"N{dice.randrange(64):02}",
        cases=(f"GD-2026-{n:06}",) if n % 3 == 0 else (),
    )  # fmt: skip
    home = SwitchboardId("110" if n % 5 == 0 else "12345")
    return ContextRow(
        id=ContextId(f"c-{n:020x}"), version=1, at=1e9 + n, home=home, call=f"{home}-{n}.1", caller_number=f"13{dice.randrange(10**9):09}",
        caller_name="", queue=home, arrived_at=1e9 + 60.0 * n, wait_s=3, seats=((home, SeatId(f"1{dice.randrange(200):03}"), 1e9 + n),),
        transfers=(), owner=home, ended_at=1e9 + 60.0 * n + 200, said=said, organisations=(home,),
    )  # fmt: skip


async def fill(path: Path) -> list[ContextRow]:
    """A store with all of them, and some to look for."""
    dice, store, some = random.Random(7), SqliteStore(path), []
    for n in range(RECORDS):
        row = made(n, dice)
        store.write(row)
        if n % (RECORDS // ROUNDS) == 0:
            some.append(row)
        if n % 5000 == 0:
            await store.flush()
            print(f"  {n}/{RECORDS}", end="\r", flush=True)
    await store.flush()
    await store.close()
    return some


def searches(row: ContextRow) -> dict[str, ContextSearch]:
    """One of each kind, about a record."""
    said = row.said
    return {
        "number": ContextSearch(number=row.caller_number),
        "tail": ContextSearch(tail=row.caller_number[-4:]),
        "matter": ContextSearch(matter=said.matter),
        "district and matter": ContextSearch(district=said.district, matter=said.matter),
        "seat": ContextSearch(seat=row.seats[0][1]),
        "case": ContextSearch(case=said.cases[0] if said.cases else "GD-2026-000003"),
        "time": ContextSearch(since=row.arrived_at, until=row.arrived_at + 86400),
        "text of two characters": ContextSearch(text="噪音"),
        "text of a sentence": ContextSearch(text=said.summary[4:14]),
        "text, district, organisation": ContextSearch(text="纠纷", district=said.district, organisation=row.home),
    }


async def measure_searches(path: Path, some: list[ContextRow]) -> dict[str, float]:
    """ms for the first page of 50, by kind: the median, and under ``worst`` the 99th percentile over all."""
    store = SqliteStore(path)
    taken: dict[str, list[float]] = {}
    for row in some:
        for kind, wish in searches(row).items():
            began = time.perf_counter()
            await store.contexts(wish, 50)
            taken.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
    await store.close()
    every = sorted(ms for kind in taken.values() for ms in kind)
    medians = {kind: statistics.median(ms) for kind, ms in taken.items()}
    return {**medians, "p50": statistics.median(every), "p99": every[int(len(every) * 0.99)]}


def measure_exports(folder: Path) -> dict[str, int]:
    """MB of resident memory at its highest, by format, each in a process of its own; ``small`` exports the first hundredth."""
    peaks = {}
    for name, words in (
        ("small csv", ["--until", "2001-09-10T18:26:40+00:00"]),
        ("csv", []),
        ("xlsx", ["--format", "xlsx"]),
        ("parquet", ["--format", "parquet"]),
    ):
        line = [
            "export",
            "contexts",
            "--config",
            str(folder / "onekey.toml"),
            "-o",
            str(folder / name.replace(" ", ".")),
            *words,
        ]
        done = subprocess.run([sys.executable, "-c", PEAK, *line], capture_output=True, text=True, check=True)
        peaks[name] = int(done.stdout.split()[-1])
    return peaks


def measure() -> dict[str, Any]:
    """Both figures, as entries of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "onekey.toml").write_text(SITE, encoding="utf-8")
        (folder / "run").mkdir()
        some = asyncio.run(fill(folder / "run/onekey.db"))
        found = asyncio.run(measure_searches(folder / "run/onekey.db", some))
        size_mb = (folder / "run/onekey.db").stat().st_size / 2**20
        peaks = measure_exports(folder)
    kinds = ", ".join(f"{kind} {ms:.1f}" for kind, ms in found.items())
    return {
        "context_search_ms_100k": {
            "value": round(found["p99"], 3), "unit": "ms", "aim": "<= 50", "runs": ROUNDS,
            "note": f"99th percentile over ten kinds of search, first 50 of {RECORDS} records in SQLite of {size_mb:.0f} MB; medians: {kinds}",
        },
        "export_100k_peak_mb": {
            "value": peaks["csv"], "unit": "MB", "aim": "constant", "runs": 1,
            "note": f"resident memory of `onekey export contexts` at its highest: {peaks}",
        },
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(), ensure_ascii=False, indent=1))
