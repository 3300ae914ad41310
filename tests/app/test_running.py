"""A gateway that runs ends by a signal, or in words: it never stays without a link, nor beside another gateway."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.app.running import holder, run
from gateway.config.settings import Config
from gateway.core.values.fault import Fault
from gateway.core.values.holder import Holder
from gateway.store import StoreError
from gateway.store.redis import lease
from gateway.store.redis.store import connect
from tests.app.test_wiring import CHILD_ENDS_S, site
from tests.store.redis.test_store import Server

OTHER = Holder(place="/run#2", name="onekey", host="two", pid=2, api="127.0.0.1:8012", since=1.0)


def strong(folder: Path, **changes: Any) -> Config:
    """A site of which no guess finds a secret, and whose switchboard is not there."""
    config = site(folder, signing_key=secrets.token_bytes(32), api_token=secrets.token_hex(32), peers=(), **changes)
    (board,) = config.switchboards
    return replace(config, switchboards=(replace(board, secret=secrets.token_hex(32)),))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


def test_a_gateway_is_known_by_the_id_of_its_run_folder(tmp_path: Path) -> None:
    """Begun anew it is the same; the name of the machine is for people."""
    config = site(tmp_path)
    first = holder(config).place
    assert holder(config).place == first
    (tmp_path / "gateway.id").unlink()
    assert holder(config).place != first


async def test_a_gateway_without_its_link_ends_in_words(tmp_path: Path) -> None:
    """A link that has died ends the gateway, so that it is begun anew; the switchboard is named."""
    started = asyncio.Event()
    running = asyncio.create_task(run(strong(tmp_path), started.set))
    async with asyncio.timeout(CHILD_ENDS_S):
        await started.wait()
    (link,) = [task for task in asyncio.all_tasks() if task.get_name() == "link 12345"]
    link.cancel()
    async with asyncio.timeout(CHILD_ENDS_S):
        with pytest.raises(Fault, match=re.escape("onekey@127.0.0.1:9")):
            await running


async def test_a_gateway_whose_store_is_anothers_ends_in_words(tmp_path: Path, server: Server) -> None:
    """Another gateway took the key of the Redis server while this one was silent: two must not write."""
    url = f"redis://127.0.0.1:{server.port}/0"
    started = asyncio.Event()
    running = asyncio.create_task(run(strong(tmp_path, store_url=url), started.set, renew_s=0.01))
    async with asyncio.timeout(CHILD_ENDS_S):
        await started.wait()
    with contextlib.closing(connect(url)) as client:
        client.set(lease.KEY, OTHER.written())
    async with asyncio.timeout(CHILD_ENDS_S):
        with pytest.raises(StoreError, match="onekey @ two, pid 2"):
            await running
    lease.release(url, OTHER)
