"""The outbox: contexts that go to the platforms of other switchboards, each in a CloudEvents envelope, signed, until it is taken.

It is in the store, so that a restart forgets nothing. Deliveries about one matter keep their order, those of different
matters go side by side (``platform_queue``). A delivery keeps its id over all tries: whoever gets it twice knows. One that is not taken
within ``push_tries_max`` tries is a dead letter: it is listed, and sent again when somebody asks for it. Nothing here stands
on the way of a call: what is pushed was written down before (law 5).
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from gateway.config.settings import PushTarget
from gateway.contexts import texts
from gateway.contexts.formats.work_order import NO_FORM, Form
from gateway.contexts.no_answer import Down
from gateway.contexts.platform_queue import PAGE, Means, PlatformQueue, Send, delivery_id
from gateway.contexts.webhooks import envelope
from gateway.core.messages.records import ContextRow
from gateway.core.values.bilingual import both
from gateway.core.values.instants import instant
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import Problem
from gateway.security.principal import Principal
from gateway.services.store_problems import store_errors_as_problems
from gateway.store import DeliveryRow, Store
from gateway.views.contexts import context_view
from gateway.views.plain import View


class Planned(NamedTuple):
    """A version and its deliveries; the ids of those that hide the number, and the newest number when they were made."""

    version: ContextRow
    deliveries: tuple[DeliveryRow, ...]
    hidden: frozenset[str]
    number: int


class Outbox:
    """The outbox of one gateway. ``audit`` notes what leaves in full, ``audited`` returns when that is durable (raises AuditError); whoever
    ``sees_confidential`` is shown confidential numbers, and whoever ``sees_place`` the whole place; ``form`` is the work-order form in force, ``here`` the attached switchboards (empty:
    all are). ``clock``: seconds since 1970; ``monotonic`` is never set, for spans."""

    def __init__(
        self,
        targets: Sequence[PushTarget],
        store: Store,
        send: Send,
        *,
        audit: Callable[[str, str, str, str], None],
        audited: Callable[[], Awaitable[None]],
        sees_confidential: Callable[[str], bool],
        sees_place: Callable[[str], bool] = lambda _: False,
        name: str,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        here: Collection[str] = (),
        form: Callable[[], Form] = lambda: NO_FORM,
        limits: DoorLimits = DOOR_LIMITS,
        dice: random.Random | None = None,
    ) -> None:
        self._targets = {target.switchboard: target for target in targets}
        self._store, self._sees_confidential, self._clock = store, sees_confidential, clock
        self._sees_place = sees_place
        self._form, self._here, self._limits = form, here, limits
        self._source = f"/onekey/{name}"
        self._number = int(clock() * 1e6)  # below 2^53: Redis orders by a double
        self._means = Means(
            store=store,
            send=send,
            audit=audit,
            audited=audited,
            sees_confidential=sees_confidential,
            body=self._body,
            clock=clock,
            monotonic=monotonic,
            dice=dice or random.Random(),  # noqa: S311 - a pause
            limits=limits,
        )
        self._queues: dict[str, PlatformQueue] = {}

    async def start(self) -> None:
        """Take up what a gateway before this one had not delivered."""
        after, found = 0, list[DeliveryRow]()
        fit: Counter[str] = Counter()
        while rows := await self._store.deliveries("waiting", PAGE, after=after):
            after = rows[-1].number
            for row in rows:
                fit[row.to] += 1
                if fit[row.to] <= self._limits.push_memory_max:
                    found.append(row)
        # a clock that was set back must not put what is new before what waits
        self._number = max(self._number, after)
        for row in found:
            self._queue(row.to).take(row)
        for to, count in fit.items():
            if count > self._limits.push_memory_max:
                self._queue(to).leave_stored(count - self._limits.push_memory_max)

    async def stop(self) -> None:
        """Let go; what waits is in the store."""
        tasks = [task for queue in self._queues.values() for task in queue.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no delivery is under way."""
        while tasks := [task for queue in self._queues.values() for task in queue.tasks]:
            await asyncio.gather(*tasks)

    @property
    def in_memory(self) -> int:
        """Number of deliveries in memory, of all platforms; the others are only in the store."""
        return sum(queue.in_memory for queue in self._queues.values())

    def publish(self, row: ContextRow) -> None:
        """Write down a version and what is to be pushed of it, in one step, and begin. Never waits."""
        try:
            planned = self.plan(row)
        except Exception:
            self._store.write(row)  # what cannot be pushed is a fault of ours, and is kept all the same
            raise
        self._store.write(row, *planned.deliveries)
        self.enqueue(planned)

    def plan(self, row: ContextRow) -> Planned:
        """Deliveries of a version: whoever it was given to, its home apart, shall have it. To be written with it, then enqueued."""
        deliveries, hidden = list[DeliveryRow](), set[str]()
        for organisation in row.organisations:
            target = self._targets.get(organisation)
            if target is None or organisation == row.home:
                continue
            if self._here and row.home not in self._here and organisation not in self._here:
                continue  # another home's record: it tells those it was given to itself
            id_, hides = (
                delivery_id(row, organisation),
                row.said.confidential and not self._sees_confidential(organisation),
            )
            if hides:
                hidden.add(id_)
            made = DeliveryRow(
                id=id_,
                number=self._next_number(),
                at=self._clock(),
                to=organisation,
                subject=row.id,
                body=self._body(target, row, hides),
            )
            deliveries.append(made)
        return Planned(row, tuple(deliveries), frozenset(hidden), self._number)

    def enqueue(self, planned: Planned) -> None:
        """Deliver from now on the deliveries that have been written with their version."""
        late = self._number != planned.number
        for made in planned.deliveries:
            row, queue = made, self._queue(made.to)
            queue.wished(row.subject, planned.version.said.confidential, row.id if row.id in planned.hidden else "")
            if queue.holds(row):
                continue  # it was written a moment ago, and has been read from the store meanwhile
            if late and queue.full:
                # It comes to memory by way of the store, which may have been read beyond its number meanwhile.
                row = replace(row, number=self._next_number())
                self._store.write(row)
            queue.add(row)

    def _queue(self, to: str) -> PlatformQueue:
        """The queue of a platform; one that the configuration names no more has one, too."""
        if to not in self._queues:
            self._queues[to] = PlatformQueue(to, self._targets.get(to), self._means)
        return self._queues[to]

    def _next_number(self) -> int:
        """Deliveries are ordered by it, also over a restart."""
        self._number += 1
        return self._number

    def _body(self, target: PushTarget, row: ContextRow, hidden: bool) -> str:
        """A version as a platform is sent it."""
        reader = target.switchboard
        view = context_view(row, full=target.full, hidden=hidden, whole=self._sees_place(reader), reader=reader)
        event = envelope(
            delivery_id(row, target.switchboard), self._source, row, view, target.format, form=self._form()
        )
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))

    def platforms(self) -> dict[str, tuple[Down | None, int]]:
        """State of each platform: since when and why it takes nothing (None: it does), and how many deliveries wait for it."""
        return {to: (self._queue(to).down, self._queue(to).length) for to in self._targets}

    def problems(self) -> list[View]:
        """Platforms that take nothing, as what, where and remedy."""
        return [
            {
                "what": texts.PLATFORM_TO_TAKES_NOTHING(to=to, why=down.why.zh, why_en=down.why.en, waiting=waiting),
                "where": f"push {to}",
                "remedy": both(*down.remedy),
            }
            for to, (down, waiting) in self.platforms().items()
            if down is not None
        ]

    # --- for people -------------------------------------------------------------------------------------------------------

    async def listed(self, state: str, limit: int, principal: Principal) -> list[View]:
        """Deliveries in a state that are for the holder's platform, without their bodies."""
        found, after = list[DeliveryRow](), 0
        with store_errors_as_problems():
            await self._store.flush()
            while len(found) < limit and (rows := await self._store.deliveries(state, limit, after=after)):
                found += [row for row in rows if principal.sees((row.to,))]
                after = rows[-1].number
        return [_view(row) for row in found[:limit]]

    async def resend(self, id_: str, principal: Principal) -> View:
        """Try a dead letter again from the beginning. It comes behind what waits of its matter."""
        with store_errors_as_problems():
            await self._store.flush()
            row = await self._store.delivery(id_)
        if row is None or not principal.sees((row.to,)):
            raise Problem("not_found", id=id_)
        if row.state != "dead":
            raise Problem("wrong_state", state=row.state)
        again = replace(row, number=self._next_number(), state="waiting", tries=0, next_at=0.0, why="")
        self._store.write(again)
        self._queue(again.to).add(again)
        return _view(again)


def _view(row: DeliveryRow) -> View:
    return {
        "id": row.id, "at": instant(row.at), "to": row.to, "context": row.subject, "state": row.state, "tries": row.tries,
        "next_at": instant(row.next_at), "why": row.why,
    }  # fmt: skip
