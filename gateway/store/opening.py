"""Store of a site: the path of a SQLite file, or the URL of a Redis server."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from gateway.core.messages.records import ContextRow, GapRow, SeatRow, TransferRow
from gateway.store import AnchorRow, Store
from gateway.store.redis.reader import RedisReader
from gateway.store.redis.store import PREFIX, RedisStore, connect, shown
from gateway.store.search import ContextSearch
from gateway.store.sqlite.reader import open_file
from gateway.store.sqlite.store import SqliteStore

SCHEMES = ("redis://", "rediss://", "unix://")


class Reader(Protocol):
    """The part of a store that is for readers only."""

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        """As ``Store.contexts``."""
        ...

    async def context(self, id_: str) -> ContextRow | None:
        """As ``Store.context``."""
        ...

    async def transfers(self, limit: int, before: float | None = None) -> list[TransferRow]:
        """As ``Store.transfers``."""
        ...

    async def seat_rows(self, since: float, until: float) -> list[SeatRow]:
        """As ``Store.seat_rows``."""
        ...

    async def gaps(self, since: float, until: float) -> list[GapRow]:
        """As ``Store.gaps``."""
        ...

    async def seen(self) -> dict[str, float]:
        """As ``Store.seen``."""
        ...

    async def anchor(self, id_: str) -> AnchorRow | None:
        """As ``Store.anchor``."""
        ...


def open_reading(path: Path, url: str = "") -> Reader:
    """A store to be read only: no writer, no backlog, nothing to close. Raises StoreError where it is asked."""
    if url:
        reading = RedisReader()
        reading.client, reading.prefix, reading.where = connect(url), PREFIX, shown(url)
        return reading
    return open_file(path)


def open_store(path: Path, url: str = "", folder: Path | None = None, *, gateway: bool = False) -> Store:
    """Open it: the file, or where a URL is given that server. Raises StoreError. A command leaves records on a server as they are: a gateway of
    an older onekey may run on them.

    The backlog lies in ``folder``, else beside the file: a site that keeps the database on a disk of its own has it on another. What an
    older onekey has left beside the file comes home once, before it."""
    beside = path.with_name("redis.backlog" if url else path.name + ".backlog")
    there = folder / beside.name if folder is not None else beside
    older = beside if beside.resolve() != there.resolve() and beside.exists() else None
    if url:
        return RedisStore(url, there, older=older, up_to_date=gateway)
    return SqliteStore(path, backlog=there, older=older)
