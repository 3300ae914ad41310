"""Reading the SQLite store: connections of its own, which never wait for the writer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, StoreError, TokenRow, texts
from gateway.store.search import ContextSearch, conceals, phrases, wanted
from gateway.store.sqlite import damage, expiry
from gateway.store.sqlite.schema import name_of

_R = TypeVar("_R")
NUMBER_MAX = 2**63 - 1
"""Highest number of a row: an integer of SQLite has 64 bits."""


def busy_remedy(error: Exception) -> str:
    """The remedy of an error of SQLite: another file, its rights, its disk or a lock."""
    if damage.is_damage(error):
        return texts.NOT_A_DATABASE_OF_ONEKEY
    """Remedy for a database that cannot be read or written just now, by what SQLite says."""
    if "readonly" in str(error) or "open" in str(error):
        return texts.CHECK_THE_RIGHTS_AND_THE_DISK
    return texts.CHECK_SPACE_AND_LOCK


def unread(error: Exception, path: Path) -> StoreError:
    """The error of a database that cannot be read: damaged, or busy, or out of reach."""
    said = (texts.CANNOT_READ_THE_DATABASE(error=error), busy_remedy(error))
    what, remedy = damage.words(error, path) or said
    return StoreError(what, str(path), remedy)


ABSENT_REMEDY = texts.BRING_THE_DATABASE_BACK_RESTART


def other_database(path: Path) -> StoreError:
    """Another database than the one that was opened is at its path, as on the mount point of a disk that is away."""
    return StoreError(texts.ANOTHER_DATABASE_IS_IN_ITS_PLACE, str(path), ABSENT_REMEDY)


class Replaced(StoreError):
    """Another file is at the path than the one that was opened; what lies beside it is that one's."""

    def __init__(self, path: Path) -> None:
        what = texts.DATABASES_FILE_HAS_JUST_BEEN
        super().__init__(what, str(path), texts.TRY_AGAIN_IN_A_MOMENT)


_ORGANISATION = (
    "instr(json_extract(cast(row as text), '$.home', '$.transferer_switchboard', '$.target', '$.ladder'), ?) > 0"
)
"""An organisation's id, in its quotation marks, among those whom a transfer concerns."""


def open_file(path: Path) -> SqliteReader:
    """The database at ``path``, to be read only: no writer, no backlog, nothing to close, and none is made where none is."""
    file = SqliteReader()
    file.path = path
    return file


class SqliteReader:
    """Readings of the database at ``path``."""

    path: Path

    def _expected(self) -> str:
        """The name of the database that is to be there; empty for whichever is."""
        return ""

    def _look(self) -> None:
        """Raise Replaced where what is at the path must not be read yet."""

    async def _read(self, sql: str, *values: Any) -> list[Any]:
        def run() -> list[Any]:
            self._look()
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
            try:
                if (expected := self._expected()) and name_of(connection) != expected:
                    raise other_database(self.path)
                rows = connection.execute(sql, values).fetchall()
            finally:
                connection.close()
            self._look()
            return rows

        try:
            return await asyncio.to_thread(run)
        except sqlite3.Error as error:
            raise unread(error, self.path) from error

    async def _rows(self, cls: type[_R], sql: str, *values: Any) -> list[_R]:
        return [msgspec.json.decode(row, type=cls) for (row,) in await self._read(sql, *values)]

    async def context(self, id_: str) -> ContextRow | None:
        """The newest version of a context."""
        rows = await self._rows(ContextRow, "select row from context where id=?", id_)
        return rows[0] if rows else None

    async def open_contexts(self) -> list[ContextRow]:
        """Contexts whose call had not ended."""
        return await self._rows(ContextRow, "select row from context where ended_at=0 order by at")

    async def transfer(self, id_: str) -> TransferRow | None:
        """A transfer as it was last written."""
        rows = await self._rows(TransferRow, "select row from transfer where id=?", id_)
        return rows[0] if rows else None

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
        wishes: list[tuple[str, Any]] = [("pressed_at < ?", 9e99 if before is None else before)]
        if call is not None:
            wishes.append(("call = ?", call))
        if seat is not None:
            wishes.append(("seat = ?", seat))
        if organisation is not None:
            wishes.append((_ORGANISATION, json.dumps(organisation)))
        where = " and ".join(wish for wish, _ in wishes)
        if running is not None:
            where += " and ended_at = 0" if running else " and ended_at <> 0"
        sql = f"select row from transfer where {where} order by pressed_at desc limit ?"  # noqa: S608 - constants
        return await self._rows(TransferRow, sql, *(value for _, value in wishes), limit)

    async def open_transfers(self) -> list[TransferRow]:
        """Transfers that had not ended."""
        return await self._rows(TransferRow, "select row from transfer where ended_at=0 order by pressed_at")

    async def callback(self, id_: str) -> CallbackRow | None:
        """A call-back task as it was last written."""
        rows = await self._rows(CallbackRow, "select row from callback where id=?", id_)
        return rows[0] if rows else None

    async def callbacks(
        self, limit: int, before: float | None = None, state: str | None = None, home: str | None = None
    ) -> list[CallbackRow]:
        """Newest first."""
        wishes: list[tuple[str, Any]] = [("at < ?", 9e99 if before is None else before)]
        if state is not None:
            wishes.append(("state = ?", state))
        if home is not None:
            wishes.append(("json_extract(cast(row as text), '$.home') = ?", home))
        where = " and ".join(wish for wish, _ in wishes)
        sql = f"select row from callback where {where} order by at desc limit ?"  # noqa: S608 - constants
        return await self._rows(CallbackRow, sql, *(value for _, value in wishes), limit)

    async def once(self, at: float, limit: int) -> list[OnceRow]:
        """Actions that have not expired: the newest, oldest first."""
        sql = "select row from once where expires_at > ? order by at desc limit ?"
        return (await self._rows(OnceRow, sql, at, limit))[::-1]

    async def seat_rows(self, since: float, until: float) -> list[SeatRow]:
        """The log of a time, led by the row in force when it begins: read at once, so that no row is written between the two."""
        columns = "at, switchboard, seat, before, after, why, call, since"
        led = f"select 0 as part, max(n) as n, {columns} from seat_log where at < ? group by switchboard, seat"  # noqa: S608
        inside = f"select 1, n, {columns} from seat_log where at >= ? and at < ?"  # noqa: S608 - constants
        rows = await self._read(f"{led} union all {inside} order by part, at, n", since, since, until)
        names = columns.split(", ")
        return [msgspec.convert(dict(zip(names, row[2:], strict=True)), SeatRow) for row in rows]

    async def queue_rows(self, since: float, until: float) -> list[QueueRow]:
        """Waits that began in a time, in the order in which they ended."""
        columns = "at, switchboard, queue, call, joined_at, left_at, how, seat, ring_s"
        sql = f"select {columns} from queue_log where joined_at >= ? and joined_at < ? order by n"  # noqa: S608 - constants
        names = columns.split(", ")
        rows = await self._read(sql, since, until)
        return [QueueRow(**dict(zip(names, row, strict=True))) for row in rows]

    async def last_seats(self) -> list[SeatRow]:
        """Each seat's last change."""
        return await self._rows(SeatRow, "select row from seat_last order by switchboard, seat")

    async def seen(self) -> dict[str, float]:
        """When each switchboard was last seen."""
        return dict(await self._read("select switchboard, at from seen"))

    async def gaps(self, since: float, until: float) -> list[GapRow]:
        """Gaps that touch a time."""
        sql = "select switchboard, since, until, why from gap where until > ? and since < ? order by since"
        return [GapRow(*row) for row in await self._read(sql, since, until)]

    async def context_versions(self, id_: str) -> list[ContextRow]:
        """Every version, oldest first."""
        return await self._rows(ContextRow, "select row from context_history where id = ? order by version", id_)

    async def contexts(self, wish: ContextSearch, limit: int, cursor: str = "") -> tuple[list[ContextRow], str]:
        """The newest first, in the order in which they were first written; the cursor is that order's number."""
        before = _number(cursor) if cursor else NUMBER_MAX
        rows: list[ContextRow] = []
        last = 0
        while True:
            sql, values = _search(wish, before)
            found = await self._read(sql, *values, limit + 1)
            for n, encoded in found:
                row = msgspec.json.decode(encoded, type=ContextRow)
                if conceals(row, wish):
                    continue  # the index knows numbers that whoever asks may not: neither page nor cursor tells of them
                if len(rows) == limit:
                    return rows, str(last)
                rows.append(row)
                last = n
            if len(found) <= limit:
                return rows, ""
            before = found[-1][0]

    async def context_count(self, since: float, until: float) -> int:
        """Number of contexts that arrived in a time."""
        sql = "select count(*) from context_index where arrived_at >= ? and arrived_at < ?"
        [(count,)] = await self._read(sql, since, until)
        return int(count)

    async def _counted(self, kind: str, until: float) -> int:
        """Number of rows of a class that are past their time."""
        [(found,)] = await self._read(expiry.counting(kind), until)
        return int(found)

    async def tokens(self) -> list[TokenRow]:
        """Every token, oldest first."""
        return await self._rows(TokenRow, "select row from token order by made_at, id")

    async def anchor(self, id_: str) -> AnchorRow | None:
        """The anchor of a chain."""
        rows = await self._read("select id, number, mac from anchor where id = ?", id_)
        return AnchorRow(*rows[0]) if rows else None

    async def deliveries(self, state: str, limit: int, *, after: int = 0) -> list[DeliveryRow]:
        """In their order."""
        sql = "select row from delivery where state = ? and number > ? order by number limit ?"
        return await self._rows(DeliveryRow, sql, state, after, limit)

    async def delivery(self, id_: str) -> DeliveryRow | None:
        """One delivery."""
        rows = await self._rows(DeliveryRow, "select row from delivery where id = ?", id_)
        return rows[0] if rows else None


def _number(cursor: str) -> int:
    """The number that a cursor is. Raises ValueError for any other text, as one that SQLite has no room for."""
    if not (cursor.isascii() and cursor.isdigit()) or (number := int(cursor[:20])) > NUMBER_MAX:
        raise ValueError(cursor)
    return number


def _search(wish: ContextSearch, before: int) -> tuple[str, list[Any]]:
    """The statement for a search: what is rarest is read first, in the order of the answer, and the rest is looked up."""
    words = wanted(wish)
    match = " AND ".join(
        '"' + " ".join(phrase) + '"' + ("*" if goes_on else "") for phrase, goes_on in phrases(wish.text)
    )
    values: list[Any] = []
    where: list[str] = ["false"] if wish.text and not match else []
    if match:
        tables, n = "context_text t cross join context_index i on i.n = t.rowid", "t.rowid"
        where.append("t.tokens match ?")
        values.append(match)
    elif words and not (wish.tail and words[0].startswith(("org:", "seat:", "matter:", "district:"))):
        tables, n = "context_word w cross join context_index i on i.n = w.n", "w.n"
        where.append("w.word = ?")
        values.append(words.pop(0))
    else:
        tables, n = (
            "context_index i",
            "+i.n" if wish.tail else "i.n",
        )  # the plus keeps SQLite from reading all in that order
    where.append(f"{n} < ?")
    values.append(before)
    for word in words:
        where.append("exists(select 1 from context_word x where x.word = ? and x.n = i.n)")
        values.append(word)
    if wish.tail:
        where.append("i.tail >= ? and i.tail < ?")
        values += [wish.tail[::-1], wish.tail[::-1] + ":"]
    if wish.since > 0:
        where.append("i.arrived_at >= ?")
        values.append(wish.since)
    if wish.until < 9e99:
        where.append("i.arrived_at < ?")
        values.append(wish.until)
    sql = (
        f"select {n}, c.row from {tables} cross join context c on c.id = i.id "  # noqa: S608 - constants of this function
        f"where {' and '.join(where)} order by {n} desc limit ?"
    )
    return sql, values
