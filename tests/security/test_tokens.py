"""Tokens of a running gateway: known at once, gone within two seconds, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from gateway.security import tokens
from gateway.security.principal import Principal
from gateway.store import StoreError, TokenRow
from tests.store.contract import token


class Shelf:
    """Tokens as a store has them; it may be down, and slow: it answers while ``answers`` is set."""

    def __init__(self) -> None:
        self.answers, self.read = asyncio.Event(), asyncio.Event()
        self.answers.set()
        self.rows: list[TokenRow] = []
        self.reads, self.down, self.now = 0, False, 1000.0
        self.tokens = tokens.Tokens(self._read, lambda: self.now, lambda: self.now)

    async def _read(self) -> list[TokenRow]:
        self.reads += 1
        self.read.set()
        await self.answers.wait()
        if self.down:
            raise StoreError("down", "here", "wait")
        return self.rows


@asynccontextmanager
async def watched(shelf: Shelf) -> AsyncIterator[None]:
    """Within the block somebody looks in the background, and has looked once."""
    watch = asyncio.create_task(shelf.tokens.watch())
    await shelf.read.wait()
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def test_a_token_is_known_until_it_expires_or_is_revoked() -> None:
    """A revoked one stops within two seconds, an expired one at its instant, an unknown one never begins."""
    shelf = Shelf()
    text, row = tokens.mint("值班台", ("full", "read"), "110", "2001", 1000.0, 1)
    shelf.rows = [token(), row]
    assert await shelf.tokens.principal(text) == Principal(
        f"值班台 ({row.id})", frozenset(("read", "full")), "110", "2001", row.id
    )
    assert await shelf.tokens.maker(row.id) == await shelf.tokens.principal(text)
    assert await shelf.tokens.maker("nobody") is None
    assert await shelf.tokens.principal(text + "x") is None
    assert await shelf.tokens.principal("\udcff") is None
    assert shelf.reads == 1
    shelf.rows = [replace(row, revoked_at=1000.5)]
    shelf.now += tokens.FRESH_S
    assert (await shelf.tokens.principal(text), await shelf.tokens.maker(row.id)) == (None, None)
    shelf.rows = [row]
    shelf.now = 1000.0 + 86400
    assert await shelf.tokens.principal(text) is None


async def test_a_store_that_is_down_does_not_lock_out() -> None:
    """What was known stays known, and the store is left alone for a while."""
    shelf = Shelf()
    text, row = tokens.mint("a", ("read",), "", "", 1000.0, 0)
    shelf.rows = [row]
    assert await shelf.tokens.principal(text)
    shelf.down, shelf.now = True, 1005.0
    assert await shelf.tokens.principal(text)
    assert await shelf.tokens.principal(text)
    assert shelf.reads == 2


async def test_a_known_token_does_not_wait_for_the_store() -> None:
    """A key may be a request: while the store answers nobody, a token that is known presses at once, and nothing piles up."""
    shelf = Shelf()
    text, row = tokens.mint("话机", ("transfer",), "12345", "1001", 1000.0, 0)
    shelf.rows = [row]
    async with watched(shelf):
        assert await shelf.tokens.principal(text)
        shelf.answers.clear()
        shelf.now += 100.0
        assert await shelf.tokens.principal("another") is None  # waits for a look, in vain
        shelf.now += 100.0
        assert await shelf.tokens.principal("another") is None
        assert shelf.reads == 2
        looking = asyncio.ensure_future(shelf.tokens.principal(text))
        await asyncio.sleep(0)
        assert looking.done()
        assert looking.result() is not None


async def test_a_slow_answer_counts_when_it_comes() -> None:
    """A request has given up waiting for the store; its answer revokes a token all the same, and the next look is not put off."""
    shelf = Shelf()
    text, row = tokens.mint("a", ("read",), "", "", 1000.0, 0)
    shelf.rows = [row]
    async with watched(shelf):
        assert await shelf.tokens.principal(text)
        shelf.answers.clear()
        shelf.now += tokens.FRESH_S
        assert await shelf.tokens.principal("another") is None  # has waited in vain
        shelf.rows = [replace(row, revoked_at=shelf.now)]
        shelf.answers.set()
        for _ in range(9):  # turns of the loop: the answer is on its way
            await asyncio.sleep(0)
        assert await shelf.tokens.principal(text) is None
        assert shelf.reads == 2
