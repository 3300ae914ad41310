"""Many rows in one statement.

Each statement lets go of the interpreter's lock and has to take it again behind the thread that reads from Asterisk: fewer of them
is what makes the writer cheap on the core that both share.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

Row = tuple[Any, ...]

AT_ONCE = (64, 8, 1)
"""Rows of one statement. Few sizes, so that each statement is prepared once; SQLite takes 32,766 values in one."""


def write(connection: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> list[Any]:
    """Run ``sql`` with its ``values(*)`` standing for many rows, all of one width. Returns what ``returning`` gives."""
    given: list[Any] = []
    for some in _parts(rows):
        marks = "(" + ",".join("?" * len(some[0])) + ")"
        text = sql.replace("(*)", " " + ",".join([marks] * len(some)))
        given += connection.execute(text, [value for row in some for value in row]).fetchall()
    return given


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    done = 0
    for size in AT_ONCE:
        while len(rows) - done >= size:
            yield rows[done : done + size]
            done += size
