"""Presence by the API on a real Asterisk, and the waits that it itself reports."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from simulators.stage import Stage, eventually
from simulators.stories import perform

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def _seat(stage: Stage, number: str) -> dict[str, Any]:
    found = [seat for seat in (await stage.get("/v1/seats"))["items"] if seat["seat"] == number]
    return found[0] if found else {"state": "", "why": ""}


async def _comes(stage: Stage, number: str, state: str, why: str = "") -> None:
    async def there() -> bool:
        seat = await _seat(stage, number)
        return seat["state"] == state and why in ("", seat["why"])

    await eventually(there, f"{number} is {state} {why}", 10)


async def test_pause_log_in_and_log_out(stage: Stage) -> None:
    """A seat is paused with its reason and put back; a phone that no queue has is logged in, and out again."""
    phone = await stage.phone("12345", "1001")
    await _comes(stage, "1001", "ready")
    await stage.post("/v1/seats/12345/1001/pause", {"reason": "lunch"})
    await _comes(stage, "1001", "paused", "lunch")
    await stage.post("/v1/seats/12345/1001/unpause", {})
    await _comes(stage, "1001", "ready")
    await stage.phone("12345", "13800000002")
    await stage.post("/v1/seats/12345/13800000002/log_in", {"queues": ["12345"]})
    await _comes(stage, "13800000002", "ready")
    await stage.post("/v1/seats/12345/13800000002/log_out", {})
    await _comes(stage, "13800000002", "offline")
    status, answer = await asyncio.to_thread(stage.ask, "POST", "/v1/seats/12345/1001/log_out", {}, {})
    assert (status, answer["error_id"]) == (409, "static_member"), answer  # it stands in queues.conf
    await _comes(stage, "1001", "ready")
    assert phone is not None
    await stage.clear()


async def test_a_wait_is_as_long_as_asterisk_says(stage: Stage) -> None:
    """The row of an answered wait agrees with Asterisk's own queue_log within a second."""
    seat = await stage.phone("12345", "1001")
    caller = await stage.phone("12345", "13800000001")
    began, at = time.monotonic(), time.time()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await caller.diary.wait("answered", after=began)
    await asyncio.gather(caller.hang_up(), seat.hang_up())
    await stage.empty()
    log = Path(stage.lab["switchboards"]["12345"]["dir"], "log/queue_log").read_text().splitlines()
    holds = [float(line.split("|")[5]) for line in log if "|CONNECT|" in line and float(line.split("|")[0]) >= int(at)]
    report = await stage.get(f"/v1/reports/queues?since={_iso(at)}&by=queue")
    (line,) = [item for item in report["items"] if item["queue"] == "12345"]
    assert (line["answered"], line["abandoned"]) == (len(holds), 0)
    assert abs(line["wait_max_s"] - max(holds)) <= 1.0


async def test_a_target_that_rings_out_is_not_abandoned(stage: Stage) -> None:
    """Nobody answers at 110: app_queue tells AMI that the caller has abandoned, but he talks with his seat all the time. The one
    who hangs up while 110 rings has."""
    began = time.time()
    for name in ("no_answer_stays_with_seat", "caller_hangs_up_while_ringing"):
        await perform(name, stage)
    report = await stage.get(f"/v1/reports/queues?since={_iso(began)}&by=queue")
    (line,) = [item for item in report["items"] if item["queue"] == "110"]
    assert (line["offered"], line["abandoned"], line["rung_out"]) == (1, 1, 1)


def _iso(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
