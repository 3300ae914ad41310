"""The store as a gateway before this one left it, where what it acknowledged still waits in the backlog file.

A start may find a store that can be read and takes nothing. Begun from what it says alone, the core would write another version of
what waits, and close transfers whose end waits: so what waits is laid over what the store says, the newest row of each id.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from gateway.core.messages.records import CallbackRow, ContextRow, QueueRow, SeatRow, TransferRow
from gateway.store import DeliveryRow, OnceRow, SeenRow, Store, StoreRecord

_R = TypeVar("_R", TransferRow, CallbackRow, OnceRow, DeliveryRow)


def with_backlog(store: Store, waiting: list[StoreRecord]) -> Store:
    """The store, with ``waiting`` laid over what a start reads of it. Once that list is cleared, it is the store and nothing else."""
    return cast(Store, StoreWithBacklog(store, waiting)) if waiting else store


class StoreWithBacklog:
    """Store whose rows that wait for the disk lie over those that it has: a start reads what was acknowledged, wherever that is."""

    def __init__(self, store: Store, waiting: list[StoreRecord]) -> None:
        self._store, self._waiting = store, waiting

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _over(self, cls: type[_R], rows: list[_R]) -> list[_R]:
        """These rows, each in place of the one that is told."""
        newest = {row.id: row for row in rows}
        newest.update({row.id: row for row in self._waiting if isinstance(row, cls)})
        return list(newest.values())

    async def open_transfers(self) -> list[TransferRow]:
        rows = self._over(TransferRow, await self._store.open_transfers())
        return sorted((row for row in rows if not row.ended_at), key=lambda row: row.pressed_at)

    async def open_contexts(self) -> list[ContextRow]:
        newest = {row.id: row for row in await self._store.open_contexts()}
        for row in self._waiting:
            if isinstance(row, ContextRow) and (row.id not in newest or row.version >= newest[row.id].version):
                newest[row.id] = row
        return sorted((row for row in newest.values() if not row.ended_at), key=lambda row: row.at)

    async def last_seats(self) -> list[SeatRow]:
        newest = {(row.switchboard, row.seat): row for row in await self._store.last_seats()}
        newest.update({(row.switchboard, row.seat): row for row in self._waiting if isinstance(row, SeatRow)})
        return [newest[key] for key in sorted(newest)]

    async def seen(self) -> dict[str, float]:
        return await self._store.seen() | {row.id: row.at for row in self._waiting if isinstance(row, SeenRow)}

    async def queue_rows(self, since: float, until: float) -> list[QueueRow]:
        rows = [row for row in self._waiting if isinstance(row, QueueRow) and since <= row.joined_at < until]
        return [*await self._store.queue_rows(since, until), *rows]

    async def callbacks(
        self, limit: int, before: float | None = None, state: str | None = None, home: str | None = None
    ) -> list[CallbackRow]:
        rows = self._over(CallbackRow, await self._store.callbacks(limit, before, state, home))
        fit = [
            row
            for row in rows
            if state in (None, row.state) and home in (None, row.home) and (before is None or row.at < before)
        ]
        return sorted(fit, key=lambda row: -row.at)[:limit]

    async def once(self, at: float, limit: int) -> list[OnceRow]:
        rows = self._over(OnceRow, await self._store.once(at, limit))
        return sorted((row for row in rows if row.expires_at > at), key=lambda row: row.at)[-limit:]

    async def deliveries(self, state: str, limit: int, *, after: int = 0) -> list[DeliveryRow]:
        """Page by page as the store's: what waits behind its page comes with a later one."""
        while True:
            stored = await self._store.deliveries(state, limit, after=after)
            last = stored[-1].number if len(stored) == limit else None
            rows = [
                row
                for row in self._over(DeliveryRow, stored)
                if row.state == state and row.number > after and (last is None or row.number <= last)
            ]
            if rows or last is None:
                return sorted(rows, key=lambda row: row.number)[:limit]
            after = last
