"""Run folders of labs: where they are, how one is made, written down and kept to one at a time."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.debian.errors import LabError
from gateway.debian.packages import cache_dir
from gateway.durable_file import write_whole
from gateway.lab import texts
from gateway.lab.boards import Lab

SOCKET_PATH_MAX = 107
"""Linux: sun_path is 108 bytes with its end mark."""


def labs_dir() -> Path:
    """Where labs run: ``ONEKEY_RUN``, else the user's runtime or cache folder."""
    if given := os.environ.get("ONEKEY_RUN"):
        return Path(given).resolve()
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "onekey"
    return cache_dir() / "run"


def folder_of(name: str) -> Path:
    """The run folder of a lab. Raises LabError for a name that is no plain word."""
    if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum() and len(name) <= 32):
        raise LabError(texts.NOT_A_LABS_NAME(name=name), "--name", texts.USE_LETTERS)
    return labs_dir() / name


def make_folder(folder: Path) -> None:
    """The run folder, for its owner only. Raises LabError if it cannot be, or its path is too long for a socket."""
    longest = str(folder / "12345/run/asterisk.ctl")
    if len(longest.encode()) > SOCKET_PATH_MAX:
        raise LabError(
            texts.RUN_FOLDERS_PATH_IS_TOO(socket_path_max=SOCKET_PATH_MAX),
            longest,
            texts.SET_ONEKEY_RUN_TMP_ONEKEY,
        )
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise LabError(
            texts.RUN_FOLDER_IS_NOT_WRITABLE(strerror=error.strerror),
            str(folder),
            texts.SET_ONEKEY_RUN_A_FOLDER_YOU,
        ) from None


@contextmanager
def alone() -> Iterator[None]:
    """Only one lab of a user at a time comes up or goes down.

    Two that look for free addresses at once would find the same; once booted their sockets hold them. The lock goes
    with its process, whatever ends it.
    """
    path = Path(tempfile.gettempdir()) / f"onekey-lab-{os.getuid()}.lock"
    try:
        # a link laid here by another user is not followed
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LabError(
            texts.LOCK_FILE_CANNOT_BE_WRITTEN(strerror=error.strerror),
            str(path),
            texts.REMOVE_IT_OR_SET,
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def save(lab: Lab) -> None:
    """Write ``lab.json``, whole or not at all, for its owner only."""
    text = json.dumps({k: v for k, v in lab.items() if k != "alive"}, ensure_ascii=False, indent=1)
    write_whole(Path(lab["dir"]) / "lab.json", text.encode())
