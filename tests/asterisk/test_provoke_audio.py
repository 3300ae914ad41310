"""Two become three and three become two, by every kind of leg: everybody hears everybody. ``make provoke-audio`` does it by the thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.provoker import Provoker
from simulators.stage import AsteriskStage

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
JOINS = 48


async def test_nobody_is_silent(run_folder: Path, tmp_path: Path) -> None:
    """Phones of every manner, a service, the trunk, our own queue, two at once: in calls of three and of two all are heard, with no gateway."""
    stage = AsteriskStage("provoke", tmp_path)
    provoker = Provoker(stage, JOINS, cells=6, seed=stage.manners.seed)
    try:
        await stage.up()
        await stage.gateway_down()
        await provoker.run()
    finally:
        await stage.down()
    told = [str(silence) for silence in provoker.silences]
    assert told == [], f"ONEKEY_MANNERS={provoker.seed}"
    assert provoker.joins >= JOINS
    assert len(provoker.kinds) == 4
