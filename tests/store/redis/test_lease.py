"""A gateway's key at a Redis server: whoever has lost it to another gateway hears of it at the next renewal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.values.holder import Holder
from gateway.store import StoreError
from gateway.store.redis import lease
from gateway.store.redis.store import connect
from gateway.store.tenure import StoreTenure
from tests.store.redis.test_store import Server

MINE = Holder(place="/run#1", name="onekey", host="one", pid=1, api="127.0.0.1:8012", since=1.0)
OTHER = replace(MINE, place="/run#2", host="two", pid=2)
HEARD_S = 20.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("lease"))
    server.start()
    yield server
    server.kill()


async def test_who_was_silent_for_too_long_ends_in_words(server: Server, tmp_path: Path) -> None:
    """After a suspension another gateway has the key: the first one is told whose it is, and leaves it alone."""
    url = f"redis://127.0.0.1:{server.port}/0"
    first = StoreTenure(tmp_path / "onekey.db", url, MINE, renew_s=0.01)
    first.take()
    with contextlib.closing(connect(url)) as client:
        client.delete(lease.KEY)  # as if it had run out
    assert lease.take(url, OTHER) is None
    with pytest.raises(StoreError, match="onekey @ two, pid 2"):
        async with asyncio.timeout(HEARD_S):
            await first.watch()
    first.release()
    assert lease.take(url, MINE) is not None
    lease.release(url, OTHER)
