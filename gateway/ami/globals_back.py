"""A switchboard's globals as they were written, read back: ``Getvar`` without a channel, a message each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from gateway.ami import encode
from gateway.ami.protocol import Reply

ASKED_AT_ONCE = 50
"""Asterisk answers one after the other, some 10,000 a second, and no key waits for them all."""


async def differing(ask: Callable[..., Awaitable[Reply]], values: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The names whose value is another than this. One that Asterisk does not tell is none of them: nothing is known of it."""
    wanted = list(values)
    found: list[str] = []
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[first : first + ASKED_AT_ONCE]
        asked = (ask("Getvar", ("Variable", encode.plan_name(name))) for name, _ in some)
        for (name, value), reply in zip(some, await asyncio.gather(*asked), strict=True):
            if reply.ok and reply.get("Value") != value.strip():
                found.append(name)
    return tuple(found)
