"""Requests that may be done once: one under an ``Idempotency-Key``, a button of a desk phone.

Decided in memory, in one step with what is done; the store is told behind it, so that no disk stands between a button and the
ringing (law 5) and a restart remembers.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable
from typing import Any

from gateway.problems import Problem
from gateway.store import OnceRow

NONCE = "nonce:"
"""Prefix of the ids of nonces in the store."""
KEPT_S = 24 * 3600.0
"""Time for which a key is remembered: a client that tries again tries again within the day."""


def digest(*parts: str) -> str:
    """A short name for a text of a stranger; the same for the same parts only."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


class IdempotencyKeys:
    """Answers by the key that they were asked under. ``rows`` are what the store remembers, oldest first; of more than ``most`` the
    oldest goes first."""

    def __init__(self, rows: Iterable[OnceRow], write: Callable[[OnceRow], None], most: int) -> None:
        self._write, self._most = write, most
        self._keys: dict[str, OnceRow] = {}
        for row in rows:
            if not row.id.startswith(NONCE):
                self._remember(row)

    def _remember(self, row: OnceRow) -> None:
        self._keys[row.id] = row
        while len(self._keys) > self._most:
            # A dict keeps the order in which keys came: the first is the oldest.
            del self._keys[next(iter(self._keys))]

    def answer(self, key: str, asked: str, at: float) -> dict[str, Any] | None:
        """The answer that was given under this key, if any. Raises Problem where something else was asked under it."""
        row = self._keys.get(f"key:{digest(key)}") if key else None
        if row is None or row.expires_at <= at:
            return None
        if row.asked != asked:
            raise Problem("key_reused")
        answer: dict[str, Any] = json.loads(row.answer)
        return answer

    def keep(self, key: str, asked: str, answer: dict[str, Any], at: float) -> None:
        """Remember the answer under this key, an empty key apart."""
        if key:
            id_ = f"key:{digest(key)}"
            self._keys.pop(id_, None)  # one that has expired: it is the youngest again
            row = OnceRow(id_, at, at + KEPT_S, asked, json.dumps(answer, ensure_ascii=False))
            self._remember(row)
            self._write(row)


class Nonces:
    """Nonces that were used up or revoked, until they expire. ``rows`` are what the store remembers."""

    def __init__(self, rows: Iterable[OnceRow], write: Callable[[OnceRow], None]) -> None:
        self._write = write
        self._nonces: dict[str, float] = {}
        self._expiring: list[tuple[float, str]] = []
        for row in rows:
            if row.id.startswith(NONCE):
                self._remember(row)

    def _remember(self, row: OnceRow) -> None:
        self._nonces[row.id] = row.expires_at
        heapq.heappush(self._expiring, (row.expires_at, row.id))

    def __len__(self) -> int:
        """Number of keys that are remembered."""
        return len(self._nonces)

    def used(self, nonce: str) -> bool:
        """True where a nonce was used up, or revoked, and has not expired since."""
        return f"{NONCE}{nonce}" in self._nonces

    def take(self, nonce: str, expires_at: float, at: float) -> bool:
        """Use a nonce up. Whether it was still unused; one that has expired is refused before."""
        while self._expiring and self._expiring[0][0] <= at:
            self._nonces.pop(heapq.heappop(self._expiring)[1], None)
        id_ = f"{NONCE}{nonce}"
        if id_ in self._nonces:
            return False
        # Between the look and this line there is no ``await``: two presses of one button are not both the first.
        row = OnceRow(id_, at, expires_at)
        self._remember(row)
        self._write(row)
        return True
