"""What becomes of calls and transfers when the wire between gateway and switchboard fails, or a switchboard does."""

from __future__ import annotations

import pytest

from simulators.toy import Person

from .house import House

KEY = "*1"
CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")


async def three_then_two(house: House, caller: Person, seat: Person, far: Person) -> None:
    """The target answers, three talk, the seat leaves, two go on; the transfer has one outcome, and rang once."""
    await far.wait_ring()
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.hears(caller, far)
    await house.attached()
    await house.outcome("completed", "transferer_left")
    assert far.times("ringing") == 1
    assert len(await house.transfers()) == 1
    await house.finish(far, caller)


# --- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sides", [["12345"], ["110"], ["12345", "110"]], ids=" ".join)
async def test_wire_is_cut_while_the_target_rings(house: House, sides: list[str]) -> None:
    """The AMI connections break and come back while the target rings: the transfer goes on."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    for side in sides:
        house.pbx.boards[side].ami.cut()
    await three_then_two(house, caller, seat, far)


@pytest.mark.parametrize("sides", [["12345"], ["110"], ["12345", "110"]], ids=" ".join)
async def test_wire_is_cut_while_three_talk(house: House, sides: list[str]) -> None:
    """The AMI connections break while three talk, and the seat leaves before they are back: completed all the same."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await far.answer()
    await house.state("three_party")
    for side in sides:
        house.pbx.boards[side].ami.cut()
    await seat.hang_up()
    await house.hears(caller, far)
    await house.attached()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


@pytest.mark.parametrize(
    ("who", "ends"),
    [("far", ("returned", "target_left")), ("caller", ("completed", "caller_ended_three_party"))],
)
async def test_who_leaves_while_the_wire_is_cut(house: House, who: str, ends: tuple[str, str]) -> None:
    """Somebody leaves the call of three while the gateway is cut off: it says who, when the link is back."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await far.answer()
    await house.state("three_party")
    house.pbx.boards["12345"].ami.cut()
    await {"far": far, "caller": caller}[who].hang_up()
    await house.attached()
    await house.outcome(*ends)
    await house.pass_s(1.1)
    for person in (far, seat):
        await person.hang_up()
    await house.until(lambda: caller.channel is None, "the caller's call ends")
    await house.empty()


CUT_IN = [
    "UserEvent: OnekeyPress",
    "Local/s@onekey-words", "PJSIP/trunk-110", "UserEvent: OnekeyLeg\r\n",
    "ChannelStateDesc: Ringing", "BridgeNumChannels: 3", "Event: BridgeLeave", "Event: AgentComplete",
    "Event: Hangup", "Message: Originate successfully queued",
]  # fmt: skip


@pytest.mark.parametrize("cut_in", CUT_IN)
async def test_wire_breaks_in_mid_message(house: House, cut_in: str) -> None:
    """The connection to the home ends in the middle of one message of a transfer: the transfer goes on, and ends once."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    house.pbx.boards["12345"].ami.cut_in = cut_in.encode()
    await seat.press(KEY)
    await three_then_two(house, caller, seat, far)
    assert house.pbx.boards["12345"].ami.cut_in == b""  # it did break


async def test_wire_breaks_right_behind_the_press(house: House) -> None:
    """The press arrives, what the gateway asks for does not, and the link is back at once: the target rings by the plan, once."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    house.pbx.boards["12345"].ami.cut_behind = b"UserEvent: OnekeyPress"
    await seat.press(KEY)
    await three_then_two(house, caller, seat, far)


@pytest.mark.parametrize(
    "cut_in", ["UserEvent: OnekeyArrival", "Event: AgentConnect", "Event: BridgeEnter", "Event: Hangup"]
)
async def test_far_wire_breaks_in_mid_message(house: House, cut_in: str) -> None:
    """The connection to the target's switchboard ends in the middle of one message: the transfer goes on, and ends once."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    house.pbx.boards["110"].ami.cut_in = cut_in.encode()
    await seat.press(KEY)
    await three_then_two(house, caller, seat, far)


async def test_gap_is_written_down(house: House) -> None:
    """The time in which a switchboard was not seen is in the store as a gap, with the reason (law 7)."""
    house.pbx.boards["110"].ami.cut()
    await house.until(lambda: house.lost("110"), "the link is lost")
    await house.attached()
    assert house.app is not None
    house.app.engine.write_down()
    await house.app.store.flush()
    gaps = await house.app.store.gaps(0.0, 9e9)
    assert [gap.switchboard for gap in gaps] == ["110"]
    assert gaps[0].why


async def test_half_open_wire(house: House) -> None:
    """The wire is silent and not closed: the key works by the plan; the gateway finds out, comes back and adopts."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    for board in house.pbx.boards.values():
        board.ami.stall()
    await seat.press(KEY)
    await far.wait_ring()
    await far.answer()
    await house.hears(caller, seat, far)
    await house.pass_s(15.0)  # ping_s and pong_s
    transfer = await house.state("three_party")
    assert transfer["by"] == "dialplan"
    await seat.hang_up()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


@pytest.mark.parametrize("slice_bytes", [1, 7, 64, 1000])
async def test_messages_come_in_slices(house: House, slice_bytes: int) -> None:
    """Every message arrives in pieces: a transfer is carried out by the gateway as always."""
    for board in house.pbx.boards.values():
        board.ami.slice_bytes = slice_bytes
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    assert (await house.state("ringing"))["by"] == "dialplan"
    await three_then_two(house, caller, seat, far)


async def test_slow_answers(house: House) -> None:
    """Asterisk answers every action a second and a half late: the plan rings, and is followed."""
    for board in house.pbx.boards.values():
        board.ami.late_s = dict.fromkeys(("Originate", "Setvar", "Hangup", "MessageSend"), 1.5)
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    await house.pass_s(2.0)
    assert len(house.pbx.trunk_legs(["12345"])) == 1
    await three_then_two(house, caller, seat, far)
    assert (await house.transfers())[0]["by"] == "dialplan"


async def test_answer_that_comes_after_its_deadline(house: House) -> None:
    """Asterisk would carry a request out when it has been given up: the target rings once, by the plan."""
    house.pbx.boards["12345"].ami.late_s["Originate"] = 3.0
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    await house.pass_s(4.0)
    assert len(house.pbx.trunk_legs(["12345"])) == 1
    await three_then_two(house, caller, seat, far)


async def test_refused_request_is_left_to_the_dialplan(house: House) -> None:
    """Asterisk refuses to originate for a gateway: the plan rings all the same."""
    house.pbx.boards["12345"].ami.refuse["Originate"] = "Originate failed"
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await seat.press(KEY)
    await three_then_two(house, caller, seat, far)
    assert (await house.transfers())[0]["by"] == "dialplan"


# --- switchboards -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["ringing", "three_party"])
async def test_far_switchboard_restarts(house: House, state: str) -> None:
    """110 dies and comes back while its seat rings or talks: the caller stays with the seat, which reads of it."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    if state == "three_party":
        await far.answer()
    await house.state(state)
    await house.pbx.restart("110")
    ended = ("returned", "target_left") if state == "three_party" else ("failed", "no_answer")
    await house.outcome(*ended)
    await house.hears(caller, seat)
    await seat.until(seat.texts, "the seat reads why")
    await house.attached()
    await house.pass_s(1.1)
    await house.finish(seat, caller)


@pytest.mark.parametrize("state", ["ringing", "three_party"])
async def test_home_switchboard_restarts(house: House, state: str) -> None:
    """12345 dies with the caller's call: the transfer ends once, nothing is left of it at 110, and the next call goes well."""
    caller, seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    if state == "three_party":
        await far.answer()
    await house.state(state)
    await house.pbx.restart("12345")
    await house.attached()
    await house.until(lambda: _ended(house), "the transfer ends")
    await house.empty()
    await far.until(lambda: far.channel is None, "110's seat is free")
    await house.connect(caller, seat)
    await seat.press(KEY)
    await far.wait_ring()
    await far.answer()
    await house.hears(caller, seat, far)
    await seat.hang_up()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


async def _ended(house: House) -> bool:
    found = await house.transfers()
    return bool(found) and all(transfer["outcome"] for transfer in found)


async def test_both_switchboards_restart(house: House) -> None:
    """Both die while three talk: the transfer ends once, and nothing is left."""
    _caller, _seat, far = await house.pressed(KEY, CALLER, SEAT, FAR)
    await far.answer()
    await house.state("three_party")
    await house.pbx.restart("12345")
    await house.pbx.restart("110")
    await house.attached()
    await house.until(lambda: _ended(house), "the transfer ends")
    await house.empty()
    ends = [line for line in (await house.transfers())[0]["history"] if line["state"] == "ended"]
    assert len(ends) == 1


async def test_one_switchboard_is_down_from_the_beginning(bare: House) -> None:
    """110 cannot be reached at all: a press at 12345 fails with words, and the caller stays with the seat."""
    await bare.pbx.boards["110"].stop()
    await bare.gateway_up(attached=False)
    caller, seat = bare.people(CALLER, SEAT)
    await bare.until(lambda: bare.linked("12345"), "attached to 12345")
    await bare.connect(caller, seat)
    await seat.press(KEY)
    await bare.outcome("failed", "unreachable")
    await seat.until(seat.texts, "the seat reads why")
    assert caller.hears() == {seat.number}
    await bare.pass_s(1.1)
    await bare.finish(seat, caller)
