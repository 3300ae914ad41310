"""The toy's stage is as strict as an ear: a story that is not so fails on it, and whatever it breaks is whole again behind the block."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.phone import PhoneError
from simulators.play import LISTEN_S, SETTLE_S, Play, StoryFailed
from simulators.stories import CALLER, FAR, SEAT
from simulators.story_rules import RULES

from .conftest import lent
from .toy_stage import ToyStage


@pytest.fixture
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Play]:
    """A play with a gateway, before its phones are there."""
    async with lent(request, tmp_path, RULES) as house:
        stage = ToyStage(house)
        await stage.gateway_up()
        yield stage.play("a play")
        await stage.clear()
        await stage.empty()


async def test_who_is_not_heard_fails_a_story(play: Play) -> None:
    """A party that is missing, and one too many, are told by name."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    with pytest.raises(StoryFailed, match=r"13800000001 hears \['1001'\], not \['1001', '2001'\]"):
        await play.hears(caller, {seat, far})
    with pytest.raises(StoryFailed, match=r"13800000001 hears \['1001'\], not \[\]"):
        await play.hears(caller, set())


async def test_whoever_is_heard_for_a_moment_is_not_heard(play: Play) -> None:
    """As with ears: it counts for a listening time. Who leaves within it was not there, and the time until then is waited for."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    await far.answer()
    await play.eventually(lambda: caller.hears() == {"1001", "2001"}, "three talk")
    play.stage.house.pbx.later((LISTEN_S + SETTLE_S) / 2, lambda: far.board.hangup(far.channel, 16))  # type: ignore[attr-defined]
    with pytest.raises(StoryFailed):
        await play.hears(caller, {seat, far})
    await play.hears(caller, {seat})


async def test_an_outcome_that_is_not_so_fails_a_story(play: Play) -> None:
    """Another outcome, another reason, and one that does not come, each says what is so instead."""
    caller, seat, far = await play.phones(CALLER, SEAT, FAR)
    await play.connect(caller, seat)
    with pytest.raises(StoryFailed, match="no outcome"):
        await play.outcome("completed")
    pressed = await play.press(seat)
    await play.rings(far, pressed)
    with pytest.raises(StoryFailed, match="the transfer is ringing"):
        await play.state("three_party", within_s=1)
    await far.decline(603)
    with pytest.raises(StoryFailed, match="the outcome is declined"):
        await play.outcome("completed")
    with pytest.raises(StoryFailed, match="the reason is declined, not busy"):
        await play.outcome("declined", "busy")
    with pytest.raises(StoryFailed, match="no outcome"):
        await play.outcome("declined", of=2)
    await play.read(seat, pressed)


async def test_time_is_that_of_every_phone(play: Play) -> None:
    """What a phone notes lies between the instants before and behind it, and a time that passes is as long as it was asked for."""
    caller, seat = await play.phones(CALLER, SEAT)
    await play.connect(caller, seat)
    before = play.now
    await play.pass_s(3.0)
    pressed = await play.press(seat)
    assert play.now - before >= 3.0
    assert [line.at for line in seat.diary.lines if line.word == "pressed"] == [pressed]
    with pytest.raises(PhoneError, match="not within 2 s"):
        await seat.diary.wait("text", after=play.now + 60, within_s=2)


async def test_what_was_changed_is_as_before(play: Play) -> None:
    """Behind its block a dialplan drops nobody any more, and a frozen gateway hears again."""
    plans = play.stage.house.pbx.plans  # type: ignore[attr-defined]
    before = plans["12345"].settings
    async with play.stage.drops(3.0):
        assert plans["12345"].settings.drop_s == 3.0
    assert plans["12345"].settings == before
    with play.stage.gateway_frozen():
        await play.pass_s(0.1)
    assert await play.stage.is_ready()
