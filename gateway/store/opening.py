"""Which store a site has: the path of a SQLite file, or the URL of a Redis server."""

from __future__ import annotations

from pathlib import Path

from gateway.store import Store
from gateway.store.redis import RedisStore
from gateway.store.sqlite import SqliteStore

SCHEMES = ("redis://", "rediss://", "unix://")


def open_store(path: Path, url: str = "", folder: Path | None = None) -> Store:
    """Open it: the file, or where a URL is given that server. Raises StoreError.

    The backlog lies in ``folder``, else beside the file: a site that keeps the database on a disk of its own has it on another."""
    if url:
        return RedisStore(url, (folder or path.parent) / "redis.backlog")
    beside = path.with_name(path.name + ".backlog")
    there = folder / beside.name if folder is not None else beside
    return SqliteStore(path, backlog=beside if beside.exists() else there)  # of an older onekey: that comes home first
