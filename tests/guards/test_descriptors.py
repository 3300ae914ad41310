"""Descriptors: raised as far as the machine lets us, and shared out so that the gateway keeps its own."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from gateway.guards.descriptors import CONNECTIONS_MIN, for_connections, raised
from gateway.guards.door_limits import DESCRIPTORS_KEPT


@pytest.mark.parametrize(
    ("wanted", "descriptors", "allowed"),
    [
        (1000, 65536, 1000),
        (1000, 1000 + DESCRIPTORS_KEPT, 1000),
        (1000, 1024, 1024 - DESCRIPTORS_KEPT),
        (1000, 100, CONNECTIONS_MIN),
        (20, 1024, 20),
    ],
)
def test_connections_leave_some(wanted: int, descriptors: int, allowed: int) -> None:
    """Never more than are wanted, and never those that the gateway needs itself."""
    assert for_connections(wanted, descriptors) == allowed


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    """In a process that was given few: as many as it may have."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400));"
        "from gateway.guards.descriptors import raised; print(raised(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["400", "400", "400"]
    assert raised() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
