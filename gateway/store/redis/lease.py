"""A gateway's claim to a Redis server: a key that goes when nobody renews it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import redis

from gateway.core.values.holder import Holder
from gateway.store.redis.store import PREFIX, connect

KEY = f"{PREFIX}gateway"
LEASE_S = 30.0
"""Seconds that a gateway may be silent before another one may begin there: three times ``RENEW_S``."""
RENEW_S = 10.0


def take(url: str, mine: Holder) -> Holder | None:
    """Claim the server, or renew the claim; the gateway that has it already, where it is another one. A server that does not answer tells
    nothing: the store says so itself. Raises StoreError for a URL that is none."""
    client = connect(url)
    with contextlib.closing(client):
        try:
            written, lease_ms = replace(mine, at=time.time()).written(), int(LEASE_S * 1000)
            if client.set(KEY, written, nx=True, px=lease_ms):
                return None
            other = Holder.read(str(client.get(KEY) or ""))
            if other is not None and other.place != mine.place:
                return other
            client.set(KEY, written, px=lease_ms)
        except redis.RedisError:
            pass
        return None


def release(url: str, mine: Holder) -> None:
    """Give the claim up, where it is ours."""
    client = connect(url)
    with contextlib.closing(client), contextlib.suppress(redis.RedisError):
        other = Holder.read(str(client.get(KEY) or ""))
        if other is not None and other.place == mine.place:
            client.delete(KEY)
