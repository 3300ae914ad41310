"""Every story that the toy PBX can play, by its name: the script that real switchboards play (``tests/asterisk``), with the whole gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.phone import PhoneError
from simulators.platform import Platform
from simulators.play import StoryFailed
from simulators.playbill import ALL, ONLY_ON_ASTERISK
from simulators.stories import DATA, STORIES, perform
from simulators.story_rules import MODES_RULES, RULES

from .conftest import lent
from .toy_stage import ToyStage

PLAYED = [name for name in ALL if name not in ONLY_ON_ASTERISK]


@pytest.fixture
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ToyStage]:
    """A stage with the rules of the story, and with 110's platform where data is what the story is about."""
    name = request.getfixturevalue("name")
    platform = Platform() if name in DATA else None
    async with lent(request, tmp_path, RULES if name in STORIES or name in DATA else MODES_RULES) as house:
        if platform is not None:
            await platform.start()
        yield ToyStage(house, platform)
        if platform is not None:
            await platform.stop()


@pytest.mark.parametrize("name", PLAYED)
async def test_story(stage: ToyStage, name: str) -> None:
    """The story goes as it must, and leaves nothing behind."""
    try:
        await perform(name, stage)
    except (StoryFailed, PhoneError) as error:
        ladder = "\n".join(f"{rung['ms']:>9} {rung['who']:<14} {rung['what']}" for rung in error.play.ladder())  # type: ignore[union-attr]
        pytest.fail(f"{error}\n{ladder}")
