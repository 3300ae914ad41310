"""Durability of decisions: one way to wait for it, in four degrees of patience."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from gateway.services.store_problems import store_errors_as_problems
from gateway.store import Store, StoreError

KEPT_S = 2.0
"""Time for which an answer waits for a used button, or a request's key, to be durable. A disk that takes longer is an alarm of its own."""


class Durability:
    """The way from the engine to the store. ``write_down`` hands what the last turns decided to ``store``."""

    def __init__(self, write_down: Callable[[], None], store: Store) -> None:
        self._write_down, self._store = write_down, store

    async def stored(self) -> None:
        """Wait until the decisions of the last turns are in the store. Raises StoreError if they are not."""
        self._write_down()
        await self._store.flush()

    async def written(self) -> None:
        """Wait until the decisions of the last turns are in the store, if it takes anything."""
        with contextlib.suppress(StoreError):
            await self.stored()

    async def kept(self) -> None:
        """Wait until a decision is durable before it is answered, if the store takes it in good time: the phones ring already."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.written(), KEPT_S)

    async def durable(self) -> None:
        """Wait until the decisions of the last turns are in the store. Raises Problem if they are not."""
        with store_errors_as_problems():
            await self.stored()
