"""One gateway at a store: the second is refused by the first one's name, and a lock goes with its process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from gateway.core.values.holder import Holder
from gateway.store import StoreError
from gateway.store.tenure import LOCK_S, StoreTenure, holder_of, lock_of, pid_of

MINE = Holder(place="one:/run", name="onekey", host="one", pid=os.getpid(), api="127.0.0.1:8012", since=1.0)


def test_a_second_gateway_is_refused_in_words_that_name_the_first(tmp_path: Path) -> None:
    """Who has the database, and what to do, in both languages; when it has let go, the next one may."""
    store, pauses = tmp_path / "onekey.db", list[float]()
    first, second = StoreTenure(store, "", MINE), StoreTenure(store, "", MINE, pause=pauses.append)
    first.take()
    with pytest.raises(StoreError) as error:
        second.take()
    assert str(MINE) in error.value.what
    assert f"kill {MINE.pid}" in error.value.remedy
    assert (holder_of(store), pid_of(store)) == (MINE, os.getpid())
    first.release()
    assert (holder_of(store), pid_of(store)) == (None, 0)
    second.take()
    second.release()
    second.release()
    assert sum(pauses) == pytest.approx(LOCK_S)


def test_a_lock_that_a_killed_gateway_has_left_holds_nobody_up(tmp_path: Path) -> None:
    """The file is there, nobody locks it: nobody runs."""
    store = tmp_path / "onekey.db"
    lock_of(store).write_text(MINE.written())
    assert holder_of(store) is None
    tenure = StoreTenure(store, "", MINE)
    tenure.take()
    tenure.release()


def test_a_server_that_is_away_holds_nobody_up(tmp_path: Path) -> None:
    """The store tells of it, and the gateway begins: calls do not wait for data (law 5)."""
    tenure = StoreTenure(tmp_path / "onekey.db", "redis://127.0.0.1:1/0", MINE)
    tenure.take()
    tenure.release()


def test_a_look_at_the_holder_makes_no_start_fail(tmp_path: Path) -> None:
    """A doctor that asks in the very instant of a start has the lock for a moment; the start tries again."""
    store = tmp_path / "onekey.db"
    lock_of(store).touch()
    with lock_of(store).open(encoding="utf-8") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        tenure = StoreTenure(store, "", MINE, pause=lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
        tenure.take()
    assert holder_of(store) == MINE
    tenure.release()
