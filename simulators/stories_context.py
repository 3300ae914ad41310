"""The stories of what travels with a caller: who is shown the number, and the record where each switchboard has a gateway of its own."""

from __future__ import annotations

import asyncio
import signal

from simulators.stories import Play
from simulators.stories_modes import CALLER, FAR, SEAT, story

WATER = ("12345", "water")


@story
async def number_kept_confidential(play: Play) -> None:
    """The caller wants the number kept confidential: the water company's phone does not show it, with and without a gateway; 110's does."""
    caller, seat, water, far = await play.phones(CALLER, SEAT, WATER, FAR)
    await play.connect(caller, seat)
    call = next(item for item in (await play.stage.get("/v1/calls"))["items"] if item["state"] == "bridged")
    record = await play.stage.get(f"/v1/contexts/{call['context']}")
    seen = {"If-Match": f'"{record["version"]}"'}
    said = {"confidential": True}
    status, _ = await asyncio.to_thread(play.stage.ask, "PATCH", f"/v1/contexts/{record['id']}", said, seen)
    play.must(status == 200, f"the edit was answered with {status}")
    play.say("seat", "writes down: confidential")
    for alive in (False, True):
        if not alive:
            await play.stage.gateway_down(signal.SIGKILL)
            play.say("gateway", "killed")
        pressed = await play.press(seat, "*51")
        ring = await water.wait_ring(after=pressed)
        play.must(ring.number == "anonymous", f"water's phone shows {ring.number}")
        if not alive:
            await water.decline(603)
            await play.stage.gateway_up()
            play.say("gateway", "is back")
    await water.answer()
    await play.hears(caller, {seat, water})
    await water.hang_up()
    play.must(caller.account.number not in water.numbers_sent, "a message to water's phone holds the number")
    await play.outcome("completed", "conferenced")
    pressed = await play.press(seat)
    ring = await far.wait_ring(after=pressed)
    play.must(ring.number == caller.account.number, f"110's phone shows {ring.number}")
    await far.answer()
    await play.hears(caller, {seat, far})
    await far.hang_up()
    await play.hears(caller, {seat})
    await play.finish(seat, caller)
