"""The type of everything that people are shown."""

from __future__ import annotations

from typing import Any

View = dict[str, Any]
