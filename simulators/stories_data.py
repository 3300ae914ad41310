"""The stories of data that does not come: the voice waits for no store and no platform. As in ``stories``, one name each, everywhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from simulators.play import Play, Story
from simulators.stories import CALLER, DATA, FAR, SEAT

BUSINESS_AS_USUAL_MS = 500.0
"""A transfer that waits for a store waits for a second at least; one that does not rings within a tenth of this."""


def story(function: Story) -> Story:
    """Enter a story under its own name."""
    DATA[function.__name__] = function
    return function


@asynccontextmanager
async def _transfer(play: Play) -> AsyncIterator[tuple[str, str]]:
    """A transfer as ever, with the fault of this story's name from before the press until everybody has gone. Within the block,
    which is given the context's id and a word of the alarm that must follow, three talk; behind it nothing is broken any more."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    async with play.stage.broken(play.name) as word:
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
        yield record["id"], word
        await seat.hang_up()
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
        await play.finish(far, caller)
    play.say("data", "all is well again")


async def _alarm(play: Play, word: str, *, ready: bool) -> None:
    """People are told: what is wrong stands among the problems of the gateway, in Chinese first."""
    told: list[str] = []

    async def there() -> bool:
        status, body = await play.stage.ask("GET", "/readyz")
        told[:] = [problem["what"] for problem in body["problems"]] if body else []
        return (status == 200) is ready and any(word in what for what in told)

    await play.eventually(there, f"an alarm with {word}")
    play.say("gateway", next(what for what in told if word in what).partition(" / ")[0][:60])


async def _edit(play: Play, id_: str, summary: str) -> tuple[int, Any]:
    """Somebody writes down what the caller said, having seen the newest version."""
    record = await play.stage.get(f"/v1/contexts/{id_}")
    tag = {"If-Match": f'"{record["version"]}"'}
    status, answer = await play.stage.ask("PATCH", f"/v1/contexts/{id_}", {"summary": summary}, tag)
    play.say("console", f"PATCH /v1/contexts/{id_}: {status}")
    return status, answer


async def _figure(play: Play, name: str) -> float:
    """A figure of the gateway's metrics."""
    found = re.search(rf"^{re.escape(name)} ([^ ]+)$", await play.stage.text("/metrics"), re.M)
    play.must(found, f"there is no metric {name}")
    assert found is not None
    return float(found[1])


async def _without_a_store(play: Play, *, reads: bool = True, logs: bool = True) -> None:
    """The transfer, the alarm, the edit that is refused; and behind it every record. ``reads``: whether history can be read meanwhile;
    ``logs``: whether the log, which may lie on the same disk, takes lines meanwhile."""
    begins = len(play.stage.log_lines())
    async with _transfer(play) as (id_, word):
        await _alarm(play, word, ready=False)
        play.must(await _figure(play, "onekey_store_up") == 0, "the metrics say that the store takes records")
        play.must(await _figure(play, "onekey_store_backlog") > 0, "the metrics say that no record waits")
        status, answer = await _edit(play, id_, "不会保存")
        play.must((status, answer["error_id"]) == (503, "store_down"), f"an edit is answered {status} {answer}")
        play.must("恢复后再保存" in answer["details"]["remedy"], "nobody says what to do")
        if not reads:
            status, answer = await play.stage.ask("GET", "/v1/transfers")
            play.must(status == 503, f"asked for transfers that cannot be read, it answers {status} {answer}")
        waits = await _figure(play, "onekey_store_backlog")
        # Memory first: a record that goes from there to the disk meanwhile is counted twice, never missed.
        kept = await _figure(play, "onekey_store_in_memory")
        kept += play.stage.backlog_waits()
        play.must(kept >= waits, f"{waits:g} records wait, and {kept:g} are kept")
    await play.eventually(play.stage.is_ready, "the store is well again")
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    history = (await play.stage.get(f"/v1/contexts/{id_}/history"))["items"]
    versions = [entry["version"] for entry in history]
    play.must(versions == list(range(1, len(versions) + 1)), f"versions are missing: {versions}")
    record = await play.stage.get(f"/v1/contexts/{id_}")
    play.must(record["ended_at"] and record["summary"] == "", f"the record is not as it was left: {record}")
    lost, up = await _figure(play, "onekey_store_lost_total"), await _figure(play, "onekey_store_up")
    play.must((lost, up) == (0, 1), f"{lost:g} records are lost, onekey_store_up is {up:g}")
    play.must(not play.stage.backlog_waits(), f"{play.stage.backlog_waits()} records wait still")
    status, _ = await _edit(play, id_, "恢复后保存")
    play.must(status == 200, f"an edit is answered {status}")
    said = "\n".join(play.stage.log_lines()[begins:])
    told = '"store_back"' in said and ('"store_down"' in said or not logs)
    play.must(told, "the log does not say that the store was down, and is back")
    play.say("store", f"{len(versions)} versions, none is missing")


@story
async def store_slow(play: Play) -> None:
    """Another process holds the store's lock for the whole call: 110 rings at once, and every record follows."""
    await _without_a_store(play)


@story
async def store_full(play: Play) -> None:
    """The disk is full: 110 rings at once, edits are refused with what to do, and every record follows."""
    await _without_a_store(play, logs=False)


@story
async def store_read_only(play: Play) -> None:
    """The disk takes not a byte, for the backlog neither: 110 rings at once, records wait in memory, none is lost."""
    await _without_a_store(play, logs=False)


@story
async def store_gone(play: Play) -> None:
    """The database is taken away under the open file: 110 rings at once, nothing is acknowledged into the void, and it comes back whole."""
    await _without_a_store(play, reads=False)


@story
async def far_platform_down(play: Play) -> None:
    """110's platform is down: its phone rings at once with the context, and the platform gets every version, in order, when it is back."""
    platform = play.stage.platform
    assert platform is not None
    async with _transfer(play) as (id_, word):
        await _alarm(play, word, ready=True)
        play.must(
            await _figure(play, 'onekey_push_up{to="110"}') == 0, "the metrics say that the platform takes records"
        )
        status, answer = await _edit(play, id_, "路灯不亮")
        play.must(status == 200, f"an edit is answered {status} {answer}")
        play.must(not platform.versions(id_), "the platform was not down")
    await play.outcome("completed", "transferer_left")
    record = await play.stage.get(f"/v1/contexts/{id_}")

    def newest() -> bool:
        return platform.versions(id_)[-1:] == [record["version"]]

    await play.eventually(newest, "the platform has the newest version", 12)
    versions = platform.versions(id_)
    play.must(versions == list(range(versions[0], record["version"] + 1)), f"missing, or not in order: {versions}")
    taken = next(one for one in reversed(platform.taken) if one.record["id"] == id_)
    play.must(taken.record["summary"] == "路灯不亮", "the platform has not what was written")
    play.must(not platform.forged, "a signature does not fit")
    figures = [await _figure(play, f'onekey_push_{name}{{to="110"}}') for name in ("up", "waiting")]
    play.must(figures == [1, 0], f"onekey_push_up and onekey_push_waiting are {figures}")
    play.say("platform", f"has versions {versions}")
