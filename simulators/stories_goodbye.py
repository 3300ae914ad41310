"""Goodbyes that come close to another's: only the last person's ends the call, and it ends it whoever left a moment before.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from simulators.manners import ALAW, ULAW, beginning
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_again import all_hear
from simulators.stories_button import connect

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002")
ACCEPT = "*8"
FAR, SERVICE = ("110", "2001"), ("12345", "119")
PHANTOM_S = 1.5
"""Longer than a queue needs to ring a seat again."""
LONG_S = 3.5
"""Longer than the 3 s within which a target that leaves again was none."""
GAPS_S = (0.03, 0.04, 0.05)
"""Between two goodbyes: about as long as a gateway needs to let the leg of the first go."""
CLEANED_S = (0.08, 0.1, 0.12, 0.14)
"""Between two goodbyes: a tenth of a second after the first, a Local channel of onekey-clean is in the caller's bridge for a moment."""


async def _at_110(play: AsteriskPlay, caller: Any, seat: Any, far: Any) -> None:
    """The caller's first seat has sent him to 110 and has left."""
    await connect(play, caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(far, {caller, seat})
    await seat.hang_up()
    await all_hear(play, caller, far)


async def _home_again(play: AsteriskPlay, caller: Any, far: Any, colleague: Any) -> None:
    """110's key calls a seat of the caller's home in, which accepts: three talk, the last behind a Local channel."""
    pressed = await play.press(far)
    await colleague.wait_ring(after=pressed)
    await colleague.answer()
    await play.press(colleague, ACCEPT)
    await all_hear(play, caller, far, colleague)


async def _ended(play: AsteriskPlay, caller: Any, since: float, *phones: Any) -> None:
    """The caller's call is over, and no phone rings again."""
    await caller.diary.wait("hung_up", after=since, within_s=6, who="caller")
    await asyncio.sleep(PHANTOM_S)
    for phone in phones:
        play.must(phone.diary.find("ringing", after=since) is None, f"{phone.name} rings after the goodbye")


@call_story
async def goodbye_right_behind_another(play: AsteriskPlay) -> None:
    """110 has called a seat of his home in; its goodbye comes as 110's leg is just being let go: the call is over, nobody rings again."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    for gap_s in GAPS_S:
        colleague.refuse_with, seat.refuse_with = 486, None
        await _at_110(play, caller, seat, far)
        seat.refuse_with, colleague.refuse_with = 486, None
        await _home_again(play, caller, far, colleague)
        began = time.monotonic()
        await far.hang_up()
        await asyncio.sleep(gap_s)
        await colleague.hang_up()
        await _ended(play, caller, began, seat, colleague, far)
        await play.stage.empty()


@call_story
async def goodbye_while_the_bridge_is_cleaned(play: AsteriskPlay) -> None:
    """119 was called in and has the caller alone; its goodbye comes while a channel of ours cleans their bridge: the call is over."""
    deals = play.stage.manners
    # Two laws meet, so that there is something to clean.
    deals.fixed.update({CALLER[1]: beginning(0, 2**16, ULAW), SERVICE[1]: beginning(0, 2**16, ALAW)})
    caller, seat, service = await play.phones(CALLER, SEAT, SERVICE)
    for gap_s in CLEANED_S:
        await connect(play, caller, seat)
        pressed = await play.press(seat, "*2")
        await service.wait_ring(after=pressed)
        await service.answer()
        await all_hear(play, caller, seat, service)
        began = time.monotonic()
        await seat.hang_up()
        await asyncio.sleep(gap_s)
        await service.hang_up()
        await _ended(play, caller, began, seat, service)
        await play.stage.empty()


@call_story
async def goodbye_soon_after_somebody_joined(play: AsteriskPlay) -> None:
    """110 has had the caller for long and calls 119 in, who leaves again at once; 110's goodbye a moment later ends the call."""
    async with play.stage.drops(3):
        caller, seat, far, service = await play.phones(CALLER, SEAT, FAR, SERVICE)
        await _at_110(play, caller, seat, far)
        await asyncio.sleep(LONG_S)
        pressed = await play.press(far, "*2")
        await service.wait_ring(after=pressed)
        await service.answer()
        await play.hears(caller, {far, service})
        await service.hang_up()
        await all_hear(play, caller, far)
        began = time.monotonic()
        await far.hang_up()
        await _ended(play, caller, began, seat, far, service)


@call_story
async def cut_off_right_behind_a_goodbye(play: AsteriskPlay) -> None:
    """110 says goodbye; the colleague whom it had called in at his home is cut off at once: the caller comes to a person."""
    caller, seat, colleague, far = await play.phones(CALLER, SEAT, COLLEAGUE, FAR)
    colleague.refuse_with = 486
    await _at_110(play, caller, seat, far)
    seat.refuse_with, colleague.refuse_with = 486, None
    await _home_again(play, caller, far, colleague)
    await far.hang_up()
    await play.hears(caller, {colleague})
    seat.refuse_with = None
    began = time.monotonic()
    colleague.vanish()
    play.say("1002", "loses its phone")
    await seat.wait_ring(after=began, within_s=9)
    await seat.answer()
    await all_hear(play, caller, seat)
