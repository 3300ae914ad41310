"""Every story of the other modes, ladders, triggers and deaths, and of data that does not come, on real switchboards: four labs side
by side play them once."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.phone import PhoneError
from simulators.play import StoryFailed
from simulators.playbill import ALL
from simulators.stage import AsteriskStage
from simulators.stories import CALLS, DATA, MODES, STORIES, perform
from simulators.story_rules import MODES_RULES

# The first test waits for all of them; most of a story is people talking, so four labs share two cores well.
pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
STAGES = 4


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """What was wrong with each story, by name; empty where it went as it must and left nothing behind."""
    folder = tmp_path_factory.mktemp("modes")
    stages = [
        AsteriskStage(f"modes-{number}", folder / str(number), rules=MODES_RULES, platform=True)
        for number in range(STAGES)
    ]
    found: dict[str, str] = {}
    todo = list(MODES | DATA | CALLS)
    try:
        await asyncio.gather(*(stage.up() for stage in stages))
        await asyncio.gather(*(_play(stage, todo, found) for stage in stages))
        found["outputs"] = "\n".join(leak for stage in stages for leak in _leaks(stage))
        yield found
    finally:
        await asyncio.gather(*(stage.down() for stage in stages))


async def _play(stage: AsteriskStage, todo: list[str], found: dict[str, str]) -> None:
    while todo:
        name = todo.pop(0)
        try:
            await perform(name, stage)
            found[name] = _left(stage)
        except (StoryFailed, PhoneError) as error:
            ladder = "\n".join(f"{rung['ms']:>9} {rung['who']:<14} {rung['what']}" for rung in error.play.ladder())
            found[name] = f"{error}\n{ladder}"
        except Exception as error:  # of one story: the others are played all the same
            found[name] = f"{type(error).__name__}: {error}"
        if found[name]:
            await _whole_again(stage)


async def _whole_again(stage: AsteriskStage) -> None:
    """A story that broke off has left things as they were in its middle: the next is about itself."""
    if not stage.gateway_lives:
        await stage.gateway_up()
    for side, board in stage.lab["switchboards"].items():
        for seat in board["seats"]:
            stage.console(side, f"queue unpause member PJSIP/{seat['number']} queue {board['queue']}")


def _left(stage: AsteriskStage) -> str:
    for side in ("12345", "110"):
        if not re.search(r"^0 active channels", stage.console(side, "core show channels"), re.M):
            return f"channels are left on {side}"
        if len(stage.console(side, "bridge show all").splitlines()) > 1:
            return f"bridges are left on {side}"
    return ""


def _leaks(stage: AsteriskStage) -> list[str]:
    """Where a caller's number stands that it must not: logs, metrics, audit log, names of files. (Asterisk's own logs are the site's:
    in this lab a citizen is an endpoint with the number as its name.)"""
    numbers = {caller["number"] for board in stage.lab["switchboards"].values() for caller in board["callers"]}
    folders = (stage.folder, Path(stage.lab["dir"]) / "audit")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "pjsip" not in path.parts]
    texts = {
        str(path): path.read_text("utf-8", "replace") for path in files if path.suffix in (".log", ".out", ".jsonl")
    }
    texts["names of files"] = "\n".join(map(str, files))
    api = stage.lab["api"]
    with urllib.request.urlopen(f"http://{api['host']}:{api['port']}/metrics", timeout=5) as answer:
        texts["metrics"] = answer.read().decode()
    return [f"{where}: {number}" for where, text in texts.items() for number in sorted(numbers) if number in text]


async def test_no_output_holds_a_callers_number(played: dict[str, str]) -> None:
    """After every story: what the gateways have written and show has no number of a caller in it."""
    assert played["outputs"] == ""


async def test_the_stories_are_all_known() -> None:
    """No two stories have one name."""
    assert len(ALL) == len(STORIES) + len(MODES) + len(DATA) + len(CALLS)
    assert len(STORIES) == 13


@pytest.mark.parametrize("name", list(MODES | DATA | CALLS))
async def test_story(played: dict[str, str], name: str) -> None:
    """The story went as it must, and left no channel and no bridge behind."""
    if played[name]:
        pytest.fail(played[name])  # whole: an assertion would cut the ladder short
