"""The stories of ``simulators.stories_data`` by the same names: the whole gateway on the toy PBX."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from gateway.store import OnceRow, StoreError
from simulators.platform import Platform

from .house import House

CALLER, SEAT, FAR = ("12345", "13800000001"), ("12345", "1001"), ("110", "2001")
KEY = "*1"


def connection(house: House) -> sqlite3.Connection:
    """The writer's connection to the database."""
    found: sqlite3.Connection = vars(vars(house.app.store)["_database"])["_connection"]  # type: ignore[union-attr]
    return found


@contextlib.contextmanager
def slow(house: House) -> Iterator[None]:
    """Another process holds the database's lock."""
    with contextlib.closing(sqlite3.connect(house.disk / "onekey.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        yield


@contextlib.contextmanager
def full(house: House) -> Iterator[None]:
    """The database cannot grow by a page, and the next record needs many."""
    (pages,) = connection(house).execute("pragma page_count").fetchone()
    connection(house).execute(f"pragma max_page_count={pages}")
    assert house.app is not None
    house.app.store.write(OnceRow("key:of a test", 1.0, 9e9, asked="x" * 100_000))
    yield
    connection(house).execute(f"pragma max_page_count={pages + 10_000}")


@contextlib.contextmanager
def read_only(house: House) -> Iterator[None]:
    """The database is read-only, and the place of the backlog takes no file."""
    backlog = house.folder / "onekey.db.backlog"
    backlog.mkdir()
    connection(house).execute("pragma query_only=1")
    yield
    connection(house).execute("pragma query_only=0")
    backlog.rmdir()


@contextlib.contextmanager
def gone(house: House) -> Iterator[None]:
    """The database's folder is taken away under the open file."""
    house.disk.rename(house.folder / "away")
    yield
    (house.folder / "away").rename(house.disk)


@contextlib.asynccontextmanager
async def _transfer(house: House) -> AsyncIterator[str]:
    """A transfer as ever. Within the block, which is given the context's id, three talk."""
    caller, seat, far = house.people(CALLER, SEAT, FAR)
    await house.connect(caller, seat)
    began = far.board.loop_time
    await seat.press(KEY)
    ring = await far.wait_ring()
    assert far.board.loop_time - began < 0.5  # of a time that skips: without a gateway it were 0.7 s
    assert (ring.name, ring.number) == ("[12345转]", caller.number)
    id_ = bytes.fromhex(ring.headers["user-to-user"].split(";")[0]).decode().split(".")[1]
    assert "110" in (await house.get(f"/v1/contexts/{id_}"))["organisations"]
    await far.answer()
    await house.hears(caller, seat, far)
    yield id_
    await seat.hang_up()
    await house.hears(caller, far)
    await house.finish(far, caller)


async def _edited(house: House, id_: str, summary: str) -> tuple[int, Any]:
    version = (await house.get(f"/v1/contexts/{id_}"))["version"]
    return await house.edit(f"/v1/contexts/{id_}", {"summary": summary}, version)


async def _metric(house: House, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", await house.text("/metrics"), re.M)
    assert found is not None, name
    return float(found[1])


async def _without_a_store(house: House, fault: Callable[[House], Any], said: str) -> None:
    with fault(house), house.writes_fail():
        async with _transfer(house) as id_:
            assert house.app is not None
            house.app.engine.write_down()
            with pytest.raises(StoreError):
                await house.app.store.flush()
            assert await _told(house, 503, said)
            assert await _metric(house, "onekey_store_up") == 0
            assert await _metric(house, "onekey_store_backlog") > 0
            status, answer = await _edited(house, id_, "不会保存")
            assert (status, answer["error_id"]) == (503, "store_down")
            assert "恢复后再保存" in answer["details"]["remedy"]
        if fault is gone:
            assert await house.status("/v1/transfers", 503)  # and no empty list
        waits = await _metric(house, "onekey_store_backlog")
        backlog = house.folder / "onekey.db.backlog"
        on_disk = backlog.read_bytes().count(b"\n") - 1 if backlog.is_file() else 0
        assert on_disk + await _metric(house, "onekey_store_in_memory") >= waits
    await house.attached()
    assert (await house.outcome("completed", "transferer_left"))["by"] == "dialplan"
    history = (await house.get(f"/v1/contexts/{id_}/history"))["items"]
    assert [entry["version"] for entry in history] == list(range(1, len(history) + 1))
    record = await house.get(f"/v1/contexts/{id_}")
    assert record["ended_at"]
    assert record["summary"] == ""
    assert (await _metric(house, "onekey_store_lost_total"), await _metric(house, "onekey_store_up")) == (0, 1)
    assert not (house.folder / "onekey.db.backlog").exists()
    assert (await _edited(house, id_, "恢复后保存"))[0] == 200


async def _told(house: House, status: int, said: str) -> bool:
    found, problems = await house.problems()
    return found == status and said in problems


async def test_store_slow(site: House) -> None:
    """Another process holds the store's lock for the whole call: 110 rings at once, and every record follows."""
    await _without_a_store(site, slow, "database is locked")


async def test_store_full(site: House) -> None:
    """The disk is full: 110 rings at once, edits are refused with what to do, and every record follows."""
    await _without_a_store(site, full, "database or disk is full")


async def test_store_read_only(site: House) -> None:
    """Not a byte is taken, for the backlog neither: 110 rings at once, records wait in memory, none is lost."""
    await _without_a_store(site, read_only, "积压文件也写不进")


async def test_store_gone(site: House) -> None:
    """The database is taken away under the open file: 110 rings at once, nothing is acknowledged into the void, and it comes back whole."""
    await _without_a_store(site, gone, "No such file")


async def test_far_platform_down(site: House, platform: Platform) -> None:
    """110's platform is down: its phone rings at once with the context, and the platform gets every version, in order, when it is back."""
    await platform.stop()
    async with _transfer(site) as id_:
        await site.until(lambda: _told(site, 200, "110 平台收不到推送"), "an alarm")
        assert await _metric(site, 'onekey_push_up{to="110"}') == 0
        assert (await _edited(site, id_, "路灯不亮"))[0] == 200
    assert platform.versions(id_) == []
    await platform.start()
    record = await site.get(f"/v1/contexts/{id_}")
    await site.until(lambda: platform.versions(id_)[-1:] == [record["version"]], "the platform has the newest", 900.0)
    versions = platform.versions(id_)
    assert versions == list(range(versions[0], record["version"] + 1))
    assert platform.taken[-1].record["summary"] == "路灯不亮"
    assert platform.forged == 0
    assert (await _metric(site, 'onekey_push_up{to="110"}'), await _metric(site, 'onekey_push_waiting{to="110"}')) == (
        1,
        0,
    )
