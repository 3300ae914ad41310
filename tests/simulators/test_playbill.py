"""Every story has one name, and is played on both stages or says why it is not."""

from __future__ import annotations

import inspect

import pytest

from simulators.playbill import ALL, MODULES, ONLY_ON_ASTERISK
from simulators.stories import CALLS, DATA, MODES, STORIES


def test_no_two_stories_have_one_name() -> None:
    """The four tables share no name, and each entry stands under its own."""
    assert len(ALL) == len(STORIES) + len(MODES) + len(DATA) + len(CALLS)
    assert [name for name, story in ALL.items() if name != story.__name__] == []


def test_a_story_for_one_stage_has_a_reason() -> None:
    """What the toy does not play is a story of real calls, with a reason; nothing else is."""
    assert list(ONLY_ON_ASTERISK) != []
    assert set(ONLY_ON_ASTERISK) == set(CALLS)
    assert [name for name, reason in ONLY_ON_ASTERISK.items() if not reason.strip()] == []


@pytest.mark.parametrize("name", ALL)
def test_a_story_asks_for_the_stage_that_it_is_played_on(name: str) -> None:
    """A story of both stages is written for any play, one of real calls for a play on real switchboards."""
    (play,) = inspect.signature(ALL[name]).parameters.values()
    assert play.annotation == ("AsteriskPlay" if name in ONLY_ON_ASTERISK else "Play")


def test_every_module_tells_a_story() -> None:
    """No module of the playbill is there in vain."""
    told = {story.__module__ for story in ALL.values()}
    assert [module.__name__ for module in MODULES if module.__name__ not in told] == []
