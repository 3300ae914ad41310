"""A gateway that dies in any state of a transfer, and its successor on the same store: every transfer ends exactly once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from simulators.toy import Person

from .house import House

KEY, CONSULT, CANCEL, ACCEPT, DECLINE = "*1", "*6", "*0", "*8", "*9"
CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
CALLER_110, SEAT_110, FAR_12345 = ("110", "13900000001"), ("110", "2001"), ("12345", "1001")
Meanwhile = Callable[[Person, Person, Person], Coroutine[Any, Any, None]]


async def given(house: House, state: str) -> list[Person]:
    """Caller, seat and target, their transfer in this state and the store having it."""
    if state == "requested":
        house.pbx.boards["12345"].ami.late_s["Originate"] = 0.3
        cast = house.people(CALLER, SEAT, FAR)
        await house.connect(cast[0], cast[1])
        await cast[1].press(KEY)
    elif state == "offered":
        cast = await house.pressed(KEY, CALLER_110, SEAT_110, FAR_12345)
        await cast[2].answer()
    else:
        cast = await house.pressed(CONSULT if state == "consulting" else KEY, CALLER, SEAT, FAR)
        if state == "blonde":
            await cast[1].hang_up()
        elif state in ("three_party", "consulting"):
            await cast[2].answer()
    await house.state(state)
    return cast


async def nothing(_caller: Person, _seat: Person, _far: Person) -> None:
    """Nothing happens while nobody watches."""


async def target_answers(_caller: Person, _seat: Person, far: Person) -> None:
    await far.wait_ring()
    await far.answer()


async def target_leaves(_caller: Person, _seat: Person, far: Person) -> None:
    await far.hang_up()


async def target_declines(_caller: Person, _seat: Person, far: Person) -> None:
    await far.decline(603)


async def target_accepts(_caller: Person, _seat: Person, far: Person) -> None:
    await far.press(ACCEPT)


async def seat_leaves(_caller: Person, seat: Person, _far: Person) -> None:
    await seat.hang_up()


async def caller_leaves(caller: Person, _seat: Person, _far: Person) -> None:
    await caller.hang_up()


async def seat_takes_back(_caller: Person, seat: Person, _far: Person) -> None:
    await seat.press(CANCEL)


@pytest.mark.parametrize("state", ["requested", "ringing", "offered", "blonde", "three_party", "consulting"])
async def test_successor_takes_up_a_transfer(modes: House, state: str) -> None:
    """Nothing happens while no gateway is there: the successor has the transfer in the same state, or the next one."""
    caller, seat, far = await given(modes, state)
    before = (await modes.transfers())[-1]
    await modes.gateway_killed()
    await modes.pass_s(0.8)  # a while
    await modes.gateway_up()
    await modes.state("ringing" if state == "requested" else state)
    after = (await modes.transfers())[-1]
    kept = ("id", "home", "call", "context", "transferer", "target", "mode", "pressed_at")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert after["by"] == "dialplan"
    assert far.times("ringing") == 1
    await modes.pass_s(1.1)
    await caller.hang_up()
    await far.hang_up()
    if far.rings:
        await far.until(lambda: far.channel is None, "the phone stops")
    await seat.hang_up()
    await modes.until(lambda: _ended(modes), "the transfer ends")
    await modes.empty()


async def _ended(house: House) -> bool:
    return all(transfer["outcome"] for transfer in await house.transfers())


MEANWHILE: list[tuple[str, Meanwhile, Meanwhile, tuple[str, str]]] = [
    ("requested", target_answers, seat_leaves, ("completed", "transferer_left")),
    ("requested", seat_takes_back, nothing, ("failed", "not_seen")),
    ("ringing", target_answers, seat_leaves, ("completed", "transferer_left")),
    ("ringing", target_declines, nothing, ("failed", "not_seen")),
    ("ringing", caller_leaves, nothing, ("caller_hung_up", "caller_hung_up")),
    ("ringing", seat_takes_back, nothing, ("failed", "not_seen")),
    ("ringing", seat_leaves, target_answers, ("completed", "transferer_left")),
    ("offered", target_accepts, seat_leaves, ("completed", "transferer_left")),
    ("offered", seat_leaves, target_accepts, ("completed", "transferer_left")),
    ("offered", target_leaves, nothing, ("failed", "not_seen")),
    ("blonde", target_answers, nothing, ("completed", "transferer_left")),
    ("blonde", target_declines, nothing, ("failed", "not_seen")),
    ("blonde", caller_leaves, nothing, ("caller_hung_up", "caller_hung_up")),
    ("three_party", seat_leaves, nothing, ("completed", "transferer_left")),
    ("three_party", target_leaves, nothing, ("failed", "not_seen")),
    ("three_party", caller_leaves, nothing, ("completed", "caller_ended_three_party")),
    ("three_party", seat_takes_back, nothing, ("failed", "not_seen")),
    ("consulting", nothing, target_accepts, ("agreed_there", "decided")),
    ("consulting", nothing, seat_leaves, ("agreed_there", "transferer_left")),
    ("consulting", seat_leaves, nothing, ("agreed_there", "transferer_left")),
    ("consulting", target_leaves, nothing, ("failed", "not_seen")),
]


@pytest.mark.parametrize(
    ("state", "meanwhile", "afterwards", "ends"),
    [pytest.param(*row, id="-".join((row[0], row[1].__name__, row[2].__name__))) for row in MEANWHILE],
)
async def test_what_happened_unseen_is_found_out_or_called_unseen(
    modes: House, state: str, meanwhile: Meanwhile, afterwards: Meanwhile, ends: tuple[str, str]
) -> None:
    """Somebody acts while no gateway is there: the successor says how the transfer ended, or that nobody saw it."""
    cast = await given(modes, state)
    await modes.gateway_killed()
    await meanwhile(*cast)
    await modes.pass_s(1.1)  # what it leads to has come about; and whoever is told of a failure has read it
    await modes.gateway_up()
    await afterwards(*cast)
    await modes.outcome(*ends)
    assert cast[2].times("ringing") <= 1
    for person in (*cast[1:], cast[0]):
        await person.until(lambda person=person: not person.rings, "no phone rings for ever")
        await person.hang_up()
    await modes.empty()


@pytest.mark.parametrize("answers", [False, True])
async def test_killed_while_taking_back(modes: House, answers: bool) -> None:
    """The gateway dies between the wish to take back and the end of the leg, which has joined meanwhile or not: the transfer
    ends once, and the caller has his seat."""
    caller, seat, far = await given(modes, "ringing")
    modes.pbx.boards["12345"].ami.late_s["Hangup"] = 0.3
    id_ = (await modes.transfers())[-1]["id"]
    await modes.post(f"/v1/transfers/{id_}/cancel", {})
    await modes.state("cancelling")
    await modes.gateway_killed()
    if answers:
        await far.answer()
    await modes.pass_s(0.8)
    await modes.gateway_up()
    await modes.until(lambda: _ended(modes), "the transfer ends")
    assert modes.records("transfer", id_, "ended") == 1
    ended = (await modes.transfers())[-1]
    assert answers or (ended["outcome"], ended["reason"]) == ("returned", "taken_back")
    await modes.hears(caller, seat)
    await modes.pass_s(1.1)  # whoever is told of a failure has read it
    await modes.finish(seat, caller)


async def test_successor_comes_before_the_leg(modes: House) -> None:
    """The gateway dies with its request on the way, and its successor is there before the leg: one transfer, ended once."""
    caller, seat, far = await given(modes, "requested")
    await modes.gateway_killed()
    await modes.gateway_up()
    await far.wait_ring()
    await far.answer()
    await modes.hears(caller, seat, far)
    await modes.state("three_party")
    await seat.hang_up()
    transfer = await modes.outcome("completed", "transferer_left")
    assert transfer["transferer"]["seat"] == seat.number
    assert modes.records("transfer", transfer["id"], "ended") == 1
    await modes.finish(far, caller)


async def test_successor_finds_a_transfer_that_nobody_has_written_down(bare: House) -> None:
    """A gateway that comes for the first time while three talk adopts the transfer that the dialplan has made."""
    caller, seat, far = await bare.pressed(KEY, CALLER, SEAT, FAR)
    await far.answer()
    await bare.hears(caller, seat, far)
    await bare.gateway_up()
    await bare.state("three_party")
    await seat.hang_up()
    transfer = await bare.outcome("completed", "transferer_left")
    assert (transfer["by"], transfer["transferer"]["seat"]) == ("dialplan", "1001")
    await bare.finish(far, caller)


async def test_a_caller_who_gives_up_while_no_gateway_is_there(house: House) -> None:
    """Nobody saw how his wait ended: it is one wait, unknown, also after another restart; nobody's seat has talked meanwhile."""
    caller, _ = house.people(CALLER, SEAT)
    await caller.call()
    await house.until(lambda: waits_open(house), "the wait is written down with its context")
    await house.gateway_killed()
    await caller.hang_up()
    await house.pass_s(5)
    await house.gateway_up()
    await house.attached()
    await house.gateway_down()
    await house.gateway_up()
    await house.attached()
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    rows = await house.app.store.queue_rows(0.0, 9e12)
    assert [(row.how, row.left_at) for row in rows] == [("unknown", 0.0)]
    seats = await house.app.store.seat_rows(0.0, 9e12)
    gap = [(row.before.value, row.after.value) for row in seats if row.why == "gateway" and row.seat == "1001"]
    assert gap == [("ringing", "unknown"), ("ready", "unknown")]
    await house.empty()


async def waits_open(house: House) -> bool:
    """The store knows of a caller."""
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    seats = await house.app.store.last_seats()
    return bool(await house.app.store.open_contexts()) and any(row.after.value == "ringing" for row in seats)


async def test_a_restart_in_good_order_loses_nothing(house: House) -> None:
    """A gateway that is stopped and started while the target rings: the same transfer goes on."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await house.state("ringing")
    await house.gateway_down()
    await house.gateway_up()
    await far.answer()
    await house.state("three_party")
    await seat.hang_up()
    await house.outcome("completed", "transferer_left")
    assert len(await house.transfers()) == 1
    await house.finish(far, caller)


async def test_two_gateways_ring_once(house: House) -> None:
    """A second gateway on the same switchboards sees the same press: one leg rings."""
    await house.gateway_beside()
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await house.pass_s(1.0)
    assert far.times("ringing") == 1
    assert len(house.pbx.trunk_legs(["12345"])) == 1
    await far.answer()
    await house.state("three_party")
    await seat.hang_up()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)
