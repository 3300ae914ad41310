"""Processes by what they are, not by their number alone: a number is given out again once its process has ended."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from gateway.debian.errors import LabError
from gateway.lab import texts

PROC = Path("/proc")
STOP_S = 5.0
"""Longest time that a process may take to say goodbye to its calls before it is killed."""
LOOK_S = 0.02


def all_pids() -> list[int]:
    """Every process of this machine that we can see."""
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def words(pid: int) -> list[str]:
    """Its command line; empty if it has ended."""
    try:
        return [os.fsdecode(word) for word in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []


def started_at(pid: int) -> int | None:
    """When it started, in clock ticks since boot; None if it has ended. With the number it names one process for ever.

    Source: proc(5), the fields of ``/proc/PID/stat``: state is field 3, starttime 22. A zombie counts as ended
    when its last thread has.
    """
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # the name in parentheses may hold blanks and parentheses of its own
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" and not _has_threads(pid) else int(fields[19])


def _has_threads(pid: int) -> bool:
    """True where other threads of a process whose first has ended are still at it, and hold its sockets."""
    try:
        return len(os.listdir(PROC / str(pid) / "task")) > 1
    except OSError:
        return False


def end(pids: list[int]) -> None:
    """End processes: asked first, made to after ``STOP_S``. Raises LabError if one is still there then."""
    identities = {pid: at for pid in pids if (at := started_at(pid)) is not None}
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in _still(identities):
            _signal(pid, sign)
        deadline = time.monotonic() + STOP_S
        while _still(identities):
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_S)
        else:
            return
    raise LabError(
        texts.PROCESSES_THAT_DO_NOT_END(still=_still(identities)),
        "kill -9",
        texts.PERHAPS_THEY_WAIT_FOR_A_DISK,
    )


def _still(identities: dict[int, int]) -> list[int]:
    _reap(list(identities))
    return [pid for pid, at in identities.items() if started_at(pid) == at]


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return
    except PermissionError:
        raise LabError(
            texts.PROCESS_PID_BELONGS_TO_ANOTHER_USER(pid=pid),
            " ".join(words(pid))[:200],
            texts.RUN_ONEKEY_LAB_DOWN,
        ) from None


def _reap(pids: list[int]) -> None:
    """Collect children of ours that have ended, or they stay as zombies for as long as we live."""
    for pid in pids:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue
