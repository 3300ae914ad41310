"""A rule that refuses, on the whole gateway: whichever way a press came, its caller is with a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.stories import CALLER, SEAT
from simulators.story_rules import TARGETS
from tests.system.conftest import lent
from tests.system.house import House

REFUSING = TARGETS + "rules:\n  - {name: 默认, then: {refuse: 均不受理}}\n"


@pytest.fixture
async def refusing(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Two switchboards, a gateway, and a rule that lets nothing through."""
    async with lent(request, tmp_path, REFUSING) as house:
        await house.gateway_up()
        yield house


async def test_a_refused_key_leaves_the_caller_with_the_seat(refusing: House) -> None:
    """Nothing rings, the plan does not act behind the rule's back, and they talk on."""
    caller, seat = refusing.people(CALLER, SEAT)
    await refusing.connect(caller, seat)
    await seat.press("*1")
    await refusing.outcome("failed", "均不受理")
    await refusing.pass_s(2.0)
    await refusing.hears(caller, seat)
    await refusing.finish(seat, caller)


async def test_a_refused_transfer_button_brings_the_caller_back(refusing: House) -> None:
    """The phone has let go already: the caller comes back to the seat whose button it was."""
    caller, seat = refusing.people(CALLER, SEAT)
    await refusing.connect(caller, seat)
    await seat.refer("110")
    await seat.wait_ring()
    await seat.answer()
    await refusing.hears(caller, seat)
    await refusing.outcome("failed", "均不受理")
    await refusing.finish(seat, caller)
