"""A start that fails half-way leaves nothing behind; a stop takes down all of it."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.api import ApiError
from gateway.app import App
from gateway.config.settings import Config, PeerConfig, SwitchboardConfig, site_path
from gateway.guards.steady_clock import Jump, SteadyClock
from gateway.rules.file import RulesError


def site(folder: Path, **changes: Any) -> Config:
    """A site whose switchboard is not there, with everything that a gateway can start."""
    board = SwitchboardConfig(id="12345", host="127.0.0.1", port=9, username="onekey", secret="secret")
    config = Config(
        switchboards=(board,),
        run_dir=folder,
        rules=site_path("transfer_rules.yaml"),
        store=folder / "onekey.db",
        signing_key=b"k" * 32,
        api_port=0,
        tape=folder / "tape.jsonl",
        peers=(PeerConfig(switchboard="110", url="http://127.0.0.1:9", token="t", secret=b"s" * 24),),
        forecast_s=0.0,
    )
    return dataclasses.replace(config, **changes)


def spoilt(folder: Path, name: str) -> Config:
    """A site of which one step of the start fails."""
    broken = folder / "broken.yaml"
    broken.write_text("version: [", encoding="utf-8")
    match name:
        case "tape":
            return site(folder, tape=folder)
        case "audit log":
            (folder / "audit").touch()
            return site(folder)
        case "rules":
            return site(folder, rules=broken)
        case "work-order form":
            return site(folder, work_order=broken)
        case "link":
            return site(folder, ping_s=-1.0)
        case _:
            return site(folder)


@contextmanager
def port_taken(folder: Path, name: str) -> Iterator[Config]:
    """The site, and its port in other hands where that is what fails."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        config = spoilt(folder, name)
        yield dataclasses.replace(config, api_port=other.getsockname()[1]) if name == "API" else config


CHILD_ENDS_S = 10.0
"""A child that is left behind is found by its thread, which is there longer."""


def alive() -> tuple[set[threading.Thread], set[asyncio.Task[Any]]]:
    """Threads and tasks of this moment, those of the loop's own pool apart. Of a child that has ended asyncio's thread is given its end."""
    for thread in threading.enumerate():
        if thread.name.startswith("asyncio-waitpid"):
            thread.join(CHILD_ENDS_S)
    threads = {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}
    return threads, asyncio.all_tasks()


FAULTS: dict[str, type[BaseException]] = {
    "tape": OSError,
    "audit log": OSError,
    "rules": RulesError,
    "work-order form": RulesError,
    "link": ValueError,
    "API": ApiError,
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_start_that_fails_leaves_nothing(tmp_path: Path, name: str) -> None:
    """Each step in turn: threads, tasks and the process for other platforms have ended, and the next gateway starts on the same store."""
    before = alive()
    with port_taken(tmp_path, name) as config:
        app = App(config)
        with pytest.raises(FAULTS[name]):
            await app.start()
    assert alive() == before
    assert app.sender.pid == 0
    if name == "audit log":
        (tmp_path / "audit").unlink()
    again = App(site(tmp_path))
    await again.start()
    await again.stop()
    assert alive() == before


async def test_a_gateway_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    """Its store is all there is."""
    before = alive()
    await App(site(tmp_path)).stop()
    assert alive() == before


async def test_a_link_that_dies_is_told(tmp_path: Path) -> None:
    """A link whose task ends although nobody has closed it: its fault is known, and whoever runs the gateway hears of it."""
    app = App(site(tmp_path))
    await app.start()
    assert not app.link_died.is_set()
    app.link_tasks[0].cancel()
    async with asyncio.timeout(CHILD_ENDS_S):
        await app.link_died.wait()
    await app.stop()
    assert app.dead_link is not None
    assert app.dead_link.problem.id == "ami_link_failed"


class BrokenClock(SteadyClock):
    """A clock with an error of the program in it."""

    def look(self) -> Jump | None:
        raise RuntimeError("an error of ours")


async def test_a_work_beside_the_calls_that_ends_is_told(tmp_path: Path) -> None:
    """Whatever is watched no longer stands in the log when it ends, not when the gateway does."""
    app = App(site(tmp_path))
    app.clock = BrokenClock()
    with capture_logs() as logs:
        await app.start()
        await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "clock"])
        await asyncio.sleep(0)  # its callbacks run in the next turn
        told = [line["watch"] for line in logs if line["event"] == "watch_ended"]
        await app.stop()
    assert told == ["clock"]


async def test_a_link_that_was_closed_has_not_died(tmp_path: Path) -> None:
    """A stop is the end that a link should have."""
    app = App(site(tmp_path))
    await app.start()
    await app.stop()
    assert (app.link_died.is_set(), app.dead_link) == (False, None)
