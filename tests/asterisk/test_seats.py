"""Presence by the API on a real Asterisk, and the waits that it itself reports."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulators.onekey import eventually
from simulators.stage import AsteriskStage
from simulators.stories import perform

NIGHT = "12345-night"
"""A second queue of the same seats."""

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def _seat(stage: AsteriskStage, number: str) -> dict[str, Any]:
    found = [seat for seat in (await stage.get("/v1/seats"))["items"] if seat["seat"] == number]
    return found[0] if found else {"state": "", "why": ""}


async def _comes(stage: AsteriskStage, number: str, state: str, why: str = "") -> None:
    async def there() -> bool:
        seat = await _seat(stage, number)
        return seat["state"] == state and why in ("", seat["why"])

    await eventually(there, f"{number} is {state} {why}", 10)


async def test_pause_log_in_and_log_out(stage: AsteriskStage) -> None:
    """A seat is paused with its reason and put back; one that no queue has is logged in, and out again."""
    conf = Path(stage.lab["dir"]) / "12345/etc/queues.conf"
    written = conf.read_text("utf-8")
    conf.write_text("".join(line for line in written.splitlines(True) if "PJSIP/1002" not in line), "utf-8")
    stage.console("12345", "queue reload all")
    phone = await stage.phone("12345", "1001")
    await _comes(stage, "1001", "ready")
    await stage.post("/v1/seats/12345/1001/pause", {"reason": "lunch"})
    await _comes(stage, "1001", "paused", "lunch")
    await stage.post("/v1/seats/12345/1001/unpause", {})
    await _comes(stage, "1001", "ready")
    await stage.phone("12345", "1002")
    await stage.post("/v1/seats/12345/1002/log_in", {"queues": ["12345"]})
    await _comes(stage, "1002", "ready")
    await stage.post("/v1/seats/12345/1002/log_out", {})
    await _comes(stage, "1002", "offline")
    status, answer = await stage.ask("POST", "/v1/seats/12345/1001/log_out", {}, {})
    assert (status, answer["error_id"]) == (409, "static_member"), answer  # it stands in queues.conf
    await _comes(stage, "1001", "ready")
    assert phone is not None
    conf.write_text(written, "utf-8")
    stage.console("12345", "queue reload all")
    await stage.clear()


async def test_a_wait_is_as_long_as_asterisk_says(stage: AsteriskStage) -> None:
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


async def test_a_target_that_rings_out_is_not_abandoned(stage: AsteriskStage) -> None:
    """Nobody answers at 110: app_queue tells AMI that the caller has abandoned, but he talks with his seat all the time. The one
    who hangs up while 110 rings has."""
    began = time.time()
    for name in ("no_answer_stays_with_seat", "caller_hangs_up_while_ringing"):
        await perform(name, stage)
    report = await stage.get(f"/v1/reports/queues?since={_iso(began)}&by=queue")
    (line,) = [item for item in report["items"] if item["queue"] == "110"]
    assert (line["offered"], line["abandoned"], line["rung_out"]) == (1, 1, 1)


async def test_a_seat_in_two_queues(stage: AsteriskStage) -> None:
    """Both queues tell of the same phone: one state, and one row a change. It is paused when both pause it, and who leaves one queue
    is in the other."""
    conf = Path(stage.lab["dir"]) / "12345/etc/queues.conf"
    conf.write_text(conf.read_text("utf-8") + f"\n[{NIGHT}]\nstrategy = leastrecent\nringinuse = no\n", "utf-8")
    stage.console("12345", "queue reload all")
    caller, seat = await stage.phone("12345", "13800000001"), await stage.phone("12345", "1001")
    await _comes(stage, "1001", "ready")
    at = time.time()
    await stage.post("/v1/seats/12345/1001/log_in", {"queues": [NIGHT]})
    await _member(stage, "Not in use")
    stage.console("12345", f"queue pause member PJSIP/1001 queue {NIGHT} reason break")
    await _member(stage, "paused:break")
    began = time.monotonic()
    await caller.call("12345")  # the other queue rings it
    await seat.wait_ring(after=began)
    await _comes(stage, "1001", "ringing")
    await seat.answer()
    await _comes(stage, "1001", "on_call.talk")
    await asyncio.gather(caller.hang_up(), seat.hang_up())
    await _comes(stage, "1001", "ready")
    stage.console("12345", "queue pause member PJSIP/1001 queue 12345 reason lunch")
    await _comes(stage, "1001", "paused")
    await stage.post("/v1/seats/12345/1001/unpause", {})
    await _comes(stage, "1001", "ready")
    status, answer = await stage.ask("POST", "/v1/seats/12345/1001/log_out", {}, {})
    assert (status, answer["error_id"]) == (409, "static_member"), answer  # of the one queue; of the other it is out
    await _member(stage, "No Members")
    await stage.clear()
    await _comes(stage, "1001", "offline")
    states = ["ready", "ringing", "on_call.talk", "ready", "paused", "ready", "offline"]

    async def written() -> bool:
        sql = "select before, after from seat_log where switchboard = '12345' and seat = '1001' and at > ? order by n"
        with closing(sqlite3.connect(stage.database)) as connection:
            return connection.execute(sql, (at,)).fetchall() == list(pairwise(states))

    await eventually(written, "one row a change")


async def _member(stage: AsteriskStage, shown: str) -> None:
    async def there() -> bool:
        return shown in await asyncio.to_thread(stage.console, "12345", f"queue show {NIGHT}")

    await eventually(there, f"{NIGHT} shows {shown}")


def _iso(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
