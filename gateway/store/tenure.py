"""One gateway at a store: a lock that goes with its process, and on a Redis server a key that goes when nobody renews it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from gateway.core.values.holder import Holder
from gateway.store import StoreError, texts
from gateway.store.redis import lease
from gateway.store.redis.store import shown

LOCK_S = 0.5
"""Seconds that a start tries for the lock: a look at the holder (``holder_of``) takes well under a millisecond, a busy machine's more."""
LOCK_AGAIN_S = 0.05
"""Seconds between two tries."""


def lock_of(store: Path) -> Path:
    """The file that a gateway locks while it runs, beside the database."""
    return store.with_name(f"{store.name}.gateway")


class StoreTenure:
    """A gateway's claim to its store, from ``take`` to ``release``."""

    def __init__(
        self,
        store: Path,
        url: str,
        mine: Holder,
        renew_s: float = lease.RENEW_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``renew_s`` are the seconds between two renewals of the key, ``pause`` waits between two tries for the lock."""
        self._path, self._url, self._mine = lock_of(store), url, mine
        self._renew_s, self._pause = renew_s, pause
        self._file: TextIO | None = None

    def take(self) -> None:
        """Claim the store. Raises StoreError that names the gateway that has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8")
        if not self._locked(file):
            holder = Holder.read(file.read())
            file.close()
            raise _held(holder, str(self._path.parent))
        try:
            file.truncate(0)
            file.write(self._mine.written())
            file.flush()
            if self._url and (other := lease.take(self._url, self._mine)) is not None:
                raise _held(other, shown(self._url))
        except BaseException:
            file.close()
            raise
        self._file = file

    async def watch(self) -> None:
        """Renew the key on a Redis server until cancelled; a file needs nothing. Raises StoreError where another gateway has it: this one was
        silent for too long, and two must not write."""
        while True:
            await asyncio.sleep(self._renew_s)
            other = await asyncio.to_thread(lease.take, self._url, self._mine) if self._url else None
            if other is not None:
                raise _held(other, shown(self._url))

    def _locked(self, file: TextIO) -> bool:
        """True where the lock is ours. Whoever only asks for the holder has it for an instant, so it is tried for ``LOCK_S``."""
        for last in (*[False] * round(LOCK_S / LOCK_AGAIN_S), True):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not last:
                    self._pause(LOCK_AGAIN_S)
            else:
                return True
        return False

    def release(self) -> None:
        """Give the store up."""
        if self._file is None:
            return
        if self._url:
            lease.release(self._url, self._mine)
        self._file.truncate(0)
        self._file.close()
        self._file = None


def _held(holder: Holder | None, where: str) -> StoreError:
    name, pid = (str(holder), str(holder.pid)) if holder is not None else ("?", "?")
    return StoreError(texts.ANOTHER_GATEWAY_HAS_THE_STORE(holder=name), where, texts.STOP_ONE_OF_THEM(pid=pid))


def holder_of(store: Path) -> Holder | None:
    """The gateway that runs on this store; None where none does."""
    try:
        with lock_of(store).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Holder.read(file.read())
    except OSError:
        pass  # no gateway has run here, or nobody may look
    return None


def pid_of(store: Path) -> int:
    """The process of the gateway that runs on this store; 0 where none does."""
    holder = holder_of(store)
    return holder.pid if holder is not None else 0
