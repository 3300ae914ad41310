"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: float) -> str:
    """An instant, in seconds since 1970, as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def instant(at: float) -> str | None:
    """An instant as ``iso`` has it; None for 0, which means "not yet"."""
    return iso(at) if at else None
