"""Contexts pushed to the platforms of other switchboards: a CloudEvents envelope, signed, again and again until it is taken.

The outbox is in the store, so that a restart forgets nothing. Deliveries about one matter keep their order, those of different
matters go side by side. A delivery keeps its id over all tries: whoever gets it twice knows. One that is not taken
within ``push_tries_max`` tries is a dead letter: it is listed, and sent again when somebody asks for it. Nothing here stands
on the way of a call: what is pushed was written down before (law 5).

What a caller wishes now holds for what was written before he wished it: a number that is to be kept confidential is taken out of every
delivery that has not left, just before it leaves, also after a restart. Where the store cannot say what he wishes, the delivery waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import structlog

from gateway.config.settings import PushTarget
from gateway.contexts import texts
from gateway.contexts.formats.work_order import NO_FORM, Form
from gateway.contexts.webhooks import envelope, signature
from gateway.core.messages.records import ContextRow
from gateway.core.values.instants import instant
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import Problem
from gateway.security.audit import AuditError
from gateway.security.principal import Principal
from gateway.services.store_problems import store_errors_as_problems
from gateway.store import DeliveryRow, Store, StoreError
from gateway.views.contexts import context_view
from gateway.views.plain import View

log = structlog.get_logger("push")

FIRST_S, LAST_S = 1.0, 600.0
"""Waits between tries double from the first to the last: fourteen tries are an hour and a quarter."""
PAGE = 500
RECORD_GONE = "its record is not in the store"
GONE = 410
"""The platform says that it wants no more of this."""

Send = Callable[[str, dict[str, str], bytes], Awaitable[int]]
"""Post a body to a URL; the status, or 0 where there was no answer. Never raises."""


class Down(NamedTuple):
    """A platform takes nothing."""

    since: float
    why: str


class Offer(NamedTuple):
    """A version and its deliveries; the ids of those that hide the number, and the newest number when they were made."""

    version: ContextRow
    deliveries: tuple[DeliveryRow, ...]
    hidden: frozenset[str]
    number: int


class Push:
    """The outbox of one gateway. ``audit`` notes what leaves in full, ``audited`` returns when that is durable (raises AuditError); who
    is ``excepted`` sees confidential numbers; ``form`` is the work-order form in force, ``here`` the attached switchboards (empty: all
    are)."""

    def __init__(
        self,
        targets: Sequence[PushTarget],
        store: Store,
        send: Send,
        audit: Callable[[str, str, str, str], None],
        excepted: Callable[[str], bool],
        name: str,
        *,
        audited: Callable[[], Awaitable[None]],
        here: Collection[str] = (),
        form: Callable[[], Form] = lambda: NO_FORM,
        limits: DoorLimits = DOOR_LIMITS,
        clock: Callable[[], float] = time.time,
        dice: random.Random | None = None,
    ) -> None:
        self._targets = {target.switchboard: target for target in targets}
        self._store, self._send, self._audit, self._excepted = store, send, audit, excepted
        self._form, self._here, self._audited, self._limits = form, here, audited, limits
        self._source, self._clock, self._dice = f"/onekey/{name}", clock, dice or random.Random()  # noqa: S311 - a pause
        self._number = time.time_ns() // 1000  # below 2^53: Redis orders by a double
        self._waiting: dict[tuple[str, str], deque[DeliveryRow]] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._count: Counter[str] = Counter()
        """Deliveries in memory, by platform."""
        self._beyond: Counter[str] = Counter()
        """Those that are only in the store."""
        self._offered: Counter[str] = Counter()
        self._read_to: dict[str, int] = {}
        """The number of the last delivery that came into memory, by platform."""
        self._behind: dict[str, asyncio.Task[None] | None] = {}
        """Platforms of which the store has more than is in memory; what is new goes there only. With the task that brings it."""
        self._wishes: dict[tuple[str, str], bool] = {}
        """Of matters in memory: whether the caller wishes confidence, by his newest version."""
        self._hidden: set[str] = set()
        """Deliveries in memory that hold nothing of what such a wish hides."""
        self._in_audit: set[str] = set()
        """Deliveries in memory of which the audit log has a line, or will have one."""
        self._free = {target.switchboard: asyncio.Semaphore(limits.push_at_once_max) for target in targets}
        self._down: dict[str, Down] = {}
        self._back: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """Set for a moment when a platform takes something again: what waits out its pause is tried now."""

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
            self._wait(row)
        for to, count in fit.items():
            if count > self._limits.push_memory_max:
                self._behind[to], self._beyond[to] = None, count - self._limits.push_memory_max

    async def stop(self) -> None:
        """Let go; what waits is in the store."""
        tasks = [*self._tasks.values(), *filter(None, self._behind.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def offer(self, row: ContextRow) -> None:
        """Write down a version and what is to be pushed of it, in one step, and begin. Never waits."""
        try:
            offer = self.made(row)
        except Exception:
            self._store.write(row)  # what cannot be pushed is a fault of ours, and is kept all the same
            raise
        self._store.write(row, *offer.deliveries)
        self.begin(offer)

    def made(self, row: ContextRow) -> Offer:
        """Deliveries of a version: whoever it was given to, its home apart, shall have it. To be written with it, then begun."""
        deliveries, hidden = list[DeliveryRow](), set[str]()
        for organisation in row.organisations:
            target = self._targets.get(organisation)
            if target is None or organisation == row.home:
                continue
            if self._here and row.home not in self._here and organisation not in self._here:
                continue  # another home's record: it tells those it was given to itself
            id_, hides = _id(row, organisation), row.said.confidential and not self._excepted(organisation)
            if hides:
                hidden.add(id_)
            body = self._body(target, row, hides)
            deliveries.append(DeliveryRow(id_, self._next_number(), self._clock(), organisation, row.id, body))
        return Offer(row, tuple(deliveries), frozenset(hidden), self._number)

    def begin(self, offer: Offer) -> None:
        """Deliver from now on the deliveries that have been written with their version."""
        late = self._number != offer.number
        for made in offer.deliveries:
            row, key = made, (made.to, made.subject)
            self._wishes[key] = offer.version.said.confidential
            if row.id in offer.hidden:
                self._hidden.add(row.id)
            if any(one.id == row.id for one in self._waiting.get(key, ())):
                continue  # it was written a moment ago, and has been read from the store meanwhile
            if late and (row.to in self._behind or self._count[row.to] >= self._limits.push_memory_max):
                # It comes to memory by way of the store, which may have been read beyond its number meanwhile.
                row = replace(row, number=self._next_number())
                self._store.write(row)
            self._offered[row.to] += 1
            self._wait(row)

    def _next_number(self) -> int:
        """Deliveries are ordered by it, also over a restart."""
        self._number += 1
        return self._number

    def _body(self, target: PushTarget, row: ContextRow, hidden: bool) -> str:
        """What a platform is sent of a version."""
        view = context_view(row, full=target.full, hidden=hidden, reader=target.switchboard)
        event = envelope(_id(row, target.switchboard), self._source, row, view, target.format, self._form())
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))

    def _hides(self, key: tuple[str, str]) -> bool:
        """Whether the caller's wish hides his number from this platform."""
        return self._wishes[key] and not self._excepted(key[0])

    def _wait(self, row: DeliveryRow) -> None:
        """Take a delivery that is in the store into memory, if there is room and nothing before it is only in the store."""
        if row.to in self._behind or self._count[row.to] >= self._limits.push_memory_max:
            self._behind.setdefault(row.to, None)
            self._beyond[row.to] += 1
            return
        self._read_to[row.to] = max(row.number, self._read_to.get(row.to, 0))
        self._count[row.to] += 1
        key = (row.to, row.subject)
        self._waiting.setdefault(key, deque()).append(row)
        if key not in self._tasks:
            task = asyncio.get_running_loop().create_task(self._matter(key), name=f"push {row.to} {row.subject}")
            self._tasks[key] = task

    async def _matter(self, key: tuple[str, str]) -> None:
        """Deliver all of one matter to one platform, in order."""
        waiting = self._waiting[key]
        while waiting:
            row = waiting[0]
            while row.state == "waiting":
                row = await self._as_wished(row)
                await self._noted(row)
                tried = await self._try(row) if row.state == "waiting" else row
                if tried is row and row.state == "waiting":
                    continue  # the caller has just wished for confidence
                row = tried
                self._store.write(row)
                if row.state == "waiting":
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(max(0.0, row.next_at - self._clock())):
                            await self._back[row.to].wait()
            waiting.popleft()
            self._hidden.discard(row.id)
            self._in_audit.discard(row.id)
            self._gone(row.to)
        del self._waiting[key], self._tasks[key]
        self._wishes.pop(key, None)

    async def _as_wished(self, row: DeliveryRow) -> DeliveryRow:
        """A delivery as it may leave now: without the number, where the caller has wished so since it was written."""
        key = (row.to, row.subject)
        while True:
            try:
                if key not in self._wishes:
                    await self._store.flush()  # what a gateway before this one left is home
                    newest = await self._store.context(row.subject)
                    if newest is None:
                        return replace(row, state="dead", why=RECORD_GONE)
                    self._wishes.setdefault(key, newest.said.confidential)
                if row.to not in self._targets or row.id in self._hidden or not self._hides(key):
                    return row
                await self._store.flush()
                versions = await self._store.context_versions(row.subject)
            except StoreError:
                await asyncio.sleep(FIRST_S)  # it is told by the store's own alarm
                continue
            version = next((one for one in versions if _id(one, row.to) == row.id), None)
            if version is None:
                return replace(row, state="dead", why=RECORD_GONE)
            row = replace(row, body=self._body(self._targets[row.to], version, hidden=True))
            self._hidden.add(row.id)
            self._store.write(row)  # a dead letter does not hold it either
            return row

    def _gone(self, to: str) -> None:
        """There is room for one more of this platform."""
        self._count[to] -= 1
        if self._count[to] <= self._limits.push_memory_max // 2 and self._behind.get(to, self) is None:
            self._behind[to] = asyncio.get_running_loop().create_task(
                self._catch_up(to), name=f"push {to} from the store"
            )

    async def _catch_up(self, to: str) -> None:
        """Bring what is only in the store into memory, as far as there is room."""
        after = self._read_to.get(to, 0)
        while True:
            offered = self._offered[to]
            try:
                await self._store.flush()
                rows = await self._store.deliveries("waiting", PAGE, after=after)
            except StoreError:
                await asyncio.sleep(FIRST_S)  # it is told by the store's own alarm
                continue
            del self._behind[to]
            for row in rows:
                if row.to == to:
                    self._beyond[to] -= 1
                    self._wait(row)
            if to in self._behind:
                return
            if len(rows) < PAGE and offered == self._offered[to]:
                self._beyond[to] = 0
                return
            after, self._behind[to] = (rows[-1].number if rows else after), asyncio.current_task()

    async def _noted(self, row: DeliveryRow) -> None:
        """Before it leaves in full for the first time the audit log says so, durably. It waits while that log cannot be written."""
        target = self._targets.get(row.to)
        if target is None or not target.full or row.tries or row.state != "waiting":
            return
        if row.id not in self._in_audit:
            self._in_audit.add(row.id)
            self._audit("onekey", "context_pushed_full", row.id, "push")
        while True:
            try:
                await self._audited()
            except AuditError:
                await asyncio.sleep(FIRST_S)  # it is told by the audit log's own alarm
            else:
                return

    async def _try(self, row: DeliveryRow) -> DeliveryRow:
        """One try, and what came of it; the delivery itself where it must not leave as it is."""
        target = self._targets.get(row.to)
        if target is None:
            return replace(row, state="dead", why="no such platform in the configuration")
        async with self._free[row.to]:
            if self._hides((row.to, row.subject)) and row.id not in self._hidden:
                return row
            body, at = row.body.encode(), int(self._clock())
            headers = {
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "webhook-id": row.id,
                "webhook-timestamp": str(at),
                "webhook-signature": signature(target.secret, row.id, at, body),
            }
            status = await self._send(target.url, headers, body)
        tries = row.tries + 1
        if 200 <= status < 300:
            if self._down.pop(row.to, None) is not None:
                log.warning("push_back", to=row.to)
                self._back[row.to].set()
                self._back[row.to].clear()
            return replace(row, state="delivered", tries=tries, why="")
        why = str(status) if status else "no answer"
        if row.to not in self._down:
            log.warning(
                "push_down",
                to=row.to,
                why=why,
                remedy="check the platform, its address and the network; it is tried again",
            )
            self._down[row.to] = Down(self._clock(), why)
        if status == GONE or tries >= self._limits.push_tries_max:
            log.error("push_dead", delivery=row.id, to=row.to, why=why, tries=tries)
            return replace(row, state="dead", tries=tries, why=why)
        pause_s = min(LAST_S, FIRST_S * 2**row.tries) * self._dice.uniform(0.5, 1.0)
        return replace(row, tries=tries, why=why, next_at=self._clock() + pause_s)

    def platforms(self) -> dict[str, tuple[Down | None, int]]:
        """Of each platform: since when and why it takes nothing (None: it does), and how many deliveries wait for it."""
        return {to: (self._down.get(to), self._count[to] + self._beyond[to]) for to in self._targets}

    def problems(self) -> list[View]:
        """Platforms that take nothing, as what, where and remedy."""
        return [
            {
                "what": texts.PLATFORM_TO_TAKES_NOTHING(to=to, why=down.why, waiting=waiting),
                "where": f"push {to}",
                "remedy": texts.CHECK_THE_PLATFORM,
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
        self._offered[again.to] += 1
        self._wait(again)
        return _view(again)


def _id(row: ContextRow, to: str) -> str:
    """A version's delivery to a platform: the same for ever."""
    return f"{row.id}.{row.version}.{to}"


def _view(row: DeliveryRow) -> View:
    return {
        "id": row.id, "at": instant(row.at), "to": row.to, "context": row.subject, "state": row.state, "tries": row.tries,
        "next_at": instant(row.next_at), "why": row.why,
    }  # fmt: skip
