"""The stories of data that does not come: the voice waits for no store and no platform. As in ``stories``, one name each, everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from simulators.data_faults import FAULTS
from simulators.stage import eventually
from simulators.stories import DATA, Play, Story

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
BUSINESS_AS_USUAL_MS = 500.0
"""A transfer that waits for a store waits for a second at least; one that does not rings within a tenth of this."""


def story(function: Story) -> Story:
    """Enter a story under its own name."""
    DATA[function.__name__] = function  # type: ignore[attr-defined]
    return function


@asynccontextmanager
async def _transfer(play: Play) -> AsyncIterator[str]:
    """A transfer as ever, with the fault of this story's name from before the press until everybody has gone. Within the block,
    which is given the context's id, three talk; behind it nothing is broken any more."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    async with FAULTS[play.name](play.stage):
        play.say("data", play.name)
        pressed = await play.press(seat)
        ring = await play.rings(far, pressed)
        play.shows_context(ring, caller, "12345")
        ms = play.measures["press_to_ring_ms"]
        play.must(ms < BUSINESS_AS_USUAL_MS, f"110 rings after {ms} ms: something stood in the way")
        record = await play.context_from(ring)
        play.must("110" in record["organisations"], "the record is not for 110 to read")
        await far.answer()
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
        yield record["id"]
        await seat.hang_up()
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
        await play.finish(far, caller)
    play.say("data", "all is well again")


async def _alarm(play: Play, word: str, *, ready: bool) -> None:
    """People are told: what is wrong stands among the problems of the gateway, in Chinese first."""
    told: list[str] = []

    async def there() -> bool:
        status, body = await asyncio.to_thread(play.stage.ask, "GET", "/readyz")
        told[:] = [problem["what"] for problem in body["problems"]] if body else []
        return (status == 200) is ready and any(word in what for what in told)

    await eventually(there, f"an alarm with {word}")
    play.say("gateway", next(what for what in told if word in what).partition(" / ")[0][:60])


async def _edit(play: Play, id_: str, summary: str) -> tuple[int, Any]:
    """Somebody writes down what the caller said, having seen the newest version."""
    record = await play.stage.get(f"/v1/contexts/{id_}")
    tag = {"If-Match": f'"{record["version"]}"'}
    status, answer = await asyncio.to_thread(play.stage.ask, "PATCH", f"/v1/contexts/{id_}", {"summary": summary}, tag)
    play.say("console", f"PATCH /v1/contexts/{id_}: {status}")
    return status, answer


async def _without_a_store(play: Play, word: str) -> None:
    """The transfer, the alarm, the edit that is refused; and behind it every record."""
    log = play.stage.folder / "gateway.log"
    begins = log.stat().st_size
    async with _transfer(play) as id_:
        await _alarm(play, word, ready=False)
        status, answer = await _edit(play, id_, "不会保存")
        play.must((status, answer["error_id"]) == (503, "store_down"), f"an edit is answered {status} {answer}")
        play.must("恢复后再保存" in answer["details"]["remedy"], "nobody says what to do")
    await eventually(play.stage.is_ready, "the store is well again")
    await play.outcome("completed", "transferer_left")
    history = (await play.stage.get(f"/v1/contexts/{id_}/history"))["items"]
    versions = [entry["version"] for entry in history]
    play.must(versions == list(range(1, len(versions) + 1)), f"versions are missing: {versions}")
    record = await play.stage.get(f"/v1/contexts/{id_}")
    play.must(record["ended_at"] and record["summary"] == "", f"the record is not as it was left: {record}")
    status, _ = await _edit(play, id_, "恢复后保存")
    play.must(status == 200, f"an edit is answered {status}")
    said = log.read_bytes()[begins:]
    play.must(
        b'"store_down"' in said and b'"store_back"' in said, "the log does not say that the store was down, and is back"
    )
    play.say("store", f"{len(versions)} versions, none is missing")


@story
async def store_slow(play: Play) -> None:
    """Another process holds the store's lock for the whole call: 110 rings at once, and every record follows."""
    await _without_a_store(play, "数据库写不进")


@story
async def store_full(play: Play) -> None:
    """The disk is full: 110 rings at once, edits are refused with what to do, and every record follows."""
    await _without_a_store(play, "数据库写不进")


@story
async def store_read_only(play: Play) -> None:
    """The disk takes not a byte, for the backlog neither: 110 rings at once, records wait in memory, none is lost."""
    await _without_a_store(play, "积压文件也写不进")


@story
async def store_gone(play: Play) -> None:
    """The database is taken away under the open file: 110 rings at once, nothing is acknowledged into the void, and it comes back whole."""
    await _without_a_store(play, "数据库写不进")


@story
async def far_platform_down(play: Play) -> None:
    """110's platform is down: its phone rings at once with the context, and the platform gets every version, in order, when it is back."""
    platform = play.stage.platform
    assert platform is not None
    async with _transfer(play) as id_:
        await _alarm(play, "110 平台收不到推送", ready=True)
        status, answer = await _edit(play, id_, "路灯不亮")
        play.must(status == 200, f"an edit is answered {status} {answer}")
        play.must(not platform.versions(id_), "the platform was not down")
    await play.outcome("completed", "transferer_left")
    record = await play.stage.get(f"/v1/contexts/{id_}")
    taken = await platform.wait(id_, record["version"], within_s=12)
    versions = platform.versions(id_)
    play.must(versions == sorted(set(versions)), f"not in order, or twice: {versions}")
    play.must(taken.record["summary"] == "路灯不亮", "the platform has not what was written")
    play.must(not platform.forged, "a signature does not fit")
    play.say("platform", f"has versions {versions}")
