"""The line to a Redis server: what is lost on it, comes late, or comes from a server that would not keep it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.store import StoreError, StoreRecord
from gateway.store.redis.store import RedisStore, examine
from tests.store.contract import StoreContract, context, ended, opened, transfer
from tests.store.redis.test_store import RedisSite, Server

PING = b"*1\r\n$4\r\nPING\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def site(server: Server, tmp_path: Path) -> RedisSite:
    return RedisSite(server, tmp_path)


@pytest.fixture(scope="module")
def untold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("untold"), "--appendfsync", "everysec", "--rename-command", "CONFIG", "")
    server.start()
    yield server
    server.kill()


class Network:
    """What lies between a gateway and its server. While it ``loses`` requests, those from the next transaction on wait on their
    way until they are delivered; answers that it loses do not come at all. It may take no new connections."""

    def __init__(self, server: Server) -> None:
        self.loses, self.closed, self.port = "", False, 0
        self._server = server
        self._late: list[tuple[bytearray, asyncio.StreamReader, asyncio.StreamWriter]] = []

    @contextlib.asynccontextmanager
    async def between(self) -> AsyncIterator[Network]:
        """While it lasts its port leads to the server."""
        listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()

    async def _connected(self, asks: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        if self.closed:
            answers.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._server.port)
        state: dict[str, Any] = {"late": None, "mute": False}
        task = asyncio.create_task(self._answers(there, answers, state))
        with contextlib.suppress(ConnectionError):
            while said := await asks.read(2**20):
                if b"MULTI" in said and self.loses == "requests":
                    state["late"] = bytearray()
                    task.cancel()
                    self._late.append((state["late"], there, back))
                elif b"MULTI" in said and self.loses == "answers":
                    state["mute"] = True
                if state["late"] is not None:
                    state["late"] += said
                else:
                    back.write(said)
        answers.close()
        task.cancel()
        if state["late"] is None:
            back.close()

    async def _answers(self, there: asyncio.StreamReader, answers: asyncio.StreamWriter, state: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            while said := await there.read(2**20):
                if not state["mute"]:
                    answers.write(said)

    async def deliver(self) -> None:
        """What was late arrives, all of it; returns when the server has done with it."""
        assert self._late
        for late, there, back in self._late:
            back.write(bytes(late) + PING)
            said = b""
            while b"PONG" not in said:
                said += await there.read(2**20)
            back.close()
        self._late.clear()


@contextlib.asynccontextmanager
async def beyond(network: Network, site: RedisSite) -> AsyncIterator[RedisStore]:
    """A gateway's store on the other side of the network."""
    url = f"redis://127.0.0.1:{network.port}/0"
    store = await asyncio.to_thread(RedisStore, url, site._backlog, prefix=site._prefix)
    try:
        yield store
    finally:
        await store.close()


# --- late, lost -----------------------------------------------------------------------------------------------------------


async def test_a_group_that_comes_late_undoes_nothing(server: Server, site: RedisSite) -> None:
    """Its answer was lost, it came home from the backlog, newer rows were acknowledged: when it arrives at last nothing changes."""
    async with Network(server).between() as network, beyond(network, site) as store:
        store.write(transfer())
        await store.flush()
        network.loses = "requests"
        store.write(context())
        store.write(transfer(state="three_party"))
        with pytest.raises(StoreError, match="Timeout"):
            await store.flush()
        network.loses = ""
        await store.flush()
        for row in (context(version=2), ended(transfer())):
            store.write(row)
        await store.flush()
        await network.deliver()
        assert await store.context("k0") == context(version=2)
        assert (await store.transfers(9), await store.open_transfers()) == ([ended(transfer())], [])


async def test_a_group_of_a_gateway_that_was_killed_undoes_nothing(server: Server, site: RedisSite) -> None:
    """It arrives when the next gateway has started and written on."""
    async with Network(server).between() as network, beyond(network, site) as old:
        old.write(transfer())
        await old.flush()
        network.loses, network.closed = "requests", True
        old.write(context())
        with pytest.raises(StoreError):
            await old.flush()
        site._backlog.unlink()
        async with opened(site, context(version=2)) as store:
            await network.deliver()
            assert await store.context_versions("k0") == [context(version=2)]
            network.loses, network.closed = "", False


@pytest.mark.parametrize("closed", [False, True], ids=["the line alone", "the network"])
async def test_an_edit_that_comes_late_is_not_carried_out(server: Server, site: RedisSite, closed: bool) -> None:
    """Who edited was told that it is not written: so it stays, whether the writer could look or not."""
    async with Network(server).between() as network, beyond(network, site) as store:
        store.write(context())
        await store.flush()
        network.loses, network.closed = "requests", closed
        with pytest.raises(StoreError, match="it may have been written" if closed else "Timeout"):
            await store.edit_context(context(version=2), 1)
        await network.deliver()
        network.loses, network.closed = "", False
        assert await store.context_versions("k0") == [context()]
        assert await store.edit_context(context(version=2), 1) is True


async def test_an_edit_whose_answer_is_lost_is_looked_for(server: Server, site: RedisSite) -> None:
    """It has been carried out: whoever edited is told so. One that came behind it has not been, and is not said to be."""
    async with Network(server).between() as network, beyond(network, site) as store:
        store.write(context())
        await store.flush()
        network.loses = "answers"
        assert await store.edit_context(context(version=2), 1) is True
        with pytest.raises(StoreError, match="Timeout"):
            await store.edit_context(context(version=2, by="x"), 1)
        network.loses = ""
        assert await store.context_versions("k0") == [context(), context(version=2)]
        assert store.health().ok


async def test_a_version_that_is_written_again_undoes_no_newer_one(site: RedisSite) -> None:
    """Its answer was lost, so it comes once more out of the backlog; meanwhile another has edited it."""
    async with opened(site, context()) as store, opened(site) as other:
        assert await other.edit_context(context(version=2), 1)
        store.write(context())
        await store.flush()
        assert await store.context("k0") == context(version=2)
        assert await store.context_versions("k0") == [context(), context(version=2)]


async def test_a_gateway_starts_on_a_server_that_takes_nothing(server: Server, site: RedisSite) -> None:
    """What it has is read; the alarm is there when something is written, and ends when it is taken."""
    async with opened(site, transfer()):
        pass
    with setting(server, "maxmemory", "1"):
        store = await asyncio.to_thread(site.open)
        assert await store.transfers(9) == [transfer()]
        with pytest.raises(StoreError, match="maxmemory"):
            await _write(store, transfer(1))
    await store.flush()
    assert len(await store.transfers(9)) == 2
    await store.close()


async def _write(store: RedisStore, record: StoreRecord) -> None:
    store.write(record)
    await store.flush()


async def test_two_who_write_at_once_do_not_fence_each_other_off(site: RedisSite) -> None:
    """A command writes beside a gateway: each gets its own, and neither is told that the store is down."""

    async def write(store: Any, begin: int) -> None:
        for n in range(begin, begin + 40):
            store.write(transfer(n))
            await store.flush()

    async with opened(site) as store, opened(site, up_to_date=False) as other:
        await asyncio.gather(write(store, 0), write(other, 100))
        assert len(await store.transfers(99)) == 80
        assert (store.health().ok, other.health().ok) == (True, True)


async def test_a_line_that_the_server_closed_is_made_anew(server: Server, site: RedisSite) -> None:
    """As with the setting ``timeout``: nobody is told that the store is down."""
    async with opened(site, transfer()) as store:
        _hang_up(server)
        store.write(transfer(1))
        await store.flush()
        assert len(await store.transfers(9)) == 2


def _hang_up(server: Server) -> None:
    client = redis.Redis(port=server.port)
    client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    client.close()


# --- a server that would not keep it --------------------------------------------------------------------------------------

SETTINGS = [
    ("appendonly", "no", "appendonly yes"),
    ("appendfsync", "everysec", "appendfsync always"),
    ("appendfsync", "no", "appendfsync always"),
    ("no-appendfsync-on-rewrite", "yes", "no-appendfsync-on-rewrite no"),
    ("maxmemory-policy", "allkeys-lru", "maxmemory-policy noeviction"),
    ("maxmemory-policy", "allkeys-random", "maxmemory-policy noeviction"),
]


@contextlib.contextmanager
def setting(server: Server, name: str, value: str) -> Iterator[None]:
    client: Any = redis.Redis(port=server.port, decode_responses=True)
    before = client.config_get(name)[name]
    client.config_set(name, value)
    try:
        yield
    finally:
        client.config_set(name, before)
        client.close()


@pytest.mark.parametrize(("name", "value", "remedy"), SETTINGS, ids=lambda word: word.replace(" ", "_"))
def test_a_server_that_would_lose_records_is_refused(
    server: Server, site: RedisSite, name: str, value: str, remedy: str
) -> None:
    """What it acknowledges must be there after a power cut, and when its memory is full: else nothing begins, and it is said what to set."""
    with setting(server, name, value):
        with pytest.raises(StoreError, match=f"{name} {value}") as caught:
            site.open()
        assert f"set {remedy} in" in caught.value.remedy
        with pytest.raises(StoreError):
            examine(site._url)  # as `onekey doctor` does
    examine(site._url)


def test_a_server_that_throws_out_only_what_runs_out_is_taken(server: Server, site: RedisSite) -> None:
    """No record has a time to live."""
    with setting(server, "maxmemory-policy", "volatile-lru"):
        examine(site._url)


async def test_it_is_looked_at_again_when_the_line_was_broken(server: Server, site: RedisSite) -> None:
    """Another server may answer there, or one that has been set otherwise: nothing is acknowledged until it is set right."""
    async with opened(site, transfer()) as store:
        with setting(server, "maxmemory-policy", "allkeys-lfu"):
            _hang_up(server)
            store.write(transfer(1))
            with pytest.raises(StoreError, match="allkeys-lfu") as caught:
                await store.flush()
            assert "noeviction" in caught.value.remedy
        await store.flush()
        assert len(await store.transfers(9)) == 2


class TestUntold:
    """A rented server tells no settings and writes once a second: it is waited for."""

    @pytest.fixture
    def site(self, untold: Server, tmp_path: Path) -> RedisSite:
        return RedisSite(untold, tmp_path)

    test_edits = StoreContract.test_of_two_edits_of_one_version_one_wins
    test_backlog = StoreContract.test_the_backlog_comes_home_in_order

    async def test_one_flush_behind_the_other(self, site: RedisSite) -> None:
        """Each waits for its fsync, none is told that the store is down."""
        async with opened(site) as store:
            for n in range(3):
                store.write(transfer(n))
                await store.flush()
            assert store.health().ok
            assert len(await store.transfers(9)) == 3

    async def test_kill_9(self, site: RedisSite) -> None:
        """A gateway that is killed loses nothing that was acknowledged."""
        await StoreContract().test_kill_9_loses_nothing_that_was_acknowledged(site, 2)


def test_a_server_that_tells_nothing_and_keeps_nothing_is_refused(tmp_path: Path) -> None:
    """It says when it is asked to wait for its file."""
    server = Server(tmp_path, "--appendonly", "no", "--rename-command", "CONFIG", "")
    server.start()
    try:
        with pytest.raises(StoreError, match="appendonly"):
            examine(f"redis://127.0.0.1:{server.port}")
    finally:
        server.kill()


def test_a_server_that_tells_no_settings_and_throws_out_records_is_refused(tmp_path: Path) -> None:
    """Its policy is read elsewhere."""
    server = Server(tmp_path, "--maxmemory-policy", "allkeys-lru", "--rename-command", "CONFIG", "")
    server.start()
    try:
        with pytest.raises(StoreError, match="noeviction"):
            examine(f"redis://127.0.0.1:{server.port}")
    finally:
        server.kill()
