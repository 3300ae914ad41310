"""The writer and its backlog on a database of the tests' own, which fails, stalls and dies as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.store import AnchorRow, CatchingUp, StoreError, StoreRecord, Stuck, backlog, writer, writer_thread
from gateway.store.writer import Writer
from tests.store.contract import seat, transfer


class Down(Exception):
    """The database takes nothing."""


class Disk:
    """A database in memory that outlives its writers. ``down`` refuses, ``open`` cleared lets a commit stand still."""

    failures: tuple[type[Exception], ...] = (Down,)

    def __init__(self) -> None:
        self.rows: list[StoreRecord] = []
        self.commits = 0
        self.groups: list[list[StoreRecord]] = []
        self.down = False
        self.unfit: list[StoreRecord] = []
        """Records that it can never take."""
        self.broken = False
        """It fails in a way that nobody has thought of."""
        self.refuse_after = 10**9
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()

    def commit(self, records: Sequence[StoreRecord]) -> None:
        self.entered.set()
        assert self.open.wait(30)
        self.commits += 1
        if self.down or self.commits > self.refuse_after:
            raise Down("no room")
        if self.broken or any(row in self.unfit for row in records):
            raise ValueError("a number without end")
        self.rows += records
        self.groups.append([*records])

    def alone(self, work: Callable[[Any], bool]) -> bool:
        self.commit([])
        return work(self)

    def anchor(self, id_: str) -> AnchorRow | None:
        return next((row for row in reversed(self.rows) if isinstance(row, AnchorRow) and row.id == id_), None)

    def remedy(self, error: Exception) -> str:
        return "check the tests"

    def close(self) -> None:
        pass

    @property
    def there(self) -> list[StoreRecord]:
        """The rows without the marks."""
        return [row for row in self.rows if not isinstance(row, AnchorRow)]


@contextlib.asynccontextmanager
async def written(disk: Disk, path: Path, **settings: Any) -> AsyncIterator[Writer]:
    """A writer, closed at the end."""
    store = Writer(disk, "a disk of the tests", path, **settings)
    try:
        yield store
    finally:
        disk.open.set()
        await store.close()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backlog"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is slow is told at once."""
    monkeypatch.setattr(writer, "SLOW_S", 0.0)
    monkeypatch.setattr(writer, "WAIT_S", 0.01)


async def refused(store: Writer, *records: StoreRecord) -> None:
    """These are written, and the writer says that they are not durable."""
    for record in records:
        store.write(record)
    with pytest.raises(StoreError):
        await store.flush()


# --- coming home ----------------------------------------------------------------------------------------------------------


async def test_a_long_backlog_comes_home_in_groups(disk: Disk, path: Path) -> None:
    """No group is larger than a commit of everyday work, the order is kept, and the file goes at the end."""
    rows = [seat(float(n)) for n in range(2345)]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows)
        assert (store.health().backlog, disk.there) == (2345, [])
        disk.down, before = False, disk.commits
        await store.flush()
        assert (disk.there, disk.commits - before) == (rows, 3)
        assert store.health().backlog == 0
        assert not path.exists()


async def test_whoever_asks_on_the_way_home_is_told(disk: Disk, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long backlog keeps nobody waiting: it says that it comes, and what is written meanwhile keeps its place behind it."""
    monkeypatch.setattr(writer_thread, "GROUP_MAX", 10)
    monkeypatch.setattr(writer_thread, "HOME_GROUPS", 1)
    rows = [seat(float(n)) for n in range(60)]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows[:50])
        disk.down = False
        with pytest.raises(CatchingUp, match="takes 40 records"):
            await store.flush()
        assert not store.health().ok
        for row in rows[50:]:
            store.write(row)
        while not store.health().ok:
            with contextlib.suppress(CatchingUp):
                await store.flush()
    assert disk.there == rows


async def test_a_database_that_fails_on_the_way_home(disk: Disk, path: Path) -> None:
    """What came home stays there, the rest follows: nothing twice, nothing missing, and the health counts what waits."""
    rows = [seat(float(n)) for n in range(2345)]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows)
        disk.down, disk.refuse_after = False, disk.commits + 2
        await refused(store, seat(9999.0))
        assert store.health().backlog == 346
        disk.refuse_after = 10**9
        await store.flush()
    assert disk.there == [*rows, seat(9999.0)]


async def test_a_gateway_that_is_killed_on_the_way_home(disk: Disk, path: Path) -> None:
    """The next one goes on behind the last group that was committed, although nobody could note it in the file."""
    rows = [seat(float(n)) for n in range(1234)]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows)
    disk.down = False
    killed = backlog.Backlog(path)
    with contextlib.suppress(Down), killed.group(500, disk.anchor) as group:
        disk.commit(group or [])
        raise Down  # it dies before it notes that
    async with written(disk, path) as store:
        await store.flush()
    assert disk.there == rows


async def test_two_who_bring_the_same_backlog_home(disk: Disk, path: Path) -> None:
    """A command line that opens the store while the gateway runs takes its part: no row stands twice, none is missing."""
    rows = [seat(float(n)) for n in range(3000)]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows)
        disk.down = False
        async with written(disk, path) as other:
            await asyncio.gather(store.flush(), other.flush())
            disk.down = True
            await refused(store, seat(9998.0))
            await refused(other, seat(9999.0))
            disk.down = False
            await asyncio.gather(store.flush(), other.flush())
    assert disk.there[:3000] == rows
    assert set(disk.there[3000:]) == {seat(9998.0), seat(9999.0)}
    assert len(disk.there) == 3002


async def test_the_mark_of_one_file_is_none_of_another(disk: Disk, path: Path) -> None:
    """Each file has a name: the bytes that came home of the last one say nothing of this one."""
    async with written(disk, path) as store:
        for n in range(3):
            disk.down = True
            await refused(store, seat(float(n)))
            disk.down = False
            await store.flush()
    assert disk.there == [seat(0.0), seat(1.0), seat(2.0)]


async def test_a_backlog_of_an_older_onekey(disk: Disk, path: Path) -> None:
    """A file without a name is brought home from its first line on."""
    lines = b"".join(backlog.encode({"k": "SeatRow", "r": seat(float(n))}) + b"\n" for n in range(3))
    path.write_bytes(lines)
    async with written(disk, path) as store:
        await store.flush()
    assert disk.there == [seat(0.0), seat(1.0), seat(2.0)]
    assert not path.exists()


@pytest.mark.parametrize("first", [b"", b'{"backlog":"5f\n', b"\0\0\n"])
async def test_a_kill_on_the_way_home_from_a_file_without_a_name(disk: Disk, path: Path, first: bytes) -> None:
    """An older onekey's, or one whose first line was cut off: the next gateway goes on behind the last group, also of a copy of the
    file, and another such file later is another one."""
    rows = [seat(float(n)) for n in range(1234)]

    def lines(rows: Sequence[StoreRecord]) -> bytes:
        return first + b"".join(backlog.encode({"k": "SeatRow", "r": row}) + b"\n" for row in rows)

    path.write_bytes(lines(rows))
    killed = backlog.Backlog(path)
    with contextlib.suppress(Down), killed.group(500, disk.anchor) as group:
        disk.commit(group or [])
        raise Down  # it dies before it notes that
    path.write_bytes(path.read_bytes())
    assert len(list(backlog.Backlog(path).waiting(disk.anchor))) == len(rows) - len(disk.there)
    async with written(disk, path) as store:
        await store.flush()
    path.write_bytes(lines(rows[7:9]))
    async with written(disk, path) as store:
        await store.flush()
    assert disk.there == [*rows, *rows[7:9]]


async def test_a_line_that_a_kill_has_cut_off(disk: Disk, path: Path) -> None:
    """What is written behind it is not joined to it."""
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, seat(0.0))
    with path.open("ab") as file:
        file.write(b'{"k":"SeatRow","r":{"at":')
    async with written(disk, path) as store:
        await refused(store, seat(1.0))
        disk.down = False
        await store.flush()
    assert disk.there == [seat(0.0), seat(1.0)]


# --- while nothing can be written --------------------------------------------------------------------------------------------


async def test_a_database_that_is_down_is_not_asked_for_every_record(
    disk: Disk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records go to the backlog; the database is tried again when its time has come, or somebody wants an answer."""
    monkeypatch.setattr(writer_thread, "RETRY_S", 3600.0)
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, seat(0.0))
        tried = disk.commits
        for n in range(1, 50):
            store.write(seat(float(n)))
            while store.settled < n + 1:
                await asyncio.to_thread(path.stat)  # gives the writer its turn
        assert disk.commits == tried
        assert store.health().backlog == 50
        disk.down = False
        await store.flush()
    assert disk.there == [seat(float(n)) for n in range(50)]


async def test_memory_while_not_even_the_backlog_is_taken(disk: Disk, tmp_path: Path) -> None:
    """Without a folder for it, records wait in memory and the health says so; they move to the file when it can be written."""
    path = tmp_path / "gone" / "backlog"
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, seat(0.0), seat(1.0))
        health = store.health()
        assert (health.ok, health.backlog, health.lost, health.held) == (False, 2, 0, 2)
        assert "暂存内存" in health.problem
        path.parent.mkdir()
        await refused(store, seat(2.0))
        assert "暂存内存" not in store.health().problem
        assert store.health().held == 0
        assert path.read_bytes().count(b"\n") == 4
        disk.down = False
        await store.flush()
    assert disk.there == [seat(0.0), seat(1.0), seat(2.0)]


async def test_memory_comes_home_behind_the_file(disk: Disk, path: Path) -> None:
    """The order is kept where some records wait in the file and later ones in memory."""
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, seat(0.0))
        path.rename(path.with_name("away"))
        path.mkdir()
        await refused(store, seat(1.0))
        path.rmdir()
        path.with_name("away").rename(path)
        disk.down = False
        await store.flush()
    assert disk.there == [seat(0.0), seat(1.0)]


async def test_memory_is_bounded(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest stay; what is one too many is counted as lost, and what the gateway takes with it when it stops, too."""
    monkeypatch.setattr(backlog, "HELD_MAX", 3)
    store = Writer(disk, "here", tmp_path / "gone" / "backlog")
    disk.down = True
    await refused(store, *(seat(float(n)) for n in range(5)))
    assert (store.health().backlog, store.health().lost) == (3, 2)
    await store.close()
    assert (store.health().backlog, store.health().lost) == (0, 5)


@contextlib.contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """A command that was stopped with Ctrl-Z while it had the file."""
    with path.open("rb") as file:  # a lock is of an opening, also within one process
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def test_a_backlog_that_another_does_not_let_go_of(
    disk: Disk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is down and says why, who asks is told, records wait in memory, and all follow in their order when it is let go."""
    monkeypatch.setattr(backlog, "LOCK_S", 0.05)
    backlog.Backlog(path).put([seat(0.0)])
    with held_by_another(path):
        store = Writer(disk, "here", path)
        with pytest.raises(StoreError, match="another program holds the backlog file") as caught:
            await store.flush()
        assert "jobs" in caught.value.remedy
        await refused(store, *(seat(float(n)) for n in range(1, 40)))
        health = store.health()
        assert (health.ok, health.backlog, health.held, health.lost, disk.there) == (False, 40, 39, 0, [])
    await store.flush()
    assert store.health().ok
    await store.close()
    assert disk.there == [seat(float(n)) for n in range(40)]


async def test_closing_beside_a_backlog_that_another_holds(
    disk: Disk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends, and what it takes with it is counted."""
    monkeypatch.setattr(backlog, "LOCK_S", 0.05)
    backlog.Backlog(path).put([seat(0.0)])
    with held_by_another(path):
        store = Writer(disk, "here", path)
        store.write(seat(1.0))
        await store.close()
    assert (store.health().lost, disk.there) == (1, [])


async def test_a_backlog_that_another_brings_home_is_waited_for(disk: Disk, path: Path) -> None:
    """That is no fault: nobody is told of one."""
    backlog.Backlog(path).put([seat(0.0)])
    with held_by_another(path):
        store = Writer(disk, "here", path)
        asked = asyncio.ensure_future(store.flush())
        while store.asked == 0:
            await asyncio.sleep(0)
        assert store.health().problem == ""
    await asked
    await store.close()
    assert disk.there == [seat(0.0)]


async def test_what_goes_together_is_one_commit(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that is full does not part a record from what goes with it: no kill leaves one without the other."""
    monkeypatch.setattr(writer_thread, "GROUP_MAX", 2)
    async with written(disk, tmp_path / "backlog") as store:
        with stuck(disk, store):
            rows = [seat(float(n)) for n in range(4)]
            store.write(rows[0])
            store.write(*rows[1:])
        await store.flush()
    assert rows in disk.groups


# --- a database that is slow ---------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def stuck(disk: Disk, store: Writer) -> Iterator[None]:
    """The writer stands still in a commit."""
    disk.entered.clear()
    disk.open.clear()
    store.write(transfer(0))
    assert disk.entered.wait(30)
    try:
        yield
    finally:
        disk.open.set()


@pytest.mark.usefixtures("soon")
async def test_a_database_that_is_slow_is_an_alarm(disk: Disk, path: Path) -> None:
    """While a commit stands still the health says so, whoever asks is told instead of left waiting, and nothing is lost."""
    async with written(disk, path) as store:
        with stuck(disk, store):
            store.write(transfer(1))
            assert not store.health().ok
            assert "太慢" in store.health().problem
            with pytest.raises(Stuck, match="slow"):
                await store.flush()
            assert store.health().backlog == 2
        while len(disk.there) < 2:
            with contextlib.suppress(StoreError):
                await store.flush()
    assert disk.there == [transfer(0), transfer(1)]


@pytest.mark.usefixtures("soon")
async def test_an_edit_that_has_not_begun_is_withdrawn(disk: Disk, path: Path) -> None:
    """Whoever is told that it could not be done finds later that it was not done."""
    done: list[int] = []
    async with written(disk, path) as store:
        with stuck(disk, store), pytest.raises(StoreError, match="slow"):
            await store._alone(lambda _disk: bool(done.append(1)))
    assert done == []


async def test_what_waits_for_a_stuck_writer_is_bounded(
    disk: Disk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound records are refused and counted; the others are written when the disk moves again."""
    monkeypatch.setattr(writer, "WAITING_MAX", 10)
    async with written(disk, path) as store:
        with stuck(disk, store):
            for n in range(1, 15):
                store.write(transfer(n))
            assert (store.health().backlog, store.health().lost) == (10, 5)
        await store.flush()
        assert (store.health().backlog, store.health().lost) == (0, 5)
    assert disk.there == [transfer(n) for n in range(10)]


# --- what nobody has thought of --------------------------------------------------------------------------------------------------


async def test_a_record_that_can_be_written_nowhere(disk: Disk, path: Path) -> None:
    """It alone is lost and counted, whoever asks next is told once, and all others of its group are durable, in their order."""
    rows = [seat(float(n)) for n in range(1500)]
    disk.unfit = [rows[3], rows[777], rows[1400]]
    async with written(disk, path) as store:
        for row in rows:
            store.write(row)
        with pytest.raises(StoreError, match="SeatRow: ValueError"):
            await store.flush()
        await store.flush()
        assert (store.health().ok, store.health().backlog, store.health().lost) == (True, 0, 3)
    assert disk.there == [row for row in rows if row not in disk.unfit]


async def test_an_unfit_record_in_the_backlog(disk: Disk, path: Path) -> None:
    """The same on the way home, and after a kill between two groups nothing stands twice."""
    rows = [seat(float(n)) for n in range(2345)]
    disk.unfit = [rows[0], rows[1234]]
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, *rows)
    disk.down = False
    async with written(disk, path) as store:
        disk.refuse_after = disk.commits + 12
        await refused(store)
    disk.refuse_after = 10**9
    async with written(disk, path) as store:
        while store.health().backlog or not store.health().ok:
            with contextlib.suppress(StoreError):
                await store.flush()
    assert disk.there == [row for row in rows if row not in disk.unfit]
    assert not path.exists()


async def test_a_record_that_not_even_the_backlog_can_hold(disk: Disk, path: Path) -> None:
    """A text with half of a surrogate pair is counted as lost; what is written beside it waits, and comes home."""
    bad = replace(transfer(1), transferer="\ud800")
    async with written(disk, path) as store:
        disk.down = True
        await refused(store, transfer(0), bad, transfer(2))
        assert (store.health().backlog, store.health().lost) == (2, 1)
        disk.down = False
        await store.flush()
    assert disk.there == [transfer(0), transfer(2)]


async def test_an_error_that_nobody_has_thought_of(disk: Disk, path: Path) -> None:
    """Where it is not one record's, the store is down and says so, nothing is lost, and all of it follows."""
    async with written(disk, path) as store:
        disk.broken = True
        await refused(store, *(seat(float(n)) for n in range(30)))
        assert (store.health().ok, store.health().backlog, store.health().lost) == (False, 30, 0)
        assert "an error of the program" in store.health().problem
        disk.broken = False
        await store.flush()
    assert disk.there == [seat(float(n)) for n in range(30)]


async def test_an_edit_that_cannot_be_written(disk: Disk, path: Path) -> None:
    """Whoever asked is told, and the writer works on."""

    def edit(_disk: Disk) -> bool:
        raise OverflowError

    async with written(disk, path) as store:
        with pytest.raises(StoreError, match="OverflowError"):
            await store._alone(edit)
        store.write(seat(0.0))
        await store.flush()
    assert disk.there == [seat(0.0)]


class Ending(Disk):
    """A database that takes its writer with it."""

    def commit(self, records: Sequence[StoreRecord]) -> None:
        if records:
            raise SystemExit  # ends a thread without a word
        super().commit(records)


@pytest.mark.usefixtures("soon")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it is what is told of here
async def test_a_writer_that_has_ended_is_an_alarm(path: Path) -> None:
    """The health looks at the thread itself; whoever asks is told, and closing ends."""
    async with written(Ending(), path) as store:
        store.write(seat(0.0))
        await asyncio.to_thread(store._thread.join)
        assert (store.health().ok, store.health().backlog) == (False, 1)
        assert "writer has ended" in store.health().problem
        with pytest.raises(Stuck, match="writer has ended"):
            await store.flush()
