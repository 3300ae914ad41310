"""The tables of the SQLite store, how a database of an older onekey becomes one of this, and where a record goes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from gateway.core.messages.records import CallbackRow, ContextRow, GapRow, QueueRow, SeatRow, TransferRow
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, StoreRecord, TokenRow
from gateway.store.sqlite.bulk_insert import Row, write
from gateway.store.sqlite.context_index import index

# The rows of contexts are large: a table without rowid would keep five of them on a page, in the tree's inner nodes too. Databases that
# were made so are read and written by the same statements.
STEPS = (
    """
create table context(id text primary key, version integer, at real, call text, ended_at real, row blob);
create table context_history(id text, version integer, at real, row blob, primary key(id, version));
create table transfer(id text primary key, call text, pressed_at real, ended_at real, row blob) without rowid;
create index transfer_pressed on transfer(pressed_at);
create index transfer_open on transfer(ended_at) where ended_at = 0;
create table seat_log(n integer primary key, at real, switchboard text, seat text, before text, after text, why text,
                      call text, since real);
create index seat_log_at on seat_log(at);
create index seat_log_seat on seat_log(switchboard, seat, at);
create table gap(n integer primary key, switchboard text, since real, until real, why text)
""",
    """
create table callback(id text primary key, at real, state text, row blob) without rowid;
create index callback_at on callback(at);
create index callback_state on callback(state, at);
create table once(id text primary key, at real, expires_at real, row blob) without rowid;
create index once_expires on once(expires_at);
alter table transfer add column seat text;
update transfer set seat = json_extract(cast(row as text), '$.transferer');
create index transfer_call on transfer(call, pressed_at);
create index transfer_seat on transfer(seat, pressed_at)
""",
    """
create table queue_log(n integer primary key, at real, switchboard text, queue text, call text, joined_at real,
                       left_at real, how text, seat text, ring_s real);
create index queue_log_joined on queue_log(joined_at);
create table seen(switchboard text primary key, at real) without rowid;
create table seat_last(switchboard text, seat text, row blob, primary key(switchboard, seat)) without rowid;
create table token(id text primary key, made_at real, row blob) without rowid;
create table anchor(id text primary key, number integer, mac text) without rowid;
create table delivery(id text primary key, number integer, state text, row blob) without rowid;
create index delivery_state on delivery(state, number);
create table context_index(n integer primary key, id text unique, arrived_at real, tail text, words text, text text);
create index context_index_arrived on context_index(arrived_at);
create index context_index_tail on context_index(tail);
create table context_word(word text, n integer, primary key(word, n)) without rowid;
create virtual table context_text using fts5(tokens, tokenize="unicode61 remove_diacritics 0")
""",
    """
insert into anchor values('store', 0, lower(hex(randomblob(8))))
""",
    """
-- numbers are compared as one, however they were sent: contexts of some are found by another word (RENUMBERED)
""",
)
"""Scripts that make version 1 of nothing, version 2 of version 1, and so on."""
SCHEMA_VERSION = len(STEPS)
INDEXED, RENUMBERED = 3, 5
"""Since these versions contexts are in the index from their first write, and numbers in it are ``normalised``."""
_RENUMBERED = """
select row from context where substr(json_extract(cast(row as text), '$.caller_number'), 1, 1) in ('+', '0', '8') order by at
"""
"""Those whose number may have been written into the index otherwise."""

encode = msgspec.json.Encoder().encode


def version_of(connection: sqlite3.Connection) -> int:
    """The version of a database; 0 for a new one."""
    (version,) = connection.execute("pragma user_version").fetchone()
    return int(version)


def name_of(connection: sqlite3.Connection) -> str:
    """The name of a database from its making on; a copy of it has the same name."""
    return str(*(connection.execute("select mac from anchor where id = 'store'").fetchone() or ()))


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to this version: whole, or not at all. Two gateways that start at once do it once."""
    if version_of(connection) >= SCHEMA_VERSION:
        return
    connection.execute("begin immediate")
    try:
        before = version_of(connection)
        for step in STEPS[before:]:
            for statement in step.split(";\n"):
                connection.execute(statement)
        if before < RENUMBERED:
            rows = connection.execute(
                "select row from context order by at" if before < INDEXED else _RENUMBERED
            ).fetchall()
            index(connection, [msgspec.json.decode(row, type=ContextRow) for (row,) in rows])
        connection.execute(f"pragma user_version={SCHEMA_VERSION}")
        connection.execute("commit")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.rollback()
        raise


def insert(connection: sqlite3.Connection, records: Iterable[StoreRecord]) -> None:
    """Put a group of records where they belong; where a kind has an id, the last write of the id stands.

    What a busy site writes most goes in by many rows at once. Kinds share no table, so that only the order within one counts.
    """
    seats: list[SeatRow] = []
    waits: list[Row] = []
    contexts: list[ContextRow] = []
    for record in records:
        match record:
            case SeatRow():
                seats.append(record)
            case ContextRow():
                contexts.append(record)
            case QueueRow():
                wait = (None, record.at, record.switchboard, record.queue, record.call, record.joined_at)
                waits.append((*wait, record.left_at, record.how, record.seat, record.ring_s))
            case _:
                _insert_one(connection, record)
    write(connection, "insert into queue_log values(*)", waits)
    _insert_seats(connection, seats)
    _insert_contexts(connection, contexts)


def _insert_seats(connection: sqlite3.Connection, seats: Sequence[SeatRow]) -> None:
    rows = [
        (None, row.at, row.switchboard, row.seat, row.before.value, row.after.value, row.why, row.call, row.since)
        for row in seats
    ]
    write(connection, "insert into seat_log values(*)", rows)
    last = {(row.switchboard, row.seat): row for row in seats}
    newest = [(*key, encode(row)) for key, row in last.items()]
    write(connection, "insert or replace into seat_last values(*)", newest)


def _insert_contexts(connection: sqlite3.Connection, contexts: Sequence[ContextRow]) -> None:
    """Each version into the history; as it stands, each context once."""
    encoded = [(row, encode(row)) for row in contexts]
    versions = [(row.id, row.version, row.at, blob) for row, blob in encoded]
    write(connection, "insert or replace into context_history values(*)", versions)
    last = {row.id: (row, blob) for row, blob in encoded}
    newest = [(row.id, row.version, row.at, row.call, row.ended_at, blob) for row, blob in last.values()]
    write(connection, "insert or replace into context values(*)", newest)
    index(connection, [row for row, _ in last.values()])


def _insert_one(connection: sqlite3.Connection, record: StoreRecord) -> None:
    """A record of a kind that comes now and then."""
    match record:
        case TransferRow():
            transfer = (record.id, record.call, record.pressed_at, record.ended_at, encode(record), record.transferer)
            connection.execute("insert or replace into transfer values(?,?,?,?,?,?)", transfer)
        case GapRow():
            gap = (record.switchboard, record.since, record.until, record.why)
            connection.execute("insert into gap values(null,?,?,?,?)", gap)
        case SeenRow():
            connection.execute("insert or replace into seen values(?,?)", (record.id, record.at))
        case CallbackRow():
            task = (record.id, record.at, record.state, encode(record))
            connection.execute("insert or replace into callback values(?,?,?,?)", task)
        case OnceRow():
            connection.execute("delete from once where expires_at <= ?", (record.at,))
            once = (record.id, record.at, record.expires_at, encode(record))
            connection.execute("insert or replace into once values(?,?,?,?)", once)
        case TokenRow():
            token = (record.id, record.made_at, encode(record))
            connection.execute("insert or replace into token values(?,?,?)", token)
        case AnchorRow():
            anchor = (record.id, record.number, record.mac)
            connection.execute("insert or replace into anchor values(?,?,?)", anchor)
        case DeliveryRow(state="delivered"):
            connection.execute("delete from delivery where id = ?", (record.id,))
        case DeliveryRow():
            delivery = (record.id, record.number, record.state, encode(record))
            connection.execute("insert or replace into delivery values(?,?,?,?)", delivery)


def remove(connection: sqlite3.Connection, id_: str) -> bool:
    """Take a context out of every table. Whether it was there."""
    found = connection.execute("select n, words from context_index where id = ?", (id_,)).fetchone()
    if found is not None:
        n, words = found
        pairs = [(word, n) for word in words.split("\n") if word]
        connection.executemany("delete from context_word where word = ? and n = ?", pairs)
        connection.execute("delete from context_text where rowid = ?", (n,))
        connection.execute("delete from context_index where n = ?", (n,))
    connection.execute("delete from context_history where id = ?", (id_,))
    connection.execute("delete from context where id = ?", (id_,))
    return found is not None
