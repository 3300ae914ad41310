"""The contract on a real Redis server, which the tests start and kill."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import redis

from gateway.contexts.export_job import Exports, Job
from gateway.core.messages.records import QueueRow, SeatRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import SeatId, SeatState
from gateway.reporting.job import ReportJob, make
from gateway.store import SeenRow, StoreError, StoreRecord
from gateway.store.backlog import encode
from gateway.store.columnar import segments
from gateway.store.redis import reader
from gateway.store.redis import store as store_redis
from gateway.store.redis.log_rows import RedisRows
from gateway.store.redis.reader import RedisReader
from gateway.store.redis.store import RedisStore, connect, shown
from gateway.store.search import ContextSearch
from gateway.store.sqlite.store import SqliteStore
from tests.api import test_whole as whole
from tests.store.contract import MATTERS, A, StoreContract, context, ended, gap, opened, seat, task, transfer


def _free_port() -> int:
    """A port that stays ours while the server is down: below those that the system hands out to whoever asks for any."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """A redis-server on a free port of loopback with an append-only file."""

    def __init__(self, folder: Path, *settings: str) -> None:
        found = subprocess.run(
            [sys.executable, "-m", "gateway", "lab", "tree", "redis"], capture_output=True, text=True, check=True
        )
        tree = json.loads(found.stdout)
        self.port = _free_port()
        self._words = [
            *tree["start"], f"{tree['root']}/usr/bin/redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder),
            "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "local", *settings,
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = redis.Redis(port=self.port)
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except redis.RedisError:
                assert time.monotonic() < deadline, "redis-server does not answer"
        client.close()

    def kill(self) -> None:
        """As a power cut, the disk apart."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


class RedisSite:
    """A part of the server for one test. It fails by the server being killed."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._prefix = server, uuid.uuid4().hex + ":"
        self._url, self._backlog = f"redis://127.0.0.1:{server.port}/0", folder / "redis.backlog"
        self.child = (
            "from pathlib import Path; from gateway.store.redis.store import RedisStore",
            f"RedisStore({self._url!r}, Path({str(self._backlog)!r}), prefix={self._prefix!r})",
        )

    def open(self, **settings: Any) -> RedisStore:
        return RedisStore(self._url, self._backlog, prefix=self._prefix, **settings)

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        self._server.kill()
        try:
            yield
        finally:
            self._server.start()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def site(server: Server, tmp_path: Path) -> RedisSite:
    return RedisSite(server, tmp_path)


class TestRedis(StoreContract):
    """Redis keeps the contract."""


def test_a_server_that_keeps_nothing_is_refused(server: Server, tmp_path: Path) -> None:
    """Without an append-only file a power cut takes what was acknowledged: the store does not begin, and says what to do."""
    client = redis.Redis(port=server.port)
    client.config_set("appendonly", "no")
    try:
        with pytest.raises(StoreError, match="appendonly yes"):
            RedisStore(f"redis://:secret@127.0.0.1:{server.port}", tmp_path / "b")
    except redis.AuthenticationError:
        pass
    finally:
        client.config_set("appendonly", "yes")
        client.close()


async def test_an_export_reads_a_server(server: Server, tmp_path: Path) -> None:
    """The process that makes the file needs the URL alone; it writes nothing to the server."""
    url = f"redis://127.0.0.1:{server.port}/1"
    store = RedisStore(url, tmp_path / "b")
    for row in MATTERS:
        store.write(row)
    job = Job(wish=ContextSearch(matter="N01"), format="csv", full=False)
    path, count = await Exports(tmp_path / "exports", tmp_path / "none.db", url).run(job, store.flush)
    await store.close()
    lines = path.read_text("utf-8-sig").splitlines()
    assert (len(lines), count, lines[1].split(",")[0]) == (2, 1, "k1")


STATES = (SeatState.UNKNOWN, SeatState.READY, SeatState.TALK, SeatState.WRAP_UP, SeatState.READY)
RECORDS: list[StoreRecord] = [
    *(replace(seat(1000.0 + n, after), before=before) for n, (before, after) in enumerate(pairwise(STATES))),
    QueueRow(
        at=1003.0,
        switchboard=A,
        queue="12345",
        call="c",
        joined_at=1000.25,
        left_at=1002.5,
        how="answered",
        seat=SeatId("1001"),
        ring_s=1.5,
    ),
    QueueRow(
        at=1009.0,
        switchboard=A,
        queue="12345",
        call="d",
        joined_at=900.25,
        left_at=1009.5,
        how="abandoned",
        seat=SeatId(""),
        ring_s=0.0,
    ),
    gap(1100.0, 1160.0),
    ended(transfer(1)),
    ended(transfer(2)),
    transfer(3),
    SeenRow("12345", 1002.5),
]
"""Of each table of the reports."""


@pytest.mark.parametrize("segment_rows", [2, 50_000])
async def test_reports_are_those_of_sqlite(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segment_rows: int
) -> None:
    """Of the same records every report is the same, whether they are read from the server or have become files; and what has become
    a file is counted once when more comes."""
    monkeypatch.setattr(segments, "SEGMENT_ROWS", segment_rows)
    url = f"redis://127.0.0.1:{server.port}/3"
    redis.Redis(port=server.port, db=3).flushdb()
    path = tmp_path / "onekey.db"
    stores = [RedisStore(url, tmp_path / "b"), SqliteStore(path)]
    since, until = "1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"
    for batch in (RECORDS[:5], RECORDS[5:]):
        for store in stores:
            for record in batch:
                store.write(record)
            await store.flush()
        for name in ("seats", "queues", "transfers", "capacity", "forecast"):
            theirs, ours = (
                make(ReportJob(report=name, store=str(path), since=since, until=until, url=where)).dicts()
                for where in (url, "")
            )
            assert theirs == ours, name
            assert ours or batch == RECORDS[:5]
    for store in stores:
        await store.close()
    copied = {file.name for file in (tmp_path / "redis.columns").glob("*.parquet")}
    assert copied == ({file.name for file in (tmp_path / "onekey.db.columns").glob("*.parquet")})
    assert bool(copied) == (segment_rows == 2)


async def test_a_gateway_reports_of_a_server(server: Server, tmp_path: Path) -> None:
    """The API makes reports and forecasts of what is on the server; the database of SQLite is never made."""
    here = replace(whole.site(tmp_path), store_url=f"redis://127.0.0.1:{server.port}/2")
    async with whole.running(here) as (app, session):
        for row in (*RECORDS, gap(1.0, 2.0)):
            app.store.write(row)
        for name in ("seats", "forecast"):
            async with session.get(
                f"/v1/reports/{name}?since=1970-01-01T00:00:00Z&until=1970-01-01T01:00:00Z"
            ) as answer:
                assert answer.status == 200, await answer.text()
                assert (await answer.json())["items"]
        assert "forecasts" in [task.get_name() for task in vars(app)["_watch"]]
    assert not here.store.exists()


async def test_logs_of_an_older_onekey(server: Server, site: RedisSite) -> None:
    """Their rows stood in the index itself: each is found as before, becomes one of the reports, and goes when its time is over."""
    client = redis.Redis(port=server.port, decode_responses=True)
    rows = [row for row in RECORDS if isinstance(row, SeatRow)]
    async with opened(site, *rows, gap(1.0, 2.0)) as store:
        found = await store.seat_rows(1000.5, 2000.0), await store.gaps(0.0, 9.0)
    for log in ("seat_log", "gap"):
        keys = [f"{site._prefix}{log}"] + [f"{site._prefix}{log}:12345/1001"] * (log == "seat_log")
        by_number = client.hgetall(f"{site._prefix}{log}_by_number")
        for key in keys:
            for number, at in client.zrange(key, 0, -1, withscores=True):
                client.zrem(key, number)
                client.zadd(key, {number + by_number[number]: at})
        client.delete(f"{site._prefix}{log}_by_number")
    client.delete(f"{site._prefix}version", f"{site._prefix}name")
    reading = RedisReader()
    reading.client, reading.prefix, reading.where = client, site._prefix, "there"
    with pytest.raises(StoreError, match="start the gateway once"):
        await reading.seat_rows(1000.5, 2000.0)
    with pytest.raises(StoreError, match="start the gateway once"):
        RedisRows(site._url, site._prefix).newest("seat_log")
    async with opened(site) as store:
        assert (await store.seat_rows(1000.5, 2000.0), await store.gaps(0.0, 9.0)) == found
        assert await store.prune("seats", 1002.5, dry_run=False) == 2
        assert [row.at for row in await store.seat_rows(0.0, 2000.0)] == [1002.0, 1003.0]
    assert client.hlen(f"{site._prefix}seat_log_by_number") == 2
    late = replace(rows[-1], at=1009.0)
    member = f"{int(client.incr(f'{site._prefix}seat_log_count')):016}" + encode(late).decode()
    for key in (f"{site._prefix}seat_log", f"{site._prefix}seat_log:12345/1001"):
        client.zadd(key, {member: late.at})  # by a gateway that has not been stopped
    async with opened(site) as store:
        assert (await store.seat_rows(1005.0, 2000.0))[-1] == late
        client.hdel(f"{site._prefix}seat_log_by_number", member[:16])
        client.zrem(f"{site._prefix}seat_log", member[:16])
        client.zadd(f"{site._prefix}seat_log", {member: late.at})
        assert await store.prune("seats", 1010.0, dry_run=True) == 3
    client.set(f"{site._prefix}version", "99")
    with pytest.raises(StoreError, match="version 99"):
        site.open()
    client.close()


async def test_numbers_of_version_2_are_found_as_they_are_compared_now(server: Server, site: RedisSite) -> None:
    """A landline that came with its country code was indexed with it; a search without it finds it after the upgrade, and others as before."""
    client: Any = redis.Redis(port=server.port, decode_responses=True)
    abroad, mobile = context(0, caller_number="+86 10 1234 5678"), context(1)
    async with opened(site, abroad, mobile):
        pass
    before, now = "number:861012345678", "number:01012345678"
    client.rename(f"{site._prefix}word:{now}", f"{site._prefix}word:{before}")
    words = client.hget(f"{site._prefix}context_words", "k0")
    client.hset(f"{site._prefix}context_words", "k0", words.replace(now, before))
    client.set(f"{site._prefix}version", "2")
    async with opened(site) as store:
        for number in ("01012345678", "+861012345678", "010-1234 5678"):
            assert await store.contexts(ContextSearch(number=number), 9) == ([abroad], "")
        assert await store.contexts(ContextSearch(number="+8613800000001"), 9) == ([mobile], "")
    assert not client.exists(f"{site._prefix}word:{before}")
    client.close()


async def test_a_word_goes_with_the_last_who_said_it(server: Server, site: RedisSite) -> None:
    """Of a removed context, and of what was edited away, no word stays on the server; those that others have said stay."""
    client: Any = redis.Redis(port=server.port, decode_responses=True)

    def words() -> list[str]:
        return client.zrange(f"{site._prefix}tokens", 0, -1)

    first = context(0, caller_name="", said=CaseDetails(summary="road 310115199001011234 zhangxiaoming"))
    second = context(1, caller_name="", said=CaseDetails(summary="road noise"))
    async with opened(site, first, second) as store:
        assert words() == ["310115199001011234", "noise", "road", "zhangxiaoming"]
        await store.remove_context("k0")
        assert words() == ["noise", "road"]
        assert await store.edit_context(replace(second, version=2, said=CaseDetails(summary="road")), 1)
        assert words() == ["road"]
        await store.remove_context("k1")
        assert client.keys(f"{site._prefix}word:*") == words() == []
    client.close()


async def test_words_that_an_older_onekey_has_left_go(
    server: Server, site: RedisSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start of the next gateway, not of a command; once."""
    monkeypatch.setattr(store_redis, "ROWS_MAX", 3)
    client: Any = redis.Redis(port=server.port, decode_responses=True)
    key, left = f"{site._prefix}tokens", {f"said{n}": 0 for n in range(10)}
    async with opened(site, context(caller_name="", said=CaseDetails(summary="road said5"))):
        pass
    client.zadd(key, left)
    client.delete(f"{site._prefix}swept")
    async with opened(site, up_to_date=False):
        assert client.zcard(key) == 11
    async with opened(site) as store:
        assert client.zrange(key, 0, -1) == ["road", "said5"]
        assert len((await store.contexts(ContextSearch(text="said"), 9))[0]) == 1
    assert client.get(f"{site._prefix}swept")
    client.close()


# --- searching while others write ----------------------------------------------------------------------------------------


class Watched:
    """A client that calls ``meanwhile`` before it reads the page of that number."""

    def __init__(self, client: Any, page: int, meanwhile: Callable[[], object]) -> None:
        self._client, self._page, self._meanwhile = client, page, meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def zrevrangebyscore(self, *words: Any, **more: Any) -> Any:
        self._page -= 1
        if self._page == 0:
            self._meanwhile()
        return self._client.zrevrangebyscore(*words, **more)


async def test_what_comes_between_two_pages_puts_nothing_twice(site: RedisSite) -> None:
    """A page begins where the one before it ended, of contexts, transfers and tasks."""
    async with opened(site, *(make(n) for n in range(450) for make in (context, transfer, task))) as store:
        loop, client, later = asyncio.get_running_loop(), store.client, itertools.count(450, 10)

        async def more() -> None:
            begin = next(later)
            for n in range(begin, begin + 10):
                for row in (context(n), transfer(n), task(n)):
                    store.write(row)
            await store.flush()

        def meanwhile() -> None:
            asyncio.run_coroutine_threadsafe(more(), loop).result()

        store.client = Watched(client, 2, meanwhile)
        found, cursor = await store.contexts(ContextSearch(), 420)
        assert [row.at for row in found] == [1000.0 + n for n in range(449, 29, -1)]
        store.client = client
        assert [row.at for row in (await store.contexts(ContextSearch(), 99, cursor))[0]] == [
            1000.0 + n for n in range(29, -1, -1)
        ]
        for read, there in ((store.transfers, 460), (store.callbacks, 470)):
            store.client = Watched(client, 2, meanwhile)
            ids = [row.id for row in await read(1000)]
            assert len(ids) == len(set(ids)) == there
        store.client = client


async def test_two_searches_at_once_do_not_meet(server: Server, site: RedisSite) -> None:
    """Of one text and two matters each finds its own; nothing is left of them on the server."""
    text = "张江路噪音扰民投诉"
    rows = [context(n, said=CaseDetails(summary=text, matter=f"m{n % 2}")) for n in range(10)]
    async with opened(site, *rows) as store:
        loop, client = asyncio.get_running_loop(), store.client

        def meanwhile() -> None:
            other = store.contexts(ContextSearch(text=text, matter="m1"), 50)
            assert asyncio.run_coroutine_threadsafe(other, loop).result()[0] == rows[9::-2]

        store.client = Watched(client, 1, meanwhile)
        assert (await store.contexts(ContextSearch(text=text, matter="m0"), 50))[0] == rows[8::-2]
        store.client = client
        assert (await store.contexts(ContextSearch(text="张", matter="m0"), 50))[0] == rows[8::-2]
        assert client.keys(f"{site._prefix}found:*") == []


async def test_a_search_that_was_thrown_out_is_no_short_answer(site: RedisSite) -> None:
    """A server that is full may throw out what is there for a time: who searches is told."""
    async with opened(site, *(context(n, said=CaseDetails(matter="m")) for n in range(250))) as store:
        client = store.client
        store.client = Watched(client, 2, lambda: client.delete(*client.keys(f"{site._prefix}found:*")))
        with pytest.raises(StoreError, match="thrown out"):
            await store.contexts(ContextSearch(matter="m"), 500)
        store.client = client


async def test_a_beginning_of_too_many_words_finds_them_all(site: RedisSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the records themselves are read."""
    monkeypatch.setattr(reader, "BEGINNING_MAX", 5)
    monkeypatch.setattr(reader, "WORDS_AT_ONCE", 2)
    rows = [context(n, said=CaseDetails(summary=f"{'ab' if n % 2 else 'a'}{n}", matter="m")) for n in range(12)]
    async with opened(site, *rows, context(12)) as store:
        for wish in ({"text": "a"}, {"text": "a", "matter": "m"}):
            assert (await store.contexts(ContextSearch(**wish), 50))[0] == rows[::-1]
        assert (await store.contexts(ContextSearch(text="ab1"), 50))[0] == [rows[1]]  # a number is found whole


def test_no_message_shows_the_password(tmp_path: Path) -> None:
    """A server that is not there is named without what opens it."""
    with pytest.raises(StoreError) as caught:
        RedisStore("redis://:hunter2@127.0.0.1:1/0", tmp_path / "b")
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1" in caught.value.where


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:hunter2@host:6379/3", "redis://host:6379/3"),
        ("redis://me:hun@ter2@host", "redis://host"),
        ("rediss://me:hunter2@[::1]:6380/0?ssl_cert_reqs=none", "rediss://[::1]:6380/0"),
        ("redis://host:6379/0?password=hunter2", "redis://host:6379/0"),
        ("redis://host?password=hun@ter2&db=2", "redis://host?db=2"),
        ("redis://host/hunter2", "redis://host"),
        ("unix:///run/redis.sock?db=0&password=hunter2", "unix:///run/redis.sock?db=0"),
        ("unix://me:hunter2@/run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_a_server_is_named_without_what_opens_it(url: str, said: str) -> None:
    """Scheme, host, port, socket and database are shown, whatever else the URL says."""
    assert shown(url) == said
    connect(url).close()


@pytest.mark.parametrize("password", ["hunter2/x", "hun?ter2", "hun#ter2", "27/x", "27?x", "27#x", "27?x=y#z"])
@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
@pytest.mark.parametrize("user", ["", "me"])
def test_a_password_that_is_not_written_as_it_must_be_is_not_shown(scheme: str, user: str, password: str) -> None:
    """Part of it would be taken for a port, a path or a host, also in an error's text: the URL is refused, and it is said how to write it."""
    with pytest.raises(StoreError, match="%2F %3F %23 %40") as caught:
        connect(f"{scheme}://{user}:{password}@host:6379/0")
    assert not any(part in str(caught.value) for part in ("hun", "27", "ter2", "host:6379"))


# --- a server that is there and takes nothing ------------------------------------------------------------------------------


@contextlib.contextmanager
def made_so(client: redis.Redis, fault: str) -> Iterator[None]:
    """The server is full, a replica of nobody, or slow, while it lasts."""
    if fault == "full":
        client.config_set("maxmemory", "1")
    elif fault == "read-only":
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    else:
        client.execute_command("CLIENT", "PAUSE", "30000", "WRITE")
    try:
        yield
    finally:
        client.config_set("maxmemory", "0")
        client.execute_command("REPLICAOF", "NO", "ONE")
        client.execute_command("CLIENT", "UNPAUSE")


@pytest.mark.parametrize(
    ("fault", "said"),
    [("full", "maxmemory"), ("read-only", "(?i)read.?only"), ("slow", "Timeout")],
    ids=["full", "read-only", "slow"],
)
async def test_a_server_that_takes_nothing(server: Server, site: RedisSite, fault: str, said: str) -> None:
    """What is wrong is said, an edit is refused, the backlog is on disk, and all of it follows when the server is well again."""
    client = redis.Redis(port=server.port)
    async with opened(site, transfer(0), context()) as store:
        with made_so(client, fault):
            store.write(transfer(1))
            with pytest.raises(StoreError, match=said):
                await store.flush()
            with pytest.raises(StoreError, match=said):
                await store.edit_context(context(version=2), 1)
            assert (store.health().ok, store.health().backlog, store.health().lost) == (False, 1, 0)
        await store.flush()
        assert await store.transfers(9) == [transfer(1), transfer(0)]
        assert await store.context("k0") == context()
    client.close()
