"""What can be wrong with the places where records go, done to a gateway from outside, as an ordinary user, and undone.

Each is real: another process's lock on the database, the kernel refusing to let the gateway's files grow (``RLIMIT_FSIZE`` of the running
process, which is what a full disk and one that has become read-only have in common for whoever writes), the database's folder
taken away under the open file, the far platform's port closed.
"""

from __future__ import annotations

import contextlib
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.stage import AsteriskStage

FULL_BYTES = 16 * 1024
"""How large a file of the gateway may become on a "full disk": the database and its log are larger already, a backlog fits for a while."""


@contextlib.asynccontextmanager
async def slow(stage: AsteriskStage) -> AsyncIterator[None]:
    """Another process holds the database's lock: every commit waits for it, and waits in vain."""
    with contextlib.closing(sqlite3.connect(stage.database, timeout=5, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


@contextlib.asynccontextmanager
async def full(stage: AsteriskStage) -> AsyncIterator[None]:
    """The disk is full: no file grows any more."""
    with _files_up_to(stage, FULL_BYTES):
        yield


@contextlib.asynccontextmanager
async def read_only(stage: AsteriskStage) -> AsyncIterator[None]:
    """The disk has become read-only, as after an error of its own: not a byte is taken, for the backlog neither."""
    with _files_up_to(stage, 0):
        yield


@contextlib.contextmanager
def _files_up_to(stage: AsteriskStage, size: int) -> Iterator[None]:
    limit, pid = resource.RLIMIT_FSIZE, stage.gateway_pid
    before = resource.prlimit(pid, limit)
    resource.prlimit(pid, limit, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, limit, before)


@contextlib.asynccontextmanager
async def gone(stage: AsteriskStage) -> AsyncIterator[None]:
    """The database's folder is not there any more, as a disk that has come loose."""
    folder: Path = stage.database.parent
    away = folder.with_name("away")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


@contextlib.asynccontextmanager
async def far_platform_down(stage: AsteriskStage) -> AsyncIterator[None]:
    """Nobody listens where contexts are pushed to."""
    assert stage.platform is not None
    await stage.platform.stop()
    try:
        yield
    finally:
        await stage.platform.start()


FAULTS: dict[str, tuple[Callable[[AsteriskStage], AbstractAsyncContextManager[None]], str]] = {
    "store_slow": (slow, "数据库写不进"),
    "store_full": (full, "数据库写不进"),
    "store_read_only": (read_only, "积压文件也写不进"),
    "store_gone": (gone, "数据库写不进"),
    "far_platform_down": (far_platform_down, "110 平台收不到推送"),
}
"""By the name of the story that plays it; with a word of the alarm that follows."""
