"""A gateway at each switchboard: what only the home can know of the other's callers."""

from __future__ import annotations

from simulators.stories import CALLER, FAR, SEAT

from .house import HouseApart


async def test_a_replayed_id_is_found_by_asking_its_home(apart: HouseApart) -> None:
    """Good, but of another caller than the leg is: the home says so, and the far seat reads it; the call goes on."""
    (caller, seat), (other, second) = (
        apart.people(CALLER, SEAT),
        apart.people(("12345", "13800000002"), ("12345", "1002")),
    )
    (far,) = apart.people(FAR)
    await apart.connect(caller, seat)
    second.refuse_with = None
    await other.call()
    await second.wait_ring()
    await second.answer()
    await apart.hears(other, second)
    assert caller.channel is not None
    assert other.channel is not None
    await apart.gateway_killed()
    other.channel.set("ONEKEY_UUI", caller.channel.get("ONEKEY_UUI"), inherit=True)
    await second.press("*1")
    await far.wait_ring()
    await far.answer()
    await far.until(far.texts, "it waits for the record")
    await apart.gateway_up()
    await far.until(lambda: "来电信息来源未验证" in far.texts()[-1], "it reads that the id is not believed")
    await apart.hears(other, second, far)
    assert apart.beside is not None
    (arrival,) = apart.beside.engine.core.world.arrivals.values()
    assert arrival.problem == "replayed"
    await second.hang_up()
    await apart.hears(other, far)
    await far.hang_up()
    await apart.finish(seat, caller)
