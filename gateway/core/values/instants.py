"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: float) -> str | None:
    """An instant as ISO 8601 in UTC with milliseconds; None for 0, which means "not yet"."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at else None
