"""Records with instants that have not come: written while the clock of a machine was wrong. Found, shown, and put right.

When they were written nobody knows. So a change of a seat, a wait and a gap of that time go, and a gap with the reason ``clock`` stands for it,
from the last sound record before to the first behind (law 7). Of what has an id only the instant is wrong: a transfer and a context stay, with the
last sound instant in its place.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.store import StoreError, texts
from gateway.store.columnar.parquet import folder_of, is_own, locked

AHEAD_S = 60.0
"""Seconds that a sound record may lie ahead: two machines of one site agree within that."""
_LOGS = {"seat_log": "at", "queue_log": "at"}
_INSTANTS = {
    "transfer": ("pressed_at", "ringing_at", "answered_at", "ended_at"),
    "context": ("at", "arrived_at", "ended_at"),
}
WHY = "clock"


@dataclass(frozen=True, slots=True)
class Ahead:
    """Records of a table that lie ahead, and the furthest instant, in seconds since 1970."""

    table: str
    count: int
    furthest_at: float


def survey(path: Path, now: float) -> list[Ahead]:
    """Tables with records that lie ahead; none where there is no database. Raises StoreError."""
    if not path.exists():
        return []
    with _opened(path, "ro") as connection:
        return _survey(connection, now + AHEAD_S)


def repair(path: Path, now: float) -> list[Ahead]:
    """Put them right, all or none, and let the reports' files be made anew. Returns what was found. No gateway may be running; a report or an
    import that is at the files is waited for. Raises StoreError."""
    folder = folder_of(path)
    with locked(folder) if folder.is_dir() else contextlib.nullcontext():
        found = _repair(path, now)
        for file in folder.glob("*"):
            if file.name == "store.json" or is_own(file):
                file.unlink(missing_ok=True)
    return found


def _repair(path: Path, now: float) -> list[Ahead]:
    limit = now + AHEAD_S
    with _opened(path, "rw") as connection:
        connection.execute("begin immediate")
        found = _survey(connection, limit)
        _join_states(connection, limit)
        _repair_logs(connection, limit, now)
        for table, names in _INSTANTS.items():
            _repair_rows(connection, table, names, limit, now)
        connection.commit()
    return found


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, timeout=5.0, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise StoreError(texts.CANNOT_READ_THE_DATABASE(error=error), str(path), texts.CHECK_SPACE_AND_LOCK) from error


def _survey(connection: sqlite3.Connection, limit: float) -> list[Ahead]:
    columns = {
        **_LOGS,
        "gap": '"until"',
        "seen": "at",
        "transfer": "max(pressed_at, ended_at)",
        "context": "max(at, ended_at)",
    }
    found = []
    for table, column in columns.items():
        sql = f"select count(*), max({column}) from {table} where {column} > ?"  # noqa: S608 - names of this module
        count, furthest = connection.execute(sql, (limit,)).fetchone()
        if count:
            found.append(Ahead(table, count, furthest))
    return found


def _join_states(connection: sqlite3.Connection, limit: float) -> None:
    """Let each state that follows a row which goes begin where the last sound one ended: no time of a seat is lost, and the gap hides it."""
    who = connection.execute("select distinct switchboard, seat from seat_log where at > ?", (limit,)).fetchall()
    for pair in who:
        sound_at, broken = None, False
        sql = "select n, at from seat_log where switchboard = ? and seat = ? order by n"
        for number, at in connection.execute(sql, pair).fetchall():
            if at > limit:
                broken = True
                continue
            if broken and sound_at is not None and sound_at < at:
                connection.execute("update seat_log set since = ? where n = ?", (sound_at, number))
            sound_at, broken = at, False


def _repair_logs(connection: sqlite3.Connection, limit: float, now: float) -> None:
    """Gaps for the times of records that go, and the last state of each seat as the sound log has it."""
    boards = {
        board
        for table in _LOGS
        for (board,) in connection.execute(f"select distinct switchboard from {table} where at > ?", (limit,))  # noqa: S608 - names of this module
    }
    boards |= {
        board for (board,) in connection.execute('select distinct switchboard from gap where "until" > ?', (limit,))
    }
    for board in boards:
        first = connection.execute(
            "select min(n) from seat_log where switchboard = ? and at > ?", (board, limit)
        ).fetchone()[0]
        last = connection.execute(
            "select max(n) from seat_log where switchboard = ? and at > ?", (board, limit)
        ).fetchone()[0]
        sound = "select {} from seat_log where switchboard = ? and at <= ? and n {} ?"
        before = connection.execute(sound.format("max(at)", "<"), (board, limit, first or 0)).fetchone()[0]
        behind = connection.execute(sound.format("min(at)", ">"), (board, limit, last or 1 << 60)).fetchone()[0]
        gap = connection.execute(
            'select min(since) from gap where switchboard = ? and "until" > ? and since <= ?', (board, limit, limit)
        ).fetchone()[0]
        begins = [at for at in (before, gap) if at is not None]
        since = min(begins) if begins else None
        until = behind if behind is not None else now
        connection.execute('delete from gap where switchboard = ? and "until" > ?', (board, limit))
        if since is not None and since < until:
            connection.execute(
                'insert into gap(switchboard, since, "until", why) values (?, ?, ?, ?)', (board, since, until, WHY)
            )
    for table in _LOGS:
        connection.execute(f"delete from {table} where at > ?", (limit,))  # noqa: S608 - names of this module
    connection.execute("update seen set at = ? where at > ?", (now, limit))
    for board, seat, row in connection.execute("select switchboard, seat, row from seat_last").fetchall():
        if json.loads(row)["at"] <= limit:
            continue
        connection.execute("delete from seat_last where switchboard = ? and seat = ?", (board, seat))
        names = ("at", "switchboard", "seat", "before", "after", "why", "call", "since")
        found = connection.execute(
            f"select {', '.join(names)} from seat_log where switchboard = ? and seat = ? order by n desc limit 1",  # noqa: S608
            (board, seat),
        ).fetchone()
        if found is not None:
            kept = json.dumps(dict(zip(names, found, strict=True))).encode()
            connection.execute("insert into seat_last values (?, ?, ?)", (board, seat, kept))


def _repair_rows(connection: sqlite3.Connection, table: str, names: tuple[str, ...], limit: float, now: float) -> None:
    ends = "max(pressed_at, ended_at)" if table == "transfer" else "max(at, ended_at)"
    sql = f"select id, row from {table} where {ends} > ?"  # noqa: S608 - names of this module
    for id_, blob in connection.execute(sql, (limit,)).fetchall():
        row: dict[str, Any] = json.loads(blob)
        sound = [row[name] for name in names if 0 < row[name] <= limit]
        instead = max(sound, default=now)
        for name in names:
            row[name] = row[name] if row[name] <= limit else instead
        own = {"transfer": ("pressed_at", "ended_at"), "context": ("at", "ended_at")}[table]
        sets = ", ".join(f"{name} = ?" for name in own)
        values = [*(row[name] for name in own), json.dumps(row, ensure_ascii=False).encode(), id_]
        connection.execute(f"update {table} set {sets}, row = ? where id = ?", values)  # noqa: S608 - names of this module
        if table == "context":
            connection.execute("update context_index set arrived_at = ? where id = ?", (row["arrived_at"], id_))
