"""Who is left alone with a person that holds him: music, until somebody speaks to him again.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from simulators.manners import Manner
from simulators.outside import gateway_killed
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_hand_over import CALLER, FAR, SEAT, TALK_S, seconds_of_music
from simulators.stories_watch import back_home

ENDS_S = 4.5
"""After a gateway that was killed its music ends by itself."""
BEGINS_S = 0.2
"""Of half a second: as much music is music."""


async def _three(play: AsteriskPlay) -> tuple[Any, Any, Any]:
    """A caller, his seat and 110, who hear each other."""
    # a stream that begins anew at lower numbers is lost on the patched Asterisk, whatever is done (docs/decisions/0006)
    play.stage.manners.fixed["2001"] = play.stage.manners.fixed["1001"] = Manner(jump=1000)
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    return caller, seat, far


async def _plays(play: AsteriskPlay, listener: Any) -> None:
    """Who is alone with the holder hears music. The holder's phone is not asked: it has said ``sendonly`` and plays nothing that it is sent, and
    Asterisk sends it the music as well once it has told it by an INVITE whom it has (``send_pai``)."""
    music_s = await seconds_of_music(play, listener)
    play.must(
        music_s > BEGINS_S, f"{listener.name}, alone with the holder, hears {music_s:.2f} s of music in half a second"
    )


async def _both(play: AsteriskPlay, one: Any, other: Any) -> None:
    """Two hear each other, and no music."""
    await asyncio.gather(play.hears(one, {other}), play.hears(other, {one}))


@call_story
async def the_holder_is_left_alone_with_the_caller(play: AsteriskPlay) -> None:
    """110 holds in a call of three and 12345's seat leaves: the caller hears music. 110 resumes: both hear; and again when it holds him in a call of two."""
    caller, seat, far = await _three(play)
    await far.hold()
    await play.hears(caller, {seat})
    await seat.hang_up()
    await _plays(play, caller)
    await far.resume()
    await _both(play, caller, far)
    await far.hold()
    await _plays(play, caller)
    await far.resume()
    await _both(play, caller, far)
    await play.finish(far, caller)


@call_story
async def held_by_his_seat_as_the_third_leaves(play: AsteriskPlay) -> None:
    """12345's seat holds in a call of three and 110 leaves: music. The gateway is killed: the music ends by itself, and when the seat resumes both hear."""
    caller, seat, far = await _three(play)
    await seat.hold()
    await play.hears(caller, {far})
    await far.hang_up()
    await _plays(play, caller)
    await gateway_killed(play)
    await seat.resume()
    await asyncio.sleep(ENDS_S)
    await _both(play, caller, seat)
    await play.stage.gateway_up()
    await play.finish(seat, caller)


@call_story
async def held_behind_a_queue_as_the_third_leaves(play: AsteriskPlay) -> None:
    """A seat that got the caller back by its own queue holds in a call of three, and the third leaves: music, then both hear."""
    play.stage.manners.fixed["1002"] = Manner(jump=1000)
    caller, seat, third = await back_home(play)
    pressed = await play.press(seat, "*2")
    await third.wait_ring(after=pressed)
    await third.answer()
    await play.hears(caller, {seat, third})
    await seat.hold()
    await play.hears(caller, {third})
    await third.hang_up()
    await _plays(play, caller)
    await seat.resume()
    await _both(play, caller, seat)
    await play.finish(seat, caller)


@call_story
async def somebody_comes_while_the_holders_music_plays(play: AsteriskPlay) -> None:
    """110 holds the caller it was left alone with, and its console calls 119 in: he hears 119 and no music; 110 resumes, and three hear each other."""
    caller, seat, far = await _three(play)
    (third,) = [await play.stage.phone("12345", "119")]
    play.cast.append(third)
    await far.hold()
    await play.hears(caller, {seat})
    await seat.hang_up()
    await _plays(play, caller)
    asked = time.monotonic()
    await play.stage.post("/v1/transfers", {"target": "119", "switchboard": "110", "seat": "2001"})
    await third.wait_ring(after=asked)
    await third.answer()
    await asyncio.gather(play.hears(caller, {third}), play.hears(third, {caller}))
    music_s = await seconds_of_music(play, caller)
    play.must(music_s < 0.1, f"the caller hears {music_s:.2f} s of music beside 119 in half a second")
    await far.resume()
    everybody = {caller, far, third}
    await asyncio.gather(*(play.hears(one, everybody - {one}) for one in (caller, far, third)))
    await third.hang_up()
    await _both(play, caller, far)
    await play.finish(far, caller)


@call_story
async def the_holder_hangs_up_without_resuming(play: AsteriskPlay) -> None:
    """110 says goodbye while the caller, alone with it, hears the music of its hold: the matter is finished, as after any goodbye."""
    caller, seat, far = await _three(play)
    await far.hold()
    await play.hears(caller, {seat})
    await seat.hang_up()
    await _plays(play, caller)
    await asyncio.sleep(TALK_S)
    await play.finish(far, caller)
