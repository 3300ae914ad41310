"""CPU and memory of the gateway's process: at rest, and with 20 calls up (SIPp's, six of them with a seat)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from simulators.onekey import eventually
from simulators.stage import AsteriskStage

CALLS = 20
REST_S = 10.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_mb(pid: int | str) -> float:
    """Resident memory in MB; ``self`` is this process."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


async def cpu_pct(pid: int, seconds: float) -> float:
    """Percent of one core over a time."""
    before = cpu_s(pid)
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(pid) - before) / seconds


async def measure(stage: AsteriskStage) -> dict[str, float]:
    """``gateway_cpu_pct_idle``, ``gateway_cpu_pct_20_calls``, ``gateway_rss_mb``."""
    idle = await cpu_pct(stage.gateway_pid, REST_S)
    for number in range(1001, 1007):
        phone: Any = await stage.phone("12345", str(number))
        phone.answer_after_s = 0.0
    tree = await stage._phones_tree()
    board = stage.lab["switchboards"]["12345"]
    sipp = await asyncio.create_subprocess_exec(
        *tree["start"], f"{tree['root']}/usr/bin/sipp", "-sn", "uac", "-s", "12345", "-i", board["pstn"]["host"],
        "-m", str(CALLS), "-l", str(CALLS), "-r", "10", "-d", "20000", "-nostdin",
        f"{board['sip']['host']}:{board['sip']['port']}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=stage.folder,
    )  # fmt: skip

    async def up() -> bool:
        return len((await stage.get("/v1/calls"))["items"]) >= CALLS

    try:
        busy = asyncio.create_task(cpu_pct(stage.gateway_pid, REST_S), name="cpu with calls")
        await eventually(up, f"{CALLS} calls are up", 15)
        loaded = await busy
        memory = rss_mb(stage.gateway_pid)
    finally:
        if sipp.returncode is None:
            sipp.terminate()
        await sipp.wait()
        await stage.clear()
    return {"gateway_cpu_pct_idle": idle, "gateway_cpu_pct_20_calls": loaded, "gateway_rss_mb": memory}
