"""The stories of ``simulators.stories_modes`` by the same names: the whole gateway on the toy PBX."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from simulators.stage import RING_S
from simulators.toy import Person

from .house import House

BLIND, SILENT, CONSULT = "*A", "*B", "*6"
CANCEL, ACCEPT, DECLINE = "*0", "*8", "*9"
CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
CALLER_110, SEAT_110, FAR_12345 = ("110", "13900000001"), ("110", "2001"), ("12345", "1001")


async def reads(house: House, seat: Person) -> str:
    """The seat reads why its transfer has failed, as a person does: a second later it goes on."""
    await seat.until(seat.texts, "the seat reads why")
    await house.pass_s(1.1)
    return seat.texts()[-1]


# --- modes ------------------------------------------------------------------------------------------------------------


async def test_blind_seat_is_released_at_once(modes: House) -> None:
    """A blind key: the seat's call ends as 110 rings, the caller waits with music, then has 110."""
    caller, seat, far = await modes.pressed(BLIND, CALLER, SEAT, FAR)
    await seat.until(lambda: seat.channel is None, "the seat is released")
    assert caller.hears() == set()
    await far.answer()
    await modes.hears(caller, far)
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


async def test_blind_no_answer_returns_to_the_seat(modes: House) -> None:
    """A blind transfer that nobody answers comes back to the seat that sent it, before the queue."""
    caller, seat, far = await modes.pressed(BLIND, CALLER, SEAT, FAR)
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.outcome("failed", "no_answer")
    await modes.finish(seat, caller)


async def test_silent_hand_over(modes: House) -> None:
    """A silent hand-over: as 110 answers the seat is released; three never talk."""
    caller, seat, far = await modes.pressed(SILENT, CALLER, SEAT, FAR)
    assert caller.hears() == {seat.number}
    await far.answer()
    await seat.until(lambda: seat.channel is None, "the seat is released")
    await modes.hears(caller, far)
    await modes.outcome("completed", "handed_over")
    await modes.finish(far, caller)


async def _consulting(house: House) -> list[Person]:
    cast = caller, seat, far = await house.pressed(CONSULT, CALLER, SEAT, FAR)
    await far.answer()
    await house.hears(caller, seat, far)
    await house.state("consulting")
    return list(cast)


async def test_consult_agreed_there(modes: House) -> None:
    """Three confer, the far seat accepts by key: agreed there, and the first seat may leave."""
    caller, seat, far = await _consulting(modes)
    await far.press(ACCEPT)
    await modes.outcome("agreed_there", "decided")
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.finish(far, caller)


async def test_consult_agreed_here(modes: House) -> None:
    """Three confer, the far seat declines by key: it leaves, and the first receiver has the caller."""
    caller, seat, far = await _consulting(modes)
    await far.press(DECLINE)
    await far.until(lambda: far.channel is None, "the far seat is let go")
    await modes.outcome("agreed_here", "decided")
    await modes.hears(caller, seat)
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_consult_without_a_decision(modes: House) -> None:
    """Nobody decides in time: the first receiver keeps the caller, the target is let go."""
    caller, seat, far = await _consulting(modes)
    await far.until(lambda: far.channel is None, "the far seat is let go")
    await modes.outcome("first_receiver_keeps", "decision_time_up")
    await modes.hears(caller, seat)
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_conference_of_services(modes: House) -> None:
    """119 and the water company are called in one after the other: four talk, and nobody leaves."""
    caller, seat, fire, water = modes.people(CALLER, SEAT, ("12345", "119"), ("12345", "water"))
    await modes.connect(caller, seat)
    for number, (key, service) in enumerate((("*2", fire), ("*51", water)), 1):
        await seat.press(key)
        await service.wait_ring()
        await service.answer()
        await modes.hears(caller, *(seat, fire, water)[: number + 1])
        assert await modes.until(_ended(modes, number), "conferenced")
        await modes.outcome("completed", "conferenced")
    assert fire.hears() == {caller.number, seat.number, "water"}
    await water.hang_up()
    await modes.hears(caller, seat, fire)
    await fire.hang_up()
    await modes.hears(caller, seat)
    await modes.finish(seat, caller)


def _ended(house: House, number: int) -> Callable[[], Awaitable[bool]]:
    async def so_many() -> bool:
        return len([t for t in await house.transfers() if t["outcome"]]) == number

    return so_many


# --- prompts ----------------------------------------------------------------------------------------------------------


async def test_the_presser_alone_hears_a_prompt(modes: House) -> None:
    """A word in the ear of the seat that pressed, as its target rings and as it fails; the caller hears nothing of it."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await far.decline(486)
    await modes.outcome("declined", "declined")
    await seat.until(lambda: seat.times("prompt") == 2, "hears two prompts")
    assert [word for what, word in seat.diary if what == "prompt"] == ["ringing", "declined"]
    assert caller.times("prompt") == 0
    assert caller.hears() == {seat.number}
    await reads(modes, seat)
    await modes.finish(seat, caller)


# --- acceptance -------------------------------------------------------------------------------------------------------


async def _offered(house: House) -> list[Person]:
    cast = caller, seat, far = await house.pressed("*1", CALLER_110, SEAT_110, FAR_12345)
    await far.answer()
    await house.state("offered")
    assert caller.hears() == {seat.number}
    return list(cast)


async def test_accepted_by_key(modes: House) -> None:
    """12345 picks up and must accept: until then the caller talks with 110's seat alone, then three talk."""
    caller, seat, far = await _offered(modes)
    await far.press(ACCEPT)
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


async def test_declined_by_key(modes: House) -> None:
    """12345 picks up and declines: the caller has heard nothing of it, the seat reads why."""
    caller, seat, far = await _offered(modes)
    await far.press(DECLINE)
    await modes.outcome("declined", "declined")
    assert caller.hears() == {seat.number}
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_not_accepted_in_time(modes: House) -> None:
    """12345 picks up and does nothing: after its time the offer is over."""
    caller, seat, far = await _offered(modes)
    await far.until(lambda: far.channel is None, "the far seat is let go")
    await modes.outcome("declined", "no_accept")
    assert caller.hears() == {seat.number}
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_accepted_with_the_gateway_dead(modes: House) -> None:
    """The gateway dies while the offer stands: the key is carried out by the dialplans of both sides."""
    caller, seat, far = await _offered(modes)
    await modes.gateway_killed()
    await far.press(ACCEPT)
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.gateway_up()
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


# --- taking back ------------------------------------------------------------------------------------------------------


async def test_taken_back_while_ringing(modes: House) -> None:
    """The seat takes its caller back while 110 rings: 110's phone stops at once."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await seat.press(CANCEL)
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    await modes.outcome("returned", "taken_back")
    assert caller.hears() == {seat.number}
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_taken_back_out_of_three(modes: House) -> None:
    """The seat takes its caller back out of the call of three: 110 is let go."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await far.answer()
    await modes.hears(caller, seat, far)
    await modes.state("three_party")
    await seat.press(CANCEL)
    await far.until(lambda: far.channel is None, "the far seat is let go")
    await modes.outcome("returned", "taken_back")
    await modes.hears(caller, seat)
    await reads(modes, seat)
    await modes.finish(seat, caller)


async def test_taken_back_with_the_gateway_dead(modes: House) -> None:
    """The gateway dies while 110 rings: the key that takes back works all the same."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await modes.gateway_killed()
    await seat.press(CANCEL)
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    assert caller.hears() == {seat.number}
    await modes.pass_s(1.1)
    await modes.gateway_up()
    assert caller.hears() == {seat.number}
    await modes.finish(seat, caller)


async def test_a_target_cannot_take_back_itself(modes: House) -> None:
    """The far seat presses the key that takes back: it is the target, and stays with the caller."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await far.answer()
    await modes.hears(caller, seat, far)
    await far.press(CANCEL)
    await modes.pass_s(1.0)
    assert caller.hears() == {seat.number, far.number}
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


# --- ladders ----------------------------------------------------------------------------------------------------------


async def test_ladder_then_two_at_once(modes: House) -> None:
    """122 does not answer, then 119 and 120 ring at once: one answers, the other stops; each rung keeps its reason."""
    caller, seat, traffic, fire, doctor = modes.people(
        CALLER, SEAT, ("12345", "122"), ("12345", "119"), ("12345", "120")
    )
    await modes.connect(caller, seat)
    await seat.press("*4")
    await traffic.wait_ring()
    await traffic.until(lambda: traffic.times("cancelled"), "122 stops")
    await fire.wait_ring()
    await doctor.wait_ring()
    await doctor.answer()
    await fire.until(lambda: fire.times("cancelled"), "119 stops")
    await modes.hears(caller, seat, doctor)
    await seat.hang_up()
    await modes.hears(caller, doctor)
    transfer = await modes.outcome("completed", "transferer_left")
    failed = [line["reason"] for line in transfer["history"] if line["state"] == "rung_failed"]
    assert failed == ["122: no_answer"]
    await modes.pass_s(2.0)  # the two have something to say to each other
    await modes.finish(doctor, caller)


async def test_ladder_with_the_gateway_dead(modes: House) -> None:
    """The gateway is dead: the key rings the ladder of the rules, 122 without an answer, then 119 and 120 at once."""
    caller, seat, traffic, fire, doctor = modes.people(
        CALLER, SEAT, ("12345", "122"), ("12345", "119"), ("12345", "120")
    )
    await modes.connect(caller, seat)
    await modes.gateway_killed()
    await seat.press("*4")
    await traffic.wait_ring()
    await traffic.until(lambda: traffic.times("cancelled"), "122 stops")
    await fire.wait_ring()
    await doctor.wait_ring()
    await doctor.answer()
    await modes.hears(caller, seat, doctor)
    await seat.hang_up()
    await modes.hears(caller, doctor)
    await modes.gateway_up()
    await modes.outcome("completed", "transferer_left")
    await modes.pass_s(2.0)  # the two have something to say to each other
    await modes.finish(doctor, caller)


async def test_gateway_back_on_the_ladder(modes: House) -> None:
    """A gateway that comes back while the dialplan rings 122 writes one outcome with each rung's reason, under the key's own target."""
    caller, seat, traffic, fire = modes.people(CALLER, SEAT, ("12345", "122"), ("12345", "119"))
    await modes.connect(caller, seat)
    await modes.gateway_killed()
    await seat.press("*4")
    await traffic.wait_ring()
    await modes.gateway_up()
    await traffic.decline()
    await fire.wait_ring()
    await fire.answer()
    await modes.hears(caller, seat, fire)
    await seat.hang_up()
    await modes.hears(caller, fire)
    transfer = await modes.outcome("completed", "transferer_left")
    assert (transfer["target"], transfer["by"]) == ("122", "dialplan")
    assert [line["reason"] for line in transfer["history"] if line["state"] == "rung_failed"] == ["122: busy"]
    await modes.pass_s(2.0)
    await modes.finish(fire, caller)


# --- the phone's own button -------------------------------------------------------------------------------------------


async def _referred(house: House) -> list[Person]:
    cast = caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.refer("110")
    await far.wait_ring()
    return list(cast)


async def test_refer_target_answers(modes: House) -> None:
    """The phone's transfer button: 110 rings with tag and context, and takes the caller."""
    caller, _seat, far = await _referred(modes)
    assert far.display is not None
    assert (far.display.name, far.display.number) == ("[12345转]", caller.number)
    assert "user-to-user" in far.display.headers
    await far.answer()
    await modes.hears(caller, far)
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


async def test_refer_no_answer_returns_to_the_seat(modes: House) -> None:
    """Nobody answers: the caller comes back to the seat whose button it was."""
    caller, seat, far = await _referred(modes)
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    await seat.wait_ring()
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.outcome("failed", "no_answer")
    await modes.finish(seat, caller)


async def test_refer_with_the_gateway_dead(modes: House) -> None:
    """The button works without a gateway, and one that comes back writes the outcome."""
    caller, seat, far = modes.people(CALLER, SEAT, FAR)
    await modes.connect(caller, seat)
    await modes.gateway_killed()
    await seat.refer("110")
    await far.wait_ring()
    await far.answer()
    await modes.hears(caller, far)
    await modes.gateway_up()
    transfer = await modes.outcome("completed", "transferer_left")
    assert transfer["by"] == "dialplan"
    await modes.finish(far, caller)


async def _handed_over(house: House) -> list[Person]:
    """The seat calls 110 beside its caller, speaks with it, and hands the caller over."""
    cast = caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.consult("110")
    assert "user-to-user" in (await far.wait_ring()).headers
    await far.answer()
    await house.hears(far, seat)
    await seat.hand_over()
    await house.hears(caller, far)
    await house.outcome("completed", "handed_over")
    return list(cast)


async def test_attended_refer_hands_over(modes: House) -> None:
    """An attended transfer by the phone: 110 has heard of the matter, then has the caller; the caller was not moved."""
    caller, _seat, far = await _handed_over(modes)
    await modes.finish(far, caller)


async def test_attended_refer_target_is_cut_off(modes: House) -> None:
    """The switchboard of the target dies after an attended transfer: the caller comes to a person of his home."""
    caller, seat, _far = await _handed_over(modes)
    await modes.pbx.restart("110")
    await seat.wait_ring()
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.attached()
    await modes.finish(seat, caller)


# --- a target that is none --------------------------------------------------------------------------------------------


async def test_target_drops_at_once(modes: House) -> None:
    """The target leaves a moment after the seat has: the caller comes to another person instead of to a busy tone."""
    plan = modes.pbx.plans["12345"]
    plan.settings = dataclasses.replace(plan.settings, drop_s=3.0)
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await far.answer()
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await far.hang_up()
    await seat.wait_ring()
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.outcome("completed", "transferer_left")
    plan.settings = dataclasses.replace(plan.settings, drop_s=0.0)
    await modes.finish(seat, caller)


async def test_seat_leaves_as_the_target_fails(modes: House) -> None:
    """The seat presses and hangs up, and 110 is busy at that moment: the caller goes to a person, not to a busy tone."""
    caller, seat, other, far = modes.people(CALLER, SEAT, CALLER_110, FAR)
    await modes.connect(other, far)
    await modes.connect(caller, seat)
    await seat.press("*1")
    await seat.hang_up()
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.outcome("failed", "busy")
    await far.hang_up()
    await modes.finish(seat, caller)


async def test_caller_hangs_up_and_is_called_back(modes: House) -> None:
    """The caller gives up while 110 rings: a task with the number is listed, a seat takes it, and the two talk."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await caller.hang_up()
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    transfer = await modes.outcome("caller_hung_up")

    async def task() -> dict[str, object]:
        items = (await modes.get("/v1/callbacks"))["items"]
        return next((item for item in items if item["id"] == transfer["id"]), {})

    found = await modes.until(task, "the call-back task is listed")
    assert (found["state"], found["number"]) == ("open", "138****0001")
    await modes.empty()
    await modes.post(f"/v1/callbacks/{transfer['id']}/dial", {"switchboard": "12345", "seat": "1001"})
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await caller.wait_ring()
    await caller.answer()
    await modes.hears(caller, seat)
    await caller.hang_up()

    async def done() -> bool:
        return (await task())["state"] == "done"

    await modes.until(done, "the task is done")
    await modes.empty()


# --- things that die --------------------------------------------------------------------------------------------------


async def test_seat_phone_dies(modes: House) -> None:
    """The seat's phone loses its power while two talk: the caller comes to another person."""
    caller, seat, second = modes.people(CALLER, SEAT, ("12345", "1002"))
    second.refuse_with = 486
    await modes.connect(caller, seat)
    second.refuse_with = None
    seat.vanish()
    await second.wait_ring()
    await second.answer()
    await modes.hears(caller, second)
    await modes.finish(second, caller)


async def test_service_phone_dies(modes: House) -> None:
    """122 loses its line after the seat has left: the caller comes to a person of 12345."""
    caller, seat, traffic = await modes.pressed("*4", CALLER, SEAT, ("12345", "122"))
    await traffic.answer()
    await modes.hears(caller, seat, traffic)
    await seat.hang_up()
    await modes.hears(caller, traffic)
    traffic.vanish()
    await seat.wait_ring()
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.finish(seat, caller)


async def test_target_switchboard_dies(modes: House) -> None:
    """110 dies with the caller's target, after the seat has left: the caller comes to a person of 12345."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await far.answer()
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.pbx.restart("110")
    await seat.wait_ring()
    await seat.answer()
    await modes.hears(caller, seat)
    await modes.attached()
    await modes.finish(seat, caller)


async def test_frozen_gateway_wakes_late(modes: House) -> None:
    """The gateway hears nothing while 110 answers, and its timers have run out when it does: nobody is thrown out."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    await modes.state("ringing")
    with modes.deaf():
        await far.answer()
        await modes.hears(caller, seat, far)
        await modes.pass_s(RING_S + 11)  # the ring time and the grace time
    await modes.pass_s(1.5)  # a timer counts the second time it fires
    assert caller.hears() == {seat.number, far.number}
    await modes.attached()
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


async def test_far_press_with_the_gateway_dead(modes: House) -> None:
    """110's seat sends the caller back to 12345 with the gateway dead, and leaves: its trunk leg goes, nobody is rung twice."""
    caller, seat, far = await modes.pressed("*1", CALLER, SEAT, FAR)
    second = modes.pbx.person("12345", "1002")
    await far.answer()
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await modes.gateway_killed()
    seat.refuse_with = 486
    await far.press("*1")
    await second.wait_ring()
    await far.hang_up()
    await second.answer()
    await second.press("*8")  # the rule wants it accepted, gateway or none
    await modes.hears(caller, second)
    await modes.until(lambda: not modes.pbx.trunk_legs(), "the trunk leg goes")
    assert second.times("ringing") == 1
    await modes.gateway_up()
    assert caller.hears() == {second.number}
    await modes.finish(second, caller)


async def test_far_target_drops_with_the_gateway_dead(modes: House) -> None:
    """119 joins, and says goodbye just after 110's seat has: the call is over within seconds, not when the longest ladder is."""
    caller, seat, far, fire = modes.people(CALLER, SEAT, FAR, ("12345", "119"))
    await modes.connect(caller, seat)
    await seat.press("*1")
    await far.wait_ring()
    await far.answer()
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.hears(caller, far)
    await far.press("*2")
    await fire.wait_ring()
    await modes.gateway_killed()
    await fire.answer()
    await modes.hears(caller, far, fire)
    await far.hang_up()
    await fire.hang_up()
    await modes.until(lambda: caller.channel is None, "the call is over", 5.0)
    await modes.gateway_up()
    await modes.empty()
