"""Tokens of the API: who may ask for what. The store keeps a digest; the token itself is shown once, to whoever made it.

A token is 32 random bytes, so that its plain SHA-256 tells nothing. The gateway keeps the rows in memory and looks again every
two seconds: a token that is revoked stops within that time, and a store that is slow or down costs nobody a transfer. A token that is
known never waits for the store, because a key may be a request (law 5); one that is not known waits for a look.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable

import structlog

from gateway.security.principal import SCOPES, Principal
from gateway.store import StoreError, TokenRow

log = structlog.get_logger("tokens")

FRESH_S = 2.0
WAIT_S = 0.2
"""How long a request waits for the store before it is judged by what was known last."""
DOWN_S = 10.0
"""How long a store that did not answer is not asked again."""


def digest(token: str) -> str:
    """The digest of a token, which is all that is kept of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def mint(name: str, scopes: tuple[str, ...], switchboard: str, seat: str, at: float, days: int) -> tuple[str, TokenRow]:
    """A new token, and its row. ``days`` 0: until it is revoked."""
    id_ = secrets.token_hex(4)
    token = f"ok_{id_}_{secrets.token_urlsafe(32)}"
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    expires_at = at + days * 86400 if days else 0.0
    return token, TokenRow(
        id_,
        name,
        digest=digest(token),
        scopes=ordered,
        switchboard=switchboard,
        seat=seat,
        made_at=at,
        expires_at=expires_at,
    )


class Tokens:
    """Tokens and their holders. ``read`` asks the store; ``clock`` gives seconds since 1970, ``steady`` those of a clock that never jumps."""

    def __init__(
        self,
        read: Callable[[], Awaitable[list[TokenRow]]],
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self._read, self._clock, self._steady = read, clock, steady
        self._rows: dict[str, TokenRow] = {}
        self._by_id: dict[str, TokenRow] = {}
        self._look_at = 0.0
        self._looking = asyncio.Lock()
        self._watched = False
        self._reading: asyncio.Task[list[TokenRow]] | None = None

    async def watch(self) -> None:
        """Look again and again, until it is cancelled."""
        self._watched = True
        try:
            while True:
                await self._look()
                await asyncio.sleep(max(FRESH_S, self._look_at - self._steady()))
        finally:
            self._watched = False
            if self._reading is not None:
                self._reading.cancel()

    async def principal(self, token: str) -> Principal | None:
        """The holder of this token now; None for one that is unknown, has expired or was revoked."""
        return await self._holder(self._rows, digest(token))

    async def maker(self, id_: str) -> Principal | None:
        """The holder of the token with this id now; None as for ``principal``. What was made with it is worth what it is worth."""
        return await self._holder(self._by_id, id_)

    async def _holder(self, rows: dict[str, TokenRow], key: str) -> Principal | None:
        # A known token does not wait where somebody looks in the background; an unknown one may have been made just now.
        if self._steady() >= self._look_at and not (self._watched and key in rows):
            await self._look()
        row = rows.get(key)
        at = self._clock()
        if row is None or row.revoked_at or (row.expires_at and row.expires_at <= at):
            return None
        return Principal(f"{row.name} ({row.id})", frozenset(row.scopes), row.switchboard, row.seat, row.id)

    async def _look(self) -> None:
        async with self._looking:
            if self._steady() < self._look_at:
                return  # another request has looked meanwhile
            try:
                rows = await self._answer()
            except (StoreError, TimeoutError) as error:
                self._look_at = self._steady() + DOWN_S
                log.warning("tokens_not_read", why=str(error) or "no answer in time", known=len(self._rows))
                return
            # Changed in place: whoever waits for the look holds these two.
            self._rows.clear()
            self._rows.update((row.digest, row) for row in rows)
            self._by_id.clear()
            self._by_id.update((row.id, row) for row in rows)
            self._look_at = self._steady() + FRESH_S

    async def _answer(self) -> list[TokenRow]:
        """The store's, in time. A question that it leaves unanswered is not asked a second time: each holds a thread."""
        if self._reading is None:
            # Not cancelled when its time is up: a thread cannot be, and a second one would only wait beside it.
            self._reading = asyncio.get_running_loop().create_task(self._ask(), name="tokens")
        done, _ = await asyncio.wait([self._reading], timeout=WAIT_S)
        if not done:
            raise TimeoutError
        reading, self._reading = self._reading, None
        return reading.result()

    async def _ask(self) -> list[TokenRow]:
        return await self._read()
