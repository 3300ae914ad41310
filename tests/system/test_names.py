"""A scenario has one name everywhere: a story, a system run, a heading of the transfers page (DESIGN section 9)."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from simulators import stories
from simulators.playbill import ALL

from . import test_stories, test_stories_context, test_stories_data, test_stories_modes, test_stories_presence

PAGE = Path(__file__).resolve().parents[2] / "docs/transfers.md"
RUNS = [
    (stories.STORIES, (test_stories,)),
    (stories.MODES, (test_stories_modes, test_stories_context, test_stories_presence)),
    (stories.DATA, (test_stories_data,)),
]


@pytest.mark.parametrize(("told", "modules"), RUNS, ids=["the main job", "every other mode", "data that does not come"])
def test_every_story_is_run_here(told: dict[str, object], modules: tuple[ModuleType, ...]) -> None:
    """The system runs are those of the stories, by the same names and in the same order."""
    names = [name for module in modules for name in vars(module) if name.startswith("test_")]
    assert [name.removeprefix("test_") for name in names] == list(told)


def test_every_story_is_a_heading() -> None:
    """The headings under "The stories" of the transfers page are the stories, in the same order."""
    page = PAGE.read_text(encoding="utf-8").partition("\n## The stories\n")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\w+)$", page, re.M) == list(ALL)
