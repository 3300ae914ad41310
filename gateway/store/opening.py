"""Which store a site has: the path of a SQLite file, or the URL of a Redis server."""

from __future__ import annotations

from pathlib import Path

from gateway.store import Store
from gateway.store.sqlite import SqliteStore


def open_store(where: Path | str) -> Store:
    """Open it. Raises StoreError if it cannot be used."""
    return SqliteStore(Path(where))
