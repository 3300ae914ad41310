"""Stories of the plan: what a key does was decided before it, and is the same with a gateway, with a dead one, and with a plan that is none."""

from __future__ import annotations

import asyncio
import functools
import re
import time
from typing import Any

from simulators.onekey import eventually
from simulators.outside import gateway_back, gateway_killed
from simulators.stage import AsteriskPlay
from simulators.stored import said, transfers
from simulators.stories import call_story

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
TRAFFIC, FIRE, WATER = ("12345", "122"), ("12345", "119"), ("12345", "water")
PLAN = "ONEKEY_PLAN_12345_110"


async def _of_caller(play: AsteriskPlay, variable: str) -> str:
    """A variable of the caller's channel, or the global of that name."""
    for name, value in await play.stage.values("12345", variable):
        if name.startswith("PJSIP/13800000001"):
            return value
    return ""


async def _speaks(play: AsteriskPlay, language: str) -> None:
    """The seat writes down which language its caller speaks, and the plan of his call is another a moment later."""
    before = await _of_caller(play, PLAN)
    id_ = (await play.stage.get("/v1/calls"))["items"][0]["context"]
    record = await play.stage.get(f"/v1/contexts/{id_}")
    status, _ = await play.stage.ask(
        "PATCH", f"/v1/contexts/{id_}", {"language": language}, {"If-Match": f'"{record["version"]}"'}
    )
    play.must(status == 200, f"the edit was answered with {status}")

    async def written() -> bool:
        return await _of_caller(play, PLAN) != before

    await eventually(written, "the plan of the call is written")
    play.say("seat", f"notes the language {language}")


async def _count(play: AsteriskPlay, name: str) -> float:
    """A counter of the gateway's."""
    text = await play.stage.text("/metrics")
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


# --- alive and dead are the same ------------------------------------------------------------------------------------------------


async def _one_press(play: AsteriskPlay, people: list[Any], key: str, target: Any, *, alive: bool) -> dict[str, Any]:
    """Call, press, answer, leave, each once: what the record then says of it, and what the target's phone showed."""
    caller, seat = people[:2]
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await play.hears(caller, {seat})
    if not alive:
        await gateway_killed(play)
    pressed = await play.press(seat, key)
    ring = await target.wait_ring(after=pressed)
    if key == "*A":
        await seat.diary.wait("hung_up", after=pressed, who="seat")
    await target.answer()
    if key == "*A":
        await play.hears(caller, {target})
    elif key == "*B":
        await seat.diary.wait("hung_up", after=pressed, who="seat")
        await play.hears(caller, {target})
    else:
        await asyncio.gather(play.hears(caller, {seat, target}), play.hears(target, {caller, seat}))
    if not alive:
        await gateway_back(play)
    if key not in ("*A", "*B"):
        await seat.hang_up()
        await play.hears(caller, {target})

    async def record() -> Any:
        found = await asyncio.to_thread(transfers, play.stage, play.since)
        return found[-1] if found and found[-1]["outcome"] else None

    transfer = await eventually(record, "the transfer ends")
    await play.finish(target, caller)
    await play.stage.empty()
    return {"tag": ring.name, **said(transfer)}


@call_story
async def alive_and_dead_are_the_same(play: AsteriskPlay) -> None:
    """Five keys, each with the gateway and with it killed before: the same target, tag, mode and terms, and the same record when it is back."""
    people = await play.phones(CALLER, SEAT, FAR, FIRE)
    for key, target in (("*1", people[2]), ("*A", people[2]), ("*B", people[2]), ("*6", people[2]), ("*2", people[3])):
        alive = await _one_press(play, people, key, target, alive=True)
        dead = await _one_press(play, people, key, target, alive=False)
        unlike = {name: (alive[name], dead[name]) for name in alive if alive[name] != dead[name]}
        play.must(not unlike, f"{key} differs: {unlike}")
        play.say("both", f"{key}: {alive['mode']} to {alive['target']} as {alive['tag']}")


@call_story
async def matter_decides_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The caller's language makes another plan, the gateway dies, the key: 122 rings with that rule's tag, is busy, and 110 is next."""
    caller, seat, far, traffic = await play.phones(CALLER, SEAT, FAR, TRAFFIC)
    await play.connect(caller, seat)
    await _speaks(play, "bo")
    await gateway_killed(play)
    pressed = await play.press(seat)
    ring = await traffic.wait_ring(after=pressed)
    play.must(ring.name == "[藏语转]", f"the display shows {ring.name!r}")
    declined = time.monotonic()
    await traffic.decline(486)
    ring = await far.wait_ring(after=pressed)
    play.measures["rung_to_rung_ms"] = round(1000 * (ring.at - declined), 1)
    play.must(ring.name == "[藏语转]", f"the second display shows {ring.name!r}")
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await gateway_back(play)

    async def consulting() -> Any:
        found = [t for t in await play.stage.transfers() if t["pressed_at"] >= play.since]
        return found[-1] if found and found[-1]["state"] == "consulting" else None

    transfer = await eventually(consulting, "the gateway takes the consultation up")
    play.must((transfer["target"], transfer["mode"]) == ("110", "consult"), f"the record says {transfer}")
    await far.press("*8")
    await play.outcome("agreed_there", "decided")
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    await play.finish(far, caller)


@call_story
async def refused_with_the_gateway_dead(play: AsteriskPlay) -> None:
    """The plan rings nobody: with the gateway dead, too, the seat reads why, and nobody's phone rings."""
    caller, seat, water = await play.phones(CALLER, SEAT, WATER)
    await play.connect(caller, seat)
    await _speaks(play, "bo")
    await gateway_killed(play)
    pressed = await play.press(seat, "*51")
    text = await seat.diary.wait("text", after=pressed, who="seat")
    play.must("供水没有会藏语的坐席" in text.detail, f"the seat reads {text.detail!r}")
    play.must(not water.diary.find("ringing", after=pressed), "water rings")
    await asyncio.gather(play.hears(caller, {seat}), play.hears(seat, {caller}))
    await gateway_back(play)
    transfer = await play.outcome("failed", "供水没有会藏语的坐席")
    play.must(transfer["transferer"]["seat"] == "1001", f"pressed by {transfer['transferer']}")
    await play.finish(seat, caller)


@call_story
async def nobody_but_a_further_party_while_three_talk(play: AsteriskPlay) -> None:
    """Three talk, and a seat presses for somebody else: with a gateway and with none nobody rings; whoever is called in does."""
    caller, seat, far, fire, traffic = await play.phones(CALLER, SEAT, FAR, FIRE, TRAFFIC)
    for alive in (True, False):
        await caller.call("12345")
        await seat.wait_ring(after=play.began)
        await seat.answer()
        await play.hears(caller, {seat})
        if not alive:
            await gateway_killed(play)
        pressed = await play.press(seat)
        await far.wait_ring(after=pressed)
        await far.answer()
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
        again = await play.press(seat, "*6")
        await play.hears(caller, {seat, far})
        play.must(not far.diary.find("ringing", after=again), "110 rings a second time")
        called = await play.press(seat, "*2")
        await fire.wait_ring(after=called)
        await fire.answer()
        await play.hears(caller, {seat, far, fire})
        play.must(not traffic.diary.find("ringing", after=pressed), "122 rings")
        if not alive:
            await gateway_back(play)
        await fire.hang_up()
        await seat.hang_up()
        await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
        await play.finish(far, caller)
        await play.stage.empty()
        play.began = time.monotonic()

    async def all_over() -> Any:
        found = await asyncio.to_thread(transfers, play.stage, play.since)
        return found if len(found) == 6 and all(row["outcome"] for row in found) else None

    rows = [
        (row["target"], row["outcome"], row["reason"]) for row in await eventually(all_over, "six presses have ended")
    ]
    play.must(rows[:3] == rows[3:], f"with the gateway {rows[:3]}, without {rows[3:]}")
    play.must(rows[1][2] == "already_ringing", f"the second press came to {rows[1]}")


# --- plans that are stale, or none ---------------------------------------------------------------------------------------------


@call_story
async def stale_plan_is_mended(play: AsteriskPlay) -> None:
    """Asterisk holds another plan than the gateway would make now: what rang is let go, 110 rings, and the history says why."""
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, FIRE)
    await play.connect(caller, seat)
    before = await _count(play, "onekey_plan_stale_total")
    own = next(name for name, *_ in await play.stage.values("12345", PLAN) if name.startswith("PJSIP/13800000001"))
    await play.stage.set_variable("12345", PLAN, "2:warm:0:00000000:r:00000000:119/5", own)
    pressed = await play.press(seat)
    ring = await far.wait_ring(after=pressed)
    play.measures["press_to_right_ring_ms"] = round(1000 * (ring.at - pressed), 1)
    if (rung := fire.diary.find("ringing", after=pressed)) is not None:
        stopped = await fire.diary.wait("cancelled", after=pressed, who="119")
        play.measures["wrong_ring_ms"] = round(1000 * (stopped.at - rung.at), 1)
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await asyncio.gather(play.hears(caller, {far}), play.hears(far, {caller}))
    transfer = await play.outcome("completed", "transferer_left")
    play.must(any(line["state"] == "plan_stale" for line in transfer["history"]), f"history: {transfer['history']}")
    play.must(transfer["by"] == "gateway", f"carried out by {transfer['by']}")
    play.must(await _count(play, "onekey_plan_stale_total") == before + 1, "it is not counted")
    await play.finish(far, caller)


@call_story
async def changed_globals_are_mended(play: AsteriskPlay) -> None:
    """At Asterisk's console somebody changes one plan and loses another: at its next look, here behind a lost link, the gateway mends both."""
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, FIRE)
    await play.connect(caller, seat)
    good, other = await _of_caller(play, f"GLOBAL({PLAN})"), "ONEKEY_PLAN_12345_119"
    before = await _count(play, "onekey_plan_changed_total")
    for name, value in ((PLAN, "2:warm:0:00000000:r:00000000:119/5"), (other, "")):
        await asyncio.to_thread(play.stage.console, "12345", f"dialplan set global {name} {value}")
    await play.stage.set_variable("12345", other, "")

    async def mended() -> bool:
        return (
            await _of_caller(play, f"GLOBAL({PLAN})") == good
            and await _count(play, "onekey_plan_changed_total") >= before + 2
        )

    # It looks each minute, and as soon as its link is there again.
    for line in (await asyncio.to_thread(play.stage.console, "12345", "manager show connected")).splitlines():
        if (session := re.match(r"\s*onekey\s+\S+\s+\d+\s+\d+\s+(\d+)\s", line)) is not None:
            await asyncio.to_thread(play.stage.console, "12345", f"manager kick session {session[1]}")
    await eventually(mended, "both are mended", 75)
    pressed = await play.press(seat)
    await far.wait_ring(after=pressed)
    play.must(not fire.diary.find("ringing", after=pressed), "119 rings")
    await far.answer()
    await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    await seat.hang_up()
    await play.hears(caller, {far})
    await play.finish(far, caller)


BAD = {
    "cut": "2:warm:0:2815",
    "too long": "2:warm:0:00000000:r:00000000:" + "&".join(["110/5"] * 90),
    "another version": "3:warm:0:00000000:r:00000000:119/5",
    "forged": '2:warm:0:00000000:r:00000000:119/5"]?none)}${SHELL(x)}',
    "nobody": "2:warm:0:00000000:r:00000000:999/5",
    "cut behind a target": "2:warm:0:00000000:r:00000000:119",
    "bracket": "2:warm)x:0:9:r:0:119/5",
    "options": "2:warm):0:9:r),v(A=B^x:0:119/5",
    "quoted": '2:"warm" | 1:0:00000000:r:00000000:119/5',
}


@call_story
async def bad_plans_fall_back(play: AsteriskPlay) -> None:
    """A plan that is cut, too long, of another version, forged, or names nobody: the switchboard's own counts, then the target; each is counted."""
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, FIRE)
    await play.connect(caller, seat)
    own = next(name for name, *_ in await play.stage.values("12345", PLAN) if name.startswith("PJSIP/13800000001"))
    good = await _of_caller(play, f"GLOBAL({PLAN})")
    far.refuse_with = 603
    for dead in (False, True):
        bad_before = await _count(play, "onekey_plan_bad_total")
        if dead:
            await gateway_killed(play)
            await play.stage.set_variable("12345", PLAN, "nonsense")  # the global, too: then the key's target alone
        try:
            for what, plan in BAD.items():
                await play.stage.set_variable("12345", PLAN, plan, own)
                pressed = await play.press(seat)
                # Also what a gateway rings instead, which lets go of a leg whose plan was not its own.
                await far.diary.wait("refusing", after=pressed - 0.05, who="far")
                await asyncio.sleep(0.6)
                play.must(not fire.diary.find("ringing", after=pressed), f"{what}: 119 rings")
                play.say("seat", f"{what}{' with the gateway dead' if dead else ''}: 110 rang")
        finally:
            await play.stage.set_variable("12345", PLAN, good)
            await play.stage.set_variable("12345", PLAN, "", own)
        if not dead:
            wanted = bad_before + len(BAD)
            await eventually(functools.partial(_counted, play, wanted), "each bad plan is counted")
    await gateway_back(play)
    await play.hears(caller, {seat})
    await asyncio.sleep(1.1)
    await play.finish(seat, caller)


async def _counted(play: AsteriskPlay, count: float) -> bool:
    return await _count(play, "onekey_plan_bad_total") >= count


@call_story
async def free_seats_count_no_longer_without_a_gateway(play: AsteriskPlay) -> None:
    """A plan that goes by free seats, and no gateway for longer than that counts: the key does what the rules say without them."""
    caller, seat, far, fire = await play.phones(CALLER, SEAT, FAR, FIRE)
    await play.connect(caller, seat)
    own = next(name for name, *_ in await play.stage.values("12345", PLAN) if name.startswith("PJSIP/13800000001"))
    good = await _of_caller(play, f"GLOBAL({PLAN})")
    await gateway_killed(play)
    await play.stage.set_variable("12345", PLAN, "2:warm:0:00000000:cr:00000000:119/5", own)
    await play.stage.set_variable("12345", "ONEKEY_PLAN_BARE_12345_110", good, own)
    try:
        pressed = await play.press(seat)
        await fire.wait_ring(after=pressed)  # the gateway has been there a moment ago
        await fire.decline(486)
        await asyncio.sleep(0.3)
        await play.stage.set_variable("12345", "ONEKEY_PLAN_AT", str(int(time.time()) - 61))
        pressed = await play.press(seat)
        await far.wait_ring(after=pressed)
        play.must(not fire.diary.find("ringing", after=pressed), "119 rings")
        await far.answer()
        await asyncio.gather(play.hears(caller, {seat, far}), play.hears(far, {caller, seat}))
    finally:
        await gateway_back(play)
    await seat.hang_up()
    await play.hears(caller, {far})
    await play.finish(far, caller)


AT_ONCE = 40
"""Legs of as many presses, sent in one breath: more than any caller has seats."""


@call_story
async def forty_legs_at_once(play: AsteriskPlay) -> None:
    """Forty legs for one caller come to the fence at the same moment, with the gateway dead: one rings, whoever it is, and is heard."""
    caller, seat, far, other = await play.phones(CALLER, SEAT, FAR, ("110", "2002"))
    await play.connect(caller, seat)
    await gateway_killed(play)
    own, channel_id = next(
        (name, id_)
        for name, _, id_ in await play.stage.values("12345", "CHANNEL", "UNIQUEID")
        if name.startswith("PJSIP/13800000001")
    )
    variables = {
        "BY": "dialplan",
        "ATTEMPT": "1",
        "TARGET": "110",
        "CALLER": own,
        "CALLER_ID": channel_id,
        "TAG": "[12345转]",
        "RING_S": "20",
        "ACCEPT_S": "0",
    }
    lines = "".join(f"Variable: ONEKEY_{name}={value}\r\n" for name, value in variables.items())
    originate = (
        "Action: Originate\r\nChannel: Local/s@onekey-ring/n\r\nApplication: Wait\r\nData: 30\r\nAsync: true\r\n"
    )
    await play.stage.manage(
        "12345", [f"{originate}{lines}Variable: ONEKEY_PRESS=12345.{number}.100" for number in range(AT_ONCE)]
    )

    def rings() -> list[Any]:
        return [phone for phone in (far, other) if phone.diary.find("ringing", after=play.began)]

    await eventually(lambda: asyncio.to_thread(rings), "a phone rings")
    await asyncio.sleep(1.0)
    (rung,) = rings()
    legs = [name for name, *_ in play.stage.channels("12345") if name.startswith("PJSIP/trunk-110")]
    play.must(len(legs) == 1, f"legs at once: {legs}")
    await rung.answer()
    await play.hears(caller, {seat, rung})
    await play.hears(rung, {caller, seat})
    await seat.hang_up()
    await play.hears(caller, {rung})
    await gateway_back(play)
    await play.finish(rung, caller)
