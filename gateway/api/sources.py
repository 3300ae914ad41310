"""What the API reads. The composition root fills it in; the API knows neither engine nor store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.api.feed import Feed

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Callables, each returning the plain values of ``openapi.yaml``."""

    context: Callable[[str, bool], Awaitable[View | None]]
    """A context by id; the flag asks for the caller's full number."""
    transfer: Callable[[str], Awaitable[View | None]]
    transfers: Callable[[int, float | None], Awaitable[list[View]]]
    """At most so many, pressed before an instant (seconds since 1970; None: now), newest first."""
    calls: Callable[[], list[View]]
    seats: Callable[[], list[View]]
    switchboards: Callable[[], list[View]]
    ready: Callable[[], tuple[bool, list[View]]]
    """Whether all is well, and each problem as what, where, remedy."""
    metrics: Callable[[], str]
    audit: Callable[[str, str, str], None]
    """Who read what in full, and for which purpose."""
    feed: Feed
