"""The stories: what must be true when people use the key. One name each, here, in the tests and in ``docs/transfers.md``.

A story is a coroutine over a play (``simulators.play``). It moves phones as people would, says what must be so (``play.must``), and listens:
who hears whom. It is told once, and played on real switchboards and on the toy PBX.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from simulators.outside import gateway_back, gateway_killed
from simulators.phone import Phone, PhoneError
from simulators.play import Play, Stage, Story, StoryFailed
from simulators.story_rules import RING_S

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
CALLER_110, SEAT_110, FAR_12345 = ("110", "13900000001"), ("110", "2001"), ("12345", "1001")

STORIES: dict[str, Story] = {}
"""The main job: what the demo plays."""
MODES: dict[str, Story] = {}
"""Every other mode, acceptance, ladder and trigger (``stories_modes``); played with rules of their own."""
DATA: dict[str, Story] = {}
"""Stores and platforms that fail (``stories_data``); played with a platform of 110 and a database on a disk of its own."""
CALLS: dict[str, Story] = {}
"""Stories of real calls alone, each for a reason that stands in ``simulators.playbill``."""


def story(function: Story) -> Story:
    """Enter a story under its own name."""
    STORIES[function.__name__] = function
    return function


def call_story(function: Story) -> Story:
    """Enter a story of real calls under its own name."""
    CALLS[function.__name__] = function
    return function


async def perform(name: str, stage: Stage, make: Callable[[str, Any], Play] | None = None) -> Any:
    """Play one story on a stage. Returns the play, of the stage's kind. Raises StoryFailed or PhoneError; the play then carries the ladder as ``error.play``."""
    play: Play = make(name, stage) if make is not None else stage.play(name)
    dealt = stage.deal(name)
    if not stage.gateway_lives:
        await stage.gateway_up()  # the story before may have ended without one
    if dealt:
        play.say("stage", dealt)
    try:
        await (STORIES | MODES | DATA | CALLS)[name](play)
        await stage.clear()
        await stage.empty()
    except (StoryFailed, PhoneError) as error:
        error.play = play  # type: ignore[union-attr]
        raise
    finally:
        await stage.clear()
    return play


# --- the main job -----------------------------------------------------------------------------------------------------


async def _warm(play: Play, caller: Phone, seat: Phone, far: Phone, home: str) -> None:
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    play.shows_context(ring, caller, home)
    if ring.headers:
        record = await play.context_from(ring)
        play.must(record["home"] == home, f"the context's home is {record['home']}")
        play.must(record["seats"][0]["seat"] == seat.name, f"the context names {record['seats']}")
    await play.hears(caller, {seat})  # caller and seat go on talking while it rings
    await far.answer()
    await asyncio.gather(
        play.hears(caller, {seat, far}), play.hears(seat, {caller, far}), play.hears(far, {caller, seat})
    )
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    await play.finish(far, caller)


@story
async def warm_12345_to_110(play: Play) -> None:
    """A citizen calls 12345, the seat presses, 110 rings with the context, three talk, the seat leaves, two go on."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await _warm(play, caller, seat, far, "12345")


async def no_trunk_leg(play: Play) -> None:
    """Both switchboards are rid of every trunk leg."""

    async def none_left() -> bool:
        return not await play.stage.trunk_legs()

    await play.eventually(none_left, "the trunk legs go", 6)


@story
async def warm_110_to_12345(play: Play) -> None:
    """The same from 110 to 12345, with the other kind of phone at the seat that presses."""
    caller, seat, far = await play.phones(CALLER_110, (*SEAT_110, "pjsip"), FAR_12345)
    await _warm(play, caller, seat, far, "110")


@story
async def there_and_back(play: Play) -> None:
    """12345 -> 110 -> back to 12345: the call ends with one trunk leg fewer, not one more."""
    caller, seat, far, second = await play.phones(CALLER, SEAT, FAR, ("12345", "1002"))
    second.refuse_with = 486  # not yet: the first seat shall take the call
    await play.connect(caller, seat)
    await play.press(seat)
    await far.wait_ring(after=play.began)
    await far.answer()
    await play.hears(caller, {seat, far})
    await seat.hang_up()
    await play.hears(caller, {far})
    trunks = await play.stage.trunk_legs("12345")
    play.must(len(trunks) == 1, f"{trunks} with 110, not one trunk leg")
    seat.refuse_with, second.refuse_with = 486, None
    pressed = await play.press(far)
    ring = await play.rings(second, pressed)
    play.must(ring.name.startswith("[110转]"), f"the display shows {ring.name!r}, not the tag [110转]")
    await play.hears(caller, {far})
    await second.answer()
    await asyncio.gather(play.hears(caller, {far, second}), play.hears(far, {caller, second}))
    await far.hang_up()
    await asyncio.gather(play.hears(caller, {second}), play.hears(second, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "transferer_left")
    await no_trunk_leg(play)
    await play.finish(second, caller)


# --- targets that fail ------------------------------------------------------------------------------------------------


@story
async def no_answer_stays_with_seat(play: Play) -> None:
    """Nobody answers at 110: the caller never left the seat, and the seat reads why."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.diary.wait("cancelled", after=pressed, within_s=RING_S + 4, who="far")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("failed", "no_answer")
    await play.read(seat, pressed)
    await play.finish(seat, caller)


@story
async def target_busy_stays_with_seat(play: Play) -> None:
    """Every seat of 110 is busy: the caller stays with the seat, which reads why within a moment."""
    caller, seat, other, far = await play.phones(CALLER, SEAT, CALLER_110, FAR)
    await play.connect(other, far)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    text = await seat.diary.wait("text", after=pressed, who="seat")
    play.measures["press_to_reason_ms"] = round(1000 * (text.at - pressed), 1)
    play.must("忙" in text.detail, f"the seat reads {text.detail!r}")
    await play.outcome("failed", "busy")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(far, {other}))
    play.measure_silence(caller, pressed)
    await play.read(seat, pressed)
    await play.finish(seat, caller)


# --- the seat leaves early ----------------------------------------------------------------------------------------------


@story
async def seat_leaves_while_ringing_target_answers(play: Play) -> None:
    """The seat hangs up while 110 rings: the caller hears music, and 110, on the other kind of phone, takes the call."""
    caller, seat, far = await play.phones(CALLER, SEAT, (*FAR, "pjsip"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await seat.hang_up()
    await play.hears(caller, set())  # music, and no person
    await play.state("blonde")
    await far.answer()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def seat_leaves_while_ringing_target_fails(play: Play) -> None:
    """The seat hangs up and 110 does not answer: the caller comes to a seat of 12345 before everybody who waits."""
    caller, seat, far, waiting = await play.phones(CALLER, SEAT, FAR, ("12345", "13800000002"))
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    seat.refuse_with = 486  # busy with paper work: the second caller waits, and must not overtake the first
    await seat.hang_up()
    await waiting.call("12345")
    await waiting.diary.wait("answered", after=play.began, who="waiting")  # by the queue's music
    await far.diary.wait("cancelled", after=pressed, within_s=RING_S + 4, who="far")
    await play.outcome("failed", "no_answer")

    async def first() -> bool:
        return (await play.stage.waiting("12345"))[:1] == [caller.account.number]

    # The second has waited for five seconds, the first for a moment: he stands before him all the same.
    await play.eventually(first, "the caller is back at the head of the queue")
    back = play.now
    seat.refuse_with = None
    ring = await seat.wait_ring(after=back, within_s=8)
    if ring.number != caller.account.number:  # the head has just been refused, and the next was asked meanwhile
        back = play.now
        await seat.decline()
        ring = await seat.wait_ring(after=back, within_s=8)
    play.must(ring.number == caller.account.number, f"{ring.number} overtook the caller")
    await seat.answer()
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    play.measure_silence(caller, pressed)
    await waiting.hang_up()
    await play.finish(seat, caller)


@story
async def caller_hangs_up_while_ringing(play: Play) -> None:
    """The caller gives up while 110 rings: 110's phone stops at once, and the outcome says so."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    left = play.now
    await caller.hang_up()
    stopped = await far.diary.wait("cancelled", after=pressed, who="far")
    play.measures["hang_up_to_ring_stops_ms"] = round(1000 * (stopped.at - left), 1)
    play.at_once(stopped.at - left, "110's phone stops")
    await play.outcome("caller_hung_up", "caller_hung_up")
    await seat.diary.wait("hung_up", after=left, who="seat")


# --- one press, one leg -------------------------------------------------------------------------------------------------


@story
async def double_press_rings_once(play: Play) -> None:
    """Two presses in a row: 110 rings once, and each press has one outcome."""
    caller, seat, far, spare = await play.phones(CALLER, SEAT, FAR, ("110", "2002"))
    await play.connect(caller, seat)
    before = len(await play.stage.transfers())
    pressed = await play.press(seat)
    await play.press(seat)
    first = await _whoever_rings(play, [far, spare], pressed)
    await play.pass_s(1.0)  # a second leg would have rung by now
    rung = {phone.name: play.rang(phone, pressed) for phone in (far, spare)}
    play.must(sorted(rung.values()) == [0, 1] and rung[first.name] == 1, f"phones rang so often: {rung}")
    await first.answer()
    await play.hears(caller, {seat, first})
    await seat.hang_up()
    await play.hears(caller, {first})
    await play.outcome("completed", number=-2)
    await play.outcome("failed", "already_ringing")
    play.must(len(await play.stage.transfers()) == before + 2, "two presses have two outcomes")
    await play.finish(first, caller)


async def _whoever_rings(play: Play, phones: list[Phone], after: float, within_s: float = 8.0) -> Any:
    def ringing() -> Phone | None:
        return next((phone for phone in phones if phone.diary.find("ringing", after=after)), None)

    phone = await play.eventually(ringing, "a phone rings", within_s)
    line = phone.diary.find("ringing", after=after)
    play.measures["press_to_ring_ms"] = round(1000 * (line.at - after), 1)
    return phone


# --- the gateway dies -----------------------------------------------------------------------------------------------------


async def _three_then_two(play: Play, caller: Phone, seat: Phone, far: Phone) -> None:
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))


@story
async def gateway_killed_before_press(play: Play) -> None:
    """The gateway is dead: the key works all the same, and a gateway that comes back adopts the transfer."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    await gateway_killed(play)
    pressed = await play.press(seat)
    ring = await play.rings(far, pressed)
    play.shows_context(ring, caller, "12345")  # the id too: the caller's channel has carried it since it arrived
    await far.answer()
    await play.hears(caller, {seat, far})
    await gateway_back(play)
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    transfer = await play.outcome("completed", "transferer_left")
    play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
    await play.finish(far, caller)


@story
async def gateway_killed_while_ringing(play: Play) -> None:
    """The gateway dies while 110 rings: the ringing target still joins when it answers."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await gateway_killed(play)
    await play.pass_s(0.8)  # it must not ring a second time
    await far.answer()
    await _three_then_two(play, caller, seat, far)
    play.measure_silence(caller, pressed)
    play.must(play.rang(far) == 1, "the target rang twice")
    await gateway_back(play)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def gateway_killed_after_answer(play: Play) -> None:
    """The gateway dies while three talk: nobody notices, and its successor writes the outcome once."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.hears(caller, {seat, far})
    await play.state("three_party")
    await gateway_killed(play)
    await play.hears(caller, {seat, far})
    await gateway_back(play)
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    play.measure_silence(caller, pressed)
    await play.outcome("completed", "transferer_left")
    await play.finish(far, caller)


@story
async def gateway_wakes_behind_the_press(play: Play) -> None:
    """The gateway is frozen at the press and wakes behind it, seven times: 110 has rung by the plan, one leg each time, and the record is whole."""
    caller, seat, far, spare = await play.phones(CALLER, SEAT, FAR, ("110", "2002"))
    await play.connect(caller, seat)
    rang_ms = []
    for behind_ms in (0, 1, 2, 5, 8, 20, 700):
        with play.stage.gateway_frozen():
            pressed = await play.press(seat)
            await play.pass_s(behind_ms / 1000)
        rung = await _whoever_rings(play, [far, spare], pressed)
        rang_ms.append(play.measures["press_to_ring_ms"])
        await play.pass_s(0.3)
        legs = await play.stage.trunk_legs("12345")
        times = play.rang(far, pressed) + play.rang(spare, pressed)
        play.must(len(legs) == 1 and times == 1, f"legs {legs}, {times} rings, {behind_ms} ms behind")
        other = spare if rung is far else far
        await rung.decline(603)
        await other.wait_ring(after=pressed)  # the queue asks the next seat of 110; it declines too
        await other.decline(603)
        transfer = await play.outcome("declined", "declined")
        play.must(transfer["by"] == "dialplan", f"carried out by {transfer['by']}")
        play.must(transfer["transferer"]["seat"] == seat.name, f"the transferer is {transfer['transferer']}")
    play.measures["press_to_ring_ms"] = max(rang_ms)
    await play.hears(caller, {seat})
    await play.read(seat, pressed)
    await play.finish(seat, caller)
