"""Reading the Redis store. What an index cannot say exactly is read and judged by the definition (``search.fits``)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import redis

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, StoreError, TokenRow, texts
from gateway.store.search import ContextSearch, fits, phrases, wanted

_R = TypeVar("_R")
_T = TypeVar("_T")
PAGE = 200
NUMBER_DIGITS = 16
"""Digits of a log row's number, so that numbers sort as texts."""
WORDS_AT_ONCE = 500
"""Sets that a server unites at once: it does nothing else meanwhile."""
BEGINNING_MAX = 10_000
"""Words that a beginning may stand for in an index. One with more of them is in so many records that each is read and judged."""
FOUND_S = 60
"""Time for which a search's findings stand when whoever searches dies: longer than between two pages."""


def are_numbers(members: list[str], where: str) -> list[str]:
    """Members of a log's index, if they are of this version. Raises StoreError for those of an older one, which no gateway of this
    one has brought up to date yet: nothing would be found of them."""
    if any(len(member) > NUMBER_DIGITS for member in members):
        what = texts.RECORDS_ARE_STILL
        raise StoreError(what, where, texts.START_THE_GATEWAY_ONCE)
    return members


class RedisReader:
    """Readings of the server. ``prefix`` begins every key."""

    client: Any
    prefix: str
    where: str

    async def _read(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.to_thread(work)
        except redis.RedisError as error:
            what = texts.CANNOT_READ_FROM_REDIS(error=error)
            raise StoreError(what, self.where, texts.CHECK_REDIS) from error

    def _rows(self, cls: type[_R], name: str, ids: list[str]) -> list[_R]:
        found = self.client.hmget(self.prefix + name, ids) if ids else []
        return [msgspec.json.decode(row, type=cls) for row in found if row]

    async def _one(self, cls: type[_R], name: str, id_: str) -> _R | None:
        rows = await self._read(lambda: self._rows(cls, name, [id_]))
        return rows[0] if rows else None

    def _down(self, cls: type[_R], name: str, index: str, below: float | None) -> Iterator[_R]:
        """Records of an index from the highest score under ``below`` on, read in pages."""
        for ids, _ in self._pages(index, below):
            yield from self._rows(cls, name, ids)

    def _pages(self, index: str, below: float | None) -> Iterator[tuple[list[str], list[float]]]:
        """Ids and scores. A page begins where the one before it ended, whatever has come since: at its lowest score, which others
        may have, too, without the ids that have been told."""
        high = "+inf" if below is None else f"({below!r}"
        told: set[str] = set()
        while True:
            size = PAGE + len(told)
            found = self.client.zrevrangebyscore(self.prefix + index, high, "-inf", start=0, num=size, withscores=True)
            new = [(id_, score) for id_, score in found if id_ not in told]
            yield [id_ for id_, _ in new], [score for _, score in new]
            if len(found) < size or not new:
                return
            low = new[-1][1]
            told = {id_ for id_, score in found if score == low}
            high = repr(low)

    # --- contexts -------------------------------------------------------------------------------------------------------

    async def context(self, id_: str) -> ContextRow | None:
        """The newest version of a context."""
        return await self._one(ContextRow, "context", id_)

    async def open_contexts(self) -> list[ContextRow]:
        """Contexts whose call had not ended."""

        def ids() -> list[str]:
            return list(self.client.smembers(f"{self.prefix}context_open"))

        rows = await self._read(lambda: self._rows(ContextRow, "context", ids()))
        return sorted(rows, key=lambda row: row.at)

    async def context_versions(self, id_: str) -> list[ContextRow]:
        """Every version, oldest first."""
        found = await self._read(lambda: self.client.hvals(f"{self.prefix}history:{id_}"))
        rows = [msgspec.json.decode(row, type=ContextRow) for row in found]
        return sorted(rows, key=lambda row: row.version)

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        """The newest first, in the order in which they were first written; the cursor is that order's number."""
        before = int(cursor) if cursor else None

        def work() -> tuple[list[ContextRow], str]:
            rows: list[ContextRow] = []
            last, any_yet = 0, False
            with self._index(wish) as index:
                for ids, numbers in self._pages(index, before):
                    any_yet = any_yet or bool(ids)
                    self._keep(index, found=any_yet)
                    number = dict(zip(ids, numbers, strict=True))
                    for row in self._rows(ContextRow, "context", ids):
                        if fits(row, wish):
                            if len(rows) == limit:
                                return rows, str(last)
                            rows.append(row)
                            last = int(number[row.id])
            return rows, ""

        return await self._read(work)

    @contextmanager
    def _index(self, wish: ContextSearch) -> Iterator[str]:
        """The name of a sorted set in which all that fits is, made for this search alone where several meet."""
        made: list[str] = []
        sets = [f"{self.prefix}word:{word}" for word in wanted(wish)]
        if wish.text and not phrases(wish.text):
            sets.append(f"{self.prefix}word:token:")  # nothing is found by it
        try:
            for phrase, goes_on in phrases(wish.text):
                if not goes_on:
                    sets += [f"{self.prefix}word:token:{token}" for token in phrase]
                elif beginning := self._beginning(phrase[0], made):
                    sets.append(beginning)
            yield self._made(made, self.client.zinterstore, sets) if sets else "contexts"
        finally:
            if made:
                self.client.delete(*made)

    def _keep(self, index: str, *, found: bool) -> None:
        """A search goes on as long as it takes. Raises RedisError where what it ``found`` has gone: a short answer would look whole."""
        if index != "contexts" and not self.client.expire(self.prefix + index, FOUND_S) and found:
            raise redis.ResponseError("what the search found has been thrown out")

    def _beginning(self, beginning: str, made: list[str]) -> str:
        """A set of what has a word that begins so; empty where there are too many such words."""
        words: list[str] = []
        low, high = f"[{beginning}", f"[{beginning}\U0010ffff"
        while some := self.client.zrangebylex(f"{self.prefix}tokens", low, high, 0, WORDS_AT_ONCE):
            words += some
            if len(words) > BEGINNING_MAX:
                return ""
            low = f"({words[-1]}"
        sets = [f"{self.prefix}word:token:{word}" for word in words or [beginning]]
        while len(sets) > 1:
            parts = [sets[n : n + WORDS_AT_ONCE] for n in range(0, len(sets), WORDS_AT_ONCE)]
            sets = [self.prefix + self._made(made, self.client.zunionstore, part) for part in parts]
        return sets[0]

    def _made(self, made: list[str], meet: Callable[..., Any], sets: list[str]) -> str:
        """A set of what is in all or any of these; a server forgets it by itself if nobody does."""
        name = f"found:{uuid4().hex}"
        made.append(self.prefix + name)
        meet(made[-1], sets, aggregate="MIN")
        self.client.expire(made[-1], FOUND_S)
        return name

    async def context_count(self, since: float, until: float) -> int:
        """Number of contexts that arrived in a time."""
        key = f"{self.prefix}contexts_arrived"
        return int(await self._read(lambda: self.client.zcount(key, repr(since), f"({until!r}")))

    # --- transfers and tasks --------------------------------------------------------------------------------------------

    async def transfer(self, id_: str) -> TransferRow | None:
        """A transfer as it was last written."""
        return await self._one(TransferRow, "transfer", id_)

    async def transfers(
        self,
        limit: int,
        before: float | None = None,
        *,
        running: bool | None = None,
        call: str | None = None,
        seat: str | None = None,
        organisation: str | None = None,
    ) -> list[TransferRow]:
        """Newest first."""

        def fit(row: TransferRow) -> bool:
            asked = ((call, row.call), (seat, row.transferer))
            ladder = [target for rung in row.ladder for target in rung.targets]
            concerned = (row.home, row.transferer_switchboard, row.target, *ladder)
            return (
                all(wish is None or wish == value for wish, value in asked)
                and (running is None or running == (not row.ended_at))
                and (organisation is None or organisation in concerned)
            )

        index = f"transfers_of_call:{call}" if call else f"transfers_of_seat:{seat}" if seat else "transfers"

        def work() -> list[TransferRow]:
            found: list[TransferRow] = []
            for row in self._down(TransferRow, "transfer", index, before):
                if fit(row):
                    found.append(row)
                if len(found) == limit:
                    break
            return found

        return await self._read(work)

    async def open_transfers(self) -> list[TransferRow]:
        """Transfers that had not ended."""

        def ids() -> list[str]:
            return list(self.client.smembers(f"{self.prefix}transfer_open"))

        rows = await self._read(lambda: self._rows(TransferRow, "transfer", ids()))
        return sorted(rows, key=lambda row: row.pressed_at)

    async def callback(self, id_: str) -> CallbackRow | None:
        """A call-back task as it was last written."""
        return await self._one(CallbackRow, "callback", id_)

    async def callbacks(
        self, limit: int, before: float | None = None, state: str | None = None, home: str | None = None
    ) -> list[CallbackRow]:
        """Newest first."""

        def work() -> list[CallbackRow]:
            found: list[CallbackRow] = []
            for row in self._down(CallbackRow, "callback", "callbacks", before):
                if state in (None, row.state) and home in (None, row.home):
                    found.append(row)
                if len(found) == limit:
                    break
            return found

        return await self._read(work)

    # --- logs and the rest ----------------------------------------------------------------------------------------------

    async def once(self, at: float, limit: int) -> list[OnceRow]:
        """Actions that have not expired: the newest, oldest first."""
        key = f"{self.prefix}once_expires"

        def ids() -> list[str]:
            return list(self.client.zrangebyscore(key, f"({at!r}", "+inf"))

        rows = await self._read(lambda: self._rows(OnceRow, "once", ids()))
        return sorted(rows, key=lambda row: row.at)[-limit:]

    def _log(self, cls: type[_R], name: str, low: str, high: str) -> list[_R]:
        return self._numbered(cls, name, self.client.zrangebyscore(self.prefix + name, low, high))

    def _numbered(self, cls: type[_R], log: str, numbers: list[str]) -> list[_R]:
        return self._rows(cls, f"{log}_by_number", are_numbers(numbers, self.where))

    async def seat_rows(self, since: float, until: float) -> list[SeatRow]:
        """The log of a time, led by the row in force when it begins."""

        def work() -> list[SeatRow]:
            led = []
            for one in self.client.smembers(f"{self.prefix}seat_log_of"):
                key = f"{self.prefix}seat_log:{one}"
                led += self.client.zrevrangebyscore(key, f"({since!r}", "-inf", start=0, num=1)
            rows = sorted(self._numbered(SeatRow, "seat_log", led), key=lambda row: row.at)
            return rows + self._log(SeatRow, "seat_log", repr(since), f"({until!r}")

        return await self._read(work)

    async def queue_rows(self, since: float, until: float) -> list[QueueRow]:
        """Waits that began in a time, in the order in which they ended."""

        def work() -> list[QueueRow]:
            found = self.client.zrangebyscore(f"{self.prefix}queue_log", repr(since), f"({until!r}")
            return self._numbered(QueueRow, "queue_log", sorted(found))

        return await self._read(work)

    async def last_seats(self) -> list[SeatRow]:
        """Each seat's last change."""
        found = await self._read(lambda: self.client.hvals(f"{self.prefix}seat_last"))
        rows = [msgspec.json.decode(row, type=SeatRow) for row in found]
        return sorted(rows, key=lambda row: (row.switchboard, row.seat))

    async def seen(self) -> dict[str, float]:
        """When each switchboard was last seen."""
        found = await self._read(lambda: self.client.hgetall(f"{self.prefix}seen"))
        return {id_: float(at) for id_, at in found.items()}

    async def gaps(self, since: float, until: float) -> list[GapRow]:
        """Gaps that touch a time."""
        found = await self._read(lambda: self._log(GapRow, "gap", "-inf", f"({until!r}"))
        return [row for row in found if row.until > since]

    async def tokens(self) -> list[TokenRow]:
        """Every token, oldest first."""
        found = await self._read(lambda: self.client.hvals(f"{self.prefix}token"))
        rows = [msgspec.json.decode(row, type=TokenRow) for row in found]
        return sorted(rows, key=lambda row: (row.made_at, row.id))

    async def anchor(self, id_: str) -> AnchorRow | None:
        """The anchor of a chain."""
        return await self._one(AnchorRow, "anchor", id_)

    async def deliveries(self, state: str, limit: int, *, after: int = 0) -> list[DeliveryRow]:
        """In their order."""
        key = f"{self.prefix}deliveries:{state}"

        def ids() -> list[str]:
            return list(self.client.zrangebyscore(key, f"({after}", "+inf", start=0, num=limit))

        return await self._read(lambda: self._rows(DeliveryRow, "delivery", ids()))

    async def delivery(self, id_: str) -> DeliveryRow | None:
        """One delivery."""
        return await self._one(DeliveryRow, "delivery", id_)
