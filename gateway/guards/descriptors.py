"""File descriptors: as many as the machine lets us have, and some that no stranger gets.

A process that has used up its descriptors cannot open its store, and what it decides then is in memory only.
"""

from __future__ import annotations

import resource

import structlog

from gateway.guards.door_limits import DESCRIPTORS_KEPT

log = structlog.get_logger("descriptors")

CONNECTIONS_MIN = 16
"""Somebody must be let in, whatever the machine gives."""
ENOUGH = 1_048_576
"""Number that is asked for where the machine knows no end: some systems then clear a table of a thousand million entries for each child."""


def raised() -> int:
    """Raise the soft limit to the hard one; the limit that holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return ENOUGH if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("descriptors_not_raised", soft=soft, why=str(error), remedy="LimitNOFILE= in the service's unit")
        return soft
    return wanted


def for_connections(wanted: int, descriptors: int) -> int:
    """Number of connections that so many descriptors allow, so that the gateway keeps its own: never more than wanted."""
    allowed = max(CONNECTIONS_MIN, min(wanted, descriptors - DESCRIPTORS_KEPT))
    if allowed < wanted:
        remedy = f"LimitNOFILE={wanted + DESCRIPTORS_KEPT} in the service's unit (ulimit -Hn), or lower connections_max"
        log.warning(
            "connections_limited", connections_max=allowed, wanted=wanted, descriptors=descriptors, remedy=remedy
        )
    return allowed
