"""Every attack, once, on a lab of its own: what must hold, holds."""

from __future__ import annotations

import re
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


async def test_a_trunk_that_does_not_say_whose_it_is_asks_for_the_word_all_the_same(ground: AsteriskStage) -> None:
    """A site that has overlooked ONEKEY_TRUNK: who has not the word is refused as ever, a transfer goes on, and the log says what to add."""
    path = Path(ground.lab["dir"]) / "110/etc/pjsip.conf"
    before = path.read_text(encoding="utf-8")
    path.write_text(re.sub(rf"(?m)^set_var = {NAMED}=.*$", "", before), encoding="utf-8")

    def loaded() -> bool:
        return f"{NAMED}=" in ground.console("110", "pjsip show endpoint trunk-12345")

    try:
        ground.console("110", "module reload res_pjsip.so")
        await ground.eventually(lambda: not loaded(), "the line is gone")
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
    finally:
        path.write_text(before, encoding="utf-8")
        ground.console("110", "module reload res_pjsip.so")
