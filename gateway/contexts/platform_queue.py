"""The queue of deliveries to one platform: in order of a matter, those of different matters side by side, again and again until it takes them.

Of a queue that grows too long only the first so many are in memory; the rest is in the store, and comes when there is room.

A caller's wish of now holds for what was written before he wished it: a number that is to be kept confidential is taken out of every
delivery that has not left, just before it leaves, also after a restart. Where the store cannot say what he wishes, the delivery waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from gateway.config.settings import PushTarget
from gateway.contexts import texts
from gateway.contexts.http_client import Answer
from gateway.contexts.no_answer import Down, down, patience_s
from gateway.contexts.webhooks import signature
from gateway.core.messages.records import ContextRow
from gateway.core.values.bilingual import both
from gateway.guards.door_limits import DoorLimits
from gateway.security.audit import AuditError
from gateway.store import DeliveryRow, Store, StoreError

log = structlog.get_logger("push")

FIRST_S, LAST_S = 1.0, 600.0
"""Waits between tries double from the first to the last: fourteen tries are an hour and a quarter."""
PAGE = 500
RECORD_GONE = "its record is not in the store"
PATIENCE = frozenset((429, 503))
"""Statuses whose ``Retry-After`` is heeded (RFC 9110, section 10.2.3; RFC 6585)."""
GONE = 410
"""The platform says that it wants no more of this."""

Send = Callable[[str, dict[str, str], bytes, str], Awaitable[Answer]]
"""Post a body to a URL, with the file of a private authority (empty: none); the answer. Never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Means that the queues of all platforms share. ``audit`` notes what leaves in full, ``audited`` returns when that is durable (raises
    AuditError); ``body`` is a version as a platform is sent it, with the number or without."""

    store: Store
    send: Send
    audit: Callable[[str, str, str, str], None]
    audited: Callable[[], Awaitable[None]]
    sees_confidential: Callable[[str], bool]
    body: Callable[[PushTarget, ContextRow, bool], str]
    clock: Callable[[], float]
    """Seconds since 1970: instants that are written down or sent."""
    monotonic: Callable[[], float]
    """A clock that is never set: how long a platform is waited for."""
    dice: random.Random
    limits: DoorLimits


def delivery_id(row: ContextRow, to: str) -> str:
    """A version's delivery to a platform: the same for ever."""
    return f"{row.id}.{row.version}.{to}"


class PlatformQueue:
    """Deliveries to one platform. Without a ``target`` the configuration names it no more: what waits for it is a dead letter."""

    def __init__(self, to: str, target: PushTarget | None, means: Means) -> None:
        self.to = to
        self.down: Down | None = None
        """Since when and why it takes nothing; None: it does."""
        self._target, self._means = target, means
        self._waiting: dict[str, deque[DeliveryRow]] = {}
        """By matter, as are the tasks that deliver it."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.in_memory = 0
        self._only_stored = 0
        self._added = 0
        self._read_to = 0
        """The number of the last delivery that came into memory."""
        self._behind = False
        """True where the store has more than is in memory; what is new goes there only."""
        self._catching_up: asyncio.Task[None] | None = None
        self._wishes: dict[str, bool] = {}
        """Wishes of callers for confidence, for matters in memory, by his newest version."""
        self._hidden: set[str] = set()
        """Deliveries in memory that hold nothing of what such a wish hides."""
        self._in_audit: set[str] = set()
        """Deliveries in memory of which the audit log has a line, or will have one."""
        self._free = asyncio.Semaphore(means.limits.push_at_once_max)
        self._patient_until = 0.0
        """When the platform may be asked again, by its own word; by the clock that is never set."""
        self._back = asyncio.Event()
        """Set for a moment when the platform takes something again: what waits out its pause is tried now."""

    @property
    def length(self) -> int:
        """Number of deliveries that wait, those that are only in the store with them."""
        return self.in_memory + self._only_stored

    @property
    def full(self) -> bool:
        """True where what comes now goes to the store only: there is no room, or something before it is only there."""
        return self._behind or self.in_memory >= self._means.limits.push_memory_max

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The tasks under way."""
        return [*self._tasks.values(), *([self._catching_up] if self._catching_up is not None else [])]

    # --- what comes ---------------------------------------------------------------------------------------------------------

    def wished(self, subject: str, confidential: bool, hidden: str = "") -> None:
        """Note the wish of a matter's caller by the newest version; ``hidden`` names a delivery that holds nothing of his number."""
        self._wishes[subject] = confidential
        if hidden:
            self._hidden.add(hidden)

    def holds(self, row: DeliveryRow) -> bool:
        """True where a delivery is in memory."""
        return any(one.id == row.id for one in self._waiting.get(row.subject, ()))

    def add(self, row: DeliveryRow) -> None:
        """Deliver a new delivery, which is in the store already."""
        self._added += 1
        self.take(row)

    def take(self, row: DeliveryRow) -> None:
        """Take a delivery that is in the store into memory, if there is room and nothing before it is only in the store."""
        if self.full:
            self._behind = True
            self._only_stored += 1
            return
        self._read_to = max(row.number, self._read_to)
        self.in_memory += 1
        self._waiting.setdefault(row.subject, deque()).append(row)
        if row.subject not in self._tasks:
            task = asyncio.get_running_loop().create_task(
                self._matter(row.subject), name=f"push {self.to} {row.subject}"
            )
            self._tasks[row.subject] = task

    def leave_stored(self, count: int) -> None:
        """So many more wait in the store."""
        self._behind, self._only_stored = True, count

    # --- what leaves --------------------------------------------------------------------------------------------------------

    async def _matter(self, subject: str) -> None:
        """Deliver all of one matter, in order."""
        waiting = self._waiting[subject]
        while waiting:
            row = waiting[0]
            while row.state == "waiting":
                row = await self._as_wished(row)
                await self._noted(row)
                tried = await self._try(row) if row.state == "waiting" else row
                if tried is row and row.state == "waiting":
                    continue  # the caller has just wished for confidence
                row = tried
                self._means.store.write(row)
                if row.state == "waiting":
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(max(0.0, row.next_at - self._means.clock())):
                            await self._back.wait()
            waiting.popleft()
            self._hidden.discard(row.id)
            self._in_audit.discard(row.id)
            self._gone()
        del self._waiting[subject], self._tasks[subject]
        self._wishes.pop(subject, None)

    async def _as_wished(self, row: DeliveryRow) -> DeliveryRow:
        """A delivery as it may leave now: without the number, where the caller has wished so since it was written."""
        while True:
            try:
                if row.subject not in self._wishes:
                    await self._means.store.flush()  # what a gateway before this one left is home
                    newest = await self._means.store.context(row.subject)
                    if newest is None:
                        return replace(row, state="dead", why=RECORD_GONE)
                    self._wishes.setdefault(row.subject, newest.said.confidential)
                if self._target is None or row.id in self._hidden or not self._hides(row.subject):
                    return row
                await self._means.store.flush()
                versions = await self._means.store.context_versions(row.subject)
            except StoreError:
                await asyncio.sleep(FIRST_S)  # it is told by the store's own alarm
                continue
            version = next((one for one in versions if delivery_id(one, self.to) == row.id), None)
            if version is None:
                return replace(row, state="dead", why=RECORD_GONE)
            row = replace(row, body=self._means.body(self._target, version, True))
            self._hidden.add(row.id)
            self._means.store.write(row)  # a dead letter does not hold it either
            return row

    def _hides(self, subject: str) -> bool:
        """True where the caller's wish hides his number from this platform."""
        return self._wishes[subject] and not self._means.sees_confidential(self.to)

    def _gone(self) -> None:
        """There is room for one more."""
        self.in_memory -= 1
        if self.in_memory <= self._means.limits.push_memory_max // 2 and self._behind and self._catching_up is None:
            self._catching_up = asyncio.get_running_loop().create_task(
                self._catch_up(), name=f"push {self.to} from the store"
            )

    async def _catch_up(self) -> None:
        """Bring what is only in the store into memory, as far as there is room."""
        after = self._read_to
        while True:
            added = self._added
            try:
                await self._means.store.flush()
                rows = await self._means.store.deliveries("waiting", PAGE, after=after)
            except StoreError:
                await asyncio.sleep(FIRST_S)  # it is told by the store's own alarm
                continue
            # all at once, with no await between: what the rows find no room for sets it again
            self._behind, self._catching_up = False, None
            for row in rows:
                if row.to == self.to:
                    self._only_stored -= 1
                    self.take(row)
            if self._behind:
                return
            if len(rows) < PAGE and added == self._added:
                self._only_stored = 0
                return
            after = rows[-1].number if rows else after
            self._behind, self._catching_up = True, asyncio.current_task()

    async def _noted(self, row: DeliveryRow) -> None:
        """Before it leaves in full for the first time the audit log says so, durably. It waits while that log cannot be written."""
        target = self._target
        if target is None or not target.full or row.tries or row.state != "waiting":
            return
        if row.id not in self._in_audit:
            self._in_audit.add(row.id)
            self._means.audit("onekey", "context_pushed_full", row.id, "push")
        while True:
            try:
                await self._means.audited()
            except AuditError:
                await asyncio.sleep(FIRST_S)  # it is told by the audit log's own alarm
            else:
                return

    async def _try(self, row: DeliveryRow) -> DeliveryRow:
        """One try, and what came of it; the delivery itself where it must not leave as it is."""
        target = self._target
        if target is None:
            return replace(row, state="dead", why=texts.NO_SUCH_PLATFORM)
        async with self._free:
            await self._patience()
            if self._hides(row.subject) and row.id not in self._hidden:
                return row
            body, at = row.body.encode(), int(self._means.clock())
            headers = {
                "Content-Type": "application/cloudevents+json; charset=utf-8",
                "webhook-id": row.id,
                "webhook-timestamp": str(at),
                "webhook-signature": signature(target.secret, row.id, at, body),
            }
            answer = await self._means.send(target.url, headers, body, str(target.ca or ""))
        tries, status = row.tries + 1, answer.status
        if 200 <= status < 300:
            if self.down is not None:
                self.down = None
                log.warning("push_back", to=self.to)
                self._back.set()
                self._back.clear()
            return replace(row, state="delivered", tries=tries, why="")
        found = down(self._means.clock(), status, answer.reason, answer.detail)
        if self.down is None or found.why != self.down.why:
            log.warning("push_down", to=self.to, why=found.why.en, remedy=found.remedy.en)
            self.down = Down(self.down.since if self.down is not None else found.since, found.why, found.remedy)
        row = replace(row, tries=tries, why=both(*found.why))
        if status == GONE or tries >= self._means.limits.push_tries_max:
            log.error("push_dead", delivery=row.id, to=self.to, why=found.why.en, tries=tries)
            return replace(row, state="dead")
        pause_s = min(LAST_S, FIRST_S * 2 ** (tries - 1)) * self._means.dice.uniform(0.5, 1.0)
        if status in PATIENCE:
            most_s = self._means.limits.push_patience_s
            asked_s = patience_s(answer.headers.get("Retry-After", ""), self._means.clock(), most_s)
            self._patient_until = max(self._patient_until, self._means.monotonic() + asked_s)
            pause_s = max(pause_s, asked_s)
        return replace(row, next_at=self._means.clock() + pause_s)

    async def _patience(self) -> None:
        """Wait as long as the platform has asked for: what is about another matter waits, too."""
        await asyncio.sleep(max(0.0, self._patient_until - self._means.monotonic()))
