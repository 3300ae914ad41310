"""A damaged database of ours is called so by whoever opens or reads it, with the two ways back; a stranger's file is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store import StoreError
from gateway.store.columnar.log_rows import SqliteRows
from gateway.store.sqlite import damage
from gateway.store.sqlite.reader import open_file
from gateway.store.sqlite.store import SqliteStore
from tests.store.contract import context

CUT = 30_000


def zeroed(path: Path) -> None:
    """A header of zeros, as a power cut leaves it."""
    with path.open("r+b") as file:
        file.write(bytes(100))


def cut(path: Path) -> None:
    """A file that ends in the middle."""
    os.truncate(path, CUT)


def scrambled(path: Path) -> None:
    """Pages that hold something else, behind a good header."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of ours with some records, closed."""
    path = tmp_path / "onekey.db"

    async def fill() -> None:
        store = SqliteStore(path)
        for n in range(200):
            store.write(context(n))
        await store.flush()
        await store.close()

    asyncio.run(fill())
    assert path.stat().st_size > CUT
    return path


def opened(path: Path) -> None:
    """As a gateway opens it, and asks."""

    async def ask() -> None:
        store = SqliteStore(path)
        try:
            for n in range(200):
                await store.context_versions(f"k{n}")
        finally:
            await store.close()

    asyncio.run(ask())


def read(path: Path) -> None:
    """As an export reads it."""

    async def ask() -> None:
        for n in range(200):
            await open_file(path).context_versions(f"k{n}")

    asyncio.run(ask())


def reported(path: Path) -> None:
    """As a report reads it."""
    rows = SqliteRows(path)
    rows.name()
    for _ in rows.transfers(["id"], 0.0, 9e99):
        pass


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("look", [opened, read])
@pytest.mark.parametrize("harm", [zeroed, cut, scrambled])
def test_a_damaged_database_is_called_damaged(
    path: Path, harm: Callable[[Path], None], look: Callable[[Path], None], noted: bool
) -> None:
    """Not "none of onekey's, move it away": it holds everything. Both ways back stand there, and the file is left as it is."""
    harm(path)
    if not noted:
        path.with_name("onekey.db.opened").unlink(missing_ok=True)
    with pytest.raises(StoreError) as caught:
        look(path)
    assert caught.value.what.startswith("数据库文件已损坏")
    assert ".recover" in caught.value.remedy
    assert "备份" in caught.value.remedy
    assert path.exists()


def test_a_report_says_so_too(path: Path) -> None:
    """Not "check the disk's space"."""
    zeroed(path)
    with pytest.raises(StoreError, match="数据库文件已损坏"):
        reported(path)


def test_a_strangers_file_is_none_of_ours(tmp_path: Path) -> None:
    """Neither a letter nor a file that is not there; and an error of another kind is no damage."""
    letter = tmp_path / "onekey.db"
    letter.write_text("这是一封信\n" * 500, encoding="utf-8")
    assert not damage.is_ours(letter)
    assert not damage.is_ours(tmp_path / "nothing.db")
    assert damage.words(OSError("full"), letter) is None
    with pytest.raises(StoreError, match="not a database") as caught:
        reported(letter)
    assert "换一个路径" in caught.value.remedy
