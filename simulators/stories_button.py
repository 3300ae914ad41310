"""The transfer button, calls of seats among themselves, call-backs and forwards: nobody is dropped.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Any

from simulators.odd_phones import ForwardingPhone
from simulators.phone import Ring
from simulators.stage import RING_S, eventually
from simulators.stories import Play, call_story

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002")
FAR, FAR_COLLEAGUE = ("110", "2001"), ("110", "2002")
CALLER_110 = ("110", "13900000001")
SERVICE = ("12345", "119")
REST_S = 0.7
"""A phone that has just stopped ringing rings again for the caller."""


# --- what is common -----------------------------------------------------------------------------------------------------------


async def _rings_beside(play: Play, seat: Any, number: str, target: Any) -> Ring:
    """The seat, whose caller waits on its first line, calls a target on its second, and it rings."""
    began = time.monotonic()
    await seat.consult(number)
    ring: Ring = await target.wait_ring(after=began)
    await seat.diary.wait("ringback", after=began, who="seat")
    return ring


async def _let_go(play: Play, seat: Any) -> float:
    """The transfer button while the second call rings."""
    began = time.monotonic()
    await seat.hand_over()
    play.say(seat.name, "hands over what rings")
    return began


async def _back(play: Play, caller: Any, seat: Any, after: float, within_s: float = 8.0) -> None:
    """The seat's phone rings with the caller, and they talk again."""
    ring = await seat.wait_ring(after=after, within_s=within_s)
    play.must(ring.number == caller.account.number, f"{ring.number} rings, not the caller")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))


async def _two_then_key(play: Play, caller: Any, has_him: Any, next_: Any, key: str = "*1") -> None:
    """Whoever has the caller by now presses, and the next target joins: the key is as good as any."""
    pressed = await play.press(has_him, key)
    await next_.wait_ring(after=pressed)
    await next_.answer()
    await asyncio.gather(play.hears(caller, {has_him, next_}), play.hears(next_, {caller, has_him}))


async def _goodbye(play: Play, last: Any, caller: Any, *others: Any) -> None:
    """The last person hangs up as people do: the caller's call ends and no other phone rings."""
    began = time.monotonic()
    await play.finish(last, caller)
    for phone in others:
        play.must(phone.diary.find("ringing", after=began) is None, f"{phone.name} rings after the goodbye")


# --- the button while the second call rings -----------------------------------------------------------------------------------


@call_story
async def button_while_ringing_answered(play: Play) -> None:
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
async def button_while_ringing_fails(play: Play) -> None:
    """The seat hands over while 110 rings, and 110 declines, is busy, or stays silent: the caller comes back to that seat each time."""
    caller, seat, far, other = await play.phones(CALLER, SEAT, FAR, CALLER_110)
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


async def _last(play: Play) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def ended() -> bool:
        found.update((await play.stage.transfers())[-1])
        return bool(found.get("outcome"))

    await eventually(ended, "the transfer ends")
    return found


@call_story
async def button_while_ringing_to_a_colleague(play: Play) -> None:
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
    play.must(transfer["target"] == "1002", f"the target is {transfer['target']}")
    await _two_then_key(play, caller, colleague, far)
    await far.hang_up()
    await asyncio.gather(play.hears(caller, {colleague}), play.hears(colleague, {caller}))
    await _goodbye(play, colleague, caller, seat)


@call_story
async def button_while_ringing_with_the_gateway_dead(play: Play) -> None:
    """The gateway is dead: handed over while 110 rings the caller gets 110, and where 110 declines the seat again."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    await play.stage.gateway_down(signal.SIGKILL)
    play.say("gateway", "killed")
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
    await play.stage.gateway_up()
    play.say("gateway", "is back")
    await _goodbye(play, far, caller, seat)


@call_story
async def button_while_ringing_at_110(play: Play) -> None:
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
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
    await play.outcome("completed", "transferer_left")
    left = [c[0] for side in ("12345", "110") for c in play.stage.channels(side) if c[0].startswith("PJSIP/trunk-")]
    play.must(not left, f"trunk legs left: {left}")
    await _goodbye(play, second, caller, seat, far)


async def _at_110(play: Play, caller: Any, seat: Any, far: Any) -> None:
    """The caller has come to 110's seat by a key, and the seat of 12345 has left."""
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
