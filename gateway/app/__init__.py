"""The composition root: the only place that builds, starts and stops, and that knows all edges."""

from __future__ import annotations

from gateway.app.running import run
from gateway.app.wiring import App

__all__ = ["App", "run"]
