"""``make bench``: every figure in one run, side by side, written to ``build/bench/report.json``."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from bench import ami_throughput, contexts, data, load
from bench import rules as rules_bench
from bench.presses import STAGES, Bench
from bench.report import FOLDER, keep
from simulators.stage import Stage, onekey

PRESSES = int(os.environ.get("PRESSES", "30"))
"""Presses per path; medians of fewer than 30 are not quoted."""
RECORDING = Path("tests/ami/recorded/switchboard_12345.ami")


def figure(value: float, unit: str, aim: str, runs: int, note: str) -> dict[str, Any]:
    """One entry of the report."""
    return {"value": round(value, 3), "unit": unit, "aim": aim, "runs": runs, "note": note}


async def presses(folder: Path) -> dict[str, Any]:
    """The three paths in turns."""
    gateway = Stage(f"bench-{os.getpid()}", folder / "gateway", dtmf_events=True)
    alone = Stage(f"alone-{os.getpid()}", folder / "dialplan", dtmf_events=True, watchdog_ms=0)
    refer = Stage(f"refer-{os.getpid()}", folder / "refer", dtmf_events=True)
    paths = {"gateway": Bench(gateway), "dialplan": Bench(alone), "refer": Bench(refer, "pjsip")}
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in paths}
    try:
        for bench in paths.values():
            await bench.stage.up()
            await bench.start()
        await alone.gateway_down()
        print(f"{PRESSES} 次按键，三条路径轮流 / {PRESSES} presses on each of three paths, in turns", flush=True)
        for number in range(PRESSES):
            for name, bench in paths.items():
                taken[name].append(await bench.press(talk=name == "gateway"))
            print(f"  {number + 1}/{PRESSES}", end="\r", flush=True)
        for bench in paths.values():
            await bench.stop()
        figures = await load.measure(gateway)
    finally:
        await asyncio.gather(*(bench.stage.down() for bench in paths.values()), return_exceptions=True)
    return {**_press_figures(taken, paths["gateway"]), **_load_figures(figures)}


def _press_figures(taken: dict[str, list[dict[str, float]]], bench: Bench) -> dict[str, Any]:
    medians = {
        name: {stage: statistics.median(run[stage] for run in runs if stage in run) for stage in STAGES}
        for name, runs in taken.items()
    }
    print("\n时间花在哪里（毫秒，自按键结束起的中位数） / where the time goes (ms since the key's end, medians)")
    print(f"  {'':<10}" + "".join(f"{stage:>10}" for stage in STAGES))
    for name, stages in medians.items():
        print(f"  {name:<10}" + "".join(f"{stages[stage]:>10.2f}" for stage in STAGES))
    ring = {name: stages["ringing"] for name, stages in medians.items()}
    notes = {
        "gateway": "last digit's DTMFEnd to the far seat's Newstate Ringing, AMI time stamps",
        "dialplan": "no gateway, watchdog 0 ms; the shipped watchdog adds its 700 ms",
        "refer": "BlindTransfer event to ringing; reading the REFER itself is not counted, which favours it",
    }
    found = {
        f"key_to_ring_ms_{name}": figure(
            ring[name], "ms", "", PRESSES, f"{notes[name]}; stages {_short(medians[name])}"
        )
        for name in ring
    }
    ratio = ring["gateway"] / ring["refer"]
    found["key_to_ring_ratio_vs_refer"] = figure(ratio, "", "<= 1.25", PRESSES, "ratio of the medians")
    keys = statistics.median(bench.key_silences_ms)
    found["caller_silence_ms_max"] = figure(
        max(bench.silences_ms),
        "ms",
        "<= 60",
        len(bench.silences_ms),
        "longest of all presses, from the key's end until the seat has left; median "
        f"{statistics.median(bench.silences_ms):.1f}. While a key is held Asterisk passes nothing of that seat on: "
        f"{keys:.0f} ms a digit (median of the longest), as long as the digit sounds; not counted here",
    )
    return found


def _short(stages: dict[str, float]) -> str:
    return ", ".join(f"{stage} {ms:.2f}" for stage, ms in stages.items())


def _load_figures(figures: dict[str, float]) -> dict[str, Any]:
    notes = {
        "gateway_cpu_pct_idle": ("%", "percent of one core over 10 s, two switchboards attached, no call"),
        "gateway_cpu_pct_20_calls": ("%", "percent of one core over 10 s in which 20 calls arrive and stay up"),
        "gateway_rss_mb": ("MB", "resident memory with 20 calls up"),
    }
    return {name: figure(figures[name], unit, "", 1, note) for name, (unit, note) in notes.items()}


def throughput() -> dict[str, Any]:
    """AMI messages per second, ours and panoramisk's, in turns."""
    found = ami_throughput.measure(RECORDING.read_bytes(), 10.0)
    note = f"link + decode + engine on a recorded stream of Asterisk 22.10.1; panoramisk {found['ami_messages_per_s_panoramisk']}/s"
    return {
        "ami_messages_per_s": figure(found["ami_messages_per_s"], "1/s", "", ami_throughput.ROUNDS, note),
        "ami_messages_ratio_vs_panoramisk": figure(
            found["ami_messages_ratio_vs_panoramisk"],
            "",
            ">= 3",
            ami_throughput.ROUNDS,
            "against bare panoramisk with 12 callbacks, same run",
        ),
    }


def deciding() -> dict[str, Any]:
    """What the rules cost."""
    found = rules_bench.measure()
    decision = f"mean over {rules_bench.DECISIONS} presses, median of the rounds; the slowest of them {found['decision_us_slowest']:.0f} µs of CPU (least of three tries)"
    check = f"1,000 rules with an example each, 10,000 matters, {found['bytes'] // 1000} kB; median"
    rounds = rules_bench.ROUNDS
    return {
        "decision_us_1000_rules": figure(found["decision_us_1000_rules"], "µs", "<= 50", rounds, decision),
        "rules_check_s": figure(found["rules_check_s"], "s", "<= 1", rounds, check),
    }


def main() -> int:
    """Measure all, write the report, print it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    onekey("lab", "tree", "phones", say=print)
    report = {**throughput(), **deciding(), **contexts.measure()}
    report.update(asyncio.run(presses(FOLDER)))
    report.update(asyncio.run(data.measure(FOLDER)))
    keep(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
