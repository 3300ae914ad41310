"""Keys as people press them: after a long silence, while somebody else comes or goes, and signs that are no key.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simulators.manners import ALAW, ULAW, Manner
from simulators.onekey import eventually
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_again import ACCEPT, CALLER, FAR, FIRE, SEAT, SECOND, TAKE_BACK, WATER, all_hear

QUIET_S = 2.8
"""A bridge of three takes a party for silent after 2.5 s."""
SIGN_S = 0.13
"""The first sign of a key has been pressed by then, and the next has not: they sound for 100 ms each."""
SLOW = Manner(gap_ms=150)


async def _three(play: AsteriskPlay, caller: Any, seat: Any, third: Any, key: str) -> None:
    await play.connect(caller, seat)
    pressed = await play.press(seat, key)
    await third.wait_ring(after=pressed)
    await third.answer()
    await all_hear(play, caller, seat, third)


@call_story
async def a_key_after_a_silence(play: AsteriskPlay) -> None:
    """In a call of three the seat has only listened; between the two signs of its key it says something. The key works all the same."""
    play.stage.manners.fixed[SEAT[1]] = SLOW
    caller, seat, fire, far = await play.phones(CALLER, SEAT, FIRE, FAR)
    await _three(play, caller, seat, fire, "*2")
    seat.mute()
    await asyncio.sleep(QUIET_S)
    pressing = asyncio.create_task(play.press(seat))
    await asyncio.sleep(SIGN_S)
    seat.mute(False)
    pressed = await pressing
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, fire, far)
    await fire.hang_up()
    await seat.hang_up()
    await all_hear(play, caller, far)
    await play.finish(far, caller)


@call_story
async def a_key_while_another_joins(play: AsteriskPlay) -> None:
    """The target picks up between the two signs of the key that takes back: the seat has the caller to itself again."""
    play.stage.manners.fixed[SEAT[1]] = SLOW
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    pressing = asyncio.create_task(play.press(seat, TAKE_BACK))
    await asyncio.sleep(SIGN_S)
    await far.answer()
    pressed = await pressing
    await far.diary.wait("hung_up", after=pressed - SIGN_S, who="far")
    await all_hear(play, caller, seat)
    await play.finish(seat, caller)


@call_story
async def a_key_while_another_leaves(play: AsteriskPlay) -> None:
    """The seat presses as the third hangs up and the two who stay are set up anew: A-law meets µ-law. 110 rings."""
    fixed = play.stage.manners.fixed
    fixed[CALLER[1]] = Manner(codecs=(ALAW,), packet_ms=30, seed=2)
    fixed[SEAT[1]] = Manner(codecs=(ULAW, ALAW), packet_ms=10, seed=3)
    caller, seat, water, far = await play.phones(CALLER, SEAT, WATER, FAR)
    await _three(play, caller, seat, water, "*51")
    await water.hang_up()
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    await far.hang_up()
    await all_hear(play, caller, seat)
    await play.finish(seat, caller)


@call_story
async def what_is_no_key_goes_on(play: AsteriskPlay) -> None:
    """Signs that begin like a key and are none reach whom the seat talks with; the next key works."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    await seat.press("*3")
    await eventually(lambda: caller.current.rtp.digits_heard == ["*", "3"], "the caller hears * and 3")
    await seat.press("*")
    await eventually(lambda: caller.current.rtp.digits_heard == ["*", "3", "*"], "the caller hears a lone *")
    await all_hear(play, caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    play.must(caller.current.rtp.digits_heard == ["*", "3", "*"], "the caller has heard the key")
    await seat.hang_up()
    await all_hear(play, caller, far)
    await play.finish(far, caller)


@call_story
async def two_presses_at_110_then_a_goodbye(play: AsteriskPlay) -> None:
    """110's seat presses twice, 12345 takes what rings, 110 leaves: the goodbye that follows at once ends the call, and nobody is waited for."""
    caller, seat, second, far = await play.phones(CALLER, SEAT, SECOND, FAR)
    second.refuse_with = 486
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    await far.answer()
    await all_hear(play, caller, seat, far)
    await seat.hang_up()
    await all_hear(play, caller, far)
    seat.refuse_with, second.refuse_with = 486, None
    pressed = await play.press(far)
    await second.wait_ring(after=pressed)
    await play.press(far)
    await second.answer()
    await play.press(second, ACCEPT)
    await play.hears(second, {caller, far})
    await far.hang_up()
    await all_hear(play, caller, second)
    await play.finish(second, caller)
