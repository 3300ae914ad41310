"""The stories of ``simulators.stories_context`` by the same names: the whole gateway on the toy PBX."""

from __future__ import annotations

from .house import House
from .test_stories_modes import CALLER, FAR, SEAT

WATER = ("12345", "water")


async def test_number_kept_confidential(modes: House) -> None:
    """The water company's phone does not show the number, with and without a gateway; 110's does."""
    caller, seat, water, far = modes.people(CALLER, SEAT, WATER, FAR)
    await modes.connect(caller, seat)
    (call,) = (await modes.get("/v1/calls"))["items"]
    record = await modes.get(f"/v1/contexts/{call['context']}")
    await modes.patch(f"/v1/contexts/{record['id']}", {"confidential": True}, record["version"])
    await caller.until(lambda: caller.channel and caller.channel.get("ONEKEY_CONFIDENTIAL"), "Asterisk knows")
    await modes.gateway_killed()
    await seat.press("*51")
    assert (await water.wait_ring()).number == "anonymous"
    await water.decline(603)
    await modes.gateway_up()
    await seat.press("*51")
    assert (await water.wait_ring()).number == "anonymous"
    await water.answer()
    await modes.hears(caller, seat, water)
    await water.hang_up()
    await modes.outcome("completed", "conferenced")
    await seat.press("*1")
    assert (await far.wait_ring()).number == caller.number
    await far.answer()
    await modes.hears(caller, seat, far)
    await far.hang_up()
    await modes.hears(caller, seat)
    await modes.pass_s(2.1)  # a seat that leaves as 110 does may not know yet that the caller is left to it
    await modes.finish(seat, caller)
