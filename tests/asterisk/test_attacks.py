"""Every attack, once, on a lab of its own: what must hold, holds."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.attack import MODULES
from simulators.attacks import ATTACKS, perform
from simulators.stage import AsteriskPlay, AsteriskStage
from simulators.story_rules import MODES_RULES

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsteriskStage]:
    """A lab that is attacked."""
    stage = AsteriskStage("attacked", tmp_path_factory.mktemp("attacked"), rules=MODES_RULES, platform=True)
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()


@pytest.mark.parametrize("name", list(ATTACKS))
async def test_attack_is_held(ground: AsteriskStage, name: str) -> None:
    """The attack does not come through, and leaves no channel behind."""
    held, _ = await perform(name, ground)
    assert held


async def test_every_module_has_its_attacks() -> None:
    """No attack stands in a module that is not played."""
    assert {entry.run.__module__ for entry in ATTACKS.values()} <= {module.__name__ for module in MODULES}


NAMED = "ONEKEY_TRUNK"


@contextlib.asynccontextmanager
async def overlooked(ground: AsteriskStage, side: str) -> AsyncIterator[None]:
    """Within the block the trunk of a switchboard does not say whose it is."""
    path = Path(ground.lab["dir"]) / side / "etc/pjsip.conf"
    before = path.read_text(encoding="utf-8")
    without = re.sub(rf"(?m)^set_var = {NAMED}=.*$", "", before)
    assert without != before
    try:
        path.write_text(without, encoding="utf-8")
        ground.console(side, "module reload res_pjsip.so")
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        ground.console(side, "module reload res_pjsip.so")


async def test_a_trunk_that_does_not_say_whose_it_is_asks_for_the_word_all_the_same(ground: AsteriskStage) -> None:
    """A site that has overlooked ONEKEY_TRUNK: who has not the word is refused as ever, a transfer goes on, and the log says what to add."""
    async with overlooked(ground, "110"):
        held, _ = await perform("a_forged_id_reaches_no_phone", ground)
        assert held
        play = AsteriskPlay("overlooked", ground)
        caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
        await play.connect(caller, seat)
        await play.rings(far, await play.press(seat))
        await far.answer()
        await play.hears(caller, {seat, far})
        await ground.clear()
        await ground.empty()
        logs = Path(ground.lab["dir"]) / "110"
        assert any(f"{NAMED}=12345" in one.read_text("utf-8", "replace") for one in logs.rglob("messages*"))


async def test_a_trunk_that_does_not_say_whose_it_is_ends_no_call(ground: AsteriskStage) -> None:
    """At the caller's home ONEKEY_TRUNK is overlooked: a far leg that merely ends, as where that Asterisk is stopped, is no goodbye of its seat; the
    caller gets a person."""
    async with overlooked(ground, "12345"):
        play = AsteriskPlay("overlooked_home", ground)
        caller, seat, far = await play.phones(("12345", "13800000001"), ("12345", "1001"), ("110", "2001"))
        await play.connect(caller, seat)
        await play.rings(far, await play.press(seat))
        await far.answer()
        await play.hears(caller, {seat, far})
        await seat.hang_up()
        await play.hears(caller, {far})
        began = time.monotonic()
        (leg,) = [line[0] for line in ground.channels("110") if line[0].startswith("PJSIP/trunk-12345-")]
        ground.console("110", f"channel request hangup {leg}")
        await seat.wait_ring(after=began)
        await ground.clear()
        await ground.empty()
