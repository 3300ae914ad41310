"""Whoever got the caller beside the queue: his keys, his goodbye, his record.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import re
import signal
import time
from typing import Any

from simulators.odd_phones import ForwardingPhone
from simulators.stage import eventually
from simulators.stories import Play, call_story

CALLER, SEAT, COLLEAGUE, THIRD = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002"), ("12345", "1003")
FAR, FAR_COLLEAGUE = ("110", "2001"), ("110", "2002")
GOODBYE_S = 6.0
"""Busy tone and end."""
PHANTOM_S = 1.5
"""Longer than a queue needs to ring a seat again."""
TALK_S = 2.2
"""The last person talks for so long: then whoever had the caller before has left long ago."""


# --- what is common -----------------------------------------------------------------------------------------------------------


def _waits(play: Play, side: str) -> int:
    """Callers who have come into this switchboard's queue and left it again, answered or not."""
    shown = re.search(r"C:(\d+), A:(\d+)", play.stage.console(side, f"queue show {side}"))
    return int(shown[1]) + int(shown[2]) if shown else 0


async def _says_goodbye(play: Play, caller: Any, last: Any, seats: list[Any], waits: dict[str, int]) -> None:
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


async def _hand_over(play: Play, caller: Any, seat: Any, colleague: Any) -> None:
    """The seat asks a colleague on its second line and joins the two."""
    began = time.monotonic()
    await seat.consult(colleague.account.number)
    await colleague.wait_ring(after=began)
    await colleague.answer()
    await play.hears(colleague, {seat})
    await seat.hand_over()
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))


async def _dead(play: Play) -> None:
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")


async def _at_110(play: Play, *more: tuple[str, str]) -> list[Any]:
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
async def colleagues_goodbye(play: Play) -> None:
    """A seat hands its caller to a colleague by its phone; the colleague's goodbye ends the call, and nobody rings again."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _says_goodbye(play, caller, colleague, [seat, colleague], waits)


@call_story
async def colleagues_goodbye_with_the_gateway_dead(play: Play) -> None:
    """The same with the gateway dead: the dialplan alone knows who the last person was."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    colleague.refuse_with = 486
    await play.connect(caller, seat)
    await _dead(play)
    colleague.refuse_with = None
    await _hand_over(play, caller, seat, colleague)
    await _says_goodbye(play, caller, colleague, [seat, colleague], waits)
    await play.stage.gateway_up()


@call_story
async def colleague_is_cut_off(play: Play) -> None:
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
async def forwarded_to_a_colleague(play: Play) -> None:
    """A seat's phone forwards its call (302) to a colleague; the colleague's goodbye ends the call, and no phone rings again."""
    caller, seat, colleague, third = await play.phones(CALLER, (*SEAT, ForwardingPhone), COLLEAGUE, THIRD)
    waits = {"12345": _waits(play, "12345")}
    seat.forwards_to, colleague.refuse_with = "1003", 486
    await caller.call("12345")
    await third.wait_ring(after=play.began)
    await third.answer()
    await asyncio.gather(play.hears(caller, {third}), play.hears(third, {caller}))
    colleague.refuse_with = None
    await _says_goodbye(play, caller, third, [seat, colleague, third], waits)


@call_story
async def forwarded_to_110(play: Play) -> None:
    """A seat's phone forwards its call (302) to 110; the goodbye of 110 ends the call, and neither switchboard rings again."""
    caller, seat, colleague, far = await play.phones(CALLER, (*SEAT, ForwardingPhone), COLLEAGUE, FAR)
    seat.forwards_to, colleague.refuse_with = "110", 486
    await caller.call("12345")
    await far.wait_ring(after=play.began)
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    colleague.refuse_with = None
    await _says_goodbye(play, caller, far, [seat, colleague, far], {})


@call_story
async def far_colleagues_goodbye(play: Play) -> None:
    """At 110 a seat hands the caller to a colleague by its phone; the colleague's goodbye ends the call at both switchboards."""
    waits = {side: _waits(play, side) for side in ("12345", "110")}
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await _hand_over(play, caller, far, far_colleague)
    await _says_goodbye(play, caller, far_colleague, [seat, far, far_colleague], waits)


@call_story
async def far_colleagues_goodbye_with_the_gateway_dead(play: Play) -> None:
    """The same at 110 with the gateway dead."""
    waits = {side: _waits(play, side) for side in ("12345", "110")}
    caller, seat, far, far_colleague = await _at_110(play, FAR_COLLEAGUE)
    await _dead(play)
    await _hand_over(play, caller, far, far_colleague)
    await _says_goodbye(play, caller, far_colleague, [seat, far, far_colleague], waits)
    await play.stage.gateway_up()


@call_story
async def far_colleague_is_cut_off(play: Play) -> None:
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
async def picked_up_calls_goodbye(play: Play) -> None:
    """A colleague picks up the call that rings at a seat; its goodbye ends the call, and no phone rings again."""
    caller, seat, colleague = await play.phones(CALLER, SEAT, COLLEAGUE)
    waits = {"12345": _waits(play, "12345")}
    play.stage.console("12345", "module load app_directed_pickup.so")
    try:
        colleague.refuse_with = 486
        await caller.call("12345")
        await seat.wait_ring(after=play.began)
        ringing = next(line[0] for line in play.stage.channels("12345") if line[0].startswith("PJSIP/1001-"))
        play.stage.console("12345", f"dialplan add extension 88,1,PickupChan,{ringing} into from-seat replace")
        colleague.refuse_with = None
        await colleague.call("88")
        await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
        await _says_goodbye(play, caller, colleague, [seat, colleague], waits)
    finally:
        play.stage.console("12345", "dialplan remove extension 88@from-seat")
