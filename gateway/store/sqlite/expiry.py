"""Removal of records that are past their time in the SQLite store: in small transactions, so that no writer waits long.

What a live call needs is in none of these: a transfer that runs or belongs to a call that lives, a task that is open, the state in
which each seat was when the kept time begins.
"""

from __future__ import annotations

import sqlite3

ROWS_MAX = 1000
"""Rows of one transaction: at 10,000 seats, whose last rows are passed over each time, it takes a fifth of a second."""
PAUSE_S = 0.1
"""At least this, and as long as the transaction took, is left to others: SQLite looks for a free lock every 0.1 s and gives up after 1 s."""

EXPIRED: dict[str, tuple[str, str, str]] = {
    "transfers": (
        "transfer", "id", "pressed_at < ?1 and ended_at > 0 and ended_at < ?1"  # the first is what the index knows
        " and not exists(select 1 from context where ended_at = 0"
        " and context.id = json_extract(cast(transfer.row as text), '$.context'))",
    ),
    "callbacks": ("callback", "id", "state in ('done', 'dropped') and at < ?"),
    "deliveries": ("delivery", "id", "state = 'dead' and json_extract(cast(row as text), '$.at') < ?"),
    "seats": (
        "seat_log", "n",
        "at < ?1 and exists(select 1 from seat_log later where later.switchboard = seat_log.switchboard"
        " and later.seat = seat_log.seat and later.at >= seat_log.at and later.at < ?1 and later.n > seat_log.n)",
    ),
    # the newest row keeps its number: the next one must not get a number that the reports' files have
    "waits": ("queue_log", "n", "joined_at < ? and n < (select max(n) from queue_log)"),
    "gaps": ("gap", "n", "until < ?"),
}  # fmt: skip
"""By class: the table, its key, and what is past its time at an instant."""


def counting(kind: str) -> str:
    """The statement that counts what would go."""
    table, _, past = EXPIRED[kind]
    return f"select count(*) from {table} where {past}"  # noqa: S608 - constants


def remove(connection: sqlite3.Connection, kind: str, until: float) -> int:
    """Remove at most ``ROWS_MAX`` rows. Returns how many."""
    table, key, past = EXPIRED[kind]
    some = f"select {key} from {table} where {past} limit {ROWS_MAX}"  # noqa: S608 - constants
    return connection.execute(f"delete from {table} where {key} in ({some})", (until,)).rowcount  # noqa: S608 - constants
