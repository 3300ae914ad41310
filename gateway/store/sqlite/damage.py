"""Damage of a database of ours: told apart from a file that never was one, because the remedies are opposite.

A power cut or a dying disk leaves a header of zeros, or a file that is cut. "Not a database, move it away" would have a site throw away the
only copy of its records.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.store import texts

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
MAGIC = b"SQLite format 3\x00"
OPENED = ".opened"
"""End of the name of the note that lies beside a database which a gateway has opened (``file``)."""
LOOKED_BYTES = 1024 * 1024
"""Bytes of a file without a header are looked at for the words of our tables, which stand on its first page."""
TABLES = (b"context_history", b"seat_log")


def is_damage(error: BaseException) -> bool:
    """True where SQLite says that the file itself is wrong, and not its rights, its disk or a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def is_ours(path: Path) -> bool:
    """True where the file is, or was, a database of onekey: by the note beside it, by its magic, or by the names of our tables in it."""
    if path.with_name(path.name + OPENED).exists():
        return True
    try:
        with path.open("rb") as file:
            begin = file.read(LOOKED_BYTES)
    except OSError:
        return False
    return begin.startswith(MAGIC) or all(name in begin for name in TABLES)


def words(error: BaseException, path: Path) -> tuple[str, str] | None:
    """Words for a damaged database of ours, and the two ways back; None for any other error, and any other file."""
    if not is_damage(error) or not is_ours(path):
        return None
    return texts.DATABASE_IS_DAMAGED(error=error), texts.TWO_WAYS_BACK(name=path.name)
