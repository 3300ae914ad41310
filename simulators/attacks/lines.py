"""A phone or a trunk that has a place in the house and means no good: channels of others, ways past the jail of a forward, odd words in a call."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from simulators.attacks import Ground, attack
from simulators.odd_phones import ForwardingPhone
from simulators.phone import PhoneError
from simulators.raw_sip import RawSip

CALLER, SEAT, COLLEAGUE = ("12345", "13800000001"), ("12345", "1001"), ("12345", "1002")
SERVICE, FAR = ("12345", "119"), ("110", "2001")
WATCHED_S = 1.5
"""How long something is watched that must not happen: what would make it happen takes milliseconds."""
SDP = "Content-Type: application/sdp"


async def _never_rings(ground: Ground, phone: Any, after: float, what: str) -> None:
    try:
        await phone.wait_ring(after=after, within_s=WATCHED_S)
    except PhoneError:
        return
    ground.must(False, f"{phone.name} rings: {what}")


@attack("signalling")
async def legs_of_others_over_the_trunk(ground: Ground) -> str:
    """Ring a target into a call that was never given to 110, and take its guest away, as 110's switchboard, by the unique ids of its channels."""
    caller, seat, service, far = await ground.play.phones(CALLER, SEAT, SERVICE, FAR)
    await ground.play.connect(caller, seat)
    pressed = await ground.play.press(seat, "*2")
    await service.wait_ring(after=pressed)
    await service.answer()
    await ground.play.hears(caller, {seat, service})
    boards = ground.stage.lab["switchboards"]
    home = (boards["12345"]["trunk"]["host"], boards["12345"]["trunk"]["port"])
    channels = await ground.stage.values("12345", "UNIQUEID")
    refused, began = [], time.monotonic()
    for number, (name, uid) in enumerate(channels):
        words = [
            ("onekey-press", [f"X-Onekey-Press: 110.1.{number}", "X-Onekey-Target: 110"]),
            ("onekey-do", ["X-Onekey-Do: back"]),
            ("onekey-do", ["X-Onekey-Do: no"]),
            ("onekey-joined", ["X-Onekey-Do: over"]),
        ]
        for extension, lines in words:
            agent = RawSip(boards["110"]["trunk"]["host"], home)
            try:
                uri, leg = f"sip:{extension}@{home[0]}:{home[1]}", f"X-Onekey-Leg: {uid}"
                # it is the other switchboard that means no good: it knows the trunk's word
                word = f"X-Onekey-Trunk: {ground.stage.lab['trunk_words']['110']}"
                found = await agent.ask("INVITE", uri, SDP, leg, word, *lines, body=agent.offer())
                refused.append(found.status)
                ground.must(found.refused, f"110 is answered {found.status} to {extension} about {name}")
            finally:
                await agent.hang_up()
                agent.close()
    await _never_rings(ground, far, began, "110 has rung itself into a call that is none of its own")
    gone = service.diary.find("hung_up", after=began)
    ground.must(gone is None, "110 has taken the guest of a call away that is none of its own")
    await asyncio.gather(ground.play.hears(caller, {seat, service}), ground.play.hears(service, {caller, seat}))
    return f"{len(refused)} words about {len(channels)} channels refused; three talk on"


@attack("signalling")
async def a_forward_to_any_channel(ground: Ground) -> str:
    """Answer 302 with the name of a channel instead of a number, past the jail of forwards: as a seat that rings, is asked, is rung by key, is called back."""
    cast = ((*CALLER, ForwardingPhone), (*SEAT, ForwardingPhone), COLLEAGUE, (*SERVICE, ForwardingPhone), FAR)
    caller, seat, colleague, service, far = await ground.play.phones(*cast)
    # rung by the queue
    colleague.refuse_with, seat.forwards_to = 486, "PJSIP/119"
    began = time.monotonic()
    await caller.call("12345")
    await seat.diary.wait("forwarding", after=began, who="seat")
    await _never_rings(
        ground, service, began, "a seat's phone has sent a citizen there by its 302, with no tag and no record"
    )
    paused = ground.stage.console("12345", "queue show 12345")
    ground.must("paused:forwards" in paused, f"the seat that forwards is not paused: {paused}")
    seat.forwards_to, colleague.refuse_with = "", None
    await colleague.wait_ring(after=began, within_s=5)
    await colleague.answer()
    await ground.play.hears(caller, {colleague})
    ground.stage.console("12345", "queue unpause member PJSIP/1001")
    # asked by a colleague, and rung by key
    seat.forwards_to = service.forwards_to = "PJSIP/110@trunk-110".replace("@", "%40")
    began = time.monotonic()
    await colleague.consult("1001")
    await seat.diary.wait("forwarding", after=began, who="seat")
    await _never_rings(ground, far, began, "a colleague's phone has sent the seat's question there")
    began = await ground.play.press(colleague, "*2")
    await service.diary.wait("forwarding", after=began, who="service")
    await _never_rings(ground, far, began, "the phone of a service has sent the leg there")
    await asyncio.gather(ground.play.hears(caller, {colleague}), ground.play.hears(colleague, {caller}))
    return "no phone rings but those that were to; the seat is paused, caller and colleague talk on"


@attack("signalling")
async def a_called_back_phone_dials_out(ground: Ground) -> str:
    """Be called back as a citizen, and answer 302 with a channel of the house's own: a service, a seat's dialplan, the trunk."""
    cast = ((*CALLER, ForwardingPhone), SEAT, COLLEAGUE, SERVICE, FAR)
    caller, seat, colleague, service, far = await ground.play.phones(*cast)
    colleague.refuse_with = 486
    await ground.play.connect(caller, seat)
    pressed = await ground.play.press(seat)
    await far.wait_ring(after=pressed)
    await caller.hang_up()
    await far.diary.wait("cancelled", after=pressed, who="far")
    await ground.play.outcome("caller_hung_up")
    colleague.refuse_with = None
    for way in ("PJSIP/119", "PJSIP/110%40trunk-110", "Local/1002%40onekey-from-seat"):
        task = next(iter((await ground.stage.get("/v1/callbacks?state=open"))["items"]))
        caller.forwards_to, began = way, time.monotonic()
        await ground.stage.post(f"/v1/callbacks/{task['id']}/dial", {"switchboard": "12345", "seat": "1001"})
        await seat.wait_ring(after=began)
        await seat.answer()
        await caller.diary.wait("forwarding", after=began, who="caller")
        await asyncio.gather(
            *(_never_rings(ground, phone, began, f"a citizen dials by {way}") for phone in (colleague, service, far))
        )
        await seat.diary.wait("hung_up", after=began, who="seat")
    return "three ways refused; nobody rings but the citizen"
