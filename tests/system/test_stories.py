"""The stories of ``simulators.stories`` by the same names: the whole gateway on the toy PBX."""

from __future__ import annotations

import pytest

from simulators.toy import Person

from .house import House

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
KEY = "*1"


def trunks(house: House) -> int:
    """Trunk legs at 12345."""
    return len(house.pbx.trunk_legs(["12345"]))


async def _warm(house: House, cast: list[Person], home: str) -> None:
    caller, seat, far = cast
    await house.connect(caller, seat)
    await seat.press(KEY)
    ring = await far.wait_ring()
    assert (ring.name, ring.number) == (f"[{home}转]", caller.number)
    context_id = bytes.fromhex(ring.headers["user-to-user"].split(";")[0]).decode().split(".")[1]
    context = await house.get(f"/v1/contexts/{context_id}")
    assert (context["home"], context["seats"][0]["seat"]) == (home, seat.number)
    assert caller.hears() == {seat.number}
    await far.answer()
    await house.hears(caller, seat, far)
    assert (seat.hears(), far.hears()) == ({caller.number, far.number}, {caller.number, seat.number})
    await seat.hang_up()
    await house.hears(caller, far)
    transfer = await house.outcome("completed", "transferer_left")
    assert transfer["by"] == "dialplan"
    await house.finish(far, caller)


async def test_warm_12345_to_110(house: House) -> None:
    """A citizen calls 12345, the seat presses, 110 rings with the context, three talk, the seat leaves, two go on."""
    await _warm(house, house.people(CALLER, SEAT, FAR), "12345")


async def test_warm_110_to_12345(house: House) -> None:
    """The same from 110 to 12345."""
    await _warm(house, house.people(("110", "13900000001"), ("110", "2001"), SEAT), "110")


async def test_there_and_back(house: House) -> None:
    """12345 -> 110 -> back to 12345: the call ends with one trunk leg fewer, not one more."""
    caller, seat, far, second = house.people(CALLER, SEAT, FAR, ("12345", "1002"))
    second.refuse_with = 486
    await house.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.hears(caller, far)
    assert trunks(house) == 1
    seat.refuse_with, second.refuse_with = 486, None
    await far.press(KEY)
    assert (await second.wait_ring()).name == "[110转]"
    await second.answer()
    await house.hears(caller, far, second)
    await far.hang_up()
    await house.hears(caller, second)
    await house.outcome("completed", "transferer_left")
    await house.until(lambda: not house.pbx.trunk_legs(), "the trunk legs go")
    await house.finish(second, caller)


async def test_no_answer_stays_with_seat(house: House) -> None:
    """Nobody answers at 110: the caller never left the seat, and the seat reads why."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    assert caller.hears() == {seat.number}
    await house.outcome("failed", "no_answer")
    await seat.until(seat.texts, "the seat reads why")
    await house.pass_s(1.1)  # a person reads
    await house.finish(seat, caller)


async def test_target_busy_stays_with_seat(house: House) -> None:
    """Every seat of 110 is busy: the caller stays with the seat, which reads why within a moment."""
    caller, seat, other, far = house.people(CALLER, SEAT, ("110", "13900000001"), FAR)
    await house.connect(other, far)
    await house.connect(caller, seat)
    await seat.press(KEY)
    await seat.until(seat.texts, "the seat reads why")
    assert "忙" in seat.texts()[0]
    await house.outcome("failed", "busy")
    assert (caller.hears(), far.hears()) == ({seat.number}, {other.number})
    await house.pass_s(1.1)
    await far.hang_up()
    await house.finish(seat, caller)


async def test_seat_leaves_while_ringing_target_answers(house: House) -> None:
    """The seat hangs up while 110 rings: the caller waits with music, and 110 takes the call."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await seat.hang_up()
    await house.hears(caller)
    await house.state("blonde")
    await far.answer()
    await house.hears(caller, far)
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


async def test_seat_leaves_while_ringing_target_fails(house: House) -> None:
    """The seat hangs up and 110 does not answer: the caller comes to a seat of 12345 before everybody who waits."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    waiting = house.pbx.person("12345", "13800000002")
    seat.refuse_with = 486
    await seat.hang_up()
    await waiting.call()
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    await house.outcome("failed", "no_answer")
    seat.refuse_with = None
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await house.hears(caller, seat)
    await waiting.hang_up()
    await house.finish(seat, caller)


async def test_caller_hangs_up_while_ringing(house: House) -> None:
    """The caller gives up while 110 rings: 110's phone stops at once, and the outcome says so."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    began = far.board.loop_time
    await caller.hang_up()
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    assert far.board.loop_time - began < 0.1  # of a time that skips: no deadline was needed
    await house.outcome("caller_hung_up", "caller_hung_up")
    assert seat.channel is None
    await house.empty()


async def test_double_press_rings_once(house: House) -> None:
    """Two presses in a row: 110 rings once, and each press has one outcome."""
    caller, seat, far, spare = house.people(CALLER, SEAT, FAR, ("110", "2002"))
    await house.connect(caller, seat)
    await seat.press(KEY)
    await seat.press(KEY)
    await far.wait_ring()
    await house.pass_s(1.0)  # a while
    assert (far.times("ringing"), spare.times("ringing")) == (1, 0)
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.hears(caller, far)
    await house.outcome("completed", number=-2)
    await house.outcome("failed", "already_ringing")
    assert len(await house.transfers()) == 2
    await house.finish(far, caller)


async def test_gateway_killed_before_press(house: House) -> None:
    """The gateway is dead: the key works all the same, and a gateway that comes back adopts the transfer."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await house.gateway_killed()
    await seat.press(KEY)
    ring = await far.wait_ring()
    assert ring.name == "[12345转]"
    assert "user-to-user" in ring.headers  # the caller's channel has carried it since it arrived
    await far.answer()
    await house.hears(caller, seat, far)
    await house.gateway_up()
    await seat.hang_up()
    await house.hears(caller, far)
    transfer = await house.outcome("completed", "transferer_left")
    assert transfer["by"] == "dialplan"
    await house.finish(far, caller)


async def test_gateway_killed_while_ringing(house: House) -> None:
    """The gateway dies while 110 rings: the ringing target still joins when it answers, and does not ring twice."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await house.gateway_killed()
    await house.pass_s(0.8)  # a while
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.hears(caller, far)
    assert far.times("ringing") == 1
    await house.gateway_up()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


async def test_gateway_killed_after_answer(house: House) -> None:
    """The gateway dies while three talk: nobody notices, and its successor writes the outcome once."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await far.answer()
    await house.state("three_party")
    await house.gateway_killed()
    assert caller.hears() == {seat.number, far.number}
    await house.gateway_up()
    await seat.hang_up()
    await house.hears(caller, far)
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


@pytest.mark.parametrize("behind_ms", [0, 1, 8, 700])
async def test_gateway_wakes_behind_the_press(house: House, behind_ms: int) -> None:
    """The gateway hears of the press so much later: one leg rings, by the plan, and the record is whole."""
    caller, seat, far, spare = house.people(CALLER, SEAT, FAR, ("110", "2002"))
    await house.connect(caller, seat)
    with house.deaf():
        await seat.press(KEY)
        await house.pass_s(behind_ms / 1000)
    await house.until(lambda: far.rings or spare.rings, "a phone rings")
    await house.pass_s(0.3)
    assert trunks(house) == 1
    assert far.times("ringing") + spare.times("ringing") == 1
    first, other = (far, spare) if far.rings else (spare, far)
    await first.decline(603)
    await other.wait_ring()
    await other.decline(603)
    transfer = await house.outcome("declined", "declined")
    assert (transfer["by"], transfer["transferer"]["seat"]) == ("dialplan", seat.number)
    await house.pass_s(1.1)
    await house.finish(seat, caller)
