"""Redis, for sites that keep their records on a server of its own. The same promises as SQLite's; one gateway at a time writes there.

A group of records is one ``MULTI``/``EXEC``, and either comes in its turn or never (``connection.py``). It is durable when the
append-only file is: with ``appendfsync always`` the answer comes behind the fsync. A server that acknowledges what a power cut takes
away, or throws out records when its memory is full, is refused. Calls to a server that does not answer end after ``TIMEOUT_S``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, StoreError, StoreRecord, TokenRow, texts
from gateway.store.backlog import MARKS, encode
from gateway.store.redis.connection import TIMEOUT_S, Edit, Server, must_wait
from gateway.store.redis.reader import NUMBER_DIGITS, RedisReader
from gateway.store.redis.scripts import APPEND, CONTEXT, DELIVER, ONCE, PRUNE, REMOVE, SWEEP
from gateway.store.search import text_of, tokens, words_of
from gateway.store.writer import BACKLOG_BYTES_MAX, Writer

PREFIX = "onekey:"
LOGS = {"seats": "seat_log", "waits": "queue_log", "gaps": "gap"}
VERSION = 3
"""Version of the layout of records on the server."""
ROWS_MAX = 500
"""Rows of one script: a server does nothing else meanwhile."""
_T = TypeVar("_T")

log = structlog.get_logger("store")


_URL = re.compile(
    r"(rediss?|unix)://(?:[^/?#]*@)?(\[[\da-fA-F:.]+\]|[^/?#@:]*)(:\d+)?(/[^?#@]*)?(?:\?(\w+=[^&#]*(?:&\w+=[^&#]*)*)?)?"
)
"""Scheme, host, port, path, query. A password whose ``/ ? #`` are written as they are is no password to whoever reads the URL: the rest of it
would be taken for something that may be shown."""
_URL_REMEDY = texts.WRITE_A_REDIS_URL


def connect(url: str) -> redis.Redis:
    """A client that gives up soon and tries nothing twice by itself. Raises StoreError for a URL that is none."""
    try:
        if _URL.fullmatch(url):
            return redis.Redis.from_url(
                url,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
    except ValueError:
        pass  # its text may hold the password
    raise StoreError(texts.NOT_THE_URL_OF_A_REDIS, shown(url), _URL_REMEDY)


def shown(url: str) -> str:
    """Where the server is, for messages: scheme, host, port, socket and database. Of a URL that is none, nothing more than that."""
    found = _URL.fullmatch(url)
    if found is None:
        return "redis://…"
    scheme, host, port, path, query = (part or "" for part in found.groups())
    database = re.search(r"(?:^|&)db=(\d+)(?:&|$)", query)
    place = path if scheme == "unix" else f"{host}{port}" + (path if path[1:].isdecimal() else "")
    return f"{scheme}://{place}" + (f"?db={database[1]}" if database else "")


def examine(url: str, prefix: str = PREFIX) -> bool:
    """True where the writer must wait for the append-only file of this server. Raises StoreError for one that a gateway would not start
    on; nothing is written there."""
    where = shown(url)
    client: Any = connect(url)
    try:
        version = int(client.get(f"{prefix}version") or 1)
        if version > VERSION:
            what = texts.RECORDS_HAVE_VERSION(version=version)
            raise StoreError(what, where, texts.UPGRADE_ONEKEY)
        return must_wait(client, where)
    except redis.RedisError as error:
        what = texts.CANNOT_REACH_REDIS(error=error)
        raise StoreError(what, where, texts.CHECK_ADDRESS) from error
    finally:
        client.close()


class RedisStore(RedisReader, Writer):
    """A store on the server of a ``redis://`` URL. ``backlog`` is the file that takes records while it cannot be reached. A gateway
    brings records of an older onekey ``up_to_date``, when no other gateway runs on them."""

    def __init__(
        self,
        url: str,
        backlog: Path,
        *,
        prefix: str = PREFIX,
        backlog_bytes_max: int = BACKLOG_BYTES_MAX,
        older: Path | None = None,
        up_to_date: bool = True,
    ) -> None:
        where, waits = shown(url), examine(url, prefix)
        self.client, self.prefix = connect(url), prefix
        if up_to_date:
            try:
                _bring_up(self.client, prefix, where)
            except redis.RedisError as error:
                what = texts.REDIS_TAKES_NO_RECORDS(error=error)
                remedy = texts.CHECK_THE_REDIS_SERVER
                raise StoreError(what, where, remedy) from error
            _sweep(self.client, prefix, where)
        backlog.parent.mkdir(parents=True, exist_ok=True)
        self._server = Server(connect(url), prefix, where, _insert, waits=waits, starts=up_to_date)
        super().__init__(self._server, where, backlog, backlog_bytes_max, older)

    async def waiting(self) -> list[StoreRecord]:
        """Records that wait in the backlog file."""
        return await self._left({id_: await self.anchor(id_) for id_ in MARKS})

    async def edit_context(self, row: ContextRow, seen: int, with_it: Sequence[DeliveryRow] = ()) -> bool:
        """Write the next version if the newest is the one that was seen: two scripts that ask the same, in one transaction."""

        def work(pipe: Any) -> None:
            if with_it:
                words = (word for one in with_it for word in (one.id, one.number, encode(one)))
                pipe.eval(DELIVER, 1, self.prefix, row.id, str(seen), *words)
            _context(pipe, self.prefix, row, str(seen))  # last: its answer is the one that counts

        return await self._alone(Edit(work, f"{self.prefix}history:{row.id}", str(row.version), encode(row).decode()))

    async def remove_context(self, id_: str) -> None:
        """Remove a context with its versions."""
        await self._alone(lambda pipe: bool(pipe.eval(REMOVE, 1, self.prefix, id_)))

    async def prune(self, kind: str, until: float, *, dry_run: bool) -> int:
        """Remove what is past its time, a few at once; a server runs one script at a time, and others come between."""
        prune = self._prune_log if kind in LOGS else self._prune_records
        found: int = await self._read(lambda: prune(kind, until, dry_run))
        if self._server.waits and not dry_run:
            await self._alone(lambda pipe: True)  # what comes behind is on the disk after what came before
        return found

    def _prune_log(self, kind: str, until: float, dry_run: bool) -> int:
        total = offset = 0
        client: Any = self.client
        while True:
            words = (LOGS[kind], repr(until), offset, ROWS_MAX, "1" if dry_run else "")
            gone, kept = map(int, client.eval(PRUNE, 1, self.prefix, *words))
            total += gone
            offset += gone + kept if dry_run else kept
            if gone + kept < ROWS_MAX:
                return total

    def _prune_records(self, kind: str, until: float, dry_run: bool) -> int:
        """Some at a time: read first, then removed. What is past its time does not change any more."""
        cls, name, index, past = self._prunable(kind, until)
        high = "+inf" if kind == "deliveries" else f"({until!r}"  # a dead letter's place is its number
        total = offset = 0
        while ids := self.client.zrangebyscore(self.prefix + index, "-inf", high, start=offset, num=ROWS_MAX):
            gone = [row for row in self._rows(cls, name, ids) if past(row)]
            if gone and not dry_run:
                with self.client.pipeline(transaction=True) as pipe:
                    for row in gone:
                        _remove(pipe, self.prefix, row)
                    pipe.execute()
            total += len(gone)
            offset += len(ids) if dry_run else len(ids) - len(gone)
        return total

    def _prunable(self, kind: str, until: float) -> tuple[type[Any], str, str, Callable[[Any], bool]]:
        """Class of the rows of a kind, their place, their index, and the test for those past their time."""
        if kind == "transfers":
            live = self.client.smembers(f"{self.prefix}context_open")
            return (
                TransferRow,
                "transfer",
                "transfers",
                lambda row: 0 < row.ended_at < until and row.context not in live,
            )
        if kind == "callbacks":
            return CallbackRow, "callback", "callbacks", lambda row: row.state in ("done", "dropped")
        return DeliveryRow, "delivery", "deliveries:dead", lambda row: row.at < until

    async def close(self) -> None:
        """Write what waits and let go of the server."""
        await super().close()
        await asyncio.to_thread(self.client.close)


def _bring_up(client: Any, prefix: str, where: str) -> None:
    """Records as an older onekey has left them become as ours, also those that one has added since. It begins again where it was cut
    off."""
    if client.get(f"{prefix}version") != str(VERSION):
        client.setnx(f"{prefix}name", uuid4().hex)
        for _, found in client.hscan_iter(f"{prefix}context", count=ROWS_MAX):
            row = msgspec.json.decode(found, type=ContextRow)
            if row.caller_number[:1] in ("+", "0", "8"):  # before version 3 it may be found by another word
                _context(client, prefix, row, "")
        client.set(f"{prefix}version", VERSION)
    for name in LOGS.values():
        total = client.zcard(prefix + name)
        if total == client.hlen(f"{prefix}{name}_by_number"):
            continue
        log.warning("older_records", where=where, log=name, rows=total, what="they are brought up to date")
        offset = 0
        while members := client.zrange(prefix + name, offset, offset + ROWS_MAX - 1, withscores=True):
            with client.pipeline(transaction=True) as pipe:
                for member, at in members:
                    _number(pipe, prefix, name, member, at)
                pipe.execute()
            offset += len(members)  # number and row sort as the number alone does
        log.warning("older_records_done", where=where, log=name, rows=offset)


def _sweep(client: Any, prefix: str, where: str) -> None:
    """Words of contexts that have gone, as an older onekey has left them, go once, some at a time. That nothing can be written now is no
    ground not to start."""
    try:
        if client.get(f"{prefix}swept"):
            return
        low, seen, gone = "-", 0, 0
        while words := client.zrangebylex(f"{prefix}tokens", low, "+", 0, ROWS_MAX):
            gone += client.eval(SWEEP, 1, prefix, *words)
            low, seen = f"({words[-1]}", seen + len(words)
        client.set(f"{prefix}swept", "1")
    except redis.RedisError as error:
        log.warning("words_left", where=where, why=str(error), what="words of removed contexts go at a later start")
        return
    if seen:
        log.warning("words_swept", where=where, words=seen, gone=gone, what="words of removed contexts")


def _number(pipe: Any, prefix: str, name: str, member: str, at: float) -> None:
    """In version 1 a log's index held number and row in one; now the row stands under its number."""
    number, row = member[:NUMBER_DIGITS], member[NUMBER_DIGITS:]
    if not row:
        return
    pipe.hset(f"{prefix}{name}_by_number", number, row)
    keys = [prefix + name]
    if name == "seat_log":
        seat = msgspec.json.decode(row, type=SeatRow)
        keys.append(f"{prefix}{name}:{seat.switchboard}/{seat.seat}")
    for key in keys:
        pipe.zrem(key, member)
        pipe.zadd(key, {number: at})


def _context(pipe: Any, prefix: str, row: ContextRow, seen: str) -> Any:
    words = [*words_of(row), *(f"token:{token}" for token in dict.fromkeys(tokens(text_of(row))))]
    fixed = (row.id, row.version, encode(row), "0" if row.ended_at else "1", row.arrived_at, seen)
    return pipe.eval(CONTEXT, 1, prefix, *fixed, *words)


def _remove(pipe: Any, prefix: str, record: StoreRecord) -> None:
    """Take a record out of wherever ``_insert`` has put it."""
    match record:
        case TransferRow():
            pipe.hdel(f"{prefix}transfer", record.id)
            for index in ("transfers", f"transfers_of_call:{record.call}", f"transfers_of_seat:{record.transferer}"):
                pipe.zrem(prefix + index, record.id)
        case CallbackRow():
            pipe.hdel(f"{prefix}callback", record.id)
            pipe.zrem(f"{prefix}callbacks", record.id)
        case DeliveryRow():
            _insert(pipe, prefix, replace(record, state="delivered"))


def _append(pipe: Any, prefix: str, log_: str, at: float, row: bytes, seat: str = "") -> None:
    given = log_, at, row, seat
    pipe.eval(APPEND, 1, prefix, *given)


def _insert(pipe: Any, prefix: str, record: StoreRecord) -> None:
    """Put a record where it belongs; where its kind has an id, the last write of the id stands."""
    row = encode(record)
    match record:
        case ContextRow():
            _context(pipe, prefix, record, "")
        case TransferRow():
            pipe.hset(f"{prefix}transfer", record.id, row)
            for index in ("transfers", f"transfers_of_call:{record.call}", f"transfers_of_seat:{record.transferer}"):
                pipe.zadd(prefix + index, {record.id: record.pressed_at})
            (pipe.srem if record.ended_at else pipe.sadd)(f"{prefix}transfer_open", record.id)
        case SeatRow():
            _append(pipe, prefix, "seat_log", record.at, row, f"{record.switchboard}/{record.seat}")
            pipe.hset(f"{prefix}seat_last", f"{record.switchboard}/{record.seat}", row)
        case QueueRow():
            _append(pipe, prefix, "queue_log", record.joined_at, row)
        case SeenRow():
            pipe.hset(f"{prefix}seen", record.id, record.at)
        case GapRow():
            _append(pipe, prefix, "gap", record.since, row)
        case CallbackRow():
            pipe.hset(f"{prefix}callback", record.id, row)
            pipe.zadd(f"{prefix}callbacks", {record.id: record.at})
        case OnceRow():
            given = record.at, record.expires_at, record.id, row
            pipe.eval(ONCE, 1, prefix, *given)
        case TokenRow():
            pipe.hset(f"{prefix}token", record.id, row)
        case AnchorRow():
            pipe.hset(f"{prefix}anchor", record.id, row)
        case DeliveryRow(state="delivered"):
            pipe.hdel(f"{prefix}delivery", record.id)
            for state in ("waiting", "dead"):
                pipe.zrem(f"{prefix}deliveries:{state}", record.id)
        case DeliveryRow():
            pipe.hset(f"{prefix}delivery", record.id, row)
            other = "dead" if record.state == "waiting" else "waiting"
            pipe.zrem(f"{prefix}deliveries:{other}", record.id)
            pipe.zadd(f"{prefix}deliveries:{record.state}", {record.id: record.number})
