"""The transfer button, calls of seats among themselves, call-backs and forwards: nobody is dropped.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from simulators.manners import ALAW, ULAW, Manner, beginning
from simulators.odd_phones import ForwardingPhone
from simulators.onekey import eventually
from simulators.outside import gateway_back, gateway_killed
from simulators.phone import Ring
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.story_rules import RING_S

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002")
FAR, FAR_COLLEAGUE = ("110", "2001"), ("110", "2002")
CALLER_110 = ("110", "13900000001")
SERVICE = ("12345", "119")
ACCEPT = "*8"
UNATTENDED_S = 30
"""The gateway's own limit: these stories run with it."""
TALK_S = 0.8
"""Nobody says goodbye sooner; who leaves at once has not been with the caller."""
REST_S = 0.7
"""A phone that has just stopped ringing rings again for the caller."""


# --- what is common -----------------------------------------------------------------------------------------------------------


async def connect(play: AsteriskPlay, caller: Any, seat: Any) -> None:
    """The caller dials the hotline, perhaps again, and the seat answers."""
    began = time.monotonic()
    await caller.call("12345" if seat.account.number.startswith("1") else "110")
    await seat.wait_ring(after=began)
    await seat.answer()
    await caller.diary.wait("answered", after=began, who="caller")
    await play.hears(caller, {seat})


async def _rings_beside(play: AsteriskPlay, seat: Any, number: str, target: Any) -> Ring:
    """The seat, whose caller waits on its first line, calls a target on its second, and it rings."""
    began = time.monotonic()
    await seat.consult(number)
    ring: Ring = await target.wait_ring(after=began)
    await seat.diary.wait("ringback", after=began, who="seat")
    return ring


async def _let_go(play: AsteriskPlay, seat: Any) -> float:
    """The transfer button while the second call rings."""
    began = time.monotonic()
    await seat.hand_over()
    play.say(seat.name, "hands over what rings")
    return began


async def _back(play: AsteriskPlay, caller: Any, seat: Any, after: float, within_s: float = 8.0) -> None:
    """The seat's phone rings with the caller, and they talk again."""
    ring = await seat.wait_ring(after=after, within_s=within_s)
    play.must(ring.number == caller.account.number, f"{ring.number} rings, not the caller")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))


async def _two_then_key(play: AsteriskPlay, caller: Any, has_him: Any, next_: Any, key: str = "*1") -> None:
    """Whoever has the caller by now presses, and the next target joins: the key is as good as any."""
    pressed = await play.press(has_him, key)
    await next_.wait_ring(after=pressed)
    await next_.answer()
    await asyncio.gather(play.hears(caller, {has_him, next_}), play.hears(next_, {caller, has_him}))


async def _goodbye(play: AsteriskPlay, last: Any, caller: Any, *others: Any) -> None:
    """The last person hangs up as people do: the caller's call ends and no other phone rings."""
    await asyncio.sleep(TALK_S)
    began = time.monotonic()
    await play.finish(last, caller)
    for phone in others:
        play.must(phone.diary.find("ringing", after=began) is None, f"{phone.name} rings after the goodbye")


# --- the button while the second call rings -----------------------------------------------------------------------------------


@call_story
async def button_while_ringing_answered(play: AsteriskPlay) -> None:
    """The seat hands over while 110 still rings: 110 rings with tag and context, talks, and its key calls in a further party."""
    caller, seat, far, service = await play.phones(CALLER, SEAT, FAR, SERVICE)
    await play.connect(caller, seat)
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    await far.diary.wait("cancelled", after=began, who="far")
    ring = await far.wait_ring(after=began)
    play.shows_context(ring, caller, "12345")
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.outcome("completed", "transferer_left")
    await _two_then_key(play, caller, far, service, "*2")
    await service.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await _goodbye(play, far, caller, seat)


@call_story
async def button_while_ringing_fails(play: AsteriskPlay) -> None:
    """The seat hands over while 110 rings, and 110 declines, is busy, or stays silent: the caller comes back to that seat each time."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    # declines
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    await far.wait_ring(after=began)
    await far.decline(603)
    await _back(play, caller, seat, began)
    await play.outcome("declined", "declined")
    # stays silent
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    await far.wait_ring(after=began)
    await _back(play, caller, seat, began, RING_S + 6)
    await play.outcome("failed", "no_answer")
    # has become busy meanwhile
    await _rings_beside(play, seat, "110", far)
    far.refuse_with = 486
    began = await _let_go(play, seat)
    await _back(play, caller, seat, began)
    transfer = await play.outcome("failed" if (await _last(play))["outcome"] == "failed" else "declined")
    play.must(transfer["transferer"]["seat"] == seat.name, f"the transferer is {transfer['transferer']}")
    await _goodbye(play, seat, caller)


async def _last(play: AsteriskPlay) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def ended() -> bool:
        found.update((await play.stage.transfers())[-1])
        return bool(found.get("outcome"))

    await eventually(ended, "the transfer ends")
    return found


@call_story
async def button_while_ringing_to_a_colleague(play: AsteriskPlay) -> None:
    """The seat hands over to a colleague whose phone still rings: first it declines, then it answers, and its key and goodbye are as any."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _rings_beside(play, seat, "1002", colleague)
    began = await _let_go(play, seat)
    await colleague.wait_ring(after=began + REST_S / 2)
    await colleague.decline(603)
    await _back(play, caller, seat, began)
    await play.outcome("declined", "declined")
    await _rings_beside(play, seat, "1002", colleague)
    began = await _let_go(play, seat)
    ring = await colleague.wait_ring(after=began + REST_S / 2)
    play.shows_context(ring, caller, "12345")
    await colleague.answer()
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
    transfer = await play.outcome("completed", "handed_over")
    taken = [line["reason"] for line in transfer["history"] if line["state"] == "taken_by"]
    play.must(taken == ["1002"], f"the record says that {taken} took the caller")
    await _two_then_key(play, caller, colleague, far)
    await far.hang_up()
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
    await _goodbye(play, colleague, caller, seat)


@call_story
async def button_while_ringing_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The gateway is dead: handed over while 110 rings the caller gets 110, and where 110 declines the seat again."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    await gateway_killed(play)
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    await far.wait_ring(after=began)
    await far.decline(603)
    await _back(play, caller, seat, began)
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    ring = await far.wait_ring(after=began)
    play.shows_context(ring, caller, "12345")
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await gateway_back(play)
    await _goodbye(play, far, caller, seat)


@call_story
async def button_while_ringing_at_110(play: AsteriskPlay) -> None:
    """110's seat, which got the caller from 12345, hands him back while 12345 still rings: it declines, then takes him."""
    caller, seat, far, second = await play.phones(CALLER, SEAT, FAR, COLLEAGUE)
    second.refuse_with = 486
    await _at_110(play, caller, seat, far)
    seat.refuse_with, second.refuse_with = 486, None
    await _rings_beside(play, far, "12345", second)
    began = await _let_go(play, far)
    ring = await second.wait_ring(after=began + REST_S / 2)
    play.must(ring.name.startswith("[110转]"), f"the display shows {ring.name!r}, not the tag [110转]")
    await play.hears(caller, set())  # ringing, and no person
    await second.answer()
    await second.press(ACCEPT)
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
    await play.outcome("completed", "transferer_left")
    left = [c[0] for side in ("12345", "110") for c in play.stage.channels(side) if c[0].startswith("PJSIP/trunk-")]
    play.must(not left, f"trunk legs left: {left}")
    await _goodbye(play, second, caller, seat, far)


async def _at_110(play: AsteriskPlay, caller: Any, seat: Any, far: Any) -> None:
    """The caller has come to 110's seat by a key, and the seat of 12345 has left."""
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))


# --- whoever is called back ---------------------------------------------------------------------------------------------------


async def called_back(play: AsteriskPlay, side: str, caller: Any, seat: Any) -> dict[str, Any]:
    """The caller has given up while a target rang; a seat takes the task, and the two talk. Returns the task."""
    number = caller.account.number

    async def task() -> Any:
        items = (await play.stage.get("/v1/callbacks?state=open"))["items"]
        ours = [item for item in items if item["number"] == f"{number[:3]}****{number[-4:]}" and item["home"] == side]
        return ours[0] if ours else None

    found: dict[str, Any] = await eventually(task, "the call-back task is open")
    began = time.monotonic()
    await play.stage.post(f"/v1/callbacks/{found['id']}/dial", {"switchboard": side, "seat": seat.account.number})
    await seat.wait_ring(after=began)
    await seat.answer()
    ring = await caller.wait_ring(after=began)
    play.must(ring.number == side, f"the caller's phone shows {ring.number}, not the hotline")
    await caller.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    return found


async def gives_up(play: AsteriskPlay, caller: Any, seat: Any, far: Any) -> dict[str, Any]:
    """The caller hangs up while the target rings; nothing is left of the call."""
    await connect(play, caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await caller.hang_up()
    await far.diary.wait("cancelled", after=pressed, who="far")
    transfer = await play.outcome("caller_hung_up")
    await play.stage.empty()
    return transfer


async def _task(play: AsteriskPlay, id_: str) -> dict[str, Any]:
    items = (await play.stage.get("/v1/callbacks?limit=500"))["items"]
    found: dict[str, Any] = next(item for item in items if item["id"] == id_)
    return found


@call_story
async def called_back_then_pressed(play: AsteriskPlay) -> None:
    """A citizen who is called back sees the hotline's number, and is handed to 110 by the key, with the record of his matter."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    before = await gives_up(play, caller, seat, far)
    task = await called_back(play, "12345", caller, seat)
    play.must((await _task(play, task["id"]))["state"] == "done", "the task of a caller who has answered is not done")
    targets = (await play.stage.get("/v1/seats/12345/1001/targets"))["items"]
    first = next(item for item in targets if item["key"] == "*1")
    play.must(first["verdict"] == "rings", f"targets say of *1: {first['verdict']}")
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    play.shows_context(ring, caller, "12345")
    record = await play.context_from(ring)
    play.must(record["id"] == before["context"], f"the record is {record['id']}, not that of the matter")
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.outcome("completed", "transferer_left")
    await _goodbye(play, far, caller, seat)


@call_story
async def called_back_then_sent(play: AsteriskPlay) -> None:
    """A citizen who is called back is sent on by the transfer button: 110 declines, he is with his seat again; then a request rings 110."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await gives_up(play, caller, seat, far)
    await called_back(play, "12345", caller, seat)
    began = time.monotonic()
    await play.refer(seat, "110")
    await far.wait_ring(after=began)
    await far.decline(603)
    await _back(play, caller, seat, began)
    await play.outcome("declined", "declined")
    began = time.monotonic()
    await play.stage.post("/v1/transfers", {"switchboard": "12345", "seat": "1001", "target": "110"})
    await far.wait_ring(after=began)
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await _goodbye(play, far, caller, seat)


@call_story
async def called_back_then_alone(play: AsteriskPlay) -> None:
    """The seat that has called a citizen of 110 back loses its phone: he comes to another seat, whose goodbye ends the matter."""
    caller, seat, second, far = await play.phones(CALLER_110, FAR, FAR_COLLEAGUE, SEAT)
    second.refuse_with = 486
    await gives_up(play, caller, seat, far)
    await called_back(play, "110", caller, seat)
    second.refuse_with = None
    died = time.monotonic()
    seat.vanish()
    await second.wait_ring(after=died, within_s=8)
    await second.answer()
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
    await _goodbye(play, second, caller)
    await play.stage.unregister(seat.account)


@call_story
async def called_back_in_another_law(play: AsteriskPlay) -> None:
    """The same, and the citizen speaks µ-law only: what his channel remembers of the first seat's sound makes the second's late."""
    fixed = play.stage.manners.fixed
    fixed[CALLER_110[1]] = Manner(codecs=(ULAW,))
    fixed[FAR[1]] = beginning(30000, 40000, ALAW, stream=2)  # the first is the call before he is called back
    fixed[FAR_COLLEAGUE[1]] = beginning(10000, 20000, ALAW)
    await called_back_then_alone(play)


@call_story
async def one_number_one_task(play: AsteriskPlay) -> None:
    """The same citizen gives up twice: one open task, with the newest matter. He calls again and is handed over: it is done, and says why."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await gives_up(play, caller, seat, far)
    second = await gives_up(play, caller, seat, far)
    items = (await play.stage.get("/v1/callbacks?state=open&limit=500"))["items"]
    ours = [item for item in items if item["number"] == "138****0001" and item["home"] == "12345"]
    play.must(len(ours) == 1, f"{len(ours)} tasks are open for one number")
    play.must(ours[0]["context"] == second["context"], "the task is not about the newest matter")
    await connect(play, caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    await play.outcome("completed")

    async def done() -> bool:
        task = await _task(play, ours[0]["id"])
        return (task["state"], task["note"]) == ("done", "called_again")

    await eventually(done, "the task is done, because he has called again")
    await _goodbye(play, far, caller, seat)


# --- the button where there is no caller to transfer --------------------------------------------------------------------------


async def _seats_talk(play: AsteriskPlay, seat: Any, number: str, other: Any) -> None:
    """One seat calls another."""
    began = time.monotonic()
    await seat.call(number)
    await other.wait_ring(after=began)
    await other.answer()
    await asyncio.gather(play.hears(seat, {other}), play.hears(other, {seat}))


async def _refused(play: AsteriskPlay, presser: Any, other: Any, target: str) -> None:
    """The presser's button: it reads why nobody is transferred, and the two talk again."""
    began = time.monotonic()
    await presser.refer(target)
    text = await presser.diary.wait("text", after=began, who="presser")
    play.must("没有可转接的来电人" in text.detail, f"the presser reads {text.detail!r}")
    ring = await presser.wait_ring(after=began)
    if presser.account.host == other.account.host:  # across the trunk the name of the trunk's own call is shown
        play.must(ring.number == other.account.number, f"{presser.name} is rung back by {ring.number}")
    await presser.answer()
    await asyncio.gather(play.hears(presser, {other}), play.hears(other, {presser}))
    play.must(other.diary.find("hung_up", after=began) is None, f"{other.name} was hung up")


@call_story
async def button_between_seats(play: AsteriskPlay) -> None:
    """The button in a call of two seats: whoever presses reads why not, and has the other one again; nobody is hung up."""
    seat, colleague = await play.phones(SEAT, COLLEAGUE)
    await _seats_talk(play, seat, "1002", colleague)
    await _refused(play, seat, colleague, "110")
    await colleague.hang_up()
    await play.stage.empty()
    await _seats_talk(play, seat, "1002", colleague)
    await _refused(play, colleague, seat, "110")
    await seat.hang_up()


@call_story
async def button_between_switchboards(play: AsteriskPlay) -> None:
    """The button in a call of a seat of 12345 and one of 110: the same from both ends, and 110's key says at once that there is no caller."""
    seat, far = await play.phones(SEAT, FAR)
    await _seats_talk(play, seat, "110", far)
    pressed = await play.press(far)
    text = await far.diary.wait("text", after=pressed, who="far")
    play.must("没有可转接的来电人" in text.detail, f"110's seat reads {text.detail!r}")
    await _refused(play, seat, far, "119")
    await far.hang_up()
    await play.stage.empty()
    await _seats_talk(play, seat, "110", far)
    await _refused(play, far, seat, "119")
    await seat.hang_up()


@call_story
async def button_between_seats_while_ringing(play: AsteriskPlay) -> None:
    """A seat hands a colleague over to 110 while that still rings: it reads why not, and has the colleague again."""
    seat, colleague, far = await play.phones(SEAT, COLLEAGUE, FAR)
    await _seats_talk(play, seat, "1002", colleague)
    await _rings_beside(play, seat, "110", far)
    began = await _let_go(play, seat)
    text = await seat.diary.wait("text", after=began, who="seat")
    play.must("没有可转接的来电人" in text.detail, f"the seat reads {text.detail!r}")
    await far.diary.wait("cancelled", after=began, who="far")
    await seat.wait_ring(after=began)
    await seat.answer()
    await asyncio.gather(play.hears(seat, {colleague}), play.hears(colleague, {seat}))
    await colleague.hang_up()


@call_story
async def button_in_a_call_of_three(play: AsteriskPlay) -> None:
    """The button while three talk, then while one more rings on the second line: caller and 110 go on, the presser reads why not."""
    caller, seat, far, service = await play.phones(CALLER, SEAT, FAR, SERVICE)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    began = time.monotonic()
    await seat.refer("119")
    text = await seat.diary.wait("text", after=began, who="seat")
    play.must("没有可转接的来电人" in text.detail or "转接完成" in text.detail, f"the seat reads {text.detail!r}")
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.must(service.diary.find("ringing", after=began) is None, "119 rings")
    await _goodbye(play, far, caller, seat)


# --- forwards, and numbers that are no targets ---------------------------------------------------------------------------------


@call_story
async def phone_that_forwards(play: AsteriskPlay) -> None:
    """A seat's phone forwards to 110, then to nowhere: the caller comes to the next seat, the forwarding one is paused and reads why."""
    seat, caller, second, far = await play.phones((*SEAT, ForwardingPhone), CALLER, COLLEAGUE, FAR)
    for number in ("110", "9999999"):
        seat.forwards_to = number
        began = time.monotonic()
        second.refuse_with = None
        await play.stage.post("/v1/seats/12345/1002/pause", {"reason": "paperwork"})
        await caller.call("12345")
        text = await seat.diary.wait("text", after=began, who="seat")
        play.must("呼叫转移" in text.detail, f"the seat reads {text.detail!r}")

        async def paused() -> bool:
            seats = (await play.stage.get("/v1/seats"))["items"]
            return ("1001", "paused", "forwards") in [(shown["seat"], shown["state"], shown["why"]) for shown in seats]

        await eventually(paused, "the seat is paused because its phone forwards")
        tries = len([line for line in seat.diary.lines if line.word == "forwarding" and line.at > began])
        play.must(tries == 1, f"the seat was tried {tries} times")
        play.must(far.diary.find("ringing", after=began) is None, "110 rings for a caller whom nobody has heard")
        await play.stage.post("/v1/seats/12345/1002/unpause", {})
        await second.wait_ring(after=began)
        await second.answer()
        await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
        await _goodbye(play, second, caller)
        seat.forwards_to = ""
        await play.stage.post("/v1/seats/12345/1001/unpause", {})


@call_story
async def button_to_a_number_that_is_no_target(play: AsteriskPlay) -> None:
    """The transfer button to a colleague's number: the seat reads that this is no target, and its phone, free again, has the caller back."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    for number in ("1002", "0", "no-such.number"):
        began = time.monotonic()
        await seat.refer(number)
        await _back(play, caller, seat, began)
        play.must(seat.diary.find("refusing", after=began) is None, "the seat was rung while its phone was busy")
        transfer = await play.outcome("failed", "unknown_target")
        play.must(transfer["transferer"]["seat"] == seat.name, f"the transferer is {transfer['transferer']}")
    play.must(colleague.diary.find("ringing", after=play.began) is None, "the colleague was rung")
    await _goodbye(play, seat, caller, colleague)


@call_story
async def callers_and_no_seat(play: AsteriskPlay) -> None:
    """The only seat forwards its phone: supervisors are told of it, and of the caller who waits; a seat that comes takes him."""
    seat, caller = await play.phones((*SEAT, ForwardingPhone), CALLER)
    seat.forwards_to = "9999999"
    began = time.monotonic()
    await caller.call("12345")
    await seat.diary.wait("text", after=began, who="seat")

    async def told() -> bool:
        _, body = await play.stage.ask("GET", "/readyz")
        return {"seat 12345/1001", "switchboard 12345"} <= {problem["where"] for problem in body["problems"]}

    await eventually(told, "supervisors are told of the seat and of the caller", UNATTENDED_S + 6)
    tries = sum(line.word == "forwarding" for line in seat.diary.lines)
    play.must(tries == 1, f"the seat was tried {tries} times")
    seat.forwards_to = ""
    await play.stage.post("/v1/seats/12345/1001/unpause", {})
    await _back(play, caller, seat, began)
    await _goodbye(play, seat, caller)
