"""Which store a site has: the path of a SQLite file, or the URL of a Redis server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gateway.core.commands import ContextRow
from gateway.store import Store
from gateway.store.reading import SqliteReading
from gateway.store.redis import PREFIX, RedisStore, connect, shown
from gateway.store.redis_reading import RedisReading
from gateway.store.search import ContextSearch
from gateway.store.sqlite import SqliteStore

SCHEMES = ("redis://", "rediss://", "unix://")


class Reading(Protocol):
    """What an export asks of a store."""

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        """As ``Store.contexts``."""
        ...


def open_reading(path: Path, url: str = "") -> Reading:
    """A store to be read only: no writer, no backlog, nothing to close. Raises StoreError where it is asked."""
    if url:
        reading = RedisReading()
        reading.client, reading.prefix, reading.where = connect(url), PREFIX, shown(url)
        return reading
    file = SqliteReading()
    file.path = path
    return file


def open_store(path: Path, url: str = "") -> Store:
    """Open it: the file, or where a URL is given that server, whose backlog then lies beside the file. Raises StoreError."""
    return RedisStore(url, path.with_name("redis.backlog")) if url else SqliteStore(path)
