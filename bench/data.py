"""The voice does not wait for data: presses with a store or a platform that fails, in turns with healthy ones, on one gateway; and how
long after its first ring the far side can read the record.

``python -m bench.data`` measures this alone. Key to ring is taken from Asterisk's own time stamps, as in ``presses``. The record is
readable when both ways have brought it: the far side's platform has it pushed, and gets it by a token of its own switchboard.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.presses import Bench, Marks
from simulators.data_faults import FAULTS
from simulators.onekey import eventually, onekey
from simulators.phone import Ring
from simulators.stage import AsteriskStage

PRESSES = int(os.environ.get("PRESSES", "30"))
"""Presses per state; medians of fewer than 30 are not quoted."""
AIM_MS = 1000.0
HEALTHY = "healthy"
PHONES_ROUNDS = 5
"""Then the phones are new: pyVoIP's stops hanging up after some fifty calls."""
LIMITS = "presses_per_minute_max = 600"
"""One seat presses all the time."""


class DataBench:
    """Presses on a stage with a platform."""

    def __init__(self, stage: AsteriskStage) -> None:
        self.stage, self.presses = stage, Bench(stage)
        self.ring_ms: dict[str, list[float]] = {name: [] for name in (HEALTHY, *FAULTS)}
        self.record_ms: dict[str, list[float]] = {name: [] for name in (HEALTHY, *FAULTS)}

    async def run(self, rounds: int) -> None:
        """Every state once a round, in an order that the dice choose: none is always the one behind a pause."""
        dice, states = random.Random(1), [HEALTHY, *FAULTS]
        words = ["--config", str(self.stage.config), "--scope", "read", "--switchboard", "110"]
        made = await asyncio.to_thread(onekey, "token", "create", "110 platform", *words)
        api = self.stage.lab["api"]
        headers = {"Authorization": f"Bearer {made.split()[-1]}"}
        async with aiohttp.ClientSession(f"http://{api['host']}:{api['port']}", headers=headers) as self.session:
            for number in range(rounds):
                if number % PHONES_ROUNDS == 0:
                    if number:
                        await self.presses.stop()
                    await self.presses.start()
                dice.shuffle(states)
                for name in states:
                    fault = self.stage.broken(name) if name in FAULTS else contextlib.nullcontext()
                    async with fault:
                        await self.press(name)
                    if name in FAULTS:
                        await eventually(self.well, f"{name} is over", 20)
                print(f"  {number + 1}/{rounds}", end="\r", flush=True)
        await self.presses.stop()

    async def well(self) -> bool:
        """Nothing is wrong any more, and nothing waits."""
        status, body = await self.stage.ask("GET", "/readyz")
        return status == 200 and not body["problems"]

    async def press(self, name: str) -> None:
        """One call, one press; the far phone rings, and the record comes."""
        bench = self.presses
        began = time.monotonic()
        await bench.caller.call("12345")
        await bench.seat.wait_ring(after=began)
        await bench.seat.answer()
        await bench.caller.diary.wait("answered", after=began)
        await asyncio.sleep(0.25)
        bench.marks = Marks()
        pressing = time.monotonic()
        await bench.seat.press("*1")
        ring: Ring = await bench.far.wait_ring(after=pressing)
        await asyncio.wait_for(bench.marks.done.wait(), 8)
        self.ring_ms[name].append(bench.marks.ms()["ringing"])
        self.record_ms[name].append(await self.record(ring, pushed=name != "far_platform_down"))
        await bench.caller.hang_up()  # alone: where all hang up at once a caller may be on the way to the next person
        await bench.far.diary.wait("cancelled", after=pressing)
        await bench.seat.hang_up()
        await self.stage.empty()

    async def record(self, ring: Ring, *, pushed: bool) -> float:
        """ms from the first ring until the far side can read the record by either way; 0 where it could before."""
        id_ = bytes.fromhex(ring.headers["user-to-user"].split(";")[0]).decode().split(".")[1]
        at = 0.0
        if pushed:
            assert self.stage.platform is not None
            at = (await self.stage.platform.wait(id_, 1)).at
        while True:
            asked = time.monotonic()
            async with self.session.get(f"/v1/contexts/{id_}") as answer:
                if answer.status == 200 and "110" in (await answer.json())["organisations"]:
                    break
            assert asked < ring.at + 20, f"{id_} cannot be read: {answer.status}"
            await asyncio.sleep(0.005)
        return max(0.0, 1000 * (max(at, time.monotonic()) - ring.at))


def figures(bench: DataBench) -> dict[str, Any]:
    """Entries of the report."""
    medians = {name: statistics.median(ms) for name, ms in bench.ring_ms.items()}
    every = sorted(ms for name in bench.record_ms for ms in bench.record_ms[name])
    worst = {name: round(max(ms), 1) for name, ms in bench.record_ms.items()}
    presses = len(bench.ring_ms[HEALTHY])
    found: dict[str, Any] = {
        "press_to_record_ms_p99": {
            "value": round(every[int(len(every) * 0.99)], 3), "unit": "ms", "aim": f"<= {AIM_MS:g}", "runs": len(every),
            "note": "from the first ring at the far phone until the record is readable on the far side, pushed to its platform and fetched with "
            "a token of its switchboard, the later of both (fetched alone while the platform is down); of these runs a sixth each are "
            f"healthy and with each fault; the slowest of each: {worst}; median {statistics.median(every):.1f}",
        },
        "key_to_ring_ms_healthy": {
            "value": round(medians[HEALTHY], 3), "unit": "ms", "aim": "", "runs": presses,
            "note": "last digit's DTMFEnd to the far seat's Newstate Ringing, in turns with the faults, median",
        },
    }  # fmt: skip
    for name in FAULTS:
        ratio = medians[name] / medians[HEALTHY]
        ratios = sorted(sick / well for sick, well in zip(bench.ring_ms[name], bench.ring_ms[HEALTHY], strict=True))
        found[f"key_to_ring_ms_{name}"] = {
            "value": round(medians[name], 3), "unit": "ms", "aim": "<= 1.1 x healthy", "runs": presses,
            "note": f"median; {ratio:.3f} of the healthy median; of the ratios of presses side by side the median is "
            f"{statistics.median(ratios):.3f}, quartiles {ratios[len(ratios) // 4]:.3f} and {ratios[3 * len(ratios) // 4]:.3f}",
        }  # fmt: skip
        found[f"key_to_ring_ratio_{name}"] = {
            "value": round(ratio, 3), "unit": "", "aim": "<= 1.1", "runs": presses, "note": "ratio of the medians, side by side",
        }  # fmt: skip
    return found


async def measure(folder: Path) -> dict[str, Any]:
    """All of it."""
    stage = AsteriskStage(f"data-{os.getpid()}", folder / "data", dtmf_events=True, platform=True, limits=LIMITS)
    bench = DataBench(stage)
    try:
        await stage.up()
        states = ", ".join((HEALTHY, *FAULTS))
        print(f"{PRESSES} 次按键，轮流：{states} / {PRESSES} presses in each of these states, in turns", flush=True)
        await bench.run(PRESSES)
    finally:
        await stage.down()
    return figures(bench)


if __name__ == "__main__":
    here = Path("build/bench").resolve()
    here.mkdir(parents=True, exist_ok=True)
    (here / "data.json").write_text(text := json.dumps(asyncio.run(measure(here)), ensure_ascii=False, indent=1))
    print(text)
    sys.exit(0)
