"""What the stories ask of a phone, asked of both kinds on a real Asterisk: a phone that does it wrong would make a story lie."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from simulators import pjsip_home
from simulators.listening import who_is_heard
from simulators.manners import Manner
from simulators.onekey import debian_tree, eventually
from simulators.pjsip_phone import PjsipPhone
from simulators.stage import AsteriskStage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
KINDS = ("pjsip", "pyvoip")
ANSWERS = 20
CALLER = ("12345", "13800000001")


@pytest_asyncio.fixture(loop_scope="session")
async def clean(stage: AsteriskStage) -> AsyncIterator[AsteriskStage]:
    """The stage, without phones before and after."""
    yield stage
    await stage.clear()
    await stage.empty()


async def talk(caller: Any, seat: Any) -> None:
    """The caller talks with the seat."""
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.answer()
    await caller.diary.wait("answered", after=began)


async def hears(stage: AsteriskStage, listener: Any, names: set[str]) -> None:
    """Wait until just these are heard for a third of a second."""

    def heard() -> bool:
        now = time.monotonic()
        return who_is_heard(listener.heard(), stage.tones, now - 0.4, now - 0.06) == names

    await eventually(heard, f"{listener.name} hears {sorted(names)}")


async def test_a_phone_that_answers_in_the_rings_own_moment_lives(clean: AsteriskStage) -> None:
    """Twenty calls are taken while they begin to ring: the program goes on, and not one call is lost."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", "pjsip")
    seat.answer_after_s = 0.0
    for _ in range(ANSWERS):
        began = time.monotonic()
        await caller.call("12345")
        await seat.diary.wait("answered", after=began, who="seat")
        await caller.diary.wait("answered", after=began, who="caller")
        await caller.hang_up()
        await seat.diary.wait("hung_up", after=began, who="seat")
    assert not seat.crashed
    assert len([line for line in seat.diary.lines if line.word == "answered"]) == ANSWERS


@pytest.mark.parametrize(("codecs", "packet_ms"), [((0,), 30), ((8,), 10), ((0, 8), 20)])
async def test_each_manner_is_heard_both_ways(clean: AsteriskStage, codecs: tuple[int, ...], packet_ms: int) -> None:
    """A-law or µ-law, packets of 10, 20 or 30 ms: a PJSIP phone hears and is heard, and its recording keeps the time."""
    home = await asyncio.to_thread(pjsip_home.find, debian_tree)
    if home is None:
        pytest.skip("PJSIP is not to be had on this machine")
    account, manner = clean.account(*CALLER), Manner(codecs=codecs, packet_ms=packet_ms)
    folder = clean.folder / "pjsip" / f"manner-{packet_ms}"
    seat = await clean.phone("12345", "1001")
    host = clean.lab["phones"].rsplit(".", 1)[0] + ".99"
    caller = PjsipPhone("caller", account, host, 2150, home=home, folder=folder, manner=manner)
    clean.phones.append(caller)
    await caller.start()
    await talk(caller, seat)
    await asyncio.gather(hears(clean, seat, {"caller"}), hears(clean, caller, {"1001"}))
    times = caller.heard().times
    assert len(times) * packet_ms / 1000 == pytest.approx(times[-1] - times[0], abs=0.1)


async def is_told_that_it_forwards(stage: AsteriskStage, seat: Any, began: float) -> None:
    """Asterisk has read the 302 as one: the seat is paused for it, and reads why. It is made ready again."""
    try:
        await seat.diary.wait("forwarding", after=began, who="seat")
        text = await seat.diary.wait("text", after=began, who="seat")
        assert "forwards calls" in text.detail
    finally:
        await stage.post("/v1/seats/12345/1001/unpause", {})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_ringing_call_is_forwarded_by_302(clean: AsteriskStage, kind: str) -> None:
    """A person sends the call elsewhere while it rings."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", kind)
    began = time.monotonic()
    await caller.call("12345")
    await seat.wait_ring(after=began)
    await seat.forward("119")
    await is_told_that_it_forwards(clean, seat, began)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_call_is_forwarded_by_302(clean: AsteriskStage, kind: str) -> None:
    """A phone with its forwarding on does not ring."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", kind)
    seat.forward_with_302 = "119"
    began = time.monotonic()
    await caller.call("12345")
    await is_told_that_it_forwards(clean, seat, began)
    assert seat.diary.find("ringing") is None


@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_is_handed_over_while_the_second_one_rings(clean: AsteriskStage, kind: str) -> None:
    """REFER with Replaces names a call that still rings; Asterisk knows that call by it, and who answers has the caller."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", kind)
    far = await clean.phone("110", "2001")
    await talk(caller, seat)
    began = time.monotonic()
    await seat.consult("110")
    await far.wait_ring(after=began)
    await seat.diary.wait("ringback", after=began, who="seat")
    handed = time.monotonic()
    await seat.hand_over()
    await seat.diary.wait("hung_up", "transferred", after=handed, who="seat")
    await far.wait_ring(after=handed)  # with the caller's own number and tag now
    await far.answer()
    await asyncio.gather(hears(clean, caller, {"2001"}), hears(clean, far, {caller.name}))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_consultation_that_is_given_up_leaves_the_first_call(clean: AsteriskStage, kind: str) -> None:
    """The second call is cancelled, the first one is the current one again."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", kind)
    far = await clean.phone("110", "2001")
    await talk(caller, seat)
    began = time.monotonic()
    await seat.consult("110")
    await far.wait_ring(after=began)
    await seat.hang_up()
    await far.diary.wait("cancelled", after=began, who="far")
    if kind == "pjsip":  # it holds the first call while it makes the second
        await seat.diary.wait("ended", after=began, who="seat")
        await seat.resume()
    await asyncio.gather(hears(clean, caller, {"1001"}), hears(clean, seat, {caller.name}))


async def test_a_phone_of_two_lines_goes_to_and_fro(clean: AsteriskStage) -> None:
    """Who is not on the current line is held, and hears neither of the two who talk."""
    caller, seat = await clean.phone(*CALLER), await clean.phone("12345", "1001", "pjsip")
    far = await clean.phone("110", "2001")
    await talk(caller, seat)
    began = time.monotonic()
    await seat.consult("110")
    await far.wait_ring(after=began)
    await far.answer()
    await asyncio.gather(hears(clean, seat, {"2001"}), hears(clean, far, {"1001"}), hears(clean, caller, set()))
    await seat.swap()
    await asyncio.gather(hears(clean, seat, {caller.name}), hears(clean, caller, {"1001"}), hears(clean, far, set()))
