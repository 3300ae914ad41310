"""The stories of ``simulators.stories_context`` by the same names: the whole gateway on the toy PBX."""

from __future__ import annotations

from .house import House, HouseApart
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


SAID = "楼上装修，噪音扰民"


async def noted(apart: House) -> str:
    """The seat has written down what its caller said: the record's id."""
    (call,) = (await apart.get("/v1/calls"))["items"]
    record = await apart.get(f"/v1/contexts/{call['context']}")
    await apart.patch(f"/v1/contexts/{record['id']}", {"summary": SAID}, record["version"])
    return str(record["id"])


async def test_record_of_another_home(apart: HouseApart) -> None:
    """The far seat reads what the caller has said, writes on, and the home has it."""
    caller, seat, far = apart.people(CALLER, SEAT, FAR)
    await apart.connect(caller, seat)
    id_ = await noted(apart)
    await seat.press("*1")
    await far.wait_ring()
    await far.until(far.texts, "the record is shown")
    assert [SAID in text for text in far.texts()] == [True]
    await far.answer()
    await apart.hears(caller, seat, far)

    async def written() -> bool:
        copy = await apart.record(id_)
        return await apart.write_on(id_, {"location": "三楼"}, copy["version"]) == 200

    await apart.until(written, "110 writes on")
    await apart.until(lambda: _is(apart, id_, "location", "三楼"), "12345 has it")
    await seat.hang_up()
    await apart.hears(caller, far)
    await apart.outcome("completed", "transferer_left")
    await apart.finish(far, caller)


async def _is(apart: House, id_: str, field: str, value: str) -> bool:
    return bool((await apart.get(f"/v1/contexts/{id_}"))[field] == value)


async def test_record_on_its_way(apart: HouseApart) -> None:
    """110's phone rings and shows that the record is on its way, and later the record."""
    caller, seat, far = apart.people(CALLER, SEAT, FAR)
    await apart.connect(caller, seat)
    id_ = await noted(apart)
    await apart.gateway_killed()
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await apart.hears(caller, seat, far)
    await far.until(far.texts, "the record is on its way")
    assert (await apart.record(id_))["status"] == 404
    await apart.gateway_up()
    await far.until(lambda: len(far.texts()) > 1, "the record is here")
    assert ["来电信息正在送达" in far.texts()[0], SAID in far.texts()[1], len(far.texts())] == [True, True, 2]
    await seat.hang_up()
    await apart.hears(caller, far)
    await apart.finish(far, caller)
