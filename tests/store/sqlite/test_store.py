"""The contract on SQLite, and what belongs to SQLite alone."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.values.ids import SeatId, SeatState
from gateway.store import AnchorRow, DeliveryRow, OnceRow, SeenRow, StoreError, StoreRecord, opening
from gateway.store.backlog import Backlog
from gateway.store.search import ContextSearch
from gateway.store.sqlite.reader import SqliteReader
from gateway.store.sqlite.schema import SCHEMA_VERSION, STEPS, encode
from gateway.store.sqlite.store import SqliteStore
from gateway.store.with_backlog import with_backlog
from tests import values
from tests.store.contract import (
    ROOT,
    StoreContract,
    context,
    delivery,
    ended,
    gap,
    once,
    opened,
    seat,
    task,
    transfer,
    waited,
)

TABLES = ("context", "transfer", "seat_log", "gap", "callback", "once", "token", "anchor", "delivery")


class SqliteSite:
    """A database file. It fails by having its tables taken away, which another program could do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backlog = path.with_name(path.name + ".backlog")
        self.child = (
            "from pathlib import Path; from gateway.store.sqlite.store import SqliteStore",
            f"SqliteStore(Path({str(path)!r}))",
        )

    def open(self, **settings: Any) -> SqliteStore:
        return SqliteStore(self.path, **settings)

    def sql(self, *lines: str) -> list[Any]:
        """Another program's statements in one transaction. Returns the rows of the last."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            rows: list[Any] = []
            for line in lines:
                rows = connection.execute(line).fetchall()
            connection.execute("commit")
            return rows

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        self.sql(*(f"alter table {table} rename to {table}_away" for table in TABLES))
        try:
            yield
        finally:
            self.sql(*(f"alter table {table}_away rename to {table}" for table in TABLES))


@pytest.fixture
def site(tmp_path: Path) -> SqliteSite:
    return SqliteSite(tmp_path / "onekey.db")


class TestSqlite(StoreContract):
    """SQLite keeps the contract."""


@given(records=st.lists(values.of(StoreRecord), max_size=8))
@settings(max_examples=25, deadline=None)
def test_whatever_a_record_holds_comes_back(records: list[StoreRecord]) -> None:
    """Any text, number and instant of any record is read back as it was, straight and through the backlog."""

    at_last = max((r.at for r in records if isinstance(r, OnceRow)), default=0.0)

    async def story(folder: Path) -> list[set[object]]:
        found: list[set[object]] = []
        for name in ("straight", "backlog"):
            site = SqliteSite(folder / f"{name}.db")
            store = site.open()
            with site.failing() if name == "backlog" else contextlib.nullcontext():
                for record in records:
                    store.write(record)
                with contextlib.suppress(StoreError):
                    await store.flush()
            await store.flush()
            rows = [*await store.seat_rows(-9.0, 9e9), *await store.transfers(99)]
            rows += [row for row in [await store.context(r.id) for r in records if hasattr(r, "version")] if row]
            rows += [*await store.callbacks(99), *await store.tokens()]
            rows += [row for row in [await store.anchor(r.id) for r in records if isinstance(r, AnchorRow)] if row]
            rows += [row for row in [await store.delivery(r.id) for r in records if isinstance(r, DeliveryRow)] if row]
            rows += [row for row in await store.once(-9e9, 99) if row.expires_at > at_last]
            rows += [*await store.queue_rows(-9e9, 9e9)]
            rows += [SeenRow(id_, at) for id_, at in (await store.seen()).items()]
            found.append({*rows, *(gap for gap in await store.gaps(-9e9, 9e9))})
            await store.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        straight, through_backlog = asyncio.run(story(Path(folder)))
    assert straight == through_backlog
    by_id = {(type(r), getattr(r, "id", r)): r for r in records}  # of one id the last
    kept = {r for r in by_id.values() if not (hasattr(r, "until") and (r.until <= -9e9 or r.since >= 9e9))}
    kept = {r for r in kept if not (isinstance(r, DeliveryRow) and r.state == "delivered")}
    kept = {r for r in kept if not (isinstance(r, OnceRow) and r.expires_at <= at_last)}
    assert straight == kept


async def test_a_group_of_many_records_is_written_whole_and_in_order(tmp_path: Path) -> None:
    """Rows that go in by many at once: none is missing, none twice, and of what has an id the last one stands."""
    site = SqliteSite(tmp_path / "onekey.db")
    rows = [seat(1000.0 + n, seat=str(n % 7)) for n in range(150)]
    first = [context(n) for n in range(75)]
    second = [replace(one, version=2, seats=(("12345", SeatId("1001"), 1.0),)) for one in first]
    async with opened(site, *rows, *first, *second) as store:
        assert await store.seat_rows(0.0, 9e9) == rows
        assert {row.at for row in await store.last_seats()} == {row.at for row in rows[-7:]}
        assert await store.context_versions("k7") == [first[7], second[7]]
        found, _ = await store.contexts(ContextSearch(seat="1001"), 100)
        assert sorted(row.id for row in found) == sorted(row.id for row in second)


# --- a file that cannot be used ---------------------------------------------------------------------------------------


def refusal(path: Path) -> StoreError:
    """Why a store cannot be opened there."""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    return caught.value


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """The file is named, left as it is, and the remedy is another path, not more disk."""
    path = tmp_path / "onekey.db"
    path.write_text("这是一封信，不是数据库\n" * 500, encoding="utf-8")
    before = path.read_bytes()
    error = refusal(path)
    assert "not a database" in error.what
    assert error.where == str(path)
    assert "another path" in error.remedy
    assert path.read_bytes() == before


def test_a_database_of_the_future(tmp_path: Path) -> None:
    """A database of a newer onekey is refused with both its version and the remedy, and is not changed."""
    site = SqliteSite(tmp_path / "onekey.db")
    site.sql(f"pragma user_version={SCHEMA_VERSION + 1}")
    error = refusal(site.path)
    assert f"version {SCHEMA_VERSION + 1}" in error.what
    assert (error.where, error.remedy) == (str(site.path), "升级 onekey / upgrade onekey")
    assert site.sql("select count(*) from sqlite_master") == [(0,)]


async def test_a_database_of_version_1_becomes_one_of_this(tmp_path: Path) -> None:
    """Its transfers are there, with their seats; tasks and keys find their tables; the version says so."""
    site = SqliteSite(tmp_path / "onekey.db")
    site.sql(*STEPS[0].split(";\n"), "pragma user_version=1")
    old = transfer(0, transferer=SeatId("1002"))
    with contextlib.closing(sqlite3.connect(site.path)) as connection:
        row = (old.id, old.call, old.pressed_at, old.ended_at, encode(old))
        connection.execute("insert into transfer values(?,?,?,?,?)", row)
        connection.commit()
    async with opened(site, transfer(1), task(2), once(3)) as store:
        assert await store.transfers(9, seat="1002") == [old]
        assert await store.transfers(9) == [transfer(1), old]
        assert await store.callbacks(9) == [task(2)]
        assert await store.once(0.0, 9) == [once(3)]
    assert site.sql("pragma user_version") == [(SCHEMA_VERSION,)]


async def test_numbers_of_version_4_are_found_as_they_are_compared_now(tmp_path: Path) -> None:
    """A landline that came with its country code was indexed with it; a search without it finds it after the upgrade, and others as before."""
    site = SqliteSite(tmp_path / "onekey.db")
    abroad, mobile = context(0, caller_number="+86 10 1234 5678"), context(1)
    async with opened(site, abroad, mobile):
        pass
    before, now = "number:861012345678", "number:01012345678"
    site.sql(
        f"update context_index set words = replace(words, '{now}', '{before}'), tail = '876543210168' where id = 'k0'",
        f"update context_word set word = '{before}' where word = '{now}'",
        "pragma user_version=4",
    )
    async with opened(site) as store:
        for number in ("01012345678", "+861012345678", "010-1234 5678"):
            assert await store.contexts(ContextSearch(number=number), 9) == ([abroad], "")
        assert await store.contexts(ContextSearch(tail="5678"), 9) == ([abroad], "")
        assert await store.contexts(ContextSearch(number="+8613800000001"), 9) == ([mobile], "")


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """A version 1 that is not as it should be is refused and stays as it was: no half of a new version."""
    site = SqliteSite(tmp_path / "onekey.db")
    site.sql("create table context(id)", "pragma user_version=1")
    refusal(site.path)
    assert site.sql("select name from sqlite_master") == [("context",)]
    assert site.sql("pragma user_version") == [(1,)]


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    """A folder that cannot be made is an error that names the database and what to check."""
    (tmp_path / "run").write_text("")
    error = refusal(tmp_path / "run" / "onekey.db")
    assert error.where == str(tmp_path / "run" / "onekey.db")
    assert "folder" in error.remedy


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """A folder of the database's name is an error, not a crash."""
    assert "cannot open" in refusal(tmp_path).what


def test_a_file_that_may_not_be_written() -> None:
    """Without the right to write, the store refuses to open, instead of failing at the first record."""
    code = (
        "import os, sys; from pathlib import Path; from gateway.store import StoreError;"
        "from gateway.store.sqlite.store import SqliteStore\n"
        "if os.getuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: SqliteStore(Path(sys.argv[1]))\n"
        "except StoreError as error: print(error.where, '|', error.what, '|', error.remedy)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "onekey.db"
        asyncio.run(SqliteStore(path).close())
        path.chmod(0o444)
        Path(folder).chmod(0o755)
        words = [sys.executable, "-c", code, str(path)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    where, what, remedy = done.stdout.split(" | ")
    assert where == str(path)
    assert "Permission denied" in what
    assert "writable" in remedy


async def test_a_path_with_signs_of_its_own(tmp_path: Path) -> None:
    """A path that holds ``?``, ``#``, ``%`` and Chinese is a path like any other, to write and to read."""
    async with opened(SqliteSite(tmp_path / "站点 50%20?#1" / "onekey.db"), transfer()) as store:
        assert await store.transfers(9) == [transfer()]


async def test_a_relative_path(tmp_path: Path) -> None:
    """A path that is relative to the working folder is read and written."""
    relative = Path(os.path.relpath(tmp_path / "onekey.db"))
    async with opened(SqliteSite(relative), transfer()) as store:
        assert await store.transfers(9) == [transfer()]


# --- what is personal -----------------------------------------------------------------------------------------------------


async def test_every_file_is_its_owners_alone(site: SqliteSite) -> None:
    """Callers' numbers are in the database, its log and its backlog: no one else may read any of them."""
    async with opened(site, context()) as store:
        with site.failing():
            store.write(context(1))
            with pytest.raises(StoreError):
                await store.flush()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in site.path.parent.iterdir()}
    assert set(modes) >= {"onekey.db", "onekey.db-wal", "onekey.db.backlog"}
    assert set(modes.values()) == {0o600}


async def test_every_version_of_a_context_is_kept(site: SqliteSite) -> None:
    """The history has each version once, while the context itself is the newest."""
    async with opened(site, context(), context(version=2), context(version=2), context(version=3)):
        assert site.sql("select version from context_history order by version") == [(1,), (2,), (3,)]


# --- while the database fails -----------------------------------------------------------------------------------------------


async def test_another_program_holds_the_lock(site: SqliteSite) -> None:
    """A database that someone has locked is named as that; what was written meanwhile follows when he lets go."""
    async with opened(site) as store:
        with contextlib.closing(sqlite3.connect(site.path, isolation_level=None)) as other:
            other.execute("begin exclusive")
            store.write(transfer())
            with pytest.raises(StoreError, match="locked") as caught:
                await store.flush()
            assert "another program" in caught.value.remedy
        await store.flush()
        assert await store.transfers(9) == [transfer()]


async def test_a_full_disk(site: SqliteSite) -> None:
    """A database that cannot grow is named as that; what was written meanwhile follows when there is room."""
    async with opened(site) as store:
        connection = vars(vars(store)["_database"])["_connection"]
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count={pages}")
        large = once(1, asked="x" * 100_000)
        store.write(large)
        with pytest.raises(StoreError, match="full") as caught:
            await store.flush()
        assert "space" in caught.value.remedy
        store.write(transfer())
        connection.execute(f"pragma max_page_count={pages + 1000}")
        await store.flush()
        assert (await store.once(0.0, 9), await store.transfers(9)) == ([large], [transfer()])


async def test_a_database_that_has_become_read_only(site: SqliteSite) -> None:
    """The remedy is rights, not room; reading goes on, an edit is refused, and what was written meanwhile follows."""
    async with opened(site, transfer(0), context()) as store:
        connection = vars(vars(store)["_database"])["_connection"]
        connection.execute("pragma query_only=1")
        store.write(transfer(1))
        with pytest.raises(StoreError, match="readonly") as caught:
            await store.flush()
        assert "rights" in caught.value.remedy
        with pytest.raises(StoreError, match="readonly"):
            await store.edit_context(context(version=2), 1)
        assert await store.transfers(9) == [transfer(0)]
        connection.execute("pragma query_only=0")
        await store.flush()
        assert await store.transfers(9) == [transfer(1), transfer(0)]
        assert await store.context("k0") == context()


async def test_a_database_that_is_gone(tmp_path: Path) -> None:
    """Its folder is taken away under the open file: nothing more is acknowledged, no new one is made, and all of it follows
    when the folder is back."""
    site = SqliteSite(tmp_path / "disk" / "onekey.db")
    backlog = tmp_path / "backlog"
    async with opened(site, transfer(0), backlog=backlog) as store:
        site.path.parent.rename(tmp_path / "away")
        store.write(transfer(1))
        with pytest.raises(StoreError, match="No such file") as caught:
            await store.flush()
        assert "bring the database back" in caught.value.remedy
        with pytest.raises(StoreError, match="cannot read"):
            await store.transfers(9)
        site.path.parent.mkdir()  # as the mount point of a disk that is not mounted
        with pytest.raises(StoreError):
            await store.flush()
        assert list(site.path.parent.iterdir()) == []
        assert store.health().backlog == 1
        assert backlog.exists()
        site.path.parent.rmdir()
        (tmp_path / "away").rename(site.path.parent)
        await store.flush()
        assert await store.transfers(9) == [transfer(1), transfer(0)]


async def test_a_copy_in_its_place(tmp_path: Path) -> None:
    """As from a backup: records go into the database that readers see, not into the one that was moved away."""
    site = SqliteSite(tmp_path / "disk" / "onekey.db")
    async with opened(site, transfer(0)):
        pass
    async with opened(site) as store:
        before = site.path.parent.rename(tmp_path / "before")
        shutil.copytree(before, site.path.parent)
        store.write(transfer(2))
        await store.flush()
        assert await store.transfers(9) == [transfer(2), transfer(0)]
    async with opened(SqliteSite(before / "onekey.db")) as moved:
        assert await moved.transfers(9) == [transfer(0)]


def copy_of(site: SqliteSite) -> Path:
    """A sound copy, made as SQLite advises while a gateway writes."""
    copy = site.path.with_name("copy.db")
    with contextlib.closing(sqlite3.connect(site.path)) as live, contextlib.closing(sqlite3.connect(copy)) as target:
        live.backup(target)
    return copy


async def written_on(site: SqliteSite, store: SqliteStore) -> Path:
    """A copy of a store with one transfer; then the store goes on past some checkpoints, so that the WAL does not fit the copy."""
    connection = vars(vars(store)["_database"])["_connection"]
    connection.execute("pragma wal_autocheckpoint=20")
    store.write(transfer(0))
    await store.flush()
    copy = copy_of(site)
    for n in range(1, 200):
        store.write(context(n))
        if n % 10 == 0:
            await store.flush()
    await store.flush()
    assert site.path.with_name("onekey.db-wal").stat().st_size
    return copy


def sound(path: Path) -> list[str]:
    """The contexts of a database that is without a fault."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        return [id_ for (id_,) in connection.execute("select id from context order by at")]


@pytest.mark.parametrize("first", ["read", "write", "linked"])
async def test_a_copy_renamed_over_the_open_file(site: SqliteSite, first: str) -> None:
    """The WAL that lies there is not the copy's: it is taken without it, and what was acknowledged since it was made is kept in a file.
    Also where the path is a link to the file."""
    link = site.path.with_name("link.db")
    link.symlink_to(site.path)
    store = SqliteStore(link) if first == "linked" else site.open()
    (await written_on(site, store)).rename(site.path)
    if first != "read":
        store.write(context(300))
        await store.flush()
    assert await store.transfers(9) == [transfer(0)]
    assert [row.id for row in (await store.contexts(ContextSearch(), 9))[0]] == ["k300"] * (first != "read")
    store.write(context(301))
    await store.flush()
    await store.close()
    assert sound(site.path)[-1] == "k301"
    [kept] = site.path.parent.glob("*.db.replaced-*")
    assert sound(kept) == [f"k{n}" for n in range(1, 200)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


async def test_a_copy_where_the_open_file_was(site: SqliteSite) -> None:
    """The file that was moved aside has all that was acknowledged, without the WAL that it had; nothing is kept twice."""
    store = site.open()
    copy = await written_on(site, store)
    aside = site.path.rename(site.path.with_name("aside.db"))
    copy.rename(site.path)
    store.write(context(300))
    await store.flush()
    await store.close()
    assert (sound(site.path), sound(aside)) == (["k300"], [f"k{n}" for n in range(1, 200)])
    assert list(site.path.parent.glob("onekey.db.replaced-*")) == []


async def test_a_copy_that_the_gateway_has_not_seen(site: SqliteSite) -> None:
    """It stops before it looks: the next one finds the copy sound."""
    store = site.open()
    (await written_on(site, store)).rename(site.path)
    await store.close()
    async with opened(site) as store:
        assert await store.transfers(9) == [transfer(0)]
    assert sound(site.path) == []
    [kept] = site.path.parent.glob("onekey.db.replaced-*")
    assert len(sound(kept)) == 199


async def test_a_copy_is_not_taken_while_somebody_reads_the_old_file(site: SqliteSite) -> None:
    """Until then nothing is acknowledged; what was written meanwhile follows."""
    async with opened(site) as store:
        copy = await written_on(site, store)
        with contextlib.closing(sqlite3.connect(site.path, isolation_level=None)) as reader:
            reader.execute("begin")
            reader.execute("select count(*) from context").fetchone()
            store.write(context(299))
            await store.flush()
            copy.rename(site.path)
            store.write(context(300))
            with pytest.raises(StoreError, match="somebody still reads the old one"):
                await store.flush()
        await store.flush()
    assert sound(site.path) == ["k300"]


def killed(site: SqliteSite) -> None:
    """A gateway wrote a context and was killed: it is in the WAL alone."""
    made, store = site.child
    code = f"""
{made}
import asyncio, os
from tests.store.contract import context
store = {store}
store.write(context(1))
asyncio.run(store.flush())
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert site.path.with_name("onekey.db-wal").stat().st_size


async def test_a_copy_beside_the_wal_of_a_gateway_that_was_killed(site: SqliteSite) -> None:
    """It is refused and left as it is, until that WAL has gone to the file it belongs to: both are whole."""
    async with opened(site, transfer(0)):
        copy = copy_of(site)
    killed(site)
    aside = site.path.rename(site.path.with_name("aside.db"))
    with pytest.raises(StoreError, match="its -wal is here"):
        site.open()
    assert not site.path.exists()
    copy.rename(site.path)
    with pytest.raises(StoreError, match="belongs to the file that was here before") as caught:
        site.open()
    assert "move onekey.db-wal" in caught.value.remedy
    for end in ("-wal", "-shm"):
        site.path.with_name(f"onekey.db{end}").rename(site.path.with_name(f"aside.db{end}"))
    async with opened(site) as store:
        assert await store.transfers(9) == [transfer(0)]
    assert (sound(site.path), sound(aside)) == ([], ["k1"])


async def test_the_wal_of_a_gateway_that_was_killed_is_its_own(site: SqliteSite) -> None:
    """Without a copy, and where the whole folder was copied, nothing is refused and nothing is lost."""
    killed(site)
    other = SqliteSite(site.path.parent / "copied" / "onekey.db")
    other.path.parent.mkdir()
    for file in site.path.parent.glob("onekey.db*"):
        shutil.copy(file, other.path.parent)
    for here in (site, other):
        async with opened(here) as store:
            assert await store.context("k1") == context(1)


async def test_a_wal_that_is_taken_away(site: SqliteSite) -> None:
    """SQLite would go on writing into it: what is in it goes into the database, and a new one begins."""
    async with opened(site, context(1)) as store:
        site.path.with_name("onekey.db-wal").unlink()
        assert await store.context("k1") == context(1)
        store.write(context(2))
        await store.flush()
        assert site.path.with_name("onekey.db-wal").stat().st_size
    assert sound(site.path) == ["k1", "k2"]


async def test_another_database_in_its_place(tmp_path: Path) -> None:
    """A command has made one on the mount point while the disk was away: nothing is written into it, and all of it follows when
    the disk is back."""
    site, backlog = SqliteSite(tmp_path / "disk" / "onekey.db"), tmp_path / "backlog"
    async with opened(site, transfer(0), backlog=backlog) as store:
        site.path.parent.rename(tmp_path / "away")
        async with opened(site, transfer(1)):
            pass
        store.write(transfer(2))
        with pytest.raises(StoreError, match="another database is in its place") as caught:
            await store.flush()
        assert "restart the gateway to begin a new one" in caught.value.remedy
        with pytest.raises(StoreError, match="another database is in its place"):
            await store.transfers(9)
        with pytest.raises(StoreError, match="another database is in its place"):
            await store.tokens()
        site.path.parent.rename(tmp_path / "other")
        (tmp_path / "away").rename(site.path.parent)
        await store.flush()
        assert await store.transfers(9) == [transfer(2), transfer(0)]
    async with opened(SqliteSite(tmp_path / "other" / "onekey.db")) as other:
        assert await other.transfers(9) == [transfer(1)]


async def test_what_is_no_database_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    """An empty file in its place gets no tables."""
    site = SqliteSite(tmp_path / "disk" / "onekey.db")
    async with opened(site, transfer(0), backlog=tmp_path / "backlog") as store:
        site.path.parent.rename(tmp_path / "away")
        site.path.parent.mkdir()
        site.path.touch()
        store.write(transfer(1))
        with pytest.raises(StoreError, match="another database"):
            await store.flush()
        assert site.path.read_bytes() == b""
        shutil.rmtree(site.path.parent)
        (tmp_path / "away").rename(site.path.parent)
        await store.flush()


class Between(SqliteReader):
    """A reader in whose pauses another program writes."""

    def __init__(self, site: SqliteSite, *lines: str) -> None:
        self.path, self._site, self._lines = site.path, site, list(lines)

    async def _read(self, sql: str, *values: Any) -> list[Any]:
        rows = await super()._read(sql, *values)
        if self._lines:
            self._site.sql(self._lines.pop(0))
        return rows


async def test_the_log_of_a_seat_has_no_hole(site: SqliteSite) -> None:
    """The row in force when a time begins and those of the time are of one state, whatever is written or removed meanwhile."""
    async with opened(site, *(seat(float(n)) for n in range(8))):
        reading = Between(site, "delete from seat_log where at < 6", "delete from seat_log")
        assert [row.at for row in await reading.seat_rows(4.0, 7.0)] == [3.0, 4.0, 5.0, 6.0]
        assert [row.at for row in await reading.seat_rows(4.0, 7.0)] == [6.0]


@pytest.mark.parametrize("cursor", ["9" * 20, str(2**63), "9" * 5000, "-1", " 1", "1_0", "１"])
async def test_a_number_that_is_no_cursor(site: SqliteSite, cursor: str) -> None:
    """Also what Python, but not SQLite, takes for one."""
    async with opened(site, context(0)) as store:
        with pytest.raises(ValueError, match=cursor[:20]):
            await store.contexts(ContextSearch(), 9, cursor)
        assert await store.contexts(ContextSearch(), 9, str(2**63 - 1)) == ([context(0)], "")


async def test_a_record_that_no_table_can_hold(site: SqliteSite) -> None:
    """Half of a surrogate pair, a number of 70 bits: it is lost and counted, the others are there, and the database is not left
    locked for other programs."""
    unfit = [transfer(1, transferer="\ud800"), replace(delivery(1), number=2**70)]
    async with opened(site, transfer(0)) as store:
        for record in (*unfit, transfer(2)):
            store.write(record)
        with pytest.raises(StoreError, match="cannot be written"):
            await store.flush()
        assert (store.health().ok, store.health().lost) == (True, 2)
        assert [row.id for row in await store.transfers(9)] == [transfer(2).id, transfer(0).id]
        with pytest.raises(StoreError, match="UnicodeEncodeError"):
            await store.edit_context(replace(context(), call="\ud800"), 0)
        assert site.sql("select count(*) from delivery") == [(0,)]  # it begins a transaction of its own


async def test_a_store_that_is_down_tries_again_by_itself(site: SqliteSite) -> None:
    """Nobody writes and nobody flushes: the backlog still comes home."""
    async with opened(site) as store:
        with site.failing():
            store.write(transfer())
            with pytest.raises(StoreError):
                await store.flush()
        while not store.health().ok:  # until the store has looked again; the runner's time limit ends a wait for ever
            await store.transfers(9)
        assert await store.transfers(9) == [transfer()]
        assert not site.backlog.exists()


async def test_a_disk_that_takes_half_a_group(site: SqliteSite) -> None:
    """A group that does not fit on the disk whole leaves no half line behind: it waits in memory, and all of it comes home."""
    async with opened(site) as store:
        with site.failing():
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            was = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
            try:
                for n in range(30):
                    store.write(transfer(n))
                    with pytest.raises(StoreError):
                        await store.flush()
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, was)
            health = store.health()
            assert (health.backlog, health.lost) == (30, 0)
            assert "in memory" in health.problem
            assert site.backlog.stat().st_size <= 5000
            assert site.backlog.read_bytes().endswith(b"}\n")
        store.write(ended(transfer(0)))
        await store.flush()
        assert len(await store.transfers(99)) == 30
        assert await store.transfer(transfer(0).id) == ended(transfer(0))


@pytest.mark.parametrize(
    "damage",
    [
        b"5\n",
        b"[]\n",
        b'{"k":"SeatRow"}\n',
        b'{"k":"None","r":{}}\n',
        b'{"k":"SeatRow","r":{"at":1}}\n',
        b'"\xff"\n',
        b'{"k',
    ],
)
async def test_a_damaged_line_of_the_backlog(site: SqliteSite, damage: bytes) -> None:
    """A line that a crash has damaged is passed over; the lines before it come home and the store works on."""
    store = site.open()
    with site.failing():
        store.write(seat(30.0))
        store.write(gap(1.0, 2.0))
        await store.close()
    with site.backlog.open("ab") as file:
        file.write(damage)
    async with opened(site, seat(31.0)) as store:
        assert await store.seat_rows(0.0, 99.0) == [seat(30.0), seat(31.0)]
        assert await store.gaps(0.0, 9.0) == [gap(1.0, 2.0)]
        assert (store.health().ok, store.health().backlog) == (True, 0)


async def test_a_backlog_that_cannot_be_read(site: SqliteSite) -> None:
    """The store stays alive and says that it is down, until someone has mended the file."""
    site.backlog.mkdir()
    store = site.open()
    with pytest.raises(StoreError):
        await store.flush()
    assert not store.health().ok
    site.backlog.rmdir()
    store.write(transfer())
    await store.flush()
    assert await store.transfers(9) == [transfer()]
    await store.close()


async def test_kill_9_while_the_database_fails(site: SqliteSite) -> None:
    """What a killed gateway had put into the backlog is in the store after the next start."""
    code = (
        "import asyncio, sys; from pathlib import Path; from gateway.store import StoreError\n"
        "from gateway.store.sqlite.store import SqliteStore; from tests.store.contract import transfer\n"
        "async def main():\n"
        "    store = SqliteStore(Path(sys.argv[1]))\n"
        "    for n in range(20): store.write(transfer(n))\n"
        "    try: await store.flush()\n"
        "    except StoreError: print('in the backlog:', store.health().backlog, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    async with opened(site):
        pass
    with site.failing():
        words = [sys.executable, "-c", code, str(site.path)]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert "in the backlog: 20\n" in iter(child.stdout.readline, "")  # behind the alarm
            child.kill()
    async with opened(site) as store:
        assert len(await store.transfers(99)) == 20


async def test_no_thread_outlives_the_store(site: SqliteSite) -> None:
    """After ``close`` the writer thread has ended and no file of the database is open."""
    async with opened(site, transfer()) as store:
        thread = store._thread
        await store.transfers(9)
    assert not thread.alive
    held = []
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            held.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    assert not [name for name in held if name.startswith(str(site.path))]


async def test_a_backlog_beside_the_file_comes_home_once(tmp_path: Path) -> None:
    """A command line of an older onekey left one there: it comes home before the one in ``run_dir``, both whole and once, and from
    then on records wait in ``run_dir`` alone."""
    run, path = tmp_path / "run", tmp_path / "data" / "x.db"
    run.mkdir()
    await opening.open_store(path).close()
    beside, there = path.with_name("x.db.backlog"), run / "x.db.backlog"
    for number, backlog in enumerate((beside, there)):
        Backlog(backlog).put(
            [seat(number * 2.0), transfer(0, mode=("blind", "consult")[number]), seat(number * 2.0 + 1)]
        )
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        store = opening.open_store(path, folder=run)
        store.write(seat(4.0))
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        assert store.health().backlog == 7
        other.execute("rollback")
        await store.flush()
        assert not beside.exists()
        assert not there.exists()
        other.execute("begin immediate")
        store.write(seat(5.0))
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        assert not beside.exists()
        assert there.exists()
        other.execute("rollback")
        await store.flush()
    assert [row.at for row in await store.seat_rows(0.0, 9.0)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert [row.mode for row in await store.transfers(9)] == ["consult"]
    await store.close()


async def test_the_older_of_two_backlogs_keeps_its_place(tmp_path: Path) -> None:
    """Each file has a mark of its own: a gateway that is killed while one comes home begins neither of them again."""
    run, path = tmp_path / "run", tmp_path / "x.db"
    run.mkdir()
    beside, there = path.with_name("x.db.backlog"), run / "x.db.backlog"
    Backlog(beside).put([seat(0.0), seat(1.0)])
    Backlog(there).put([seat(2.0), seat(3.0)])
    whole = beside.read_bytes(), there.read_bytes()
    store = opening.open_store(path, folder=run)
    await store.flush()
    await store.close()
    beside.write_bytes(whole[0])  # as if neither had been removed any more
    there.write_bytes(whole[1])
    store = opening.open_store(path, folder=run)
    await store.flush()
    assert [row.at for row in await store.seat_rows(0.0, 9.0)] == [0.0, 1.0, 2.0, 3.0]
    await store.close()


async def test_what_waits_is_laid_over_what_the_store_says(tmp_path: Path) -> None:
    """A start while another program holds the lock: the newest row of each id counts, also one that came home in part."""
    path = tmp_path / "x.db"
    store = opening.open_store(path)
    for row in (
        transfer(0), transfer(1), context(0), context(1), once(0), delivery(0), delivery(1), delivery(2), task(0, state="dialling"),
        seat(1.0), SeenRow("12345", 1.0), waited(0),
    ):  # fmt: skip
        store.write(row)
    await store.flush()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        over, newer = ended(transfer(0)), context(0, version=2, caller_name="李四")
        gone, last = context(1, version=2, ended_at=9.0), seat(2.0, SeatState.TALK)
        for row in (
            over, newer, gone, once(1), replace(delivery(0), state="delivered"), replace(delivery(1), state="dead"), delivery(3),
            task(0, state="done"), task(1, state="dialling"), last, SeenRow("12345", 2.0), waited(1),
        ):  # fmt: skip
            store.write(row)
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        await store.close()
        store = opening.open_store(path)
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        waiting = await store.waiting()
        left = with_backlog(store, waiting)
        assert await left.open_transfers() == [transfer(1)]
        assert await left.open_contexts() == [newer]
        assert await left.once(1000.0, 9) == [once(0), once(1)]
        assert await left.deliveries("waiting", 1) == [delivery(2)]
        assert await left.deliveries("waiting", 9, after=3) == [delivery(3)]
        assert await left.callbacks(9, state="dialling") == [task(1, state="dialling")]
        assert (await left.last_seats(), await left.seen()) == ([last], {"12345": 2.0})
        assert await left.queue_rows(0.0, math.inf) == [waited(0), waited(1)]
        assert await left.queue_rows(waited(0).joined_at, waited(1).joined_at) == [waited(0)]
        waiting.clear()
        assert await left.open_transfers() == [transfer(0), transfer(1)]
        other.execute("rollback")
    await store.flush()
    assert await store.waiting() == []
    assert await store.open_contexts() == [newer]
    await store.close()


async def test_what_is_home_does_not_wait(tmp_path: Path) -> None:
    """The mark in the store tells from where on a file counts; a file that cannot be read is said, not taken for none."""
    path, backlog = tmp_path / "x.db", tmp_path / "x.db.backlog"
    Backlog(backlog).put([context(0)])
    first = backlog.read_bytes()
    store = opening.open_store(path)
    await store.flush()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        backlog.write_bytes(first)
        Backlog(backlog).put([context(1), context(1, version=2)])
        assert await store.waiting() == [context(1, version=2)]
        backlog.unlink()
        backlog.mkdir()
        with pytest.raises(StoreError, match="cannot read the backlog"):
            await store.waiting()
        backlog.rmdir()
        other.execute("rollback")
    await store.close()
