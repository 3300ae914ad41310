"""``make bench``: every figure in one run, side by side, written to ``build/bench/report.json``."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from bench import ami_throughput, contexts, data, doctor, house, imports, load, plans
from bench import rules as rules_bench
from bench.presses import STAGES, Bench
from bench.report import FOLDER, figure, keep
from simulators.onekey import onekey
from simulators.stage import AsteriskStage

PRESSES = int(os.environ.get("PRESSES", "60"))
"""Presses per path; medians of fewer than 60 are not quoted."""
RECORDING = Path("tests/ami/recorded/switchboard_12345.ami")


PATHS = ("alive", "dead", "stopped", "http", "refer")
"""The key with a gateway, without one, with one that is stopped; a request; and the yardstick."""


async def presses(folder: Path) -> dict[str, Any]:
    """The five paths in turns, then a rush."""
    gateway = AsteriskStage(f"bench-{os.getpid()}", folder / "gateway", dtmf_events=True)
    alone = AsteriskStage(f"alone-{os.getpid()}", folder / "dialplan", dtmf_events=True)
    refer = AsteriskStage(f"refer-{os.getpid()}", folder / "refer", dtmf_events=True)
    stopped = AsteriskStage(
        f"stopped-{os.getpid()}", folder / "stopped", dtmf_events=True
    )  # a seat presses 30 times a minute at most
    benches = {"alive": Bench(gateway), "dead": Bench(alone), "refer": Bench(refer, "pjsip"), "stopped": Bench(stopped)}
    own = list(benches.values())
    benches["http"] = benches["alive"]
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in PATHS}
    try:
        for bench in own:
            await bench.stage.up()
            await bench.start()
        await alone.gateway_down()
        print(f"{PRESSES} 次按键，五条路径轮流 / {PRESSES} presses on each of five paths, in turns", flush=True)
        writes = await _plan_writes(gateway)
        for number in range(PRESSES):
            if number % 10 == 9:
                await asyncio.gather(*(bench.renew() for bench in own))
            for name in PATHS:
                how = name if name in ("stopped", "http") else "key"
                taken[name].append(await benches[name].press(talk=name == "alive", how=how))
            print(f"  {number + 1}/{PRESSES}", end="\r", flush=True)
        calls = 2 * PRESSES
        written = (await _plan_writes(gateway) - writes) / calls
        for bench in own:
            await bench.stop()
        rush = await plans.rush(alone)
        figures = await load.measure(gateway)
    finally:
        await asyncio.gather(*(bench.stage.down() for bench in own), return_exceptions=True)
    found = {**_press_figures(taken, benches["alive"]), **_load_figures(figures), **_rush_figures(rush)}
    note = "variables set for plans over all calls of this run, none of which was edited; heartbeats and seats' changes included"
    found["plan_writes_per_call"] = figure(written, "", "<= 2", calls, note)
    return found


async def _plan_writes(stage: AsteriskStage) -> float:
    """How many variables plans have cost the home so far."""
    text = await stage.text("/metrics")
    name = 'onekey_plan_writes_total{switchboard="12345"}'
    return float(next(line for line in text.splitlines() if line.startswith(name)).rpartition(" ")[2])


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
        "alive": "last digit's DTMFEnd to the far seat's Newstate Ringing, AMI time stamps",
        "dead": "the same with no gateway",
        "stopped": "the same with the gateway's process stopped (SIGSTOP)",
        "http": "POST /v1/transfers, from before it is sent",
        "refer": "PJSIP's REFER: BlindTransfer event to ringing; reading the REFER itself is not counted, which favours it",
    }
    found = {
        f"key_to_ring_ms_{name}": figure(
            ring[name], "ms", "", PRESSES, f"{notes[name]}; stages {_short(medians[name])}"
        )
        for name in ring
    }
    ratios = {
        "key_to_ring_ratio_vs_refer": ("alive", "refer", "<= 1.15"),
        "key_to_ring_ratio_dead_vs_alive": ("dead", "alive", "<= 1.05"),
        "key_to_ring_ratio_gateway_stopped": ("stopped", "alive", "<= 1.05"),
        "http_to_ring_ratio_vs_refer": ("http", "refer", "<= 1.6"),
    }
    for name, (one, other, aim) in ratios.items():
        found[name] = figure(ring[one] / ring[other], "", aim, PRESSES, f"median of {one} by median of {other}")
    keys = statistics.median(bench.key_silences_ms)
    found["caller_silence_ms_max"] = figure(
        max(bench.silences_ms),
        "ms",
        "<= 40",
        len(bench.silences_ms),
        "longest of all presses, from the key's end until the seat has left; median "
        f"{statistics.median(bench.silences_ms):.1f}. While a key is held Asterisk passes nothing of that seat on: "
        f"{keys:.0f} ms a digit (median of the longest), as long as the digit sounds; not counted here",
    )
    return found


def _rush_figures(ringing_ms: list[float]) -> dict[str, Any]:
    ordered = sorted(ringing_ms)
    p50, p99 = statistics.median(ordered), ordered[int(0.99 * len(ordered))]
    note = f"{plans.PER_S} presses a second on one switchboard for {plans.PRESSES / plans.PER_S:g} s, press to ringing; p50 {p50:.2f} ms, p99 {p99:.2f} ms"
    return {"key_to_ring_p99_over_p50": figure(p99 / p50, "", "<= 3", len(ordered), note)}


def planning() -> dict[str, Any]:
    """What plans cost in the core."""
    found = plans.costs()
    note = (
        f"percent of one core for {plans.CALLS_PER_S} calls a second with {plans.EVENTS_PER_CALL} events each, {2 * plans.SEATS} seats, shipped rules: "
        f"{found['look']:.2f} µs an event, {found['call']:.1f} µs a call, {found['settled'] / 1000:.1f} ms each time that seats have moved; an edit {found['edit'] / 1000:.1f} ms"
    )
    return {"plan_cpu_pct": figure(found["cpu_pct"], "%", "", 5, note)}


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
    report = {**throughput(), **deciding(), **planning(), **contexts.measure(), **house.measure(), **imports.measure()}
    report.update(doctor.figures(*asyncio.run(doctor.measure())))
    report.update(asyncio.run(presses(FOLDER)))
    report.update(asyncio.run(data.measure(FOLDER)))
    keep(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
