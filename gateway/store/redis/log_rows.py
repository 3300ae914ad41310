"""Rows that reports are made of, on a Redis server (``log_rows.LogRows``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import redis

from gateway.store import StoreError, texts
from gateway.store.columnar.log_rows import Batch, transfer_columns
from gateway.store.redis.reader import NUMBER_DIGITS, are_numbers
from gateway.store.redis.store import PREFIX, connect, shown

AT_ONCE = 5000
"""Rows that are asked for at a time: 2 MB, for which a server needs some milliseconds, in which nobody else is served."""
_T = TypeVar("_T")


class RedisRows:
    """The server of a URL; ``prefix`` begins every key."""

    def __init__(self, url: str, prefix: str = PREFIX) -> None:
        self._client: Any = connect(url)
        self._prefix, self.where = prefix, shown(url)

    def _ask(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except redis.RedisError as error:
            what = texts.CANNOT_READ_FROM_REDIS(error=error)
            raise StoreError(what, self.where, texts.CHECK_REDIS) from error

    def _rows(self, name: str, ids: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
        """Those of the ids that are there."""
        found = self._ask(lambda: self._client.hmget(self._prefix + name, ids))
        return [(id_, json.loads(row)) for id_, row in zip(ids, found, strict=True) if row]

    def _indexed(self, index: str, name: str, low: str = "-inf", high: str = "+inf") -> Iterator[list[dict[str, Any]]]:
        ids = self._ask(lambda: self._client.zrangebyscore(self._prefix + index, low, high))
        for begin in range(0, len(ids), AT_ONCE):
            yield [row for _, row in self._rows(name, ids[begin : begin + AT_ONCE])]

    def name(self) -> str | None:
        found = self._ask(lambda: self._client.get(f"{self._prefix}name"))
        return str(found) if found else None

    def newest(self, table: str) -> int:
        are_numbers(self._ask(lambda: self._client.zrange(self._prefix + table, 0, 0)), self.where)
        return int(self._ask(lambda: self._client.get(f"{self._prefix}{table}_count")) or 0)

    def row(self, table: str, columns: Sequence[str], number: int) -> Sequence[Any] | None:
        for _, row in self._rows(f"{table}_by_number", [f"{number:0{NUMBER_DIGITS}}"]):
            return [row[name] for name in columns]
        return None

    def growing(self, table: str, columns: Sequence[str], after: int) -> Iterator[Batch]:
        for begin in range(after + 1, self.newest(table) + 1, AT_ONCE):
            numbers = [f"{n:0{NUMBER_DIGITS}}" for n in range(begin, begin + AT_ONCE)]
            if rows := self._rows(f"{table}_by_number", numbers):  # retention leaves holes
                yield [[int(number), *(row[name] for name in columns)] for number, row in rows]

    def gaps(self, columns: Sequence[str]) -> Iterator[Batch]:
        for rows in self._indexed("gap", "gap_by_number"):
            yield [[row[name] for name in columns] for row in rows]

    def seen(self) -> dict[str, float]:
        found = self._ask(lambda: self._client.hgetall(f"{self._prefix}seen"))
        return {id_: float(at) for id_, at in found.items()}

    def transfers(self, columns: Sequence[str], since: float, until: float) -> Iterator[Batch]:
        for rows in self._indexed("transfers", "transfer", repr(since), f"({until!r}"):
            yield [transfer_columns(row, columns) for row in rows]
