"""Every attack, once, on a lab of its own: what must hold, holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.attack import MODULES
from simulators.attacks import ATTACKS, perform
from simulators.stage import AsteriskStage
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
