"""Tables that reports are made of: their columns, and how files of them are named."""

from __future__ import annotations

from pathlib import Path

FORMATS: dict[str, dict[str, str]] = {
    "seat_log": {
        "at": "double", "switchboard": "varchar", "seat": "varchar", "before": "varchar", "after": "varchar",
        "why": "varchar", "call": "varchar", "since": "double",
    },
    "queue_log": {
        "at": "double", "switchboard": "varchar", "queue": "varchar", "call": "varchar", "joined_at": "double",
        "left_at": "double", "how": "varchar", "seat": "varchar", "ring_s": "double",
    },
    "transfer": {
        "id": "varchar", "home": "varchar", "call": "varchar", "transferer_switchboard": "varchar",
        "transferer": "varchar", "target": "varchar", "mode": "varchar", "by": "varchar", "outcome": "varchar",
        "reason": "varchar", "pressed_at": "double", "ringing_at": "double", "answered_at": "double", "ended_at": "double",
        "matter": "varchar",
    },
    "gap": {"switchboard": "varchar", "since": "double", "until": "double", "why": "varchar"},
}  # fmt: skip
"""The tables and their columns, which is also what ``onekey import`` takes. Instants are seconds since 1970."""
LATER = {"transfer": ("matter",)}
"""Columns that files of an older onekey, or of another system, need not have: not known there (law 7)."""
SEAT_LAST = {"switchboard": "varchar", "seat": "varchar", "at": "double", "after": "varchar"}
"""Columns of the files that hold each seat's last change."""
GROWING = ("seat_log", "queue_log")
NEWEST = {"seat_log": "at", "queue_log": "at", "transfer": "pressed_at", "gap": "until"}
"""The column that says how new a row is."""
MEMORY_MB = 384
"""Memory that DuckDB may take; beyond it works on the disk."""


def folder_of(store: Path, url: str = "") -> Path:
    """The folder of a store's files: beside the database, and with Redis where that would be."""
    return store.with_name("redis.columns" if url else store.name + ".columns")


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def listed(paths: list[Path]) -> str:
    """Paths as a list of SQL."""
    return f"[{', '.join(quoted(str(path)) for path in paths)}]"


def casts(columns: dict[str, str]) -> str:
    """Columns, each cast to its type: DuckDB takes the types of several files from the first one."""
    return ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns.items())


def whole(table: str, source: str) -> str:
    """A source with the columns of ``LATER`` that it lacks, empty."""
    later = LATER.get(table, ())
    if not later:
        return source
    none = ", ".join(f"cast('' as {FORMATS[table][name]}) as \"{name}\"" for name in later)
    return f"(select * from (select {none}) where false union all by name select * from {source})"
