"""Second and third hand-overs of one call, by a phone's own means: whoever has the caller by then has his keys, his record and his goodbye.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from simulators.odd_phones import ForwardingPhone
from simulators.outside import dialplan_changed, gateway_killed
from simulators.phone import PhoneError
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_button import called_back, connect, gives_up

CALLER, OTHER_CALLER = ("12345", "13800000001"), ("12345", "13800000002")
SEAT, COLLEAGUE, THIRD = ("12345", "1001"), ("12345", "1002"), ("12345", "1003")
FAR, SERVICE = ("110", "2001"), ("12345", "119")
TALK_S = 2.3
"""The last person talks for so long: whoever had the caller before has left long ago, and no leg is new any more."""
PHANTOM_S = 1.5
"""Longer than a queue needs to ring a seat again."""
DROP_S = 0.6
"""Between the ends of two calls of one phone."""


# --- what is common -----------------------------------------------------------------------------------------------------------


async def _all_hear(play: AsteriskPlay, *phones: Any) -> None:
    """Each hears all the others and nobody else."""
    await asyncio.gather(*(play.hears(phone, {other for other in phones if other is not phone}) for phone in phones))


async def _hands_over(play: AsteriskPlay, caller: Any, seat: Any, number: str, taker: Any) -> None:
    """The seat asks somebody on its second line, who is shown whose matter it is, and joins the two by its phone."""
    began = time.monotonic()
    await seat.consult(number)
    ring = await taker.wait_ring(after=began)
    if number != taker.account.number:  # a colleague who is asked by name has no display of a record
        play.must(
            "user-to-user" in ring.headers, f"{taker.name} is not shown whose matter it is: {sorted(ring.headers)}"
        )
    await taker.answer()
    await play.hears(taker, {seat})
    await seat.hand_over()
    await _all_hear(play, caller, taker)


async def _calls_in(play: AsteriskPlay, caller: Any, seat: Any, guest: Any, key: str) -> None:
    """A key of whoever has the caller: the guest rings with his number and record, three talk, the guest leaves, two talk on."""
    pressed = await play.press(seat, key)
    ring = await guest.wait_ring(after=pressed)
    play.must(ring.number == caller.account.number, f"the display shows {ring.number}, not the caller's number")
    play.must("user-to-user" in ring.headers, f"no User-to-User among {sorted(ring.headers)}")
    await guest.answer()
    await _all_hear(play, caller, seat, guest)
    await guest.hang_up()
    await _all_hear(play, caller, seat)


async def _goodbye(play: AsteriskPlay, last: Any, caller: Any, *others: Any) -> None:
    """The last person hangs up as people do: the caller's call ends, and no phone rings again."""
    await asyncio.sleep(TALK_S)
    began = time.monotonic()
    await play.finish(last, caller)
    await asyncio.sleep(PHANTOM_S)
    for phone in (last, *others):
        play.must(phone.diary.find("ringing", after=began) is None, f"{phone.name} rings after the goodbye")


# --- to whoever is free ---------------------------------------------------------------------------------------------------------


async def _own_queue(play: AsteriskPlay, *, alive: bool) -> None:
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    if not alive:
        await gateway_killed(play)
    await _hands_over(play, caller, seat, "12345", colleague)
    if alive:
        transfer = await play.outcome("completed", "handed_over")
        play.must(transfer["transferer"]["seat"] == "1001", f"the transferer is {transfer['transferer']}")
    await _calls_in(play, caller, colleague, far, "*1")
    await asyncio.sleep(TALK_S)
    began = time.monotonic()
    await play.refer(colleague, "110")
    await far.wait_ring(after=began)
    await far.answer()
    await _all_hear(play, caller, far)
    await _goodbye(play, far, caller, seat, colleague)


@call_story
async def handed_to_our_own_queue(play: AsteriskPlay) -> None:
    """A seat asks its own hotline for whoever is free and hands its caller over: that colleague's key and button ring 110 for him."""
    await _own_queue(play, alive=True)


@call_story
async def handed_to_our_own_queue_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same with the gateway dead: the caller is found behind the other half of the queue's leg, and is not dropped by the button."""
    await _own_queue(play, alive=False)


# --- twice ----------------------------------------------------------------------------------------------------------------------


async def _twice(play: AsteriskPlay, *, alive: bool) -> None:
    caller, seat, colleague, far, service = await play.phones(CALLER, SEAT, COLLEAGUE, FAR, SERVICE)
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    if not alive:
        await gateway_killed(play)
    await _hands_over(play, caller, seat, "1002", colleague)
    await _hands_over(play, caller, colleague, "110", far)
    await _calls_in(play, caller, far, service, "*2")
    await _goodbye(play, far, caller, seat, colleague)


@call_story
async def handed_over_twice(play: AsteriskPlay) -> None:
    """A seat hands its caller to a colleague, who hands him to 110, both by phone: 110 is shown his record, calls 119 in, and ends the call."""
    await _twice(play, alive=True)


@call_story
async def handed_over_twice_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same with the gateway dead: the colleague's second line finds the caller on its first, and home finds him behind 110's leg."""
    await _twice(play, alive=False)


@call_story
async def second_caller_while_the_first_comes_back(play: AsteriskPlay) -> None:
    """A seat has sent one caller away and talks with another when the first comes back in vain: 110 is shown the record of the second."""
    caller, other, seat, far = await play.phones(CALLER, OTHER_CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    began = time.monotonic()
    await play.refer(seat, "110")
    ring = await far.wait_ring(after=began)
    first = ring.headers["user-to-user"]
    await connect(play, other, seat)
    began = time.monotonic()
    await far.decline(603)
    await seat.diary.wait("refusing", after=began, within_s=5, who="seat")  # the first rings at it, busy as it is
    await asyncio.sleep(DROP_S)
    began = time.monotonic()
    await seat.consult("110")
    ring = await far.wait_ring(after=began)
    play.must("user-to-user" in ring.headers, f"110 is shown no record: {sorted(ring.headers)}")
    play.must(ring.headers["user-to-user"] != first, "110 is shown the record of the caller whom the seat has no more")
    await far.answer()
    await play.hears(far, {seat})
    await seat.hand_over()
    await _all_hear(play, other, far)
    await _goodbye(play, far, other)


@call_story
async def phone_that_forwards_beside_a_free_one(play: AsteriskPlay) -> None:
    """The first phone of 110 that a transfer reaches forwards its calls: 110's next seat rings in the same moment, the first is paused."""
    caller, seat, far, second = await play.phones(CALLER, SEAT, (*FAR, ForwardingPhone), ("110", "2002"))
    await play.connect(caller, seat)
    far.forwards_to = "9999999"
    play.stage.console("110", "queue set penalty 1 on PJSIP/2002 in 110")  # 2001 comes first
    try:
        pressed = await play.press(seat)
        await far.diary.wait("forwarding", after=pressed, who="2001")
        await second.wait_ring(after=pressed, within_s=0.6)
        await second.answer()
        await _all_hear(play, caller, seat, second)
        shown = play.stage.console("110", "queue show 110")
        play.must(re.search(r"PJSIP/2001\).*paused:forwards", shown), f"2001 is not paused: {shown}")
        await seat.hang_up()
        await _goodbye(play, second, caller, seat)
    finally:
        play.stage.console("110", "queue set penalty 0 on PJSIP/2002 in 110")
        play.stage.console("110", "queue unpause member PJSIP/2001")


# --- back home by a phone of 110 --------------------------------------------------------------------------------------------------


async def _home_again(play: AsteriskPlay, *, alive: bool) -> None:
    caller, seat, far, third = await play.phones(CALLER, SEAT, FAR, THIRD)
    third.refuse_with = 486
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await _all_hear(play, caller, far)
    seat.refuse_with, third.refuse_with = 486, None
    if not alive:
        await gateway_killed(play)
    await _hands_over(play, caller, far, "12345", third)
    seat.refuse_with = None
    await _calls_in(play, caller, third, far, "*1")
    await _goodbye(play, third, caller, seat, far)


@call_story
async def handed_home_by_a_phone_of_110(play: AsteriskPlay) -> None:
    """110's seat asks 12345 on its second line and hands the caller over: the key there rings 110 once, its goodbye ends the call."""
    await _home_again(play, alive=True)


@call_story
async def handed_home_by_a_phone_of_110_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same with the gateway dead: 110 sends the press on to the caller's home, behind its one fence."""
    await _home_again(play, alive=False)


@call_story
async def attended_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The gateway is dead as a seat hands its caller to 110 by its phone: 110's key rings 119 at home, and its goodbye ends the call."""
    caller, seat, far, service = await play.phones(CALLER, SEAT, FAR, SERVICE)
    await play.connect(caller, seat)
    await gateway_killed(play)
    await _hands_over(play, caller, seat, "110", far)
    await _calls_in(play, caller, far, service, "*2")
    await _goodbye(play, far, caller, seat)


# --- whoever was called back ------------------------------------------------------------------------------------------------------


async def _called_back_and_handed_over(play: AsteriskPlay, *, alive: bool) -> None:
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await gives_up(play, caller, seat, far)
    await called_back(play, "12345", caller, seat)
    colleague.refuse_with = None
    if not alive:
        await gateway_killed(play)
    await _hands_over(play, caller, seat, "1002", colleague)
    await _goodbye(play, colleague, caller, seat)


@call_story
async def called_back_and_handed_over(play: AsteriskPlay) -> None:
    """A citizen who was called back is handed to a colleague by the seat's phone: the colleague's goodbye ends the call, nobody rings again."""
    await _called_back_and_handed_over(play, alive=True)


@call_story
async def called_back_and_handed_over_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The same, and the gateway dies before: the dialplan alone knows with whom the colleague was."""
    await _called_back_and_handed_over(play, alive=False)


# --- how somebody leaves ----------------------------------------------------------------------------------------------------------


@call_story
async def guest_gone_before_the_far_seat_is_cut_off(play: AsteriskPlay) -> None:
    """The gateway is dead; 110's seat has called 119 in, who has left again, and loses its phone: the caller comes to a seat of his home."""
    caller, seat, far, service = await play.phones(CALLER, SEAT, FAR, SERVICE)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await _all_hear(play, caller, far)
    await gateway_killed(play)
    await _calls_in(play, caller, far, service, "*2")
    await asyncio.sleep(TALK_S)
    began = time.monotonic()
    far.vanish()
    play.say("2001", "loses its phone")
    await seat.wait_ring(after=began, within_s=9)
    await seat.answer()
    await _all_hear(play, caller, seat)


@call_story
async def goodbyes_of_other_makes(play: AsteriskPlay) -> None:
    """Phones give reasons of their own as they hang up (Q.850 31, SIP 200): each is a goodbye; one that says it was cut off is none."""
    caller, seat = await play.phones(CALLER, SEAT)
    for reason in ("Q.850;cause=31", 'SIP;cause=200;text="User hung up"'):
        await connect(play, caller, seat)
        await asyncio.sleep(DROP_S)
        began = time.monotonic()
        await seat.leave_saying(reason)
        await caller.diary.wait("hung_up", after=began, within_s=6, who="caller")
        await asyncio.sleep(PHANTOM_S)
        play.must(
            seat.diary.find("ringing", after=began) is None, f"the seat rings again after a goodbye with {reason}"
        )
    await connect(play, caller, seat)
    await asyncio.sleep(DROP_S)
    began = time.monotonic()
    await seat.leave_saying("Q.850;cause=41")  # temporary failure
    await seat.wait_ring(after=began)
    await seat.answer()
    await _all_hear(play, caller, seat)


@call_story
async def button_to_one_letter(play: AsteriskPlay) -> None:
    """The transfer button names a letter that means something to Asterisk itself: it is refused, and caller and seat talk on."""
    caller, seat = await play.phones(CALLER, SEAT)
    await play.connect(caller, seat)
    for letter in "hitTeos":
        began = time.monotonic()
        await seat.refer(letter)
        try:
            await seat.diary.wait("transfer_failed", after=began, within_s=3, who="seat")
        except PhoneError:
            gone = caller.diary.find("hung_up", after=began)
            play.must(False, f"the button to {letter} was not refused; the caller {'is gone' if gone else 'lives'}")
    await _all_hear(play, caller, seat)
    began = time.monotonic()
    await seat.refer("7")  # one digit is a number like any other, and no target
    await seat.wait_ring(after=began)
    await seat.answer()
    await _all_hear(play, caller, seat)


LAST_WORD = "[onekey-left]\nexten => s,1,"
"""Where the word of somebody who leaves begins."""
LATE = "[onekey-left]\nexten => s,1,Set(LOCAL(from)=${STRFTIME(,,%s%3q)})\n same => n(late),GotoIf($[${STRFTIME(,,%s%3q)} < ${from} + 80]?late)\n same => n,"
"""The same, 80 ms later, as on a machine that is busy: a channel that hangs up cannot Wait."""


@call_story
async def word_of_the_sender_comes_late(play: AsteriskPlay) -> None:
    """A seat's button names no target, and the seat's last word comes when the caller already waits: it is no goodbye, he has the seat again."""
    caller, seat = await play.phones(CALLER, SEAT)
    async with dialplan_changed(
        play, "12345", "onekey-left.conf", LAST_WORD, LATE
    ):  # whoever leaves says how, a moment later than usual
        await play.connect(caller, seat)
        for number in ("1002", "0"):
            began = time.monotonic()
            await seat.refer(number)
            await seat.wait_ring(after=began)
            await seat.answer()
            await _all_hear(play, caller, seat)
        await _goodbye(play, seat, caller)  # that is one, late as it comes
