"""Files that are whole or not there, and still there after a power cut.

``fsync`` of a file makes its content durable, not its name: that stands in the folder. A new file, or one that takes another's place, is
there for sure when its folder has been synchronised, too.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_to_owner(path: Path, of: Path | None = None) -> None:
    """Give what root has made to whoever owns the folder that it is in (or ``of``): the gateway, which is not root, must write there too.
    Nothing happens for anybody else, nor where it cannot be done: the doctor tells of it."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        owner, mine = (of or path.parent).stat(), path.lstat()
        if mine.st_uid == 0 != owner.st_uid:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def give_all_to_owner(folder: Path) -> None:
    """The same for all that is in a folder: to whoever owns the folder itself."""
    if os.geteuid() != 0 or not folder.is_dir() or folder.stat().st_uid == 0:
        return
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            give_to_owner(Path(place, name), folder)


def put_in_place(partial: Path, path: Path) -> None:
    """Give a file that is complete its name, durably; whoever has it already is replaced. Raises OSError."""
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(partial, path)
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file of this mode in one step: there is the old one or the new, never a piece. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        partial.chmod(mode)
        put_in_place(partial, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()
        raise
