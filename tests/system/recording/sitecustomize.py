"""A child of a test writes down its calls: Python imports this module, which lies on its path, before anything else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from calls import VARIABLE, Calls

if folder := os.environ.get(VARIABLE):
    Calls(Path(folder)).__enter__()
