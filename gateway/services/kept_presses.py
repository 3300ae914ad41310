"""Presses that no gateway followed, between the core, the store and Asterisk: which of them have a record, and when they may be forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.core.messages.answers import CommandFailed, CommandSucceeded, TransfersFound
from gateway.core.messages.commands import AmiCommand, FindTransfers, ForgetPresses
from gateway.services.durability import Durability
from gateway.store import Store, StoreError

Answer = CommandSucceeded | CommandFailed
FAILED = "the store does not answer"


class KeptPresses:
    """``write_down`` gives the store what the last turns decided, ``submit`` takes an event, ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        store: Store,
        write_down: Callable[[], None],
        submit: Callable[[TransfersFound], None],
        clock: Callable[[], float],
    ) -> None:
        self._store, self._submit, self._clock = store, submit, clock
        self._durability = Durability(write_down, store)

    async def find(self, command: FindTransfers) -> Answer:
        """Ask the store, and tell the core."""
        try:
            rows = [(press, await self._store.transfer(press)) for press in command.presses]
        except StoreError:
            return CommandFailed(command.switchboard, self._clock(), command.id, FAILED)
        ended = tuple(press for press, row in rows if row is not None and row.ended_at)
        missing = tuple(press for press in command.presses if press not in ended)
        self._submit(TransfersFound(command.switchboard, self._clock(), ended, missing))
        return CommandSucceeded(command.switchboard, self._clock(), command.id)

    async def forget(self, command: ForgetPresses, execute: Callable[[AmiCommand], Awaitable[Answer]]) -> Answer:
        """Durable first, then forgotten: killed in between, the next gateway finds the entries, and the store that it has them."""
        try:
            await self._durability.stored()
        except StoreError:
            return CommandFailed(command.switchboard, self._clock(), command.id, FAILED)
        return await execute(command)
