"""The same transfers begun and steered over HTTP: by a console, a program, a button of a desk phone."""

from __future__ import annotations

from .house import House

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
CALLER_110, SEAT_110, FAR_12345 = ("110", "13900000001"), ("110", "2001"), ("12345", "1001")
WISH = {"switchboard": "12345", "seat": "1001", "target": "110"}


async def test_press_over_http(house: House) -> None:
    """A console begins the transfer of a seat's call: the target rings, three talk, the console releases the seat."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    begun = await house.post("/v1/transfers", WISH)
    await far.wait_ring()
    await far.answer()
    await house.hears(caller, seat, far)
    await house.state("three_party")
    await house.post(f"/v1/transfers/{begun['id']}/release", {})
    await house.hears(caller, far)
    assert (await house.outcome("completed", "transferer_left"))["id"] == begun["id"]
    await house.finish(far, caller)


async def test_gateway_killed_after_a_press_over_http(house: House) -> None:
    """The gateway dies while a target rings that no key has rung: it joins when it answers."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    await house.post("/v1/transfers", WISH)
    await far.wait_ring()
    await house.state("ringing")
    await house.gateway_killed()
    await far.answer()
    await house.hears(caller, seat, far)
    await house.gateway_up()
    await house.state("three_party")
    await seat.hang_up()
    await house.outcome("completed", "transferer_left")
    await house.finish(far, caller)


async def test_cancelled_over_http(house: House) -> None:
    """A console takes the caller back while the target rings: the phone stops, the seat has the caller."""
    caller, seat, far = await house.pressed("*1", CALLER, SEAT, FAR)
    transfer = await house.state("ringing")
    await house.post(f"/v1/transfers/{transfer['id']}/cancel", {})
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    await house.outcome("returned", "taken_back")
    assert caller.hears() == {seat.number}
    await house.pass_s(1.1)
    await house.finish(seat, caller)


async def test_cancelled_over_http_after_the_seat_has_left(house: House) -> None:
    """A console ends a transfer whose seat has left: the caller comes to a person of the home queue."""
    caller, seat, far = await house.pressed("*1", CALLER, SEAT, FAR)
    await seat.hang_up()
    transfer = await house.state("blonde")
    await house.post(f"/v1/transfers/{transfer['id']}/cancel", {})
    await far.until(lambda: far.times("cancelled"), "the phone stops")
    assert (await seat.wait_ring()).number == caller.number
    await seat.answer()
    await house.hears(caller, seat)
    await house.outcome("returned", "taken_back")
    await house.finish(seat, caller)


async def test_accepted_over_http(modes: House) -> None:
    """The target has picked up, and accepts at its console: three talk."""
    caller, seat, far = await modes.pressed("*1", CALLER_110, SEAT_110, FAR_12345)
    await far.answer()
    transfer = await modes.state("offered")
    await modes.post(f"/v1/transfers/{transfer['id']}/accept", {})
    await modes.hears(caller, seat, far)
    await seat.hang_up()
    await modes.outcome("completed", "transferer_left")
    await modes.finish(far, caller)


async def test_declined_over_http_with_a_reason(modes: House) -> None:
    """The target declines at its console, with a word why: the outcome carries the word."""
    caller, seat, far = await modes.pressed("*1", CALLER_110, SEAT_110, FAR_12345)
    await far.answer()
    transfer = await modes.state("offered")
    await modes.post(f"/v1/transfers/{transfer['id']}/decline", {"reason": "not_ours"})
    await modes.outcome("declined", "not_ours")
    await far.until(lambda: far.channel is None, "is let go")
    assert caller.hears() == {seat.number}
    await modes.pass_s(1.1)
    await modes.finish(seat, caller)


async def test_resolved_over_http(modes: House) -> None:
    """A consultation is decided at a console: neither takes the matter, the target leaves, the seat explains."""
    caller, seat, far = await modes.pressed("*6", CALLER, SEAT, FAR)
    await far.answer()
    transfer = await modes.state("consulting")
    await modes.post(f"/v1/transfers/{transfer['id']}/resolve", {"outcome": "out_of_scope_explained"})
    await modes.outcome("out_of_scope_explained", "decided")
    await far.until(lambda: far.channel is None, "is let go")
    await modes.hears(caller, seat)
    await modes.pass_s(2.1)
    await modes.finish(seat, caller)


async def test_button_of_a_desk_phone(house: House) -> None:
    """A signed address is pressed once: the target rings; pressed again it does nothing."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    made = await house.post("/v1/action-urls", {"action": "transfer", **WISH})
    path = "/v1/action/" + made["url"].partition("/v1/action/")[2]
    assert await house.status(path, 202)
    await far.wait_ring()
    assert not await house.status(path, 202)
    await far.decline(603)
    await house.outcome("declined", "declined")
    assert far.times("ringing") == 1
    assert len(await house.transfers()) == 1
    await house.pass_s(1.1)
    await house.finish(seat, caller)
