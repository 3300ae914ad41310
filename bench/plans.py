"""What plans cost, and how they hold in a rush: a hundred presses a second on one switchboard; the CPU of a core with 500 calls a second."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

from bench.presses import Listener
from gateway.config.settings import site_path
from gateway.core.messages.link_events import Resynced
from gateway.core.messages.snapshots import MemberSeen
from gateway.core.model.call import Call, new_context
from gateway.core.model.settings import Settings
from gateway.core.switchboard import Switchboards
from gateway.core.turn import plans
from gateway.core.values.case_details import RoutingDetails
from gateway.core.values.ids import ChannelUid, DeviceState, SeatId, SwitchboardId
from gateway.rules import file as rules_file
from simulators.stage import AsteriskStage

PRESSES, PER_S = 300, 100
FIRST_S = 4.0
"""From the first call to the first press: all calls are up by then."""
DIALPLAN = (
    "seat,1,Answer()",
    "seat,2,Set(ONEKEY_CALLER=${CHANNEL:0:-1}1)",
    "seat,3,Set(ONEKEY_CALLER_ID=${IMPORT(${ONEKEY_CALLER},UNIQUEID)})",
    "seat,4,Wait(${BENCH_S})",
    "seat,5,Gosub(onekey-press,pressed,1(119,))",
    "seat,6,Wait(4)",
    "caller,1,Wait(30)",
    "ring,1,Ringing()",
    "ring,2,Wait(2)",
    "ring,3,Hangup(17)",
)
"""Callers and seats without phones: what is measured is the switchboard's, not the phones'."""
SEATS, CALLS_PER_S, EVENTS_PER_CALL = 750, 500, 20


async def rush(stage: AsteriskStage) -> list[float]:
    """From press to ringing (ms), by Asterisk's own time stamps, with ``PER_S`` presses a second."""
    for line in DIALPLAN:
        await asyncio.to_thread(stage.console, "12345", f'dialplan add extension "{line}" into bench')
    before = await asyncio.to_thread(stage.console, "12345", "dialplan show globals")
    dial = next(line.partition("=")[2] for line in before.splitlines() if line.strip().startswith("ONEKEY_DIAL_119="))
    await stage.set_variable("12345", "ONEKEY_DIAL_119", "Local/ring@bench/n")
    pressed: dict[str, float] = {}
    legs: dict[str, str] = {}
    found: list[float] = []
    done = asyncio.Event()

    def heard(event: dict[str, str]) -> None:
        at = float(event.get("Timestamp", 0))
        if event.get("UserEvent") == "OnekeyPress":
            pressed[event["Press"]] = at
        elif event.get("UserEvent") == "OnekeyLeg":
            legs[event["Uniqueid"]] = event["Press"]
        elif (
            event.get("Event") == "Newstate"
            and event.get("ChannelStateDesc") == "Ringing"
            and event["Uniqueid"] in legs
        ):
            found.append(1000 * (at - pressed[legs.pop(event["Uniqueid"])]))
            if len(found) == PRESSES:
                done.set()

    ami = stage.lab["switchboards"]["12345"]["ami"]
    listener = Listener(ami, heard)
    await listener.start()
    try:
        await _calls(ami)
        await asyncio.wait_for(done.wait(), FIRST_S + PRESSES / PER_S + 20)
    finally:
        await listener.stop()
        await stage.set_variable("12345", "ONEKEY_DIAL_119", dial)
    await stage.empty(40)
    return found


async def _calls(ami: dict[str, Any]) -> None:
    """All calls, each with the instant at which its seat presses."""
    _, writer = await asyncio.open_connection(ami["host"], ami["port"])
    writer.write(f"Action: Login\r\nUsername: {ami['user']}\r\nSecret: {ami['secret']}\r\nEvents: off\r\n\r\n".encode())
    began = time.monotonic()
    for number in range(PRESSES):
        wait_s = FIRST_S + number / PER_S - (time.monotonic() - began)
        lines = ["Action: Originate", "Channel: Local/seat@bench/n", "Context: bench", "Exten: caller", "Priority: 1"]
        lines += ["Async: true", f"Variable: BENCH_S={wait_s:.3f}", "Codecs: alaw"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        await asyncio.sleep(0.005)
    writer.close()


def costs() -> dict[str, float]:
    """µs of each thing that plans do in the core, with the shipped rules, 750 seats and two switchboards; and percent of one core."""
    ids = SwitchboardId("12345"), SwitchboardId("110")
    core = Switchboards(ids, rules_file.load(site_path("transfer_rules.yaml")), Settings(signing_key=b"k" * 32))
    for id_ in ids:
        members = tuple(
            MemberSeen(queue=id_, seat=SeatId(str(n)), device=DeviceState.NOT_IN_USE, paused=False)
            for n in range(SEATS)
        )
        core.step(Resynced(id_, 1000.0, version="22.10.1", channels=(), members=members))
    world = core.world
    uid = ChannelUid("c")
    call = Call(
        home=ids[0], uid=uid, name="PJSIP/x-1", context=new_context(ids[0], uid, "13800000001", "", "12345", 1000.0)
    )
    world.calls[uid] = call

    def edited() -> None:
        call.routing = RoutingDetails(urgency="danger" if call.routing == RoutingDetails() else "")
        plans.call_changed(world, call, 1000.0)

    found = {
        "look": _us(lambda: plans.look(world, 1000.0), 20_000),
        "call": _us(lambda: plans.call_changed(world, call, 1000.0), 20_000),
        "edit": _us(edited, 200),
        "settled": _us(lambda: plans.settled(world, 1000.0), 50),
    }
    pairs = len(world.boards) * len(world.rules.targets)
    per_s = 1 / max(plans.SETTLE_S, plans.PAIR_S * pairs)
    load_us = CALLS_PER_S * (EVENTS_PER_CALL * found["look"] + found["call"]) + per_s * found["settled"]
    return {**found, "cpu_pct": load_us / 1e4}


def _us(do: Any, times: int) -> float:
    rounds = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            do()
        rounds.append(1e6 * (time.process_time() - began) / times)
    return statistics.median(rounds)
