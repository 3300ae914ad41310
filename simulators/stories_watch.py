"""The media watch: a party that is sent nothing is counted, told and healed.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from simulators.manners import ALAW, beginning
from simulators.onekey import eventually
from simulators.outside import dialplan_changed
from simulators.stage import AsteriskPlay
from simulators.stories import call_story
from simulators.stories_modes import ACCEPT

HEALED_S = 6.0
"""From the target's answer until everybody hears: half a second to the look, a third for it, and as much again for each turn."""
JOINS = 4
CODEC = 'C(${IF($["${GLOBAL(ONEKEY_LAW)}" = ""]?alaw:${GLOBAL(ONEKEY_LAW)})})'
"""What onekey-ring.conf gives a leg."""


@asynccontextmanager
async def _cure_off(play: AsteriskPlay) -> AsyncIterator[None]:
    """Within the block the dialplan of 12345 gives legs no codec and cleans nothing, as it was before somebody was found deaf."""
    clean = "dialplan set global ONEKEY_CLEAN"
    async with dialplan_changed(play, "12345", "onekey-ring.conf", CODEC, ""):
        await asyncio.to_thread(play.stage.console, "12345", f"{clean} no")
        try:
            yield
        finally:
            await asyncio.to_thread(play.stage.console, "12345", f"{clean} yes")


async def _silent(play: AsteriskPlay) -> dict[str, float]:
    """What the gateway has counted at 12345: ``silent`` parties, and ``healed`` ones."""
    text = await play.stage.text("/metrics")
    names = {"silent": "onekey_silent_parties_total", "healed": "onekey_healed_parties_total"}
    lines = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[:1] != "#"}
    return {word: lines[f'{name}{{switchboard="12345"}}'] for word, name in names.items()}


@call_story
async def a_deaf_caller_is_heard_out(play: AsteriskPlay) -> None:
    """The first cure is switched off: the caller is sent no sound when a third joins; it is counted, the seat reads it, and the legs of
    ours leave and enter until all three hear each other; on an Asterisk without the patch nobody is deaf."""
    deals = play.stage.manners
    deals.fixed["1002"] = beginning(
        1000, 20000, ALAW
    )  # what the caller's translator remembers: everything of softmix is late
    deals.fixed["13800000001"] = beginning(40000, 60000, ALAW)  # what the seat's remembers: nothing is
    deals.fixed["2001"] = deals.fixed["1001"] = deals.fixed["119"] = beginning(40000, 60000, ALAW)
    patched = "+dfsg" in play.stage.lab["asterisk"]["version"]
    before, began = await _silent(play), time.monotonic()
    async with _cure_off(play):
        caller, seat, third = await back_home(play)
        # On a busy machine a translator may get over it by itself within a second, and nobody was deaf at two looks: then once more.
        for joins_left in reversed(range(JOINS if patched else 1)):
            pressed = await play.press(seat, "*2")
            await third.wait_ring(after=pressed)
            await third.answer()
            hears: tuple[tuple[Any, set[Any]], ...] = (
                (caller, {seat, third}),
                (seat, {caller, third}),
                (third, {caller, seat}),
            )
            await asyncio.gather(*(play.hears(who, whom, within_s=HEALED_S) for who, whom in hears))
            if not joins_left or (await _silent(play))["silent"] > before["silent"]:
                break
            await third.hang_up()
            await asyncio.gather(
                *(play.hears(*pair, within_s=HEALED_S) for pair in ((caller, {seat}), (seat, {caller})))
            )
        if patched:

            async def healed() -> bool:
                now = await _silent(play)
                return now["healed"] > before["healed"] and now["silent"] > before["silent"]

            await eventually(healed, "the party is counted, and counted as healed")
            # The caller as a rule; the seat where it was deaf already when 110 had left, and its healing has healed him beforehand.
            texts = [line.detail for line in seat.diary.lines if line.word == "text" and line.at >= began]
            play.must(any("听不到声音" in text for text in texts), f"the seat reads {texts}, not who is deaf")
        else:
            play.must(await _silent(play) == before, "somebody was deaf on an Asterisk without the patch")
        await seat.hang_up()
        await asyncio.gather(play.hears(caller, {third}), play.hears(third, {caller}))
        await play.finish(third, caller)


async def back_home(play: AsteriskPlay) -> tuple[Any, Any, Any]:
    """A caller who has been to 110 and is back with seat 1002, behind a Local channel; and a service to be called in."""
    caller, first, far, seat, third = await play.phones(
        ("12345", "13800000001"), ("12345", "1001"), ("110", "2001"), ("12345", "1002"), ("12345", "119")
    )
    seat.refuse_with = 486
    await play.connect(caller, first)
    pressed = await play.press(first, "*7")
    await far.wait_ring(after=pressed)
    await far.answer()
    await play.hears(caller, {first, far})
    await first.hang_up()
    await play.hears(caller, {far})
    first.refuse_with, seat.refuse_with = 486, None
    began = time.monotonic()
    await play.press(far, "*7")
    await seat.wait_ring(after=began)
    await seat.answer()
    await seat.press(ACCEPT)
    await play.hears(caller, {far, seat}, within_s=HEALED_S)
    await far.hang_up()
    await asyncio.gather(play.hears(caller, {seat}, within_s=HEALED_S), play.hears(seat, {caller}, within_s=HEALED_S))
    return caller, seat, third
