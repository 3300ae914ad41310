"""Stories of a press, with the gateway and with it killed before each press, on real switchboards: both come to the same.

Six stand for all here: a far key, a failure, a ladder, a button, an acceptance, a taking back (five keys more are a story of their own).
``make test-dead`` plays every one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.dead import NOT_DEAD, REPRESENTATIVE, names, play_all, stages
from simulators.playbill import ALL
from simulators.stories import STORIES

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def found(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """What differs, by story; empty where nothing does."""
    folder, told = tmp_path_factory.mktemp("dead"), dict[str, str]()
    main = stages("dead-main", folder, 1, modes=False)
    modes = stages("dead-modes", folder, 1, modes=True)
    try:
        await asyncio.gather(*(stage.up() for stage in (*main, *modes)))
        mains = [name for name in REPRESENTATIVE if name in STORIES]
        rest = [name for name in REPRESENTATIVE if name not in STORIES]
        await asyncio.gather(play_all(main, mains, told), play_all(modes, rest, told))
        yield told
    finally:
        await asyncio.gather(*(stage.down() for stage in (*main, *modes)))


@pytest.mark.parametrize("name", REPRESENTATIVE)
async def test_story_is_the_same_without_a_gateway(found: dict[str, str], name: str) -> None:
    """Target, mode, tag, terms, outcome and record."""
    if found[name]:
        pytest.fail(found[name])


async def test_every_story_is_played_dead_or_has_a_reason() -> None:
    """No name that is none stands among the exceptions, and each has a reason; a story that is new is played."""
    assert set(NOT_DEAD) <= set(ALL)
    assert all(NOT_DEAD.values())
    assert set(names()) | set(NOT_DEAD) == set(ALL)
    assert set(REPRESENTATIVE) <= set(names())
