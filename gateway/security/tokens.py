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
"""Time for which a request waits for the store before it is judged by what was known last."""
DOWN_S = 10.0
"""The time for which a store that has failed is not asked again for a request; the look in the background goes on."""


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
        id=id_,
        name=name,
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
        self._watched = False
        self._reading: asyncio.Task[None] | None = None
        self._waited = False

    async def watch(self) -> None:
        """Look again and again, until it is cancelled."""
        self._watched = True
        try:
            while True:
                # However long it takes, and at every turn although it failed at the last: nobody waits for this look, and a token
                # that is revoked must not outlive a store that was slow once.
                await self._begin()
                await asyncio.sleep(FRESH_S)
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
        """A reading of the store, waited for as long as a request may."""
        reading = self._begin()
        if self._waited and not reading.done():
            return  # somebody has waited for this one already, in vain
        done, _ = await asyncio.wait([reading], timeout=WAIT_S)
        if done:
            reading.result()
        elif not self._waited:
            self._waited = True
            log.warning("tokens_not_read", why="no answer in time", known=len(self._rows))

    def _begin(self) -> asyncio.Task[None]:
        """The reading under way. A question that the store leaves unanswered is not asked a second time: each holds a thread."""
        if self._reading is None or self._reading.done():
            self._waited = False
            self._reading = asyncio.get_running_loop().create_task(self._refresh(), name="tokens")
        return self._reading

    async def _refresh(self) -> None:
        # Not cancelled when a request's time is up: a thread cannot be, and an answer that comes late is worth as much.
        try:
            rows = await self._read()
        except StoreError as error:
            self._look_at = self._steady() + DOWN_S
            log.warning("tokens_not_read", why=str(error), known=len(self._rows))
            return
        # Changed in place: whoever waits for the look holds these two.
        self._rows.clear()
        self._rows.update((row.digest, row) for row in rows)
        self._by_id.clear()
        self._by_id.update((row.id, row) for row in rows)
        self._look_at = self._steady() + FRESH_S
