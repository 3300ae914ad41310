"""For all tests: on a CI machine random tests, and the manners of simulated phones, are the same every time, so that a change is judged by
what it changed. Anywhere else each run draws others."""

from __future__ import annotations

import os

from hypothesis import settings

from simulators.manners import SEED

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
    os.environ.setdefault(SEED, "12345")
