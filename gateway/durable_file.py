"""Files that are whole or not there, and still there after a power cut.

``fsync`` of a file makes its content durable, not its name: that stands in the folder. A new file, or one that takes another's place, is
there for sure when its folder has been synchronised, too.

Where a person asks for a file, it may be a link to one, standard output (``-``), a pipe or a device. A file is written beside itself and takes its
name when it is whole, with the mode and the owner that it had; all others are written into, for to rename a file over ``/dev/stdout`` takes
that from the whole machine.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

STDOUT = Path("-")
PRIVATE, USUAL = 0o600, 0o666
"""Modes of a new file: with personal data, and without, as the umask has it."""
PACKED_IN_MEMORY_BYTES = 64 * 1024 * 1024
"""Memory that a packed file takes; more, a million rows of a wide report, goes to the folder for temporary files."""
_DEVICES = ("/dev/", "/proc/")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_to_owner(path: Path) -> None:
    """Give what root has made to whoever owns the folder that it is in: the gateway, which is not root, must write there too.
    Nothing happens for anybody else, nor where it cannot be done: the doctor tells of it."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        place = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _give(path.name, place, os.fstat(place))
        finally:
            os.close(place)


def give_all_to_owner(folder: Path) -> None:
    """The same for all that is in a folder: to whoever owns the folder itself, who may put a link in the place of each name meanwhile."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        # a link that root has laid is the site's; one that another user has laid leads where he likes
        top = folder.resolve() if folder.is_symlink() and folder.lstat().st_uid == 0 else folder
        owner: os.stat_result | None = None
        for _, folders, files, place in os.fwalk(top):
            owner = owner or os.fstat(place)
            for name in (*folders, *files):
                _give(name, place, owner)


def _give(name: str, place: int, owner: os.stat_result) -> None:
    """Give one file of root's in an open folder to that owner. By the folder's descriptor, so that no link leads elsewhere; and no file that has
    another name: it may be one of the system's."""
    with contextlib.suppress(OSError):
        mine = os.stat(name, dir_fd=place, follow_symlinks=False)
        if mine.st_uid == 0 != owner.st_uid and (stat.S_ISDIR(mine.st_mode) or mine.st_nlink == 1):
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=place, follow_symlinks=False)


def let_group_read(path: Path) -> None:
    """Give what root has made to the group of the folder that it is in, to read: the gateway, which is not root, reads its configuration by it.
    A folder's bit for that (setgid) is not needed, nor does the umask matter. Nothing happens for anybody else, nor to a file whose group is not root."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):
        group = path.parent.stat().st_gid
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            mine = os.fstat(file)
            if mine.st_uid == mine.st_gid == 0 != group and mine.st_nlink == 1:
                os.fchown(file, -1, group)
                os.fchmod(file, stat.S_IMODE(mine.st_mode) | stat.S_IRGRP)
        finally:
            os.close(file)


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


def write_new(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file of this mode that nobody has made yet, whole or not at all. Raises FileExistsError where it is there, OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(mode)
        os.link(partial, path)  # unlike a rename it takes nobody's place
    finally:
        partial.unlink()
    sync_folder(path.parent)


# --- where a person asks for it ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def outgoing(path: Path, mode: int = PRIVATE) -> Iterator[Path]:
    """A file to be written in place of ``path``; the last part of its name is that of ``path``. Where the block ends well it takes its place, else
    nothing has happened. Raises OSError."""
    if path == STDOUT or _is_written_into(path):
        with tempfile.TemporaryDirectory(prefix="onekey-out-") as folder:
            part = Path(folder) / f"out{path.suffix}"
            yield part
            _write_into(part, path)
        return
    real = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(suffix=real.suffix, prefix=f".{real.name[:100]}.", dir=real.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        _take_over(part, real, mode)
        put_in_place(part, real)
    finally:
        part.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Give a file that is there another text in one step: its mode, its owner and a link to it stay. Raises OSError."""
    with outgoing(path, USUAL) as part:
        part.write_text(text, encoding="utf-8", newline="")


def _is_written_into(path: Path) -> bool:
    """True where something is there that is no file of a folder."""
    if str(path).startswith(_DEVICES) or os.path.realpath(path).startswith(_DEVICES):
        return True
    with contextlib.suppress(FileNotFoundError):
        kind = path.stat().st_mode
        return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))
    return False


def _write_into(part: Path, path: Path) -> None:
    with part.open("rb") as file:
        if path == STDOUT:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()
        else:
            with path.open("wb") as out:
                shutil.copyfileobj(file, out)


def _take_over(part: Path, real: Path, mode: int) -> None:
    """Mode and owner of the file that is there; of a new one the mode alone."""
    try:
        was = real.stat()
    except FileNotFoundError:
        umask = os.umask(0o077)
        os.umask(umask)
        part.chmod(mode & ~umask)
        return
    if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.chown(part, was.st_uid, was.st_gid)
    part.chmod(stat.S_IMODE(was.st_mode))


@contextlib.contextmanager
def packed_into(path: Path) -> Iterator[IO[bytes]]:
    """A file for a library that packs, which becomes the content of ``path`` at the end. A library that cannot write leaves something half
    open behind, which tells of it again and again: so the disk is met once, when the library is done. Raises OSError."""
    with tempfile.SpooledTemporaryFile(PACKED_IN_MEMORY_BYTES) as spool:
        yield spool
        spool.seek(0)
        with path.open("wb") as out:
            shutil.copyfileobj(spool, out)
