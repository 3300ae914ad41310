"""Every story there is, by name, from all the modules that tell them."""

from __future__ import annotations

from simulators import (
    stories_again,
    stories_button,
    stories_context,
    stories_data,
    stories_further,
    stories_goodbye,
    stories_hand_over,
    stories_hold,
    stories_kept,
    stories_keys,
    stories_modes,
    stories_plan,
    stories_presence,
    stories_watch,
)
from simulators.stories import CALLS, DATA, MODES, STORIES, Story

MODULES = (
    stories_modes,
    stories_context,
    stories_presence,
    stories_data,
    stories_again,
    stories_button,
    stories_hand_over,
    stories_keys,
    stories_plan,
    stories_kept,
    stories_watch,
    stories_further,
    stories_goodbye,
    stories_hold,
)
"""Those that enter their stories in ``MODES``, ``DATA`` and ``CALLS``."""
ALL: dict[str, Story] = STORIES | MODES | DATA | CALLS
