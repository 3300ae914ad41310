"""Whoever got the caller beside the queue: his keys, his goodbye, his record.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from simulators.listening import TONES_HZ, voice_s
from simulators.manners import Manner
from simulators.odd_phones import Stranger, TwoLinePhone
from simulators.onekey import eventually
from simulators.outside import gateway_killed
from simulators.phone import Account
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_modes import ACCEPT

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002")
FAR, FAR_COLLEAGUE = ("110", "2001"), ("110", "2002")
GOODBYE_S = 6.0
"""Busy tone and end."""
PHANTOM_S = 1.5
"""Longer than a queue needs to ring a seat again."""
TALK_S = 2.2
"""The last person talks for so long: then whoever had the caller before has left long ago."""


# --- what is common -----------------------------------------------------------------------------------------------------------


def _waits(play: AsteriskPlay, side: str) -> int:
    """Callers who have come into this switchboard's queue and left it again, answered or not."""
    shown = re.search(r"C:(\d+), A:(\d+)", play.stage.console(side, f"queue show {side}"))
    return int(shown[1]) + int(shown[2]) if shown else 0


async def _says_goodbye(play: AsteriskPlay, caller: Any, last: Any, seats: list[Any], waits: dict[str, int]) -> None:
    """The last person hangs up as people do: the caller hears the busy tone and his call ends, no seat rings, no wait is counted."""
    await asyncio.sleep(TALK_S)
    began = time.monotonic()
    await last.hang_up()
    await caller.diary.wait("hung_up", after=began - 0.1, within_s=GOODBYE_S, who="caller")
    await asyncio.sleep(PHANTOM_S)
    for seat in seats:
        play.must(seat.diary.find("ringing", after=began) is None, f"{seat.name} rings again after the goodbye")
    for side, before in waits.items():
        more = _waits(play, side) - before
        play.must(more == 1, f"{more} waits are counted at {side}, not 1")


async def _hand_over(play: AsteriskPlay, caller: Any, seat: Any, colleague: Any) -> None:
    """The seat asks a colleague on its second line and joins the two."""
    began = time.monotonic()
    await seat.consult(colleague.account.number)
    await colleague.wait_ring(after=began)
    await colleague.answer()
    await play.hears(colleague, {seat})
    await seat.hand_over()
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))


async def _at_110(play: AsteriskPlay, *more: tuple[str, str]) -> list[Any]:
    """A caller whom 12345 has handed to 2001 of 110: caller, seat, 2001 and who else was asked for; the seat has left."""
    cast = await play.phones(CALLER, SEAT, FAR, *more)
    caller, seat, far = cast[:3]
    for other in cast[3:]:
        other.refuse_with = 486  # not yet: 2001 takes the call
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    for other in cast[3:]:
        other.refuse_with = None
    return cast


# --- the goodbye of the last person ---------------------------------------------------------------------------------------------


@call_story
async def colleagues_goodbye(play: AsteriskPlay) -> None:
    """A seat hands its caller to a colleague by its phone; the colleague's goodbye ends the call, and nobody rings again."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _says_goodbye(play, caller, colleague, [seat, colleague], waits)


@call_story
async def colleagues_goodbye_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same with the gateway dead: the dialplan alone knows who the last person was."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    await gateway_killed(play)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _says_goodbye(play, caller, colleague, [seat, colleague], waits)
    await play.stage.gateway_up()


@call_story
async def colleague_is_cut_off(play: AsteriskPlay) -> None:
    """A colleague who got the caller by hand-over loses its power: that is no goodbye, and he comes before all who wait."""
    caller, seat, colleague, second, third = await play.phones(
        CALLER, SEAT, COLLEAGUE, ("12345", "13800000002"), ("12345", "13800000003")
    )
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    began = time.monotonic()
    await second.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await play.hears(seat, {second})
    await third.call("12345")  # nobody is free: waits
    await third.diary.wait("answered", after=began, who="third")
    died = time.monotonic()
    account = colleague.account
    colleague.vanish()
    await play.stage.unregister(account)
    await eventually(lambda: "2. PJSIP" in play.stage.console("12345", "queue show 12345"), "the cut-off caller waits")
    await seat.hang_up()
    ring = await seat.wait_ring(after=died, within_s=8)
    play.must(ring.number == caller.account.number, f"{ring.number} rings first, not who was cut off")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await third.hang_up()
    await play.finish(seat, caller)


@call_story
async def far_colleagues_goodbye(play: AsteriskPlay) -> None:
    """At 110 a seat hands the caller to a colleague by its phone; the colleague's goodbye ends the call at both switchboards."""
    waits = {side: _waits(play, side) for side in ("12345", "110")}
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await _hand_over(play, caller, far, far_colleague)
    await _says_goodbye(play, caller, far_colleague, [seat, far, far_colleague], waits)


@call_story
async def far_colleagues_goodbye_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same at 110 with the gateway dead."""
    waits = {side: _waits(play, side) for side in ("12345", "110")}
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await gateway_killed(play)
    await _hand_over(play, caller, far, far_colleague)
    await _says_goodbye(play, caller, far_colleague, [seat, far, far_colleague], waits)
    await play.stage.gateway_up()


@call_story
async def far_colleague_is_cut_off(play: AsteriskPlay) -> None:
    """At 110 a colleague who got the caller by hand-over loses its power: the caller comes to another seat of 110."""
    caller, _seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await _hand_over(play, caller, far, far_colleague)
    died = time.monotonic()
    account = far_colleague.account
    far_colleague.vanish()
    await play.stage.unregister(account)
    await far.wait_ring(after=died, within_s=8)
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)


@call_story
async def picked_up_calls_goodbye(play: AsteriskPlay) -> None:
    """A colleague picks up the call that rings at a seat; its goodbye ends the call, and no phone rings again."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    play.stage.console("12345", "module load app_directed_pickup.so")
    try:
        colleague.refuse_with = 486
        await caller.call("12345")
        await seat.wait_ring(after=play.began)
        ringing = next(line[0] for line in play.stage.channels("12345") if line[0].startswith("PJSIP/1001-"))
        play.stage.console("12345", f"dialplan add extension 88,1,PickupChan,{ringing} into onekey-from-seat replace")
        colleague.refuse_with = None
        await colleague.call("88")
        await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
        await _says_goodbye(play, caller, colleague, [seat, colleague], waits)
    finally:
        play.stage.console("12345", "dialplan remove extension 88@onekey-from-seat")


# --- each press gets its answer -------------------------------------------------------------------------------------------------


async def _colleague_presses(
    play: AsteriskPlay, caller: Any, colleague: Any, target: Any, number: str, *, accepts: bool = False
) -> None:
    """A colleague who got the caller by hand-over calls in ``target`` by key and leaves; the two go on, and it is done."""
    pressed = await play.press(colleague)
    await target.wait_ring(after=pressed)
    await target.answer()
    if accepts:  # where the rules of 110 ask for it
        await target.diary.wait("answered", after=pressed, who="target")
        await target.press(ACCEPT)
    await asyncio.gather(
        play.hears(caller, {colleague, target}),
        play.hears(colleague, {caller, target}),
        play.hears(target, {caller, colleague}),
    )
    await colleague.hang_up()
    await asyncio.gather(play.hears(caller, {target}), play.hears(target, {caller}))
    if play.stage.gateway_lives:
        transfer = await play.outcome("completed", "transferer_left")
        by = transfer["transferer"]
        play.must(by["seat"] == colleague.account.number, f"the transferer is {by}")
        play.must(transfer["target"] == number, f"the target is {transfer['target']}")


async def _attended(play: AsteriskPlay, side: str, transferer: str) -> dict[str, Any]:
    """The record of an attended hand-over."""

    async def found() -> Any:
        return [t for t in await play.stage.transfers() if t["pressed_at"] >= play.since and t["by"] == "phone"]

    (record,) = await eventually(found, "the hand-over is written down", 3)
    play.must(record["transferer"] == {"switchboard": side, "seat": transferer}, f"by {record['transferer']}")
    play.must(record["target"] == side, f"the hand-over's target is {record['target']}, not {side}")
    play.must((record["outcome"], record["reason"]) == ("completed", "handed_over"), f"it ended {record['outcome']}")
    result: dict[str, Any] = record
    return result


@call_story
async def colleague_presses(play: AsteriskPlay) -> None:
    """A colleague who got the caller by hand-over presses: 110 rings, three talk, the colleague leaves, two go on."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _attended(play, "12345", "1001")
    await _colleague_presses(play, caller, colleague, far, "110")
    await play.finish(far, caller)


@call_story
async def colleague_presses_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same with the gateway dead, also for the hand-over: the key finds the caller in its own bridge."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    await gateway_killed(play)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _colleague_presses(play, caller, colleague, far, "110")
    await play.finish(far, caller)
    await play.stage.gateway_up()


@call_story
async def far_colleague_presses(play: AsteriskPlay) -> None:
    """At 110 a colleague who got the caller by hand-over presses: 12345 rings, three talk, and both are written down."""
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await _hand_over(play, caller, far, far_colleague)
    await _attended(play, "110", "2001")
    await _colleague_presses(play, caller, far_colleague, seat, "12345", accepts=True)
    await play.finish(seat, caller)


@call_story
async def far_colleague_presses_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same at 110 with the gateway dead."""
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await gateway_killed(play)
    await _hand_over(play, caller, far, far_colleague)
    await _colleague_presses(play, caller, far_colleague, seat, "12345", accepts=True)
    await play.finish(seat, caller)
    await play.stage.gateway_up()


@call_story
async def keys_between_seats(play: AsteriskPlay) -> None:
    """A seat of 12345 rings 110 without a caller, and both press: each reads at once that there is none, and nobody rings."""
    seat, far, colleague = await play.phones(SEAT, FAR, COLLEAGUE)
    await seat.call("110")
    await far.wait_ring(after=play.began)
    await far.answer()
    await asyncio.gather(play.hears(seat, {far}), play.hears(far, {seat}))
    for presser in (far, seat):
        pressed = await play.press(presser)
        text = await presser.diary.wait("text", after=pressed, within_s=1.0, who=presser.name)
        play.must("没有可转接的来电人" in text.detail, f"{presser.name} reads {text.detail}")
    for key, words in (("*0", "没有可收回的转接"), ("*8", "没有等待确认的转接")):
        pressed = await play.press(far, key)
        text = await far.diary.wait("text", after=pressed, within_s=1.0, who=far.name)
        play.must(words in text.detail, f"{far.name} reads {text.detail}")
    await gateway_killed(play)
    pressed = await play.press(far)
    await asyncio.sleep(0.7 + PHANTOM_S)
    play.must(colleague.diary.find("ringing", after=play.began) is None, "1002 rings for a call without a caller")
    await asyncio.gather(play.hears(seat, {far}), play.hears(far, {seat}))
    await seat.hang_up()
    await far.diary.wait("hung_up", after=pressed, who="far")
    await play.stage.gateway_up()


@call_story
async def two_lines_two_presses(play: AsteriskPlay) -> None:
    """A phone that joins a caller and a colleague by itself presses on both lines: 110 rings, and the seat reads no failure."""
    caller, seat, colleague, far = await play.phones(CALLER, (*SEAT, TwoLinePhone), COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    began = time.monotonic()
    await seat.consult("1002")
    await colleague.wait_ring(after=began)
    await colleague.answer()
    await play.hears(colleague, {seat})
    pressed = time.monotonic()
    seat.press_on_both("*1")
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(far, {caller, seat})
    await asyncio.sleep(PHANTOM_S)
    texts = [line.detail for line in seat.diary.lines if line.word == "text" and line.at >= pressed]
    play.must(not any("失败" in text for text in texts), f"the seat reads {texts}")
    await seat.hang_up_both()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)


# --- what is written down -------------------------------------------------------------------------------------------------------


async def _seat_has(play: AsteriskPlay, side: str, seat: str, call: str) -> None:
    """The seat is said to talk, in this call."""

    async def there() -> bool:
        items = (await play.stage.get("/v1/seats"))["items"]
        now = next(item for item in items if (item["switchboard"], item["seat"]) == (side, seat))
        return (now["state"], now["call"]) == ("on_call.talk", call)

    await eventually(there, f"{seat} talks in call {call}", 1.0)


async def _posts(play: AsteriskPlay, side: str, seat: Any, target: Any, number: str) -> None:
    """A seat's console asks for a transfer: the seat is the transferer, and its phone shows what comes of it."""
    posted = time.monotonic()
    await play.stage.post("/v1/transfers", {"target": number, "switchboard": side, "seat": seat.account.number})
    await target.wait_ring(after=posted)
    await target.decline()
    text = await play.read(seat, posted)
    play.must("转接" in text, f"{seat.name} reads {text}")
    transfer = await play.outcome("declined")
    by = {"switchboard": side, "seat": seat.account.number}
    play.must(transfer["transferer"] == by, f"the transferer is {transfer['transferer']}, not {by}")


@call_story
async def colleagues_record(play: AsteriskPlay) -> None:
    """A hand-over to a colleague leaves the matter with 12345: the colleague is one of its seats, is shown in its call, and may ask on."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    transfer = await _attended(play, "12345", "1001")
    await _seat_has(play, "12345", "1002", transfer["call"])
    record = await play.stage.get(f"/v1/contexts/{transfer['context']}")
    play.must(record["owner"] == "12345", f"the owner is {record['owner']}")
    play.must(record["organisations"] == ["12345"], f"the organisations are {record['organisations']}")
    seats = [(at["switchboard"], at["seat"]) for at in record["seats"]]
    play.must(seats == [("12345", "1001"), ("12345", "1002")], f"its seats are {seats}")
    await _posts(play, "12345", colleague, far, "110")
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
    await play.finish(colleague, caller)


@call_story
async def seat_behind_a_leg_asks_on(play: AsteriskPlay) -> None:
    """12345, 110 and back: the seat that got the caller through our own queue asks for a further transfer, and is its transferer."""
    caller, seat, far, colleague = await _at_110(play, COLLEAGUE)
    seat.refuse_with = 486
    pressed = await play.press(far)
    await colleague.wait_ring(after=pressed)
    await colleague.answer()
    await colleague.diary.wait("answered", after=pressed, who="colleague")
    await colleague.press(ACCEPT)
    await play.hears(caller, {far, colleague})
    await far.hang_up()
    await play.outcome("completed", "transferer_left")
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
    seat.refuse_with = None
    transfer = (await play.stage.transfers())[-1]
    await _seat_has(play, "12345", "1002", transfer["call"])
    await _posts(play, "12345", colleague, far, "110")
    await play.finish(colleague, caller)


# --- hold -----------------------------------------------------------------------------------------------------------------------


async def _is(play: AsteriskPlay, seat: Any, state: str, within_s: float = 8.0) -> None:
    """The seat is said to be in this state."""

    async def there() -> bool:
        items = (await play.stage.get("/v1/seats"))["items"]
        return any(item["seat"] == seat.account.number and item["state"] == state for item in items)

    await eventually(there, f"{seat.name} is {state}", within_s)
    play.say("gateway", f"{seat.name}: {state}")


@call_story
async def hold_over_a_gap(play: AsteriskPlay) -> None:
    """A seat holds and resumes while nobody watches: each time the gateway asks the phone's own line, and is right at once."""
    play.stage.manners.fixed["1001"] = Manner(jump=1000)  # as below: this is about what is shown
    caller, seat = await play.phones(CALLER, SEAT)
    await play.connect(caller, seat)
    await seat.hold()
    await _is(play, seat, "on_call.hold")
    await gateway_killed(play)
    await play.stage.gateway_up()
    await _is(play, seat, "on_call.hold", 1.0)  # held before, and still
    await gateway_killed(play)
    await seat.resume()
    await play.hears(caller, {seat})
    await play.stage.gateway_up()
    await _is(play, seat, "on_call.talk", 1.0)  # resumed in the gap
    await gateway_killed(play)
    await seat.hold()
    await play.stage.gateway_up()
    await _is(play, seat, "on_call.hold", 1.0)  # held in the gap
    with play.stage.gateway_frozen():
        sessions = play.stage.console("12345", "manager show connected")
        (session,) = re.findall(r"^\s*onekey\s.*?\s(\d+)\s+\d+\s+\d+\s*$", sessions, re.M)
        play.stage.console("12345", f"manager kick session {session}")
        await seat.resume()
        await play.hears(caller, {seat})
    await _is(play, seat, "on_call.talk")  # resumed while only the link was cut
    await play.finish(seat, caller)


# --- callers without a number -----------------------------------------------------------------------------------------------------


async def _stranger(play: AsteriskPlay, from_header: str) -> Any:
    """A caller out of the telephone network whose call says this of him. He comes last on the stage: his tone is the next."""
    board = play.stage.lab["switchboards"]["12345"]
    account = Account("stranger", "", board["sip"]["host"], board["sip"]["port"])
    phone = Stranger(account, board["pstn"]["host"], TONES_HZ[len(play.stage.phones)], from_header)
    play.stage.phones.append(phone)
    play.cast.append(phone)
    await phone.start()
    return phone


async def _unnamed(play: AsteriskPlay, from_header: str, number: str) -> None:
    """Such a caller is transferred: 110's display shows ``number``, the record has none but a real one, nobody is asked to call back."""
    seat, far = await play.phones(SEAT, FAR)
    caller = await _stranger(play, from_header)
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await play.hears(caller, {seat})
    pressed = await play.press(seat)
    ring = await far.wait_ring(after=pressed)
    play.must(ring.name.startswith("[12345转]"), f"the display shows {ring.name!r}")
    play.must(ring.number == number, f"the display shows {ring.number!r} for {from_header}, not {number!r}")
    record = await play.context_from(ring)
    kept = number if number.isdigit() else ""
    played = await play.stage.get(f"/v1/contexts/{record['id']}?full=true&purpose=story")
    play.must(played["caller_number"] == kept, f"the record has {played['caller_number']!r}")
    await caller.hang_up()
    text = await seat.diary.wait("text", after=pressed, within_s=4, who="seat")
    play.must(bool(kept) is ("请回拨" in text.detail), f"the seat reads {text.detail}")
    await play.outcome("caller_hung_up")
    await seat.hang_up()
    await play.stage.clear()
    play.cast = []


@call_story
async def callers_without_a_number(play: AsteriskPlay) -> None:
    """Anonymous callers, and numbers that are none, are anonymous at 110 and have no number in the record; a real one stays as it is."""
    await _unnamed(play, '"Anonymous" <sip:anonymous@anonymous.invalid>', "anonymous")
    await _unnamed(play, "<sip:a&b,c@pstn.invalid>", "anonymous")
    await _unnamed(play, "<sip:*1#2@pstn.invalid>", "anonymous")
    await _unnamed(play, "<sip:13812345678@pstn.invalid>", "13812345678")


@call_story
async def first_ring_has_the_id(play: AsteriskPlay) -> None:
    """Each call's first ring at home brings the context's id, ten calls in a row to a free seat."""
    caller, seat = await play.phones(CALLER, SEAT)
    for _ in range(10):
        began = time.monotonic()
        await caller.call("12345")
        ring = await seat.wait_ring(after=began)
        play.must("user-to-user" in ring.headers, f"no User-to-User among {sorted(ring.headers)}")
        await seat.answer()
        await caller.diary.wait("answered", after=began, who="caller")
        await caller.hang_up()
        await seat.diary.wait("hung_up", after=began, who="seat")


# --- whose music ------------------------------------------------------------------------------------------------------------------


async def seconds_of_music(play: AsteriskPlay, caller: Any) -> float:
    """Seconds of the coming half second in which a phone hears something that is nobody's voice."""
    since = time.monotonic() + 0.3
    await asyncio.sleep(0.9)
    return float(voice_s(caller.heard(), play.stage.tones, since, since + 0.5))


@call_story
async def a_holder_plays_no_music_to_three(play: AsteriskPlay) -> None:
    """110's seat holds in a call of three: the others hear each other and no music; who is alone with the holder hears music."""
    # a stream that begins anew at lower numbers is lost on the patched Asterisk, whatever is done (docs/decisions/0006)
    play.stage.manners.fixed["2001"] = Manner(jump=1000)
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await far.hold()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    for listener in (caller, seat):
        music_s = await seconds_of_music(play, listener)
        play.must(music_s < 0.1, f"{listener.name} hears {music_s:.2f} s of music in half a second")
    await far.resume()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await far.hold()
    music_s = await seconds_of_music(play, caller)
    play.must(music_s > 0.2, f"the caller alone with the holder hears {music_s:.2f} s of music in half a second")
    await far.resume()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)
