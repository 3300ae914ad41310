"""One gateway at a store: a lock that goes with its process, and on a Redis server a key that goes when nobody renews it."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from typing import TextIO

from gateway.core.values.holder import Holder
from gateway.store import StoreError, texts
from gateway.store.redis import lease
from gateway.store.redis.store import shown


def lock_of(store: Path) -> Path:
    """The file that a gateway locks while it runs, beside the database."""
    return store.with_name(f"{store.name}.gateway")


class StoreTenure:
    """A gateway's claim to its store, from ``take`` to ``release``."""

    def __init__(self, store: Path, url: str, mine: Holder) -> None:
        self._path, self._url, self._mine = lock_of(store), url, mine
        self._file: TextIO | None = None

    def take(self) -> None:
        """Claim the store. Raises StoreError that names the gateway that has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = Holder.read(file.read())
            file.close()
            raise _held(holder, str(self._path.parent)) from None
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
        """Renew the key on a Redis server until cancelled; a file needs nothing."""
        while self._url:
            await asyncio.sleep(lease.RENEW_S)
            await asyncio.to_thread(lease.take, self._url, self._mine)

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
