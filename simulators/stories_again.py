"""A further press by a seat that itself got the caller by a transfer: every mode after every way of having got him.

As in ``stories``, one name each, everywhere. Each way is told twice: once with every mode after which the seat still has the caller, one
after the other and the silent hand-over last, and once with the blind one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from simulators.manners import ALAW, ULAW, Manner
from simulators.stage import AsteriskPlay
from simulators.stories import CALLS, call_story

CALLER, SEAT, SECOND, FAR = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002"), ("110", "2001")
FIRE, WATER = ("12345", "119"), ("12345", "water")
ACCEPT, DECLINE, TAKE_BACK = "*8", "*9", "*0"
JUMP = -3000
"""How far back a stream begins anew: too far for a late packet, too near for a number that has gone round."""

Cast = tuple[Any, Any, Any, Any]
"""Caller, 12345's first and second seat, 110's seat."""
Way = Callable[[AsteriskPlay, Cast], Awaitable[Any]]


async def all_hear(play: AsteriskPlay, *parties: Any) -> None:
    """Each of the parties hears all the others and nobody else."""
    await asyncio.gather(*(play.hears(one, set(parties) - {one}) for one in parties))


# --- ways of having got the caller; each returns the seat of 12345 that has him ------------------------------------------------


async def _at_110(play: AsteriskPlay, cast: Cast) -> None:
    """The first seat brings 110 in and leaves; the second is the one that will answer at home."""
    caller, seat, second, far = cast
    second.refuse_with = 486
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    await seat.hang_up()
    await all_hear(play, caller, far)
    seat.refuse_with, second.refuse_with = 486, None


async def _accepts(play: AsteriskPlay, second: Any, began: float) -> None:
    """12345 picks up what 110 sends, and accepts, as the rule wants it."""
    await second.wait_ring(after=began)
    await second.answer()
    await play.press(second, ACCEPT)


async def by_key(play: AsteriskPlay, cast: Cast) -> Any:
    """home -> 110 -> home, by key."""
    caller, _, second, far = cast
    await _at_110(play, cast)
    await _accepts(play, second, await play.press(far))
    await all_hear(play, caller, second, far)
    await far.hang_up()
    return second


async def by_blind_key(play: AsteriskPlay, cast: Cast) -> Any:
    """110 sends him home by the blind key."""
    _, _, second, far = cast
    await _at_110(play, cast)
    await _accepts(play, second, await play.press(far, "*A"))
    return second


async def by_button(play: AsteriskPlay, cast: Cast) -> Any:
    """110 sends him home by the phone's transfer button."""
    _, _, second, far = cast
    await _at_110(play, cast)
    began = far.diary.note("button").at
    await play.refer(far, "12345")
    await _accepts(play, second, began)
    await far.hang_up()  # as a phone does when it hears that its button has done its work
    return second


async def by_hand_over(play: AsteriskPlay, cast: Cast) -> Any:
    """A colleague hands him over by an attended transfer."""
    caller, seat, second, _ = cast
    second.refuse_with = 486
    await play.connect(caller, seat)
    second.refuse_with = None
    began = seat.diary.note("button").at
    await seat.consult("1002")
    await second.wait_ring(after=began)
    await second.answer()
    await all_hear(play, seat, second)
    await seat.hand_over()
    seat.refuse_with = 486
    return second


async def by_taking_back(play: AsteriskPlay, cast: Cast) -> Any:
    """The seat takes him back out of a call of three."""
    caller, seat, second, far = cast
    second.refuse_with = 486
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    pressed = await play.press(seat, TAKE_BACK)
    await far.diary.wait("hung_up", after=pressed, who="far")
    return seat


async def by_queue(play: AsteriskPlay, cast: Cast) -> Any:
    """The seat's phone dies, and the queue gives him to another."""
    caller, seat, second, _ = cast
    second.refuse_with = 486
    await play.connect(caller, seat)
    second.refuse_with = None
    died = seat.diary.note("dies").at
    seat.vanish()
    await second.wait_ring(after=died, within_s=6)
    await second.answer()
    return second


WAYS: dict[str, Way] = {
    "key": by_key,
    "blind_key": by_blind_key,
    "button": by_button,
    "hand_over": by_hand_over,
    "taking_back": by_taking_back,
    "queue": by_queue,
}


# --- a further press --------------------------------------------------------------------------------------------------------


async def _in_and_out(play: AsteriskPlay, caller: Any, seat: Any, target: Any, began: float, key: str = "") -> None:
    """A target is called in: three hear each other; it leaves, or says that this is not its matter: two do."""
    await target.wait_ring(after=began)
    await target.answer()
    await all_hear(play, caller, seat, target)
    if key:
        pressed = await play.press(target, key)
        await target.diary.wait("hung_up", after=pressed, who=target.name)
    else:
        await target.hang_up()
    await all_hear(play, caller, seat)


async def _every_mode(play: AsteriskPlay, way: Way) -> None:
    """Every mode, one after the other; the silent hand-over at last, after which 110 has the caller."""
    caller, first, second, far, fire, water = await play.phones(CALLER, SEAT, SECOND, FAR, FIRE, WATER)
    seat = await way(play, (caller, first, second, far))
    await all_hear(play, caller, seat)
    for key, target, answer in (
        ("*1", far, ""),
        ("*2", fire, ""),
        ("*51", water, ""),
        ("*6", far, DECLINE),
        ("*7", far, ""),
    ):
        await _in_and_out(play, caller, seat, target, await play.press(seat, key), answer)
    posted = seat.diary.note("posting").at
    await play.stage.post("/v1/transfers", {"switchboard": "12345", "seat": seat.name, "target": "119"})
    await _in_and_out(play, caller, seat, fire, posted)
    pressed = await play.press(seat, "*B")
    await far.wait_ring(after=pressed)
    await far.answer()
    await seat.diary.wait("hung_up", after=pressed, who="seat")
    await all_hear(play, caller, far)
    await play.finish(far, caller)


async def _then_blind(play: AsteriskPlay, way: Way) -> None:
    """The blind key: the seat is released at once, the caller waits with music, then 110 has him."""
    caller, first, second, far = await play.phones(CALLER, SEAT, SECOND, FAR)
    seat = await way(play, (caller, first, second, far))
    await all_hear(play, caller, seat)
    pressed = await play.press(seat, "*A")
    await seat.diary.wait("hung_up", after=pressed, who="seat")
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, far)
    await all_hear(
        play, caller, far
    )  # a word more: whoever was there for less than 0.6 s, onekey-alone takes for nobody
    await play.finish(far, caller)


def _tell(name: str, way: Way, tale: Callable[[AsteriskPlay, Way], Awaitable[None]], sentence: str) -> None:
    """Enter one story of the matrix."""

    async def told(play: AsteriskPlay) -> None:
        await tale(play, way)

    told.__name__, told.__doc__ = name, sentence
    CALLS[name] = told


for _name, _way in WAYS.items():
    _how = (_way.__doc__ or "").rstrip(".")
    _tell(
        f"again_after_{_name}",
        _way,
        _every_mode,
        f"{_how}; then the seat that has him presses every key there is, and POSTs.",
    )
    _tell(
        f"blind_after_{_name}", _way, _then_blind, f"{_how}; then the seat that has him sends him on by the blind key."
    )


# --- phones as they are -----------------------------------------------------------------------------------------------------


@call_story
async def only_the_caller_speaks_ulaw(play: AsteriskPlay) -> None:
    """The caller's phone speaks µ-law only, in packets of 10 ms, all others A-law, in packets of 30: two, three, two and three hear all."""
    others = Manner(codecs=(ALAW,), packet_ms=30, seed=3)
    manners = {
        "13800000001": Manner(codecs=(ULAW,), packet_ms=10, seed=2),
        "1001": others,
        "2001": others,
        "119": others,
    }
    play.stage.manners.fixed.update(manners)
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, FIRE)
    await play.connect(caller, seat)
    await all_hear(play, caller, seat)
    await _in_and_out(play, caller, seat, far, await play.press(seat))
    await _in_and_out(play, caller, seat, fire, await play.press(seat, "*2"))
    await play.finish(seat, caller)


@call_story
async def hold_in_a_call_of_two_and_on(play: AsteriskPlay) -> None:
    """The seat holds the caller and comes back with other numbers, as real phones do; then a third is called in: three hear each other."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    for _ in range(2):
        await seat.hold()
        await play.hears(caller, set())
        await seat.resume()
        await all_hear(play, caller, seat)
        await _in_and_out(play, caller, seat, far, await play.press(seat))
    await play.finish(seat, caller)


@call_story
async def hold_while_the_target_rings(play: AsteriskPlay) -> None:
    """The seat holds the caller while 110 rings; 110 joins meanwhile, the seat comes back: three hear each other, then two."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await seat.hold()
    await far.answer()
    await far.diary.wait("answered", after=pressed, who="far")
    await play.hears(far, {caller})
    await seat.resume()
    await all_hear(play, caller, seat, far)
    await seat.hang_up()
    await all_hear(play, caller, far)
    await play.finish(far, caller)


@call_story
async def hold_in_a_call_of_three(play: AsteriskPlay) -> None:
    """The seat's phone begins anew with lower numbers after a hold in a call of three. Where Asterisk has Debian's patch it is not heard until two are left; anywhere else it is heard at once."""
    play.stage.manners.fixed["1001"] = Manner(jump=JUMP, seed=5)
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    await seat.hold()
    await seat.resume()
    await play.hears(seat, {caller, far})
    if play.stage.patched:
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    else:
        await all_hear(play, caller, seat, far)
    await far.hang_up()
    await all_hear(play, caller, seat)
    await play.finish(seat, caller)
