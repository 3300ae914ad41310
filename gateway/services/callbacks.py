"""Call-back tasks: people who hung up while a transfer was under way, and who calls them."""

from __future__ import annotations

import asyncio
import math
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import structlog

from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import CallbackRow, ContextRow
from gateway.core.messages.requests import CallbackAsked, CallbackDropped
from gateway.core.model.world import World
from gateway.core.values.ids import PressId, SeatId, SwitchboardId
from gateway.problems import Problem
from gateway.security import rights
from gateway.security.principal import Principal
from gateway.services.durability import Durability
from gateway.services.known_seats import KnownSeats
from gateway.services.store_problems import store_errors_as_problems
from gateway.store import Store, StoreError
from gateway.views.plain import View
from gateway.views.records import callback_view

log = structlog.get_logger("callbacks")

MINUTE_S = 60.0
DIALLING_MAX = 10_000
"""Tasks that a gateway can have been dialling when it ended: the rate keeps them far below."""


async def reopen(store: Store) -> None:
    """Tasks that were being dialled when a gateway ended are open again: nobody watches them any more."""
    for row in await store.callbacks(DIALLING_MAX, state="dialling"):
        store.write(replace(row, state="open", note="gateway_restarted"))


class Callbacks:
    """The tasks of one gateway. ``written`` brings what the last turns decided to the store; ``numbers`` are those that may be called
    back; ``seats`` says what is a seat. ``clock``: seconds since 1970; ``monotonic`` is never set, for the rate."""

    def __init__(
        self,
        world: World,
        store: Store,
        submit: Callable[[AnyEvent], None],
        written: Callable[[], None],
        per_minute_max: int,
        numbers: re.Pattern[str],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        seats: KnownSeats,
    ) -> None:
        self._seats = seats
        self._world, self._store, self._clock, self._numbers = world, store, clock, numbers
        self._monotonic = monotonic
        self._submit, self._written = submit, written
        self._durability = Durability(written, store)
        self._per_minute_max = per_minute_max
        self._dialled: deque[float] = deque()
        self._one_at_a_time = asyncio.Lock()  # between reading a task and acting on it nobody else acts

    async def listed(
        self, limit: int, before: float | None, state: str | None, principal: Principal, full: bool
    ) -> list[View]:
        """Tasks, newest first."""
        with store_errors_as_problems():
            await self._durability.stored()
            rows = await self._store.callbacks(limit, before, state, principal.switchboard or None)
        return [callback_view(row, full=full) for row in rows if rights.sees(principal, row)]

    async def dial(self, id_: str, switchboard: str, seat: str, who: str, principal: Principal) -> View:
        """Ring the seat, then the caller. Raises Problem where the task is not open, not the holder's, or its number is none that
        may be called back."""
        rights.acts_for(principal, switchboard, seat)
        self._seats.need_connected(switchboard)
        self._seats.need(switchboard, seat)
        async with self._one_at_a_time:
            task = await self._open(id_, principal)
            if not self._numbers.fullmatch(task.number):
                raise Problem("no_number", id=id_, rule="[limits] callback_numbers")
            matter = await self._matter(task)
            self._count(self._monotonic())
            log.info("asked", what="callback_dial", task=id_, switchboard=switchboard, seat=seat, who=who)
            self._submit(CallbackAsked(SwitchboardId(switchboard), self._clock(), task, SeatId(seat), matter))
            self._written()  # at once: a gateway that is killed now shall not find the task open
            return callback_view(self._world.callbacks[task.id])

    async def drop(self, id_: str, note: str, who: str, principal: Principal) -> View:
        """Close a task without a call."""
        async with self._one_at_a_time:
            task = replace(await self._open(id_, principal), state="dropped", note=note)
            log.info("asked", what="callback_drop", task=id_, who=who)
            self._submit(CallbackDropped(task.home, self._clock(), task))
            self._written()
            return callback_view(task)

    async def _matter(self, task: CallbackRow) -> ContextRow | None:
        """The record that the task is about. A caller is called back without it, too."""
        try:
            return await self._store.context(task.context)
        except StoreError:
            return None

    async def _open(self, id_: str, principal: Principal) -> CallbackRow:
        with store_errors_as_problems():
            await self._durability.stored()
            task = await self._store.callback(id_)
        task = rights.visible(principal, self._world.callbacks.get(PressId(id_), task), id=id_)
        if task.state != "open":
            raise Problem("wrong_state", state=task.state)
        return task

    def _count(self, at: float) -> None:
        while self._dialled and self._dialled[0] <= at - MINUTE_S:
            self._dialled.popleft()
        if len(self._dialled) >= self._per_minute_max:
            raise Problem("too_many_callbacks", retry_after_s=math.ceil(self._dialled[0] + MINUTE_S - at))
        self._dialled.append(at)
