"""Stories of presses that begin and end while no gateway is there: one that comes back makes the records that it would have written."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from simulators.onekey import eventually
from simulators.outside import gateway_back, gateway_killed
from simulators.stage import AsteriskPlay
from simulators.stored import said, transfers
from simulators.stories import call_story

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
TRAFFIC, FIRE, AMBULANCE = ("12345", "122"), ("12345", "119"), ("12345", "120")
FAMILY = "database show onekey-kept"


async def _nothing_kept(play: AsteriskPlay) -> None:
    """The dialplan has forgotten what is written down."""

    async def empty() -> bool:
        return "0 results" in await asyncio.to_thread(play.stage.console, "12345", FAMILY)

    await eventually(empty, "what is written down is forgotten")


async def _records(play: AsteriskPlay, count: int, since: str = "") -> list[dict[str, Any]]:
    """The newest transfers of this play, all at their end, as the store has them."""
    found: list[dict[str, Any]] = []

    async def ended() -> bool:
        found[:] = await asyncio.to_thread(transfers, play.stage, since or play.since)
        return len(found) >= count and all(row["outcome"] for row in found)

    await eventually(ended, f"{count} transfers have ended")
    play.must(len(found) == count, f"there are {len(found)} transfers, not {count}")
    return found


def _alike(play: AsteriskPlay, what: str, alive: dict[str, Any], dead: dict[str, Any]) -> None:
    one, other = said(alive), said(dead)
    unlike = {name: (one[name], other[name]) for name in one if one[name] != other[name]}
    play.must(not unlike, f"{what} differs: {unlike}")
    play.must(any(state == "by_plan" for _, state, _ in dead["history"]), f"not explained: {dead['history']}")
    play.say("both", f"{what}: {dead['outcome']}, {dead['reason']}, as {dead['terms']['tag']}")


def _after(rows: list[dict[str, Any]]) -> str:
    """An instant behind these."""
    return datetime.fromtimestamp(max(row["ended_at"] for row in rows), UTC).isoformat()


async def _whole_call(play: AsteriskPlay, people: list[Any], key: str) -> None:
    """Call, press, answer, three talk, the seat leaves, two go on, both hang up."""
    caller, seat, far = people[:3]
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await play.hears(caller, {seat})
    pressed = await play.press(seat, key)
    await far.wait_ring(after=pressed)
    await far.answer()
    if key == "*A":
        await seat.diary.wait("hung_up", after=pressed, who="seat")
    else:
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
        await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)
    await play.stage.empty()


@call_story
async def whole_calls_without_a_gateway(play: AsteriskPlay) -> None:
    """Calls begin, are transferred and end while no gateway is there: one that comes back has their records, as it would have written them."""
    people = await play.phones(CALLER, SEAT, FAR)
    keys = ("*1", "*A", "*6", "*7")
    for key in keys:
        await _whole_call(play, people, key)
    alive = await _records(play, len(keys))
    await gateway_killed(play)
    for key in keys:
        await _whole_call(play, people, key)
    await gateway_back(play)
    for key, one, other in zip(keys, alive, await _records(play, len(keys), _after(alive)), strict=True):
        _alike(play, key, one, other)
    await _nothing_kept(play)


async def _failures(play: AsteriskPlay, people: list[Any]) -> None:
    """Busy; a ladder of which two rungs fail; taken back while it rings: the seat keeps its caller each time, and leaves him then."""
    caller, seat, far, traffic, fire = people
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await play.hears(caller, {seat})
    far.refuse_with = 603
    pressed = await play.press(seat)
    await far.diary.wait("refusing", after=pressed - 0.05, who="far")
    far.refuse_with = 0
    await asyncio.sleep(0.8)
    pressed = await play.press(seat, "*4")
    await traffic.wait_ring(after=pressed)
    await traffic.decline(486)
    await fire.wait_ring(after=pressed)
    await fire.decline(486)
    await asyncio.sleep(0.8)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await asyncio.sleep(0.3)
    await play.press(seat, "*0")
    await far.diary.wait("cancelled", after=pressed, who="far")
    await play.hears(caller, {seat})
    await asyncio.sleep(1.1)
    await play.finish(seat, caller)
    await play.stage.empty()


@call_story
async def failures_without_a_gateway(play: AsteriskPlay) -> None:
    """Declined, a ladder that fails, taken back: without a gateway the records are the same when it is back, rung by rung."""
    people = await play.phones(CALLER, SEAT, FAR, TRAFFIC, FIRE)
    await _failures(play, people)
    alive = await _records(play, 3)
    await gateway_killed(play)
    await _failures(play, people)
    await gateway_back(play)
    dead = await _records(play, 3, _after(alive))
    for what, one, other in zip(("declined", "ladder", "taken back"), alive, dead, strict=True):
        _alike(play, what, one, other)
    await _nothing_kept(play)


@call_story
async def caller_gives_up_without_a_gateway(play: AsteriskPlay) -> None:
    """The gateway dies, the seat presses, the caller hangs up while 110 rings: one that comes back has a call-back task for him."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    await gateway_killed(play)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await asyncio.sleep(0.8)
    await caller.hang_up()
    await seat.diary.wait("hung_up", after=pressed, who="seat")
    await far.diary.wait("cancelled", after=pressed, within_s=12, who="far")
    await play.stage.empty()
    await gateway_back(play)
    transfer = await play.outcome("caller_hung_up", "caller_hung_up")
    play.must(transfer["transferer"]["seat"] == "1001", f"pressed by {transfer['transferer']}")
    tasks = (await play.stage.get("/v1/callbacks"))["items"]
    play.must(any(task["id"] == transfer["id"] for task in tasks), f"no task: {tasks}")
    record = await play.stage.get(f"/v1/contexts/{transfer['context']}")
    play.must(transfer["id"] in record["transfers"], f"the record has {record['transfers']}")
    await _nothing_kept(play)
