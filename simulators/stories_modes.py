"""The stories of every other mode, acceptance, ladder and trigger. As in ``stories``, one name each, everywhere."""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.outside import gateway_back, gateway_killed
from simulators.play import Play, Story
from simulators.stories import CALLER, CALLER_110, FAR, FAR_12345, MODES, SEAT, SEAT_110, no_trunk_leg
from simulators.story_rules import RING_S

BLIND, SILENT, CONSULT, CONFERENCE = "*A", "*B", "*6", "*7"
CANCEL, ACCEPT, DECLINE = "*0", "*8", "*9"


def story(function: Story) -> Story:
    """Enter a story under its own name."""
    MODES[function.__name__] = function
    return function


async def _rings(play: Play, key: str, *roles: tuple[str, str]) -> tuple[list[Any], float]:
    """Connected, pressed, and the last of the cast rings."""
    cast = await play.phones(*roles)
    await play.connect(cast[0], cast[1])
    pressed = await play.press(cast[1], key)
    await play.rings(cast[-1], pressed)
    return cast, pressed


# --- modes ------------------------------------------------------------------------------------------------------------


@story
async def blind_seat_is_released_at_once(play: Play) -> None:
    """A blind key: the seat's call ends as 110 rings, the caller hears music, then 110."""
    (caller, seat, far), pressed = await _rings(play, BLIND, CALLER, SEAT, FAR)
    await seat.diary.wait("hung_up", after=pressed, who="seat")
    await play.hears(caller, set())
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def blind_no_answer_returns_to_the_seat(play: Play) -> None:
    """A blind transfer that nobody answers comes back to the seat that sent it, before the queue."""
    (caller, seat, far), pressed = await _rings(play, BLIND, CALLER, SEAT, FAR)
    await far.diary.wait("cancelled", after=pressed, within_s=RING_S + 4, who="far")
    back = play.now - 0.5
    ring = await seat.wait_ring(after=back, within_s=4)
    play.must(ring.number == caller.account.number, f"{ring.number} rings, not the caller")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("failed", "no_answer")
    await play.finish(seat, caller)


@story
async def silent_hand_over(play: Play) -> None:
    """A silent hand-over: as 110 answers the seat is released; three never talk."""
    (caller, seat, far), pressed = await _rings(play, SILENT, CALLER, SEAT, FAR)
    await play.hears(caller, {seat})
    answered = play.now
    await far.answer()
    await seat.diary.wait("hung_up", after=answered, who="seat")
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "handed_over")
    await play.finish(far, caller)


async def _consulting(play: Play) -> tuple[Any, Any, Any]:
    (caller, seat, far), _ = await _rings(play, CONSULT, CALLER, SEAT, FAR)
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await play.state("consulting")
    return caller, seat, far


@story
async def consult_agreed_there(play: Play) -> None:
    """Three confer, the far seat accepts by key: agreed there, and the first seat may leave."""
    caller, seat, far = await _consulting(play)
    await play.press(far, ACCEPT)
    await play.outcome("agreed_there", "decided")
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)


@story
async def consult_agreed_here(play: Play) -> None:
    """Three confer, the far seat declines by key: it leaves, and the first receiver has the caller."""
    caller, seat, far = await _consulting(play)
    pressed = await play.press(far, DECLINE)
    await far.diary.wait("hung_up", after=pressed, who="far")
    await play.outcome("agreed_here", "decided")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await play.read(seat, pressed)
    await play.finish(seat, caller)


@story
async def consult_without_a_decision(play: Play) -> None:
    """Nobody decides in time: the first receiver keeps the caller, the target is let go."""
    caller, seat, far = await _consulting(play)
    began = play.now
    await far.diary.wait("hung_up", after=began, within_s=14, who="far")
    await play.outcome("first_receiver_keeps", "decision_time_up")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await play.read(seat, began)
    await play.finish(seat, caller)


@story
async def conference_of_services(play: Play) -> None:
    """119 and the water company are called in one after the other: four talk, and nobody leaves."""
    caller, seat, fire, water = await play.phones(CALLER, SEAT, ("12345", "119"), ("12345", "water"))
    await play.connect(caller, seat)
    for number, (key, service) in enumerate((("*2", fire), ("*51", water)), 1):
        pressed = await play.press(seat, key)
        await play.rings(service, pressed)
        await service.answer()
        await play.hears(caller, {seat, fire, water} if service is water else {seat, fire})
        await play.outcome("completed", "conferenced", of=number)
    await asyncio.gather(
        play.hears(seat, {caller, fire, water}),
        play.hears(fire, {caller, seat, water}),
        play.hears(water, {caller, seat, fire}),
    )
    await water.hang_up()
    await play.hears(caller, {seat, fire})
    await fire.hang_up()
    await play.hears(caller, {seat})
    await play.finish(seat, caller)


# --- prompts ----------------------------------------------------------------------------------------------------------------


@story
async def the_presser_alone_hears_a_prompt(play: Play) -> None:
    """A word in the ear of the seat that pressed, as its target rings and as it fails; the caller hears nothing of it."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    far.refuse_with = 486
    await play.connect(caller, seat)
    since = play.now
    await play.press(seat)
    await play.outcome("declined", "declined")
    await play.pass_s(2.5)  # two prompts of a second each
    heard = {who.name: play.stage.prompts(who, since) for who in (caller, seat)}
    play.measures.update({f"prompt_s_{name}": round(prompts.seconds, 2) for name, prompts in heard.items()})
    told = heard[seat.name]
    play.must(told.seconds > 0.4, f"the seat heard {told.seconds:.2f} s of a prompt")
    play.must(told.words in (None, ("ringing", "declined")), f"the seat heard {told.words}")
    play.must(heard[caller.name].seconds < 0.1, f"the caller heard {heard[caller.name].seconds:.2f} s of something")
    await play.hears(caller, {seat})
    await play.finish(seat, caller)


# --- acceptance -----------------------------------------------------------------------------------------------------------


async def _offered(play: Play) -> tuple[Any, Any, Any, float]:
    """12345 has picked up what 110 offers; the caller talks with 110's seat alone."""
    (caller, seat, far), pressed = await _rings(play, "*1", CALLER_110, SEAT_110, FAR_12345)
    await far.answer()
    await play.state("offered")
    await play.hears(caller, {seat})
    return caller, seat, far, pressed


@story
async def accepted_by_key(play: Play) -> None:
    """12345 picks up and must accept: until then the caller talks with 110's seat alone, then three talk."""
    caller, seat, far, pressed = await _offered(play)
    await play.press(far, ACCEPT)
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {far})
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def declined_by_key(play: Play) -> None:
    """12345 picks up and declines: the caller has heard nothing of it, the seat reads why."""
    caller, seat, far, pressed = await _offered(play)
    await play.press(far, DECLINE)
    await play.outcome("declined", "declined")
    await play.hears(caller, {seat})
    await play.read(seat, pressed)
    play.measure_silence(caller, pressed)
    await play.finish(seat, caller)


@story
async def not_accepted_in_time(play: Play) -> None:
    """12345 picks up and does nothing: after its time the offer is over."""
    caller, seat, far, pressed = await _offered(play)
    await far.diary.wait("hung_up", after=pressed, within_s=9, who="far")
    await play.outcome("declined", "no_accept")
    await play.hears(caller, {seat})
    await play.read(seat, pressed)
    await play.finish(seat, caller)


@story
async def accepted_with_the_gateway_dead(play: Play) -> None:
    """The gateway dies while the offer stands: the key is carried out by the dialplans of both sides."""
    caller, seat, far, _ = await _offered(play)
    await gateway_killed(play)
    await play.press(far, ACCEPT)
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {far})
    await gateway_back(play)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


# --- taking back ------------------------------------------------------------------------------------------------------------


@story
async def taken_back_while_ringing(play: Play) -> None:
    """The seat takes its caller back while 110 rings: 110's phone stops at once."""
    (caller, seat, far), pressed = await _rings(play, "*1", CALLER, SEAT, FAR)
    again = await play.press(seat, CANCEL)
    stopped = await far.diary.wait("cancelled", after=pressed, who="far")
    play.measures["key_to_ring_stops_ms"] = round(1000 * (stopped.at - again), 1)
    await play.outcome("returned", "taken_back")
    await play.hears(caller, {seat})
    await play.read(seat, again - 0.2)
    await play.finish(seat, caller)


@story
async def taken_back_out_of_three(play: Play) -> None:
    """The seat takes its caller back out of the call of three: 110 is let go."""
    (caller, seat, far), _ = await _rings(play, "*1", CALLER, SEAT, FAR)
    await far.answer()
    await play.hears(caller, {seat, far})
    await play.state("three_party")
    again = await play.press(seat, CANCEL)
    await far.diary.wait("hung_up", after=again - 0.2, who="far")
    await play.outcome("returned", "taken_back")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await play.read(seat, again - 0.2)
    await play.finish(seat, caller)


@story
async def taken_back_with_the_gateway_dead(play: Play) -> None:
    """The gateway dies while 110 rings: the key that takes back works all the same."""
    (caller, seat, far), pressed = await _rings(play, "*1", CALLER, SEAT, FAR)
    await gateway_killed(play)
    await play.press(seat, CANCEL)
    await far.diary.wait("cancelled", after=pressed, who="far")
    await play.hears(caller, {seat})
    await gateway_back(play)
    await play.hears(caller, {seat})
    await play.finish(seat, caller)


@story
async def a_target_cannot_take_back_itself(play: Play) -> None:
    """The far seat presses the key that takes back: it is the target, and stays with the caller."""
    (caller, seat, far), _ = await _rings(play, "*1", CALLER, SEAT, FAR)
    await far.answer()
    await play.hears(caller, {seat, far})
    await play.press(far, CANCEL)
    await play.pass_s(1.0)  # whoever is let go has gone by then
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


# --- ladders ----------------------------------------------------------------------------------------------------------------


def _failed_rungs(transfer: dict[str, Any]) -> list[str]:
    return [line["reason"] for line in transfer["history"] if line["state"] == "rung_failed"]


@story
async def ladder_then_two_at_once(play: Play) -> None:
    """122 does not answer, then 119 and 120 ring at once: one answers, the other stops; each rung keeps its reason."""
    caller, seat, traffic, fire, doctor = await play.phones(
        CALLER, SEAT, ("12345", "122"), ("12345", "119"), ("12345", "120")
    )
    await play.connect(caller, seat)
    pressed = await play.press(seat, "*4")
    await play.rings(traffic, pressed)
    await traffic.diary.wait("cancelled", after=pressed, within_s=9, who="122")
    await asyncio.gather(fire.wait_ring(after=pressed), doctor.wait_ring(after=pressed))
    await doctor.answer()
    await fire.diary.wait("cancelled", after=pressed, who="119")
    await asyncio.gather(play.hears(caller, {seat, doctor}), play.hears(doctor, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {doctor})
    transfer = await play.outcome("completed", "transferer_left")
    play.must(_failed_rungs(transfer) == ["122: no_answer"], f"the rungs failed with {_failed_rungs(transfer)}")
    await play.finish(doctor, caller)


@story
async def ladder_with_the_gateway_dead(play: Play) -> None:
    """The gateway is dead: the key rings the ladder of the rules, 122 without an answer, then 119 and 120 at once."""
    caller, seat, traffic, fire, doctor = await play.phones(
        CALLER, SEAT, ("12345", "122"), ("12345", "119"), ("12345", "120")
    )
    await play.connect(caller, seat)
    await gateway_killed(play)
    pressed = await play.press(seat, "*4")
    await traffic.wait_ring(after=pressed)
    await traffic.diary.wait("cancelled", after=pressed, within_s=9, who="122")
    await asyncio.gather(fire.wait_ring(after=pressed), doctor.wait_ring(after=pressed))
    await doctor.answer()
    await fire.diary.wait("cancelled", after=pressed, who="119")
    await asyncio.gather(play.hears(caller, {seat, doctor}), play.hears(doctor, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {doctor})
    await gateway_back(play)
    await play.hears(caller, {doctor})
    await play.outcome("completed", "transferer_left")
    await play.finish(doctor, caller)


@story
async def gateway_back_on_the_ladder(play: Play) -> None:
    """A gateway that comes back while the dialplan climbs its ladder lets it climb on, and writes one outcome."""
    caller, seat, traffic, fire = await play.phones(CALLER, SEAT, ("12345", "122"), ("12345", "119"))
    await play.connect(caller, seat)
    await gateway_killed(play)
    pressed = await play.press(seat, "*4")
    await traffic.wait_ring(after=pressed)

    async def second_rung() -> None:
        await fire.wait_ring(after=pressed)
        await fire.answer()

    await asyncio.gather(play.stage.gateway_up(), second_rung())
    play.say("gateway", "is back")
    await asyncio.gather(play.hears(caller, {seat, fire}), play.hears(fire, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {fire})
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["target"] == "122", f"the target is {transfer['target']}, not the key's")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    play.must(_failed_rungs(transfer) == ["122: no_answer"], f"the rungs failed with {_failed_rungs(transfer)}")
    await play.finish(fire, caller)


# --- the phone's own button ---------------------------------------------------------------------------------------------------


async def _referred(play: Play, target: str = "110") -> tuple[Any, Any, Any, float]:
    caller, seat, far = await play.phones(CALLER, (*SEAT, "pjsip"), FAR)
    await play.connect(caller, seat)
    began = play.now
    await play.refer(seat, target)
    return caller, seat, far, began


@story
async def refer_target_answers(play: Play) -> None:
    """The phone's transfer button: 110 rings with tag and context, and takes the caller."""
    caller, _seat, far, began = await _referred(play)
    ring = await far.wait_ring(after=began)
    play.shows_context(ring, caller, "12345")
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def refer_no_answer_returns_to_the_seat(play: Play) -> None:
    """Nobody answers: the caller comes back to the seat whose button it was."""
    caller, seat, far, began = await _referred(play)
    await far.diary.wait("cancelled", after=began, within_s=RING_S + 4, who="far")
    await seat.wait_ring(after=began + 1.0, within_s=4)
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await play.outcome("failed", "no_answer")
    await play.finish(seat, caller)


@story
async def refer_with_the_gateway_dead(play: Play) -> None:
    """The button works without a gateway, and one that comes back writes the outcome."""
    caller, seat, far = await play.phones(CALLER, (*SEAT, "pjsip"), FAR)
    await play.connect(caller, seat)
    await gateway_killed(play)
    began = play.now
    await seat.refer("110")
    await far.wait_ring(after=began)
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await gateway_back(play)
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    await play.finish(far, caller)


async def _handed_over(play: Play, kind: str) -> tuple[Any, Any, Any]:
    """The seat calls 110 beside its caller, speaks with it, and hands the caller over (REFER with Replaces)."""
    caller, seat, far = await play.phones(CALLER, (*SEAT, kind), FAR)
    await play.connect(caller, seat)
    began = play.now
    await seat.consult("110")
    ring = await far.wait_ring(after=began)
    play.must("user-to-user" in ring.headers, f"no User-to-User among {sorted(ring.headers)}")
    await far.answer()
    await play.hears(far, {seat})
    await seat.hand_over()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, began)
    await play.outcome("completed", "handed_over")
    return caller, seat, far


@story
async def attended_refer_hands_over(play: Play) -> None:
    """An attended transfer by the phone: 110 has heard of the matter, then has the caller; the caller was not moved."""
    caller, _seat, far = await _handed_over(play, "pjsip")  # it holds the caller while it speaks with 110
    await play.finish(far, caller)


@story
async def attended_refer_target_is_cut_off(play: Play) -> None:
    """The switchboard of the target dies after an attended transfer: the caller comes to a person of his home."""
    caller, seat, _far = await _handed_over(play, "pyvoip")
    died = play.now
    await play.stage.restart("110", kill=True)
    await seat.wait_ring(after=died, within_s=8)
    await seat.answer()
    await play.hears(caller, {seat})
    await play.eventually(play.stage.is_ready, "the gateway is attached to both again", 20)
    await play.finish(seat, caller)


# --- a target that is none ------------------------------------------------------------------------------------------------------


@story
async def target_drops_at_once(play: Play) -> None:
    """The target leaves a moment after the seat has: the caller comes to another person instead of to a busy tone."""
    async with play.stage.drops(3):
        (caller, seat, far), _ = await _rings(play, "*1", CALLER, SEAT, FAR)
        await far.answer()
        await far.diary.wait("answered", after=play.began, who="far")
        await seat.hang_up()
        await play.hears(caller, {far})
        left = play.now
        await far.hang_up()
        await seat.wait_ring(after=left)
        await seat.answer()
        await play.hears(caller, {seat})
        await play.outcome("completed", "transferer_left")
    await play.finish(seat, caller)


@story
async def seat_leaves_as_the_target_fails(play: Play) -> None:
    """The seat presses and hangs up, and 110 is busy at that moment: the caller goes to a person, not to a busy tone."""
    caller, seat, other, far = await play.phones(CALLER, SEAT, CALLER_110, FAR)
    await play.connect(other, far)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.pass_s(0.1)  # a hang-up in the same millisecond can overtake the digit, and then nobody has pressed
    await seat.hang_up()
    ring = await seat.wait_ring(after=pressed + 0.01)
    play.must(ring.number == caller.account.number, f"{ring.number} rings, not the caller")
    await seat.answer()
    await play.hears(caller, {seat})
    await play.outcome("failed", "busy")
    await play.finish(seat, caller)


@story
async def caller_hangs_up_and_is_called_back(play: Play) -> None:
    """The caller gives up while 110 rings: a task with the number is listed, a seat takes it, and the two talk."""
    before = {item["id"] for item in (await play.stage.get("/v1/callbacks"))["items"]}
    (caller, seat, far), pressed = await _rings(play, "*1", CALLER, SEAT, FAR)
    await caller.hang_up()
    await far.diary.wait("cancelled", after=pressed, who="far")
    transfer = await play.outcome("caller_hung_up")

    async def task() -> Any:
        items = (await play.stage.get("/v1/callbacks"))["items"]  # one number has one: perhaps from a call before
        return next((item for item in items if item["context"] == transfer["context"]), None)

    found = await play.eventually(task, "the call-back task is listed")
    play.must(found["state"] == "open" and found["number"] == "138****0001", f"the task is {found}")
    play.must(found["id"] in {transfer["id"], *before}, f"the task is {found['id']}, not of {transfer['id']}")
    await play.stage.empty()
    began = play.now
    await play.stage.post(f"/v1/callbacks/{found['id']}/dial", {"switchboard": "12345", "seat": "1001"})
    ring = await seat.wait_ring(after=began)
    play.must(ring.number == caller.account.number, f"{ring.number} rings, not who is called back")
    await seat.answer()
    await caller.wait_ring(after=began)
    await caller.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await caller.hang_up()

    async def done() -> bool:
        return bool((await task())["state"] == "done")

    await play.eventually(done, "the task is done")


# --- things that die --------------------------------------------------------------------------------------------------------


@story
async def seat_phone_dies(play: Play) -> None:
    """The seat's phone loses its power while two talk: within three seconds the caller is on the way to another person."""
    caller, seat, second = await play.phones(CALLER, SEAT, ("12345", "1002"))
    second.refuse_with = 486
    await play.connect(caller, seat)
    second.refuse_with = None
    died = play.now
    seat.vanish()
    await second.wait_ring(after=died, within_s=5)
    await second.answer()
    await play.hears(caller, {second})
    play.measure_silence(caller, died, at_most_ms=3500)

    await play.finish(second, caller)


@story
async def service_phone_dies(play: Play) -> None:
    """122 loses its line after the seat has left: the caller comes to a person of 12345."""
    (caller, seat, traffic), _ = await _rings(play, "*4", CALLER, SEAT, ("12345", "122"))
    await traffic.answer()
    await play.hears(caller, {seat, traffic})
    await seat.hang_up()
    await play.hears(caller, {traffic})
    died = play.now
    traffic.vanish()
    await seat.wait_ring(after=died, within_s=5)
    await seat.answer()
    await play.hears(caller, {seat})
    play.measure_silence(caller, died, at_most_ms=3500)

    await play.finish(seat, caller)


@story
async def target_switchboard_dies(play: Play) -> None:
    """110 dies with the caller's target, after the seat has left: the caller comes to a person of 12345."""
    (caller, seat, far), _ = await _rings(play, "*1", CALLER, SEAT, FAR)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    died = play.now
    await play.stage.restart("110", kill=True)
    await seat.wait_ring(after=died, within_s=8)
    await seat.answer()
    await play.hears(caller, {seat})
    play.measure_silence(caller, died, at_most_ms=3500)

    await play.eventually(play.stage.is_ready, "the gateway is attached to both again", 20)
    await play.finish(seat, caller)


@story
async def frozen_gateway_wakes_late(play: Play) -> None:
    """The gateway freezes while 110 rings and wakes when every timer of it has run out: nobody is thrown out."""
    (caller, seat, far), _ = await _rings(play, "*1", CALLER, SEAT, FAR)
    await play.state("ringing")
    with play.stage.gateway_frozen():
        play.say("gateway", "frozen")
        await far.answer()
        await play.hears(caller, {seat, far})
        await play.pass_s(RING_S + 11)  # the ring time and the grace time
    play.say("gateway", "wakes")
    await play.pass_s(1.5)  # a timer counts the second time it fires
    await play.hears(caller, {seat, far})
    await play.eventually(play.stage.is_ready, "the gateway sees both switchboards", 20)
    await seat.hang_up()
    await play.hears(caller, {far})
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def far_press_with_the_gateway_dead(play: Play) -> None:
    """110's seat sends the caller back to 12345 with the gateway dead, and leaves: its trunk leg goes, nobody is rung twice."""
    caller, seat, far, second = await play.phones(CALLER, SEAT, FAR, ("12345", "1002"))
    second.refuse_with = 486
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    await gateway_killed(play)
    seat.refuse_with, second.refuse_with = 486, None
    pressed = await play.press(far)
    await second.wait_ring(after=pressed)
    await far.hang_up()
    await second.answer()
    await play.press(second, "*8")  # the rule wants it accepted, gateway or none
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))

    await no_trunk_leg(play)
    play.must(play.rang(second) == 1, f"1002 rang {play.rang(second)} times")
    await gateway_back(play)
    await play.hears(caller, {second})
    await play.finish(second, caller)


@story
async def far_target_drops_with_the_gateway_dead(play: Play) -> None:
    """110's seat calls in 119, the gateway dies, 119 joins, and says goodbye just after the seat has: the call is over within seconds."""
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, ("12345", "119"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    pressed = await play.press(far, "*2")
    await fire.wait_ring(after=pressed)
    await gateway_killed(play)
    await fire.answer()
    await play.hears(caller, {far, fire})
    await far.hang_up()
    await play.hears(caller, {fire})
    left = play.now
    await fire.hang_up()
    await caller.diary.wait("hung_up", after=left, within_s=5, who="caller")
    play.measures["alone_s"] = round(play.now - left, 1)
    await gateway_back(play)
