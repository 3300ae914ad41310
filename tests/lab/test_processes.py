"""A process is a number and the instant of its start; numbers are given out again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.lab import processes

# says that it is ready, then sleeps until it is ended
READY = "import signal,sys; {}; print('ready', flush=True); signal.pause()"


@pytest.fixture
def start() -> Iterator[list[subprocess.Popen[str]]]:
    """Children of this test; none is left behind."""
    children: list[subprocess.Popen[str]] = []
    yield children
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def child(children: list[subprocess.Popen[str]], first: str = "pass") -> int:
    """A child that has run its first words. Returns its process id."""
    process = subprocess.Popen([sys.executable, "-c", READY.format(first)], stdout=subprocess.PIPE, text=True)
    children.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process.pid


def test_a_living_process_has_one_start(start: list[subprocess.Popen[str]]) -> None:
    """Its start is a number that does not change, and its command line can be read."""
    pid = child(start)
    assert processes.started_at(pid) == processes.started_at(pid) is not None
    assert processes.words(pid)[1] == "-c"
    assert pid in processes.all_pids()


def test_a_zombie_has_ended(start: list[subprocess.Popen[str]]) -> None:
    """A process that was killed and not yet collected by its parent counts as ended."""
    pid = child(start)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert processes.started_at(pid) is None


def test_an_ended_process_has_no_start_and_no_words(start: list[subprocess.Popen[str]]) -> None:
    """What has ended and was collected is not there: no error, no start, no words."""
    pid = child(start)
    processes.end([pid])
    assert processes.started_at(pid) is None
    assert processes.words(pid) == []


@pytest.mark.parametrize(
    "first",
    ["signal.signal(signal.SIGTERM, signal.SIG_IGN)"],
)
def test_who_does_not_listen_is_killed(
    start: list[subprocess.Popen[str]], first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ignores SIGTERM is ended by SIGKILL when its time is over."""
    monkeypatch.setattr(processes, "STOP_S", 0.05)
    pid = child(start, first)
    processes.end([pid])
    assert processes.started_at(pid) is None


def test_a_frozen_process_is_ended(start: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped process cannot answer SIGTERM and is ended all the same."""
    monkeypatch.setattr(processes, "STOP_S", 0.05)
    pid = child(start)
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    processes.end([pid])
    assert processes.started_at(pid) is None


def test_ending_what_has_ended_does_nothing(start: list[subprocess.Popen[str]]) -> None:
    """``end`` may be called again: a number without a process is passed over."""
    pid = child(start)
    processes.end([pid])
    processes.end([pid])
    processes.end([])
