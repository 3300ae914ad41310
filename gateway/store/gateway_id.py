"""The place of a gateway: its run folder and a random id in it, by which it knows its own claim again after a restart."""

from __future__ import annotations

import contextlib
import re
import secrets
from pathlib import Path

from gateway import durable_file

ID_FILE = "gateway.id"
"""In the run folder. Names of machines and folders are alike on many sites and may change: the id is another one everywhere."""
_ID = re.compile(r"[0-9a-f]{16}")


def place_of(run_dir: Path) -> str:
    """The place of this run folder's gateway; its first start makes the id. Raises OSError."""
    path = run_dir / ID_FILE
    if not path.exists():
        # Two starts at once: the id of the first stays.
        with contextlib.suppress(FileExistsError):
            durable_file.write_new(path, _new())
    elif not _ID.fullmatch(_read(path)):
        durable_file.write_whole(path, _new())  # somebody has spoilt it
    durable_file.give_to_owner(path)
    return _place(run_dir)


def known_place(run_dir: Path) -> str:
    """The same for whoever only looks; empty where no gateway has run here, or nobody may look."""
    try:
        return _place(run_dir)
    except OSError:
        return ""


def _place(run_dir: Path) -> str:
    return f"{run_dir.resolve()}#{_read(run_dir / ID_FILE)}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _new() -> bytes:
    return f"{secrets.token_hex(8)}\n".encode()
