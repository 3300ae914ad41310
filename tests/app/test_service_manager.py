"""What systemd is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app.service_manager import ServiceManager


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of a service manager."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        yield listener


async def test_ready_alive_and_stopping(heard: socket.socket, tmp_path: Path) -> None:
    """Readiness is said once, signs of life come from the loop, and the end is said."""
    manager = ServiceManager(
        {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "7"}, 7
    )
    manager.ready()
    words = [await asyncio.to_thread(heard.recv, 100) for _ in range(4)]
    assert words == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    manager.stopping()
    while (word := await asyncio.to_thread(heard.recv, 100)) == b"WATCHDOG=1":
        pass
    assert word == b"STOPPING=1"


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}, {"WATCHDOG_USEC": "1000"}, {"NOTIFY_SOCKET": "@nobody-listens-here"}],
    ids=["none", "no such socket", "no socket", "abstract"],
)
async def test_without_a_service_manager_nothing_happens(environment: dict[str, str]) -> None:
    """A gateway that a person starts says nothing, and a socket that is gone is no error."""
    manager = ServiceManager(environment)
    manager.ready()
    manager.stopping()


async def test_another_process_is_meant() -> None:
    """Signs of life are asked of the process that systemd watches, and of no child that inherited its environment."""
    assert ServiceManager({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, 2).every_s == 0.0
