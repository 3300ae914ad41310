"""Every story there is, by name, from all the modules that tell them."""

from __future__ import annotations

from simulators import stories_context, stories_data, stories_modes, stories_presence
from simulators.stories import DATA, MODES, STORIES, Story

MODULES = (stories_modes, stories_context, stories_presence, stories_data)
"""Those that enter their stories in ``MODES`` and ``DATA``."""
ALL: dict[str, Story] = STORIES | MODES | DATA
