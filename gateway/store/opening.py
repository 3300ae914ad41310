"""Which store a site has: the path of a SQLite file, or the URL of a Redis server."""

from __future__ import annotations

from pathlib import Path

from gateway.store import Store
from gateway.store.redis import RedisStore
from gateway.store.sqlite import SqliteStore

SCHEMES = ("redis://", "rediss://", "unix://")


def open_store(path: Path, url: str = "") -> Store:
    """Open it: the file, or where a URL is given that server, whose backlog then lies beside the file. Raises StoreError."""
    return RedisStore(url, path.with_name("redis.backlog")) if url else SqliteStore(path)
